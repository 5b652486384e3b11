//! `kaftop notify --test`: one notice through every way, and a line about each.

use std::fmt::Write as _;

use clap::Args;

use crate::config::Settings;
use crate::sink::notifier::carrier::{Receipt, Refusal};
use crate::sink::notifier::trial::Tried;

/// The flags of `notify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
pub struct NotifyArgs {
    /// Send one notice through every way, and say which took it, how long that took and what came back.
    #[arg(long, required = true)]
    pub test: bool,
}

/// Some way did not take the notice.
const EXIT_SOME: u8 = 1;
/// No way took it.
const EXIT_NONE: u8 = 2;

/// The name of the cluster that the settings choose, for the notice.
pub fn cluster(settings: &Settings) -> &str {
    let cluster = settings.cluster.as_ref();
    cluster
        .and_then(|cluster| cluster.name.as_ref())
        .map_or("", |name| name.value.as_str())
}

/// A line about each way, and the exit code: 0 where every way took the notice, 1 where one did not, 2 where none did. A
/// way that is used only where it exists may be missing.
pub fn report(tried: &[Tried], enabled: bool) -> (String, u8) {
    let mut text = String::new();
    let names = tried.iter().map(|way| way.name.as_str().chars().count());
    let width = names.max().unwrap_or(0);
    let (mut took, mut failed) = (0, 0);
    for way in tried {
        let (word, said) = match &way.outcome {
            Ok(Receipt(said)) => {
                took += 1;
                ("taken", said)
            }
            Err(Refusal::Absent(why)) if way.optional => ("not here", why),
            Err(Refusal::Absent(why) | Refusal::Passing(why) | Refusal::Lasting(why)) => {
                failed += 1;
                ("FAILED", why)
            }
        };
        let name = way.name.as_str();
        let millis = way.took.as_millis();
        let _ = writeln!(text, "{name:<width$}  {word:<8}  {millis:>5} ms  {said}");
    }
    if !enabled {
        text.push_str(
            "notifications of this cluster are off: notify.enabled, or notify in the cluster's table\n",
        );
    }
    let code = match (took, failed) {
        (0, _) => {
            text.push_str(
                "no way took the notice; `kaftop config sample` shows what can be set under [notify]\n",
            );
            EXIT_NONE
        }
        (_, 0) => 0,
        _ => EXIT_SOME,
    };
    (text, code)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn way(name: &str, optional: bool, outcome: Result<Receipt, Refusal>) -> Tried {
        Tried {
            name: name.into(),
            optional,
            took: Duration::from_millis(12),
            outcome,
        }
    }

    fn taken(name: &str) -> Tried {
        way(name, false, Ok(Receipt("HTTP 200".into())))
    }

    fn absent(optional: bool) -> Tried {
        way("desktop", optional, Err(Refusal::Absent("no bus".into())))
    }

    fn failing() -> Tried {
        way("command a", false, Err(Refusal::Passing("exit status: 1".into())))
    }

    #[test]
    fn the_exit_code_says_whether_all_some_or_none_took_it() {
        let table = [
            (vec![taken("a"), absent(true)], 0),
            (vec![taken("a"), absent(false)], 1),
            (vec![taken("a"), failing()], 1),
            (vec![failing()], 2),
            (vec![absent(true)], 2),
            (vec![], 2),
        ];
        for (tried, code) in table {
            assert_eq!(report(&tried, true).1, code, "{tried:?}");
        }
    }

    #[test]
    fn each_way_has_its_line() {
        let tried = [taken("webhook chat"), absent(true), failing()];
        insta::assert_snapshot!("notify_report", report(&tried, false).0);
    }
}

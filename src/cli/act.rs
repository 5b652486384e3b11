//! `kaftop act` and `kaftop heal`: the gate without a screen.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::act_args::HowArgs;
use super::inputs::Lookup;
use super::safe_json;
use super::who::who;
use crate::act::records::Records;
use crate::app::{Clerk, Ended, Said};
use crate::config::Settings;
use crate::gate::Mandate;
use crate::model::plan::{Confirm, Plan};
use crate::model::progress::Happening;
use crate::model::text::printable;

/// The most bytes of an answer that are read.
const ANSWER: u64 = 1024;

/// The exit code of an errand.
pub fn exit_code(ended: Ended) -> u8 {
    match ended {
        Ended::Done => 0,
        Ended::Failed => 1,
        Ended::Refused => 2,
        Ended::Unverified => 3,
    }
}

/// What may be done to the cluster of these settings.
pub fn mandate(settings: &Settings, allow_acts: bool) -> Mandate {
    let cluster = settings.cluster.as_ref();
    let name = cluster.and_then(|cluster| cluster.name.as_ref());
    let production = cluster.is_some_and(|cluster| cluster.production.value);
    let addresses = || {
        let bootstrap = cluster.iter().flat_map(|cluster| &cluster.bootstrap.value);
        bootstrap.map(ToString::to_string).collect::<Vec<_>>().join(",")
    };
    Mandate {
        cluster: name.map_or_else(addresses, |name| name.value.clone()),
        read_only: settings
            .read_only
            .value
            .then(|| printable(&settings.read_only.origin.to_string()).into_owned()),
        production,
        allowed: allow_acts,
    }
}

/// Where acts are written down: in the user's state directory (XDG Base Directory Specification).
pub fn records(variable: Lookup<'_>) -> Records {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let state = set("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".local/state")));
    // Nothing can be made below a device, and the error names what is missing.
    let state = state.unwrap_or_else(|| "/dev/null/neither XDG_STATE_HOME nor HOME is set".into());
    Records::on_disk(&state.join("kaftop"), &who(variable))
}

/// Prints, and asks where a person is there.
#[derive(Debug)]
pub struct Terminal {
    how: HowArgs,
    person: bool,
}

impl Terminal {
    /// A clerk with these orders; a person is there where stdin and stderr are a terminal.
    pub fn new(how: HowArgs) -> Self {
        let person = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { how, person }
    }

    fn say(&self, event: &Event<'_>, text: &str) {
        let line = if self.how.json {
            safe_json::json(event).unwrap_or_default()
        } else {
            text.to_owned()
        };
        // A reader that went away is its own business.
        drop(io::stdout().lock().write_all(line.as_bytes()));
    }

    fn ask(plan: &Plan) -> bool {
        let question = match &plan.confirm {
            Confirm::Key => format!("Type y to {}: ", plan.act.deed),
            Confirm::Id(word) => format!(
                "Something speaks against it. Type {word} to {} all the same: ",
                plan.act.deed
            ),
            Confirm::Cluster(word) => format!(
                "People depend on this cluster. Type its name ({word}) to {}: ",
                plan.act.deed
            ),
        };
        let mut err = io::stderr().lock();
        drop(
            err.write_all(printable(&question).as_bytes())
                .and_then(|()| err.flush()),
        );
        let mut answer = String::new();
        let read = io::Read::take(io::stdin().lock(), ANSWER);
        if io::BufReader::new(read).read_line(&mut answer).is_err() {
            return false;
        }
        let answer = answer.trim_end_matches(['\n', '\r']);
        match plan.confirm.word() {
            None => matches!(answer, "y" | "Y"),
            Some(word) => answer == word,
        }
    }
}

impl Clerk for Terminal {
    fn tell(&self, said: &Said<'_>) {
        match said {
            Said::Plan(plan) => self.say(&Event::of_plan(plan), &plan_text(plan)),
            Said::Changed => self.say(
                &Event::Changed,
                "Nothing was done: things have changed since. Now it would be:\n",
            ),
            Said::Refused(refusal) => {
                let words = refusal.to_string();
                self.say(&Event::Refused { words: &words }, &format!("{words}\n"));
            }
            Said::Note(words) => self.say(&Event::Note { words }, &format!("{words}\n")),
            Said::Progress(progress) => {
                let after_ms = progress.began.age(progress.at).0;
                let after = format!("{:>3}.{}s", after_ms / 1_000, after_ms % 1_000 / 100);
                match &progress.what {
                    Happening::Step(words) => {
                        self.say(&Event::Step { after_ms, words }, &format!("{after}  {words}\n"));
                    }
                    Happening::Waiting { what, until } => {
                        let at_most = progress.at.age(*until);
                        let event = Event::Waiting {
                            after_ms,
                            what,
                            at_most_ms: at_most.0,
                        };
                        self.say(
                            &event,
                            &format!("{after}  Waiting for {what}, at most {at_most}.\n"),
                        );
                    }
                    Happening::Ended(outcome) => {
                        let event = Event::Ended {
                            ending: outcome.ending.word(),
                            words: &outcome.words,
                            took_ms: outcome.took.0,
                        };
                        self.say(
                            &event,
                            &format!("{after}  {}: {}\n", outcome.ending.word(), outcome.words),
                        );
                    }
                }
            }
        }
    }

    fn confirms(&self, plan: &Plan) -> bool {
        let given = match plan.confirm.word() {
            None => self.how.yes,
            Some(word) => self.how.confirm.as_deref() == Some(word),
        };
        if given || (self.person && Self::ask(plan)) {
            return true;
        }
        let how = match &plan.confirm {
            Confirm::Key => "--yes".to_owned(),
            Confirm::Id(word) => format!("--confirm {word}, since something speaks against it"),
            Confirm::Cluster(word) => format!("--confirm {word}, since it is marked as production"),
        };
        let words = format!("Nothing was done: it was not confirmed. Without a question it needs {how}.");
        let words = printable(&words);
        self.say(&Event::Refused { words: &words }, &format!("{words}\n"));
        false
    }

    fn is_there(&self) -> bool {
        self.person
    }
}

fn plan_text(plan: &Plan) -> String {
    let mut deed = plan.act.deed.to_string();
    if let Some(first) = deed.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut text = format!("{deed}:\n");
    let lists = [
        ("", &plan.does),
        ("AGAINST IT: ", &plan.blockers),
        ("Note: ", &plan.notes),
    ];
    for (label, lines) in lists {
        for line in lines {
            text.extend(["  ", label, line, "\n"]);
        }
    }
    text
}

/// One line of JSON.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Plan {
        act: &'static str,
        target: String,
        on: Option<String>,
        does: &'a [String],
        blockers: &'a [String],
        notes: &'a [String],
        confirm: &'static str,
    },
    Changed,
    Refused {
        words: &'a str,
    },
    Note {
        words: &'a str,
    },
    Step {
        after_ms: u64,
        words: &'a str,
    },
    Waiting {
        after_ms: u64,
        what: &'a str,
        at_most_ms: u64,
    },
    Ended {
        ending: &'static str,
        words: &'a str,
        took_ms: u64,
    },
}

impl<'a> Event<'a> {
    fn of_plan(plan: &'a Plan) -> Self {
        Self::Plan {
            act: plan.act.deed.word(),
            target: plan.act.deed.target(),
            on: plan.on.as_ref().map(ToString::to_string),
            does: &plan.does,
            blockers: &plan.blockers,
            notes: &plan.notes,
            confirm: match &plan.confirm {
                Confirm::Key => "key",
                Confirm::Id(_) => "id",
                Confirm::Cluster(_) => "cluster",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Sourced};
    use crate::model::act::{Act, Node, Verb};
    use crate::model::ids::BrokerId;
    use std::ffi::OsString;

    fn plan(confirm: Confirm) -> Plan {
        Plan {
            act: Act::on(Verb::Stop, Node::Broker(BrokerId(2)), "test"),
            on: Some("container kafka-2".into()),
            does: vec!["Ends it.".to_owned()],
            blockers: vec!["9 partitions would refuse".to_owned()],
            notes: vec!["it is the active controller".to_owned()],
            confirm,
        }
    }

    #[test]
    fn without_a_person_only_the_right_word_confirms() {
        let clerk = |yes: bool, confirm: Option<&str>| Terminal {
            how: HowArgs {
                yes,
                confirm: confirm.map(str::to_owned),
                ..HowArgs::default()
            },
            person: false,
        };
        let id = || Confirm::Id("2".to_owned());
        let cluster = || Confirm::Cluster("main".to_owned());
        let table = [
            (clerk(false, None), Confirm::Key, false),
            (clerk(true, None), Confirm::Key, true),
            (clerk(true, None), id(), false),
            (clerk(true, Some("3")), id(), false),
            (clerk(false, Some("2")), id(), true),
            (clerk(true, Some("2")), cluster(), false),
            (clerk(true, Some("main")), cluster(), true),
        ];
        for (clerk, confirm, confirmed) in table {
            let plan = plan(confirm.clone());
            assert_eq!(clerk.confirms(&plan), confirmed, "{clerk:?} {confirm:?}");
        }
    }

    #[test]
    fn what_may_be_done_comes_from_the_settings() {
        let mut settings = Settings::default();
        assert_eq!(mandate(&settings, false).refusal(), None);
        settings.read_only = Sourced {
            value: true,
            origin: Origin::Flag { name: "--read-only" },
        };
        let refused = mandate(&settings, true).refusal().unwrap();
        assert!(refused.contains("--read-only"), "{refused}");
    }

    #[test]
    fn a_plan_is_printed_for_people() {
        insta::assert_snapshot!("act_plan", plan_text(&plan(Confirm::Key)));
    }

    #[test]
    fn records_lie_in_the_state_directory() {
        let place = |state: Option<&str>, home: Option<&str>| {
            let (state, home) = (state.map(OsString::from), home.map(OsString::from));
            let lookup = move |name: &str| match name {
                "XDG_STATE_HOME" => state.clone(),
                "HOME" => home.clone(),
                _ => None,
            };
            let records = records(&lookup);
            assert_eq!(records.who, who(&|_| None));
            records.audit_path().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(place(Some("/s"), Some("/h")), "/s/kaftop/audit.jsonl");
        assert_eq!(place(Some("s"), Some("/h")), "/h/.local/state/kaftop/audit.jsonl");
        assert!(place(None, None).contains("neither XDG_STATE_HOME nor HOME"));
    }

    #[test]
    fn exit_codes_are_those_of_the_help() {
        let codes = [Ended::Done, Ended::Failed, Ended::Refused, Ended::Unverified].map(exit_code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }
}

//! `kaftop rules`: every rule of alerts, what is wrong with the others, and the same for Prometheus.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{EXIT_USAGE, GlobalArgs};
use super::inputs::{Lookup, read_folder, read_text, state_folder};
use crate::alert::{BUILT_IN_PATH, Rule, RuleFile, Rules, rule_file};
use crate::app::Alerting;
use crate::config::{Origin, Period, UserFile, printable, printable_lines};
use crate::model::time::At;

/// The directory of rule files beside the config file.
const FOLDER: &str = "rules";

/// The arguments of `rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct RulesArgs {
    /// Read these files over the built-in rules, in the place of those in the config directory.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Print the rules as a Prometheus rule file, over the metrics of `kaftop export`.
    #[arg(long)]
    pub prometheus: bool,
}

/// What `kaftop rules` prints, and how it exits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// For stdout.
    pub out: String,
    /// For stderr.
    pub err: String,
    /// The exit code.
    pub code: u8,
}

/// Runs `kaftop rules`.
pub fn run(wanted: &RulesArgs, global: &GlobalArgs, variable: Lookup<'_>) -> Printed {
    let files = if wanted.files.is_empty() {
        read_folder(global, variable, FOLDER)
    } else {
        (wanted.files.iter().map(|path| named(path)).collect(), None)
    };
    let (rules, mut faults) = load(files);
    let mut out = String::new();
    if wanted.prometheus {
        let (text, left_out) = rule_file(&rules);
        out = text;
        faults.extend(
            left_out
                .iter()
                .map(|rule| format!("note: {} is not printed: {}", rule.rule, rule.why)),
        );
    } else {
        table(&mut out, &rules);
    }
    let failed = faults.iter().any(|line| line.starts_with("error: "));
    let mut err = faults.join("\n");
    if !err.is_empty() {
        err.push('\n');
    }
    Printed {
        out,
        err,
        code: if failed { EXIT_USAGE } else { 0 },
    }
}

/// The engine of a run, with the rules of the config directory and with what an earlier run kept under `name`; and
/// sentences on what could not be read, which holds up nothing.
pub fn alerting(
    global: &GlobalArgs,
    name: Option<&str>,
    now: At,
    variable: Lookup<'_>,
) -> (Alerting, Vec<String>) {
    let (rules, mut faults) = load(read_folder(global, variable, FOLDER));
    let mut alerting = Alerting::new(&rules);
    if let Some(path) = name.and_then(|name| state_file(name, variable))
        && let Err(why) = alerting.keep_in(path, now)
    {
        faults.push(format!(
            "warning: what was silenced is not known: {}",
            printable(&why)
        ));
    }
    (alerting, faults)
}

/// Where silences and acknowledgements of this cluster are kept.
fn state_file(name: &str, variable: Lookup<'_>) -> Option<PathBuf> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let safe: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .take(100)
        .collect();
    let folder = state_folder(variable)?.join("alerts");
    Some(folder.join(format!("{safe}.json")))
}

/// The rules with these files over the built-in ones, and every fault, a line each; what is sound is used.
fn load((given, warning): (Vec<UserFile>, Option<String>)) -> (Rules, Vec<String>) {
    let mut faults: Vec<String> = warning.map(|why| format!("warning: {why}")).into_iter().collect();
    let mut files = Vec::new();
    for file in given {
        match file.text {
            Ok(text) => files.push(RuleFile {
                path: file.path,
                text,
            }),
            Err(why) => faults.push(format!("error: {}: {why}", printable(&file.path))),
        }
    }
    let rules = Rules::with(&files);
    faults.extend(rules.problems.iter().map(|problem| format!("error: {problem}")));
    (rules, faults)
}

/// A file that is named on the command line.
fn named(path: &Path) -> UserFile {
    UserFile {
        name: String::new(),
        path: path.to_string_lossy().into_owned(),
        text: read_text(path, "kaftop rules").map_err(|failure| failure.text),
    }
}

fn table(out: &mut String, rules: &Rules) {
    let rows: Vec<[String; 6]> = rules.used.iter().map(|rule| row(rule)).collect();
    let head = ["RULE", "PER", "FOR", "CLEAR FOR", "SEVERITY", "FROM"].map(str::to_owned);
    let mut widths = [0; 6];
    for row in std::iter::once(&head).chain(&rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(&head).chain(&rows) {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            let _ = write!(line, "{cell:width$}  ");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let off: Vec<String> = rules.disabled.iter().map(ToString::to_string).collect();
    if !off.is_empty() {
        let _ = writeln!(out, "\nturned off: {}", off.join(", "));
    }
    *out = printable_lines(out);
}

fn row(rule: &Rule) -> [String; 6] {
    let from = match &rule.origin {
        Origin::File { path, .. } if path == BUILT_IN_PATH => "built in".to_owned(),
        other => other.to_string(),
    };
    [
        rule.name.to_string(),
        rule.scope.word().to_owned(),
        Period(rule.times.hold.into()).to_string(),
        Period(rule.times.clear.into()).to_string(),
        rule.severity.word().to_owned(),
        from,
    ]
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kaftop-rules-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("kaftop/rules")).unwrap();
        folder
    }

    fn printed(folder: &Path, wanted: &RulesArgs) -> Printed {
        let root = folder.to_owned();
        let variable = move |name: &str| {
            (name == "XDG_CONFIG_HOME" || name == "XDG_STATE_HOME").then(|| OsString::from(&root))
        };
        run(wanted, &GlobalArgs::default(), &variable)
    }

    #[test]
    fn rules_are_listed_with_where_they_come_from() {
        let folder = folder("listed");
        let mine = folder.join("kaftop/rules/mine.toml");
        fs::write(
            &mine,
            "disable = [\"KafkaLeaderImbalance\"]\n[[rule]]\nname = \"Mine\"\nwhen = \"cluster.topics > 5\"\nseverity = \"info\"\n\
             summary = \"x\"\nfor = \"90s\"\n",
        )
        .unwrap();
        let shown = printed(&folder, &RulesArgs::default());
        assert_eq!((shown.code, shown.err.as_str()), (0, ""));
        let lines: Vec<&str> = shown.out.lines().collect();
        assert!(lines[0].starts_with("RULE "), "{}", lines[0]);
        let offline: Vec<&str> = lines[1].split_whitespace().collect();
        assert_eq!(
            offline,
            [
                "KafkaBrokerOffline",
                "broker",
                "60s",
                "0s",
                "critical",
                "built",
                "in"
            ]
        );
        let own = lines.iter().find(|line| line.starts_with("Mine ")).unwrap();
        assert!(own.contains("90s") && own.ends_with("mine.toml:3"), "{own}");
        assert!(
            shown.out.ends_with("turned off: KafkaLeaderImbalance\n"),
            "{}",
            shown.out
        );
        let prometheus = RulesArgs {
            prometheus: true,
            files: Vec::new(),
        };
        let shown = printed(&folder, &prometheus);
        assert_eq!(shown.code, 0);
        assert!(shown.err.contains("note: Mine is not printed"), "{}", shown.err);
        assert!(!shown.out.contains("KafkaLeaderImbalance"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn faults_are_told_by_file_and_line_and_the_rest_is_listed() {
        let folder = folder("faults");
        let bad = folder.join("kaftop/rules/bad.toml");
        fs::write(&bad, "[[rule]]\nname = \"Mine\"\nwhn = \"cluster.topics > 5\"\n").unwrap();
        let shown = printed(&folder, &RulesArgs::default());
        assert_eq!(shown.code, EXIT_USAGE);
        assert!(
            shown
                .err
                .contains("bad.toml:3: Mine.whn: unknown key; the nearest valid key is \"when\""),
            "{}",
            shown.err
        );
        assert!(shown.out.contains("KafkaBrokerOffline"));
        let gone = RulesArgs {
            prometheus: false,
            files: vec![folder.join("gone.toml")],
        };
        let shown = printed(&folder, &gone);
        assert!(shown.err.contains("kaftop rules: cannot read"), "{}", shown.err);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_name_of_a_cluster_never_leads_out_of_the_directory() {
        let variable = |name: &str| (name == "XDG_STATE_HOME").then(|| OsString::from("/state"));
        let path = state_file("../../etc/a b", &variable).unwrap();
        assert_eq!(path, PathBuf::from("/state/kaftop/alerts/.._.._etc_a_b.json"));
        assert_eq!(state_file("x", &|_| None), None);
    }
}

//! The sample files of scenarios: valid ones can be run, invalid ones say what is wrong, and where.
#![expect(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kaftop::sim::scenario::{Plan, Scenario, Wishes};
use proptest::prelude::*;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no files in {}", folder.display());
    files
}

/// The plan of a file, or what is wrong with it, a line each.
fn planned(path: &Path) -> Result<Plan, String> {
    let name = path.file_name().unwrap().to_string_lossy();
    let text = fs::read_to_string(path).unwrap();
    let scenario = Scenario::parse(&text, &name).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    scenario
        .plan(Wishes::default())
        .map_err(|error| error.to_string())
}

#[test]
fn valid_files_can_be_run() {
    for path in files("valid") {
        let plan = planned(&path).unwrap_or_else(|said| panic!("{}: {said}", path.display()));
        plan.rehearse(Duration::from_secs(600))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn invalid_files_say_what_is_wrong() {
    for path in files("invalid") {
        let Err(said) = planned(&path) else {
            panic!("{} has no fault", path.display());
        };
        let hostile = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}' || c == '\u{200b}');
        assert!(
            !said.contains(hostile),
            "a character that steers the terminal is shown: {said:?}"
        );
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("scenarios/invalid");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), said));
    }
}

/// Text that looks enough like a scenario to get past the first line, and other text.
fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("title = \"t\"\n"),
        Just("story = \"s\"\n"),
        Just("mode = \"zookeeper\"\n"),
        Just("[cluster]\n"),
        Just("brokers = 4294967295\n"),
        Just("partitions = 4294967295\n"),
        Just("controllers = 0\n"),
        Just("[[topics]]\n"),
        Just("name = \"a\"\n"),
        Just("replication = 4000000000\n"),
        Just("assignment = [[1, 1], []]\n"),
        Just("records_per_second = 1e300\n"),
        Just("[[groups]]\n"),
        Just("topics = [\"a\"]\n"),
        Just("behaviour = \"rewinding\"\n"),
        Just("every = \"0s\"\n"),
        Just("[[step]]\n"),
        Just("at = \"8s\"\n"),
        Just("act = \"kill\"\n"),
        Just("act = \"create-topic\"\n"),
        Just("topic = \"\\u001b\"\n"),
        Just("node = \"broker:2147483647\"\n"),
        Just("node = \"broker:-1\"\n"),
        Just("note = \"\\u202e\"\n"),
        Just("[conclusion]\n"),
        Just("cause = \"c\"\nat_risk = \"r\"\nnext = \"n\"\n"),
        Just("[[conclusion.question]]\n"),
        Just("ask = \"?\"\noptions = [\"x\", \"y\"]\nright = 2\n"),
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(line, 0..24).prop_map(|lines| lines.concat())
    ]
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic_or_print_a_raw_character(text in text()) {
        let raw = |c: char| c.is_control() || c == '\u{202e}';
        match Scenario::parse(&text, "x.toml") {
            Ok(scenario) => {
                prop_assert!(!scenario.title.contains(raw) && !scenario.situation.contains(raw));
                if let Err(error) = scenario.plan(Wishes::default()) {
                    prop_assert!(!error.to_string().contains(|c| c != '\n' && raw(c)), "{error}");
                }
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(!problem.to_string().contains(raw), "{problem}");
                }
            }
        }
    }
}

//! The sample files of rules: valid ones are used, invalid ones say what is wrong, and where; the rest of them is used.

use std::fs;
use std::path::{Path, PathBuf};

use kaftop::alert::{RuleFile, Rules};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/rules")
        .join(folder);
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no files in {}", folder.display());
    files
}

fn load(path: &Path) -> Rules {
    Rules::with(&[RuleFile {
        path: path.file_name().unwrap().to_string_lossy().into_owned(),
        text: fs::read_to_string(path).unwrap(),
    }])
}

#[test]
fn valid_files_are_used() {
    for path in files("valid") {
        assert_eq!(load(&path).problems, [], "{}", path.display());
    }
}

#[test]
fn invalid_files_say_what_is_wrong_and_cost_no_other_rule() {
    let built_in = Rules::built_in();
    for path in files("invalid") {
        let rules = load(&path);
        let said: Vec<String> = rules.problems.iter().map(ToString::to_string).collect();
        assert!(!said.is_empty(), "{} has no fault", path.display());
        for rule in &built_in.used {
            assert!(
                rules.find(&rule.name).is_some(),
                "{}: {} is gone",
                path.display(),
                rule.name
            );
        }
        let said = said.join("\n");
        let hostile = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!said.contains(hostile), "{said:?}");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../rules/invalid");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), said));
    }
}

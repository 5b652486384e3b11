//! House rules that can be read off the files: heads, lengths, no forgotten work, no tests set aside.

#![expect(
    clippy::expect_used,
    reason = "a check of the source that cannot read it must fail loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of code in a file; comments and blank lines are free.
const MOST_LINES: usize = 400;
/// Files that are longer, each with its reason.
const LONGER: &[(&str, &str)] = &[(
    "src/ui/field/columns.rs",
    "one table: the columns of every list, of which lists, filters, sorting and help speak",
)];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn rust_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        files(&root.join(folder), &mut found);
    }
    assert!(found.len() > 50, "found {} files only", found.len());
    let name = |path: &PathBuf| {
        path.strip_prefix(root)
            .expect("under the root")
            .to_string_lossy()
            .into_owned()
    };
    found
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).expect("UTF-8")))
        .collect()
}

fn complaints(check: impl Fn(&str, &str) -> Option<String>) -> Vec<String> {
    rust_files()
        .iter()
        .filter_map(|(name, text)| check(name, text).map(|what| format!("{name}: {what}")))
        .collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    let found = complaints(|_, text| (!text.starts_with("//! ")).then(|| "no `//!` head".to_owned()));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_file_is_too_long_without_a_reason() {
    let found = complaints(|name, text| {
        let lines = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"));
        let count = lines.count();
        let excused = LONGER
            .iter()
            .any(|(file, reason)| *file == name && !reason.is_empty());
        (count > MOST_LINES && !excused).then(|| format!("{count} lines of code"))
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn nothing_is_left_for_later_and_no_test_is_set_aside() {
    // Put together here, so that this file does not find itself.
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["#[ig", "nore"],
        ["#[should_", "panic"],
        ["#[al", "low("],
    ];
    let found = complaints(|_, text| {
        words
            .iter()
            .map(|parts| parts.concat())
            .find(|word| text.contains(word.as_str()))
    });
    assert!(found.is_empty(), "{found:#?}");
}

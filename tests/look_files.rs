//! The sample files of themes and keymaps: valid ones load without a fault, invalid ones say what is wrong and where; and
//! what `kaftop themes` and `kaftop keys` print of them.
#![expect(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use kaftop::cli::args::{CheckCommand, Cli, EXIT_USAGE, parse};
use kaftop::cli::{keys_command, themes_command};
use kaftop::command::Keymaps;
use kaftop::config::UserFile;
use kaftop::ui::{Depth, Themes};
use proptest::prelude::*;

fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no files in {folder}");
    files
}

/// The environment: the home of the samples, and these variables.
fn lookup(variables: &[(&'static str, &str)]) -> impl Fn(&str) -> Option<OsString> {
    let home = fs::canonicalize("tests/themes/home").unwrap();
    let mut all: Vec<(&'static str, OsString)> = vec![("XDG_CONFIG_HOME", home.into())];
    all.extend(
        variables
            .iter()
            .map(|(name, value)| (*name, OsString::from(value))),
    );
    move |name| {
        all.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    }
}

fn cli(line: &str) -> Cli {
    parse(line.split_whitespace()).unwrap()
}

/// Paths of this machine do not belong into what is reviewed.
fn portable(text: &str) -> String {
    let home = fs::canonicalize("tests/themes/home").unwrap();
    text.replace(&home.to_string_lossy().into_owned(), "HOME")
}

fn snapshot(folder: &str, name: &str, text: &str) {
    assert!(
        !text.contains(['\u{1b}', '\u{202e}']),
        "{text:?} steers the terminal"
    );
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, portable(text)));
}

fn check(kind: &str, path: &Path) -> (String, u8) {
    let command = Some(CheckCommand::Check {
        file: path.to_owned(),
    });
    let args = cli("kaftop").global;
    if kind == "themes" {
        themes_command::run(command.as_ref(), &args, &lookup(&[]), false)
    } else {
        keys_command::run(command.as_ref(), &args, &lookup(&[]))
    }
}

#[test]
fn invalid_files_say_what_is_wrong_and_where() {
    for kind in ["themes", "keymaps"] {
        for path in files(&format!("tests/{kind}/invalid")) {
            let (text, code) = check(kind, &path);
            assert_eq!(code, EXIT_USAGE, "{}: {text}", path.display());
            snapshot(
                &format!("{kind}/invalid"),
                path.file_stem().unwrap().to_str().unwrap(),
                &text,
            );
        }
    }
}

#[test]
fn valid_files_have_no_fault() {
    let mut told = String::new();
    for kind in ["themes", "keymaps"] {
        for path in files(&format!("tests/{kind}/valid")) {
            let (text, code) = check(kind, &path);
            assert_eq!(code, 0, "{}: {text}", path.display());
            told.push_str(&text);
        }
    }
    snapshot("themes/shown", "valid", &told);
}

#[test]
fn a_file_that_cannot_be_read_is_said() {
    for kind in ["themes", "keymaps"] {
        let (text, code) = check(kind, Path::new("/nowhere/x.toml"));
        assert_eq!(code, EXIT_USAGE);
        assert!(
            text.contains("cannot read /nowhere/x.toml: No such file"),
            "{text}"
        );
    }
}

#[test]
fn themes_are_listed_with_what_is_wrong_with_them() {
    let list = |line: &str, variables: &[(&'static str, &str)], coloured| {
        themes_command::run(None, &cli(line).global, &lookup(variables), coloured)
    };
    // Two of the home's themes build on each other.
    let (text, code) = list("kaftop themes --theme drak", &[], false);
    assert_eq!(code, EXIT_USAGE);
    snapshot("themes/shown", "list", &text);
    let (text, code) = list(
        "kaftop themes --config /nowhere/else/config.toml",
        &[("KAFTOP_THEME", "light")],
        false,
    );
    assert_eq!(
        code, EXIT_USAGE,
        "a config file that is named has to be there: {text}"
    );
    let (text, code) = themes_command::run(
        None,
        &cli("kaftop themes").global,
        &|name| (name == "KAFTOP_THEME").then(|| "light".into()),
        true,
    );
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("* light"), "{text}");
    // 16 colours, for neither COLORTERM nor TERM promises more.
    assert!(text.contains("\u{1b}[1;31;47mCRITICAL"), "{text:?}");
}

#[test]
fn keys_are_listed_by_context() {
    let list = |line: &str| keys_command::run(None, &cli(line).global, &lookup(&[]));
    let (text, code) = list("kaftop keys --keymap mine");
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("Keymap mine (flag --keymap)\n"), "{text}");
    for line in [
        "  g g, home             first            Select the first row.",
        "note: unbound: story",
        "Keymaps: default, vim, mine (HOME/kaftop/keymaps/mine.toml).",
    ] {
        assert!(portable(&text).lines().any(|own| own == line), "{line}\n{text}");
    }
    let (text, code) = list("kaftop keys --keymap vin");
    assert_eq!(code, EXIT_USAGE);
    assert!(text.starts_with("Keymap default ("), "{text}");
    assert!(
        text.ends_with("error: there is no keymap \"vin\"; the nearest valid name is \"vim\"\n"),
        "{text}"
    );
}

/// Text that looks enough like a theme or keymap file to get past the first line, and other text.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "inherits",
        "palette",
        "roles",
        "everywhere",
        "unbound",
        "bad",
        "fg",
        "bg16",
        "rgb",
        "ansi",
        "red",
        "quit",
        "=",
        ".",
        "[",
        "]",
        "{",
        "}",
        "\"",
        ",",
        "\n",
        "true",
        "\"dark\"",
        "\"mine\"",
        "\"#ff0000\"",
        "\"g g\"",
        "3",
        "\\u",
        "\u{202e}",
        "\u{1b}",
    ];
    let word = prop::sample::select(words.to_vec());
    prop_oneof![
        any::<String>(),
        prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
    ]
}

proptest! {
    #[test]
    fn no_text_makes_a_theme_or_keymap_panic_or_print_a_raw_character(text in text(), other in text()) {
        let file = |name: &str, text: String| UserFile {
            name: name.to_owned(),
            path: format!("{name}.toml"),
            text: Ok(text),
        };
        let files = [file("mine", text), file("dark", other.clone()), file("default", other)];
        let mut said = Vec::new();
        for depth in [Depth::Sixteen, Depth::True] {
            let loaded = Themes::load(&files).theme("mine", depth).unwrap();
            said.extend(loaded.problems.clone());
            prop_assert!(loaded.hard_to_read().iter().all(|(_, contrast)| *contrast >= 1.0));
        }
        let loaded = Keymaps::load(&files).keymap("mine");
        // There is a way out of every keymap.
        prop_assert!(loaded.keymap.without_keys().iter().all(|(command, _)| command.name() != "quit"));
        said.extend(loaded.problems);
        for line in said {
            prop_assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        }
    }
}

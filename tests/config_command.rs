//! `kaftop config` and what is read at the start, on real files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends with a panic")]

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use kaftop::cli::args::{Cli, Command, ConfigCommand, EXIT_USAGE, parse};
use kaftop::cli::config_command::{SAMPLE, run};
use kaftop::cli::inputs::{InputFailure, Inputs, gather, load};

const HOME: &str = "tests/config/home/kaftop/config.toml";

/// The environment of a test: NAME=VALUE.
fn lookup(variables: &[&str]) -> impl Fn(&str) -> Option<OsString> {
    let pairs: Vec<(String, OsString)> = variables
        .iter()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    move |name| {
        pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    }
}

fn cli(line: &[&str]) -> Cli {
    parse([&["kaftop"], line].concat()).unwrap()
}

fn config(line: &[&str], variables: &[&str]) -> (String, u8) {
    let cli = cli(&[&["config"], line].concat());
    let Some(Command::Config { command }) = cli.command else {
        panic!("not a config command")
    };
    run(&command.unwrap_or_default(), &cli.global, &lookup(variables))
}

fn read(line: &[&str], variables: &[&str]) -> Result<Inputs, InputFailure> {
    gather(&cli(line).global, &lookup(variables))
}

/// A file of this test alone, with these bytes.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("config/shown");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn show_tells_each_value_with_its_origin() {
    let flags = ["--config", HOME, "-X", "acks=all", "--refresh", "5s"];
    let (text, code) = config(&flags, &["NO_COLOR=1", "KAFTOP_REFRESH=3s"]);
    assert_eq!(code, 0);
    snapshot("show", &text);
}

#[test]
fn show_without_anything_says_how_to_name_a_cluster() {
    let (text, code) = config(&["show"], &["HOME=/nowhere"]);
    assert_eq!(code, 0);
    snapshot("show_nothing", &text);
    let (text, code) = config(&["show"], &[]);
    assert_eq!(code, 0);
    assert!(
        text.starts_with("config file: none (neither XDG_CONFIG_HOME nor HOME is set)\n"),
        "{text}"
    );
}

#[test]
fn show_masks_secrets_and_says_what_is_wrong() {
    let flags = [
        "-b",
        "kafka:9092,kafka:x",
        "-X",
        "sasl.password=hunter2",
        "-X",
        "sasl.usrname=hunter2",
    ];
    let (text, code) = config(&flags, &["HOME=/nowhere"]);
    assert_eq!(code, EXIT_USAGE);
    assert!(!text.contains("hunter2"), "{text}");
    snapshot("show_wrong", &text);
}

#[test]
fn the_sample_is_printed_whatever_else_is_wrong() {
    let printed = config(&["sample", "--config", "/nowhere", "-b", "::"], &[]);
    assert_eq!(printed, (SAMPLE.to_owned(), 0));
}

#[test]
fn check_reads_every_cluster_and_its_properties() {
    let (text, code) = config(&["check", HOME], &[]);
    assert_eq!(code, 0, "{text}");
    snapshot("check_ok", &text);
    // Its clusters name a properties file that is not there, and listeners that ask for TLS.
    let (text, code) = config(&["check", "tests/config/valid/full.toml"], &[]);
    assert_eq!(code, EXIT_USAGE);
    assert!(!text.contains("hunter2"), "{text}");
    // Whether all can read the file depends on how it was checked out.
    let told: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("warning: "))
        .collect();
    snapshot("check_refused", &told.join("\n"));
}

#[test]
fn check_without_a_file_takes_the_one_that_kaftop_would_read() {
    let home = fs::canonicalize("tests/config/home").unwrap();
    for variables in [
        format!("XDG_CONFIG_HOME={}", home.display()),
        format!("KAFTOP_CONFIG={}", home.join("kaftop/config.toml").display()),
    ] {
        let (text, code) = config(&["check"], &[&variables]);
        assert!(
            code == 0 && text.ends_with("kaftop/config.toml: ok, 2 clusters\n"),
            "{variables}: {text}"
        );
    }
    let (text, code) = config(&["check"], &["HOME=/nowhere"]);
    assert_eq!(code, EXIT_USAGE);
    assert!(text.contains("/nowhere/.config/kaftop/config.toml"), "{text}");
    let (text, code) = config(&["check"], &[]);
    assert_eq!(code, EXIT_USAGE);
    assert!(text.contains("neither XDG_CONFIG_HOME nor HOME is set"), "{text}");
}

#[test]
fn a_relative_xdg_directory_is_ignored() {
    let inputs = read(&[], &["XDG_CONFIG_HOME=tests/config/home", "HOME=/nowhere"]).unwrap();
    assert!(inputs.layers.file.is_none());
    assert_eq!(inputs.layers.searched, "/nowhere/.config/kaftop/config.toml");
}

#[test]
fn files_that_cannot_be_read_are_named_with_the_reason() {
    let not_text = file("not_text.toml", b"a = 1\n\xff");
    let large = file("large.toml", &vec![b'#'; 1024 * 1024 + 1]);
    let dangling = file(
        "dangling.toml",
        b"default_cluster = \"a\"\n[clusters.a]\nconfig_file = \"missing.properties\"",
    );
    let cases: [(&[&str], &[&str], &str); 7] = [
        (
            &["--config", "/nowhere/c.toml"],
            &[],
            "flag --config: cannot read /nowhere/c.toml: No such file",
        ),
        (
            &[],
            &["KAFTOP_CONFIG=/nowhere/c.toml"],
            "environment KAFTOP_CONFIG: cannot read /nowhere/c.toml: ",
        ),
        (
            &["--config-file", "/nowhere/p"],
            &[],
            "flag --config-file: cannot read /nowhere/p: ",
        ),
        (
            &["--config", "tests"],
            &[],
            "flag --config: cannot read tests: it is not a regular file",
        ),
        (
            &["--config", not_text.to_str().unwrap()],
            &[],
            "not_text.toml: line 2 is not UTF-8",
        ),
        (
            &["--config", large.to_str().unwrap()],
            &[],
            "large.toml: it is larger than 1 MiB",
        ),
        (
            &["--config", dangling.to_str().unwrap()],
            &[],
            "dangling.toml:3: config_file: cannot read ",
        ),
    ];
    for (line, variables, expected) in cases {
        let failure = read(line, variables).unwrap_err();
        assert_eq!(failure.code, EXIT_USAGE);
        assert!(failure.text.contains(expected), "{line:?}: {}", failure.text);
    }
}

#[test]
fn load_gives_settings_or_every_fault() {
    let line = ["--config", HOME, "-X", "acks=all"];
    let (settings, notes) = load(&cli(&line).global, &lookup(&[])).unwrap();
    assert_eq!(settings.cluster.unwrap().client.client_id.value, "ops");
    assert_eq!(notes.len(), 3);
    let line = ["-b", "a:0,b:0", "--refresh", "1h"];
    let failure = load(&cli(&line).global, &lookup(&[])).unwrap_err();
    assert_eq!(
        (failure.code, failure.text.lines().count()),
        (EXIT_USAGE, 3),
        "{}",
        failure.text
    );
}

#[test]
fn a_home_directory_in_a_path_is_followed() {
    let home = fs::canonicalize("tests/config/home").unwrap();
    let path = file("home.toml", b"default_cluster = \"a\"\n[clusters.a]\nbootstrap = \"a\"\nconfig_file = \"~/kaftop/client.properties\"");
    let variable = format!("HOME={}", home.display());
    let inputs = read(&["--config", path.to_str().unwrap()], &[&variable]).unwrap();
    assert_eq!(inputs.layers.cluster_file.unwrap().properties.len(), 3);
}

#[cfg(unix)]
#[test]
fn a_file_with_secrets_that_all_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let cases = [
        (0o644, "sasl.password=x", 1),
        (0o640, "sasl.password=x", 0),
        (0o644, "client.id=x", 0),
    ];
    for (mode, text, expected) in cases {
        let path = file("warned.properties", text.as_bytes());
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let inputs = read(&["--config-file", path.to_str().unwrap()], &[]).unwrap();
        assert_eq!(
            inputs.warnings.len(),
            expected,
            "{mode:o} {text}: {:?}",
            inputs.warnings
        );
    }
}

#[test]
fn config_without_a_word_shows() {
    assert_eq!(ConfigCommand::default(), ConfigCommand::Show);
}

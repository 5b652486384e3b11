//! The sample files of the configuration: valid ones load without a word, invalid ones say what is wrong.
#![expect(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::fs;
use std::path::{Path, PathBuf};

use kaftop::cli::config_command::SAMPLE;
use kaftop::config::{
    ConfigFile, Environment, Flags, Layers, PropertiesFile, Secret, Settings, parse_duration, resolve, rows,
};
use proptest::prelude::*;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/config")
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

fn load(path: &Path) -> ConfigFile {
    let name = path.file_name().unwrap().to_string_lossy();
    ConfigFile::parse(&fs::read_to_string(path).unwrap(), &name)
}

fn problems(file: &ConfigFile) -> String {
    file.problems
        .iter()
        .fold(String::new(), |text, problem| text + &problem.to_string() + "\n")
}

#[test]
fn valid_files_load_without_a_word() {
    for path in files("valid") {
        assert_eq!(problems(&load(&path)), "", "{}", path.display());
    }
}

#[test]
fn invalid_files_say_what_is_wrong() {
    for path in files("invalid") {
        let said = problems(&load(&path));
        assert!(!said.is_empty(), "{} has no fault", path.display());
        assert!(!said.contains("hunter2"), "a secret is shown: {said}");
        let hostile = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(
            !said.contains(hostile),
            "a character that steers the terminal is shown: {said:?}"
        );
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("config/invalid");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), said));
    }
}

#[test]
fn every_line_of_the_sample_in_force_is_the_default() {
    let file = ConfigFile::parse(SAMPLE, "sample");
    assert_eq!(problems(&file), "");
    let set = rows(
        &resolve(&Layers {
            file: Some(file),
            ..Layers::default()
        })
        .settings,
    );
    let built_in = rows(&Settings::default());
    let values = |rows: &[kaftop::config::Row]| -> Vec<(String, String)> {
        rows.iter()
            .map(|row| (row.key.clone(), row.value.clone()))
            .collect()
    };
    assert_eq!(values(&set), values(&built_in));
    for row in &set {
        assert!(
            row.origin.starts_with("sample:"),
            "the sample leaves {} out",
            row.key
        );
    }
}

#[test]
fn the_examples_of_the_sample_load_too() {
    let example = |line: &str| {
        line.strip_prefix('#')
            .filter(|rest| !rest.starts_with(' '))
            .map(str::to_owned)
    };
    let mut text = String::new();
    for line in SAMPLE.lines() {
        text.push_str(&example(line).unwrap_or_else(|| line.to_owned()));
        text.push('\n');
    }
    let file = ConfigFile::parse(&text, "sample");
    assert_eq!(problems(&file), "");
    let resolution = resolve(&Layers {
        file: Some(file),
        ..Layers::default()
    });
    assert!(
        resolution.problems.is_empty() && resolution.notes.is_empty(),
        "{resolution:?}"
    );
    let cluster = resolution.settings.cluster.unwrap();
    assert_eq!(cluster.bootstrap.value.len(), 3);
    assert_eq!(cluster.zookeeper.value.len(), 3);
    assert_eq!(cluster.address_overrides.len(), 2);
    assert!(matches!(cluster.docker.value, kaftop::config::Docker::At(_)) && cluster.production.value);
    assert_eq!(resolution.settings.thresholds.group_lag_warn.value, 50_000);
}

/// Text that looks enough like a config file to get past the first line, and other text.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("clusters"),
        Just("prod"),
        Just("bootstrap"),
        Just("addresses"),
        Just("properties"),
        Just("refresh"),
        Just("thresholds"),
        Just("="),
        Just("."),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just("\""),
        Just(","),
        Just("\n"),
        Just("1"),
        Just("-1"),
        Just("\"1s\""),
        Just("\"a:1\""),
        Just("true"),
        Just("sasl.password"),
        Just("\\"),
        Just("\\u"),
        Just("\u{202e}"),
        Just("é"),
        Just("::"),
        Just("%"),
        Just("@"),
        Just("://"),
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
    ]
}

proptest! {
    #[test]
    fn no_text_makes_the_config_panic_or_print_a_raw_character(
        file in text(), properties in text(), flag in text(), variable in text(), switch in any::<bool>(),
    ) {
        let _ = parse_duration(&flag);
        let file = ConfigFile::parse(&file, &variable);
        let cluster = file.clusters.keys().next().cloned().filter(|_| switch);
        let layers = Layers {
            flags: Flags {
                bootstrap: vec![flag.clone()],
                cluster,
                zookeeper: vec![flag.clone()],
                addresses: vec![flag.clone(), format!("1={flag}")],
                properties: vec![Secret::from(flag.clone()), Secret::from(format!("client.id={flag}"))],
                refresh: Some(flag),
                docker: None,
                theme: None,
                keymap: None,
                switches: Vec::new(),
            },
            environment: Environment::read(|_| Some(variable.clone())),
            file: Some(file),
            searched: String::new(),
            client_file: Some(PropertiesFile::parse(&properties, "client.properties")),
            cluster_file: Some(PropertiesFile::parse(&properties, "cluster.properties")),
        };
        let resolution = resolve(&layers);
        let said = resolution.problems.iter().chain(&resolution.notes).map(ToString::to_string);
        let shown = rows(&resolution.settings).into_iter().map(|row| row.key + &row.value + &row.origin);
        for line in said.chain(shown) {
            prop_assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        }
    }
}

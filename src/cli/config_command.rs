//! `kaftop config`: sample, check, show.

use std::fmt::Write as _;
use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::args::{ConfigCommand, EXIT_USAGE, GlobalArgs};
use super::inputs::{InputFailure, Inputs, Lookup, gather, read_cluster_properties, read_config};
use crate::config::{Flags, Layers, Problem, Row, printable, resolve, rows};

/// The commented sample of a config file.
pub const SAMPLE: &str = include_str!("../../assets/config.sample.toml");

/// Runs `kaftop config`: the text for stdout, and the exit code.
pub fn run(command: &ConfigCommand, args: &GlobalArgs, variable: Lookup<'_>) -> (String, u8) {
    match command {
        ConfigCommand::Sample => (SAMPLE.to_owned(), 0),
        ConfigCommand::Check { file } => check(file.as_deref(), args, variable),
        ConfigCommand::Show => match gather(args, variable) {
            Ok(inputs) => show(&inputs),
            Err(failure) => failed(&failure),
        },
    }
}

fn failed(failure: &InputFailure) -> (String, u8) {
    (format!("error: {}\n", failure.text), failure.code)
}

/// Each value with where it came from, then what is wrong and what is worth knowing.
pub fn show(inputs: &Inputs) -> (String, u8) {
    let layers = &inputs.layers;
    let resolution = resolve(layers);
    let mut text = String::new();
    let searched = printable(&layers.searched);
    let _ = match (&layers.file, searched.is_empty()) {
        (Some(file), _) => writeln!(text, "config file: {}", printable(&file.path)),
        (None, false) => writeln!(text, "config file: none (looked for {searched})"),
        (None, true) => writeln!(
            text,
            "config file: none (neither XDG_CONFIG_HOME nor HOME is set)"
        ),
    };
    let names: Vec<String> = resolution
        .settings
        .clusters
        .iter()
        .map(|name| printable(name).into_owned())
        .collect();
    if !names.is_empty() {
        let _ = writeln!(text, "its clusters: {}", names.join(", "));
    }
    text.push('\n');
    push_table(&mut text, &rows(&resolution.settings));
    if resolution.settings.cluster.is_none() && resolution.problems.is_empty() {
        text.push_str(
            "\nno cluster: give one with -b HOST:PORT, or with --cluster NAME from the config file\n",
        );
    }
    let code = push_findings(
        &mut text,
        &resolution.problems,
        &resolution.notes,
        &inputs.warnings,
    );
    (text, code)
}

fn push_table(text: &mut String, rows: &[Row]) {
    const WIDEST_VALUE: usize = 60;
    let keys = rows.iter().map(|row| row.key.width()).max().unwrap_or(0);
    let values = rows
        .iter()
        .map(|row| row.value.width())
        .filter(|w| *w <= WIDEST_VALUE)
        .max()
        .unwrap_or(0);
    // Padding by `format!` counts characters, and some are two columns wide.
    let gap = |width: usize, shown: &str| " ".repeat(width.saturating_sub(shown.width()).saturating_add(2));
    for row in rows {
        let (key, value) = (&row.key, &row.value);
        let _ = writeln!(
            text,
            "{key}{}{value}{}{}",
            gap(keys, key),
            gap(values, value),
            row.origin
        );
    }
}

fn push_findings(text: &mut String, problems: &[Problem], notes: &[Problem], warnings: &[String]) -> u8 {
    let lines = problems.iter().map(|p| format!("error: {p}"));
    let lines = lines.chain(warnings.iter().map(|warning| format!("warning: {warning}")));
    let mut lines = lines
        .chain(notes.iter().map(|note| format!("note: {note}")))
        .peekable();
    if lines.peek().is_some() && !text.is_empty() {
        text.push('\n');
    }
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    if problems.is_empty() { 0 } else { EXIT_USAGE }
}

/// Checks one config file with the client properties files of all its clusters.
fn check(file: Option<&Path>, args: &GlobalArgs, variable: Lookup<'_>) -> (String, u8) {
    let path = match file {
        Some(path) => path.to_owned(),
        None => match gather(
            &GlobalArgs {
                config: args.config.clone(),
                ..GlobalArgs::default()
            },
            variable,
        ) {
            Ok(inputs) if inputs.layers.searched.is_empty() => {
                return (
                    "error: no config file: neither XDG_CONFIG_HOME nor HOME is set\n".to_owned(),
                    EXIT_USAGE,
                );
            }
            Ok(inputs) => inputs.layers.searched.into(),
            Err(failure) => return failed(&failure),
        },
    };
    let (config, warning) = match read_config(&path, "config check") {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    let mut warnings: Vec<String> = warning.into_iter().collect();
    let mut text = String::new();
    let mut problems = config.problems.clone();
    let mut notes = Vec::new();
    let mut unreadable = false;
    for name in config.clusters.keys() {
        let mut layers = Layers {
            flags: Flags {
                cluster: Some(name.clone()),
                ..Flags::default()
            },
            file: Some(config.clone()),
            ..Layers::default()
        };
        match read_cluster_properties(Some(&config), name, variable) {
            Ok((cluster_file, warning)) => {
                layers.cluster_file = cluster_file;
                warnings.extend(warning);
                let resolution = resolve(&layers);
                problems.extend(resolution.problems);
                notes.extend(resolution.notes);
            }
            Err(failure) => {
                unreadable = true;
                let _ = writeln!(text, "error: {}", failure.text);
            }
        }
    }
    problems.sort();
    problems.dedup();
    notes.sort();
    notes.dedup();
    let mut findings = String::new();
    let code = push_findings(&mut findings, &problems, &notes, &warnings);
    text.push_str(&findings);
    if code == 0 && !unreadable {
        let clusters = match config.clusters.len() {
            1 => "1 cluster".to_owned(),
            count => format!("{count} clusters"),
        };
        let _ = writeln!(text, "{}: ok, {clusters}", printable(&config.path));
        return (text, 0);
    }
    (text, EXIT_USAGE)
}

//! `kaftop keys`: every command with its keys, and what is wrong with a keymap.

use std::fmt::Write as _;
use std::path::Path;

use super::args::{CheckCommand, EXIT_USAGE, GlobalArgs};
use super::inputs::{Lookup, load, read_folder};
use super::listing;
use super::opening::Stock;
use crate::command::{Command, Context, Keymap, Keymaps};
use crate::config::{printable, some};

/// Runs `kaftop keys`: the text to print, and the exit code.
pub fn run(command: Option<&CheckCommand>, args: &GlobalArgs, variable: Lookup<'_>) -> (String, u8) {
    match command {
        Some(CheckCommand::Check { file }) => check(file, args, variable),
        None => list(args, variable),
    }
}

fn list(args: &GlobalArgs, variable: Lookup<'_>) -> (String, u8) {
    let settings = match load(args, variable) {
        Ok((settings, _)) => settings,
        Err(failure) => return (format!("error: {}\n", failure.text), failure.code),
    };
    let stock = Stock::read(args, variable);
    let look = &settings.look.keymap;
    let loaded = stock.keymaps.keymap(&look.value);
    let name = if loaded.fallback {
        Keymaps::STANDARD
    } else {
        look.value.as_str()
    };
    let mut text = format!("Keymap {} ({})\n\n", printable(name), look.origin);
    text.push_str(&table(&loaded.keymap));
    for note in notes(&loaded.keymap) {
        let _ = writeln!(text, "note: {note}");
    }
    let shelf = stock.keymaps.shelf();
    let others: Vec<String> = shelf
        .names()
        .into_iter()
        .map(
            |name| match shelf.entry(name).and_then(|entry| entry.path.as_deref()) {
                Some(path) => format!("{} ({})", printable(name), printable(path)),
                None => name.to_owned(),
            },
        )
        .collect();
    let _ = writeln!(text, "Keymaps: {}.", others.join(", "));
    text.push_str(
        "One's own: keymaps/NAME.toml beside the config file; `kaftop keys check FILE` checks one.\n",
    );
    let mut problems = stock.warnings;
    problems.extend(loaded.problems);
    if problems.is_empty() {
        return (text, 0);
    }
    text.push('\n');
    text.push_str(&listing::faults(&problems));
    (text, EXIT_USAGE)
}

/// The commands with their keys, by context.
pub fn table(keymap: &Keymap) -> String {
    let mut text = String::new();
    for context in Context::ALL {
        let rows: Vec<(String, Command)> = Command::ALL
            .into_iter()
            .filter_map(|command| {
                let strokes = keymap.chords(context, command);
                let strokes: Vec<String> = strokes.iter().map(ToString::to_string).collect();
                (!strokes.is_empty()).then(|| (strokes.join(", "), command))
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "[{}]", context.name());
        for (strokes, command) in rows {
            let _ = writeln!(
                text,
                "  {strokes:<20}  {:<15}  {}",
                command.name(),
                command.sentence()
            );
        }
        text.push('\n');
    }
    text
}

/// What is allowed and worth knowing.
fn notes(keymap: &Keymap) -> Vec<String> {
    let shadows = keymap
        .shadows()
        .into_iter()
        .map(|(context, strokes, command, hidden)| {
            format!(
                "[{}] {strokes} is {} there, not {}",
                context.name(),
                command.name(),
                hidden.name()
            )
        });
    let mut notes: Vec<String> = shadows.collect();
    let mut without = |said: bool, words: &str| {
        let names: Vec<&str> = keymap
            .without_keys()
            .into_iter()
            .filter(|(_, unbound)| *unbound == said)
            .map(|(command, _)| command.name())
            .collect();
        if !names.is_empty() {
            notes.push(format!("{words}: {}", some(&names)));
        }
    };
    without(true, "unbound");
    without(false, "neither bound nor said to be unbound");
    notes
}

fn check(path: &Path, args: &GlobalArgs, variable: Lookup<'_>) -> (String, u8) {
    let file = match listing::file(path, "keys check") {
        Ok(file) => file,
        Err(failed) => return failed,
    };
    let name = file.name.clone();
    // The file may build on the user's others.
    let (mut files, _) = read_folder(args, variable, "keymaps");
    files.retain(|other| other.name != name);
    files.push(file);
    let loaded = Keymaps::load(&files).keymap(&name);
    let notes = if loaded.fallback {
        Vec::new()
    } else {
        notes(&loaded.keymap)
    };
    listing::verdict(path, &loaded.problems, &notes, "all keys can be typed")
}

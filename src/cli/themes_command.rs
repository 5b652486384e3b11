//! `kaftop themes`: which there are, how they look, and what is wrong with them.

use std::fmt::Write as _;
use std::path::Path;

use super::args::{CheckCommand, EXIT_USAGE, GlobalArgs};
use super::inputs::{Lookup, load, read_folder};
use super::listing;
use super::opening::{Stock, looks};
use crate::config::printable;
use crate::ui::{Depth, Themes, theme};

/// Runs `kaftop themes`: the text to print, and the exit code. With `coloured` each theme shows its roles.
pub fn run(
    command: Option<&CheckCommand>,
    args: &GlobalArgs,
    variable: Lookup<'_>,
    coloured: bool,
) -> (String, u8) {
    match command {
        Some(CheckCommand::Check { file }) => check(file, args, variable),
        None => list(args, variable, coloured),
    }
}

fn list(args: &GlobalArgs, variable: Lookup<'_>, coloured: bool) -> (String, u8) {
    let settings = match load(args, variable) {
        Ok((settings, _)) => settings,
        Err(failure) => return (format!("error: {}\n", failure.text), failure.code),
    };
    let stock = Stock::read(args, variable);
    let looks = looks(&settings.look, stock.themes, variable);
    let shelf = looks.themes.shelf();
    let mut problems = stock.warnings;
    let mut text = String::new();
    let names = shelf.names();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for name in names {
        let from = match shelf.entry(name).and_then(|entry| entry.path.as_deref()) {
            Some(path) => printable(path).into_owned(),
            None => "built in".to_owned(),
        };
        let mark = if name == looks.name() { "*" } else { " " };
        let _ = writeln!(text, "{mark} {:widest$}  {from}", printable(name));
        let Ok(loaded) = looks.themes.theme(name, looks.depth) else {
            continue;
        };
        if coloured && loaded.usable {
            let _ = writeln!(text, "    {}", theme::sample(&loaded, looks.depth));
        }
        problems.extend(loaded.problems);
    }
    let look = &settings.look.theme;
    let _ = writeln!(
        text,
        "\n* in use; asked for is {} ({})",
        printable(&look.value),
        look.origin
    );
    if look.value == Themes::AUTO {
        text.push_str(
            "auto is dark or light, whichever suits the terminal; it is asked when the screen opens.\n",
        );
    }
    text.push_str(
        "One's own: themes/NAME.toml beside the config file; `kaftop themes check FILE` checks one.\n",
    );
    problems.extend(looks.problems());
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        return (text, 0);
    }
    text.push('\n');
    text.push_str(&listing::faults(&problems));
    (text, EXIT_USAGE)
}

fn check(path: &Path, args: &GlobalArgs, variable: Lookup<'_>) -> (String, u8) {
    let file = match listing::file(path, "themes check") {
        Ok(file) => file,
        Err(failed) => return failed,
    };
    let name = file.name.clone();
    // The file may build on the user's others.
    let (mut files, _) = read_folder(args, variable, "themes");
    files.retain(|other| other.name != name);
    files.push(file);
    let themes = Themes::load(&files);
    match themes.theme(&name, Depth::True) {
        Ok(loaded) => {
            let notes: Vec<String> = loaded
                .hard_to_read()
                .into_iter()
                .map(|(role, contrast)| {
                    format!("{role} is hard to read: its contrast is {contrast:.1}, below 4.5")
                })
                .collect();
            listing::verdict(path, &loaded.problems, &notes, "every role has a look")
        }
        Err(sentence) => listing::verdict(path, &[sentence], &[], ""),
    }
}

//! `kaftop man` and `kaftop completions`: made from the same definitions as the flags, the keys and the help.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::{AFTER_LONG_HELP, Cli};
use super::keys_command;
use crate::command::Keymap;

/// The man page, as roff.
///
/// # Errors
/// None that memory can cause.
pub fn page() -> io::Result<String> {
    // A built command knows which flags are global, and would tell them with every subcommand.
    let command = Cli::command();
    let man = Man::new(command.clone());
    // Not the renderer's own title: it leaves out an empty date, and what follows would stand in its place.
    let version = env!("CARGO_PKG_VERSION");
    let mut bytes = format!(".TH KAFTOP 1 \"\" \"kaftop {version}\" \"User Commands\"\n").into_bytes();
    man.render_name_section(&mut bytes)?;
    man.render_synopsis_section(&mut bytes)?;
    man.render_description_section(&mut bytes)?;
    man.render_options_section(&mut bytes)?;
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for subcommand in command.get_subcommands() {
        let about = subcommand
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        roff.control("TP", []);
        roff.text([bold(format!("kaftop {}", subcommand.get_name()))]);
        roff.text([roman(format!(
            "{about}. See kaftop {} --help.",
            subcommand.get_name()
        ))]);
    }
    for (title, body) in sections() {
        verbatim(&mut roff, title, body);
    }
    verbatim(&mut roff, "Keys", &keys_command::table(&Keymap::standard()));
    roff.to_writer(&mut bytes)?;
    man.render_version_section(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The paragraphs of the long help, each with the line above it.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    AFTER_LONG_HELP
        .split("\n\n")
        .filter_map(|paragraph| paragraph.split_once(":\n"))
}

/// A section whose lines stay as they are.
fn verbatim(roff: &mut Roff, title: &str, body: &str) {
    roff.control("SH", [title.to_uppercase().as_str()]);
    roff.control("nf", []);
    for line in body.trim_end().lines() {
        roff.text([roman(line.to_owned())]);
    }
    roff.control("fi", []);
}

/// The completions for a shell.
pub fn completions(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "kaftop", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_page_is_reviewed() {
        let page = page().unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "OPTIONS",
            "COMMANDS",
            "ENVIRONMENT",
            "FILES",
            "\"EXIT CODES\"",
            "KEYS",
            "VERSION",
        ] {
            assert!(page.contains(&format!("\n.SH {section}\n")), "no {section}");
        }
        insta::assert_snapshot!("man", page);
    }

    #[test]
    fn completions_are_reviewed_for_fish_and_know_every_command_elsewhere() {
        insta::assert_snapshot!("completions_fish", completions(Shell::Fish));
        for shell in [Shell::Bash, Shell::Elvish, Shell::PowerShell, Shell::Zsh] {
            let text = completions(shell);
            for subcommand in Cli::command().get_subcommands() {
                assert!(
                    text.contains(subcommand.get_name()),
                    "{shell}: {}",
                    subcommand.get_name()
                );
            }
            assert!(text.contains("--theme"), "{shell}");
        }
    }
}

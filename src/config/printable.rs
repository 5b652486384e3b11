//! Text from files and variables made safe to print, in lines and in quotes.

use crate::model::text::printable;

/// The text made printable line by line; its line ends stay.
pub fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// The text in quotes, printable, and cut after 60 characters.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let head: String = text.chars().take(SHOWN).collect();
    let rest = if text.chars().nth(SHOWN).is_some() {
        "…"
    } else {
        ""
    };
    format!("\"{}{rest}\"", printable(&head))
}

//! Help: the keys and columns of the open page, all from the catalogues, and what the marks mean.

use ratatui::layout::Rect;

use crate::command::{Command, Context, Keymap};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::Subject;
use crate::ui::glyph::Glyphs;
use crate::ui::screen::{ListId, Page, Screen, Window};
use crate::ui::text;
use crate::ui::theme::Role;

/// Draws help; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, screen: &Screen, keymap: &Keymap) -> Window {
    let lines = lines(screen, keymap, &canvas.glyphs, area.width);
    let rows = usize::from(area.height).min(lines.len());
    let top = screen.scroll(ListId::Help, rows, lines.len());
    for (line, y) in lines.iter().skip(top).take(rows).zip(area.y..) {
        canvas.strip(area.x, y, area.width, line);
    }
    Window {
        top,
        rows,
        total: lines.len(),
        ..Window::default()
    }
}

/// Cells for the keys before a sentence.
const KEYS: u16 = 22;
/// Cells for the head, the letter and the name of a column before what it holds.
const COLUMN: u16 = 26;

/// What the mouse does.
const MOUSE: [(&str, &str); 4] = [
    ("click on a row", "selects it; once more opens it"),
    (
        "click on a head",
        "sorts by the column; once more turns the order round",
    ),
    ("click on a tab or key", "does what the key does"),
    ("wheel", "moves through what is under it"),
];

/// What can be typed into a filter.
const FILTERS: [(&str, &str); 8] = [
    ("orders", "rows with this in a name"),
    (
        "~^ord  /^ord/",
        "rows with a name that matches the regular expression",
    ),
    (
        "lag>1000  size>=2G",
        "the column holds such a number: = != < <= > >=, with k M G T or ms s m h d",
    ),
    ("isr<rf", "the one column holds less than the other"),
    (
        "state=empty  lag=?",
        "the column holds this word; ? is what is not known, - what does not exist",
    ),
    (
        "topic~^ord  !~",
        "the column matches the regular expression, or does not",
    ),
    ("!orders", "the term does not hold"),
    ("a b", "both hold"),
];

/// The lines of help at that width.
fn lines(screen: &Screen, keymap: &Keymap, glyphs: &Glyphs, width: u16) -> Vec<Strip> {
    let mut lines = Vec::new();
    let page = screen.page();
    let log = screen.log.is_some().then_some(Context::Log);
    let contexts = log
        .into_iter()
        .chain([page.context(), Context::Quiz, Context::Everywhere]);
    for context in contexts {
        let bound: Vec<(Command, String)> = Command::ALL
            .into_iter()
            .filter(|command| screen.tale.is_some() || !command.needs_story())
            .map(|command| (command, keymap.chords(context, command)))
            .filter(|(_, chords)| !chords.is_empty())
            .map(|(command, chords)| {
                // The shortest ones, as many as there is room for: `kaftop keys` lists them all.
                let mut keys = String::new();
                for chord in &chords {
                    let more = format!("{}{chord}", if keys.is_empty() { "" } else { "  " });
                    if keys.is_empty() || text::width(&keys) + text::width(&more) < KEYS {
                        keys.push_str(&more);
                    }
                }
                (command, keys)
            })
            .collect();
        let asks = screen.tale.as_ref().is_some_and(|tale| tale.story.quiz);
        if bound.is_empty() || context == Context::Quiz && !asks {
            continue;
        }
        let title = match context {
            Context::Everywhere => "Everywhere".to_owned(),
            Context::Log => "In a log".to_owned(),
            Context::Quiz => "While a question of the story waits".to_owned(),
            _ => format!("On {}", page.title()),
        };
        lines.push(Strip::of(format!(" {title}"), Role::Strong));
        for (command, keys) in bound {
            entry(&mut lines, &keys, Role::Key, command.sentence(), width);
        }
        lines.push(Strip::default());
    }
    columns(&mut lines, page, width);
    lines.push(Strip::of(" Marks", Role::Strong));
    let marks = [
        (glyphs.leader, "a replica that leads"),
        (glyphs.in_sync, "a replica in sync"),
        (glyphs.out_of_sync, "a live replica out of sync"),
        (
            glyphs.down,
            "a replica whose broker is lost; before a value: reading it fails, and this is the last good one with its age",
        ),
        (glyphs.star, "the active controller"),
        (glyphs.watched, "watched: it stays on top, and no filter hides it"),
        ("!", "needs eyes"),
        (
            "?",
            "not known; after a class: inferred from who answers kaftop, not yet told by the cluster",
        ),
        ("-", "none: there is no such thing here"),
        ("0", "zero, as read"),
        (
            ">=",
            "at least: not all of it could be read, or it began before kaftop looked",
        ),
    ];
    for (mark, meaning) in marks {
        entry(&mut lines, mark, Role::Text, meaning, width);
    }
    lines.push(Strip::default());
    lines.push(Strip::of(" Mouse", Role::Strong));
    for (gesture, meaning) in MOUSE {
        entry(&mut lines, gesture, Role::Text, meaning, width);
    }
    lines.push(Strip::default());
    lines.push(Strip::of(" Filters", Role::Strong));
    for (term, meaning) in FILTERS {
        entry(&mut lines, term, Role::Text, meaning, width);
    }
    lines
}

/// The columns of the page's lists, each with the letter that sorts by it and its name in filters.
fn columns(lines: &mut Vec<Strip>, page: Page, width: u16) {
    let mut told: Vec<Subject> = Vec::new();
    for subject in page.lists().iter().filter_map(|list| list.subject()) {
        if told.contains(&subject) {
            continue;
        }
        told.push(subject);
        let title = format!(
            " Columns of a {}: head, letter to sort by, name in filters",
            subject.noun()
        );
        lines.push(Strip::of(title, Role::Strong));
        for spec in subject.columns() {
            let head = format!("{:<11}{} {}", spec.title, spec.letter, spec.name);
            entry_of(lines, (&head, COLUMN), Role::Text, spec.words, width);
        }
        lines.push(Strip::default());
    }
}

fn entry(lines: &mut Vec<Strip>, keys: &str, role: Role, words: &str, width: u16) {
    entry_of(lines, (keys, KEYS), role, words, width);
}

/// An entry whose words begin after so many cells.
fn entry_of(lines: &mut Vec<Strip>, (keys, cells): (&str, u16), role: Role, words: &str, width: u16) {
    let room = width.saturating_sub(cells + 4);
    let pad = |text: &str| " ".repeat(usize::from(cells.saturating_sub(text::width(text))));
    for (row, line) in text::wrap(words, room, 3, "").into_iter().enumerate() {
        let shown = if row == 0 { keys } else { "" };
        lines.push(
            Strip::of(format!("   {shown}"), role)
                .and(pad(shown), Role::Text)
                .and(line, Role::Text),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_a_sentence_leaves_a_gap() {
        for subject in Subject::ALL {
            for spec in subject.columns() {
                let head = format!("{:<11}{} {}", spec.title, spec.letter, spec.name);
                assert!(text::width(&head) < COLUMN, "{head}");
            }
        }
        let entries = FILTERS.into_iter().chain(MOUSE);
        for (words, _) in entries {
            assert!(text::width(words) < KEYS, "{words}");
        }
    }
}

//! A search in the log, from each letter that is typed.

use super::Prompt;
use super::line::Line;
use crate::command::{Chord, Key};
use crate::ui::log::{Quarry, Spot};
use crate::ui::screen::{ListId, Screen};
use crate::ui::update::Effect;

/// What is typed, and where the log stood before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What was typed.
    pub line: Line,
    /// Whether a line holds it.
    pub found: bool,
    before: Spot,
}

/// Opens the search of the log that is looked at.
pub fn open(screen: &mut Screen) -> Effect {
    let Some(log) = screen.log.as_ref().filter(|_| screen.overlay.is_none()) else {
        return Effect::None;
    };
    screen.prompt = Some(Prompt::Search(Search {
        line: Line::default(),
        found: true,
        before: log.spot(),
    }));
    Effect::Draw
}

/// A key while it is typed.
pub(super) fn press(screen: &mut Screen, mut search: Search, chord: Chord) -> Effect {
    match chord.key {
        // Without a letter the search before it holds.
        Key::Enter => {}
        Key::Esc => {
            if let Some(log) = &mut screen.log {
                log.restore(search.before);
            }
        }
        Key::Up | Key::Down => {
            screen.seek(Quarry::Hit, chord.key == Key::Up);
            screen.prompt = Some(Prompt::Search(search));
        }
        _ => {
            if search.line.press(chord) {
                look(screen, &mut search);
            }
            screen.prompt = Some(Prompt::Search(search));
        }
    }
    Effect::Draw
}

/// Text that was pasted.
pub(super) fn paste(screen: &mut Screen, mut search: Search, text: &str) -> Effect {
    search.line.insert(text);
    look(screen, &mut search);
    screen.prompt = Some(Prompt::Search(search));
    Effect::Draw
}

fn look(screen: &mut Screen, search: &mut Search) {
    let window = screen.windows.get(&ListId::Log).copied().unwrap_or_default();
    if let Some(log) = &mut screen.log {
        search.found = log.search(search.line.text(), &search.before, window);
    }
}

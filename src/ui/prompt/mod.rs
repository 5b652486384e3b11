//! What is typed, or chosen by a letter: the filter of a list, the palette, the column to sort by, a search, how long to be
//! silent.

pub mod line;
pub mod palette;
pub mod search;
pub mod silence;

use crate::command::{Chord, Command, Key};

use line::Line;
use palette::{Palette, Target};
use search::Search;
use silence::{Asked, Hush};

use super::rows::filter::Filter;
use super::rows::{Sort, View};
use super::screen::{ListId, Screen};
use super::update::{Effect, go, step, update};

/// What the keys go to before they mean commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// The filter of the list that has the keys.
    Filter {
        /// The list.
        list: ListId,
        /// What was typed.
        line: Line,
        /// How the list was narrowed before: Esc leads back there.
        before: View,
    },
    /// A name to go to.
    Palette(Palette),
    /// The column to sort the list by, by its letter.
    Sort(ListId),
    /// What to look for in the log.
    Search(Search),
    /// How long an alert is to be silent, and why.
    Silence(Asked),
}

/// Opens the filter of the list that has the keys.
pub fn open_filter(screen: &mut Screen) -> Effect {
    let list = screen.list();
    if screen.is_covered() || screen.detail || list.subject().is_none() {
        return Effect::None;
    }
    let before = screen.view(list);
    screen.prompt = Some(Prompt::Filter {
        list,
        line: Line::of(before.filter.text()),
        before,
    });
    Effect::Draw
}

/// Opens the palette.
pub fn open_palette(screen: &mut Screen) -> Effect {
    screen.prompt = Some(Prompt::Palette(Palette::default()));
    Effect::Search
}

/// Opens the choice of a column to sort by.
pub fn open_sort(screen: &mut Screen) -> Effect {
    let list = screen.list();
    if screen.is_covered() || screen.detail || list.subject().is_none() {
        return Effect::None;
    }
    screen.prompt = Some(Prompt::Sort(list));
    Effect::Draw
}

/// A key while a prompt is open.
pub fn press(screen: &mut Screen, chord: Chord) -> Effect {
    match screen.prompt.take() {
        None => Effect::None,
        Some(Prompt::Filter { list, line, before }) => filter(screen, list, line, before, chord),
        Some(Prompt::Palette(palette)) => in_palette(screen, palette, chord),
        Some(Prompt::Sort(list)) => sort(screen, list, chord),
        Some(Prompt::Search(search)) => search::press(screen, search, chord),
        Some(Prompt::Silence(asked)) => silence(screen, asked, chord),
    }
}

/// Text that was pasted while a prompt is open; without one it means nothing.
pub fn paste(screen: &mut Screen, text: &str) -> Effect {
    match screen.prompt.take() {
        Some(Prompt::Filter {
            list,
            mut line,
            before,
        }) => {
            line.insert(text);
            narrowed(screen, list, line, before)
        }
        Some(Prompt::Palette(mut palette)) => {
            palette.line.insert(text);
            screen.prompt = Some(Prompt::Palette(palette));
            Effect::Search
        }
        Some(Prompt::Search(search)) => search::paste(screen, search, text),
        Some(Prompt::Silence(mut asked)) => {
            asked.line.insert(text);
            screen.prompt = Some(Prompt::Silence(asked));
            Effect::Draw
        }
        other => {
            screen.prompt = other;
            Effect::None
        }
    }
}

fn filter(screen: &mut Screen, list: ListId, mut line: Line, before: View, chord: Chord) -> Effect {
    match chord.key {
        // What is not understood would hide nothing, without a word: the line stays until it is put right or left.
        Key::Enter if screen.view(list).filter.problem().is_none() => return Effect::Draw,
        Key::Esc => {
            *screen.view_mut(list) = before;
            return Effect::Settle;
        }
        Key::Up => step(screen, |place, _| place.saturating_sub(1)),
        Key::Down => step(screen, |place, _| place.saturating_add(1)),
        Key::PageUp => step(screen, usize::saturating_sub),
        Key::PageDown => step(screen, usize::saturating_add),
        _ if line.press(chord) => return narrowed(screen, list, line, before),
        _ => {}
    }
    screen.prompt = Some(Prompt::Filter { list, line, before });
    Effect::Draw
}

/// Enter silences where what was typed can be read; until then the line stays.
fn silence(screen: &mut Screen, mut asked: Asked, chord: Chord) -> Effect {
    match chord.key {
        Key::Esc => return Effect::Draw,
        Key::Enter => {
            if let Ok(hush) = Hush::parse(asked.line.text()) {
                return Effect::Hush(asked.key, hush);
            }
        }
        _ => {
            asked.line.press(chord);
        }
    }
    screen.prompt = Some(Prompt::Silence(asked));
    Effect::Draw
}

fn narrowed(screen: &mut Screen, list: ListId, line: Line, before: View) -> Effect {
    if let Some(subject) = list.subject() {
        screen.view_mut(list).filter = Filter::parse(line.text(), subject);
    }
    screen.prompt = Some(Prompt::Filter { list, line, before });
    Effect::Settle
}

fn in_palette(screen: &mut Screen, mut palette: Palette, chord: Chord) -> Effect {
    match chord.key {
        Key::Esc => return Effect::Draw,
        Key::Enter => {
            let Some(target) = palette.chosen().cloned() else {
                return Effect::Draw;
            };
            screen.overlay = None;
            return match target {
                Target::Command(command) => match update(screen, command) {
                    Effect::None => Effect::Draw,
                    effect => effect,
                },
                Target::Row(key) => go(screen, key),
            };
        }
        Key::Up | Key::BackTab => palette.turn(-1),
        Key::Down | Key::Tab => palette.turn(1),
        Key::Char('p') if chord.ctrl => palette.turn(-1),
        Key::Char('n') if chord.ctrl => palette.turn(1),
        _ if palette.line.press(chord) => {
            screen.prompt = Some(Prompt::Palette(palette));
            return Effect::Search;
        }
        _ => {}
    }
    screen.prompt = Some(Prompt::Palette(palette));
    Effect::Draw
}

/// The letter of a column sorts by it, once more turns the order round; `space` is the order by harm.
fn sort(screen: &mut Screen, list: ListId, chord: Chord) -> Effect {
    let by = match chord.key {
        Key::Space => None,
        Key::Char(letter) if !chord.ctrl && !chord.alt => {
            let subject = list.subject();
            let Some(spec) = subject.and_then(|subject| subject.lettered(letter)) else {
                screen.toast = Some(format!("No column here has the letter {letter}."));
                return Effect::Draw;
            };
            Some(spec.field)
        }
        _ => return Effect::Draw,
    };
    screen.sort_by(list, by);
    Effect::Settle
}

impl Screen {
    /// Sorts a list by a column; by the one that it is sorted by already, the other way round.
    pub fn sort_by(&mut self, list: ListId, by: Option<super::field::Field>) {
        let view = self.view_mut(list);
        view.sort = Sort {
            by,
            reversed: view.sort.by == by && !view.sort.reversed,
        };
    }
}

/// Whether a command may be chosen in the palette: those that only answer a question of the story may not.
pub fn is_offered(command: Command) -> bool {
    !command.needs_story() && command != Command::Palette
}

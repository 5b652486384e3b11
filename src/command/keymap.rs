//! Which strokes ask for which command.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::catalogue::Command;
use super::chord::Chord;
use super::context::Context;
use super::keymaps::Keymaps;
use super::sequence::Sequence;

/// Strokes that begin a sequence are forgotten after this time.
const PATIENCE: Duration = Duration::from_secs(1);

/// The bindings of every context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// In each context no sequence is the beginning of another one.
    pub(super) bindings: BTreeMap<(Context, Sequence), Command>,
    /// The commands that are said to have no key.
    pub(super) unbound: BTreeSet<Command>,
}

/// The strokes so far of a sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    chords: Vec<Chord>,
    since: Option<Instant>,
}

impl Pending {
    /// Whether no sequence has begun.
    pub fn is_empty(&self) -> bool {
        self.chords.is_empty()
    }

    /// The strokes so far, until they are forgotten.
    pub fn typed(&self, now: Instant) -> Option<Sequence> {
        let holds = self.forgotten_at().is_some_and(|end| now < end);
        holds.then(|| Sequence::of(&self.chords)).flatten()
    }

    /// When the strokes so far are forgotten.
    pub fn forgotten_at(&self) -> Option<Instant> {
        let since = self.since.filter(|_| !self.is_empty())?;
        Some(since + PATIENCE)
    }

    fn clear(&mut self) {
        self.chords.clear();
    }
}

/// What a stroke came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fed {
    /// It asks for a command, alone or with the strokes before it.
    Asked(Command),
    /// It begins a sequence, or goes on with one.
    Begun,
    /// It asks for nothing here.
    Nothing,
}

impl Keymap {
    /// The keymap that holds where none is chosen; a test holds that it loads without a warning.
    pub fn standard() -> Self {
        Keymaps::default().keymap(Keymaps::STANDARD).keymap
    }

    /// What these strokes ask for in `context`; a binding of the context goes before one that holds everywhere.
    pub fn command(&self, context: Context, strokes: impl Into<Sequence>) -> Option<Command> {
        match self.look(context, strokes.into()) {
            Fed::Asked(command) => Some(command),
            Fed::Begun | Fed::Nothing => None,
        }
    }

    /// Takes one stroke, at the moment `now`, after those that `pending` holds. One that does not go on with them
    /// counts by itself; only Escape does no more than forget them.
    pub fn feed(&self, pending: &mut Pending, context: Context, chord: Chord, now: Instant) -> Fed {
        if pending.forgotten_at().is_none_or(|end| now >= end) {
            pending.clear();
        }
        if !pending.is_empty() {
            let mut chords = std::mem::take(&mut pending.chords);
            chords.push(chord);
            let fed = Sequence::of(&chords).map_or(Fed::Nothing, |strokes| self.look(context, strokes));
            if fed == Fed::Begun {
                *pending = Pending {
                    chords,
                    since: Some(now),
                };
            }
            if fed != Fed::Nothing || chord == Chord::plain(super::chord::Key::Esc) {
                return fed;
            }
        }
        let fed = self.look(context, chord.into());
        if fed == Fed::Begun {
            *pending = Pending {
                chords: vec![chord],
                since: Some(now),
            };
        }
        fed
    }

    fn look(&self, context: Context, strokes: Sequence) -> Fed {
        let contexts = [context, Context::Everywhere];
        let looked = contexts.map(|context| {
            if let Some(command) = self.bindings.get(&(context, strokes)) {
                return Fed::Asked(*command);
            }
            let begun =
                |(bound, longer): &(Context, Sequence)| *bound == context && longer.begins_with(&strokes);
            if self.bindings.keys().any(begun) {
                Fed::Begun
            } else {
                Fed::Nothing
            }
        });
        looked
            .into_iter()
            .find(|fed| *fed != Fed::Nothing)
            .unwrap_or(Fed::Nothing)
    }

    /// The strokes that ask for `command` in exactly this context, the shortest text first.
    pub fn chords(&self, context: Context, command: Command) -> Vec<Sequence> {
        let mut strokes: Vec<Sequence> = self
            .bindings
            .iter()
            .filter(|((bound, _), asked)| *bound == context && **asked == command)
            .map(|((_, strokes), _)| *strokes)
            .collect();
        strokes.sort_by_key(|strokes| (strokes.to_string().len(), *strokes));
        strokes
    }

    /// The strokes to name in the footer for `command`: of the context, else of everywhere.
    pub fn first_chord(&self, context: Context, command: Command) -> Option<Sequence> {
        let own = self.chords(context, command).first().copied();
        own.or_else(|| self.chords(Context::Everywhere, command).first().copied())
    }

    /// The commands that no strokes ask for, each with whether the keymap says so itself.
    pub fn without_keys(&self) -> Vec<(Command, bool)> {
        Command::ALL
            .into_iter()
            .filter(|command| !self.bindings.values().any(|bound| bound == command))
            .map(|command| (command, self.unbound.contains(&command)))
            .collect()
    }

    /// The strokes of a page that mean something else everywhere, with both commands: of the page, and everywhere.
    pub fn shadows(&self) -> Vec<(Context, Sequence, Command, Command)> {
        let everywhere: Vec<(Sequence, Command)> = self
            .bindings
            .iter()
            .filter(|((context, _), _)| *context == Context::Everywhere)
            .map(|((_, strokes), command)| (*strokes, *command))
            .collect();
        let mut shadows = Vec::new();
        for ((context, strokes), command) in &self.bindings {
            if *context == Context::Everywhere {
                continue;
            }
            for (hidden, other) in &everywhere {
                let hides = hidden.begins_with(strokes) || strokes.begins_with(hidden);
                if hides && other != command {
                    shadows.push((*context, *hidden, *command, *other));
                }
            }
        }
        shadows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::UserFile;

    fn keymap(text: &str) -> Keymap {
        let file = UserFile {
            name: "mine".to_owned(),
            path: "mine.toml".to_owned(),
            text: Ok(text.to_owned()),
        };
        let loaded = Keymaps::load(&[file]).keymap("mine");
        assert_eq!(loaded.problems, Vec::<String>::new());
        loaded.keymap
    }

    fn stroke(text: &str) -> Chord {
        text.parse().unwrap()
    }

    #[test]
    fn a_page_binding_goes_first_and_the_reverse_map_names_it() {
        let keymap =
            keymap("[everywhere]\nx = \"up\"\nk = \"up\"\nctrl-c = \"quit\"\n[groups]\nx = \"quit\"");
        let x = stroke("x");
        assert_eq!(keymap.command(Context::Groups, x), Some(Command::Quit));
        assert_eq!(keymap.command(Context::Overview, x), Some(Command::Up));
        assert_eq!(keymap.first_chord(Context::Groups, Command::Quit), Some(x.into()));
        assert_eq!(keymap.chords(Context::Everywhere, Command::Up).len(), 2);
        assert_eq!(
            keymap.shadows(),
            [(Context::Groups, x.into(), Command::Quit, Command::Up)]
        );
    }

    /// Strokes, each with the milliseconds at which it comes.
    type Typed<'a> = &'a [(&'a str, u64)];

    #[test]
    fn a_sequence_waits_for_its_strokes_a_second_long() {
        let keymap = keymap(
            "[everywhere]\n\"g g\" = \"first\"\n\"g t x\" = \"help\"\nj = \"down\"\nesc = \"back\"\nq = \"quit\"\n[groups]\ng = \"up\"",
        );
        let began = Instant::now();
        // What is typed on the overview, and what each stroke comes to.
        let (first, down) = (Fed::Asked(Command::First), Fed::Asked(Command::Down));
        let table: [(Typed, &[Fed]); 8] = [
            (&[("g", 0), ("g", 900)], &[Fed::Begun, first]),
            (
                &[("g", 0), ("g", 1000), ("g", 1001)],
                &[Fed::Begun, Fed::Begun, first],
            ),
            (&[("g", 0), ("j", 10)], &[Fed::Begun, down]),
            (
                &[("g", 0), ("esc", 10), ("g", 20)],
                &[Fed::Begun, Fed::Nothing, Fed::Begun],
            ),
            (&[("esc", 0)], &[Fed::Asked(Command::Back)]),
            (
                &[("g", 0), ("z", 10), ("j", 20)],
                &[Fed::Begun, Fed::Nothing, down],
            ),
            (
                &[("g", 0), ("t", 10), ("x", 20), ("g", 30), ("g", 40)],
                &[
                    Fed::Begun,
                    Fed::Begun,
                    Fed::Asked(Command::Help),
                    Fed::Begun,
                    first,
                ],
            ),
            (
                &[("g", 0), ("t", 10), ("g", 20), ("g", 30)],
                &[Fed::Begun, Fed::Begun, Fed::Begun, first],
            ),
        ];
        for (strokes, expected) in table {
            let mut pending = Pending::default();
            let fed: Vec<Fed> = strokes
                .iter()
                .map(|(text, at)| {
                    let now = began + Duration::from_millis(*at);
                    keymap.feed(&mut pending, Context::Overview, stroke(text), now)
                })
                .collect();
            assert_eq!(fed, expected, "{strokes:?}");
        }
        let mut pending = Pending::default();
        let fed = keymap.feed(&mut pending, Context::Groups, stroke("g"), began);
        assert_eq!(fed, Fed::Asked(Command::Up), "the page goes first");
    }
}

//! The keymaps to choose from: those that kaftop brings, and the user's files.

use super::catalogue::Command;
use super::chord::{Chord, Key};
use super::context::Context;
use super::keymap::Keymap;
use super::keymap_file::{KeymapFile, parse};
use super::sequence::Sequence;
use crate::config::{Problem, Shelf, UserFile};

/// The keymaps that kaftop brings, by name.
const BUILT_IN: [(&str, &str); 2] = [
    ("default", include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
];

/// The keymaps to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymaps(Shelf<KeymapFile>);

/// A keymap, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedKeymap {
    /// The keymap; where the one asked for cannot be used, the standard one.
    pub keymap: Keymap,
    /// Whether the standard keymap stands in for the one asked for.
    pub fallback: bool,
    /// Every fault of its files, a printable line each.
    pub problems: Vec<String>,
}

impl Default for Keymaps {
    fn default() -> Self {
        Self::load(&[])
    }
}

impl Keymaps {
    /// The name of the keymap that holds where none is chosen.
    pub const STANDARD: &'static str = "default";

    /// Those that kaftop brings, and these files.
    pub fn load(files: &[UserFile]) -> Self {
        Self(Shelf::load("keymap", &BUILT_IN, files, parse))
    }

    /// The files, for a list of them.
    pub fn shelf(&self) -> &Shelf<KeymapFile> {
        &self.0
    }

    /// The keymap of that name; it never fails: the standard one stands in, and the problems say why.
    pub fn keymap(&self, name: &str) -> LoadedKeymap {
        let chain = match self.0.chain(name) {
            Ok(chain) => chain,
            Err(sentence) => return self.fallback(name, vec![sentence]),
        };
        let problems: Vec<String> = chain.problems.iter().map(Problem::to_string).collect();
        if !chain.usable {
            return self.fallback(name, problems);
        }
        let mut keymap = Keymap::default();
        for entry in &chain.entries {
            keymap.lay(&entry.sheet.content);
        }
        keymap.keep_a_way_out();
        LoadedKeymap {
            keymap,
            fallback: false,
            problems,
        }
    }

    fn fallback(&self, name: &str, problems: Vec<String>) -> LoadedKeymap {
        let keymap = if name == Self::STANDARD {
            // The user's own file of that name cannot be read.
            Self::default().keymap(name).keymap
        } else {
            self.keymap(Self::STANDARD).keymap
        };
        LoadedKeymap {
            keymap,
            fallback: true,
            problems,
        }
    }
}

impl Keymap {
    /// Lays a file over it: what the file binds or unbinds takes the place of what was.
    fn lay(&mut self, file: &KeymapFile) {
        for command in &file.unbound {
            self.bindings.retain(|_, bound| bound != command);
            self.unbound.insert(*command);
        }
        for (context, strokes, command) in &file.bindings {
            self.bindings.retain(|(bound, other), _| {
                bound != context || !(other.begins_with(strokes) || strokes.begins_with(other))
            });
            if let Some(command) = command {
                self.bindings.insert((*context, *strokes), *command);
                self.unbound.remove(command);
            }
        }
    }

    /// Nobody may be locked in: Ctrl-C leaves where no other strokes do everywhere.
    fn keep_a_way_out(&mut self) {
        if self.chords(Context::Everywhere, Command::Quit).is_empty() {
            let strokes = Sequence::from(Chord {
                ctrl: true,
                ..Chord::plain(Key::Char('c'))
            });
            self.bindings
                .insert((Context::Everywhere, strokes), Command::Quit);
            self.unbound.remove(&Command::Quit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and text of files.
    type Texts<'a> = &'a [(&'a str, &'a str)];

    fn load(texts: Texts, name: &str) -> LoadedKeymap {
        let files: Vec<UserFile> = texts
            .iter()
            .map(|(name, text)| UserFile {
                name: (*name).to_owned(),
                path: format!("{name}.toml"),
                text: Ok((*text).to_owned()),
            })
            .collect();
        Keymaps::load(&files).keymap(name)
    }

    #[test]
    fn every_built_in_keymap_loads_without_a_word_and_binds_every_command_or_says_that_it_does_not() {
        for (name, _) in BUILT_IN {
            let LoadedKeymap {
                keymap,
                fallback,
                problems,
            } = Keymaps::default().keymap(name);
            assert_eq!((problems, fallback), (Vec::new(), false), "{name}");
            for (command, said) in keymap.without_keys() {
                assert!(said, "{name}: no key for {command:?}");
            }
            for command in &keymap.unbound {
                assert!(
                    !keymap.bindings.values().any(|bound| bound == command),
                    "{name}: {command:?} is bound"
                );
            }
        }
    }

    #[test]
    fn no_strokes_of_a_page_shadow_those_that_hold_everywhere() {
        for (name, _) in BUILT_IN {
            for (context, strokes, ..) in Keymaps::default().keymap(name).keymap.shadows() {
                // A question of the story takes the digits while it waits, and a log has its own search; the pages have
                // these keys again afterwards.
                let lies_over = matches!(context, Context::Quiz | Context::Log);
                assert!(lies_over, "{name}: {strokes}");
            }
        }
    }

    #[test]
    fn no_lower_case_key_changes_anything_in_the_world() {
        let acts = [
            Command::Stop,
            Command::Start,
            Command::Restart,
            Command::Kill,
            Command::Pause,
            Command::Resume,
            Command::Cut,
            Command::Reconnect,
            Command::ElectLeaders,
            Command::Roll,
            Command::HoldRoll,
            Command::EndRoll,
            Command::Heal,
        ];
        for (name, _) in BUILT_IN {
            let keymap = Keymaps::default().keymap(name).keymap;
            for command in acts {
                for strokes in keymap.chords(Context::Everywhere, command) {
                    let upper = |letter: char| letter.is_ascii_uppercase();
                    assert!(strokes.to_string().chars().all(upper), "{name}: {strokes}");
                }
            }
        }
    }

    #[test]
    fn a_file_builds_on_another_and_takes_the_place_of_what_it_says() {
        let text = "inherits = \"default\"\nunbound = [\"sources\"]\n[everywhere]\n\"g g\" = \"first\"\nk = false\nz = \"help\"";
        let LoadedKeymap { keymap, problems, .. } = load(&[("mine", text)], "mine");
        assert_eq!(problems, Vec::<String>::new());
        let asked = |text: &str| {
            let strokes: Sequence = text.parse().unwrap();
            keymap.command(Context::Overview, strokes)
        };
        let table = [
            ("g", None),
            ("g g", Some(Command::First)),
            ("k", None),
            ("up", Some(Command::Up)),
            ("z", Some(Command::Help)),
            ("?", Some(Command::Help)),
            ("i", None),
        ];
        for (text, expected) in table {
            assert_eq!(asked(text), expected, "{text}");
        }
        assert_eq!(keymap.without_keys(), [(Command::Sources, true)]);
    }

    #[test]
    fn nobody_is_locked_in() {
        for text in [
            "",
            "inherits = \"default\"\nunbound = [\"quit\"]",
            "[groups]\nq = \"quit\"",
        ] {
            let LoadedKeymap { keymap, .. } = load(&[("mine", text)], "mine");
            let ctrl_c: Chord = "ctrl-c".parse().unwrap();
            assert_eq!(
                keymap.command(Context::Groups, ctrl_c),
                Some(Command::Quit),
                "{text}"
            );
        }
    }

    #[test]
    fn the_standard_keymap_stands_in_for_one_that_cannot_be_used() {
        let cases: [(Texts, &str, &str); 3] = [
            (
                &[],
                "vi",
                "there is no keymap \"vi\"; the nearest valid name is \"vim\"",
            ),
            (&[("mine", "[[[")], "mine", "mine.toml:1: not valid TOML"),
            (&[("default", "[[[")], "default", "default.toml:1: not valid TOML"),
        ];
        for (files, name, expected) in cases {
            let loaded = load(files, name);
            assert!(loaded.fallback && loaded.keymap == Keymap::standard(), "{name}");
            assert!(loaded.problems[0].starts_with(expected), "{:?}", loaded.problems);
        }
    }
}

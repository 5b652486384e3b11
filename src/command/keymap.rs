//! Which chord asks for which command, read from a keymap file.

use std::collections::BTreeMap;

use super::catalogue::{Command, Context};
use super::chord::Chord;

/// The keymap that kaftop brings.
const DEFAULT: &str = include_str!("../../keymaps/default.toml");

/// The bindings of every context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    bindings: BTreeMap<(Context, Chord), Command>,
}

impl Keymap {
    /// The keymap that kaftop brings; a test holds that it loads without a warning.
    pub fn standard() -> Self {
        Self::parse(DEFAULT).0
    }

    /// Reads a keymap: a section per context, in it `chord = "command"`. What cannot be used is left out,
    /// and a warning in words says what and why; the rest is taken.
    pub fn parse(text: &str) -> (Self, Vec<String>) {
        let mut keymap = Self::default();
        let mut warnings = Vec::new();
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                warnings.push(format!("the keymap is no TOML: {}", error.message()));
                return (keymap, warnings);
            }
        };
        for (section, content) in &table {
            let Some(context) = Context::ALL.into_iter().find(|context| context.name() == section) else {
                warnings.push(format!("[{section}] is no part of the screen"));
                continue;
            };
            let Some(lines) = content.as_table() else {
                warnings.push(format!("{section} is not a section of keys"));
                continue;
            };
            for (text, value) in lines {
                match keymap.bind(context, text, value) {
                    Ok(()) => {}
                    Err(warning) => warnings.push(format!("[{section}] {warning}")),
                }
            }
        }
        (keymap, warnings)
    }

    fn bind(&mut self, context: Context, text: &str, value: &toml::Value) -> Result<(), String> {
        let chord: Chord = text.parse()?;
        let name = value.as_str().unwrap_or_default();
        let command =
            Command::named(name).ok_or_else(|| format!("{text} = {name:?}: there is no such command"))?;
        // Two spellings of one chord (`ctrl-alt-x`, `alt-ctrl-x`) are two keys to TOML.
        match self.bindings.insert((context, chord), command) {
            None => Ok(()),
            Some(before) => Err(format!("{chord} is bound twice, also to {}", before.name())),
        }
    }

    /// What `chord` asks for in `context`; a binding of the context goes before one that holds everywhere.
    pub fn command(&self, context: Context, chord: Chord) -> Option<Command> {
        self.bindings
            .get(&(context, chord))
            .or_else(|| self.bindings.get(&(Context::Everywhere, chord)))
            .copied()
    }

    /// The chords that ask for `command` in exactly this context, the shortest text first.
    pub fn chords(&self, context: Context, command: Command) -> Vec<Chord> {
        let mut chords: Vec<Chord> = self
            .bindings
            .iter()
            .filter(|((bound, _), asked)| *bound == context && **asked == command)
            .map(|((_, chord), _)| *chord)
            .collect();
        chords.sort_by_key(|chord| (chord.to_string().len(), *chord));
        chords
    }

    /// The chord to name in the footer for `command`: of the context, else of everywhere.
    pub fn first_chord(&self, context: Context, command: Command) -> Option<Chord> {
        let own = self.chords(context, command);
        let chord = own.first().copied();
        chord.or_else(|| self.chords(Context::Everywhere, command).first().copied())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_default_keymap_loads_without_warnings_and_reaches_every_command() {
        let (keymap, warnings) = Keymap::parse(DEFAULT);
        assert_eq!(warnings, Vec::<String>::new());
        for command in Command::ALL {
            assert!(
                Context::ALL
                    .iter()
                    .any(|context| !keymap.chords(*context, command).is_empty()),
                "no key for {command:?}"
            );
        }
    }

    #[test]
    fn no_chord_of_a_page_shadows_one_that_holds_everywhere() {
        let mut places: BTreeMap<Chord, Vec<Context>> = BTreeMap::new();
        for (context, chord) in Keymap::standard().bindings.keys() {
            places.entry(*chord).or_default().push(*context);
        }
        for (chord, contexts) in places {
            // A question of the story takes the digits while it waits; the pages have them again afterwards.
            assert!(
                contexts.contains(&Context::Quiz)
                    || contexts.len() == 1
                    || !contexts.contains(&Context::Everywhere),
                "{chord} in {contexts:?}"
            );
        }
    }

    #[test]
    fn a_faulty_keymap_says_what_is_wrong_and_keeps_the_rest() {
        let table = [
            (
                "[everywhere]\nx = \"quit\"\nctrl-alt-y = \"help\"\nalt-ctrl-y = \"quit\"",
                "bound twice",
            ),
            ("[everywhere]\nx = \"quit\"\ny = \"fly\"", "no such command"),
            ("[everywhere]\nx = \"quit\"\npgup = \"up\"", "is no key"),
            (
                "[everywhere]\nx = \"quit\"\n[kitchen]\ny = \"up\"",
                "no part of the screen",
            ),
            ("groups = 3\n[everywhere]\nx = \"quit\"", "not a section"),
        ];
        for (text, expected) in table {
            let (keymap, warnings) = Keymap::parse(text);
            assert!(
                warnings.len() == 1 && warnings[0].contains(expected),
                "{text}: {warnings:?}"
            );
            assert_eq!(
                keymap.command(Context::Groups, "x".parse().unwrap()),
                Some(Command::Quit)
            );
        }
        assert!(Keymap::parse("[[[").1[0].contains("no TOML"));
    }

    #[test]
    fn a_page_binding_goes_first_and_the_reverse_map_names_it() {
        let (keymap, _) = Keymap::parse("[everywhere]\nx = \"up\"\nk = \"up\"\n[groups]\nx = \"quit\"");
        let x = "x".parse().unwrap();
        assert_eq!(keymap.command(Context::Groups, x), Some(Command::Quit));
        assert_eq!(keymap.command(Context::Overview, x), Some(Command::Up));
        assert_eq!(keymap.first_chord(Context::Groups, Command::Quit), Some(x));
        assert_eq!(keymap.chords(Context::Everywhere, Command::Up).len(), 2);
    }
}

//! One stroke on the keyboard, and its text form.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A printable character; its case says whether Shift was held.
    Char(char),
    /// The space bar.
    Space,
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// The arrow left.
    Left,
    /// The arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// A function key.
    F(u8),
}

/// The keys that have a word of their own.
const WORDS: [(Key, &str); 15] = [
    (Key::Space, "space"),
    (Key::Enter, "enter"),
    (Key::Esc, "esc"),
    (Key::Tab, "tab"),
    (Key::BackTab, "shift-tab"),
    (Key::Backspace, "backspace"),
    (Key::Delete, "delete"),
    (Key::Up, "up"),
    (Key::Down, "down"),
    (Key::Left, "left"),
    (Key::Right, "right"),
    (Key::PageUp, "pageup"),
    (Key::PageDown, "pagedown"),
    (Key::Home, "home"),
    (Key::End, "end"),
];

/// A key with its modifiers; its text form is `ctrl-l`, `G`, `esc`, `alt-pageup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chord {
    /// Whether Control was held.
    pub ctrl: bool,
    /// Whether Alt was held.
    pub alt: bool,
    /// The key.
    pub key: Key,
}

impl Chord {
    /// The key alone.
    pub fn plain(key: Key) -> Self {
        Self {
            ctrl: false,
            alt: false,
            key,
        }
    }

    /// The words that stand for keys without a character.
    pub(super) fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(_, word)| *word)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.ctrl {
            text.push_str("ctrl-");
        }
        if self.alt {
            text.push_str("alt-");
        }
        match self.key {
            Key::Char(c) => text.push(c),
            Key::F(number) => text.extend(["f", &number.to_string()]),
            other => text.extend(WORDS.iter().find(|(key, _)| *key == other).map(|(_, word)| *word)),
        }
        f.pad(&text)
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut chord = Self::plain(Key::Esc);
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|after| !after.is_empty()) {
                chord.ctrl = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|after| !after.is_empty()) {
                chord.alt = true;
                rest = after;
            } else {
                break;
            }
        }
        chord.key = key_named(rest).ok_or_else(|| {
            format!("{text:?} is no key: write a character, ctrl-x, alt-x, f1, enter, esc, tab, pageup, ...")
        })?;
        Ok(chord)
    }
}

fn key_named(text: &str) -> Option<Key> {
    if let Some((key, _)) = WORDS.iter().find(|(_, word)| *word == text) {
        return Some(*key);
    }
    let mut chars = text.chars();
    match (chars.next(), chars.as_str()) {
        (Some(c), "") if !c.is_whitespace() && !c.is_control() => Some(Key::Char(c)),
        (Some('f'), number) => number
            .parse()
            .ok()
            .filter(|number| (1..=24).contains(number))
            .map(Key::F),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chords_have_one_text_form() {
        let table = [
            ("ctrl-l", true, false, Key::Char('l')),
            ("G", false, false, Key::Char('G')),
            ("esc", false, false, Key::Esc),
            ("pageup", false, false, Key::PageUp),
            ("shift-tab", false, false, Key::BackTab),
            ("ctrl-alt-f12", true, true, Key::F(12)),
            ("-", false, false, Key::Char('-')),
            ("ctrl--", true, false, Key::Char('-')),
            ("f", false, false, Key::Char('f')),
        ];
        for (text, ctrl, alt, key) in table {
            let chord = Chord { ctrl, alt, key };
            assert_eq!(text.parse(), Ok(chord), "{text}");
            assert_eq!(chord.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", " ", "ctrl-", "f0", "f25", "pagedwn", "ab", "\u{1b}"] {
            assert!(text.parse::<Chord>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_comes_back(text in ".{0,12}") {
            if let Ok(chord) = text.parse::<Chord>() {
                prop_assert_eq!(chord.to_string().parse(), Ok(chord));
            }
        }
    }
}

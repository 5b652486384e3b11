//! A line of text that is typed.

use unicode_segmentation::UnicodeSegmentation;

use crate::command::{Chord, Key};
use crate::model::text::needs_escape;
use crate::ui::rows::filter::LONGEST;

/// A line and the place in it where the next character goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// In bytes, always between two graphemes.
    at: usize,
}

impl Line {
    /// A line with text in it, and the cursor behind it.
    pub fn of(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(text);
        line
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and behind the cursor.
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at_checked(self.at).unwrap_or((&self.text, ""))
    }

    /// Puts printable characters in at the cursor, as many as a line takes; the others are left out.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let text: String = text.chars().filter(|c| !needs_escape(*c)).take(room).collect();
        let (before, behind) = self.parts();
        let joined = format!("{before}{text}{behind}");
        self.at += text.len();
        self.text = joined;
    }

    /// Takes a key; whether the line knows what to do with it.
    pub fn press(&mut self, chord: Chord) -> bool {
        match (chord.ctrl, chord.key) {
            (true, Key::Char('u')) => {
                self.text = self.parts().1.to_owned();
                self.at = 0;
            }
            (true, Key::Char('w')) => {
                let (before, behind) = self.parts();
                let kept = before.trim_end();
                let kept = kept
                    .rfind(char::is_whitespace)
                    .and_then(|space| kept.get(..=space))
                    .unwrap_or("");
                (self.at, self.text) = (kept.len(), format!("{kept}{behind}"));
            }
            (true, Key::Char('a')) | (_, Key::Home) => self.at = 0,
            (true, Key::Char('e')) | (_, Key::End) => self.at = self.text.len(),
            (true, _) => return false,
            (_, Key::Left) => self.at -= self.before(),
            (_, Key::Right) => self.at += self.behind(),
            (_, Key::Backspace) => {
                let (before, behind) = self.parts();
                let kept = before.len() - self.before();
                let text = format!("{}{behind}", before.get(..kept).unwrap_or_default());
                (self.at, self.text) = (kept, text);
            }
            (_, Key::Delete) => {
                let (before, behind) = self.parts();
                let text = format!("{before}{}", behind.get(self.behind()..).unwrap_or_default());
                self.text = text;
            }
            (_, Key::Space) => self.insert(" "),
            (_, Key::Char(c)) if !chord.alt => self.insert(c.encode_utf8(&mut [0; 4])),
            _ => return false,
        }
        true
    }

    /// The bytes of the grapheme before the cursor.
    fn before(&self) -> usize {
        self.parts().0.graphemes(true).next_back().map_or(0, str::len)
    }

    /// The bytes of the grapheme behind the cursor.
    fn behind(&self) -> usize {
        self.parts().1.graphemes(true).next().map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(keys: &str) -> Line {
        let mut line = Line::default();
        for key in keys.split_whitespace() {
            line.press(key.parse().unwrap());
        }
        line
    }

    #[test]
    fn a_line_is_edited_as_elsewhere() {
        let table = [
            ("a b c", "abc", ""),
            ("a b left c", "ac", "b"),
            ("a b backspace", "a", ""),
            ("a b left delete", "a", ""),
            ("a b home c", "c", "ab"),
            ("a b ctrl-a c end d", "cabd", ""),
            ("a space b ctrl-w", "a ", ""),
            ("a space b ctrl-w ctrl-w", "", ""),
            ("a b left ctrl-u", "", "b"),
            ("backspace delete left right", "", ""),
            ("ü left right backspace", "", ""),
        ];
        for (keys, before, behind) in table {
            assert_eq!(typed(keys).parts(), (before, behind), "{keys}");
        }
    }

    #[test]
    fn what_no_terminal_may_obey_is_left_out_and_there_is_an_end() {
        assert_eq!(Line::of("a\u{1b}[31m\n\u{202e}b").text(), "a[31mb");
        assert_eq!(Line::of(&"x".repeat(10_000)).text().len(), LONGEST);
    }

    proptest! {
        #[test]
        fn no_key_breaks_a_line(text in ".{0,40}", keys in prop::collection::vec(0..9_usize, 0..40)) {
            let all = ["left", "right", "home", "end", "backspace", "delete", "ctrl-w", "ctrl-u", "日"];
            let mut line = Line::of(&text);
            for key in keys {
                line.press(all[key].parse().unwrap());
                let (before, behind) = line.parts();
                prop_assert_eq!(format!("{before}{behind}"), line.text());
            }
        }
    }
}

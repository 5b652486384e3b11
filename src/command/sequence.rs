//! Strokes one after the other, such as `g g`.

use std::fmt;
use std::str::FromStr;

use super::chord::Chord;

/// The most strokes of a sequence.
const MOST: usize = 3;

/// One to three strokes; the text form is that of the strokes, with a space between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence {
    first: Chord,
    rest: [Option<Chord>; MOST - 1],
}

impl Sequence {
    /// The strokes.
    pub fn chords(&self) -> impl Iterator<Item = Chord> {
        std::iter::once(self.first).chain(self.rest.into_iter().flatten())
    }

    /// The sequence of these strokes: none where there is no stroke, or where there are more than three.
    pub fn of(chords: &[Chord]) -> Option<Self> {
        let (first, others) = chords.split_first()?;
        let mut rest = [None; MOST - 1];
        if others.len() > rest.len() {
            return None;
        }
        for (slot, chord) in rest.iter_mut().zip(others) {
            *slot = Some(*chord);
        }
        Some(Self { first: *first, rest })
    }

    /// Whether it begins with all strokes of `other`, also where the two are the same.
    pub fn begins_with(&self, other: &Self) -> bool {
        let mut own = self.chords();
        other.chords().all(|chord| own.next() == Some(chord))
    }
}

impl From<Chord> for Sequence {
    fn from(first: Chord) -> Self {
        Self {
            first,
            rest: [None; MOST - 1],
        }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.chords().map(|chord| chord.to_string()).collect();
        f.pad(&texts.join(" "))
    }
}

impl FromStr for Sequence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split(' ').filter(|word| !word.is_empty());
        let chords = words.map(str::parse).collect::<Result<Vec<Chord>, String>>()?;
        if chords.is_empty() {
            // The words of a stroke that is none.
            return text.parse::<Chord>().map(Self::from);
        }
        Self::of(&chords).ok_or_else(|| format!("{text:?} has more than {MOST} strokes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Sequence {
        text.parse().unwrap()
    }

    #[test]
    fn sequences_have_one_text_form() {
        for text in ["g", "g g", "ctrl-w j", "space esc f1", "-"] {
            assert_eq!(read(text).to_string(), text);
        }
        assert_eq!(read("  g   g ").to_string(), "g g");
        for text in ["", " ", "g gg", "g g g g", "ctrl-"] {
            assert!(text.parse::<Sequence>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_sequence_begins_with_its_first_strokes_and_with_itself() {
        for (long, short, expected) in [
            ("g g", "g", true),
            ("g g", "g g", true),
            ("g", "g g", false),
            ("g g", "G", false),
            ("g x", "x", false),
        ] {
            assert_eq!(read(long).begins_with(&read(short)), expected, "{long} {short}");
        }
    }
}

//! What a person is told away from the screen: a notice, whose texts are safe wherever they are written.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::severity::Severity;
use super::text::{Name, printable};
use super::time::At;

/// The longest line, in characters; what is longer is cut, and ends with `…`.
const LONGEST: usize = 300;

/// One line of text that holds no control code and is not long, whatever it was made of.
///
/// A notice is written to terminals, popups, environments and foreign servers, and its words are made of names that
/// came over the network: so there is no way to make one that a terminal would obey.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(Arc<str>);

impl Line {
    /// The text as one line: what a terminal could obey is written out, what is too long is cut.
    pub fn new(text: &str) -> Self {
        let safe = printable(text);
        if safe.chars().nth(LONGEST).is_none() {
            return Self(Arc::from(safe.as_ref()));
        }
        let kept: String = safe.chars().take(LONGEST - 1).chain(['…']).collect();
        Self(Arc::from(kept))
    }

    /// The text as lines, one for each of its own.
    pub fn many(text: &str) -> Vec<Self> {
        text.lines().map(Self::new).collect()
    }

    /// The line itself, which is safe to print.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Borrow<str> for Line {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What happened to what a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeState {
    /// It began.
    Firing,
    /// It goes on, and something of it changed.
    Changed,
    /// It is over.
    Resolved,
}

impl NoticeState {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Changed => "changed",
            Self::Resolved => "resolved",
        }
    }
}

/// One thing to tell a person: a group of alerts with one cause, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about: the same for everything that is told of one group of alerts, from its beginning to its end.
    pub key: Name,
    /// How much it matters.
    pub severity: Severity,
    /// What happened.
    pub state: NoticeState,
    /// What broke, in one line.
    pub title: Line,
    /// More of it: consequences, evidence.
    pub body: Vec<Line>,
    /// Labels by name.
    pub labels: BTreeMap<Line, Line>,
    /// Since when it fires.
    pub since: At,
    /// When the state was reached.
    pub at: At,
    /// What to do: an address or a sentence.
    pub runbook: Option<Line>,
    /// The cluster as its owner calls it, else its id.
    pub cluster: Line,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_holds_what_a_terminal_obeys() {
        let table = [
            ("orders", "orders"),
            ("a\u{1b}]0;x\u{7}b", "a\\u{1b}]0;x\\u{7}b"),
            ("c1\u{9c}\u{9b}", "c1\\u{9c}\\u{9b}"),
            ("two\nlines", "two\\u{a}lines"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
        ];
        for (raw, expected) in table {
            let line = Line::new(raw);
            assert_eq!(line.as_str(), expected);
            assert_eq!(line.to_string(), expected);
            assert!(!line.as_str().chars().any(char::is_control));
        }
        assert_eq!(
            Line::many("a\nb\u{7}\r\n"),
            [Line::new("a"), Line::new("b\\u{7}")]
        );
    }

    #[test]
    fn a_long_line_is_cut_where_a_reader_sees_it() {
        let fits = "é".repeat(LONGEST);
        assert_eq!(Line::new(&fits).as_str(), fits);
        let cut = Line::new(&"é".repeat(LONGEST + 1));
        assert_eq!(cut.as_str().chars().count(), LONGEST);
        assert!(cut.as_str().ends_with("é…"));
        assert_eq!(
            Line::new(&"\u{7}".repeat(10_000)).as_str().chars().count(),
            LONGEST
        );
    }
}

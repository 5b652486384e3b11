//! Names and texts that came from outside, and how they become safe to print.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Whether a character can reach a terminal, a log or a file as it is.
///
/// Refused are control characters (C0, DEL, C1), which terminals obey, and the invisible characters
/// that reorder or hide text: bidirectional marks and isolates, zero-width characters, separators,
/// variation selectors, tags and the byte order mark.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` with everything a terminal could obey, or a reader could be deceived by, written as `\u{..}`.
///
/// Borrowed where nothing had to change, which is nearly always.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_printable(c) {
            safe.push(c);
        } else {
            safe.extend(c.escape_unicode());
        }
    }
    Cow::Owned(safe)
}

/// The characters of `text` that JSON output must escape beyond what JSON itself demands.
pub fn needs_escape(c: char) -> bool {
    !is_printable(c)
}

/// A name that came over the network or from a file: a topic, a group, a host, a client.
///
/// Identity is the exact text; `Display` is always safe to print, so a raw name cannot reach a
/// terminal by accident. [`Name::raw`] is for the protocol and for comparisons.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// The exact text, for the protocol and for comparisons; never for a terminal.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&printable(&self.0))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", printable(&self.0))
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        let table = [
            ("orders", "orders"),
            ("file_merge.requests-1", "file_merge.requests-1"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("bell\u{7}", "bell\\u{7}"),
            ("c1\u{9b}31m", "c1\\u{9b}31m"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("line\nbreak", "line\\u{a}break"),
            ("日本 é", "日本 é"),
        ];
        for (raw, shown) in table {
            assert_eq!(printable(raw), shown, "{raw:?}");
            assert_eq!(Name::from(raw).to_string(), shown);
            assert_eq!(Name::from(raw).raw(), raw);
        }
    }

    #[test]
    fn debug_is_safe_too() {
        assert!(!format!("{:?}", Name::from("\u{1b}[31m\u{202e}")).contains(['\u{1b}', '\u{202e}']));
    }
}

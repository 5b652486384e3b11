//! JSON that is safe to print: what JSON allows and a terminal obeys is escaped too.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::model::text::needs_escape;

/// The JSON text of a value, on one line.
///
/// # Errors
/// The serializer's own; none where every key is a string.
pub fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Safe))?;
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Compact JSON that also escapes what JSON allows and a terminal obeys: C1 controls, DEL, bidirectional marks.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, hostile)) = rest.char_indices().find(|(_, c)| needs_escape(*c)) {
            let (plain, tail) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            for unit in hostile.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = tail.get(hostile.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_raw_reaches_the_terminal_and_the_text_reads_back_the_same() {
        let hostile = "a\u{1b}[31m\u{9b}\u{7f}\u{202e}\u{200b}\u{e0001}é日";
        let text = json(&hostile).expect("a string");
        let text = text.trim_end();
        assert!(!text.chars().any(needs_escape), "{text:?}");
        assert_eq!(serde_json::from_str::<String>(text).expect("JSON"), hostile);
    }
}

//! A notice as the bytes that make a terminal show it.
//!
//! `OSC 9` is iTerm2's, `OSC 777;notify` rxvt-unicode's, `OSC 99` kitty's desktop notification protocol. Each sequence
//! ends with `BEL` and not with `ESC \`, which would end the wrapping of GNU screen too early.

use super::super::wording::{cut, subject, text};
use super::kind::{Protocol, TerminalKind, Wrap};
use crate::model::notice::{Notice, NoticeState};
use crate::model::severity::Severity;

/// The longest title and text, in characters: some terminals refuse a long sequence.
const TITLE: usize = 160;
const TEXT: usize = 400;
/// GNU screen drops a string of 768 bytes and more, older ones of 512: with its four bytes a chunk is below 500.
const CHUNK: usize = 480;

/// The bytes that show the notice on a terminal of this kind; none where it can only ring.
pub fn osc(notice: &Notice, kind: &TerminalKind) -> Vec<u8> {
    let title = cut(&subject(notice), TITLE);
    let text = cut(&text(notice).replace('\n', " / "), TEXT);
    let sequences = match kind.protocol {
        Protocol::Osc9 => vec![osc_9(&title, &text)],
        // A semicolon ends the title.
        Protocol::Osc777 => vec![format!("\x1b]777;notify;{};{text}\x07", title.replace(';', ","))],
        Protocol::Osc99 => osc_99(notice, &title, &text),
        Protocol::Bell => Vec::new(),
    };
    sequences
        .iter()
        .flat_map(|sequence| wrapped(sequence, kind.wrap))
        .collect()
}

/// One text. It does not begin with a digit: `OSC 9 ; 4 ; ...` is a progress bar on some terminals.
fn osc_9(title: &str, text: &str) -> String {
    let guard = if title.starts_with(|c: char| c.is_ascii_digit()) {
        "kafka "
    } else {
        ""
    };
    let dash = if text.is_empty() { "" } else { " - " };
    format!("\x1b]9;{guard}{title}{dash}{text}\x07")
}

/// A title and a text under one identifier, which is the same for everything that is told of one group of alerts, so
/// that a change takes the place of what was shown.
fn osc_99(notice: &Notice, title: &str, text: &str) -> Vec<String> {
    let id = identifier(notice.key.raw());
    let urgency = match (notice.state, notice.severity) {
        (NoticeState::Resolved, _) | (_, Severity::Warning) => 1,
        (_, Severity::Critical) => 2,
        (_, Severity::Info) => 0,
    };
    let whole = i32::from(text.is_empty());
    let mut sequences = vec![format!(
        "\x1b]99;i={id}:d={whole}:u={urgency}:p=title;{title}\x07"
    )];
    if !text.is_empty() {
        sequences.push(format!("\x1b]99;i={id}:d=1:p=body;{text}\x07"));
    }
    sequences
}

/// The key in the characters that kitty allows in an identifier: a hash of it (FNV-1a), since keys are made of names.
fn identifier(key: &str) -> String {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("kaftop-{hash:016x}")
}

/// A sequence in what makes a multiplexer pass it on untouched.
fn wrapped(sequence: &str, wrap: Wrap) -> Vec<u8> {
    match wrap {
        Wrap::Bare => sequence.as_bytes().to_vec(),
        Wrap::Tmux => {
            let doubled = sequence.replace('\x1b', "\x1b\x1b");
            format!("\x1bPtmux;{doubled}\x1b\\").into_bytes()
        }
        Wrap::Screen => chunks(sequence)
            .iter()
            .flat_map(|chunk| [b"\x1bP", chunk.as_bytes(), b"\x1b\\"].concat())
            .collect(),
    }
}

/// The sequence in parts of at most [`CHUNK`] bytes, each of whole characters. The only `ESC` is its first byte, so
/// that none of them ends with one.
fn chunks(sequence: &str) -> Vec<String> {
    let mut chunks = vec![String::new()];
    for c in sequence.chars() {
        match chunks.last_mut() {
            Some(last) if last.len() + c.len_utf8() <= CHUNK => last.push(c),
            _ => chunks.push(c.to_string()),
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::notice;
    use super::*;

    fn shown(notice: &Notice, protocol: Protocol, wrap: Wrap) -> String {
        String::from_utf8(osc(notice, &TerminalKind { protocol, wrap })).unwrap()
    }

    fn broken() -> Notice {
        notice("b", Severity::Critical, NoticeState::Firing)
    }

    const TEXT_OF_IT: &str = "first / second / Runbook: https://example.com/runbook";
    /// The published hash of "b".
    const ID: &str = "kaftop-af63df4c8601f1a5";

    #[test]
    fn each_protocol_byte_by_byte() {
        let title = "prod: b broke (critical)";
        let table = [
            (Protocol::Osc9, format!("\x1b]9;{title} - {TEXT_OF_IT}\x07")),
            (
                Protocol::Osc777,
                format!("\x1b]777;notify;{title};{TEXT_OF_IT}\x07"),
            ),
            (
                Protocol::Osc99,
                format!(
                    "\x1b]99;i={ID}:d=0:u=2:p=title;{title}\x07\x1b]99;i={ID}:d=1:p=body;{TEXT_OF_IT}\x07"
                ),
            ),
            (Protocol::Bell, String::new()),
        ];
        for (protocol, expected) in table {
            assert_eq!(shown(&broken(), protocol, Wrap::Bare), expected);
        }
    }

    #[test]
    fn a_change_has_the_identifier_of_what_it_changes_and_an_end_is_not_urgent() {
        let over = notice("b", Severity::Critical, NoticeState::Resolved);
        let text = shown(&over, Protocol::Osc99, Wrap::Bare);
        let expected = format!("\x1b]99;i={ID}:d=0:u=1:p=title;prod: over after 1m12s: b broke\x07");
        assert!(text.starts_with(&expected), "{text:?}");
        let other = notice("c", Severity::Info, NoticeState::Firing);
        let other = shown(&other, Protocol::Osc99, Wrap::Bare);
        assert!(!other.contains(ID) && other.contains(":u=0:"), "{other:?}");
    }

    #[test]
    fn tmux_is_given_each_escape_twice() {
        let mut short = broken();
        (short.body, short.runbook) = (Vec::new(), None);
        assert_eq!(
            shown(&short, Protocol::Osc9, Wrap::Tmux),
            "\x1bPtmux;\x1b\x1b]9;prod: b broke (critical)\x07\x1b\\"
        );
        assert_eq!(
            shown(&short, Protocol::Osc99, Wrap::Tmux),
            format!("\x1bPtmux;\x1b\x1b]99;i={ID}:d=1:u=2:p=title;prod: b broke (critical)\x07\x1b\\")
        );
    }

    #[test]
    fn screen_is_given_chunks_below_500_bytes_that_make_the_whole() {
        let mut long = broken();
        long.body = vec!["é".repeat(299).into(); 3];
        let bare = shown(&long, Protocol::Osc777, Wrap::Bare);
        let wrapped = shown(&long, Protocol::Osc777, Wrap::Screen);
        let chunks: Vec<&str> = wrapped
            .split("\x1b\\")
            .filter(|chunk| !chunk.is_empty())
            .collect();
        assert_eq!(chunks.len(), 2);
        assert!(chunks.iter().all(|chunk| chunk.len() + 2 < 500));
        let whole: String = chunks
            .iter()
            .map(|chunk| chunk.strip_prefix("\x1bP").unwrap())
            .collect();
        assert_eq!(whole, bare);
        assert!(bare.ends_with("…\x07"));
    }

    #[test]
    fn nothing_in_a_name_ends_or_begins_a_sequence() {
        let mut hostile = broken();
        hostile.title = "x\u{7}\u{1b}\\\u{9c};y\u{1b}]0;z".into();
        hostile.cluster = "4;3".into();
        for protocol in [Protocol::Osc9, Protocol::Osc777, Protocol::Osc99] {
            let bytes = shown(&hostile, protocol, Wrap::Bare);
            let escapes = bytes.matches(char::is_control).count();
            let expected = if protocol == Protocol::Osc99 { 4 } else { 2 };
            assert_eq!(escapes, expected, "{bytes:?}");
        }
        let text = shown(&hostile, Protocol::Osc9, Wrap::Bare);
        assert!(text.starts_with("\x1b]9;kafka 4;3: "), "{text:?}");
        let text = shown(&hostile, Protocol::Osc777, Wrap::Bare);
        let expected = "\x1b]777;notify;4,3: x\\u{7}\\u{1b}\\\\u{9c},y";
        assert!(text.starts_with(expected), "{text:?}");
    }
}

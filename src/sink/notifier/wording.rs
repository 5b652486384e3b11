//! The words of a notice for people: one line for a title, and a text below it.

use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::time::At;

/// The longest text below a title, in characters.
const LONGEST: usize = 2_000;

/// One line: which cluster, what broke, how grave it is.
pub fn subject(notice: &Notice) -> String {
    let Notice { title, severity, .. } = notice;
    let cluster = if notice.cluster.as_str().is_empty() {
        "kafka"
    } else {
        notice.cluster.as_str()
    };
    let severity = severity.word();
    match notice.state {
        NoticeState::Firing => format!("{cluster}: {title} ({severity})"),
        NoticeState::Changed => format!("{cluster}: {title} ({severity}, changed)"),
        NoticeState::Resolved => {
            format!("{cluster}: over after {}: {title}", notice.since.age(notice.at))
        }
    }
}

/// The lines below, bounded: evidence and consequences, then what to do.
pub fn text(notice: &Notice) -> String {
    let runbook = notice
        .runbook
        .as_ref()
        .map(|runbook| format!("Runbook: {runbook}"));
    let lines = notice
        .body
        .iter()
        .map(|line| line.as_str().to_owned())
        .chain(runbook);
    let whole = lines.collect::<Vec<_>>().join("\n");
    cut(&whole, LONGEST)
}

/// The text, cut after so many characters.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A point in time as RFC 3339 has it, in UTC.
pub fn rfc3339(at: At) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |stamp| stamp.to_string())
}

/// The first printable words of what another side sent: one line, bounded.
pub fn excerpt(bytes: &[u8]) -> Line {
    let text = String::from_utf8_lossy(bytes);
    let words: Vec<&str> = text.split_whitespace().collect();
    Line::new(&cut(&words.join(" "), 160))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::notice;
    use super::*;
    use crate::model::severity::Severity;

    #[test]
    fn a_title_says_where_what_and_how_grave() {
        let table = [
            (NoticeState::Firing, "prod: b broke (critical)"),
            (NoticeState::Changed, "prod: b broke (critical, changed)"),
            (NoticeState::Resolved, "prod: over after 1m12s: b broke"),
        ];
        for (state, expected) in table {
            assert_eq!(subject(&notice("b", Severity::Critical, state)), expected);
        }
        let mut nameless = notice("b", Severity::Info, NoticeState::Firing);
        nameless.cluster = "".into();
        assert_eq!(subject(&nameless), "kafka: b broke (info)");
    }

    #[test]
    fn the_text_ends_with_what_to_do_and_is_bounded() {
        let mut long = notice("b", Severity::Info, NoticeState::Firing);
        assert_eq!(text(&long), "first\nsecond\nRunbook: https://example.com/runbook");
        long.body = vec!["é".repeat(290).into(); 100];
        assert_eq!(text(&long).chars().count(), LONGEST);
    }

    #[test]
    fn what_others_sent_is_one_printable_line() {
        assert_eq!(excerpt(b" a\n\x1b[2J\xff  b ").as_str(), "a \\u{1b}[2J\u{fffd} b");
        assert_eq!(excerpt(&[b'x'; 10_000]).as_str().chars().count(), 160);
    }

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(rfc3339(At(1_767_268_800_000)), "2026-01-01T12:00:00Z");
        assert_eq!(rfc3339(At(i64::MAX)), "");
    }
}

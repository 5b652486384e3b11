//! Text on a grid of cells: its width, how it gives way, and how numbers are written.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The cells that `text` takes on the screen.
pub fn width(text: &str) -> u16 {
    let cells: usize = text.graphemes(true).map(UnicodeWidthStr::width).sum();
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// The longest beginning of `text` that fits `room` cells.
fn head(text: &str, room: u16) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > room {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// The longest end of `text` that fits `room` cells.
fn tail(text: &str, room: u16) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > room {
            return text.get(at + grapheme.len()..).unwrap_or_default();
        }
    }
    text
}

/// `text` in at most `room` cells; a longer one gives way in its middle, marked by `mark` (one cell).
pub fn middle(text: &str, room: u16, mark: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    let kept = room - 1;
    let back = tail(text, kept / 2);
    format!("{}{mark}{back}", head(text, kept - width(back)))
}

/// `text` in at most `room` cells; a longer one gives way at its end, marked by `mark` (one cell).
pub fn start(text: &str, room: u16, mark: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    format!("{}{mark}", head(text, room - 1).trim_end())
}

/// `text` broken at spaces into at most `lines` lines of `room` cells; what does not fit the last is marked.
pub fn wrap(text: &str, room: u16, lines: usize, mark: &str) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && wrapped.len() < lines {
        if width(rest) <= room || wrapped.len() + 1 == lines {
            wrapped.push(start(rest, room, mark));
            break;
        }
        let fits = head(rest, room);
        let at_space = rest.get(fits.len()..).is_some_and(|after| after.starts_with(' '));
        let cut = if at_space {
            fits.len()
        } else {
            fits.rfind(' ').unwrap_or(fits.len())
        };
        let Some((line, after)) = rest.split_at_checked(cut.max(1)) else {
            break;
        };
        wrapped.push(start(line.trim_end(), room, mark));
        rest = after.trim_start();
    }
    wrapped
}

/// Where the pieces of `text` of at most `room` cells stand, in bytes, broken wherever they end; at least one.
pub fn pieces(text: &str, room: u16) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut from, mut used) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let cells = width(grapheme);
        if used + cells > room && at > from {
            pieces.push(from..at);
            (from, used) = (at, 0);
        }
        used = used.saturating_add(cells);
    }
    pieces.push(from..text.len());
    pieces
}

/// Where the at most `room` cells of `text` stand that come after `skipped` cells, in bytes.
pub fn piece(text: &str, skipped: u16, room: u16) -> Range<usize> {
    let begins = head(text, skipped).len();
    let rest = text.get(begins..).unwrap_or_default();
    begins..begins + head(rest, room).len()
}

/// A count: whole up to 9,999, above that shortened downwards to three or four places: `68.2k`, `303k`, `1.2M`.
pub fn count(value: u64) -> String {
    if value <= 9_999 {
        return value.to_string();
    }
    let mut unit = 1_000_u64;
    let mut letter = 'k';
    for next in ['M', 'G', 'T', 'P'] {
        if value / unit < 1_000 {
            break;
        }
        unit = unit.saturating_mul(1_000);
        letter = next;
    }
    if value / unit < 100 {
        format!("{}.{}{letter}", value / unit, value % unit / (unit / 10))
    } else {
        format!("{}{letter}", value / unit)
    }
}

/// A number in full, its thousands set apart: `1,234,567`.
pub fn exact(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// A rate per second, at most five cells: `0`, `0.3`, `112`, `68.2k`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is bounded and not negative where it is cast"
)]
pub fn rate(value: f64) -> String {
    let size = value.abs();
    let text = if !size.is_finite() {
        return "?".to_owned();
    } else if size < 0.05 {
        return "0".to_owned();
    } else if size < 9.95 {
        format!("{size:.1}").trim_end_matches(".0").to_owned()
    } else {
        count(size.round().min(1e18) as u64)
    };
    if value < 0.0 { format!("-{text}") } else { text }
}

/// A signed rate: `+87`, `-3`, `0`.
pub fn slope(value: f64) -> String {
    let text = rate(value);
    if text == "0" || text == "?" || value < 0.0 {
        text
    } else {
        format!("+{text}")
    }
}

/// Bytes in binary units, at most five cells: `0B`, `812B`, `1.2G`.
pub fn bytes(value: u64) -> String {
    let mut unit = 1_u64;
    let mut letter = "B";
    for next in ["K", "M", "G", "T", "P", "E"] {
        if value / unit < 1_024 {
            break;
        }
        unit = unit.saturating_mul(1_024);
        letter = next;
    }
    let whole = value / unit;
    if unit > 1 && whole < 10 {
        format!("{whole}.{}{letter}", value % unit / (unit / 10).max(1) % 10)
    } else {
        format!("{whole}{letter}")
    }
}

/// The time of day of a moment in UTC, as `14:03:23Z`.
pub fn clock(millis: i64) -> String {
    crate::model::time::At(millis).clock()
}

/// `1 group`, `2 groups`.
pub fn plural(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {one}s", count(number as u64))
    }
}

/// The end of `text` that fits into `room` cells.
pub fn end(text: &str, room: u16) -> &str {
    let mut cells = 0_u16;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        cells = cells.saturating_add(width(grapheme));
        if cells > room {
            break;
        }
        from = at;
    }
    text.get(from..).unwrap_or_default()
}

/// Partition numbers, runs of them joined: `0-3 7`.
pub fn ranges(partitions: &[i32]) -> String {
    let mut sorted = partitions.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for number in sorted {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let words: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_are_the_whole_text_and_fit() {
        for (text, room, expected) in [
            ("", 3, vec![""]),
            ("abc", 3, vec!["abc"]),
            ("abcd", 3, vec!["abc", "d"]),
            ("日本語", 3, vec!["日", "本", "語"]),
            ("a日", 1, vec!["a", "日"]),
            ("ab", 0, vec!["a", "b"]),
        ] {
            let shown: Vec<&str> = pieces(text, room).into_iter().map(|piece| &text[piece]).collect();
            assert_eq!(shown, expected, "{text} in {room}");
        }
        assert_eq!(&"abcdef"[piece("abcdef", 2, 3)], "cde");
        assert_eq!(&"abc"[piece("abc", 9, 3)], "");
        assert_eq!(&"日本"[piece("日本", 1, 2)], "日");
    }

    #[test]
    fn names_give_way_in_their_middle() {
        let table = [
            ("file_merge_requests", 14, "file_me…quests"),
            ("messages", 8, "messages"),
            ("messages", 7, "mes…ges"),
            ("messages", 1, "…"),
            ("messages", 0, ""),
            ("日本語日本語", 7, "日本…語"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ];
        for (text, room, expected) in table {
            assert_eq!(middle(text, room, "…"), expected, "{text} in {room}");
        }
    }

    #[test]
    fn counts_shorten_above_9999_and_never_upwards() {
        let table = [
            (0, "0"),
            (9_999, "9999"),
            (10_000, "10.0k"),
            (68_299, "68.2k"),
            (99_999, "99.9k"),
            (303_000, "303k"),
            (999_999, "999k"),
            (1_250_000, "1.2M"),
            (u64::MAX, "18446P"),
        ];
        for (value, expected) in table {
            assert_eq!(count(value), expected);
        }
    }

    #[test]
    fn numbers_have_one_way_to_be_written() {
        assert_eq!(exact(-1_234_567), "-1,234,567");
        assert_eq!(exact(100), "100");
        assert_eq!(exact(i64::MIN), "-9,223,372,036,854,775,808");
        let rates = [
            (0.0, "0"),
            (0.31, "0.3"),
            (2.0, "2"),
            (9.96, "10"),
            (112.4, "112"),
            (-86.6, "-87"),
            (f64::NAN, "?"),
        ];
        for (value, expected) in rates {
            assert_eq!(rate(value), expected);
        }
        assert_eq!(
            (slope(87.2).as_str(), slope(-3.0).as_str(), slope(0.01).as_str()),
            ("+87", "-3", "0")
        );
        let sizes = [
            (0, "0B"),
            (812, "812B"),
            (1_024, "1.0K"),
            (1_300_000_000, "1.2G"),
            (u64::MAX, "15E"),
        ];
        for (value, expected) in sizes {
            assert_eq!(bytes(value), expected);
        }
        assert_eq!(clock(50_603_000), "14:03:23Z");
        assert_eq!(clock(-1), "23:59:59Z");
    }

    #[test]
    fn sentences_break_at_spaces() {
        assert_eq!(wrap("one two three", 7, 2, "…"), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 9, 2, "…"), ["one two", "three fo…"]);
        assert_eq!(wrap("onetwothree", 4, 3, "…"), ["onet", "woth", "ree"]);
        assert_eq!(wrap("", 4, 3, "…"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in "\\PC{0,40}", room in 0_u16..50, lines in 0_usize..4) {
            prop_assert!(width(&middle(&text, room, "…")) <= room);
            prop_assert!(width(&start(&text, room, "…")) <= room);
            let wrapped = wrap(&text, room, lines, "…");
            prop_assert!(wrapped.len() <= lines);
            prop_assert!(wrapped.iter().all(|line| width(line) <= room));
        }
    }

    #[test]
    fn runs_of_partitions_are_joined() {
        let table: [(&[i32], &str); 5] = [
            (&[3, 0, 1, 2, 7], "0-3 7"),
            (&[5], "5"),
            (&[], ""),
            (&[2, 2, 3], "2-3"),
            (&[i32::MAX, 0], "0 2147483647"),
        ];
        for (partitions, expected) in table {
            assert_eq!(ranges(partitions), expected);
        }
    }
}

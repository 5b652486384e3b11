//! How long an alert is to be silent, and why, as it is typed: `2h because the disk is being swapped`.

use super::line::Line;
use crate::model::alert::{AlertKey, short_reason};
use crate::model::time::{At, Span};

/// Without a length.
const USUAL: Span = Span::seconds(3_600);
const LEAST: Span = Span::seconds(60);
const MOST: Span = Span::seconds(30 * 86_400);
/// Without a reason.
const NO_REASON: &str = "at the screen";

/// The alert that is to be silent, and what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The alert.
    pub key: AlertKey,
    /// What was typed.
    pub line: Line,
}

/// How long, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hush {
    /// For how long.
    pub span: Span,
    /// Why; printable.
    pub reason: String,
}

impl Hush {
    /// Reads what was typed. A length is numbers with `m`, `h` or `d`, or `s`; the rest is the reason, also behind `because`.
    ///
    /// # Errors
    /// A sentence that says what to type.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = text.strip_prefix("for ").unwrap_or(text).trim_start();
        let (length, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let reason = match rest.strip_prefix("because") {
            Some(why) if why.is_empty() || why.starts_with(char::is_whitespace) => why.trim(),
            _ => rest,
        };
        let reason = if reason.is_empty() { NO_REASON } else { reason };
        Ok(Self {
            span: if length.is_empty() {
                USUAL
            } else {
                lasting(length)?
            },
            reason: short_reason(reason),
        })
    }

    /// What it comes to, as it is shown while it is typed and when it is done: `for 2h, until 16:12:03Z`.
    pub fn shown(&self, now: At) -> String {
        // Further away a time of day would be one of several.
        if self.span < Span::seconds(86_400) {
            format!("for {}, until {}", self.span, now.plus(self.span).clock())
        } else {
            format!("for {}", self.span)
        }
    }
}

/// `90m`, `2h`, `1h30m`, `7d`.
fn lasting(text: &str) -> Result<Span, String> {
    let wrong = || "first how long, such as 30m, 2h or 7d; then why".to_owned();
    let mut rest = text;
    let mut seconds: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, behind) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let unit = match behind.chars().next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        rest = behind.get(1..).unwrap_or_default();
        // No number at all is no number that fits.
        let number: u64 = match number.parse() {
            Ok(number) => number,
            Err(_) if number.is_empty() => return Err(wrong()),
            Err(_) => u64::MAX,
        };
        seconds = seconds.saturating_add(number.saturating_mul(unit));
    }
    if !(LEAST.0 / 1_000..=MOST.0 / 1_000).contains(&seconds) {
        return Err("at least 1m, and at most 30d".to_owned());
    }
    Ok(Span::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_typed_is_a_length_and_a_reason() {
        let table = [
            ("", 3_600, NO_REASON),
            ("30m", 1_800, NO_REASON),
            (
                "  for 2h because the disk is swapped ",
                7_200,
                "the disk is swapped",
            ),
            ("1h30m disk", 5_400, "disk"),
            ("7d becauses", 604_800, "becauses"),
            ("1m because", 60, NO_REASON),
            ("30d a\u{1b}b", 2_592_000, "a\\u{1b}b"),
        ];
        for (text, seconds, reason) in table {
            let read = Hush::parse(text).unwrap();
            assert_eq!(
                (read.span, read.reason.as_str()),
                (Span::seconds(seconds), reason),
                "{text}"
            );
        }
        for (text, told) in [
            ("disk", "first how long"),
            ("2", "first how long"),
            ("h", "first how long"),
            ("2hours", "first how long"),
            ("5s because x", "at least 1m"),
            ("-2h", "first how long"),
            ("2ü", "first how long"),
            ("0m", "at least 1m"),
            ("31d", "at most 30d"),
            ("99999999999999999999999d", "at most 30d"),
        ] {
            let error = Hush::parse(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn its_end_is_told_as_a_time_of_day_where_that_is_plain() {
        let of = |text: &str| Hush::parse(text).unwrap().shown(At(0));
        assert_eq!(of("2h"), "for 2h, until 02:00:00Z");
        assert_eq!(of("2d"), "for 2d");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".{0,40}") {
            if let Ok(read) = Hush::parse(&text) {
                prop_assert!((LEAST..=MOST).contains(&read.span));
            }
        }
    }
}

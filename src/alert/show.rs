//! How the values of rules are written for people.

use super::expr::Fact;
use super::word::{Kind, Unit, Word};
use crate::model::text::printable;
use crate::model::time::Span;

/// The value of a word in its unit; printable.
pub(super) fn fact(word: Word, fact: &Fact<'_>) -> String {
    match (word.entry().kind, fact) {
        (_, Fact::Nothing) => "none".to_owned(),
        (_, Fact::Unknown) => "unknown".to_owned(),
        (_, Fact::Text(text)) => printable(text).into_owned(),
        (Kind::Number(unit), Fact::Number(number)) => in_unit(*number, unit),
        (Kind::Text(_), Fact::Number(number)) => plain(*number),
    }
}

/// A number in its unit: `3`, `1m12s`, `87 %`, `1.5 GiB`, `12.3/s`.
pub(super) fn in_unit(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => plain(number),
        Unit::Seconds if number.abs() < 1.0 && number != 0.0 => format!("{number:.3} s"),
        Unit::Seconds => seconds(number).to_string(),
        Unit::Percent => format!("{} %", plain(number)),
        Unit::Bytes => bytes(number),
        Unit::PerSecond => format!("{}/s", plain(number)),
        Unit::PerMinute => format!("{}/min", plain(number)),
    }
}

/// A whole number without a fraction, any other with one digit of it.
pub(super) fn plain(number: f64) -> String {
    let rounded = (number * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 {
        format!("{rounded:.0}")
    } else {
        format!("{rounded:.1}")
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest integer in range, and is only shown"
)]
fn seconds(number: f64) -> Span {
    Span((number.max(0.0) * 1000.0) as u64)
}

fn bytes(number: f64) -> String {
    const UNITS: &[&str] = &["B", "KiB", "MiB", "GiB", "TiB"];
    let mut rest = number;
    let mut shown = UNITS.first();
    for unit in UNITS {
        shown = Some(unit);
        if rest < 1024.0 {
            break;
        }
        if *unit != "TiB" {
            rest /= 1024.0;
        }
    }
    format!("{} {}", plain(rest), shown.unwrap_or(&"B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_their_units() {
        let table = [
            (3.0, Unit::Count, "3"),
            (0.25, Unit::Count, "0.3"),
            (-0.01, Unit::Count, "-0"),
            (72.0, Unit::Seconds, "1m12s"),
            (0.004, Unit::Seconds, "0.004 s"),
            (0.0, Unit::Seconds, "0s"),
            (86.96, Unit::Percent, "87 %"),
            (512.0, Unit::Bytes, "512 B"),
            (1_610_612_736.0, Unit::Bytes, "1.5 GiB"),
            (1e18, Unit::Bytes, "909494.7 TiB"),
            (12.34, Unit::PerSecond, "12.3/s"),
        ];
        for (number, unit, shown) in table {
            assert_eq!(in_unit(number, unit), shown, "{number} {unit:?}");
        }
        assert_eq!(fact(Word::BrokerHost, &Fact::Text("a\u{1b}".into())), "a\\u{1b}");
    }
}

//! Lengths of time as people write them: `250ms`, `1s`, `5m`.

use std::fmt;
use std::time::Duration;

use super::problem::Mismatch;

const EXPECTED: &str = "a whole number with its unit (ms, s, m or h), such as \"250ms\" or \"1s\"";

/// Reads a whole number followed by `ms`, `s`, `m` or `h`.
pub fn parse_duration(text: &str) -> Result<Duration, Mismatch> {
    let trimmed = text.trim();
    let wrong = || Mismatch::text(text, EXPECTED);
    let unit_at = trimmed.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (digits, unit) = trimmed.split_at_checked(unit_at).ok_or_else(wrong)?;
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let unit_ms: u64 = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    count
        .checked_mul(unit_ms)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

/// Reads a duration that lies between two bounds, both included.
pub(super) fn parse_within(text: &str, least: Duration, most: Duration) -> Result<Duration, Mismatch> {
    let duration = parse_duration(text)?;
    if (least..=most).contains(&duration) {
        Ok(duration)
    } else {
        Err(Mismatch::text(
            text,
            format!("a duration from {} to {}", Period(least), Period(most)),
        ))
    }
}

/// A duration shown in a unit that needs no fraction, as [`parse_duration`] reads it; one minute is `60s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period(
    /// The length; what is below a millisecond is not shown.
    pub Duration,
);

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        match ms {
            0 => f.write_str("0s"),
            _ if ms.is_multiple_of(3_600_000) => write!(f, "{}h", ms / 3_600_000),
            _ if ms.is_multiple_of(60_000) && ms > 60_000 => write!(f, "{}m", ms / 60_000),
            _ if ms.is_multiple_of(1_000) => write!(f, "{}s", ms / 1_000),
            _ => write!(f, "{ms}ms"),
        }
    }
}

//! Points in time and lengths of time, as values: nothing here reads a clock.

use std::fmt;
use std::time::Duration;

/// A point in time: milliseconds since the Unix epoch, on a clock that never goes backwards.
///
/// The clock is read once as wall time at the start and then follows the monotonic clock, so that
/// two stamps can always be subtracted, also across a correction of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct At(pub i64);

impl At {
    /// How long before `now` this was; zero where it lies after it.
    pub fn age(self, now: At) -> Span {
        Span(u64::try_from(now.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// The time of day in UTC, as `14:03:23Z`.
    pub fn clock(self) -> String {
        let seconds = self.0.div_euclid(1_000).rem_euclid(86_400);
        format!(
            "{:02}:{:02}:{:02}Z",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// This point moved later by `span`.
    #[must_use]
    pub fn plus(self, span: Span) -> At {
        At(self.0.saturating_add(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }

    /// This point moved earlier by `span`.
    #[must_use]
    pub fn minus(self, span: Span) -> At {
        At(self.0.saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub u64);

impl Span {
    /// A span of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The span in seconds, with its fraction.
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans stay far below 2^52 milliseconds"
    )]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Duration::from_millis(span.0)
    }
}

/// The two largest units in whole numbers: `8s`, `1m12s`, `3h5m`, `3d4h`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        let text = if days > 0 {
            two(days, 'd', hours % 24, 'h')
        } else if hours > 0 {
            two(hours, 'h', minutes % 60, 'm')
        } else if minutes > 0 {
            two(minutes, 'm', seconds % 60, 's')
        } else {
            format!("{seconds}s")
        };
        f.pad(&text)
    }
}

fn two(large: u64, large_unit: char, small: u64, small_unit: char) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit}{small}{small_unit}")
    }
}

/// Since when something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    /// The change was seen to happen.
    Exactly(At),
    /// It held already when it was first looked at: it has lasted at least this long.
    AtLeast(At),
}

impl Since {
    /// The point itself.
    pub fn at(self) -> At {
        match self {
            Self::Exactly(at) | Self::AtLeast(at) => at,
        }
    }

    /// The duration in words: `1m12s`, or `at least 1m12s`.
    pub fn lasting(self, now: At) -> String {
        match self {
            Self::Exactly(at) => at.age(now).to_string(),
            Self::AtLeast(at) => format!("at least {}", at.age(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_their_two_largest_units() {
        let table = [
            (0, "0s"),
            (999, "0s"),
            (8_400, "8s"),
            (60_000, "1m"),
            (72_000, "1m12s"),
            (3_600_000, "1h"),
            (11_100_000, "3h5m"),
            (273_600_000, "3d4h"),
            (86_400_000, "1d"),
        ];
        for (millis, shown) in table {
            assert_eq!(Span(millis).to_string(), shown);
        }
    }

    #[test]
    fn an_age_is_never_negative() {
        assert_eq!(At(10).age(At(5)), Span(0));
        assert_eq!(At(5).age(At(10)), Span(5));
    }
}

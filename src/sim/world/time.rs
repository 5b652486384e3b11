//! The clock of the simulated cluster.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// The length of one tick of the model, in milliseconds of simulated time.
pub const STEP: u64 = 50;

/// A point in simulated time: milliseconds since the world began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u64);

impl SimTime {
    /// The point that lies this many whole seconds after the beginning.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// How long before this point `earlier` was; zero where it lies after it.
    pub fn since(self, earlier: SimTime) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The tick that this point falls into.
    pub(crate) fn tick(self) -> u64 {
        self.0 / STEP
    }
}

impl Add<Duration> for SimTime {
    type Output = SimTime;

    fn add(self, span: Duration) -> SimTime {
        SimTime(
            self.0
                .saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// Seconds with three decimals: `12.350s`.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:03}s", self.0 / 1000, self.0 % 1000))
    }
}

/// A span in whole ticks, rounded up.
pub(crate) fn ticks(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).div_ceil(STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_add_and_subtract() {
        assert_eq!(SimTime(50) + Duration::from_secs(1), SimTime(1050));
        assert_eq!(SimTime(1050).since(SimTime(50)), Duration::from_secs(1));
        assert_eq!(SimTime(50).since(SimTime(1050)), Duration::ZERO);
        assert_eq!(SimTime(12_350).to_string(), "12.350s");
        assert_eq!(ticks(Duration::from_millis(51)), 2);
    }
}

//! The clock that stamps observations.

use crate::model::time::At;
use std::time::SystemTime;
use tokio::time::Instant;

/// A clock that is set by the wall once and then follows the monotonic clock, so that its stamps never go backwards
/// and can always be subtracted, also across a correction of the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    wall: At,
    start: Instant,
}

impl Clock {
    /// A clock set by the wall, now.
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = since_epoch.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        Self::set(At(millis))
    }

    /// A clock that shows `wall` now.
    pub fn set(wall: At) -> Self {
        Self {
            wall,
            start: Instant::now(),
        }
    }

    /// The time.
    pub fn now(&self) -> At {
        self.at(Instant::now())
    }

    /// The time at an instant; instants before the start of the clock show its start.
    pub fn at(&self, instant: Instant) -> At {
        self.wall
            .plus(instant.saturating_duration_since(self.start).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn it_follows_the_monotonic_clock() {
        let clock = Clock::set(At(1_000));
        assert_eq!(clock.now(), At(1_000));
        tokio::time::advance(Duration::from_millis(250)).await;
        assert_eq!(clock.now(), At(1_250));
        assert_eq!(clock.at(Instant::now() + Duration::from_secs(1)), At(2_250));
        assert_eq!(
            clock.at(clock
                .start
                .checked_sub(Duration::from_secs(1))
                .unwrap_or(clock.start)),
            At(1_000)
        );
    }
}

//! How fast a broker is asked: no faster than wanted, no more than a cap of requests and bytes.

use std::time::Duration;

/// Most requests to one broker in a second.
const REQUESTS: u64 = 50;
/// Most bytes to and from one broker in a second: the table of 50,000 partitions then costs kaftop itself some percent
/// of a core, and a broker next to nothing.
const BYTES: u64 = 1_000_000;

/// Partitions of the cluster that kaftop itself can take in a second at a modest share of a core.
const PARTITIONS: u64 = 20_000;

/// The pace that is kept with one broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pace {
    wanted: Duration,
    /// What the size of the cluster makes of it.
    least: Duration,
    kept: Duration,
    slow: bool,
}

/// What a change of pace is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is slower than wanted now: the interval.
    Slowed(Duration),
    /// It is as wanted again.
    Restored,
}

impl Pace {
    /// One cycle each `wanted`.
    pub(super) fn new(wanted: Duration) -> Self {
        Self {
            wanted,
            least: wanted,
            kept: wanted,
            slow: false,
        }
    }

    /// Takes how many partitions the cluster has: each cycle reads of all brokers together as many numbers.
    pub(super) fn size(&mut self, partitions: u64) {
        let by_size = Duration::from_millis(partitions.saturating_mul(1000) / PARTITIONS);
        self.least = self.wanted.max(by_size);
    }

    /// Takes what one cycle cost, and says where the pace has changed by enough to be told.
    ///
    /// A dear cycle slows the next at once; cheap ones restore the pace by a fifth each, so that a cycle with log
    /// directories every 15 s does not make it swing.
    pub(super) fn spent(&mut self, requests: u64, bytes: u64) -> Option<Change> {
        let by_requests = Duration::from_millis(requests.saturating_mul(1000) / REQUESTS);
        let by_bytes = Duration::from_millis(bytes.saturating_mul(1000) / BYTES);
        let needed = self.least.max(by_requests).max(by_bytes);
        self.kept = needed.max(self.kept.mul_f64(0.8)).max(self.wanted);
        let slow = self.kept > self.wanted.mul_f64(1.2);
        let was = std::mem::replace(&mut self.slow, slow);
        match (was, slow) {
            (_, true) => Some(Change::Slowed(self.kept)),
            (true, false) => Some(Change::Restored),
            (false, false) => None,
        }
    }

    /// The interval to the next cycle, moved by up to 10 % either way; `jitter` is in 0..=200.
    pub(super) fn interval(&self, jitter: u32) -> Duration {
        self.kept * (900 + jitter.min(200)) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn dear_cycles_slow_the_pace_and_cheap_ones_restore_it() {
        let mut pace = Pace::new(SECOND);
        assert_eq!(pace.spent(8, 100_000), None);
        // 55 requests would need 1.1 s: slower, but not worth a word.
        assert_eq!(pace.spent(55, 0), None);
        assert_eq!(pace.spent(0, 2_000_000), Some(Change::Slowed(SECOND * 2)));
        assert_eq!(
            pace.spent(1, 1_000),
            Some(Change::Slowed(Duration::from_millis(1600)))
        );
        assert_eq!(
            pace.spent(1, 1_000),
            Some(Change::Slowed(Duration::from_millis(1280)))
        );
        assert_eq!(pace.spent(1, 1_000), Some(Change::Restored));
        assert_eq!(pace.spent(1, 1_000), None);
        assert_eq!(pace.interval(100), SECOND);
    }

    #[test]
    fn a_large_cluster_is_read_more_slowly_and_it_is_told() {
        let mut pace = Pace::new(SECOND);
        pace.size(20_000);
        assert_eq!(pace.spent(8, 100_000), None);
        pace.size(50_000);
        assert_eq!(pace.spent(8, 100_000), Some(Change::Slowed(SECOND * 5 / 2)));
        assert_eq!(pace.interval(100), SECOND * 5 / 2);
        let mut slow = Pace::new(SECOND * 5);
        slow.size(50_000);
        assert_eq!(slow.spent(8, 100_000), None, "slower than that by wish");
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        let pace = Pace::new(SECOND);
        assert_eq!(pace.interval(0), Duration::from_millis(900));
        assert_eq!(pace.interval(200), Duration::from_millis(1100));
        assert_eq!(pace.interval(9999), Duration::from_millis(1100));
    }
}

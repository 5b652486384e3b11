//! Waiting times between attempts to reach one broker.

use std::time::Duration;

/// First wait in milliseconds.
const FIRST_MS: u64 = 100;
/// Longest wait in milliseconds, before jitter.
const LONGEST_MS: u64 = 5_000;

/// Doubling waits from 100 ms to 5 s, each moved by up to 20 % either way so that brokers and
/// monitors that fell silent together are not all asked again at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// No failure yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a failure and says how long to wait before the next attempt.
    pub fn failed(&mut self, random: &mut fastrand::Rng) -> Duration {
        self.failures = self.failures.saturating_add(1);
        wait(self.failures, random.u64(0..=400))
    }

    /// Notes a success: the next failure waits 100 ms again.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// Wait after the given number of failures; `jitter` in 0..=400 stands for 0.8 to 1.2 of the plain wait.
fn wait(failures: u32, jitter: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let plain = (FIRST_MS << doublings).min(LONGEST_MS);
    Duration::from_micros(plain.saturating_mul(800 + jitter.min(400)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_seconds() {
        let cases = [
            (1, 200, 100_000),
            (2, 200, 200_000),
            (3, 200, 400_000),
            (6, 200, 3_200_000),
            (7, 200, 5_000_000),
            (1_000_000, 200, 5_000_000),
            (1, 0, 80_000),
            (1, 400, 120_000),
            (9, 0, 4_000_000),
            (9, 400, 6_000_000),
        ];
        for (failures, jitter, micros) in cases {
            assert_eq!(
                wait(failures, jitter),
                Duration::from_micros(micros),
                "{failures} failures, jitter {jitter}"
            );
        }
    }

    #[test]
    fn jitter_spreads_and_success_resets() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut backoff = Backoff::new();
        let mut waits = Vec::new();
        for _ in 0..10 {
            waits.push(backoff.failed(&mut random));
        }
        assert_eq!(backoff.failures(), 10);
        assert_ne!(
            waits[8], waits[9],
            "both are at the longest wait, and still differ"
        );
        backoff.succeeded();
        let first = backoff.failed(&mut random);
        assert!(first <= Duration::from_millis(120), "{first:?}");
    }
}

//! The instant by which an operation must be over.

use std::time::Duration;
use tokio::time::Instant;

/// An instant by which an operation must be over, and when the waiting began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    begun: Instant,
    at: Instant,
}

impl Deadline {
    /// A deadline `limit` from now.
    pub fn after(limit: Duration) -> Self {
        let begun = Instant::now();
        Self {
            begun,
            at: begun + limit,
        }
    }

    /// The instant itself.
    pub fn at(self) -> Instant {
        self.at
    }

    /// Time since the waiting began.
    pub fn waited(self) -> Duration {
        self.begun.elapsed()
    }

    /// Time that is left; zero once it has passed.
    pub fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// A deadline that gives the first of `parts` equal shares of the time left.
    pub(crate) fn share(self, parts: usize) -> Self {
        let parts = u32::try_from(parts.max(1)).unwrap_or(u32::MAX);
        Self {
            begun: self.begun,
            at: Instant::now() + self.left() / parts,
        }
    }
}

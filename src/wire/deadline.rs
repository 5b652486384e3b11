//! The instant by which an operation must be over.

use std::time::Duration;
use tokio::time::Instant;

/// An instant by which an operation must be over, and when the waiting began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    begun: Instant,
    at: Instant,
    /// The instant for an answer of which bytes have come already.
    flowing: Instant,
}

impl Deadline {
    /// A deadline `limit` from now.
    pub fn after(limit: Duration) -> Self {
        let begun = Instant::now();
        let at = begun + limit;
        Self {
            begun,
            at,
            flowing: at,
        }
    }

    /// The same deadline for the first byte of an answer, and `limit` from its beginning for the whole answer, so that
    /// a large answer over a slow line is not taken for silence.
    #[must_use]
    pub fn with_flow(self, limit: Duration) -> Self {
        Self {
            flowing: self.at.max(self.begun + limit),
            ..self
        }
    }

    /// The same deadline, but never later than `end`.
    #[must_use]
    pub fn no_later_than(self, end: Instant) -> Self {
        Self {
            at: self.at.min(end),
            flowing: self.flowing.min(end),
            ..self
        }
    }

    /// The instant by which an answer must have begun.
    pub fn at(self) -> Instant {
        self.at
    }

    /// The instant by which an answer that has begun must be whole.
    pub fn flowing(self) -> Instant {
        self.flowing
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
        let at = Instant::now() + self.left() / parts;
        Self {
            begun: self.begun,
            at,
            flowing: at,
        }
    }
}

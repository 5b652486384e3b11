//! A read fact with its age: never, fresh, stale or failed.

use std::sync::Arc;

use super::failure::{Failure, FailureKind};
use super::time::{At, Span};

/// A value with the moment at which it was true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamped<T> {
    /// The value.
    pub value: T,
    /// When it was read.
    pub at: At,
}

/// Since when a read fails, and why it failed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The first failure after the last success.
    pub since: At,
    /// The newest failure.
    pub why: Failure,
}

/// What is known of a fact: its last good value stays, also while reading it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<T> {
    last: Option<Stamped<T>>,
    failing: Option<Arc<Failing>>,
}

/// How a reading is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// Nothing was ever read, and nothing failed yet.
    Never,
    /// Read within its time.
    Fresh,
    /// The last good value is older than it should be.
    Stale,
    /// The last try failed; a last good value may stand beside it.
    Failed,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self {
            last: None,
            failing: None,
        }
    }
}

impl<T> Reading<T> {
    /// A value just read.
    pub fn fresh(value: T, at: At) -> Self {
        Self {
            last: Some(Stamped { value, at }),
            failing: None,
        }
    }

    /// Takes a successful read; one older than what is known is ignored.
    pub fn succeed(&mut self, value: T, at: At) {
        if self.last.as_ref().is_none_or(|last| last.at <= at) {
            self.last = Some(Stamped { value, at });
            self.failing = None;
        }
    }

    /// Takes a failed read; the last good value stays.
    pub fn fail(&mut self, why: Failure, at: At) {
        if self.last.as_ref().is_some_and(|last| last.at > at) {
            return;
        }
        let since = self.failing.as_ref().map_or(at, |failing| failing.since);
        self.failing = Some(Arc::new(Failing { since, why }));
    }

    /// Takes a failure that many readings share; the last good value stays, and an earlier failure's start too.
    pub fn fail_with(&mut self, failing: &Arc<Failing>) {
        if self
            .failing
            .as_ref()
            .is_none_or(|known| known.why.kind != failing.why.kind)
        {
            self.failing = Some(Arc::clone(failing));
        }
    }

    /// The last good value, whatever its age.
    pub fn value(&self) -> Option<&T> {
        self.last.as_ref().map(|last| &last.value)
    }

    /// The last good value and its moment.
    pub fn last(&self) -> Option<&Stamped<T>> {
        self.last.as_ref()
    }

    /// Since when and why the read fails now.
    pub fn failing(&self) -> Option<&Failing> {
        self.failing.as_deref()
    }

    /// Why the read is not allowed, where that is how it fails.
    pub fn denied(&self) -> Option<&Failure> {
        let failing = self.failing.as_deref()?;
        (failing.why.kind == FailureKind::Denied).then_some(&failing.why)
    }

    /// The age of the last good value.
    pub fn age(&self, now: At) -> Option<Span> {
        self.last.as_ref().map(|last| last.at.age(now))
    }

    /// How to show it, where a value may be up to `patience` old.
    pub fn face(&self, now: At, patience: Span) -> Face {
        match (&self.last, &self.failing) {
            (_, Some(_)) => Face::Failed,
            (None, None) => Face::Never,
            (Some(last), None) if last.at.age(now) > patience => Face::Stale,
            (Some(_), None) => Face::Fresh,
        }
    }

    /// The value, if it was read and is neither failing nor older than `patience`.
    pub fn fresh_value(&self, now: At, patience: Span) -> Option<&T> {
        (self.face(now, patience) == Face::Fresh).then_some(())?;
        self.value()
    }

    /// The same reading of something computed from the value.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Reading<U> {
        Reading {
            last: self.last.as_ref().map(|last| Stamped {
                value: f(&last.value),
                at: last.at,
            }),
            failing: self.failing.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeout() -> Failure {
        Failure::new(FailureKind::Timeout, "no answer in 900ms")
    }

    #[test]
    fn a_failed_read_keeps_the_last_good_value_and_its_age() {
        let mut reading = Reading::default();
        assert_eq!(reading.face(At(0), Span(2000)), Face::Never);
        reading.succeed(7, At(1000));
        assert_eq!(reading.face(At(2500), Span(2000)), Face::Fresh);
        assert_eq!(reading.face(At(3001), Span(2000)), Face::Stale);
        reading.fail(timeout(), At(3100));
        reading.fail(timeout(), At(4100));
        assert_eq!(reading.face(At(4200), Span(2000)), Face::Failed);
        assert_eq!(reading.value(), Some(&7));
        assert_eq!(reading.age(At(4200)), Some(Span(3200)));
        assert_eq!(reading.failing().map(|failing| failing.since), Some(At(3100)));
        reading.succeed(8, At(5000));
        assert_eq!(reading.face(At(5000), Span(2000)), Face::Fresh);
    }

    #[test]
    fn late_news_never_overwrites_newer() {
        let mut reading = Reading::fresh(2, At(2000));
        reading.succeed(1, At(1000));
        reading.fail(timeout(), At(1500));
        assert_eq!(reading.value(), Some(&2));
        assert!(reading.failing().is_none());
    }
}

//! How a read failed, kept as a value.

use std::fmt;
use std::sync::Arc;

use super::text::printable;

/// The kinds of failure that the engineer must tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// The host answered that nothing listens on the port.
    Refused,
    /// The connection was closed or reset by the other side.
    Reset,
    /// Nothing came back in time.
    Timeout,
    /// The name has no address.
    Unresolved,
    /// The network has no route to the host.
    NoRoute,
    /// Something answered, and it does not speak Kafka.
    NotKafka,
    /// A Kafka answer that cannot be decoded.
    Rubbish,
    /// The other side lacks the request, or every version of it that kaftop speaks.
    Unsupported,
    /// Not allowed, by an ACL or a whitelist.
    Denied,
    /// An error of the cluster's own; the detail names it.
    Answered,
    /// Not asked, and the detail says why.
    NotAsked,
}

impl FailureKind {
    /// One word, stable in JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Unresolved => "unresolved",
            Self::NoRoute => "no_route",
            Self::NotKafka => "not_kafka",
            Self::Rubbish => "rubbish",
            Self::Unsupported => "unsupported",
            Self::Denied => "denied",
            Self::Answered => "error",
            Self::NotAsked => "not_asked",
        }
    }
}

/// A failed read: what kind, and one sentence that says what was tried and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What was tried, against what, what came back. Made printable on construction.
    detail: Arc<str>,
}

impl Failure {
    /// A failure with its sentence, from which anything a terminal could obey is written out.
    pub fn new(kind: FailureKind, detail: &str) -> Self {
        Self {
            kind,
            detail: Arc::from(&*printable(detail)),
        }
    }

    /// What was tried, against what, what came back; safe to print.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.detail)
    }
}

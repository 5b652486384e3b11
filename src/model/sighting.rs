//! One look at the process behind a node, by whoever can act on it.

use std::fmt;

use super::text::Name;
use super::time::{At, Span};

/// What a process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Running,
    /// It is frozen.
    Paused,
    /// It has ended, in the words of who tells: `exited 137`.
    Ended(Name),
    /// It is on its way from one to the other, in the words of who tells: `restarting`.
    Between(Name),
}

impl Condition {
    /// Whether no process is there.
    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.pad("running"),
            Self::Paused => f.pad("paused"),
            Self::Ended(how) | Self::Between(how) => how.fmt(f),
        }
    }
}

/// How a process hangs on a network: enough to hang it there again as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The network's name, to be shown.
    pub network: Name,
    /// What the network is called in requests.
    pub id: Name,
    /// The names that peers know the process by on it.
    pub aliases: Vec<Name>,
    /// The IPv4 address that was asked for.
    pub ipv4: Option<Name>,
    /// The IPv6 address that was asked for.
    pub ipv6: Option<Name>,
}

/// What cutting a process off from its peers comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Severing {
    /// It can be done.
    Possible {
        /// What is to be cut: the networks on which it finds its peers.
        ties: Vec<Tie>,
        /// What is cut as well, in words: `its clients: ...`.
        also: Vec<String>,
    },
    /// It is cut off already.
    Already,
    /// It cannot be done, in words.
    Impossible(String),
}

/// How often and since when a process runs, as far as whoever runs it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// How often it was started again by itself, by its restart policy.
    pub again: u64,
    /// When it was started last, on the clock of whoever runs it.
    pub started: Option<At>,
    /// How the run before this one ended, while it is not started yet: `exited 1`.
    pub last_end: Option<Name>,
}

/// One look at the process behind a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What it is called in requests; stays the same for as long as the process's place exists.
    pub handle: Name,
    /// What it is called by people: `container kafka-2`.
    pub shown: Name,
    /// What it does.
    pub condition: Condition,
    /// How often and since when it runs.
    pub runs: Runs,
    /// How long an orderly end may take before it becomes a kill.
    pub grace: Span,
    /// What a cut comes to.
    pub severing: Severing,
}

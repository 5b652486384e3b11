//! Consumer groups as a specification names them.

use std::time::Duration;

/// The protocol of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// JoinGroup and SyncGroup.
    #[default]
    Classic,
    /// ConsumerGroupHeartbeat (KIP-848).
    Consumer,
}

/// What a group does with the records.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Behaviour {
    /// Follows closely.
    #[default]
    Steady,
    /// Reads a share of what is written: its lag grows.
    Slow {
        /// 0.0 to 1.0.
        share: f64,
    },
    /// Has members, and commits nothing.
    Stalled,
    /// Follows, and jumps back again and again.
    Rewinding {
        /// How often.
        every: Duration,
        /// By how many records per partition.
        by: u64,
    },
    /// Follows, and begins a rebalance again and again.
    Rebalancing {
        /// How often.
        every: Duration,
    },
    /// Has no members; its commits stay.
    Empty,
    /// Rests, then reads all at once.
    Bursty {
        /// How long it rests.
        every: Duration,
    },
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpec {
    /// Its name.
    pub name: String,
    /// Its protocol.
    pub kind: GroupKind,
    /// The topics that it reads.
    pub topics: Vec<String>,
    /// Of the partitions of each of its topics, only the first so many; all where unset.
    pub partitions: Option<u32>,
    /// How many members it has.
    pub members: u32,
    /// What it does.
    pub behaviour: Behaviour,
    /// How many records per partition it is behind when the world begins.
    pub start_lag: u64,
}

impl GroupSpec {
    /// A classic group that follows these topics.
    pub fn following(name: &str, topics: &[&str], members: u32) -> Self {
        Self {
            name: name.to_owned(),
            kind: GroupKind::Classic,
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            partitions: None,
            members,
            behaviour: Behaviour::Steady,
            start_lag: 0,
        }
    }

    /// The same with this behaviour and this lag at the beginning.
    #[must_use]
    pub fn behaving(self, behaviour: Behaviour, start_lag: u64) -> Self {
        Self {
            behaviour,
            start_lag,
            ..self
        }
    }
}

//! The verdict: what is wrong, since when, which broker is the cause, in fixed slots.

use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::model::text::Name;
use crate::model::time::Since;

use super::class::Writes;

/// The level of a cluster's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Nothing is wrong.
    Ok,
    /// Something is lost, and everything is still served.
    Degraded,
    /// Data is offline, or writes are refused or stalled, or a majority is lost.
    Critical,
    /// What is needed to judge could not be read.
    Unknown,
}

impl Level {
    /// The word of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
        }
    }
}

/// What a fault is traced to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A broker.
    Broker(BrokerId),
    /// A ZooKeeper, by the address given.
    ZooKeeper(Name),
    /// A KRaft controller that is no broker.
    Controller(BrokerId),
}

impl Cause {
    /// Whether it is the node of that id, as broker or as controller.
    pub fn is_node(&self, id: BrokerId) -> bool {
        matches!(self, Self::Broker(node) | Self::Controller(node) if *node == id)
    }

    /// The node that it is.
    pub fn node(&self) -> Node {
        match self {
            Self::Broker(id) => Node::Broker(*id),
            Self::Controller(id) => Node::Controller(*id),
            Self::ZooKeeper(address) => Node::ZooKeeper(address.clone()),
        }
    }

    /// The id or the address alone.
    pub fn bare(&self) -> String {
        match self {
            Self::Broker(id) | Self::Controller(id) => id.to_string(),
            Self::ZooKeeper(address) => address.to_string(),
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broker(id) => write!(f, "broker:{id}"),
            Self::ZooKeeper(address) => write!(f, "zookeeper:{address}"),
            Self::Controller(id) => write!(f, "controller:{id}"),
        }
    }
}

/// The verdict in its fixed slots; every text is plain, complete and safe to print.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The level.
    pub level: Level,
    /// What and why, in one or two sentences.
    pub sentence: String,
    /// What it is traced to.
    pub cause: Vec<Cause>,
    /// Since when the level holds with this cause.
    pub since: Option<Since>,
    /// What producers with acks=all meet, the worst over all partitions.
    pub writes: Writes,
    /// The writes slot in words: `none refused`, `stalled on 162 of 162 partitions`.
    pub writes_note: String,
    /// What one more loss would do: `none refused`, `162 partitions refuse writes (min ISR 2)`.
    pub next_loss: String,
    /// Brokers of which each one, alone, may be stopped; `None` where that cannot be judged.
    pub safe_to_stop: Option<Vec<BrokerId>>,
    /// The same in words: `any one broker`, `no broker`, `broker 2`, `not known`.
    pub safe_note: String,
    /// What to do next.
    pub next_step: String,
}

//! What can be done to a simulated cluster.

use super::groups_spec::Behaviour;
use super::node::Node;
use super::topic_spec::TopicSpec;

/// One thing done to the cluster, at the time of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Ends a process in order: a broker hands over its partitions first (controlled shutdown).
    Stop(Node),
    /// Starts a process that is gone.
    Start(Node),
    /// Ends a process at once.
    Kill(Node),
    /// Freezes a process: connections are taken, nothing is answered, no heartbeat is sent.
    Pause(Node),
    /// Ends the freeze.
    Resume(Node),
    /// Cuts a node off from its peers; clients still reach it.
    Cut(Node),
    /// Connects it again; connections between the nodes come back some seconds later.
    Heal(Node),
    /// Hides a node from the clients that ask through the network (a black hole). The simulated applications
    /// are elsewhere and still reach it.
    Hide(Node),
    /// Ends that.
    Show(Node),
    /// Lets the disk of a broker hang: what has to look at it (DescribeLogDirs) is not answered. What brokers keep in
    /// memory, and the traffic of replicas and clients, goes on.
    HangDisk(Node),
    /// Ends that.
    FreeDisk(Node),
    /// Lets a broker copy only a share of the time, in turns of `Timing::slow_cycle`; 1.0 ends it.
    Slow {
        /// The broker.
        broker: i32,
        /// The share of time in which it copies, 0.0 to 1.0.
        factor: f64,
    },
    /// Makes a topic.
    CreateTopic(TopicSpec),
    /// Deletes a topic.
    DeleteTopic(String),
    /// Changes how much is written to a topic.
    SetRate {
        /// The topic's name.
        topic: String,
        /// Records per second over all its partitions.
        records_per_second: f64,
    },
    /// Changes what a group does.
    Behave {
        /// The group's name.
        group: String,
        /// What it does from now on.
        behaviour: Behaviour,
    },
    /// Lets the controller give every partition back to its first replica, where that is in the ISR.
    ElectPreferred,
}

/// Why an act was not done; nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// No node of this name.
    #[error("there is no {0} in this cluster")]
    NoSuchNode(Node),
    /// No topic of this name.
    #[error("there is no topic `{0}` in this cluster")]
    NoSuchTopic(String),
    /// No group of this name.
    #[error("there is no group `{0}` in this cluster")]
    NoSuchGroup(String),
    /// It is so already.
    #[error("{0}")]
    AlreadyThere(String),
    /// It cannot be done now.
    #[error("{0}")]
    Impossible(String),
}

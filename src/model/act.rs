//! Acts: what is done to a cluster on purpose, as values.

use std::fmt;

use super::ids::PartitionId;
use super::text::Name;

pub use super::fleet::Node;

/// What is done to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Ends it in order, within its grace time.
    Stop,
    /// Starts what has ended.
    Start,
    /// Ends it in order and starts it.
    Restart,
    /// Ends it at once.
    Kill,
    /// Freezes it.
    Pause,
    /// Ends the freeze.
    Resume,
    /// Cuts it off from its peers.
    Cut,
    /// Connects it with its peers again.
    Reconnect,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 8] = [
        Self::Stop,
        Self::Start,
        Self::Restart,
        Self::Kill,
        Self::Pause,
        Self::Resume,
        Self::Cut,
        Self::Reconnect,
    ];

    /// The word of the command line, of JSON output and of the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cut => "cut",
            Self::Reconnect => "reconnect",
        }
    }

    /// The verb of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.word() == word)
    }

    /// What became of its target: `stopped`, `cut off`.
    pub fn past(self) -> &'static str {
        match self {
            Self::Stop => "stopped",
            Self::Start => "started",
            Self::Restart => "restarted",
            Self::Kill => "killed",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cut => "cut off",
            Self::Reconnect => "reconnected",
        }
    }

    /// Whether it takes something away from the cluster; the others give back.
    pub fn is_harmful(self) -> bool {
        matches!(
            self,
            Self::Stop | Self::Restart | Self::Kill | Self::Pause | Self::Cut
        )
    }

    /// What undoes it, where something is left to undo.
    pub fn undo(self) -> Option<Self> {
        match self {
            Self::Stop | Self::Kill | Self::Restart => Some(Self::Start),
            Self::Pause => Some(Self::Resume),
            Self::Cut => Some(Self::Reconnect),
            Self::Start | Self::Resume | Self::Reconnect => None,
        }
    }
}

/// The partitions that get their preferred leader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All of them.
    All,
    /// Those of one topic.
    Topic(Name),
    /// One.
    Partition(PartitionId),
}

impl Scope {
    /// Whether a partition is among them.
    pub fn holds(&self, topic: &Name, partition: i32) -> bool {
        match self {
            Self::All => true,
            Self::Topic(name) => name == topic,
            Self::Partition(id) => id.topic == *topic && id.partition == partition,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all partitions"),
            Self::Topic(name) => f.pad(&format!("topic {name}")),
            Self::Partition(id) => f.pad(&format!("partition {id}")),
        }
    }
}

/// What is done, and on what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Something to one process.
    Node(Verb, Node),
    /// Preferred leaders are elected.
    Elect(Scope),
    /// Every broker is restarted, one after the other.
    Roll,
}

impl Deed {
    /// Its verb.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Node(verb, _) => verb.word(),
            Self::Elect(_) => "elect",
            Self::Roll => "roll",
        }
    }

    /// What it is done to.
    pub fn target(&self) -> String {
        match self {
            Self::Node(_, node) => node.to_string(),
            Self::Elect(scope) => scope.to_string(),
            Self::Roll => "all brokers".to_owned(),
        }
    }

    /// Whether it may go on where it cannot be written down: it only gives back.
    pub fn gives_back(&self) -> bool {
        matches!(self, Self::Node(verb, _) if !verb.is_harmful())
    }
}

/// As a person says it: `stop broker 2`.
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::Node(..) => format!("{} {}", self.word(), self.target()),
            Self::Elect(scope) => format!("elect the preferred leaders of {scope}"),
            Self::Roll => "restart all brokers, one after the other".to_owned(),
        })
    }
}

/// One act: what, on what, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What, and on what.
    pub deed: Deed,
    /// Why, or who asked: it goes into the audit log.
    pub why: Name,
}

impl Act {
    /// An act on one process.
    pub fn on(verb: Verb, node: Node, why: &str) -> Self {
        Self {
            deed: Deed::Node(verb, node),
            why: why.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ids::BrokerId;
    use super::*;

    #[test]
    fn acts_are_said_in_words() {
        let table = [
            (
                Deed::Node(Verb::Stop, Node::Broker(BrokerId(2))),
                "stop broker 2",
                false,
            ),
            (
                Deed::Node(Verb::Reconnect, Node::ZooKeeper("zk-1:2181".into())),
                "reconnect ZooKeeper zk-1:2181",
                true,
            ),
            (
                Deed::Elect(Scope::Topic("a\u{1b}b".into())),
                "elect the preferred leaders of topic a\\u{1b}b",
                false,
            ),
            (Deed::Roll, "restart all brokers, one after the other", false),
        ];
        for (deed, words, gives_back) in table {
            assert_eq!(deed.to_string(), words);
            assert_eq!(deed.gives_back(), gives_back, "{words}");
        }
    }

    #[test]
    fn what_takes_away_can_be_undone() {
        for verb in Verb::ALL {
            assert_eq!(verb.is_harmful(), verb.undo().is_some(), "{}", verb.word());
            assert_eq!(Verb::of(verb.word()), Some(verb));
        }
        assert_eq!(Verb::of("drop"), None);
    }
}

//! What is asked for on request only, and what the answers are.

use super::alert::Order;
use super::failure::Failure;
use super::ids::PartitionId;
use super::text::Name;
use super::time::At;

/// Something that is read once, because someone wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// When the oldest record was written that a group has not read.
    OldestUnread {
        /// The group.
        group: Name,
    },
    /// The whole configuration of a topic.
    TopicConfig {
        /// The topic.
        topic: Name,
    },
    /// Something about an alert that a person decides; it has no answer, and the alert shows it.
    Order(Order),
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// When the brokers were asked.
    pub asked: At,
    /// What came back.
    pub reply: Reply,
}

/// What came back, each of its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The oldest unread record; none where nothing is unread. A failure where no record could be read.
    OldestUnread(Result<Option<Oldest>, Failure>),
    /// The settings of the topic, by name.
    TopicConfig(Result<Vec<ConfigEntry>, Failure>),
}

/// The oldest unread record of those that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oldest {
    /// The partition that holds it.
    pub partition: PartitionId,
    /// The offset from which on the group has not read.
    pub offset: i64,
    /// When it was written, by its own timestamp.
    pub written: At,
    /// The partitions that did not tell.
    pub untold: Untold,
}

/// Partitions that may hold an older unread record than the one that was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untold {
    /// Those whose record could not be read, and those of which it is not known whether anything is unread.
    pub failed: usize,
    /// Those that were too many, or for which no time was left; they have a smaller lag than the ones that were asked.
    pub unasked: usize,
}

/// One setting of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: Name,
    /// The value that holds; none where it is a secret or where there is none.
    pub value: Option<Name>,
    /// Whether it is a secret, which brokers never show.
    pub sensitive: bool,
    /// Where the value comes from.
    pub origin: ConfigOrigin,
    /// Whether it cannot be changed while the brokers run.
    pub read_only: bool,
}

/// Where the value of a setting comes from (`DescribeConfigsResponse.ConfigSource`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigOrigin {
    /// The topic itself carries it.
    Topic,
    /// It was set on the asked broker while it ran.
    Broker,
    /// It was set for all brokers while they ran.
    AllBrokers,
    /// It stands in the file of the asked broker.
    File,
    /// It is Kafka's own default.
    Default,
    /// Another, by its number.
    Other(i8),
}

impl ConfigOrigin {
    /// Where it comes from, in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Broker => "broker",
            Self::AllBrokers => "all brokers",
            Self::File => "broker's file",
            Self::Default => "default",
            Self::Other(_) => "other",
        }
    }
}

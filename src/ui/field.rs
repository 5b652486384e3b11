//! The columns of every kind of row, each written once: its head, its letter in the sort menu, its name in filters, and
//! what it holds.

mod columns;

use std::fmt;

use columns::{ALERT, BROKER, EVENT, GROUP, KEEPER, PARTITION, TOPIC};

/// What a row is about; rows of one kind have the same columns, on whichever page they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A broker.
    Broker,
    /// A topic.
    Topic,
    /// A partition.
    Partition,
    /// A consumer group.
    Group,
    /// A node that keeps the cluster's metadata: a voter or observer of the quorum, a member of the ensemble.
    Keeper,
    /// Something that happened.
    Event,
    /// An alert.
    Alert,
}

impl Subject {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Broker,
        Self::Topic,
        Self::Partition,
        Self::Group,
        Self::Keeper,
        Self::Event,
        Self::Alert,
    ];

    /// Its columns, in the order of help.
    pub fn columns(self) -> &'static [Spec] {
        match self {
            Self::Broker => BROKER,
            Self::Topic => TOPIC,
            Self::Partition => PARTITION,
            Self::Group => GROUP,
            Self::Keeper => KEEPER,
            Self::Event => EVENT,
            Self::Alert => ALERT,
        }
    }

    /// The column of that field.
    pub fn spec(self, field: Field) -> Option<&'static Spec> {
        self.columns().iter().find(|spec| spec.field == field)
    }

    /// The column that filters call so.
    pub fn named(self, name: &str) -> Option<&'static Spec> {
        self.columns()
            .iter()
            .find(|spec| spec.name == name || spec.alias == Some(name))
    }

    /// The column whose letter this is.
    pub fn lettered(self, letter: char) -> Option<&'static Spec> {
        let letter = letter.to_ascii_lowercase();
        self.columns().iter().find(|spec| spec.letter == letter)
    }

    /// What its rows stand by where no column was chosen.
    pub fn order(self) -> &'static str {
        match self {
            Self::Broker => "id",
            Self::Event => "time",
            Self::Topic | Self::Partition | Self::Group | Self::Keeper | Self::Alert => "harm",
        }
    }

    /// One of its rows, in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Topic => "topic",
            Self::Partition => "partition",
            Self::Group => "group",
            Self::Keeper => "node",
            Self::Event => "event",
            Self::Alert => "alert",
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// An address, HOST:PORT.
    Address,
    /// The age of the oldest unread record, in seconds.
    Age,
    /// A round trip, in milliseconds.
    Answers,
    /// Partitions at risk.
    AtRisk,
    /// Changes of ISR and leader in 15 minutes.
    Churn,
    /// The class of a partition.
    Class,
    /// Seconds until a lag is worked off.
    ClearsIn,
    /// The container that a node runs in, and its state.
    Container,
    /// Processors that a container uses, in percent of one.
    Cpu,
    /// Bytes of memory that a container uses.
    Memory,
    /// Bytes per second that a container receives and sends.
    Network,
    /// Bytes per second that a container reads from disks and writes to them.
    DiskTraffic,
    /// The broker that coordinates a group.
    Coordinator,
    /// How full the disks are, in percent.
    Disk,
    /// The end offset.
    End,
    /// The leader epoch.
    Epoch,
    /// An id.
    Id,
    /// Replicas in sync.
    InSync,
    /// How long records are kept, in seconds.
    Keeps,
    /// A lag in records.
    Lag,
    /// The leader of a partition.
    Leader,
    /// Partitions led.
    Leads,
    /// Bytes of all logs.
    Log,
    /// Records lost to retention.
    Lost,
    /// Members.
    Members,
    /// `min.insync.replicas`.
    MinIsr,
    /// Leaders beyond those preferred.
    Moved,
    /// The number of a partition.
    Number,
    /// Partitions, counted.
    Partitions,
    /// A rack.
    Rack,
    /// Records per second.
    Rate,
    /// Replicas assigned.
    Replicas,
    /// What a node is: leader, follower, observer.
    Role,
    /// ISR shrinks per minute.
    Shrinks,
    /// Bytes.
    Size,
    /// Records per second that a lag grows by.
    Slope,
    /// The start offset.
    Start,
    /// A state in words.
    State,
    /// When something happened, as seconds ago.
    Time,
    /// The name of a topic or group.
    Name,
    /// The type of a group, or the kind of an event.
    Kind,
    /// What happened, in words.
    What,
    /// Replicas in sync in the worst partition.
    Worst,
}

/// Which end of a column stands first when it is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The largest number.
    Largest,
    /// The smallest number, or the first by the alphabet.
    Smallest,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// What it holds.
    pub field: Field,
    /// Its head.
    pub title: &'static str,
    /// The letter that sorts by it, one of its head.
    pub letter: char,
    /// Its name in filters.
    pub name: &'static str,
    /// A second name in filters.
    pub alias: Option<&'static str>,
    /// What stands first.
    pub first: First,
    /// What it holds, in a sentence without its end.
    pub words: &'static str,
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_has_a_letter_of_its_head_and_a_name_of_its_own() {
        for subject in Subject::ALL {
            let columns = subject.columns();
            let letters: BTreeSet<char> = columns.iter().map(|spec| spec.letter).collect();
            assert_eq!(letters.len(), columns.len(), "{subject:?}");
            let mut names: Vec<&str> = columns.iter().map(|spec| spec.name).collect();
            names.extend(columns.iter().filter_map(|spec| spec.alias));
            let distinct: BTreeSet<&&str> = names.iter().collect();
            assert_eq!(distinct.len(), names.len(), "{subject:?}");
            for spec in columns {
                assert!(
                    spec.title.to_lowercase().contains(spec.letter),
                    "{subject:?}: {} has no {}",
                    spec.title,
                    spec.letter
                );
                assert_eq!(subject.lettered(spec.letter), Some(spec));
                assert_eq!(subject.named(spec.name), Some(spec));
                assert!(!spec.words.is_empty() && !spec.words.ends_with('.'));
                assert!(spec.name.chars().all(|c| c.is_ascii_lowercase()), "{}", spec.name);
            }
        }
    }
}

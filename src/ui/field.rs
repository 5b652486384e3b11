//! The columns of every kind of row, each written once: its head, its letter in the sort menu, its name in filters, and
//! what it holds.

use std::fmt;

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

use First::{Largest, Smallest};

const fn column(
    field: Field,
    title: &'static str,
    letter: char,
    name: &'static str,
    first: First,
    words: &'static str,
) -> Spec {
    Spec {
        field,
        title,
        letter,
        name,
        alias: None,
        first,
        words,
    }
}

const fn also(alias: &'static str, spec: Spec) -> Spec {
    Spec {
        alias: Some(alias),
        ..spec
    }
}

const BROKER: &[Spec] = &[
    also(
        "broker",
        column(Field::Id, "ID", 'i', "id", Smallest, "the broker's id"),
    ),
    column(
        Field::State,
        "STATE",
        's',
        "state",
        Smallest,
        "up, cut off (answers, but its peers dropped it), unreachable (listed, no answer to us), or down",
    ),
    column(
        Field::Leads,
        "LEADS",
        'l',
        "leads",
        Largest,
        "partitions that it leads",
    ),
    column(
        Field::Moved,
        "+/-",
        '+',
        "moved",
        Largest,
        "how many more partitions it leads than prefer it",
    ),
    also(
        "isr",
        column(
            Field::InSync,
            "IN SYNC",
            'y',
            "insync",
            Smallest,
            "its replicas in sync, of all that it holds",
        ),
    ),
    also(
        "rf",
        column(
            Field::Replicas,
            "REPLICAS",
            'p',
            "replicas",
            Largest,
            "replicas that it holds",
        ),
    ),
    column(
        Field::Answers,
        "ANSWERS",
        'a',
        "answers",
        Largest,
        "the round trip of the newest small request in milliseconds, or how it failed",
    ),
    column(
        Field::Disk,
        "DISK",
        'd',
        "disk",
        Largest,
        "how full its disks are, in percent",
    ),
    column(Field::Log, "LOG", 'g', "log", Largest, "bytes of all its logs"),
    column(
        Field::Rate,
        "IN/s",
        'n',
        "in",
        Largest,
        "records per second appended to the partitions that it leads",
    ),
    column(
        Field::Shrinks,
        "SHRINKS/m",
        'h',
        "shrinks",
        Largest,
        "ISRs that lost this broker, per minute",
    ),
    column(
        Field::Container,
        "CONTAINER",
        'c',
        "container",
        Smallest,
        "the state of its container",
    ),
    column(
        Field::Address,
        "ADDRESS",
        'e',
        "address",
        Smallest,
        "its advertised address",
    ),
    column(Field::Rack, "RACK", 'r', "rack", Smallest, "its rack"),
];

const TOPIC: &[Spec] = &[
    also(
        "name",
        column(Field::Name, "TOPIC", 't', "topic", Smallest, "the topic's name"),
    ),
    column(
        Field::Partitions,
        "PARTITIONS",
        'p',
        "partitions",
        Largest,
        "how many partitions it has",
    ),
    column(
        Field::AtRisk,
        "AT RISK",
        'k',
        "atrisk",
        Largest,
        "its partitions that are at risk",
    ),
    also(
        "isr",
        column(
            Field::Worst,
            "WORST",
            'w',
            "worst",
            Smallest,
            "replicas in sync, of all, in its worst partition",
        ),
    ),
    also(
        "rf",
        column(
            Field::Replicas,
            "RF",
            'f',
            "replicas",
            Largest,
            "replicas of a partition",
        ),
    ),
    also(
        "min",
        column(
            Field::MinIsr,
            "MIN",
            'm',
            "minisr",
            Largest,
            "min.insync.replicas: with fewer in sync, writes with acks=all are refused",
        ),
    ),
    column(
        Field::Rate,
        "IN/s",
        'n',
        "in",
        Largest,
        "records appended per second",
    ),
    column(
        Field::Size,
        "SIZE",
        'z',
        "size",
        Largest,
        "bytes of its leaders' logs",
    ),
    column(
        Field::Shrinks,
        "SHRINKS/m",
        'h',
        "shrinks",
        Largest,
        "times per minute that one of its ISRs lost replicas",
    ),
    column(
        Field::Keeps,
        "KEEPS",
        'e',
        "keeps",
        Largest,
        "how long records are kept (retention.ms)",
    ),
];

const PARTITION: &[Spec] = &[
    also(
        "name",
        column(Field::Name, "TOPIC", 't', "topic", Smallest, "the topic's name"),
    ),
    column(
        Field::Number,
        "P",
        'p',
        "partition",
        Smallest,
        "the partition's number",
    ),
    column(
        Field::Leader,
        "LEADER",
        'l',
        "leader",
        Smallest,
        "the broker that leads it, as the cluster says",
    ),
    column(Field::Epoch, "EPOCH", 'e', "epoch", Largest, "the leader's epoch"),
    also(
        "isr",
        column(
            Field::InSync,
            "IN SYNC",
            'y',
            "insync",
            Smallest,
            "replicas in sync, of all; only those on brokers that are not lost",
        ),
    ),
    also(
        "rf",
        column(
            Field::Replicas,
            "RF",
            'f',
            "replicas",
            Largest,
            "replicas assigned",
        ),
    ),
    also(
        "min",
        column(
            Field::MinIsr,
            "MIN",
            'm',
            "minisr",
            Largest,
            "min.insync.replicas: with fewer in sync, writes with acks=all are refused",
        ),
    ),
    also(
        "state",
        column(
            Field::Class,
            "CLASS",
            'c',
            "class",
            Smallest,
            "how far it is from losing service: healthy, out of sync, one loss away, writes refused, offline",
        ),
    ),
    column(
        Field::Start,
        "START",
        's',
        "start",
        Largest,
        "the first offset kept",
    ),
    column(Field::End, "END", 'd', "end", Largest, "the high watermark"),
    column(
        Field::Rate,
        "IN/s",
        'n',
        "in",
        Largest,
        "records appended per second",
    ),
    column(
        Field::Size,
        "SIZE",
        'z',
        "size",
        Largest,
        "bytes of the leader's log",
    ),
    column(
        Field::Churn,
        "CHURN 15m",
        'h',
        "churn",
        Largest,
        "replicas that left or joined the ISR, and changes of the leader, in 15 minutes",
    ),
];

const GROUP: &[Spec] = &[
    also(
        "name",
        column(Field::Name, "GROUP", 'g', "group", Smallest, "the group's name"),
    ),
    column(
        Field::State,
        "STATE",
        'e',
        "state",
        Smallest,
        "its state in the protocol's word: stable, empty, preparingrebalance, dead",
    ),
    column(
        Field::Lag,
        "LAG",
        'l',
        "lag",
        Largest,
        "records between what it committed and the end",
    ),
    column(
        Field::Slope,
        "/s",
        's',
        "slope",
        Largest,
        "how many records per second the lag grows by",
    ),
    column(
        Field::Age,
        "AGE",
        'a',
        "age",
        Largest,
        "how old the oldest record is that the group has not read",
    ),
    column(
        Field::ClearsIn,
        "CLEARS IN",
        'c',
        "clears",
        Largest,
        "when the lag is worked off at the present rate",
    ),
    column(
        Field::Lost,
        "LOST",
        'o',
        "lost",
        Largest,
        "records that retention deleted before the group read them",
    ),
    column(
        Field::Members,
        "MEMBERS",
        'm',
        "members",
        Largest,
        "how many members it has",
    ),
    also(
        "coord",
        column(
            Field::Coordinator,
            "COORD",
            'd',
            "coordinator",
            Smallest,
            "the broker that coordinates it",
        ),
    ),
    column(
        Field::Kind,
        "TYPE",
        'y',
        "type",
        Smallest,
        "its type: classic, consumer, share, streams",
    ),
];

const KEEPER: &[Spec] = &[
    also(
        "address",
        column(Field::Id, "NODE", 'n', "node", Smallest, "its id, or its address"),
    ),
    column(
        Field::Role,
        "ROLE",
        'r',
        "role",
        Smallest,
        "leader, follower, observer; not serving where it sees no majority",
    ),
    column(
        Field::Lag,
        "BEHIND",
        'b',
        "behind",
        Largest,
        "records behind the leader's log end",
    ),
    column(
        Field::Age,
        "LAST FETCH",
        'f',
        "fetch",
        Largest,
        "how long ago it last fetched, on the leader's clock",
    ),
    column(
        Field::Answers,
        "ANSWERS",
        'a',
        "answers",
        Largest,
        "the round trip to it, or how it failed",
    ),
    column(
        Field::State,
        "STATE",
        's',
        "state",
        Smallest,
        "whether it follows the leader, or is lost",
    ),
];

const EVENT: &[Spec] = &[
    column(
        Field::Time,
        "TIME",
        't',
        "ago",
        Smallest,
        "when it happened; filters take how long ago",
    ),
    column(
        Field::Kind,
        "KIND",
        'k',
        "kind",
        Smallest,
        "what it is about: broker, leader, isr, controller, quorum, topic, group, config, source",
    ),
    column(Field::What, "WHAT", 'w', "what", Smallest, "what happened"),
];

const ALERT: &[Spec] = &[
    column(
        Field::State,
        "STATE",
        's',
        "state",
        Smallest,
        "firing, pending, resolved; or why it is not told: acknowledged, silenced, inside another one, ending",
    ),
    column(
        Field::Kind,
        "SEVERITY",
        'v',
        "severity",
        Smallest,
        "critical, warning or info",
    ),
    column(
        Field::Time,
        "TIME",
        't',
        "time",
        Smallest,
        "how long it fires, in how long it will, or how long ago it was over",
    ),
    column(Field::What, "WHAT", 'w', "what", Smallest, "what it says"),
    column(Field::Id, "SUBJECT", 'j', "subject", Smallest, "what it is about"),
    column(Field::Name, "RULE", 'r', "rule", Smallest, "its rule"),
];

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

//! Topics as a specification names them.

use std::time::Duration;

/// How records come in over time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pattern {
    /// Evenly.
    #[default]
    Steady,
    /// For `for_` of every `every`, `factor` times as many.
    Bursty {
        /// The length of a turn.
        every: Duration,
        /// The length of the burst at its beginning.
        for_: Duration,
        /// By how much the rate is multiplied then.
        factor: f64,
    },
}

/// What a producer waits for (`acks`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Acks {
    /// Nothing (0).
    None,
    /// The leader's own log (1).
    Leader,
    /// Every member of the ISR (-1, `all`).
    #[default]
    All,
}

/// The records that the simulated producers write to a topic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrafficSpec {
    /// How they come in over time.
    pub pattern: Pattern,
    /// What the simulated producers wait for.
    pub acks: Acks,
    /// The size of one record in bytes, as it lies in the log.
    pub record_bytes: u32,
}

impl Default for TrafficSpec {
    fn default() -> Self {
        Self {
            pattern: Pattern::Steady,
            acks: Acks::All,
            record_bytes: 200,
        }
    }
}

/// How long records are kept; all unset is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionSpec {
    /// At most this many records per partition.
    pub records: Option<u64>,
    /// At most this long.
    pub time: Option<Duration>,
}

/// One topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// How many replicas each has.
    pub replication: u32,
    /// `min.insync.replicas`.
    pub min_isr: u32,
    /// The replicas of each partition, preferred leader first; spread evenly where unset.
    pub assignment: Option<Vec<Vec<i32>>>,
    /// Records per second over all its partitions.
    pub records_per_second: f64,
    /// How they are written.
    pub traffic: TrafficSpec,
    /// How long they are kept.
    pub retention: RetentionSpec,
    /// `unclean.leader.election.enable`, where the topic sets it.
    pub unclean: Option<bool>,
    /// Whether Kafka itself uses it (`__consumer_offsets`).
    pub internal: bool,
}

impl TopicSpec {
    /// A topic with the guide's replication factor 3 and min ISR 2, without traffic.
    pub fn named(name: &str, partitions: u32) -> Self {
        Self {
            name: name.to_owned(),
            partitions,
            replication: 3,
            min_isr: 2,
            assignment: None,
            records_per_second: 0.0,
            traffic: TrafficSpec::default(),
            retention: RetentionSpec::default(),
            unclean: None,
            internal: false,
        }
    }

    /// The same with this many records per second.
    #[must_use]
    pub fn at_rate(self, records_per_second: f64) -> Self {
        Self {
            records_per_second,
            ..self
        }
    }

    /// The same with this replication factor and min ISR.
    #[must_use]
    pub fn replicated(self, replication: u32, min_isr: u32) -> Self {
        Self {
            replication,
            min_isr,
            ..self
        }
    }

    /// The same with these replicas, a list per partition.
    #[must_use]
    pub fn assigned(self, assignment: &[&[i32]]) -> Self {
        Self {
            partitions: u32::try_from(assignment.len()).unwrap_or(u32::MAX),
            replication: assignment
                .first()
                .map_or(0, |list| u32::try_from(list.len()).unwrap_or(u32::MAX)),
            assignment: Some(assignment.iter().map(|list| list.to_vec()).collect()),
            ..self
        }
    }
}

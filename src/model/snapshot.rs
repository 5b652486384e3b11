//! Everything known at one moment, immutable and shared.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::broker::Broker;
use super::cluster::Cluster;
use super::ensemble::Ensemble;
use super::event::EventLog;
use super::fleet::Fleet;
use super::group::Group;
use super::history::History;
use super::ids::{BrokerId, PartitionId};
use super::intake::Source;
use super::observation::Ask;
use super::quorum::Quorum;
use super::reading::Reading;
use super::text::Name;
use super::time::{At, Span};
use super::topic::{Reassignment, Topic};

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Since kaftop looks.
    pub total: u64,
    /// In the last minute.
    pub one: u32,
    /// In the last 5 minutes.
    pub five: u32,
    /// In the last 15 minutes.
    pub fifteen: u32,
}

/// How restless replication is: of one partition, or summed over all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Churn {
    /// Times that an ISR lost replicas.
    pub shrinks: Tally,
    /// Times that an ISR gained replicas.
    pub expands: Tally,
    /// Changes of a leader.
    pub leader_changes: Tally,
}

/// Churn over all partitions, with the ones that had any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChurnTable {
    /// Over all partitions.
    pub total: Churn,
    /// Of each partition that had any since kaftop looks.
    pub by_partition: BTreeMap<PartitionId, Churn>,
    /// ISR shrinks in each of the last minutes, the newest last; before kaftop looked there is nothing.
    pub shrinks_by_minute: Vec<u32>,
}

/// The groups, and whether every broker that can coordinate groups could be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    /// By name.
    pub table: BTreeMap<Name, Arc<Group>>,
    /// Whether any broker was asked with success.
    pub read: bool,
    /// Brokers whose groups could not be listed: the table may lack groups.
    pub unlisted: Vec<BrokerId>,
}

/// Reads that fail beside the failure of a whole source: denied, unsupported, answered with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is missing.
    pub ask: Ask,
    /// Who would not tell, and the newest reason.
    pub by: Vec<(Name, super::failure::Failure)>,
}

/// The moments that a snapshot is judged against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it was made.
    pub taken_at: At,
    /// When this run began to look.
    pub watching_since: At,
    /// How old a fact read at every refresh may be before it counts as stale.
    pub patience: Span,
}

/// How the partition table was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// When the accepted view was read, or why it could not be.
    pub read: Reading<()>,
    /// The reassignments under way.
    pub reassignments: Reading<Arc<BTreeMap<PartitionId, Reassignment>>>,
    /// The eligible leader replicas (KIP-966) of the partitions for which a broker tells them: from 4.0 on, where the
    /// feature is on.
    pub eligible: Reading<Arc<BTreeMap<PartitionId, Vec<BrokerId>>>>,
    /// The number of partitions on which answering brokers contradict each other.
    pub disputed: u32,
}

/// The state of what comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// What could not be read although its source answers.
    pub missing: Vec<Missing>,
}

impl Intake {
    /// Whether somebody would not tell this.
    pub fn lacks(&self, ask: Ask) -> bool {
        self.missing.iter().any(|missing| missing.ask == ask)
    }
}

/// Everything known at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The moments that it is judged against.
    pub times: Times,
    /// The cluster as a whole.
    pub cluster: Cluster,
    /// The brokers, each that was ever seen.
    pub brokers: BTreeMap<BrokerId, Broker>,
    /// How the partition table was read.
    pub metadata: Metadata,
    /// The topics.
    pub topics: BTreeMap<Name, Arc<Topic>>,
    /// The groups.
    pub groups: Groups,
    /// The KRaft quorum.
    pub quorum: Reading<Quorum>,
    /// The ZooKeeper ensemble.
    pub ensemble: Ensemble,
    /// The containers of its nodes.
    pub fleet: Arc<Fleet>,
    /// How restless replication is.
    pub churn: Arc<ChurnTable>,
    /// The last hour in samples.
    pub history: Arc<History>,
    /// What happened since kaftop looks.
    pub events: Arc<EventLog>,
    /// Where the facts come from, and what is missing.
    pub intake: Intake,
}

impl Snapshot {
    /// Every partition with its topic.
    pub fn partitions(&self) -> impl Iterator<Item = (&Topic, &super::topic::Partition)> {
        self.topics.values().flat_map(|topic| {
            topic
                .partitions
                .iter()
                .map(move |partition| (&**topic, partition))
        })
    }

    /// The moment that ages are counted to.
    pub fn now(&self) -> At {
        self.times.taken_at
    }

    /// The partition of that name and number.
    pub fn partition(&self, id: &PartitionId) -> Option<&super::topic::Partition> {
        let topic = self.topics.get(&id.topic)?;
        let place = topic
            .partitions
            .binary_search_by_key(&id.partition, |partition| partition.index)
            .ok()?;
        topic.partitions.get(place)
    }

    /// The broker, if it is known.
    pub fn broker(&self, id: BrokerId) -> Option<&Broker> {
        self.brokers.get(&id)
    }
}

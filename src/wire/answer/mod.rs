//! Answers as plain values.
//!
//! What the protocol writes as -1 or null for "none" is `None` here, and an error code of one item stays with that
//! item. An error code of the whole answer is a [`crate::wire::WireError`] instead. Names are raw: they may hold
//! anything that UTF-8 can.

mod batch;
mod cluster;
mod elect;
mod group;
mod metadata;
mod share;
#[cfg(test)]
mod tests;
mod topic;

use super::code::KafkaCode;
use kafka_protocol::messages::BrokerId;
use kafka_protocol::protocol::StrBytes;
use std::ops::Deref;

pub use batch::Batches;
pub(in crate::wire) use batch::batches;
pub use cluster::{
    Cluster, ClusterBroker, LogDir, LogDirs, Quorum, QuorumNode, QuorumReplica, Reassignment, Reassignments,
    Replica,
};
pub(in crate::wire) use cluster::{cluster, log_dirs, quorum, reassignments, versions};
pub(in crate::wire) use elect::elections;
pub use elect::{Election, Elections};
pub use group::{
    AssignedTopic, ClassicGroup, ClassicGroups, ClassicMember, Client, CommittedOffset, CommittedOffsets,
    ConsumerGroup, ConsumerGroups, ConsumerMember, GroupCommits, Groups, ListedGroup,
};
pub(in crate::wire) use group::{classic_groups, committed_offsets, consumer_groups, groups};
pub(in crate::wire) use metadata::metadata;
pub use metadata::{Broker, Metadata, Partition, Topic};
pub use share::{ShareGroup, ShareGroupOffsets, ShareGroups, ShareMember, ShareOffset, ShareOffsets};
pub(in crate::wire) use share::{share_groups, share_offsets};
pub(in crate::wire) use topic::{BROKER_RESOURCE, TOPIC_RESOURCE, configs, offsets, topic_page};
pub use topic::{
    Config, ConfigSource, Configs, EligibleReplicas, Offset, Offsets, PagePartition, PageTopic, Resource,
    ResourceConfigs, TopicPage,
};

/// Why a body gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An error code for the whole answer, and the broker's own words.
    Code(KafkaCode, Option<String>),
    /// The bytes break the protocol.
    Rubbish(String),
}

/// Fails with a code for the whole answer, other than 0.
fn whole(code: i16, message: Option<&StrBytes>) -> Result<(), Fault> {
    match KafkaCode::from_wire(code) {
        None => Ok(()),
        Some(code) => Err(Fault::Code(code, optional(message))),
    }
}

/// An id, where any negative number is none.
fn id(id: BrokerId) -> Option<i32> {
    (id.0 >= 0).then_some(id.0)
}

/// A number, where any negative one is none.
fn number<N: PartialOrd + Default>(number: N) -> Option<N> {
    (number >= N::default()).then_some(number)
}

fn ids(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.0).collect()
}

/// Owned text, so that an answer does not keep its whole frame in memory.
fn owned(text: &StrBytes) -> String {
    text.deref().to_owned()
}

fn optional(text: Option<&StrBytes>) -> Option<String> {
    text.map(owned)
}

/// Text, where an empty one is none.
fn filled(text: &StrBytes) -> Option<String> {
    (!text.is_empty()).then(|| owned(text))
}

//! Metadata: brokers, topics, leaders and ISR as one broker sees them.

use super::{Fault, id, ids, number, optional, owned, whole};
use crate::wire::address::{Address, AddressError};
use crate::wire::code::KafkaCode;
use kafka_protocol::messages::MetadataResponse;
use kafka_protocol::messages::metadata_response::{MetadataResponsePartition, MetadataResponseTopic};
use uuid::Uuid;

/// The cluster as one broker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Id of the cluster.
    pub cluster_id: Option<String>,
    /// The controller in `ZooKeeper` mode; a random live broker in `KRaft` mode (KIP-590).
    pub controller: Option<i32>,
    /// Brokers that the answering broker takes for alive.
    pub brokers: Vec<Broker>,
    /// Topics that were asked for.
    pub topics: Vec<Topic>,
}

/// A broker and where it says it can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Node id.
    pub id: i32,
    /// Advertised host, raw.
    pub host: String,
    /// Advertised port, raw.
    pub port: i32,
    /// Rack, where one is configured.
    pub rack: Option<String>,
}

impl Broker {
    /// The advertised address, checked.
    pub fn address(&self) -> Result<Address, AddressError> {
        Address::new(&self.host, self.port)
    }
}

/// A topic as one broker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Why the topic is not described in full.
    pub error: Option<KafkaCode>,
    /// Name; none only where a topic was asked for by id and is not known.
    pub name: Option<String>,
    /// Topic id (KIP-516); none below version 10 and for topics that are not known.
    pub id: Option<Uuid>,
    /// Kafka's own topic, such as `__consumer_offsets`.
    pub internal: bool,
    /// Partitions, in the order of the answer.
    pub partitions: Vec<Partition>,
}

/// A partition as one broker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// `LEADER_NOT_AVAILABLE` and the like; the other fields hold what is known all the same.
    pub error: Option<KafkaCode>,
    /// Partition number.
    pub index: i32,
    /// Leader, or none.
    pub leader: Option<i32>,
    /// Leader epoch (KIP-320).
    pub leader_epoch: Option<i32>,
    /// Replicas, the preferred one first.
    pub replicas: Vec<i32>,
    /// In-sync replicas.
    pub isr: Vec<i32>,
    /// Replicas on brokers or disks that are out of service (KIP-112).
    pub offline: Vec<i32>,
}

pub(in crate::wire) fn metadata(response: &MetadataResponse) -> Result<Metadata, Fault> {
    whole(response.error_code, None)?;
    let broker = |broker: &kafka_protocol::messages::metadata_response::MetadataResponseBroker| Broker {
        id: broker.node_id.0,
        host: owned(&broker.host),
        port: broker.port,
        rack: optional(broker.rack.as_ref()),
    };
    Ok(Metadata {
        cluster_id: optional(response.cluster_id.as_ref()),
        controller: id(response.controller_id),
        brokers: response.brokers.iter().map(broker).collect(),
        topics: response.topics.iter().map(topic).collect(),
    })
}

fn topic(topic: &MetadataResponseTopic) -> Topic {
    Topic {
        error: KafkaCode::from_wire(topic.error_code),
        name: optional(topic.name.as_deref()),
        id: (!topic.topic_id.is_nil()).then_some(topic.topic_id),
        internal: topic.is_internal,
        partitions: topic.partitions.iter().map(partition).collect(),
    }
}

fn partition(partition: &MetadataResponsePartition) -> Partition {
    Partition {
        error: KafkaCode::from_wire(partition.error_code),
        index: partition.partition_index,
        leader: id(partition.leader_id),
        leader_epoch: number(partition.leader_epoch),
        replicas: ids(&partition.replica_nodes),
        isr: ids(&partition.isr_nodes),
        offline: ids(&partition.offline_replicas),
    }
}

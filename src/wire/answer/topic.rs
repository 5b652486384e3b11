//! Ends of logs, configuration values, and pages of partitions.

use super::{id, ids, number, optional, owned};
use crate::wire::code::KafkaCode;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::describe_topic_partitions_response as page;
use uuid::Uuid;

/// `ConfigResource.Type.TOPIC`.
pub(in crate::wire) const TOPIC_RESOURCE: i8 = 2;
/// `ConfigResource.Type.BROKER`.
pub(in crate::wire) const BROKER_RESOURCE: i8 = 4;

/// Ends of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offsets {
    /// One for each partition that was asked for.
    pub offsets: Vec<Offset>,
}

/// One end of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offset {
    /// Why the offset is not known, e.g. `NOT_LEADER_OR_FOLLOWER`.
    pub error: Option<KafkaCode>,
    /// Name of the topic.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// The offset.
    pub offset: Option<i64>,
    /// Epoch of the leader that answered.
    pub leader_epoch: Option<i32>,
}

pub(in crate::wire) fn offsets(response: &wire::ListOffsetsResponse) -> Offsets {
    let offsets = response.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| Offset {
            error: KafkaCode::from_wire(partition.error_code),
            topic: owned(&topic.name),
            partition: partition.partition_index,
            offset: number(partition.offset),
            leader_epoch: number(partition.leader_epoch),
        })
    });
    Offsets {
        offsets: offsets.collect(),
    }
}

/// Configuration values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configs {
    /// One for each resource that was asked for.
    pub resources: Vec<ResourceConfigs>,
}

/// What has a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A topic, by name.
    Topic(String),
    /// A broker, by node id in text; empty for the default of all brokers.
    Broker(String),
    /// A kind that was not asked for: its number and name.
    Other(i8, String),
}

/// The configuration of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceConfigs {
    /// Why the values are not known, e.g. `TOPIC_AUTHORIZATION_FAILED`.
    pub error: Option<KafkaCode>,
    /// The broker's own words.
    pub message: Option<String>,
    /// Whose values these are.
    pub resource: Resource,
    /// Values, in the order of the answer.
    pub configs: Vec<Config>,
}

/// Where a configuration value comes from (`DescribeConfigsResponse.ConfigSource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConfigSource {
    /// Set on the topic.
    Topic,
    /// Set at run time on the broker.
    Broker,
    /// Set at run time for all brokers.
    AllBrokers,
    /// From the broker's file.
    File,
    /// Kafka's own default.
    Default,
    /// Another or no source, by its number.
    Other(i8),
}

/// One configuration value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Key.
    pub name: String,
    /// Value; none where it is secret or not set.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// A value that brokers never show.
    pub sensitive: bool,
    /// A value that cannot be changed while the broker runs.
    pub read_only: bool,
}

pub(in crate::wire) fn configs(response: &wire::DescribeConfigsResponse) -> Configs {
    Configs {
        resources: response.results.iter().map(resource_configs).collect(),
    }
}

fn resource_configs(result: &DescribeConfigsResult) -> ResourceConfigs {
    let name = owned(&result.resource_name);
    ResourceConfigs {
        error: KafkaCode::from_wire(result.error_code),
        message: optional(result.error_message.as_ref()),
        resource: match result.resource_type {
            TOPIC_RESOURCE => Resource::Topic(name),
            BROKER_RESOURCE => Resource::Broker(name),
            kind => Resource::Other(kind, name),
        },
        configs: result.configs.iter().map(config).collect(),
    }
}

fn config(config: &DescribeConfigsResourceResult) -> Config {
    Config {
        name: owned(&config.name),
        value: optional(config.value.as_ref()),
        source: match config.config_source {
            1 => ConfigSource::Topic,
            2 => ConfigSource::Broker,
            3 => ConfigSource::AllBrokers,
            4 => ConfigSource::File,
            5 => ConfigSource::Default,
            other => ConfigSource::Other(other),
        },
        sensitive: config.is_sensitive,
        read_only: config.read_only,
    }
}

/// A page of partitions (KIP-966).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPage {
    /// Topics on the page, the last perhaps in part.
    pub topics: Vec<PageTopic>,
    /// Topic and partition that the next page begins with.
    pub next: Option<(String, i32)>,
}

/// A topic on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageTopic {
    /// Why the topic is not described.
    pub error: Option<KafkaCode>,
    /// Name.
    pub name: Option<String>,
    /// Topic id.
    pub id: Option<Uuid>,
    /// Kafka's own topic.
    pub internal: bool,
    /// Partitions on the page.
    pub partitions: Vec<PagePartition>,
}

/// A partition on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePartition {
    /// `LEADER_NOT_AVAILABLE` and the like.
    pub error: Option<KafkaCode>,
    /// Partition number.
    pub index: i32,
    /// Leader, or none.
    pub leader: Option<i32>,
    /// Leader epoch.
    pub leader_epoch: Option<i32>,
    /// Replicas, the preferred one first.
    pub replicas: Vec<i32>,
    /// In-sync replicas.
    pub isr: Vec<i32>,
    /// Replicas out of service.
    pub offline: Vec<i32>,
    /// Replicas that may lead although they left the ISR.
    pub eligible: EligibleReplicas,
}

/// Eligible leader replicas (KIP-966); none where the cluster does not keep them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EligibleReplicas {
    /// Replicas that hold everything up to the high watermark.
    pub current: Option<Vec<i32>>,
    /// Those last known before an unclean stop.
    pub last_known: Option<Vec<i32>>,
}

pub(in crate::wire) fn topic_page(response: &wire::DescribeTopicPartitionsResponse) -> TopicPage {
    TopicPage {
        topics: response.topics.iter().map(page_topic).collect(),
        next: response
            .next_cursor
            .as_ref()
            .map(|cursor| (owned(&cursor.topic_name), cursor.partition_index)),
    }
}

fn page_topic(topic: &page::DescribeTopicPartitionsResponseTopic) -> PageTopic {
    PageTopic {
        error: KafkaCode::from_wire(topic.error_code),
        name: optional(topic.name.as_deref()),
        id: (!topic.topic_id.is_nil()).then_some(topic.topic_id),
        internal: topic.is_internal,
        partitions: topic.partitions.iter().map(page_partition).collect(),
    }
}

fn page_partition(partition: &page::DescribeTopicPartitionsResponsePartition) -> PagePartition {
    PagePartition {
        error: KafkaCode::from_wire(partition.error_code),
        index: partition.partition_index,
        leader: id(partition.leader_id),
        leader_epoch: number(partition.leader_epoch),
        replicas: ids(&partition.replica_nodes),
        isr: ids(&partition.isr_nodes),
        offline: ids(&partition.offline_replicas),
        eligible: EligibleReplicas {
            current: partition.eligible_leader_replicas.as_deref().map(ids),
            last_known: partition.last_known_elr.as_deref().map(ids),
        },
    }
}

//! Requests about topics, their partitions and their configuration.

use super::{Form, text};
use crate::wire::answer::{self, Fault};
use crate::wire::versions::Api;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};

/// A topic and some of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPartitions {
    /// Name of the topic.
    pub topic: String,
    /// Partition numbers.
    pub partitions: Vec<i32>,
}

impl TopicPartitions {
    /// A topic and some of its partitions.
    pub fn new(topic: &str, partitions: Vec<i32>) -> Self {
        Self {
            topic: topic.to_owned(),
            partitions,
        }
    }
}

/// Which end of a log is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// The offset of the next record: the high watermark.
    Latest,
    /// The offset of the first record that is still there.
    Earliest,
}

impl Which {
    /// The timestamp that stands for it (`ListOffsetsRequest.LATEST_TIMESTAMP` and `EARLIEST_TIMESTAMP`).
    const fn timestamp(self) -> i64 {
        match self {
            Self::Latest => -1,
            Self::Earliest => -2,
        }
    }
}

/// How long a broker may look into remote storage, in milliseconds; the caller's own deadline is what counts.
const REMOTE_TIMEOUT_MS: i32 = 5_000;

/// Asks for ends of logs; see [`list_offsets`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOffsetsRequest {
    topics: Vec<TopicPartitions>,
    which: Which,
}

/// Asks the leader of the named partitions for one end of each log, read-uncommitted.
pub fn list_offsets(topics: Vec<TopicPartitions>, which: Which) -> ListOffsetsRequest {
    ListOffsetsRequest { topics, which }
}

impl Form for ListOffsetsRequest {
    const API: Api = Api::ListOffsets;
    type Message = wire::ListOffsetsRequest;
    type Answer = answer::Offsets;

    fn message(&self, version: i16) -> Self::Message {
        let partition = |index: &i32| {
            ListOffsetsPartition::default()
                .with_partition_index(*index)
                .with_current_leader_epoch(-1)
                .with_timestamp(self.which.timestamp())
        };
        let topic = |topic: &TopicPartitions| {
            ListOffsetsTopic::default()
                .with_name(text(&topic.topic).into())
                .with_partitions(topic.partitions.iter().map(partition).collect())
        };
        let message = wire::ListOffsetsRequest::default()
            .with_replica_id((-1).into())
            .with_isolation_level(0)
            .with_topics(self.topics.iter().map(topic).collect());
        if version >= 10 {
            message.with_timeout_ms(REMOTE_TIMEOUT_MS)
        } else {
            message
        }
    }

    fn answer(response: &wire::ListOffsetsResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::offsets(response))
    }
}

/// Resources and the configuration keys wanted of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigKeys {
    kind: i8,
    names: Vec<String>,
    keys: Option<Vec<String>>,
}

impl ConfigKeys {
    /// The given keys of topics; no key at all stands for every key.
    pub fn of_topics(names: &[String], keys: &[&str]) -> Self {
        Self {
            kind: answer::TOPIC_RESOURCE,
            names: names.to_vec(),
            keys: Self::keys(keys),
        }
    }

    /// The given keys of one broker, asked of that broker itself; no key at all stands for every key.
    pub fn of_broker(id: i32, keys: &[&str]) -> Self {
        Self {
            kind: answer::BROKER_RESOURCE,
            names: vec![id.to_string()],
            keys: Self::keys(keys),
        }
    }

    fn keys(keys: &[&str]) -> Option<Vec<String>> {
        (!keys.is_empty()).then(|| keys.iter().map(|key| (*key).to_owned()).collect())
    }
}

/// Asks for configuration values; see [`describe_configs`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeConfigsRequest {
    wanted: ConfigKeys,
}

/// Asks for configuration values, without synonyms and documentation.
pub fn describe_configs(wanted: ConfigKeys) -> DescribeConfigsRequest {
    DescribeConfigsRequest { wanted }
}

impl Form for DescribeConfigsRequest {
    const API: Api = Api::DescribeConfigs;
    type Message = wire::DescribeConfigsRequest;
    type Answer = answer::Configs;

    fn message(&self, _version: i16) -> Self::Message {
        let keys = self.wanted.keys.as_ref();
        let keys = keys.map(|keys| keys.iter().map(|key| text(key)).collect::<Vec<_>>());
        let resource = |name: &String| {
            DescribeConfigsResource::default()
                .with_resource_type(self.wanted.kind)
                .with_resource_name(text(name))
                .with_configuration_keys(keys.clone())
        };
        wire::DescribeConfigsRequest::default()
            .with_resources(self.wanted.names.iter().map(resource).collect())
    }

    fn answer(response: &wire::DescribeConfigsResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::configs(response))
    }
}

/// Asks for partitions page by page; see [`describe_topic_partitions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeTopicPartitionsRequest {
    topics: Vec<String>,
    cursor: Option<(String, i32)>,
    limit: i32,
}

/// Asks for the partitions of topics, at most `limit` of them, from `cursor` (topic and partition) on.
///
/// The broker takes the topics in the order of their names (KIP-966).
pub fn describe_topic_partitions(
    topics: &[String],
    cursor: Option<(String, i32)>,
    limit: i32,
) -> DescribeTopicPartitionsRequest {
    DescribeTopicPartitionsRequest {
        topics: topics.to_vec(),
        cursor,
        limit,
    }
}

impl Form for DescribeTopicPartitionsRequest {
    const API: Api = Api::DescribeTopicPartitions;
    type Message = wire::DescribeTopicPartitionsRequest;
    type Answer = answer::TopicPage;

    fn message(&self, _version: i16) -> Self::Message {
        let topic = |name: &String| TopicRequest::default().with_name(text(name).into());
        let cursor = |(topic, partition): &(String, i32)| {
            Cursor::default()
                .with_topic_name(text(topic).into())
                .with_partition_index(*partition)
        };
        wire::DescribeTopicPartitionsRequest::default()
            .with_topics(self.topics.iter().map(topic).collect())
            .with_response_partition_limit(self.limit)
            .with_cursor(self.cursor.as_ref().map(cursor))
    }

    fn answer(response: &wire::DescribeTopicPartitionsResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::topic_page(response))
    }
}

//! Requests about the cluster and its brokers.

use super::{Form, text};
use crate::wire::answer::{self, Fault};
use crate::wire::fingerprint::controller_in_metadata;
use crate::wire::versions::Api;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::describe_quorum_request::{PartitionData, TopicData};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use std::ops::Range;

/// Asks which versions the broker speaks; see [`api_versions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersionsRequest;

/// Asks a broker which versions it speaks, and names kaftop and its version (KIP-511).
pub fn api_versions() -> ApiVersionsRequest {
    ApiVersionsRequest
}

impl Form for ApiVersionsRequest {
    const API: Api = Api::ApiVersions;
    type Message = wire::ApiVersionsRequest;
    type Answer = crate::wire::versions::Versions;

    fn message(&self, _version: i16) -> Self::Message {
        wire::ApiVersionsRequest::default()
            .with_client_software_name(text("kaftop"))
            .with_client_software_version(text(env!("CARGO_PKG_VERSION")))
    }

    fn answer(response: &wire::ApiVersionsResponse) -> Result<Self::Answer, Fault> {
        answer::versions(response)
    }
}

/// Asks for brokers, topics and leaders; see [`metadata_all_topics`], [`metadata_topics`] and [`metadata_brokers`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataRequest {
    topics: Option<Vec<String>>,
}

/// Asks for all brokers and all topics. Never creates a topic.
pub fn metadata_all_topics() -> MetadataRequest {
    MetadataRequest { topics: None }
}

/// Asks for all brokers and the named topics. Never creates a topic.
pub fn metadata_topics(names: &[String]) -> MetadataRequest {
    MetadataRequest {
        topics: Some(names.to_vec()),
    }
}

/// Asks for the brokers alone.
pub fn metadata_brokers() -> MetadataRequest {
    MetadataRequest {
        topics: Some(Vec::new()),
    }
}

impl Form for MetadataRequest {
    const API: Api = Api::Metadata;
    type Message = wire::MetadataRequest;
    type Answer = answer::Metadata;

    fn message(&self, _version: i16) -> Self::Message {
        let topic = |name: &String| MetadataRequestTopic::default().with_name(Some(text(name).into()));
        let topics = self
            .topics
            .as_ref()
            .map(|names| names.iter().map(topic).collect());
        // The default of this flag is to create what is missing.
        wire::MetadataRequest::default()
            .with_topics(topics)
            .with_allow_auto_topic_creation(false)
    }

    fn whim(body: &[u8]) -> Option<Range<usize>> {
        controller_in_metadata(body)
    }

    fn answer(response: &wire::MetadataResponse) -> Result<Self::Answer, Fault> {
        answer::metadata(response)
    }
}

/// Asks for the brokers as the controller sees them; see [`describe_cluster`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeClusterRequest;

/// Asks for the brokers as the controller sees them, from version 2 on with the fenced ones, and for what we may do
/// with the cluster as a whole (KIP-430).
pub fn describe_cluster() -> DescribeClusterRequest {
    DescribeClusterRequest
}

impl Form for DescribeClusterRequest {
    const API: Api = Api::DescribeCluster;
    type Message = wire::DescribeClusterRequest;
    type Answer = answer::Cluster;

    fn message(&self, version: i16) -> Self::Message {
        wire::DescribeClusterRequest::default()
            .with_include_cluster_authorized_operations(true)
            .with_include_fenced_brokers(version >= 2)
    }

    fn answer(response: &wire::DescribeClusterResponse) -> Result<Self::Answer, Fault> {
        answer::cluster(response)
    }
}

/// Asks for the state of the controller quorum; see [`describe_quorum`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeQuorumRequest;

/// Asks for the state of the controller quorum: partition 0 of `__cluster_metadata`, its only one.
///
/// Any broker passes it on to the active controller. Brokers in `ZooKeeper` mode do not offer the API.
pub fn describe_quorum() -> DescribeQuorumRequest {
    DescribeQuorumRequest
}

impl Form for DescribeQuorumRequest {
    const API: Api = Api::DescribeQuorum;
    type Message = wire::DescribeQuorumRequest;
    type Answer = answer::Quorum;

    fn message(&self, _version: i16) -> Self::Message {
        let topic = TopicData::default()
            .with_topic_name(text("__cluster_metadata").into())
            .with_partitions(vec![PartitionData::default().with_partition_index(0)]);
        wire::DescribeQuorumRequest::default().with_topics(vec![topic])
    }

    fn answer(response: &wire::DescribeQuorumResponse) -> Result<Self::Answer, Fault> {
        answer::quorum(response)
    }
}

/// Asks for the log directories of a broker; see [`describe_log_dirs`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeLogDirsRequest;

/// Asks a broker for all its log directories and all replicas in them.
pub fn describe_log_dirs() -> DescribeLogDirsRequest {
    DescribeLogDirsRequest
}

impl Form for DescribeLogDirsRequest {
    const API: Api = Api::DescribeLogDirs;
    type Message = wire::DescribeLogDirsRequest;
    type Answer = answer::LogDirs;

    fn message(&self, _version: i16) -> Self::Message {
        wire::DescribeLogDirsRequest::default().with_topics(None)
    }

    fn answer(response: &wire::DescribeLogDirsResponse) -> Result<Self::Answer, Fault> {
        answer::log_dirs(response)
    }
}

/// Asks for the reassignments under way; see [`list_reassignments`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPartitionReassignmentsRequest;

/// How long the controller may take to list reassignments, in milliseconds; the caller's own deadline is what counts.
const REASSIGNMENT_TIMEOUT_MS: i32 = 5_000;

/// Asks for all reassignments under way; any broker passes it on to the active controller.
pub fn list_reassignments() -> ListPartitionReassignmentsRequest {
    ListPartitionReassignmentsRequest
}

impl Form for ListPartitionReassignmentsRequest {
    const API: Api = Api::ListPartitionReassignments;
    type Message = wire::ListPartitionReassignmentsRequest;
    type Answer = answer::Reassignments;

    fn message(&self, _version: i16) -> Self::Message {
        wire::ListPartitionReassignmentsRequest::default()
            .with_topics(None)
            .with_timeout_ms(REASSIGNMENT_TIMEOUT_MS)
    }

    fn answer(response: &wire::ListPartitionReassignmentsResponse) -> Result<Self::Answer, Fault> {
        answer::reassignments(response)
    }
}

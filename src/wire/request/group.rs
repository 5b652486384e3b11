//! Requests about groups, answered by the broker that coordinates them.

use super::topic::TopicPartitions;
use super::{Form, text};
use crate::wire::answer::{self, Fault};
use crate::wire::versions::Api;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};

/// Asks for the groups that a broker coordinates; see [`list_groups`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListGroupsRequest;

/// Asks for all groups, of every state and type, that the asked broker coordinates.
pub fn list_groups() -> ListGroupsRequest {
    ListGroupsRequest
}

impl Form for ListGroupsRequest {
    const API: Api = Api::ListGroups;
    type Message = wire::ListGroupsRequest;
    type Answer = answer::Groups;

    fn message(&self, _version: i16) -> Self::Message {
        wire::ListGroupsRequest::default()
    }

    fn answer(response: &wire::ListGroupsResponse) -> Result<Self::Answer, Fault> {
        answer::groups(response)
    }
}

/// Asks for classic groups and their members; see [`describe_groups`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeGroupsRequest {
    groups: Vec<String>,
}

/// Asks for state and members of classic groups that the asked broker coordinates.
pub fn describe_groups(groups: &[String]) -> DescribeGroupsRequest {
    DescribeGroupsRequest {
        groups: groups.to_vec(),
    }
}

impl Form for DescribeGroupsRequest {
    const API: Api = Api::DescribeGroups;
    type Message = wire::DescribeGroupsRequest;
    type Answer = answer::ClassicGroups;

    fn message(&self, _version: i16) -> Self::Message {
        let groups = self.groups.iter().map(|group| text(group).into()).collect();
        wire::DescribeGroupsRequest::default().with_groups(groups)
    }

    fn answer(response: &wire::DescribeGroupsResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::classic_groups(response))
    }
}

/// Asks for groups of the new protocol; see [`consumer_group_describe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerGroupDescribeRequest {
    groups: Vec<String>,
}

/// Asks for state and members of groups of the new protocol (KIP-848) that the asked broker coordinates.
pub fn consumer_group_describe(groups: &[String]) -> ConsumerGroupDescribeRequest {
    ConsumerGroupDescribeRequest {
        groups: groups.to_vec(),
    }
}

impl Form for ConsumerGroupDescribeRequest {
    const API: Api = Api::ConsumerGroupDescribe;
    type Message = wire::ConsumerGroupDescribeRequest;
    type Answer = answer::ConsumerGroups;

    fn message(&self, _version: i16) -> Self::Message {
        let groups = self.groups.iter().map(|group| text(group).into()).collect();
        wire::ConsumerGroupDescribeRequest::default().with_group_ids(groups)
    }

    fn answer(response: &wire::ConsumerGroupDescribeResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::consumer_groups(response))
    }
}

/// A group and the partitions whose commits are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOffsets {
    group: String,
    topics: Option<Vec<TopicPartitions>>,
}

impl GroupOffsets {
    /// Every partition that the group has committed.
    pub fn all(group: &str) -> Self {
        Self {
            group: group.to_owned(),
            topics: None,
        }
    }

    /// The named partitions alone.
    pub fn of(group: &str, topics: Vec<TopicPartitions>) -> Self {
        Self {
            group: group.to_owned(),
            topics: Some(topics),
        }
    }
}

/// Asks for committed offsets of many groups; see [`offset_fetch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetFetchRequest {
    groups: Vec<GroupOffsets>,
}

/// Asks for committed offsets of groups that the asked broker coordinates.
///
/// Offsets of transactions that are still open are passed over in silence: `require_stable` is false, so an open
/// transaction does not turn the answer into an error.
pub fn offset_fetch(groups: Vec<GroupOffsets>) -> OffsetFetchRequest {
    OffsetFetchRequest { groups }
}

impl Form for OffsetFetchRequest {
    const API: Api = Api::OffsetFetch;
    type Message = wire::OffsetFetchRequest;
    type Answer = answer::CommittedOffsets;

    fn message(&self, _version: i16) -> Self::Message {
        let topic = |topic: &TopicPartitions| {
            OffsetFetchRequestTopics::default()
                .with_name(text(&topic.topic).into())
                .with_partition_indexes(topic.partitions.clone())
        };
        // Member id and epoch keep the defaults of an asker that is no member (KIP-848): null and -1.
        let group = |group: &GroupOffsets| {
            OffsetFetchRequestGroup::default()
                .with_group_id(text(&group.group).into())
                .with_topics(
                    group
                        .topics
                        .as_ref()
                        .map(|topics| topics.iter().map(topic).collect()),
                )
        };
        wire::OffsetFetchRequest::default().with_groups(self.groups.iter().map(group).collect())
    }

    fn answer(response: &wire::OffsetFetchResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::committed_offsets(response))
    }
}

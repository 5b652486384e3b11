//! Groups, their members and their committed offsets, as their coordinator knows them.

use super::{Fault, filled, number, optional, owned, whole};
use crate::wire::assignment;
use crate::wire::code::KafkaCode;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::consumer_group_describe_response as consumer;
use kafka_protocol::messages::describe_groups_response as classic;
use kafka_protocol::messages::offset_fetch_response::OffsetFetchResponseGroup;
use uuid::Uuid;

/// Groups that the asked broker coordinates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// Groups of every protocol and type.
    pub groups: Vec<ListedGroup>,
}

/// A group in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGroup {
    /// Group id.
    pub id: String,
    /// `consumer`, `connect`, or empty where only offsets are kept.
    pub protocol_type: String,
    /// State in Kafka's words, from version 4 on (KIP-518).
    pub state: Option<String>,
    /// `classic`, `consumer`, `share` or newer, from version 5 on (KIP-848).
    pub kind: Option<String>,
}

pub(in crate::wire) fn groups(response: &wire::ListGroupsResponse) -> Result<Groups, Fault> {
    whole(response.error_code, None)?;
    let group = |group: &wire::list_groups_response::ListedGroup| ListedGroup {
        id: owned(&group.group_id),
        protocol_type: owned(&group.protocol_type),
        state: filled(&group.group_state),
        kind: filled(&group.group_type),
    };
    Ok(Groups {
        groups: response.groups.iter().map(group).collect(),
    })
}

/// Described groups of the classic protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicGroups {
    /// One for each group that was asked for.
    pub groups: Vec<ClassicGroup>,
}

/// A group of the classic protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicGroup {
    /// Why the group is not described.
    pub error: Option<KafkaCode>,
    /// The broker's own words, from version 6 on.
    pub message: Option<String>,
    /// Group id.
    pub id: String,
    /// State in Kafka's words. `Dead` is also how versions below 6 show a group that is not known.
    pub state: String,
    /// `consumer`, `connect` and others.
    pub protocol_type: String,
    /// Chosen assignor.
    pub protocol: Option<String>,
    /// Members.
    pub members: Vec<ClassicMember>,
}

/// The client behind a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Client id, set by the client itself.
    pub id: String,
    /// Host as the broker sees it, `/10.0.0.7`.
    pub host: String,
}

/// A member of a classic group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicMember {
    /// Member id.
    pub id: String,
    /// Static member's id (KIP-345).
    pub instance: Option<String>,
    /// Its client.
    pub client: Client,
    /// Assigned partitions; none where the group is no consumer group or the bytes cannot be read.
    pub assignment: Option<Vec<AssignedTopic>>,
}

/// Partitions of one topic that a member reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedTopic {
    /// Topic id; none in classic groups.
    pub id: Option<Uuid>,
    /// Name of the topic.
    pub topic: String,
    /// Partition numbers.
    pub partitions: Vec<i32>,
}

pub(in crate::wire) fn classic_groups(response: &wire::DescribeGroupsResponse) -> ClassicGroups {
    ClassicGroups {
        groups: response.groups.iter().map(classic_group).collect(),
    }
}

fn classic_group(group: &classic::DescribedGroup) -> ClassicGroup {
    let consumers = &*group.protocol_type == "consumer";
    ClassicGroup {
        error: KafkaCode::from_wire(group.error_code),
        message: optional(group.error_message.as_ref()),
        id: owned(&group.group_id),
        state: owned(&group.group_state),
        protocol_type: owned(&group.protocol_type),
        protocol: filled(&group.protocol_data),
        members: group
            .members
            .iter()
            .map(|member| classic_member(member, consumers))
            .collect(),
    }
}

fn classic_member(member: &classic::DescribedGroupMember, consumer: bool) -> ClassicMember {
    let topics = consumer
        .then(|| assignment::parse(member.member_assignment.clone()))
        .flatten();
    let assigned = |(topic, partitions)| AssignedTopic {
        id: None,
        topic,
        partitions,
    };
    ClassicMember {
        id: owned(&member.member_id),
        instance: optional(member.group_instance_id.as_ref()),
        client: Client {
            id: owned(&member.client_id),
            host: owned(&member.client_host),
        },
        assignment: topics.map(|topics| topics.into_iter().map(assigned).collect()),
    }
}

/// Described groups of the new protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerGroups {
    /// One for each group that was asked for.
    pub groups: Vec<ConsumerGroup>,
}

/// A group of the new protocol (KIP-848).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerGroup {
    /// Why the group is not described.
    pub error: Option<KafkaCode>,
    /// The broker's own words.
    pub message: Option<String>,
    /// Group id.
    pub id: String,
    /// State in Kafka's words.
    pub state: String,
    /// Epoch of the group.
    pub epoch: i32,
    /// Epoch of the target assignment; behind `epoch` while it is being computed.
    pub assignment_epoch: i32,
    /// Server-side assignor.
    pub assignor: Option<String>,
    /// Members.
    pub members: Vec<ConsumerMember>,
}

/// A member of a group of the new protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerMember {
    /// Member id.
    pub id: String,
    /// Static member's id.
    pub instance: Option<String>,
    /// Rack of the client.
    pub rack: Option<String>,
    /// The member's epoch; behind the group's while it moves to its target.
    pub epoch: i32,
    /// Its client.
    pub client: Client,
    /// Subscribed topics.
    pub subscribed: Vec<String>,
    /// Subscribed pattern.
    pub pattern: Option<String>,
    /// What it reads now.
    pub assignment: Vec<AssignedTopic>,
    /// What it is to read.
    pub target: Vec<AssignedTopic>,
}

pub(in crate::wire) fn consumer_groups(response: &wire::ConsumerGroupDescribeResponse) -> ConsumerGroups {
    ConsumerGroups {
        groups: response.groups.iter().map(consumer_group).collect(),
    }
}

fn consumer_group(group: &consumer::DescribedGroup) -> ConsumerGroup {
    ConsumerGroup {
        error: KafkaCode::from_wire(group.error_code),
        message: optional(group.error_message.as_ref()),
        id: owned(&group.group_id),
        state: owned(&group.group_state),
        epoch: group.group_epoch,
        assignment_epoch: group.assignment_epoch,
        assignor: filled(&group.assignor_name),
        members: group.members.iter().map(consumer_member).collect(),
    }
}

fn consumer_member(member: &consumer::Member) -> ConsumerMember {
    ConsumerMember {
        id: owned(&member.member_id),
        instance: optional(member.instance_id.as_ref()),
        rack: optional(member.rack_id.as_ref()),
        epoch: member.member_epoch,
        client: Client {
            id: owned(&member.client_id),
            host: owned(&member.client_host),
        },
        subscribed: member
            .subscribed_topic_names
            .iter()
            .map(|name| owned(name))
            .collect(),
        pattern: optional(member.subscribed_topic_regex.as_ref()),
        assignment: assigned(&member.assignment),
        target: assigned(&member.target_assignment),
    }
}

fn assigned(assignment: &consumer::Assignment) -> Vec<AssignedTopic> {
    let topic = |topic: &consumer::TopicPartitions| AssignedTopic {
        id: (!topic.topic_id.is_nil()).then_some(topic.topic_id),
        topic: owned(&topic.topic_name),
        partitions: topic.partitions.clone(),
    };
    assignment.topic_partitions.iter().map(topic).collect()
}

/// Committed offsets of many groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffsets {
    /// One for each group that was asked for.
    pub groups: Vec<GroupCommits>,
}

/// Committed offsets of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCommits {
    /// Why the group's commits are not known, e.g. `NOT_COORDINATOR`.
    pub error: Option<KafkaCode>,
    /// Group id.
    pub group: String,
    /// One for each partition that was asked for, or that the group has committed.
    pub offsets: Vec<CommittedOffset>,
}

/// What a group has committed on one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    /// Why the commit is not known.
    pub error: Option<KafkaCode>,
    /// Name of the topic.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// The next offset to read; none where nothing is committed.
    pub offset: Option<i64>,
    /// Leader epoch of the last record read (KIP-320).
    pub leader_epoch: Option<i32>,
    /// The committer's own words.
    pub metadata: Option<String>,
}

pub(in crate::wire) fn committed_offsets(response: &wire::OffsetFetchResponse) -> CommittedOffsets {
    CommittedOffsets {
        groups: response.groups.iter().map(group_commits).collect(),
    }
}

fn group_commits(group: &OffsetFetchResponseGroup) -> GroupCommits {
    let offsets = group.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| CommittedOffset {
            error: KafkaCode::from_wire(partition.error_code),
            topic: owned(&topic.name),
            partition: partition.partition_index,
            offset: number(partition.committed_offset),
            leader_epoch: number(partition.committed_leader_epoch),
            metadata: partition.metadata.as_ref().and_then(filled),
        })
    });
    GroupCommits {
        error: KafkaCode::from_wire(group.error_code),
        group: owned(&group.group_id),
        offsets: offsets.collect(),
    }
}

//! Share groups (KIP-932), as their coordinator knows them.

use super::group::{AssignedTopic, Client, CommittedOffset, CommittedOffsets, GroupCommits};
use super::{filled, number, owned};
use crate::wire::code::KafkaCode;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::describe_share_group_offsets_response as offsets;
use kafka_protocol::messages::share_group_describe_response as described;

/// Described share groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareGroups {
    /// One for each group that was asked for.
    pub groups: Vec<ShareGroup>,
}

/// A share group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareGroup {
    /// Why the group is not described.
    pub error: Option<KafkaCode>,
    /// Group id.
    pub id: String,
    /// State in Kafka's words.
    pub state: String,
    /// Server-side assignor.
    pub assignor: Option<String>,
    /// Members.
    pub members: Vec<ShareMember>,
}

/// A member of a share group. Several members can be assigned the same partition: its records are shared out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareMember {
    /// Member id.
    pub id: String,
    /// Its client.
    pub client: Client,
    /// What it reads.
    pub assignment: Vec<AssignedTopic>,
}

pub(in crate::wire) fn share_groups(response: &wire::ShareGroupDescribeResponse) -> ShareGroups {
    ShareGroups {
        groups: response.groups.iter().map(share_group).collect(),
    }
}

fn share_group(group: &described::DescribedGroup) -> ShareGroup {
    ShareGroup {
        error: KafkaCode::from_wire(group.error_code),
        id: owned(&group.group_id),
        state: owned(&group.group_state),
        assignor: filled(&group.assignor_name),
        members: group.members.iter().map(share_member).collect(),
    }
}

fn share_member(member: &described::Member) -> ShareMember {
    let topic = |topic: &described::TopicPartitions| AssignedTopic {
        id: (!topic.topic_id.is_nil()).then_some(topic.topic_id),
        topic: owned(&topic.topic_name),
        partitions: topic.partitions.clone(),
    };
    ShareMember {
        id: owned(&member.member_id),
        client: Client {
            id: owned(&member.client_id),
            host: owned(&member.client_host),
        },
        assignment: member.assignment.topic_partitions.iter().map(topic).collect(),
    }
}

/// Start offsets in the place of commits: all records of a partition below its start offset are done with. None where
/// the group has not begun to read the partition.
pub(in crate::wire) fn share_offsets(response: &wire::DescribeShareGroupOffsetsResponse) -> CommittedOffsets {
    CommittedOffsets {
        groups: response.groups.iter().map(starts).collect(),
    }
}

fn starts(group: &offsets::DescribeShareGroupOffsetsResponseGroup) -> GroupCommits {
    let starts = group.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| CommittedOffset {
            error: KafkaCode::from_wire(partition.error_code),
            topic: owned(&topic.topic_name),
            partition: partition.partition_index,
            offset: number(partition.start_offset),
            leader_epoch: number(partition.leader_epoch),
            metadata: None,
        })
    });
    GroupCommits {
        error: KafkaCode::from_wire(group.error_code),
        group: owned(&group.group_id),
        offsets: starts.collect(),
    }
}

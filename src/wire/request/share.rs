//! Requests about share groups (KIP-932), answered by the broker that coordinates them.

use super::{Form, text};
use crate::wire::answer::{self, Fault};
use crate::wire::versions::Api;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup;

/// Asks for share groups and their members; see [`share_group_describe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareGroupDescribeRequest {
    groups: Vec<String>,
}

/// Asks for state and members of share groups that the asked broker coordinates.
pub fn share_group_describe(groups: &[String]) -> ShareGroupDescribeRequest {
    ShareGroupDescribeRequest {
        groups: groups.to_vec(),
    }
}

impl Form for ShareGroupDescribeRequest {
    const API: Api = Api::ShareGroupDescribe;
    type Message = wire::ShareGroupDescribeRequest;
    type Answer = answer::ShareGroups;

    fn message(&self, _version: i16) -> Self::Message {
        let groups = self.groups.iter().map(|group| text(group).into()).collect();
        wire::ShareGroupDescribeRequest::default().with_group_ids(groups)
    }

    fn answer(response: &wire::ShareGroupDescribeResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::share_groups(response))
    }
}

/// Asks for start offsets of share groups; see [`describe_share_group_offsets`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeShareGroupOffsetsRequest {
    groups: Vec<String>,
}

/// Asks for the start offsets of share groups that the asked broker coordinates, on every partition that they have
/// begun to read.
///
/// It creates nothing: the coordinator looks into `__share_group_state` only for partitions whose state is there
/// (`GroupCoordinatorService.describeShareGroupAllOffsets`).
pub fn describe_share_group_offsets(groups: &[String]) -> DescribeShareGroupOffsetsRequest {
    DescribeShareGroupOffsetsRequest {
        groups: groups.to_vec(),
    }
}

impl Form for DescribeShareGroupOffsetsRequest {
    const API: Api = Api::DescribeShareGroupOffsets;
    type Message = wire::DescribeShareGroupOffsetsRequest;
    type Answer = answer::CommittedOffsets;

    fn message(&self, _version: i16) -> Self::Message {
        let group = |group: &String| {
            DescribeShareGroupOffsetsRequestGroup::default()
                .with_group_id(text(group).into())
                .with_topics(None)
        };
        wire::DescribeShareGroupOffsetsRequest::default().with_groups(self.groups.iter().map(group).collect())
    }

    fn answer(response: &wire::DescribeShareGroupOffsetsResponse) -> Result<Self::Answer, Fault> {
        Ok(answer::share_offsets(response))
    }
}

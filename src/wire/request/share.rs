//! Requests about share groups (KIP-932), answered by the broker that coordinates them.

use super::{Ask, Form, text, whole};
use crate::wire::answer::{self, Fault};
use crate::wire::guard::Guarded;
use crate::wire::versions::Api;
use bytes::BytesMut;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup;
use kafka_protocol::protocol::Encodable;

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

/// By hand, since the codec knows version 0 alone: the request of version 1 is the same, its answer is not.
impl Ask for DescribeShareGroupOffsetsRequest {
    const API: Api = Api::DescribeShareGroupOffsets;
    type Answer = answer::ShareOffsets;

    fn write(&self, _version: i16, into: &mut BytesMut) -> Result<(), String> {
        let group = |group: &String| {
            DescribeShareGroupOffsetsRequestGroup::default()
                .with_group_id(text(group).into())
                .with_topics(None)
        };
        wire::DescribeShareGroupOffsetsRequest::default()
            .with_groups(self.groups.iter().map(group).collect())
            .encode(into, 0)
            .map_err(|error| error.to_string())
    }

    fn read(version: i16, body: Guarded) -> Result<Self::Answer, Fault> {
        whole(body, |body| answer::share_offsets(version, body))
    }
}

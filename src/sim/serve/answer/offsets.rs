//! Committed offsets: OffsetFetch and OffsetCommit at the broker that coordinates the group.

use super::groups::{code, name};
use crate::sim::serve::call::Call;
use crate::sim::serve::seat::{Named, Seat, text};
use crate::sim::world::{CommitsView, GroupError, GroupView, Place};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, TopicName,
};

/// A topic with the partitions whose commits are asked for.
type Asked<'a> = (&'a TopicName, &'a [i32]);
/// A topic with the commits of some partitions; -1 where nothing was committed.
type Commits = (TopicName, Vec<(i32, i64)>);

/// Committed offsets, from version 8 on of many groups at once (KIP-709).
pub(super) fn offset_fetch(seat: &Seat, request: &OffsetFetchRequest, call: &Call) -> OffsetFetchResponse {
    if call.version >= 8 {
        let groups = request.groups.iter().map(|group| one_of_many(seat, group));
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    let asked = request.topics.as_ref().map(|topics| {
        let all = topics
            .iter()
            .map(|topic| (&topic.name, topic.partition_indexes.as_slice()));
        all.collect::<Vec<_>>()
    });
    let found = commits(seat, name(&request.group_id), asked.as_deref());
    let (error, found) = match found {
        Ok(found) => (0, found),
        // Version 1 has no place for an error of the whole, and names it at each partition.
        Err(error) => (code(error).code(), at_none(asked.as_deref())),
    };
    let topics = found.into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(index, offset)| {
            OffsetFetchResponsePartition::default()
                .with_partition_index(index)
                .with_committed_offset(offset)
                .with_metadata(Some(text("")))
                .with_error_code(error)
        });
        OffsetFetchResponseTopic::default()
            .with_name(name)
            .with_partitions(partitions.collect())
    });
    let response = OffsetFetchResponse::default().with_topics(topics.collect());
    if call.version >= 2 {
        response.with_error_code(error)
    } else {
        response
    }
}

fn one_of_many(seat: &Seat, group: &OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let asked = group.topics.as_ref().map(|topics| {
        let all = topics
            .iter()
            .map(|topic| (&topic.name, topic.partition_indexes.as_slice()));
        all.collect::<Vec<_>>()
    });
    let shown = OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone());
    let found = match commits(seat, name(&group.group_id), asked.as_deref()) {
        Ok(found) => found,
        Err(error) => return shown.with_error_code(code(error).code()),
    };
    let topics = found.into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(index, offset)| {
            OffsetFetchResponsePartitions::default()
                .with_partition_index(index)
                .with_committed_offset(offset)
                .with_committed_leader_epoch(-1)
                .with_metadata(Some(text("")))
        });
        OffsetFetchResponseTopics::default()
            .with_name(name)
            .with_partitions(partitions.collect())
    });
    shown.with_topics(topics.collect())
}

/// Commits of a group on what was asked for, or on all that it ever committed. A group that is not there has none.
fn commits(seat: &Seat, group: &str, asked: Option<&[Asked<'_>]>) -> Result<Vec<Commits>, GroupError> {
    let world = seat.world();
    let group = match world.group(seat.broker, group) {
        Ok(group) => Some(group),
        Err(GroupError::Unknown) => None,
        Err(error) => return Err(error),
    };
    let Some(asked) = asked else {
        return Ok(group.map(all_commits).unwrap_or_default());
    };
    let named = asked.iter().map(|(topic, partitions)| {
        let known = group.and_then(|group| group.commits.iter().find(|known| *known.topic == ****topic));
        let offset = |partition: &i32| (*partition, known.map_or(-1, |known| committed(known, *partition)));
        ((*topic).clone(), partitions.iter().map(offset).collect())
    });
    Ok(named.collect())
}

fn all_commits(group: &GroupView) -> Vec<Commits> {
    let topics = group.commits.iter().map(|known| {
        let offsets = (0..).zip(known.offsets.iter().copied());
        let there = offsets.filter(|(_, offset)| *offset >= 0);
        (TopicName(text(&known.topic)), there.collect::<Vec<_>>())
    });
    topics.filter(|(_, offsets)| !offsets.is_empty()).collect()
}

fn committed(known: &CommitsView, partition: i32) -> i64 {
    let index = usize::try_from(partition).ok();
    index
        .and_then(|index| known.offsets.get(index).copied())
        .unwrap_or(-1)
}

fn at_none(asked: Option<&[Asked<'_>]>) -> Vec<Commits> {
    let topics = asked.unwrap_or_default().iter().map(|(topic, partitions)| {
        let none = partitions.iter().map(|partition| (*partition, -1));
        ((*topic).clone(), none.collect())
    });
    topics.collect()
}

/// Commits of a client that is no member of a group. Members of simulated groups commit inside the model.
pub(super) fn offset_commit(
    seat: &Seat,
    request: &OffsetCommitRequest,
    _call: &Call,
) -> OffsetCommitResponse {
    let image = seat.image();
    let mut known: Vec<(Place, i64)> = Vec::new();
    for topic in &request.topics {
        for partition in &topic.partitions {
            let place = Named::Name(&topic.name).place(&image, partition.partition_index);
            known.extend(place.map(|place| (place, partition.committed_offset)));
        }
    }
    let group = name(&request.group_id);
    let is_member = !request.member_id.is_empty() || request.generation_id_or_member_epoch >= 0;
    let refused = {
        let mut world = seat.world();
        let has_members = |group: &GroupView| !group.members.is_empty();
        match world.group(seat.broker, group).map(has_members) {
            Err(error) if error != GroupError::Unknown => Some(code(error)),
            Ok(true) => Some(ResponseError::UnknownMemberId),
            _ if is_member => Some(ResponseError::UnknownMemberId),
            _ => world.commit(seat.broker, group, &known).err().map(code),
        }
    };
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let there = Named::Name(&topic.name).place(&image, partition.partition_index);
            let error = match (refused, there) {
                (Some(error), _) => error.code(),
                (None, None) => ResponseError::UnknownTopicOrPartition.code(),
                (None, Some(_)) => 0,
            };
            OffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(error)
        });
        OffsetCommitResponseTopic::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

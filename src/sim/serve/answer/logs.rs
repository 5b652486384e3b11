//! ListOffsets, OffsetForLeaderEpoch and DescribeLogDirs: what the asked broker holds.

use crate::sim::serve::call::{Call, Outcome};
use crate::sim::serve::seat::{Named, Seat, text};
use crate::sim::world::{Image, LogError, LogView, Place, ReplicaDir, World};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{
    DescribeLogDirsRequest, DescribeLogDirsResponse, ListOffsetsRequest, ListOffsetsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The timestamps that stand for places in a log (`ListOffsetsRequest`).
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;

/// The code that tells a client why a broker tells nothing of a log.
pub(super) fn code(error: LogError) -> ResponseError {
    match error {
        LogError::Unknown => ResponseError::UnknownTopicOrPartition,
        LogError::NotLeader => ResponseError::NotLeaderOrFollower,
        LogError::LeaderNotAvailable => ResponseError::LeaderNotAvailable,
        LogError::FencedEpoch => ResponseError::FencedLeaderEpoch,
        LogError::UnknownEpoch => ResponseError::UnknownLeaderEpoch,
        LogError::OutOfRange => ResponseError::OffsetOutOfRange,
    }
}

/// The epoch that a client believes in; a negative one is none.
pub(super) fn believed(epoch: i32) -> Option<i32> {
    (epoch >= 0).then_some(epoch)
}

/// Offsets by time, and the ends of logs. Consumers see up to the high watermark.
pub(super) fn list_offsets(seat: &Seat, request: &ListOffsetsRequest, call: &Call) -> ListOffsetsResponse {
    let image = seat.image();
    let topics = request.topics.iter().map(|topic| {
        // The lock is given back between topics, for a request may name every partition of a large cluster.
        let world = seat.world();
        let partitions = topic.partitions.iter().map(|partition| {
            let found = place(&image, Named::Name(&topic.name), partition.partition_index)
                .and_then(|at| offset(&world, seat.broker, at, partition));
            let shown =
                ListOffsetsPartitionResponse::default().with_partition_index(partition.partition_index);
            match found {
                Ok((offset, time, epoch)) => {
                    let shown = shown.with_offset(offset).with_timestamp(time);
                    if call.version >= 4 {
                        shown.with_leader_epoch(epoch)
                    } else {
                        shown
                    }
                }
                Err(error) => shown
                    .with_error_code(code(error).code())
                    .with_offset(-1)
                    .with_timestamp(-1),
            }
        });
        ListOffsetsTopicResponse::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

/// One partition of a topic that the broker knows.
pub(super) fn place(image: &Image, topic: Named<'_>, partition: i32) -> Result<Place, LogError> {
    topic.place(image, partition).ok_or(LogError::Unknown)
}

/// Offset, time and leader epoch of what a client asks for; -1 for each that there is not.
fn offset(
    world: &World,
    broker: i32,
    at: Place,
    asked: &ListOffsetsPartition,
) -> Result<(i64, i64, i32), LogError> {
    let LogView {
        start,
        high_watermark,
        leader_epoch,
        ..
    } = world.log(broker, at, believed(asked.current_leader_epoch))?;
    Ok(match asked.timestamp {
        LATEST => (high_watermark, -1, leader_epoch),
        EARLIEST | EARLIEST_LOCAL => (start, -1, leader_epoch),
        LATEST_TIERED => (-1, -1, -1),
        MAX_TIMESTAMP if high_watermark <= start => (-1, -1, -1),
        MAX_TIMESTAMP => {
            // Records are in the order of their times.
            let last = high_watermark - 1;
            let time = world.time_of(broker, at, last).unwrap_or(-1);
            (last, time, leader_epoch)
        }
        time => match world.offset_for_time(broker, at, time)? {
            Some((offset, time)) if offset < high_watermark => (offset, time, leader_epoch),
            _ => (-1, -1, -1),
        },
    })
}

/// Where a leader epoch ends (KIP-320).
pub(super) fn offset_for_leader_epoch(
    seat: &Seat,
    request: &OffsetForLeaderEpochRequest,
    _call: &Call,
) -> OffsetForLeaderEpochResponse {
    let image = seat.image();
    let world = seat.world();
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| {
            let end = place(&image, Named::Name(&topic.topic), asked.partition).and_then(|at| {
                world.log(seat.broker, at, believed(asked.current_leader_epoch))?;
                world.epoch_end(seat.broker, at, asked.leader_epoch)
            });
            let shown = EpochEndOffset::default().with_partition(asked.partition);
            match end {
                Ok((epoch, offset)) => shown.with_leader_epoch(epoch).with_end_offset(offset),
                Err(error) => shown.with_error_code(code(error).code()),
            }
        });
        OffsetForLeaderTopicResult::default()
            .with_topic(topic.topic.clone())
            .with_partitions(partitions.collect())
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

/// The log directory of the broker, and what lies in it.
///
/// A broker asks the file system for its room on the thread that serves the request (`ReplicaManager.describeLogDirs`):
/// while its disk hangs there is no answer, and the thread is lost until it goes on.
pub(super) fn describe_log_dirs(
    seat: &Seat,
    request: DescribeLogDirsRequest,
    call: &Call,
) -> Outcome<DescribeLogDirsResponse> {
    if seat.world().disk_hangs(seat.broker) {
        seat.lose_thread();
    }
    let (seat, version) = (seat.clone(), call.version);
    Outcome::until(move || {
        let hangs = seat.world().disk_hangs(seat.broker);
        (!hangs).then(|| log_dirs(&seat, &request, version))
    })
}

fn log_dirs(seat: &Seat, request: &DescribeLogDirsRequest, version: i16) -> DescribeLogDirsResponse {
    let dirs = seat.world().log_dirs(seat.broker);
    let wanted = request.topics.as_ref().map(|topics| {
        let all = topics.iter().flat_map(|topic| {
            let name: &str = &topic.topic;
            topic.partitions.iter().map(move |partition| (name, *partition))
        });
        all.collect::<BTreeSet<_>>()
    });
    let is_wanted = |replica: &&ReplicaDir| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&(&*replica.topic, replica.partition)))
    };
    let mut topics: BTreeMap<Arc<str>, Vec<DescribeLogDirsPartition>> = BTreeMap::new();
    for replica in dirs.replicas.iter().filter(is_wanted) {
        let shown = DescribeLogDirsPartition::default()
            .with_partition_index(replica.partition)
            .with_partition_size(bytes(replica.size))
            .with_offset_lag(replica.offset_lag)
            .with_is_future_key(replica.is_future);
        topics.entry(replica.topic.clone()).or_default().push(shown);
    }
    let topics = topics.into_iter().map(|(name, partitions)| {
        DescribeLogDirsTopic::default()
            .with_name(text(&name).into())
            .with_partitions(partitions)
    });
    let shown = DescribeLogDirsResult::default()
        .with_log_dir(text(dirs.path))
        .with_topics(topics.collect());
    let shown = if version >= 4 {
        shown
            .with_total_bytes(bytes(dirs.total))
            .with_usable_bytes(bytes(dirs.usable))
    } else {
        shown
    };
    DescribeLogDirsResponse::default().with_results(vec![shown])
}

fn bytes(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

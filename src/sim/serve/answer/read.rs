//! Fetch, as consumers use it.
//!
//! Every answer has the session id 0, which a broker gives where it has no room for another session (KIP-227): clients then
//! name all partitions each time. Rules: `KafkaApis.handleFetchRequest`, `DelayedFetch`.

use super::logs::{believed, code, place};
use crate::sim::serve::batch::{self, Synthetic};
use crate::sim::serve::call::{Call, Later, Outcome};
use crate::sim::serve::seat::{Named, Seat, id};
use crate::sim::world::{Image, LogError, LogView, Place, Stored};
use bytes::BytesMut;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::fetch_request::FetchPartition;
use kafka_protocol::messages::fetch_response::{
    EpochEndOffset, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use kafka_protocol::messages::{FetchRequest, FetchResponse};
use std::collections::BTreeSet;
use std::time::Duration;

/// The first version in which a topic goes by its id (KIP-516).
const BY_ID: i16 = 13;
/// The first version that tells who leads instead (KIP-951) and where logs part (KIP-595).
const TELLS_LEADERS: i16 = 12;
/// The first version that names the leaders' addresses.
const TELLS_ENDPOINTS: i16 = 16;
/// Most bytes of records in one answer; a real broker's limit is `fetch.max.bytes`, 55 MiB.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// About how many bytes a record takes beside its value.
const AROUND_VALUE: u32 = 8;
/// Reads only what no open transaction covers.
const COMMITTED: i8 = 1;

/// Records from offsets on, up to the high watermark. Waits for the wanted bytes as long as the client allows.
pub(super) fn fetch(seat: &Seat, request: FetchRequest, call: &Call) -> Outcome<FetchResponse> {
    let version = call.version;
    if request.session_id != 0 {
        let code = ResponseError::FetchSessionIdNotFound.code();
        return Outcome::Now(FetchResponse::default().with_error_code(code));
    }
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let seat = seat.clone();
    let again = move |over: bool| {
        let image = seat.image();
        let mut reader = Reader {
            seat: &seat,
            image: &image,
            version,
            committed: request.isolation_level == COMMITTED,
            room: usize::try_from(request.max_bytes).unwrap_or(0).min(MOST_BYTES),
            read: 0,
            at_once: request.topics.is_empty(),
            leaders: BTreeSet::new(),
        };
        let topics = reader.topics(&request);
        let enough = usize::try_from(request.min_bytes).unwrap_or(0);
        if reader.read < enough && !reader.at_once && !over {
            return None;
        }
        let response = FetchResponse::default().with_responses(topics);
        if version < TELLS_ENDPOINTS {
            return Some(response);
        }
        let endpoints = reader.leaders.into_iter().map(|id| {
            NodeEndpoint::default()
                .with_node_id(id.into())
                .with_host(seat.host())
                .with_port(seat.port(id))
        });
        Some(response.with_node_endpoints(endpoints.collect()))
    };
    match again(wait.is_zero()) {
        Some(response) => Outcome::Now(response),
        None => Outcome::Later(Later {
            limit: Some(wait),
            again: Box::new(again),
        }),
    }
}

struct Reader<'a> {
    seat: &'a Seat,
    image: &'a Image,
    version: i16,
    committed: bool,
    /// Bytes of records that the answer may still take.
    room: usize,
    /// Bytes of records in the answer.
    read: usize,
    /// Whether there is something that the client must learn without waiting.
    at_once: bool,
    leaders: BTreeSet<i32>,
}

impl Reader<'_> {
    fn topics(&mut self, request: &FetchRequest) -> Vec<FetchableTopicResponse> {
        let topics = request.topics.iter().map(|topic| {
            let (named, shown) = if self.version >= BY_ID {
                let shown = FetchableTopicResponse::default().with_topic_id(topic.topic_id);
                (Named::Id(topic.topic_id), shown)
            } else {
                let shown = FetchableTopicResponse::default().with_topic(topic.topic.clone());
                (Named::Name(&topic.topic), shown)
            };
            let partitions = topic
                .partitions
                .iter()
                .map(|partition| self.partition(named, partition));
            shown.with_partitions(partitions.collect())
        });
        topics.collect()
    }

    fn partition(&mut self, named: Named<'_>, asked: &FetchPartition) -> PartitionData {
        let shown = PartitionData::default()
            .with_partition_index(asked.partition)
            .with_preferred_read_replica(id(None));
        let error = match place(self.image, named, asked.partition) {
            Err(_) if matches!(named, Named::Id(_)) && named.find(self.image).is_none() => {
                ResponseError::UnknownTopicId
            }
            Err(error) => code(error),
            Ok(at) => match self.log(at, asked) {
                Ok(log) => return self.records(shown, at, asked, &log),
                Err(error) => code(error),
            },
        };
        self.at_once = true;
        let shown = shown
            .with_error_code(error.code())
            .with_high_watermark(-1)
            .with_last_stable_offset(-1)
            .with_log_start_offset(-1)
            .with_records(Some(bytes::Bytes::new()));
        let moved = matches!(
            error,
            ResponseError::NotLeaderOrFollower | ResponseError::FencedLeaderEpoch
        );
        let leader = named
            .find(self.image)
            .and_then(|topic| topic.partition(asked.partition))
            .filter(|_| moved && self.version >= TELLS_LEADERS);
        let Some(partition) = leader else {
            return shown;
        };
        self.leaders.extend(partition.leader);
        let now = LeaderIdAndEpoch::default()
            .with_leader_id(id(partition.leader))
            .with_leader_epoch(partition.leader_epoch);
        shown.with_current_leader(now)
    }

    fn log(&self, at: Place, asked: &FetchPartition) -> Result<LogView, LogError> {
        let epoch = believed(asked.current_leader_epoch);
        let log = self.seat.world().log(self.seat.broker, at, epoch)?;
        // Consumers see the high watermark as the end.
        if (log.start..=log.high_watermark).contains(&asked.fetch_offset) {
            Ok(log)
        } else {
            Err(LogError::OutOfRange)
        }
    }

    fn records(
        &mut self,
        shown: PartitionData,
        at: Place,
        asked: &FetchPartition,
        log: &LogView,
    ) -> PartitionData {
        let shown = shown
            .with_high_watermark(log.high_watermark)
            .with_last_stable_offset(log.high_watermark)
            .with_log_start_offset(log.start)
            .with_aborted_transactions(self.committed.then(Vec::new));
        if let Some(diverging) = self.diverging(at, asked) {
            self.at_once = true;
            return shown
                .with_diverging_epoch(diverging)
                .with_records(Some(bytes::Bytes::new()));
        }
        let most = usize::try_from(asked.partition_max_bytes)
            .unwrap_or(0)
            .min(self.room);
        // The first records of an answer are sent even where they are too large (KIP-74).
        if most == 0 && self.read > 0 {
            return shown.with_records(Some(bytes::Bytes::new()));
        }
        let stored = self.stored(at, asked.fetch_offset, most);
        let mut bytes = BytesMut::new();
        for part in &stored {
            if !bytes.is_empty() && bytes.len() >= most {
                break;
            }
            put(&mut bytes, part, asked.fetch_offset, most);
        }
        self.read += bytes.len();
        self.room = self.room.saturating_sub(bytes.len());
        shown.with_records(Some(bytes.freeze()))
    }

    /// What lies in the log from an offset on, each stretch with the time of its last record.
    fn stored(&self, at: Place, offset: i64, most: usize) -> Vec<(Stored, i64)> {
        let (world, broker) = (self.seat.world(), self.seat.broker);
        let stored = world.read(broker, at, offset, most).unwrap_or_default();
        let timed = stored.into_iter().map(|part| {
            let last = match &part {
                Stored::Batch { batch, .. } => batch.max_timestamp,
                Stored::Synthetic {
                    base_offset,
                    records,
                    timestamp,
                    ..
                } => {
                    let last = base_offset.saturating_add(i64::from(*records)) - 1;
                    world.time_of(broker, at, last).unwrap_or(*timestamp)
                }
            };
            (part, last)
        });
        timed.collect()
    }

    /// Where the log parts from what the asker read last.
    fn diverging(&self, at: Place, asked: &FetchPartition) -> Option<EpochEndOffset> {
        let last = believed(asked.last_fetched_epoch).filter(|_| self.version >= TELLS_LEADERS)?;
        let (epoch, end) = self.seat.world().epoch_end(self.seat.broker, at, last).ok()?;
        (epoch < last || end < asked.fetch_offset)
            .then(|| EpochEndOffset::default().with_epoch(epoch).with_end_offset(end))
    }
}

/// Appends a stretch of a log, from the offset on that was asked for; about `most` bytes in all, one batch at least.
fn put(into: &mut BytesMut, (part, last): &(Stored, i64), from: i64, most: usize) {
    match part {
        Stored::Batch {
            base_offset,
            leader_epoch,
            batch,
        } => batch::put_stored(into, &batch.bytes, *base_offset, *leader_epoch),
        Stored::Synthetic {
            base_offset,
            records,
            leader_epoch,
            timestamp,
            record_bytes,
        } => {
            let first = (*base_offset).max(from);
            let end = base_offset.saturating_add(i64::from(*records));
            let mut offsets = first..end;
            // Between the first and the last record of a stretch the others were written evenly.
            let (span, steps) = (last.saturating_sub(*timestamp), i64::from(*records).max(2) - 1);
            let time =
                |offset: i64| timestamp.saturating_add(span.saturating_mul(offset - base_offset) / steps);
            loop {
                let each = usize::try_from(*record_bytes).unwrap_or(1).max(1);
                let fits = (most.saturating_sub(into.len()) / each).clamp(1, batch::MOST_SYNTHETIC);
                let records: Vec<_> = offsets
                    .by_ref()
                    .take(fits)
                    .map(|offset| Synthetic {
                        offset,
                        time: time(offset),
                        size: record_bytes.saturating_sub(AROUND_VALUE),
                    })
                    .collect();
                if records.is_empty() {
                    return;
                }
                batch::put_synthetic(into, &records, *leader_epoch);
                if into.len() >= most {
                    return;
                }
            }
        }
    }
}

//! InitProducerId and Produce.
//!
//! Rules: `ReplicaManager.appendRecords`, `DelayedProduce`. There are no transactions. The batch that an idempotent
//! producer sends again is recognized; its sequence is not checked for gaps.

use crate::sim::serve::batch;
use crate::sim::serve::call::{Call, Later, Outcome};
use crate::sim::serve::seat::{Named, Seat, id, text};
use crate::sim::world::{Acked, Acks, AppendError, Appended, Image, Place};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{
    LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse, TopicProduceResponse,
};
use kafka_protocol::messages::{
    InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse,
};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The first version that tells who leads instead (KIP-951).
const TELLS_LEADERS: i16 = 10;
/// The first version in which a topic goes by its id (KIP-516).
const BY_ID: i16 = 13;

/// A new producer id. A transactional producer is refused for good.
pub(super) fn init_producer_id(
    seat: &Seat,
    request: &InitProducerIdRequest,
    _call: &Call,
) -> InitProducerIdResponse {
    let shown = InitProducerIdResponse::default();
    if request.transactional_id.is_some() {
        shown
            .with_error_code(ResponseError::TransactionalIdAuthorizationFailed.code())
            .with_producer_id((-1).into())
            .with_producer_epoch(-1)
    } else {
        let next = seat.shared.producer_ids.fetch_add(1, Ordering::Relaxed);
        shown.with_producer_id(next.into()).with_producer_epoch(0)
    }
}

/// What became of the records of one partition.
#[derive(Debug, Clone)]
enum Part {
    /// It is over.
    Done(PartitionProduceResponse),
    /// The replicas have to copy it first.
    Waits {
        index: i32,
        at: Place,
        appended: Appended,
    },
}

/// A topic of the request, as it is answered.
struct Written {
    topic: TopicProduceResponse,
    parts: Vec<Part>,
}

/// Appends records; with `acks=all` answers when every in-sync replica has them.
pub(super) fn produce(seat: &Seat, request: ProduceRequest, call: &Call) -> Outcome<ProduceResponse> {
    let acks = match request.acks {
        0 => Some(Acks::None),
        1 => Some(Acks::Leader),
        -1 => Some(Acks::All),
        _ => None,
    };
    let internal = call.client.as_deref() == Some("__admin_client");
    let image = seat.image();
    let writer = Writer {
        seat: seat.clone(),
        image: &image,
        version: call.version,
        internal,
        acks,
    };
    let mut topics: Vec<Written> = request
        .topic_data
        .into_iter()
        .map(|topic| writer.topic(topic))
        .collect();
    seat.shared.beat();
    if acks == Some(Acks::None) {
        let failed = |part: &Part| matches!(part, Part::Done(part) if part.error_code != 0);
        // A producer that wants no answer learns of a failure by losing the connection.
        let any = topics.iter().flat_map(|topic| &topic.parts).any(failed);
        return if any { Outcome::Close } else { Outcome::Nothing };
    }
    let (seat, version) = (seat.clone(), call.version);
    let limit = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    let mut again =
        move |over| settle(&seat, &mut topics, over).then(|| response(&seat, &mut topics, version));
    match again(false) {
        Some(response) => Outcome::Now(response),
        None => Outcome::Later(Later {
            limit: Some(limit),
            again: Box::new(again),
        }),
    }
}

struct Writer<'a> {
    seat: Seat,
    image: &'a Image,
    version: i16,
    /// Whether the client may write to Kafka's own topics.
    internal: bool,
    acks: Option<Acks>,
}

impl Writer<'_> {
    fn topic(&self, topic: TopicProduceData) -> Written {
        let shown = if self.version >= BY_ID {
            TopicProduceResponse::default().with_topic_id(topic.topic_id)
        } else {
            TopicProduceResponse::default().with_name(topic.name.clone())
        };
        let named = if self.version >= BY_ID {
            Named::Id(topic.topic_id)
        } else {
            Named::Name(&topic.name)
        };
        let parts = topic.partition_data.into_iter().map(|data| {
            let index = data.index;
            self.partition(named, data).unwrap_or_else(|(error, why)| {
                Part::Done(refused(index, error).with_error_message(self.worded(why)))
            })
        });
        Written {
            topic: shown,
            parts: parts.collect(),
        }
    }

    fn worded(&self, why: Option<&'static str>) -> Option<kafka_protocol::protocol::StrBytes> {
        why.filter(|_| self.version >= 8).map(text)
    }

    fn partition(&self, named: Named<'_>, data: PartitionProduceData) -> Result<Part, batch::Refused> {
        let acks = self.acks.ok_or((ResponseError::InvalidRequiredAcks, None))?;
        let topic = named.find(self.image).ok_or(match named {
            Named::Id(_) => (ResponseError::UnknownTopicId, None),
            Named::Name(_) => (ResponseError::UnknownTopicOrPartition, None),
        })?;
        if topic.internal && !self.internal {
            return Err((ResponseError::InvalidTopicException, None));
        }
        let at = topic
            .place(data.index)
            .ok_or((ResponseError::UnknownTopicOrPartition, None))?;
        let batch = batch::check(data.records)?;
        let appended = self.seat.world().append(self.seat.broker, at, batch, acks);
        let appended = appended.map_err(|error| match error {
            AppendError::Unknown => (ResponseError::UnknownTopicOrPartition, None),
            AppendError::NotLeader => (ResponseError::NotLeaderOrFollower, None),
            AppendError::NotEnoughReplicas => (ResponseError::NotEnoughReplicas, None),
            AppendError::Invalid => (ResponseError::InvalidRecord, None),
        })?;
        let index = data.index;
        Ok(match acks {
            Acks::All => Part::Waits { index, at, appended },
            Acks::None | Acks::Leader => Part::Done(done(index, &appended)),
        })
    }
}

fn refused(index: i32, error: ResponseError) -> PartitionProduceResponse {
    PartitionProduceResponse::default()
        .with_index(index)
        .with_error_code(error.code())
        .with_base_offset(-1)
        .with_log_append_time_ms(-1)
        .with_log_start_offset(-1)
}

fn done(index: i32, appended: &Appended) -> PartitionProduceResponse {
    // Topics keep the producer's own times, and a log that was just begun has its start at 0.
    PartitionProduceResponse::default()
        .with_index(index)
        .with_base_offset(appended.base_offset)
        .with_log_append_time_ms(-1)
        .with_log_start_offset(0)
}

/// Looks how it is with what waits for replicas; true where nothing waits any more.
fn settle(seat: &Seat, topics: &mut [Written], over: bool) -> bool {
    let world = seat.world();
    let mut settled = true;
    for part in topics.iter_mut().flat_map(|topic| &mut topic.parts) {
        let Part::Waits { index, at, appended } = part else {
            continue;
        };
        let shown = match world.acked(seat.broker, *at, appended) {
            Acked::Yes => done(*index, appended),
            Acked::NotEnoughReplicasAfterAppend => {
                refused(*index, ResponseError::NotEnoughReplicasAfterAppend)
            }
            Acked::NotLeader => refused(*index, ResponseError::NotLeaderOrFollower),
            Acked::NotYet if over => refused(*index, ResponseError::RequestTimedOut),
            Acked::NotYet => {
                settled = false;
                continue;
            }
        };
        *part = Part::Done(shown);
    }
    settled
}

fn response(seat: &Seat, topics: &mut Vec<Written>, version: i16) -> ProduceResponse {
    let image = seat.image();
    let mut leaders = BTreeSet::new();
    let topics = std::mem::take(topics).into_iter().map(|written| {
        let named = if version >= BY_ID {
            Named::Id(written.topic.topic_id)
        } else {
            Named::Name(&written.topic.name)
        };
        let topic = named.find(&image);
        let parts = written.parts.into_iter().filter_map(|part| {
            let Part::Done(part) = part else {
                return None;
            };
            let moved = part.error_code == ResponseError::NotLeaderOrFollower.code();
            let leader = topic
                .and_then(|topic| topic.partition(part.index))
                .filter(|_| moved && version >= TELLS_LEADERS);
            Some(match leader {
                Some(partition) => {
                    leaders.extend(partition.leader);
                    let now = LeaderIdAndEpoch::default()
                        .with_leader_id(id(partition.leader))
                        .with_leader_epoch(partition.leader_epoch);
                    part.with_current_leader(now)
                }
                None => part,
            })
        });
        let parts = parts.collect();
        written.topic.with_partition_responses(parts)
    });
    let topics: Vec<_> = topics.collect();
    let endpoints = leaders.into_iter().map(|id| {
        NodeEndpoint::default()
            .with_node_id(id.into())
            .with_host(seat.host())
            .with_port(seat.port(id))
    });
    ProduceResponse::default()
        .with_responses(topics)
        .with_node_endpoints(endpoints.collect())
}

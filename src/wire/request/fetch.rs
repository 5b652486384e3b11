//! The request for one record, of which only the time is wanted.

use super::{Form, text};
use crate::wire::answer::{self, Fault};
use crate::wire::versions::Api;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use uuid::Uuid;

/// The last version in which a topic goes by its name; later ones take its id (KIP-516).
const LAST_WITH_NAMES: i16 = 12;
/// Bytes asked for. A broker sends the first batch whole even where it is larger (KIP-74).
const BYTES: i32 = 1_024;

/// Asks for one record; see [`fetch_record`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRecordRequest {
    topic: String,
    id: Option<Uuid>,
    partition: i32,
    offset: i64,
}

/// Asks the leader of a partition for the batch that holds the record at an offset, without waiting for one to be written,
/// as a consumer does that keeps no fetch session.
pub fn fetch_record(topic: &str, id: Option<Uuid>, partition: i32, offset: i64) -> FetchRecordRequest {
    FetchRecordRequest {
        topic: topic.to_owned(),
        id,
        partition,
        offset,
    }
}

impl Form for FetchRecordRequest {
    const API: Api = Api::Fetch;
    type Message = wire::FetchRequest;
    type Answer = answer::Batches;

    fn highest(&self) -> i16 {
        match self.id {
            Some(_) => Api::Fetch.ours().max,
            None => LAST_WITH_NAMES,
        }
    }

    fn message(&self, version: i16) -> Self::Message {
        let partition = FetchPartition::default()
            .with_partition(self.partition)
            .with_current_leader_epoch(-1)
            .with_fetch_offset(self.offset)
            .with_partition_max_bytes(BYTES);
        let topic = FetchTopic::default().with_partitions(vec![partition]);
        let topic = match self.id {
            Some(id) if version > LAST_WITH_NAMES => topic.with_topic_id(id),
            _ => topic.with_topic(text(&self.topic).into()),
        };
        // Session id 0 with epoch -1 is a fetch without a session (KIP-227).
        wire::FetchRequest::default()
            .with_max_wait_ms(0)
            .with_min_bytes(0)
            .with_max_bytes(BYTES)
            .with_session_id(0)
            .with_session_epoch(-1)
            .with_topics(vec![topic])
    }

    fn answer(response: &wire::FetchResponse) -> Result<Self::Answer, Fault> {
        answer::batches(response)
    }
}

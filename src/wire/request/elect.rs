//! The one request that changes something: the election of preferred leaders (KIP-183, KIP-460).

use super::{Form, TopicPartitions, text};
use crate::wire::answer::{self, Fault};
use crate::wire::versions::Api;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::elect_leaders_request::TopicPartitions as Named;

/// Lets the controller give partitions back to their first replica; see [`elect_preferred`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElectLeadersRequest {
    partitions: Option<Vec<TopicPartitions>>,
}

/// The election type of preferred leaders (`ElectionType.PREFERRED`). The other one may lose records, and is never asked for.
const PREFERRED: i8 = 0;

/// How long the controller may take, in milliseconds; the caller's own deadline is what counts.
const ELECTION_TIMEOUT_MS: i32 = 10_000;

/// Lets the controller elect the first replica of each of these partitions as its leader, where that is in sync; of all
/// partitions where none are named.
///
/// A KRaft broker passes it on to the active controller; in ZooKeeper mode the controller itself must be asked. It is never
/// sent but for an act that was confirmed.
pub fn elect_preferred(partitions: Option<Vec<TopicPartitions>>) -> ElectLeadersRequest {
    ElectLeadersRequest { partitions }
}

impl Form for ElectLeadersRequest {
    const API: Api = Api::ElectLeaders;
    type Message = wire::ElectLeadersRequest;
    type Answer = answer::Elections;

    fn message(&self, _version: i16) -> Self::Message {
        let named = |topic: &TopicPartitions| {
            Named::default()
                .with_topic(text(&topic.topic).into())
                .with_partitions(topic.partitions.clone())
        };
        let partitions = self
            .partitions
            .as_ref()
            .map(|topics| topics.iter().map(named).collect());
        wire::ElectLeadersRequest::default()
            .with_election_type(PREFERRED)
            .with_topic_partitions(partitions)
            .with_timeout_ms(ELECTION_TIMEOUT_MS)
    }

    fn answer(response: &wire::ElectLeadersResponse) -> Result<Self::Answer, Fault> {
        answer::elections(response)
    }
}

//! What became of an election.

use super::{Fault, optional, owned, whole};
use crate::wire::code::KafkaCode;
use kafka_protocol::messages as wire;

/// What became of the partitions whose election was asked for. Where all partitions were, those that needed none are not
/// told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elections {
    /// One for each partition that the controller tells of.
    pub partitions: Vec<Election>,
}

/// What became of the election of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    /// Name of the topic, raw.
    pub topic: String,
    /// Number of the partition.
    pub partition: i32,
    /// Why there was none; nothing where the first replica leads now.
    pub error: Option<KafkaCode>,
    /// The controller's own words on it, raw.
    pub words: Option<String>,
}

pub(in crate::wire) fn elections(response: &wire::ElectLeadersResponse) -> Result<Elections, Fault> {
    whole(response.error_code, None)?;
    let topics = response.replica_election_results.iter();
    let partitions = topics.flat_map(|topic| {
        topic.partition_result.iter().map(|result| Election {
            topic: owned(&topic.topic.0),
            partition: result.partition_id,
            error: KafkaCode::from_wire(result.error_code),
            words: optional(result.error_message.as_ref()),
        })
    });
    Ok(Elections {
        partitions: partitions.collect(),
    })
}

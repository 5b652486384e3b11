//! What a broker's task keeps of the table that its broker told.

use super::read;
use crate::model::ids::BrokerId;
use crate::model::observation::MetadataView;
use crate::wire::request::TopicPartitions;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a task keeps of its broker's newest view: all of it would be one more copy of the table for each broker.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) brokers: BTreeSet<BrokerId>,
    pub(super) topics: Arc<[String]>,
    /// How many partitions there are in all.
    pub(super) partitions: u64,
    /// The partitions that the broker leads by its own word.
    pub(super) led: Vec<TopicPartitions>,
}

impl Table {
    pub(super) fn of(id: BrokerId, view: &MetadataView) -> Self {
        Self {
            brokers: view.brokers.iter().map(|broker| broker.id).collect(),
            topics: read::topic_names(view).into(),
            partitions: view
                .topics
                .iter()
                .map(|topic| topic.partitions.len() as u64)
                .sum(),
            led: read::led_by(id, view),
        }
    }
}

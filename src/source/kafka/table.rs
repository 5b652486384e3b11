//! What a broker's task keeps of the table that its broker told.

use super::read;
use crate::model::ids::{BrokerId, TopicId};
use crate::model::observation::MetadataView;
use crate::wire::request::TopicPartitions;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A topic by its name and the id that it has now.
pub(super) type Born = (String, Option<TopicId>);

/// What a task keeps of its broker's newest view: all of it would be one more copy of the table for each broker.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) brokers: BTreeSet<BrokerId>,
    pub(super) topics: Arc<[String]>,
    /// The same with their ids, which tell a topic from one of that name that was there before.
    pub(super) born: Arc<[Born]>,
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
            born: view
                .topics
                .iter()
                .map(|topic| (topic.name.raw().to_owned(), topic.id))
                .collect(),
            partitions: view
                .topics
                .iter()
                .map(|topic| topic.partitions.len() as u64)
                .sum(),
            led: read::led_by(id, view),
        }
    }
}

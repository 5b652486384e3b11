//! Topics and their partitions, reconciled from what several brokers say.

use std::ops::Deref;
use std::sync::Arc;

use super::ids::{BrokerId, TopicId};
use super::observation::PartitionView;
use super::reading::Reading;
use super::settings::TopicSettings;
use super::text::Name;

/// A reassignment under way (KIP-455).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reassignment {
    /// Replicas being added.
    pub adding: Vec<BrokerId>,
    /// Replicas being removed.
    pub removing: Vec<BrokerId>,
}

/// One partition: what its accepted broker says of it, raw, which is read through [`Deref`], and its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partition {
    /// Number, leader, epoch, replicas and ISR as the accepted broker reports them. No leader means that the cluster
    /// says there is none.
    pub view: Arc<PartitionView>,
    /// The first offset kept.
    pub start: Reading<i64>,
    /// The high watermark.
    pub end: Reading<i64>,
    /// Records appended per second, from the two newest complete reads of the end.
    pub rate: Option<f64>,
    /// Bytes of the leader's replica on disk.
    pub bytes: Option<u64>,
}

impl Deref for Partition {
    type Target = PartitionView;

    fn deref(&self) -> &PartitionView {
        &self.view
    }
}

impl Partition {
    /// The preferred leader: the first of the assigned replicas.
    pub fn preferred(&self) -> Option<BrokerId> {
        self.replicas.first().copied()
    }

    /// Assigned replicas that are not in the ISR.
    pub fn missing(&self) -> impl Iterator<Item = BrokerId> + '_ {
        self.replicas
            .iter()
            .copied()
            .filter(|replica| !self.isr.contains(replica))
    }
}

/// One topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its name.
    pub name: Name,
    /// Its id (KIP-516); unknown from old brokers.
    pub id: Option<TopicId>,
    /// Effective `min.insync.replicas`, as DescribeConfigs tells it.
    pub min_isr: Reading<i32>,
    /// Its settings as the topic's own are read; in ZooKeeper mode only while the ensemble is seen to serve.
    pub settings: Reading<TopicSettings>,
    /// Its partitions by number.
    pub partitions: Vec<Partition>,
}

impl Topic {
    /// Whether Kafka keeps this topic for itself.
    pub fn is_internal(&self) -> bool {
        matches!(
            self.name.raw(),
            "__consumer_offsets" | "__transaction_state" | "__share_group_state" | "__cluster_metadata"
        )
    }
}

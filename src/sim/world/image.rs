//! What a broker believes of the cluster: immutable, shared, and perhaps stale.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ids::Ids;
use crate::model::cluster::Mode;
use crate::model::ids::TopicId;

/// Where a topic's logs are kept in the world: unlike a name, never given to two topics at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicSlot(pub(crate) u32);

/// One partition of one topic, as the world addresses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The topic.
    pub topic: TopicSlot,
    /// The partition's number.
    pub partition: i32,
}

/// The metadata of the cluster at one version. Brokers that believe the same share it.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Counts the controller's changes; a higher one is newer.
    pub version: u64,
    /// The cluster id.
    pub cluster_id: Arc<str>,
    /// What keeps the metadata.
    pub mode: Mode,
    /// The brokers: in KRaft all that are registered, also fenced ones; in ZooKeeper mode those with a session.
    pub brokers: BTreeMap<i32, Registration>,
    /// The active controller. In ZooKeeper mode brokers tell it in Metadata; in KRaft they tell a random live
    /// broker instead (`World::told_controller`).
    pub controller: Option<i32>,
    /// The topics by name.
    pub topics: Vec<Arc<TopicImage>>,
}

/// One registered broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// `broker.rack`.
    pub rack: Option<Arc<str>>,
    /// Whether the controller keeps it out (KRaft). Metadata does not list it then; DescribeCluster v2 does.
    pub fenced: bool,
    /// Whether it is in a controlled shutdown (KRaft).
    pub shutting_down: bool,
    /// The broker epoch: another one after each start.
    pub epoch: i64,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicImage {
    /// Its name.
    pub name: Arc<str>,
    /// Its id: another one after it was deleted and made again.
    pub id: TopicId,
    /// Where its logs are kept.
    pub slot: TopicSlot,
    /// Whether Kafka itself uses it.
    pub internal: bool,
    /// `min.insync.replicas`.
    pub min_isr: u32,
    /// The settings that the topic itself carries, under Kafka's names.
    pub configs: Arc<BTreeMap<String, String>>,
    /// Its partitions by number, without gaps.
    pub partitions: Vec<PartitionImage>,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionImage {
    /// The leader; none while no replica may lead.
    pub leader: Option<i32>,
    /// Counts the changes of leader (in ZooKeeper mode also removals from the ISR by the controller).
    pub leader_epoch: i32,
    /// Counts the changes of leader and ISR.
    pub partition_epoch: i32,
    /// The replicas, preferred leader first.
    pub replicas: Ids,
    /// The in-sync replicas.
    pub isr: Ids,
    /// The eligible leader replicas (KIP-966); empty before 4.1.
    pub elr: Ids,
    /// The last leader that was neither in the ISR nor eligible when all were lost (KIP-966).
    pub last_known_elr: Ids,
}

impl Image {
    /// The topic of this name.
    pub fn topic(&self, name: &str) -> Option<&Arc<TopicImage>> {
        let index = self
            .topics
            .binary_search_by(|topic| topic.name.as_ref().cmp(name))
            .ok()?;
        self.topics.get(index)
    }

    /// The topic of this id; looks through all of them.
    pub fn topic_of(&self, id: TopicId) -> Option<&Arc<TopicImage>> {
        self.topics.iter().find(|topic| topic.id == id)
    }

    /// Whether this broker is listed and not kept out.
    pub fn is_live(&self, broker: i32) -> bool {
        self.brokers
            .get(&broker)
            .is_some_and(|registration| !registration.fenced)
    }

    /// The brokers that Metadata lists.
    pub fn live(&self) -> impl Iterator<Item = i32> {
        self.brokers
            .iter()
            .filter(|(_, registration)| !registration.fenced)
            .map(|(id, _)| *id)
    }
}

impl TopicImage {
    /// The address of one of its partitions, where it has that one.
    pub fn place(&self, partition: i32) -> Option<Place> {
        let index = usize::try_from(partition).ok()?;
        (index < self.partitions.len()).then_some(Place {
            topic: self.slot,
            partition,
        })
    }

    /// One of its partitions.
    pub fn partition(&self, partition: i32) -> Option<&PartitionImage> {
        self.partitions.get(usize::try_from(partition).ok()?)
    }
}

impl PartitionImage {
    /// The replicas on brokers that are not live, as Metadata tells them (`OfflineReplicas`).
    pub fn offline(&self, image: &Image) -> Vec<i32> {
        self.replicas
            .iter()
            .copied()
            .filter(|id| !image.is_live(*id))
            .collect()
    }
}

//! Metadata and DescribeTopicPartitions: brokers, topics and partitions as the asked broker believes them, made from its
//! image without the lock on the world.
//!
//! Rules: `KRaftMetadataCache`, `ZkMetadataCache`, `DescribeTopicPartitionsRequestHandler`. Topics are never made on the
//! way, also where the client allows it: `auto.create.topics.enable` is false.

use crate::model::cluster::Mode;
use crate::sim::serve::call::Call;
use crate::sim::serve::seat::{Named, Seat, id, ids, text, uuid};
use crate::sim::world::{Image, PartitionImage, TopicImage};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, MetadataRequest, MetadataResponse,
};
use std::collections::BTreeSet;

/// What every principal may do with a topic where nothing forbids it, a bit per `AclOperation`.
pub(super) const TOPIC_OPERATIONS: i32 = 0b1101_1111_1000;
/// The same with the cluster.
pub(super) const CLUSTER_OPERATIONS: i32 = 0b1_1111_1010_0000;
/// Most partitions of one page (`max.request.partition.size.limit`).
const LONGEST_PAGE: usize = 2_000;
/// The longest name of a topic.
const LONGEST_NAME: usize = 249;

/// Whether a topic can have this name (`org.apache.kafka.common.internals.Topic`).
pub(super) fn is_topic_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty() && name.len() <= LONGEST_NAME && name != "." && name != ".." && name.chars().all(legal)
}

/// Brokers, and the topics that are asked for.
pub(super) fn metadata(seat: &Seat, request: &MetadataRequest, call: &Call) -> MetadataResponse {
    let version = call.version;
    let (image, controller) = {
        let world = seat.world();
        (world.image(seat.broker), world.told_controller(seat.broker))
    };
    let shown = Shown {
        image: &image,
        version,
        operations: request.include_topic_authorized_operations,
    };
    let topics = match &request.topics {
        // Version 0 has no null: there an empty list stands for all topics.
        Some(named) if version > 0 || !named.is_empty() => named
            .iter()
            .map(|topic| match &topic.name {
                Some(name) => shown.named(Named::Name(name)),
                None => shown.named(Named::Id(topic.topic_id)),
            })
            .collect(),
        _ => image.topics.iter().map(|topic| shown.topic(topic)).collect(),
    };
    let response = MetadataResponse::default()
        .with_brokers(brokers(seat, &image, version))
        .with_topics(topics);
    let response = if version >= 2 {
        response.with_cluster_id(Some(text(&image.cluster_id)))
    } else {
        response
    };
    let response = if version >= 1 {
        response.with_controller_id(id(controller))
    } else {
        response
    };
    if request.include_cluster_authorized_operations {
        response.with_cluster_authorized_operations(CLUSTER_OPERATIONS)
    } else {
        response
    }
}

fn brokers(seat: &Seat, image: &Image, version: i16) -> Vec<MetadataResponseBroker> {
    let broker = |id: i32| {
        let broker = MetadataResponseBroker::default()
            .with_node_id(id.into())
            .with_host(seat.host())
            .with_port(seat.port(id));
        let rack = image.brokers.get(&id).and_then(|listed| listed.rack.as_deref());
        if version >= 1 {
            broker.with_rack(rack.map(text))
        } else {
            broker
        }
    };
    image.live().map(broker).collect()
}

/// How topics are shown in Metadata.
struct Shown<'a> {
    image: &'a Image,
    version: i16,
    operations: bool,
}

impl Shown<'_> {
    fn named(&self, named: Named<'_>) -> MetadataResponseTopic {
        if let Some(topic) = named.find(self.image) {
            return self.topic(topic);
        }
        let missing = MetadataResponseTopic::default();
        match named {
            Named::Name(name) => missing
                .with_error_code(no_topic(name).code())
                .with_name(Some(text(name).into())),
            Named::Id(id) => missing
                .with_error_code(ResponseError::UnknownTopicId.code())
                // Null is not a name before version 12.
                .with_name((self.version < 12).then(|| text("").into()))
                .with_topic_id(id),
        }
    }

    fn topic(&self, topic: &TopicImage) -> MetadataResponseTopic {
        let partitions = (0..)
            .zip(&topic.partitions)
            .map(|(index, partition)| self.partition(index, partition));
        let shown = MetadataResponseTopic::default()
            .with_name(Some(text(&topic.name).into()))
            .with_partitions(partitions.collect());
        let shown = if self.version >= 1 {
            shown.with_is_internal(topic.internal)
        } else {
            shown
        };
        let shown = if self.version >= 10 {
            shown.with_topic_id(uuid(topic.id))
        } else {
            shown
        };
        if self.operations {
            shown.with_topic_authorized_operations(TOPIC_OPERATIONS)
        } else {
            shown
        }
    }

    fn partition(&self, index: i32, partition: &PartitionImage) -> MetadataResponsePartition {
        // Version 0 leaves out who is not live, and says so.
        let old = self.version == 0;
        let listed = |all: &[i32]| -> Vec<i32> {
            all.iter()
                .copied()
                .filter(|id| !old || self.image.is_live(*id))
                .collect()
        };
        let (replicas, isr) = if old {
            (ids(&listed(&partition.replicas)), ids(&listed(&partition.isr)))
        } else {
            (ids(&partition.replicas), ids(&partition.isr))
        };
        let leader = leader(self.image, partition);
        let error = if leader.is_none() {
            Some(ResponseError::LeaderNotAvailable)
        } else if replicas.len() < partition.replicas.len() || isr.len() < partition.isr.len() {
            Some(ResponseError::ReplicaNotAvailable)
        } else {
            None
        };
        let shown = MetadataResponsePartition::default()
            .with_error_code(error.map_or(0, |error| error.code()))
            .with_partition_index(index)
            .with_leader_id(id(leader))
            .with_replica_nodes(replicas)
            .with_isr_nodes(isr);
        let shown = if self.version >= 7 {
            shown.with_leader_epoch(partition.leader_epoch)
        } else {
            shown
        };
        if self.version >= 5 {
            shown.with_offline_replicas(ids(&partition.offline(self.image)))
        } else {
            shown
        }
    }
}

/// The leader, where the broker knows its address. In KRaft that of a fenced broker is known, too.
fn leader(image: &Image, partition: &PartitionImage) -> Option<i32> {
    partition.leader.filter(|id| match image.mode {
        Mode::Kraft => image.brokers.contains_key(id),
        Mode::ZooKeeper => image.is_live(*id),
    })
}

fn no_topic(name: &str) -> ResponseError {
    if is_topic_name(name) {
        ResponseError::UnknownTopicOrPartition
    } else {
        ResponseError::InvalidTopicException
    }
}

/// Partitions of topics in the order of their names, page by page (KIP-966).
pub(super) fn describe_topic_partitions(
    seat: &Seat,
    request: &DescribeTopicPartitionsRequest,
    _call: &Call,
) -> DescribeTopicPartitionsResponse {
    let image = seat.image();
    let all = request.topics.is_empty();
    let names: BTreeSet<&str> = if all {
        image.topics.iter().map(|topic| &*topic.name).collect()
    } else {
        request.topics.iter().map(|topic| &**topic.name).collect()
    };
    let (from, mut first) = match &request.cursor {
        Some(cursor) => (&**cursor.topic_name, cursor.partition_index.max(0)),
        None => ("", 0),
    };
    let limit = usize::try_from(request.response_partition_limit).unwrap_or(0);
    let mut room = limit.clamp(1, LONGEST_PAGE);
    let (mut topics, mut next) = (Vec::new(), None);
    for name in names.range(from..) {
        if *name != from {
            first = 0;
        }
        if room == 0 {
            next = Some((*name, 0));
            break;
        }
        let Some(topic) = image.topic(name) else {
            topics.push(
                DescribeTopicPartitionsResponseTopic::default()
                    .with_error_code(no_topic(name).code())
                    .with_name(Some(text(name).into())),
            );
            continue;
        };
        let partitions: Vec<_> = (0..)
            .zip(&topic.partitions)
            .filter(|(index, _)| *index >= first)
            .take(room)
            .map(|(index, partition)| page_partition(&image, index, partition))
            .collect();
        room -= partitions.len();
        let shown = i32::try_from(partitions.len()).unwrap_or(0) + first;
        topics.push(
            DescribeTopicPartitionsResponseTopic::default()
                .with_name(Some(text(name).into()))
                .with_topic_id(uuid(topic.id))
                .with_is_internal(topic.internal)
                .with_topic_authorized_operations(TOPIC_OPERATIONS)
                .with_partitions(partitions),
        );
        if usize::try_from(shown).is_ok_and(|shown| shown < topic.partitions.len()) {
            next = Some((*name, shown));
            break;
        }
    }
    let cursor = next.map(|(name, partition)| {
        Cursor::default()
            .with_topic_name(text(name).into())
            .with_partition_index(partition)
    });
    DescribeTopicPartitionsResponse::default()
        .with_topics(topics)
        .with_next_cursor(cursor)
}

fn page_partition(
    image: &Image,
    index: i32,
    partition: &PartitionImage,
) -> DescribeTopicPartitionsResponsePartition {
    let leader = leader(image, partition);
    let error = if leader.is_none() {
        ResponseError::LeaderNotAvailable.code()
    } else {
        0
    };
    DescribeTopicPartitionsResponsePartition::default()
        .with_error_code(error)
        .with_partition_index(index)
        .with_leader_id(id(leader))
        .with_leader_epoch(partition.leader_epoch)
        .with_replica_nodes(ids(&partition.replicas))
        .with_isr_nodes(ids(&partition.isr))
        .with_eligible_leader_replicas(Some(ids(&partition.elr)))
        .with_last_known_elr(Some(ids(&partition.last_known_elr)))
        .with_offline_replicas(ids(&partition.offline(image)))
}

//! Topics, partitions and their offsets.

use super::super::failure::item;
use super::{id, ids, listed};
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::{BrokerId, PartitionId, TopicId};
use crate::model::observation::{MetadataView, Offsets, PartitionView, PartitionViews, TopicView};
use crate::model::text::Name;
use crate::wire::answer;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One broker's word on the whole cluster.
///
/// An error of a partition is not kept: what it says (no leader, a replica out of service) shows in the fields. A topic
/// that comes without partitions and with an error is one that the broker could not tell of.
pub(in crate::source::kafka) fn metadata(answer: &answer::Metadata) -> MetadataView {
    let mut topics = Vec::with_capacity(answer.topics.len());
    let mut denied = Vec::new();
    for topic in &answer.topics {
        let Some(name) = &topic.name else { continue };
        let name = Name::from(name.as_str());
        match topic.error {
            Some(code) if topic.partitions.is_empty() => {
                let what = format!("topic {name}");
                denied.push((name, item(&what, code)));
            }
            _ => topics.push(TopicView {
                name,
                id: topic.id.map(|id| TopicId(id.into_bytes())),
                partitions: partitions(&topic.partitions),
            }),
        }
    }
    topics.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    topics.dedup_by(|later, kept| later.name == kept.name);
    denied.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let brokers = answer.brokers.iter();
    MetadataView {
        cluster_id: answer.cluster_id.as_deref().map(Name::from),
        controller: answer.controller.and_then(id),
        brokers: brokers
            .filter_map(|broker| listed(broker.id, &broker.host, broker.port, broker.rack.as_deref()))
            .collect(),
        topics,
        denied,
    }
}

fn partitions(answered: &[answer::Partition]) -> PartitionViews {
    let known = answered.iter().filter(|partition| partition.index >= 0);
    let mut views: Vec<_> = known
        .map(|partition| PartitionView {
            index: partition.index,
            leader: partition.leader.and_then(id),
            leader_epoch: partition.leader_epoch,
            replicas: ids(&partition.replicas),
            isr: ids(&partition.isr),
            offline: ids(&partition.offline),
        })
        .collect();
    views.sort_unstable_by_key(|view| view.index);
    views.dedup_by_key(|view| view.index);
    Arc::new(views.into_iter().map(Arc::new).collect())
}

/// Offsets by topic and partition.
pub(in crate::source::kafka) fn offsets(answer: &answer::Offsets) -> Offsets {
    let mut offsets = Offsets::new();
    for offset in &answer.offsets {
        let what = || format!("the offset of {}-{}", offset.topic, offset.partition);
        let read = match (offset.error, offset.offset) {
            (Some(code), _) => Err(item(&what(), code)),
            (None, Some(offset)) => Ok(offset),
            (None, None) => Err(Failure::new(
                FailureKind::Answered,
                &format!("{}: the broker answered without one", what()),
            )),
        };
        match offsets.get_mut(offset.topic.as_str()) {
            Some(partitions) => partitions.push((offset.partition, read)),
            None => {
                offsets.insert(Name::from(offset.topic.as_str()), vec![(offset.partition, read)]);
            }
        }
    }
    for partitions in offsets.values_mut() {
        partitions.sort_by_key(|(partition, _)| *partition);
        partitions.dedup_by_key(|(partition, _)| *partition);
    }
    offsets
}

/// Eligible leader replicas of the partitions on a page that have the field set (KIP-966).
pub(in crate::source::kafka) fn eligible(
    page: &answer::TopicPage,
    into: &mut BTreeMap<PartitionId, Vec<BrokerId>>,
) {
    for topic in &page.topics {
        let Some(name) = &topic.name else { continue };
        let name = Name::from(name.as_str());
        for partition in &topic.partitions {
            if let Some(eligible) = &partition.eligible.current {
                let partition = PartitionId {
                    topic: name.clone(),
                    partition: partition.index,
                };
                into.insert(partition, ids(eligible));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::KafkaCode;
    use crate::wire::answer::{Broker, Metadata, Offset, Partition, Topic};

    fn code(number: i16) -> Option<KafkaCode> {
        KafkaCode::from_wire(number)
    }

    fn partition(index: i32, leader: Option<i32>) -> Partition {
        Partition {
            error: None,
            index,
            leader,
            leader_epoch: Some(3),
            replicas: vec![1, -7, 2],
            isr: vec![1],
            offline: vec![],
        }
    }

    fn topic(name: Option<&str>, error: Option<KafkaCode>, partitions: Vec<Partition>) -> Topic {
        Topic {
            error,
            name: name.map(str::to_owned),
            id: None,
            internal: false,
            partitions,
        }
    }

    #[test]
    fn metadata_is_sorted_and_freed_of_what_cannot_be() {
        let broker = |id, host: &str, port| Broker {
            id,
            host: host.to_owned(),
            port,
            rack: None,
        };
        let view = metadata(&Metadata {
            cluster_id: Some("c".to_owned()),
            controller: Some(-4),
            brokers: vec![
                broker(1, "a", 9092),
                broker(-2, "a", 1),
                broker(3, "", 1),
                broker(4, "a", 70_000),
                broker(5, "a", -1),
            ],
            topics: vec![
                topic(
                    Some("z"),
                    code(5),
                    vec![partition(1, None), partition(0, Some(1)), partition(-1, None)],
                ),
                topic(None, code(100), vec![]),
                topic(Some("secret"), code(29), vec![]),
                topic(
                    Some("a"),
                    None,
                    vec![partition(0, Some(2)), partition(0, Some(3))],
                ),
                topic(Some("a"), None, vec![]),
            ],
        });
        assert_eq!(view.controller, None);
        assert_eq!(
            view.brokers.iter().map(|broker| broker.id.0).collect::<Vec<_>>(),
            [1]
        );
        let names: Vec<_> = view.topics.iter().map(|topic| topic.name.raw()).collect();
        assert_eq!(names, ["a", "z"]);
        assert_eq!(view.topics[0].partitions.len(), 1);
        let indexes: Vec<_> = view.topics[1]
            .partitions
            .iter()
            .map(|partition| partition.index)
            .collect();
        assert_eq!(indexes, [0, 1]);
        assert_eq!(view.topics[1].partitions[1].leader, None);
        assert_eq!(view.topics[1].partitions[0].replicas, [BrokerId(1), BrokerId(2)]);
        assert_eq!(view.denied.len(), 1);
        assert_eq!(view.denied[0].1.kind, FailureKind::Denied);
    }

    #[test]
    fn offsets_keep_the_error_of_each_partition() {
        let offset = |topic: &str, partition, error, offset| Offset {
            error,
            topic: topic.to_owned(),
            partition,
            offset,
            leader_epoch: None,
        };
        let offsets = offsets(&answer::Offsets {
            offsets: vec![
                offset("b", 1, code(6), None),
                offset("b", 0, None, Some(7)),
                offset("a", 0, None, None),
            ],
        });
        assert_eq!(offsets.keys().map(Name::raw).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(offsets["b"][0], (0, Ok(7)));
        assert!(
            offsets["b"][1]
                .1
                .as_ref()
                .unwrap_err()
                .detail()
                .contains("NOT_LEADER_OR_FOLLOWER")
        );
        assert!(offsets["a"][0].1.is_err());
    }
}

//! Clusters that are named often: the guide's, and those of the scale tests.

use std::time::Duration;

use super::groups_spec::{Behaviour, GroupSpec};
use super::spec::{ClusterSpec, Controllers, ElectionSpec, Release};
use super::timing::Timing;
use super::topic_spec::{Pattern, RetentionSpec, TopicSpec, TrafficSpec};
use crate::model::cluster::Mode;

/// The most partitions of one topic in a cluster of a given size.
const TOPIC_PARTITIONS: u32 = 100;
/// The most partitions that one group of such a cluster reads.
const GROUP_PARTITIONS: u32 = 50;
/// The retention of the guide's brokers (`log.retention.hours=168`).
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

impl ClusterSpec {
    /// A cluster without topics, groups and racks: Kafka 4.1 in KRaft mode with combined nodes, 3.9 with ZooKeeper.
    pub fn bare(mode: Mode, brokers: u32) -> Self {
        let kraft = mode == Mode::Kraft;
        Self {
            mode,
            release: if kraft { Release::V4_1 } else { Release::V3_9 },
            cluster_id: if kraft {
                "a2FmdG9wLXNpbS1rcmFmdA"
            } else {
                "a2FmdG9wLXNpbS16b29rZQ"
            }
            .to_owned(),
            brokers,
            controllers: Controllers::Combined {
                voters: brokers.min(3),
            },
            zookeepers: if kraft { 0 } else { 3 },
            racks: Vec::new(),
            topics: Vec::new(),
            groups: Vec::new(),
            timing: if kraft {
                Timing::kraft()
            } else {
                Timing::zookeeper()
            },
            election: ElectionSpec::default(),
        }
    }

    /// The HA guide's cluster: 3 brokers, its four topics with replication factor 3 and min ISR 2, and groups that keep
    /// up, each in its own way.
    pub fn guide(mode: Mode) -> Self {
        let kept = RetentionSpec {
            records: None,
            time: Some(WEEK),
        };
        let topics = vec![
            TopicSpec::named("messages", 100).at_rate(400.0),
            TopicSpec {
                traffic: TrafficSpec {
                    pattern: Pattern::Bursty {
                        every: Duration::from_secs(30),
                        for_: Duration::from_secs(6),
                        factor: 8.0,
                    },
                    record_bytes: 900,
                    ..TrafficSpec::default()
                },
                ..TopicSpec::named("file_merge_requests", 50).at_rate(20.0)
            },
            TopicSpec::named("message_status_updates", 50).at_rate(250.0),
            TopicSpec::named("dlq", 3).at_rate(0.2),
            offsets_topic(3, 2),
        ]
        .into_iter()
        .map(|topic| TopicSpec {
            retention: if topic.internal { topic.retention } else { kept },
            ..topic
        })
        .collect();
        Self {
            racks: vec!["rack-a".to_owned(), "rack-b".to_owned(), "rack-c".to_owned()],
            topics,
            groups: guide_groups(),
            ..Self::bare(mode, 3)
        }
    }

    /// A cluster of a given size: topics of at most 100 partitions, groups of at most 50 partitions each, replication
    /// factor 3 and min ISR 2 as far as there are brokers.
    pub fn sized(mode: Mode, brokers: u32, partitions: u32, groups: u32) -> Self {
        let replication = brokers.clamp(1, 3);
        let min_isr = replication.saturating_sub(1).max(1);
        let mut topics = Vec::new();
        let mut left = partitions;
        while left > 0 {
            let count = left.min(TOPIC_PARTITIONS);
            left -= count;
            let number = topics.len();
            // One topic in four is busy, as on real clusters.
            let rate = if number % 4 == 0 {
                f64::from(count) * 2.0
            } else {
                0.0
            };
            topics.push(
                TopicSpec::named(&format!("topic-{number:05}"), count)
                    .replicated(replication, min_isr)
                    .at_rate(rate),
            );
        }
        let groups = (0..groups)
            .map(|number| sized_group(number, topics.len()))
            .filter(|group| !group.topics.is_empty())
            .collect::<Vec<_>>();
        if !groups.is_empty() {
            topics.push(offsets_topic(replication, min_isr));
        }
        Self {
            topics,
            groups,
            ..Self::bare(mode, brokers)
        }
    }
}

/// `__consumer_offsets` as Kafka makes it: 50 partitions.
pub(crate) fn offsets_topic(replication: u32, min_isr: u32) -> TopicSpec {
    TopicSpec {
        internal: true,
        traffic: TrafficSpec {
            record_bytes: 120,
            ..TrafficSpec::default()
        },
        ..TopicSpec::named("__consumer_offsets", 50).replicated(replication, min_isr)
    }
}

fn guide_groups() -> Vec<GroupSpec> {
    let every = Duration::from_secs;
    vec![
        GroupSpec::following("message-router-group", &["messages"], 4),
        GroupSpec::following(
            "status-aggregator-group",
            &["message_status_updates", "messages"],
            3,
        ),
        GroupSpec::following("file-merge-workers", &["file_merge_requests"], 5)
            .behaving(Behaviour::Bursty { every: every(10) }, 40),
        GroupSpec::following("search-indexer-group", &["messages"], 2)
            .behaving(Behaviour::Rebalancing { every: every(90) }, 5),
        GroupSpec::following("replay-group", &["message_status_updates"], 1).behaving(
            Behaviour::Rewinding {
                every: every(120),
                by: 400,
            },
            0,
        ),
        GroupSpec {
            kind: super::groups_spec::GroupKind::Consumer,
            ..GroupSpec::following("dlq-inspector-group", &["dlq"], 1)
        },
    ]
}

fn sized_group(number: u32, topics: usize) -> GroupSpec {
    let index = usize::try_from(number).unwrap_or(0);
    // Groups begin with the busy topics, every fourth one.
    let topic = index.saturating_mul(4).checked_rem(topics);
    let behaviour = match number % 20 {
        7 => Behaviour::Slow { share: 0.95 },
        13 => Behaviour::Stalled,
        17 => Behaviour::Empty,
        _ => Behaviour::Steady,
    };
    GroupSpec {
        topics: topic
            .map(|topic| format!("topic-{topic:05}"))
            .into_iter()
            .collect(),
        partitions: Some(GROUP_PARTITIONS),
        ..GroupSpec::following(
            &format!("group-{number:04}"),
            &[],
            if behaviour == Behaviour::Empty { 0 } else { 2 },
        )
        .behaving(behaviour, u64::from(number % 7))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_clusters_can_be_simulated() {
        for mode in [Mode::Kraft, Mode::ZooKeeper] {
            assert_eq!(ClusterSpec::guide(mode).check(), Ok(()));
            for (brokers, partitions, groups) in [(1, 1, 1), (2, 150, 3), (60, 50_000, 1_000), (3, 0, 5)] {
                let spec = ClusterSpec::sized(mode, brokers, partitions, groups);
                assert_eq!(spec.check(), Ok(()));
                let users: u64 = spec
                    .topics
                    .iter()
                    .filter(|topic| !topic.internal)
                    .map(|topic| u64::from(topic.partitions))
                    .sum();
                assert_eq!(users, u64::from(partitions));
            }
        }
    }
}

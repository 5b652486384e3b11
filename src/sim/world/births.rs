//! Topics that come into being: where their replicas go, and what they hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::World;
use super::ids::Ids;
use super::image::{PartitionImage, TopicImage, TopicSlot};
use super::marks::Marks;
use super::numbers::{chance, draw, real, signed, topic_of_chance, unsigned, whole};
use super::registry::{id_of, place_of};
use super::spec::ClusterSpec;
use super::topic_logs::TopicLogs;
use super::topic_spec::TopicSpec;
use super::traffic::Producer;
use crate::model::ids::TopicId;

/// How long the simulated producers have written before the world begins, in ms.
const HISTORY: i64 = 6 * 3600 * 1000;
/// The most records that a partition without traffic begins with.
const IDLE_RECORDS: u64 = 5_000;

impl World {
    /// Adds a topic to the truth: without records, or with the history that it has when the world begins.
    pub(super) fn add_topic(&mut self, spec: &TopicSpec, with_history: bool) -> Arc<TopicImage> {
        let slot = self.replication.next_slot();
        let lists = spec
            .assignment
            .clone()
            .unwrap_or_else(|| self.placement(spec, slot));
        let mut logs = TopicLogs::new(spec);
        let mut partitions = Vec::with_capacity(lists.len());
        for (number, list) in (0_u64..).zip(&lists) {
            let holders: Vec<usize> = list.iter().copied().filter_map(place_of).collect();
            let (start, end, marks) = if with_history {
                self.history(spec, slot, number)
            } else {
                let now = self.wall(self.now());
                (0, 0, Marks::new(0, now, 0, now))
            };
            logs.push(&holders, start, end, marks);
            partitions.push(PartitionImage {
                leader: list.first().copied(),
                leader_epoch: 0,
                partition_epoch: 0,
                replicas: Ids::from(&list[..]),
                isr: Ids::from(&list[..]),
                elr: Ids::none(),
                last_known_elr: Ids::none(),
            });
        }
        let image = Arc::new(TopicImage {
            name: logs.name.clone(),
            id: topic_id(self.seed, slot),
            slot: TopicSlot(slot),
            internal: spec.internal,
            min_isr: spec.min_isr,
            configs: Arc::new(configs(spec)),
            partitions,
        });
        self.replication.push(logs);
        self.producers.push(Producer::new(spec, slot));
        let topics = &mut self.registry.edit().topics;
        let place = topics.partition_point(|other| other.name < image.name);
        topics.insert(place, image.clone());
        image
    }

    /// Spread over the live brokers, racks in turn (`StripedReplicaPlacer`, `AdminUtils.assignReplicasToBrokers`).
    fn placement(&self, spec: &TopicSpec, slot: u32) -> Vec<Vec<i32>> {
        let live: Vec<i32> = self.registry.truth.live().collect();
        let order = by_racks(&self.spec, &live);
        let count = order.len().max(1);
        let first = usize::try_from(draw(
            self.seed,
            topic_of_chance::PLACEMENT,
            slot.into(),
            u64::try_from(count).unwrap_or(1),
        ))
        .unwrap_or(0);
        let at = |place: usize| order.get(place % count).copied().unwrap_or(1);
        let mut lists = Vec::with_capacity(spec.partitions as usize);
        for number in 0..spec.partitions as usize {
            let leader = first + number;
            let shift = number / count;
            let followers = (1..spec.replication as usize).map(|follower| {
                let step = 1 + (shift + follower - 1) % count.saturating_sub(1).max(1);
                at(leader + step)
            });
            lists.push(std::iter::once(at(leader)).chain(followers).collect());
        }
        lists
    }

    fn history(&self, spec: &TopicSpec, slot: u32, number: u64) -> (u64, u64, Marks) {
        let key = (u64::from(slot) << 32) | number;
        let idle = draw(self.seed, topic_of_chance::HISTORY, key, IDLE_RECORDS);
        let per_second = spec.records_per_second / f64::from(spec.partitions.max(1));
        let kept = spec
            .retention
            .time
            .map_or(HISTORY, |time| {
                signed(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
            })
            .min(HISTORY);
        let written = |span: i64| whole(per_second * real(unsigned(span)) / 1000.0);
        let end = idle.saturating_add(written(HISTORY));
        let mut start = if kept < HISTORY {
            end - written(kept).min(end)
        } else {
            0
        };
        if let Some(records) = spec.retention.records {
            start = start.max(end.saturating_sub(records));
        }
        let now = self.started_at();
        // What is idle was written long ago.
        let (since, until) = if per_second > 0.0 {
            (now.saturating_sub(kept), now)
        } else {
            (now.saturating_sub(HISTORY), now.saturating_sub(HISTORY / 2))
        };
        (start, end, Marks::new(start, since, end, until))
    }
}

/// The brokers so that neighbours lie in different racks.
fn by_racks(spec: &ClusterSpec, live: &[i32]) -> Vec<i32> {
    let racks = spec.racks.len().max(1);
    let rack = |id: i32| place_of(id).map_or(0, |place| place % racks);
    let mut order: Vec<(usize, usize, i32)> = Vec::with_capacity(live.len());
    let mut seen = vec![0; racks];
    for id in live {
        let turn = seen.get_mut(rack(*id)).map_or(0, |seen| {
            *seen += 1;
            *seen
        });
        order.push((turn, rack(*id), *id));
    }
    order.sort_unstable();
    order.into_iter().map(|(_, _, id)| id).collect()
}

fn topic_id(seed: u64, slot: u32) -> TopicId {
    let half = |which: u64| chance(seed, topic_of_chance::TOPIC_ID, (u64::from(slot) << 1) | which);
    let bits = (u128::from(half(0)) << 64) | u128::from(half(1));
    // Kafka gives no id whose text begins with a dash (`Uuid.randomUuid`).
    TopicId((bits & (u128::MAX >> 1) | 1).to_be_bytes())
}

/// The settings that the topic itself carries.
fn configs(spec: &TopicSpec) -> BTreeMap<String, String> {
    let mut configs = BTreeMap::new();
    let mut set = |key: &str, value: String| {
        configs.insert(key.to_owned(), value);
    };
    set("min.insync.replicas", spec.min_isr.to_string());
    if let Some(time) = spec.retention.time {
        set("retention.ms", time.as_millis().to_string());
    }
    if let Some(records) = spec.retention.records {
        let bytes = records.saturating_mul(spec.traffic.record_bytes.into());
        set("retention.bytes", bytes.to_string());
    }
    if let Some(unclean) = spec.unclean {
        set("unclean.leader.election.enable", unclean.to_string());
    }
    if spec.internal {
        set("cleanup.policy", "compact".to_owned());
        set("compression.type", "producer".to_owned());
        set("segment.bytes", "104857600".to_owned());
    }
    configs
}

impl World {
    /// Lets every broker believe the truth as it is when the world begins.
    pub(super) fn settle_at_birth(&mut self) {
        self.registry.index_topics();
        let truth = self.registry.truth.clone();
        let learns = vec![true; self.machines.brokers()];
        for topic in &truth.topics {
            if let Some(logs) = self.replication.logs_mut(topic.slot.0) {
                for (number, image) in topic.partitions.iter().enumerate() {
                    super::delivery::take_roles(logs, number, image, 0, &learns);
                    for replica in logs.replicas_mut(number) {
                        replica.matched = true;
                    }
                }
            }
        }
        self.registry.records = 0;
        self.replication.shrink_to_fit();
        self.standing.beliefs = (0..self.machines.brokers()).map(|_| truth.clone()).collect();
        for broker in 0..self.machines.brokers() {
            let interval = super::time::ticks(self.spec.timing.heartbeat);
            let which = u64::from(id_of(broker).unsigned_abs());
            let beat_at = draw(self.seed, topic_of_chance::HEARTBEAT, which, interval);
            if let Some(session) = self.registry.sessions.get_mut(broker) {
                session.beat_at = beat_at;
            }
        }
    }
}

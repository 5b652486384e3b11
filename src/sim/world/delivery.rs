//! How brokers learn the truth, and what they make of it: who leads and who follows.

use std::sync::Arc;

use super::World;
use super::image::{Image, PartitionImage, TopicImage};
use super::registry::{id_of, place_of};
use super::replica::NOBODY;
use super::topic_logs::{TopicLogs, bit};

/// What one image says that another did not.
#[derive(Debug, Default)]
struct Differences {
    partitions: Vec<(u32, u32)>,
    brokers: Vec<i32>,
}

impl World {
    /// Brokers that reach the controller believe the truth from now on.
    pub(super) fn deliver(&mut self) {
        let truth = self.registry.truth.clone();
        let mut late: Vec<usize> = (0..self.machines.brokers())
            .filter(|broker| {
                let belief = self.standing.beliefs.get(*broker);
                belief.is_some_and(|belief| !Arc::ptr_eq(belief, &truth)) && self.reaches_controller(*broker)
            })
            .collect();
        // Most of them have believed the same until now: differences are sought once for all of these.
        while let Some(first) = late.first().copied() {
            let Some(old) = self.standing.beliefs.get(first).cloned() else {
                return;
            };
            let (group, rest) = late.into_iter().partition(|broker| {
                self.standing
                    .beliefs
                    .get(*broker)
                    .is_some_and(|belief| Arc::ptr_eq(belief, &old))
            });
            late = rest;
            self.believe(&group, &old, &truth);
        }
    }

    fn believe(&mut self, group: &[usize], old: &Image, truth: &Arc<Image>) {
        let mut learns = vec![false; self.machines.brokers()];
        for broker in group {
            if let Some(place) = learns.get_mut(*broker) {
                *place = true;
            }
            if let Some(belief) = self.standing.beliefs.get_mut(*broker) {
                *belief = truth.clone();
            }
            self.groups.forget_stale(id_of(*broker));
        }
        let differences = differences(old, truth);
        let now = u32::try_from(self.clock.tick).unwrap_or(u32::MAX);
        for (slot, partition) in differences.partitions {
            let Some(image) = self.registry.partition(slot, partition) else {
                continue;
            };
            if let Some(logs) = self.replication.logs_mut(slot) {
                take_roles(logs, partition as usize, image, now, &learns);
            }
            self.replication.stir(slot, partition);
        }
        for broker in differences.brokers.into_iter().filter_map(place_of) {
            self.replication.stir_broker(broker);
        }
    }
}

fn differences(old: &Image, new: &Image) -> Differences {
    let mut found = Differences::default();
    let mut before = old.topics.iter().peekable();
    for topic in &new.topics {
        while before.next_if(|other| other.name < topic.name).is_some() {}
        let same = before.next_if(|other| other.name == topic.name);
        match same {
            Some(other) if Arc::ptr_eq(other, topic) => {}
            Some(other) if other.slot == topic.slot => found.compare(topic, &other.partitions),
            _ => found.compare(topic, &[]),
        }
    }
    let changed = new
        .brokers
        .iter()
        .filter(|(id, registration)| old.brokers.get(id) != Some(registration));
    found.brokers = changed.map(|(id, _)| *id).collect();
    found
}

impl Differences {
    fn compare(&mut self, topic: &TopicImage, before: &[PartitionImage]) {
        for (number, partition) in (0_u32..).zip(&topic.partitions) {
            if before.get(number as usize) != Some(partition) {
                self.partitions.push((topic.slot.0, number));
            }
        }
    }
}

/// The brokers that learn of a partition take the role that it gives them.
pub(super) fn take_roles(
    logs: &mut TopicLogs,
    partition: usize,
    image: &PartitionImage,
    now: u32,
    learns: &[bool],
) {
    let position = |id: i32| image.replicas.iter().position(|other| *other == id);
    let leader = image
        .leader
        .and_then(position)
        .and_then(|position| u8::try_from(position).ok())
        .unwrap_or(NOBODY);
    let isr = image
        .isr
        .iter()
        .copied()
        .filter_map(position)
        .fold(0, |isr, position| isr | bit(position));
    let told: Vec<bool> = logs
        .holders(partition)
        .iter()
        .map(|holder| learns.get(usize::from(*holder)).copied().unwrap_or(false))
        .collect();
    for (position, replica) in logs.replicas_mut(partition).iter_mut().enumerate() {
        if told.get(position) != Some(&true) {
            continue;
        }
        replica.isr = isr;
        if replica.follows == leader && replica.epoch == image.leader_epoch {
            continue;
        }
        let leads = usize::from(leader) == position;
        let led = usize::from(replica.follows) == position;
        replica.follows = leader;
        replica.epoch = image.leader_epoch;
        replica.matched = leads;
        if !(leads && led) {
            replica.since = now;
        }
        if leads {
            replica.begin_epoch(image.leader_epoch, replica.end);
        }
    }
}

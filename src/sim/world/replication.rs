//! Replication: who can copy from whom, and the ISRs that leaders ask for.

use super::World;
use super::numbers::{draw, real, topic_of_chance, whole};
use super::registry::id_of;
use super::time::ticks;
use super::topic_logs::{Abilities, TopicLogs, bit};

/// A broker that fetches is not stalled.
const NEVER: u64 = u64::MAX;

/// The logs of all topics, and what brokers can do for them.
#[derive(Debug)]
pub(super) struct Replication {
    /// By slot; none where a deleted topic's logs are gone.
    logs: Vec<Option<Box<TopicLogs>>>,
    /// The partitions of which each broker has a replica: slot and number.
    pub(super) hosted: Vec<Vec<(u32, u32)>>,
    /// What each broker can do for the others now.
    pub(super) abilities: Vec<Abilities>,
    /// Whether each broker serves clients, if they reach it.
    pub(super) serves: Vec<bool>,
    /// Since when each broker has not fetched.
    stalled_since: Vec<u64>,
    /// Brokers that copy only a share of the time, and since when.
    slow: Vec<Option<(f64, u64)>>,
    /// Partitions where something may have become possible.
    stirred: Vec<(u32, u32)>,
    /// Bytes that clients wrote and that are kept.
    pub(super) held_bytes: u64,
}

impl Replication {
    pub(super) fn new(brokers: usize) -> Self {
        let able = Abilities {
            gives: true,
            fetches: true,
        };
        Self {
            logs: Vec::new(),
            hosted: vec![Vec::new(); brokers],
            abilities: vec![able; brokers],
            serves: vec![true; brokers],
            stalled_since: vec![NEVER; brokers],
            slow: vec![None; brokers],
            stirred: Vec::new(),
            held_bytes: 0,
        }
    }

    /// Adds a topic's logs; gives their slot.
    pub(super) fn push(&mut self, logs: TopicLogs) -> u32 {
        let slot = super::numbers::narrow(self.logs.len());
        for partition in 0..logs.partitions.len() {
            for holder in logs.holders(partition) {
                if let Some(hosted) = self.hosted.get_mut(usize::from(*holder)) {
                    hosted.push((slot, super::numbers::narrow(partition)));
                }
            }
        }
        self.logs.push(Some(Box::new(logs)));
        slot
    }

    /// Gives back what was allocated ahead.
    pub(super) fn shrink_to_fit(&mut self) {
        for hosted in &mut self.hosted {
            hosted.shrink_to_fit();
        }
    }

    /// Bytes of clients' batches that are kept now; looks through all logs.
    pub(super) fn count_bytes(&self) -> u64 {
        let of = |logs: &TopicLogs, number| {
            let held = logs
                .replicas(number)
                .iter()
                .map(super::replica::Replica::stored_bytes);
            held.max().unwrap_or(0)
        };
        self.all()
            .map(|(_, logs)| {
                (0..logs.partitions.len())
                    .map(|number| of(logs, number))
                    .sum::<u64>()
            })
            .sum()
    }

    /// The slot that the next topic gets.
    pub(super) fn next_slot(&self) -> u32 {
        super::numbers::narrow(self.logs.len())
    }

    pub(super) fn logs(&self, slot: u32) -> Option<&TopicLogs> {
        self.logs.get(slot as usize)?.as_deref()
    }

    pub(super) fn logs_mut(&mut self, slot: u32) -> Option<&mut TopicLogs> {
        self.logs.get_mut(slot as usize)?.as_deref_mut()
    }

    /// All topics' logs with their slots.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, &TopicLogs)> {
        (0_u32..)
            .zip(&self.logs)
            .filter_map(|(slot, logs)| Some((slot, logs.as_deref()?)))
    }

    /// Deleted topics that `is_known` says no broker knows any more are dropped.
    pub(super) fn drop_deleted(&mut self, is_known: impl Fn(&str, u32) -> bool) {
        for (slot, place) in (0_u32..).zip(&mut self.logs) {
            let gone = place
                .as_ref()
                .is_some_and(|logs| logs.deleted && !is_known(&logs.name, slot));
            if gone {
                *place = None;
                for hosted in &mut self.hosted {
                    hosted.retain(|(other, _)| *other != slot);
                }
            }
        }
    }

    /// Something may have become possible at a partition.
    pub(super) fn stir(&mut self, slot: u32, partition: u32) {
        let place = self
            .logs
            .get_mut(slot as usize)
            .and_then(|logs| logs.as_mut()?.partitions.get_mut(partition as usize));
        if let Some(place) = place
            && !place.stirred
        {
            place.stirred = true;
            self.stirred.push((slot, partition));
        }
    }

    /// The same at every partition of a broker.
    pub(super) fn stir_broker(&mut self, broker: usize) {
        let hosted = self.hosted.get(broker).cloned().unwrap_or_default();
        for (slot, partition) in hosted {
            self.stir(slot, partition);
        }
    }

    fn take_stirred(&mut self) -> Vec<(u32, u32)> {
        let stirred = std::mem::take(&mut self.stirred);
        for (slot, partition) in &stirred {
            let place = self
                .logs
                .get_mut(*slot as usize)
                .and_then(|logs| logs.as_mut()?.partitions.get_mut(*partition as usize));
            if let Some(place) = place {
                place.stirred = false;
            }
        }
        stirred
    }

    /// Lets a broker copy only a share of the time; 1.0 ends it.
    pub(super) fn slow(&mut self, broker: usize, factor: f64, now: u64) {
        if let Some(place) = self.slow.get_mut(broker) {
            *place = (factor < 1.0).then_some((factor.max(0.0), now));
        }
    }

    /// The rate of each slow broker, for the text of the state.
    pub(super) fn slow_brokers(&self) -> &[Option<(f64, u64)>] {
        &self.slow
    }

    fn rests(&self, broker: usize, now: u64, cycle: u64) -> bool {
        let Some(Some((factor, since))) = self.slow.get(broker) else {
            return false;
        };
        let place = now.saturating_sub(*since).checked_rem(cycle).unwrap_or(0);
        place < whole(real(cycle) * (1.0 - factor))
    }

    /// Copies at one partition.
    pub(super) fn copy(&mut self, slot: u32, partition: u32) {
        let abilities = &self.abilities;
        if let Some(Some(logs)) = self.logs.get_mut(slot as usize) {
            logs.copy(partition as usize, abilities);
        }
    }
}

impl World {
    /// The partitions of which a broker has a replica.
    pub(super) fn hosted(&self, broker: usize) -> Vec<(u32, u32)> {
        self.replication.hosted.get(broker).cloned().unwrap_or_default()
    }

    /// Finds out anew what brokers can do, and looks again where that has changed.
    pub(super) fn refresh_abilities(&mut self) {
        let now = self.clock.tick;
        let cycle = ticks(self.spec.timing.slow_cycle);
        for broker in 0..self.machines.brokers() {
            let Some(machine) = self.machines.at(broker) else {
                continue;
            };
            let serves = machine.serves();
            let gives = serves && machine.talks();
            let found = Abilities {
                gives,
                fetches: gives && !self.replication.rests(broker, now, cycle),
            };
            let replication = &mut self.replication;
            if let Some(place) = replication.serves.get_mut(broker) {
                *place = serves;
            }
            if let Some(stalled) = replication.stalled_since.get_mut(broker) {
                *stalled = match (found.fetches, *stalled) {
                    (true, _) => NEVER,
                    (false, NEVER) => now,
                    (false, since) => since,
                };
            }
            let changed = replication
                .abilities
                .get_mut(broker)
                .is_some_and(|place| std::mem::replace(place, found) != found);
            if changed {
                replication.stir_broker(broker);
            }
        }
    }

    /// A controller acts again: leaders ask it for what nobody could grant.
    pub(super) fn stir_torn(&mut self) {
        for (slot, partition) in self.places(|partition| partition.isr.len() < partition.replicas.len()) {
            self.replication.stir(slot, partition);
        }
    }

    /// The partitions of which this is true, as slot and number.
    pub(super) fn places(&self, is_it: impl Fn(&super::PartitionImage) -> bool) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        for topic in &self.registry.truth.topics {
            let numbered = (0_u32..).zip(&topic.partitions);
            let fitting = numbered.filter(|(_, partition)| is_it(partition));
            found.extend(fitting.map(|(number, _)| (topic.slot.0, number)));
        }
        found
    }

    /// Copies where something may have become possible, and lets leaders ask for those who have caught up.
    pub(super) fn settle(&mut self) {
        for (slot, partition) in self.replication.take_stirred() {
            self.replication.copy(slot, partition);
            self.expand(slot, partition);
        }
    }

    fn expand(&mut self, slot: u32, partition: u32) {
        let number = partition as usize;
        let Some(logs) = self.replication.logs(slot) else {
            return;
        };
        let mut asked = Vec::new();
        for (position, replica) in logs.replicas(number).iter().enumerate() {
            if usize::from(replica.follows) != position {
                continue;
            }
            let Some(leader) = logs.holder(number, position) else {
                continue;
            };
            for follower in 0..logs.holders(number).len() {
                let out = follower != position && replica.isr & bit(follower) == 0;
                if out
                    && logs.has_caught_up(number, position, follower)
                    && let Some(holder) = logs.holder(number, follower)
                    && self.fetches(holder)
                {
                    asked.push((position, follower, leader, holder, replica.epoch));
                }
            }
        }
        for (position, follower, leader, holder, epoch) in asked {
            if !self.gives(leader) || !self.reaches_controller(leader) {
                continue;
            }
            let by = (id_of(leader), epoch);
            let joined = self
                .registry
                .alter_isr((slot, partition), by, id_of(holder), true);
            // From now on the leader waits for it, before it has heard that it was granted (KIP-497).
            if joined
                && let Some(logs) = self.replication.logs_mut(slot)
                && let Some(replica) = logs.replicas_mut(number).get_mut(position)
            {
                replica.isr |= bit(follower);
            }
        }
    }

    fn fetches(&self, broker: usize) -> bool {
        self.replication
            .abilities
            .get(broker)
            .is_some_and(|abilities| abilities.fetches)
    }

    fn gives(&self, broker: usize) -> bool {
        self.replication
            .abilities
            .get(broker)
            .is_some_and(|abilities| abilities.gives)
    }

    /// Leaders ask to be rid of followers that have not caught up for `replica.lag.time.max.ms`; each looks twice in
    /// that time (`ReplicaManager.maybeShrinkIsr`).
    pub(super) fn shrink(&mut self) {
        let now = self.clock.tick;
        let lag = ticks(self.spec.timing.replica_lag);
        let late = |since: u64| since != NEVER && now.saturating_sub(since) > lag;
        if !self.replication.stalled_since.iter().any(|since| late(*since)) {
            return;
        }
        let half = (lag / 2).max(1);
        let brokers = self.machines.brokers();
        let due: Vec<bool> = (0..brokers)
            .map(|broker| {
                let phase = draw(
                    self.seed,
                    topic_of_chance::SHRINK,
                    u64::try_from(broker).unwrap_or(0),
                    half,
                );
                (now + phase).is_multiple_of(half) && self.gives(broker) && self.reaches_controller(broker)
            })
            .collect();
        if !due.contains(&true) {
            return;
        }
        for broker in 0..brokers {
            let since = self
                .replication
                .stalled_since
                .get(broker)
                .copied()
                .unwrap_or(NEVER);
            if late(since) {
                self.shrink_by(broker, &due, now.saturating_sub(lag));
            }
        }
    }

    fn shrink_by(&mut self, broker: usize, due: &[bool], since: u64) {
        for (slot, partition) in self.hosted(broker) {
            let Some(logs) = self.replication.logs(slot) else {
                continue;
            };
            let number = partition as usize;
            let Some(follower) = logs.position(number, broker) else {
                continue;
            };
            let Some(leader) = self
                .registry
                .partition(slot, partition)
                .and_then(|image| image.leader)
                .and_then(super::registry::place_of)
            else {
                continue;
            };
            let Some((_, replica)) = logs.leading(number, leader) else {
                continue;
            };
            let settled = u64::from(replica.since) < since;
            if due.get(leader) == Some(&true)
                && leader != broker
                && settled
                && replica.isr & bit(follower) != 0
            {
                let by = (id_of(leader), replica.epoch);
                self.registry
                    .alter_isr((slot, partition), by, id_of(broker), false);
            }
        }
    }
}

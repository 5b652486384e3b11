//! The simulated producers.

use super::World;
use super::numbers::{draw, narrow, real, topic_of_chance, whole};
use super::registry::place_of;
use super::replica::NOBODY;
use super::time::{STEP, ticks};
use super::topic_spec::{Acks, Pattern, TopicSpec};

/// How often a producer that hears nothing asks anew who leads, in ticks.
const REFRESH: u64 = 20;
/// How many records producers have under way at a partition before they wait (`max.in.flight.requests.per.connection`
/// is 5), where one comes at a time.
const IN_FLIGHT: u64 = 10;
/// How often a topic's retention is looked at, in ticks.
const RETENTION: u64 = 20;

/// What a producer meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlook {
    /// Its records are taken.
    Taken,
    /// An error comes back at once, so that it reads the metadata anew.
    Refused,
    /// Nothing comes back.
    Silent,
}

/// All producers of one topic.
#[derive(Debug, Clone)]
pub(super) struct Producer {
    pub(super) slot: u32,
    /// Records per second.
    pub(super) rate: f64,
    pattern: Pattern,
    acks: Acks,
    /// The part of a record that is due.
    due: f64,
    /// The partition that is next.
    cursor: u32,
}

impl Producer {
    pub(super) fn new(spec: &TopicSpec, slot: u32) -> Self {
        Self {
            slot,
            rate: spec.records_per_second,
            pattern: spec.traffic.pattern,
            acks: spec.traffic.acks,
            due: 0.0,
            cursor: 0,
        }
    }

    /// How many records come in this tick.
    fn step(&mut self, seed: u64, now: u64) -> u64 {
        if self.rate <= 0.0 {
            return 0;
        }
        let burst = match self.pattern {
            Pattern::Steady => 1.0,
            Pattern::Bursty { every, for_, factor } => {
                let place = now.checked_rem(ticks(every)).unwrap_or(0);
                if place < ticks(for_) { factor } else { 1.0 }
            }
        };
        let key = (now << 20) ^ u64::from(self.slot);
        let noise = 0.9 + real(draw(seed, topic_of_chance::TRAFFIC, key, 201)) / 1000.0;
        self.due += self.rate * real(STEP) / 1000.0 * burst * noise;
        let records = whole(self.due);
        self.due -= real(records);
        records
    }
}

impl World {
    /// One tick of all producers.
    pub(super) fn produce(&mut self) {
        let now = self.clock.tick;
        for index in 0..self.producers.len() {
            let seed = self.seed;
            let Some(producer) = self.producers.get_mut(index) else {
                continue;
            };
            let records = producer.step(seed, now);
            if records == 0 {
                continue;
            }
            let (slot, acks, cursor) = (producer.slot, producer.acks, producer.cursor);
            let count = self
                .replication
                .logs(slot)
                .map_or(0, |logs| narrow(logs.partitions.len()));
            let (Some(each), Some(extra)) = (
                records.checked_div(count.into()),
                records.checked_rem(count.into()),
            ) else {
                continue;
            };
            let touched = if each > 0 {
                count
            } else {
                u32::try_from(extra).unwrap_or(count)
            };
            for step in 0..touched {
                let partition = (u64::from(cursor) + u64::from(step)) % u64::from(count);
                let more = u64::from(u64::from(step) < extra);
                let partition = u32::try_from(partition).unwrap_or(0);
                self.produce_to(slot, partition, each + more, acks);
            }
            if let Some(producer) = self.producers.get_mut(index) {
                producer.cursor = u32::try_from((u64::from(cursor) + extra) % u64::from(count)).unwrap_or(0);
            }
        }
    }

    /// Writes synthetic records to a partition as its producers see it; whether they were taken.
    pub(super) fn produce_to(&mut self, slot: u32, partition: u32, records: u64, acks: Acks) -> bool {
        let (now, wall) = (self.clock.tick, self.wall(self.now()));
        let number = partition as usize;
        match self.outlook(slot, number, records, acks) {
            Outlook::Taken => {}
            Outlook::Refused => {
                self.ask_anew(slot, partition);
                if self.outlook(slot, number, records, acks) != Outlook::Taken {
                    return false;
                }
            }
            Outlook::Silent => {
                if (now + u64::from(partition)).is_multiple_of(REFRESH) {
                    self.ask_anew(slot, partition);
                }
                return false;
            }
        }
        let Some(logs) = self.replication.logs_mut(slot) else {
            return false;
        };
        let Some(writer) = logs.partitions.get(number).map(|place| usize::from(place.writer)) else {
            return false;
        };
        let Some(end) = logs.replicas(number).get(writer).map(|replica| replica.end) else {
            return false;
        };
        if let Some(place) = logs.partitions.get_mut(number) {
            place.marks.write(end, wall);
        }
        if let Some(replica) = logs.replicas_mut(number).get_mut(writer) {
            replica.end = end.saturating_add(records);
        }
        self.replication.copy(slot, partition);
        true
    }

    /// What producers meet at the replica that they write to.
    fn outlook(&self, slot: u32, number: usize, records: u64, acks: Acks) -> Outlook {
        let Some(logs) = self.replication.logs(slot) else {
            return Outlook::Silent;
        };
        let writer = logs
            .partitions
            .get(number)
            .map_or(usize::from(NOBODY), |place| usize::from(place.writer));
        let (Some(replica), Some(holder)) = (logs.replicas(number).get(writer), logs.holder(number, writer))
        else {
            return Outlook::Refused;
        };
        if self.replication.serves.get(holder) != Some(&true) {
            return Outlook::Silent;
        }
        if usize::from(replica.follows) != writer {
            return Outlook::Refused;
        }
        if acks != Acks::All {
            return Outlook::Taken;
        }
        let enough = logs.replicas(number).len().min(logs.min_isr as usize);
        if (replica.isr.count_ones() as usize) < enough {
            return Outlook::Refused;
        }
        let waiting = replica.end.saturating_sub(replica.high_watermark);
        if waiting > IN_FLIGHT.max(records.saturating_mul(5)) {
            return Outlook::Silent;
        }
        Outlook::Taken
    }

    /// Producers read the metadata anew.
    fn ask_anew(&mut self, slot: u32, partition: u32) {
        let Some(position) = self.served_by(slot, partition) else {
            return;
        };
        let place = self
            .replication
            .logs_mut(slot)
            .and_then(|logs| logs.partitions.get_mut(partition as usize));
        if let Some(place) = place {
            place.writer = position;
        }
    }

    /// The position of the leader that the truth names, where that one believes it and serves.
    fn served_by(&self, slot: u32, partition: u32) -> Option<u8> {
        let leader = place_of(self.registry.partition(slot, partition)?.leader?)?;
        if !*self.replication.serves.get(leader)? {
            return None;
        }
        let (position, _) = self.replication.logs(slot)?.leading(partition as usize, leader)?;
        u8::try_from(position).ok()
    }

    /// Drops what is older than the topics keep.
    pub(super) fn expire(&mut self) {
        let now = self.clock.tick;
        let wall = self.wall(self.now());
        for slot in 0..self.replication.next_slot() {
            if !(now + u64::from(slot)).is_multiple_of(RETENTION) {
                continue;
            }
            let Some(logs) = self.replication.logs_mut(slot) else {
                continue;
            };
            let kept = logs.retention;
            if kept.records.is_none() && kept.time.is_none() {
                continue;
            }
            let mut moved = Vec::new();
            for number in 0..logs.partitions.len() {
                let Some(marks) = logs
                    .partitions
                    .get(number)
                    .map(|partition| partition.marks.clone())
                else {
                    continue;
                };
                for (position, replica) in logs.replicas_mut(number).iter_mut().enumerate() {
                    if usize::from(replica.follows) != position {
                        continue;
                    }
                    let mut start = replica.start;
                    if let Some(records) = kept.records {
                        start = start.max(replica.end.saturating_sub(records));
                    }
                    if let Some(time) = kept.time {
                        let oldest = wall.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
                        if marks.time_of(start, replica.end) < oldest {
                            let found = marks.offset_at(oldest, start, replica.end);
                            start = start.max(found.unwrap_or(replica.end));
                        }
                    }
                    let start = start.min(replica.high_watermark);
                    if start > replica.start {
                        replica.advance_start(start);
                        moved.push(narrow(number));
                    }
                }
            }
            for partition in moved {
                self.replication.copy(slot, partition);
            }
        }
    }
}

//! The logs of one topic on all brokers, and how they are copied.

use std::sync::Arc;

use super::marks::Marks;
use super::replica::{NOBODY, Replica};
use super::topic_spec::{RetentionSpec, TopicSpec};

/// What a broker can do for replication in this tick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// Others can fetch from it.
    pub(super) gives: bool,
    /// It fetches from others.
    pub(super) fetches: bool,
}

/// One partition, beside its replicas.
#[derive(Debug, Clone)]
pub(super) struct Partition {
    /// When its records were written.
    pub(super) marks: Marks,
    /// The position of the replica that the simulated producers write to.
    pub(super) writer: u8,
    /// Whether it waits to be looked at.
    pub(super) stirred: bool,
}

/// The logs of one topic.
#[derive(Debug, Clone)]
pub(super) struct TopicLogs {
    pub(super) name: Arc<str>,
    pub(super) min_isr: u32,
    pub(super) record_bytes: u32,
    pub(super) retention: RetentionSpec,
    /// Whether the controller has deleted it; some brokers may not know.
    pub(super) deleted: bool,
    pub(super) partitions: Vec<Partition>,
    width: usize,
    replicas: Vec<Replica>,
    /// The broker of each replica, by place among the brokers.
    holders: Vec<u16>,
}

impl TopicLogs {
    /// Empty logs; partitions are added one by one.
    pub(super) fn new(spec: &TopicSpec) -> Self {
        let count = spec.partitions as usize;
        let width = spec.replication as usize;
        Self {
            name: spec.name.as_str().into(),
            min_isr: spec.min_isr,
            record_bytes: spec.traffic.record_bytes,
            retention: spec.retention,
            deleted: false,
            partitions: Vec::with_capacity(count),
            width,
            replicas: Vec::with_capacity(count.saturating_mul(width)),
            holders: Vec::with_capacity(count.saturating_mul(width)),
        }
    }

    /// Adds a partition whose replicas all have the same log; nobody leads it yet.
    pub(super) fn push(&mut self, holders: &[usize], start: u64, end: u64, marks: Marks) {
        for holder in holders.iter().take(self.width) {
            self.holders.push(u16::try_from(*holder).unwrap_or(u16::MAX));
            self.replicas.push(Replica::new(start, end, NOBODY, 0));
        }
        self.partitions.push(Partition {
            marks,
            writer: NOBODY,
            stirred: false,
        });
    }

    /// The replicas of a partition by position.
    pub(super) fn replicas(&self, partition: usize) -> &[Replica] {
        let from = partition.saturating_mul(self.width);
        self.replicas
            .get(from..from.saturating_add(self.width))
            .unwrap_or_default()
    }

    pub(super) fn replicas_mut(&mut self, partition: usize) -> &mut [Replica] {
        let from = partition.saturating_mul(self.width);
        self.replicas
            .get_mut(from..from.saturating_add(self.width))
            .unwrap_or_default()
    }

    /// The brokers of a partition's replicas by position.
    pub(super) fn holders(&self, partition: usize) -> &[u16] {
        let from = partition.saturating_mul(self.width);
        self.holders
            .get(from..from.saturating_add(self.width))
            .unwrap_or_default()
    }

    /// The broker at a position.
    pub(super) fn holder(&self, partition: usize, position: usize) -> Option<usize> {
        self.holders(partition)
            .get(position)
            .map(|holder| usize::from(*holder))
    }

    /// The position of a broker among the replicas of a partition.
    pub(super) fn position(&self, partition: usize, broker: usize) -> Option<usize> {
        self.holders(partition)
            .iter()
            .position(|holder| usize::from(*holder) == broker)
    }

    /// The replica of a partition on a broker.
    pub(super) fn on(&self, partition: usize, broker: usize) -> Option<&Replica> {
        self.replicas(partition).get(self.position(partition, broker)?)
    }

    /// The same where it believes that it leads, with its position.
    pub(super) fn leading(&self, partition: usize, broker: usize) -> Option<(usize, &Replica)> {
        let position = self.position(partition, broker)?;
        let replica = self.replicas(partition).get(position)?;
        (usize::from(replica.follows) == position).then_some((position, replica))
    }

    /// Lets every follower copy from the leader that it believes, and every leader count who has what.
    pub(super) fn copy(&mut self, partition: usize, abilities: &[Abilities]) {
        let width = self.width;
        let from = partition.saturating_mul(width);
        let min_isr = width.min(self.min_isr as usize);
        let (Some(replicas), Some(holders)) = (
            self.replicas.get_mut(from..from + width),
            self.holders.get(from..from + width),
        ) else {
            return;
        };
        let able = |position: usize| {
            holders
                .get(position)
                .and_then(|holder| abilities.get(usize::from(*holder)))
                .copied()
                .unwrap_or_default()
        };
        if copy_in_numbers(replicas, min_isr, &able) {
            return;
        }
        let mut leaders = 0_u16;
        for position in 0..width {
            let Some(own) = replicas.get(position) else {
                continue;
            };
            let leader = usize::from(own.follows);
            if leader == position {
                leaders |= bit(position);
                continue;
            }
            if own.follows == NOBODY || !able(position).fetches || !able(leader).gives {
                continue;
            }
            let Ok([own, leader_log]) = replicas.get_disjoint_mut([position, leader]) else {
                continue;
            };
            if usize::from(leader_log.follows) == leader && leader_log.epoch == own.epoch {
                own.fetch(leader_log);
            }
        }
        for position in 0..width {
            if leaders & bit(position) != 0 {
                advance_high_watermark(replicas, position, min_isr);
            }
        }
        for position in 0..width {
            let Some(own) = replicas.get(position) else {
                continue;
            };
            let leader = usize::from(own.follows);
            if leader == position || !own.matched || !able(position).fetches || !able(leader).gives {
                continue;
            }
            let Ok([own, leader_log]) = replicas.get_disjoint_mut([position, leader]) else {
                continue;
            };
            if leader_log.epoch == own.epoch {
                own.high_watermark = own.high_watermark.max(leader_log.high_watermark.min(own.end));
            }
        }
    }

    /// The position of a follower that is out of the leader's ISR and may come back: it has everything that is
    /// committed, from the beginning of the leader's epoch on (`Partition.isFollowerInSync`).
    pub(super) fn has_caught_up(&self, partition: usize, leader: usize, follower: usize) -> bool {
        let replicas = self.replicas(partition);
        let (Some(theirs), Some(own)) = (replicas.get(leader), replicas.get(follower)) else {
            return false;
        };
        usize::from(own.follows) == leader
            && own.matched
            && own.epoch == theirs.epoch
            && own.end >= theirs.high_watermark
            && own.end >= theirs.last_epoch_start().min(theirs.end)
    }
}

/// The usual case, and the quick one: everybody follows the same leader and can fetch from it, and there are no batches
/// of clients. Whether it was so.
fn copy_in_numbers(replicas: &mut [Replica], min_isr: usize, able: &impl Fn(usize) -> Abilities) -> bool {
    let leader = replicas
        .first()
        .map_or(usize::from(NOBODY), |first| usize::from(first.follows));
    let Some(log) = replicas.get(leader) else {
        return false;
    };
    let plain = usize::from(log.follows) == leader && log.stored.is_none() && able(leader).gives;
    let calm = plain
        && log.isr.count_ones() as usize >= min_isr
        && replicas.iter().enumerate().all(|(position, replica)| {
            position == leader || (replica.follows_in_numbers(log) && able(position).fetches)
        });
    if calm {
        let end = log.end;
        for replica in replicas {
            replica.end = end;
            replica.high_watermark = end;
        }
    }
    calm
}

/// The bit of a position in an ISR.
pub(super) fn bit(position: usize) -> u16 {
    u32::try_from(position)
        .ok()
        .and_then(|position| 1_u16.checked_shl(position))
        .unwrap_or(0)
}

/// The high watermark is the smallest end in the ISR as the leader knows it, and rests while the ISR is smaller than
/// min ISR (`Partition.maybeIncrementLeaderHW`).
fn advance_high_watermark(replicas: &mut [Replica], leader: usize, min_isr: usize) {
    let Some(own) = replicas.get(leader) else { return };
    let (isr, epoch) = (own.isr, own.epoch);
    if (isr.count_ones() as usize) < min_isr {
        return;
    }
    let mut smallest = own.end;
    for (position, replica) in replicas.iter().enumerate() {
        if position == leader || isr & bit(position) == 0 {
            continue;
        }
        let known = usize::from(replica.follows) == leader && replica.epoch == epoch && replica.matched;
        // A member that has not yet fetched under this epoch holds everything up.
        smallest = smallest.min(if known { replica.end } else { 0 });
    }
    if let Some(own) = replicas.get_mut(leader)
        && smallest > own.high_watermark
    {
        own.high_watermark = smallest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABLE: Abilities = Abilities {
        gives: true,
        fetches: true,
    };

    fn three() -> TopicLogs {
        let mut logs = TopicLogs::new(&TopicSpec::named("t", 1));
        logs.push(&[0, 1, 2], 0, 10, Marks::new(0, 0, 10, 0));
        for replica in logs.replicas_mut(0) {
            replica.follows = 0;
            replica.isr = 0b111;
        }
        logs
    }

    #[test]
    fn the_high_watermark_waits_for_every_member_of_the_isr() {
        // Abilities of the followers, the leader's ISR: high watermark and ends after 5 more records.
        let still = Abilities::default();
        let table = [
            ([ABLE, ABLE], 0b111, 15, [15, 15, 15]),
            ([ABLE, still], 0b111, 10, [15, 15, 10]),
            ([ABLE, still], 0b011, 15, [15, 15, 10]),
            ([still, still], 0b001, 10, [15, 10, 10]),
        ];
        for (followers, isr, high_watermark, ends) in table {
            let mut logs = three();
            logs.replicas_mut(0)[0].isr = isr;
            logs.replicas_mut(0)[0].end = 15;
            logs.copy(0, &[ABLE, followers[0], followers[1]]);
            assert_eq!(logs.replicas(0)[0].high_watermark, high_watermark);
            let found: Vec<u64> = logs.replicas(0).iter().map(|replica| replica.end).collect();
            assert_eq!(found, ends);
        }
    }

    #[test]
    fn a_follower_of_another_epoch_copies_nothing() {
        let mut logs = three();
        logs.replicas_mut(0)[0].end = 15;
        logs.replicas_mut(0)[1].epoch = 1;
        logs.copy(0, &[ABLE; 3]);
        let found: Vec<u64> = logs.replicas(0).iter().map(|replica| replica.end).collect();
        assert_eq!(found, [15, 10, 15]);
        assert_eq!(logs.replicas(0)[0].high_watermark, 10);
    }
}

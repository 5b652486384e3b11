//! How often ISRs shrink and expand and leaders change, over the last 1, 5 and 15 minutes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::ids::PartitionId;
use crate::model::snapshot::{Churn, ChurnTable, Tally};
use crate::model::time::{At, Span};

/// One bucket holds 10 s: "the last minute" then covers between 60 and 70 s, never less.
const BUCKET: Span = Span::seconds(10);
const PER_MINUTE: usize = 6;
/// 15 minutes, and the bucket that is still running.
const BUCKETS: usize = 15 * PER_MINUTE + 1;

/// Counts of one kind of event: a total, and the buckets of the last 15 minutes, the newest first.
#[derive(Clone, Copy, Debug)]
struct Counter {
    total: u64,
    buckets: [u16; BUCKETS],
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            total: 0,
            buckets: [0; BUCKETS],
        }
    }
}

impl Counter {
    fn add(&mut self) {
        self.total += 1;
        if let Some(newest) = self.buckets.first_mut() {
            *newest = newest.saturating_add(1);
        }
    }

    /// Moves on by whole buckets.
    fn advance(&mut self, steps: usize) {
        for _ in 0..steps.min(BUCKETS) {
            self.buckets.rotate_right(1);
            if let Some(newest) = self.buckets.first_mut() {
                *newest = 0;
            }
        }
    }

    fn tally(&self) -> Tally {
        let sum = |minutes: usize| {
            self.buckets
                .iter()
                .take(minutes * PER_MINUTE + 1)
                .map(|n| u32::from(*n))
                .sum()
        };
        Tally {
            total: self.total,
            one: sum(1),
            five: sum(5),
            fifteen: sum(15),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    shrinks: Counter,
    expands: Counter,
    leader_changes: Counter,
}

impl Counters {
    fn advance(&mut self, steps: usize) {
        self.shrinks.advance(steps);
        self.expands.advance(steps);
        self.leader_changes.advance(steps);
    }

    fn churn(&self) -> Churn {
        Churn {
            shrinks: self.shrinks.tally(),
            expands: self.expands.tally(),
            leader_changes: self.leader_changes.tally(),
        }
    }
}

/// What changed on a partition between two accepted tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub shrunk: bool,
    pub expanded: bool,
    pub leader_changed: bool,
}

/// The counters, and the moment at which their newest bucket began.
#[derive(Debug)]
pub(super) struct ChurnLog {
    bucket_began: At,
    watched: usize,
    total: Counters,
    partitions: BTreeMap<PartitionId, Counters>,
    published: Option<Arc<ChurnTable>>,
}

impl ChurnLog {
    pub fn new(now: At) -> Self {
        Self {
            bucket_began: now,
            watched: 0,
            total: Counters::default(),
            partitions: BTreeMap::new(),
            published: None,
        }
    }

    /// Moves the buckets on to `now`.
    pub fn advance(&mut self, now: At) {
        let steps = self.bucket_began.age(now).0 / BUCKET.0;
        if steps == 0 {
            return;
        }
        self.bucket_began = self.bucket_began.plus(Span(BUCKET.0.saturating_mul(steps)));
        let steps = usize::try_from(steps).unwrap_or(BUCKETS).min(BUCKETS);
        self.watched = (self.watched + steps).min(BUCKETS - 1);
        self.total.advance(steps);
        for counters in self.partitions.values_mut() {
            counters.advance(steps);
        }
        self.published = None;
    }

    /// Counts a change.
    pub fn count(&mut self, id: PartitionId, change: Change) {
        let of_partition = self.partitions.entry(id).or_default();
        for counters in [of_partition, &mut self.total] {
            if change.shrunk {
                counters.shrinks.add();
            }
            if change.expanded {
                counters.expands.add();
            }
            if change.leader_changed {
                counters.leader_changes.add();
            }
        }
        self.published = None;
    }

    /// Forgets partitions of topics that are gone.
    pub fn retain(&mut self, keep: impl Fn(&PartitionId) -> bool) {
        self.partitions.retain(|id, _| keep(id));
    }

    /// The counts as every sink shows them.
    pub fn table(&mut self) -> Arc<ChurnTable> {
        let (total, partitions, watched) = (&self.total, &self.partitions, self.watched);
        let table = self.published.get_or_insert_with(|| {
            let seen: Vec<u16> = total.shrinks.buckets.iter().take(watched + 1).copied().collect();
            let mut by_minute: Vec<u32> = seen
                .chunks(PER_MINUTE)
                .map(|minute| minute.iter().map(|n| u32::from(*n)).sum())
                .collect();
            by_minute.truncate(15);
            by_minute.reverse();
            Arc::new(ChurnTable {
                total: total.churn(),
                by_partition: partitions
                    .iter()
                    .map(|(id, counters)| (id.clone(), counters.churn()))
                    .collect(),
                shrinks_by_minute: by_minute,
            })
        });
        Arc::clone(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHRINK: Change = Change {
        shrunk: true,
        expanded: false,
        leader_changed: false,
    };

    fn id(partition: i32) -> PartitionId {
        PartitionId {
            topic: "t".into(),
            partition,
        }
    }

    #[test]
    fn counts_move_through_the_minutes_and_totals_stay() {
        let mut log = ChurnLog::new(At(0));
        log.count(id(0), SHRINK);
        log.count(id(0), SHRINK);
        log.advance(At(60_000));
        log.count(
            id(1),
            Change {
                shrunk: false,
                expanded: true,
                leader_changed: true,
            },
        );
        let table = log.table();
        assert_eq!(
            table.total.shrinks,
            Tally {
                total: 2,
                one: 2,
                five: 2,
                fifteen: 2
            }
        );
        assert_eq!(table.total.leader_changes.one, 1);
        assert_eq!(table.shrinks_by_minute, vec![2, 0]);
        log.advance(At(70_000));
        assert_eq!(
            log.table().total.shrinks,
            Tally {
                total: 2,
                one: 0,
                five: 2,
                fifteen: 2
            }
        );
        log.advance(At(60_000 * 6));
        assert_eq!(
            log.table().total.shrinks,
            Tally {
                total: 2,
                one: 0,
                five: 0,
                fifteen: 2
            }
        );
        log.advance(At(60_000 * 600));
        assert_eq!(
            log.table().total.shrinks,
            Tally {
                total: 2,
                one: 0,
                five: 0,
                fifteen: 0
            }
        );
        assert_eq!(log.table().shrinks_by_minute.len(), 15);
        assert_eq!(log.table().by_partition.len(), 2);
    }
}

//! One replica: its log in numbers, its leader epochs, and whom it follows.

use super::stored::StoredBatches;

/// No position among the replicas of a partition.
pub(super) const NOBODY: u8 = u8::MAX;
/// How many past leader epochs a replica remembers.
const MOST_PAST_EPOCHS: usize = 64;

/// One replica of one partition: 64 bytes, for there may be three million.
#[derive(Debug, Clone)]
pub(super) struct Replica {
    /// The offset of the next record.
    pub(super) end: u64,
    /// The first offset that is kept.
    pub(super) start: u64,
    /// Up to where it knows the log to be committed.
    pub(super) high_watermark: u64,
    /// Where its last leader epoch begins.
    epoch_start: u64,
    past: Option<Box<PastEpochs>>,
    /// What clients wrote; the rest of the log is synthetic.
    pub(super) stored: Option<Box<StoredBatches>>,
    /// The leader epoch that it believes.
    pub(super) epoch: i32,
    /// The last leader epoch under which something was written; -1 in an empty log.
    last_epoch: i32,
    /// The tick at which it took its present role.
    pub(super) since: u32,
    /// As leader, whom it believes in sync: a bit per position.
    pub(super) isr: u16,
    /// The position of the leader that it believes; its own where it leads.
    pub(super) follows: u8,
    /// As follower, whether its log was compared with that leader's since it follows it.
    pub(super) matched: bool,
}

#[derive(Debug, Clone, Default)]
struct PastEpochs(Vec<(i32, u64)>);

impl Replica {
    /// A log with some synthetic history under epoch 0, which all replicas share.
    pub(super) fn new(start: u64, end: u64, leader: u8, isr: u16) -> Self {
        Self {
            end,
            start,
            high_watermark: end,
            epoch_start: 0,
            past: None,
            stored: None,
            epoch: 0,
            last_epoch: 0,
            since: 0,
            isr,
            follows: leader,
            matched: true,
        }
    }

    /// The leader epochs in its log with the offset where each begins, oldest first.
    pub(super) fn epochs(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> {
        let past = self.past.as_ref().map_or(&[][..], |past| &past.0);
        let last = (self.last_epoch >= 0).then_some((self.last_epoch, self.epoch_start));
        past.iter().copied().chain(last)
    }

    /// The epoch of the record at an offset.
    pub(super) fn epoch_at(&self, offset: u64) -> i32 {
        self.epochs()
            .rev()
            .find(|(_, start)| *start <= offset)
            .map_or(0, |(epoch, _)| epoch)
    }

    /// Where its last leader epoch begins.
    pub(super) fn last_epoch_start(&self) -> u64 {
        self.epoch_start
    }

    /// The largest epoch in the log up to this one, and where its records end
    /// (`LeaderEpochFileCache.endOffsetFor`, KIP-101).
    pub(super) fn end_of_epoch(&self, epoch: i32) -> Option<(i32, u64)> {
        let mut end = self.end;
        for (own, start) in self.epochs().rev() {
            if own <= epoch {
                return Some((own, end));
            }
            end = start;
        }
        None
    }

    /// Records under a new epoch begin at this offset (`LeaderEpochFileCache.assign`).
    pub(super) fn begin_epoch(&mut self, epoch: i32, start: u64) {
        if epoch <= self.last_epoch {
            return;
        }
        if self.last_epoch >= 0 && self.epoch_start < start {
            let past = self.past.get_or_insert_default();
            if past.0.len() >= MOST_PAST_EPOCHS {
                past.0.remove(0);
            }
            past.0.push((self.last_epoch, self.epoch_start));
        }
        self.last_epoch = epoch;
        self.epoch_start = start;
    }

    /// Up to where this log is the same as its leader's (`AbstractFetcherThread.getOffsetTruncationState`, KIP-279).
    fn agreement(&self, leader: &Replica) -> u64 {
        let mut epoch = self.last_epoch;
        while epoch >= 0 {
            let Some((theirs, their_end)) = leader.end_of_epoch(epoch) else {
                return 0;
            };
            let Some((own, own_end)) = self.end_of_epoch(theirs) else {
                return 0;
            };
            if own == theirs {
                return own_end.min(their_end);
            }
            epoch = own;
        }
        0
    }

    /// Drops everything from this offset on.
    pub(super) fn truncate(&mut self, to: u64) {
        if to >= self.end {
            return;
        }
        self.end = to;
        self.start = self.start.min(to);
        self.high_watermark = self.high_watermark.min(to);
        while self.last_epoch >= 0 && self.epoch_start >= to {
            let before = self.past.as_mut().and_then(|past| past.0.pop());
            (self.last_epoch, self.epoch_start) = before.unwrap_or((-1, 0));
        }
        if let Some(stored) = &mut self.stored {
            stored.truncate(to);
        }
    }

    /// Begins anew at this offset: the leader has dropped everything before it.
    fn restart_at(&mut self, start: u64) {
        (self.start, self.end, self.high_watermark) = (start, start, start);
        (self.last_epoch, self.epoch_start) = (-1, 0);
        self.past = None;
        self.stored = None;
    }

    /// Copies what the leader has and this one has not; compares the logs first where that is due.
    pub(super) fn fetch(&mut self, leader: &Replica) {
        if !self.matched {
            let agreed = self.agreement(leader);
            self.truncate(agreed);
            self.matched = true;
        }
        if self.end < leader.start || (self.last_epoch < 0 && self.end != leader.start) {
            self.restart_at(leader.start);
        }
        if self.end < leader.end {
            self.copy(leader);
        }
        self.advance_start(leader.start);
    }

    fn copy(&mut self, leader: &Replica) {
        let from = self.end;
        if self.last_epoch != leader.last_epoch {
            for (epoch, start) in leader.epochs() {
                if start < leader.end {
                    self.begin_epoch(epoch, start.max(from));
                }
            }
        }
        if let Some(theirs) = &leader.stored {
            for stored in theirs.since(from) {
                self.stored.get_or_insert_default().push(stored.clone());
            }
        }
        self.end = leader.end;
    }

    /// Drops what lies before this offset (`DeleteRecords`, retention).
    pub(super) fn advance_start(&mut self, start: u64) {
        if start <= self.start {
            return;
        }
        self.start = start.min(self.end);
        self.high_watermark = self.high_watermark.max(self.start);
        if let Some(stored) = &mut self.stored {
            stored.advance_start(self.start);
        }
    }

    /// Whether everything that the leader has can be had by taking over its end: no batches of clients, the same epoch.
    pub(super) fn follows_in_numbers(&self, leader: &Replica) -> bool {
        self.follows == leader.follows
            && self.epoch == leader.epoch
            && self.matched
            && self.last_epoch == leader.last_epoch
            && self.start == leader.start
    }

    /// Bytes of clients' batches that it holds.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored.as_ref().map_or(0, |stored| stored.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Stretches<'a> = &'a [(i32, u64)];

    /// A log made of stretches: an epoch and how many records.
    fn log(stretches: Stretches<'_>) -> Replica {
        let mut replica = Replica::new(0, 0, NOBODY, 0);
        replica.last_epoch = -1;
        for (epoch, records) in stretches {
            replica.begin_epoch(*epoch, replica.end);
            replica.end += records;
        }
        replica
    }

    #[test]
    fn a_follower_drops_what_its_leader_never_had() {
        // Follower, leader, where the follower cuts its log; the first rows are the scenarios of KIP-101 and KIP-279.
        let table: &[(Stretches<'_>, Stretches<'_>, u64)] = &[
            (&[(0, 10)], &[(0, 10)], 10),
            (&[(0, 10)], &[(0, 8), (1, 5)], 8),
            (&[(0, 10)], &[(0, 15), (1, 1)], 10),
            (&[(0, 10), (1, 5)], &[(0, 10), (2, 5)], 10),
            (&[(0, 10), (1, 5), (3, 2)], &[(0, 10), (1, 2), (2, 5)], 12),
            (&[(0, 10), (2, 5)], &[(0, 10), (1, 5), (3, 1)], 10),
            (&[(1, 5)], &[(2, 5)], 0),
            (&[], &[(0, 5)], 0),
        ];
        for (own, theirs, agreed) in table {
            let (mut follower, leader) = (log(own), log(theirs));
            assert_eq!(follower.agreement(&leader), *agreed, "{own:?} {theirs:?}");
            follower.matched = false;
            follower.fetch(&leader);
            assert_eq!(follower.end, leader.end, "{own:?} {theirs:?}");
            assert_eq!(
                follower.epochs().collect::<Vec<_>>(),
                leader.epochs().collect::<Vec<_>>(),
                "{own:?} {theirs:?}"
            );
        }
    }

    #[test]
    fn a_replica_is_small() {
        assert!(size_of::<Replica>() <= 64, "{}", size_of::<Replica>());
    }

    #[test]
    fn a_follower_that_fell_behind_retention_begins_anew() {
        let (mut follower, mut leader) = (log(&[(0, 10)]), log(&[(0, 10), (1, 90)]));
        leader.advance_start(50);
        follower.fetch(&leader);
        assert_eq!((follower.start, follower.end), (50, 100));
        assert_eq!(follower.epoch_at(60), 1);
    }
}

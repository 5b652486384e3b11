//! What clients wrote to a log.

use std::collections::VecDeque;

use super::views::Batch;

/// Batches of clients in the order of their offsets.
#[derive(Debug, Clone, Default)]
pub(super) struct StoredBatches {
    queue: VecDeque<StoredBatch>,
    bytes: u64,
}

/// A batch of a client in the log.
#[derive(Debug, Clone)]
pub(super) struct StoredBatch {
    pub(super) base: u64,
    pub(super) epoch: i32,
    pub(super) batch: Batch,
}

impl StoredBatch {
    /// The offset after its last record.
    pub(super) fn end(&self) -> u64 {
        self.base.saturating_add(self.batch.records.into())
    }

    fn size(&self) -> u64 {
        u64::try_from(self.batch.bytes.len()).unwrap_or(u64::MAX)
    }
}

impl StoredBatches {
    /// Adds one at the end.
    pub(super) fn push(&mut self, stored: StoredBatch) {
        self.bytes = self.bytes.saturating_add(stored.size());
        self.queue.push_back(stored);
    }

    /// How many bytes they have.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Drops those that do not end up to this offset.
    pub(super) fn truncate(&mut self, to: u64) {
        while let Some(last) = self.queue.back().filter(|last| last.end() > to) {
            self.bytes = self.bytes.saturating_sub(last.size());
            self.queue.pop_back();
        }
    }

    /// Drops those that end up to this offset.
    pub(super) fn advance_start(&mut self, start: u64) {
        while let Some(first) = self.queue.front().filter(|first| first.end() <= start) {
            self.bytes = self.bytes.saturating_sub(first.size());
            self.queue.pop_front();
        }
    }

    /// Those that begin at this offset or later.
    pub(super) fn since(&self, offset: u64) -> impl Iterator<Item = &StoredBatch> {
        let begin = self.queue.partition_point(|stored| stored.base < offset);
        self.queue.range(begin..)
    }

    /// The one that holds this offset, or else the first one after it.
    pub(super) fn holding(&self, offset: u64) -> Option<&StoredBatch> {
        self.queue
            .get(self.queue.partition_point(|stored| stored.end() <= offset))
    }

    /// All of them, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &StoredBatch> {
        self.queue.iter().rev()
    }

    /// Where the first half of them ends.
    pub(super) fn middle(&self) -> Option<u64> {
        Some(self.queue.get(self.queue.len() / 2)?.end())
    }
}

//! Clients that write and read.

use super::logs::offset_from;
use super::numbers::{narrow, signed};
use super::replica::Replica;
use super::stored::StoredBatch;
use super::topic_logs::TopicLogs;
use super::{Acked, Acks, AppendError, Appended, Batch, LogError, Place, Stored, World};

/// How many bytes of clients' batches one partition keeps; the oldest go, and the log then begins after them.
const PARTITION_BYTES: u64 = 16 * 1024 * 1024;
/// The same for the whole world.
const WORLD_BYTES: u64 = 256 * 1024 * 1024;
/// How far back the batch of an idempotent producer is recognized (`ProducerStateEntry.NUM_BATCHES_TO_RETAIN`).
const REMEMBERED: usize = 5;
/// The most synthetic records in one stretch.
const STRETCH: u64 = 500;

impl World {
    /// Appends a batch to the log of a partition on a broker. With [`Acks::All`] the answer is due only when
    /// [`World::acked`] says so. A batch that an idempotent producer sends again is not appended twice.
    pub fn append(
        &mut self,
        broker: i32,
        at: Place,
        batch: Batch,
        acks: Acks,
    ) -> Result<Appended, AppendError> {
        let now = self.wall(self.now());
        let led = self.led(broker, at).map_err(|error| match error {
            LogError::Unknown => AppendError::Unknown,
            _ => AppendError::NotLeader,
        })?;
        let (partition, position, epoch) = (led.partition, led.position, led.replica.epoch);
        if batch.records == 0 || led.replica.end > u64::MAX / 4 {
            return Err(AppendError::Invalid);
        }
        let appended = |base: u64| Appended {
            base_offset: signed(base),
            last_offset: signed(base.saturating_add(batch.records.into()).saturating_sub(1)),
            leader_epoch: epoch,
            log_append_time: now,
        };
        if let Some(base) = repeated(led.replica, &batch) {
            return Ok(appended(base));
        }
        if acks == Acks::All && !has_enough(led.logs, led.partition, led.replica) {
            return Err(AppendError::NotEnoughReplicas);
        }
        let base = led.replica.end;
        let answer = appended(base);
        let bytes = u64::try_from(batch.bytes.len()).unwrap_or(u64::MAX);
        let kept = led.replica.stored_bytes();
        if self.replication.held_bytes > WORLD_BYTES {
            // Retention, truncation and deletion were not counted.
            self.replication.held_bytes = self.replication.count_bytes();
        }
        if kept.saturating_add(bytes) > PARTITION_BYTES || self.replication.held_bytes > WORLD_BYTES {
            self.make_room(at, partition, position);
        }
        self.replication.held_bytes = self.replication.held_bytes.saturating_add(bytes);
        let logs = self
            .replication
            .logs_mut(at.topic.0)
            .ok_or(AppendError::Unknown)?;
        if let Some(place) = logs.partitions.get_mut(partition) {
            place.marks.write(base, now);
        }
        let replica = logs
            .replicas_mut(partition)
            .get_mut(position)
            .ok_or(AppendError::Unknown)?;
        replica.end = base.saturating_add(batch.records.into());
        let stored = StoredBatch { base, epoch, batch };
        replica.stored.get_or_insert_default().push(stored);
        self.replication.copy(at.topic.0, narrow(partition));
        Ok(answer)
    }

    /// Lets the log of a partition begin after half of what clients wrote to it.
    fn make_room(&mut self, at: Place, partition: usize, position: usize) {
        let logs = self.replication.logs_mut(at.topic.0);
        let Some(replica) = logs.and_then(|logs| logs.replicas_mut(partition).get_mut(position)) else {
            return;
        };
        let before = replica.stored_bytes();
        let middle = replica.stored.as_ref().and_then(|stored| stored.middle());
        if let Some(middle) = middle {
            replica.advance_start(middle.min(replica.high_watermark));
        }
        let freed = before.saturating_sub(replica.stored_bytes());
        self.replication.held_bytes = self.replication.held_bytes.saturating_sub(freed);
    }

    /// How it is with what was appended.
    pub fn acked(&self, broker: i32, at: Place, appended: &Appended) -> Acked {
        let Ok(led) = self.led(broker, at) else {
            return Acked::NotLeader;
        };
        // A new epoch under the same leader does not matter, another record in that place does.
        let last = offset_from(appended.last_offset).unwrap_or(u64::MAX);
        if last >= led.replica.end || led.replica.epoch_at(last) != appended.leader_epoch {
            return Acked::NotLeader;
        }
        if signed(led.replica.high_watermark) <= appended.last_offset {
            return Acked::NotYet;
        }
        if has_enough(led.logs, led.partition, led.replica) {
            Acked::Yes
        } else {
            Acked::NotEnoughReplicasAfterAppend
        }
    }

    /// Reads from an offset on, up to the high watermark, about `max_bytes` but one stretch at least where there is
    /// one. Empty at the high watermark. An offset inside of a client's batch gives the whole batch.
    pub fn read(
        &self,
        broker: i32,
        at: Place,
        offset: i64,
        max_bytes: usize,
    ) -> Result<Vec<Stored>, LogError> {
        let led = self.led(broker, at)?;
        let (replica, logs) = (led.replica, led.logs);
        let offset = offset_from(offset).ok_or(LogError::OutOfRange)?;
        if offset < replica.start || offset > replica.end {
            return Err(LogError::OutOfRange);
        }
        let marks = &logs.partitions.get(led.partition).ok_or(LogError::Unknown)?.marks;
        let mut found = Vec::new();
        let (mut next, mut room) = (offset, max_bytes);
        while next < replica.high_watermark {
            let following = stored_from(replica, next);
            if let Some(stored) = following.filter(|stored| stored.base <= next) {
                let bytes = stored.batch.bytes.len();
                if stored.end() > replica.high_watermark || (bytes > room && !found.is_empty()) {
                    break;
                }
                room = room.saturating_sub(bytes);
                next = stored.end();
                found.push(Stored::Batch {
                    base_offset: signed(stored.base),
                    leader_epoch: stored.epoch,
                    batch: stored.batch.clone(),
                });
                continue;
            }
            let size = logs.record_bytes as usize;
            let fitting = room.checked_div(size).unwrap_or(0);
            if fitting == 0 && !found.is_empty() {
                break;
            }
            let limit = following.map_or(replica.high_watermark, |stored| stored.base);
            let end = stretch_end(replica, next, limit);
            let records = (end - next).min(u64::try_from(fitting.max(1)).unwrap_or(1));
            found.push(Stored::Synthetic {
                base_offset: signed(next),
                records: u32::try_from(records).unwrap_or(1),
                leader_epoch: replica.epoch_at(next),
                timestamp: marks.time_of(next, replica.end),
                record_bytes: logs.record_bytes,
            });
            next += records;
            room = room.saturating_sub(size.saturating_mul(usize::try_from(records).unwrap_or(1)));
        }
        Ok(found)
    }
}

/// The batch of a client that holds this offset, or else the first one after it.
fn stored_from(replica: &Replica, offset: u64) -> Option<&StoredBatch> {
    replica.stored.as_ref()?.holding(offset)
}

/// Where a stretch of synthetic records ends: it is of one leader epoch and not endless.
fn stretch_end(replica: &Replica, from: u64, limit: u64) -> u64 {
    let next_epoch = replica
        .epochs()
        .map(|(_, start)| start)
        .find(|start| *start > from)
        .unwrap_or(u64::MAX);
    limit
        .min(replica.high_watermark)
        .min(next_epoch)
        .min(from.saturating_add(STRETCH))
        .max(from + 1)
}

/// Where the same batch of an idempotent producer lies already.
fn repeated(replica: &Replica, batch: &Batch) -> Option<u64> {
    let producer = batch.producer.filter(|(id, ..)| *id >= 0)?;
    let own = replica
        .stored
        .as_ref()?
        .newest()
        .filter(|stored| stored.batch.producer.is_some_and(|(id, ..)| id == producer.0));
    own.take(REMEMBERED)
        .find(|stored| stored.batch.producer == Some(producer))
        .map(|stored| stored.base)
}

/// Whether as many are in sync as acks=all asks for; a topic with fewer replicas than that needs only those.
fn has_enough(logs: &TopicLogs, partition: usize, replica: &Replica) -> bool {
    let needed = logs.holders(partition).len().min(logs.min_isr as usize);
    replica.isr.count_ones() as usize >= needed
}

//! Logs as the broker that is asked holds them.

use std::sync::Arc;

use super::numbers::{signed, unsigned};
use super::registry::place_of;
use super::replica::Replica;
use super::topic_logs::TopicLogs;
use super::{LogDirs, LogError, LogView, Place, ReplicaDir, World};

/// The least size of a broker's volume.
const LEAST_DISK: u64 = 100 * 1024 * 1024 * 1024;

/// A replica that leads, as it believes, with what belongs to it.
pub(super) struct Led<'a> {
    pub(super) logs: &'a TopicLogs,
    pub(super) partition: usize,
    pub(super) position: usize,
    pub(super) replica: &'a Replica,
}

impl World {
    /// The logs of a partition that a broker knows.
    fn known(&self, broker: i32, at: Place) -> Result<(usize, usize, &TopicLogs), LogError> {
        let place = place_of(broker).ok_or(LogError::Unknown)?;
        let belief = self.standing.beliefs.get(place).ok_or(LogError::Unknown)?;
        let logs = self.replication.logs(at.topic.0).ok_or(LogError::Unknown)?;
        let current = Arc::ptr_eq(belief, &self.registry.truth);
        let known = if current {
            self.registry.position(at.topic.0).is_some()
        } else {
            belief
                .topic(&logs.name)
                .is_some_and(|topic| topic.slot == at.topic)
        };
        let partition = usize::try_from(at.partition).map_err(|_| LogError::Unknown)?;
        if !known || partition >= logs.partitions.len() {
            return Err(LogError::Unknown);
        }
        Ok((place, partition, logs))
    }

    /// A partition on the broker that leads it.
    pub(super) fn led(&self, broker: i32, at: Place) -> Result<Led<'_>, LogError> {
        let (place, partition, logs) = self.known(broker, at)?;
        let (position, replica) = logs.leading(partition, place).ok_or(LogError::NotLeader)?;
        Ok(Led {
            logs,
            partition,
            position,
            replica,
        })
    }

    /// The offsets of a log on the broker that leads it. `epoch` is what the asker believes (KIP-320).
    pub fn log(&self, broker: i32, at: Place, epoch: Option<i32>) -> Result<LogView, LogError> {
        let replica = self.led(broker, at)?.replica;
        match epoch {
            Some(epoch) if epoch < replica.epoch => return Err(LogError::FencedEpoch),
            Some(epoch) if epoch > replica.epoch => return Err(LogError::UnknownEpoch),
            _ => {}
        }
        Ok(view(replica))
    }

    /// The offsets of the replica of a partition on a broker, whether it leads or not; none where it has none.
    pub fn replica(&self, broker: i32, at: Place) -> Option<LogView> {
        let (place, partition, logs) = self.known(broker, at).ok()?;
        logs.on(partition, place).map(view)
    }

    /// Whether a broker that looks at its disk gets no answer from there.
    pub fn disk_hangs(&self, broker: i32) -> bool {
        place_of(broker)
            .and_then(|place| self.machines.at(place))
            .is_some_and(|machine| machine.disk_hangs)
    }

    /// The log directory of a broker.
    pub fn log_dirs(&self, broker: i32) -> LogDirs {
        let place = place_of(broker).unwrap_or(usize::MAX);
        let hosted = self
            .replication
            .hosted
            .get(place)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut replicas = Vec::with_capacity(hosted.len());
        let mut taken = 0_u64;
        for (slot, number) in hosted {
            let Some(logs) = self.replication.logs(*slot) else {
                continue;
            };
            let Some(position) = logs.position(*number as usize, place) else {
                continue;
            };
            let Some(replica) = logs.replicas(*number as usize).get(position) else {
                continue;
            };
            let synthetic = replica.end.saturating_sub(replica.start);
            let size = synthetic
                .saturating_mul(logs.record_bytes.into())
                .saturating_add(replica.stored_bytes());
            taken = taken.saturating_add(size);
            let leads = usize::from(replica.follows) == position;
            let behind = signed(replica.high_watermark).saturating_sub(signed(replica.end));
            replicas.push(ReplicaDir {
                topic: logs.name.clone(),
                partition: i32::try_from(*number).unwrap_or(i32::MAX),
                size,
                offset_lag: if leads { 0 } else { behind.max(0) },
                is_future: false,
            });
        }
        // Volumes come in powers of two, and are about half empty.
        let total = taken.saturating_mul(2).max(LEAST_DISK);
        let total = total.checked_next_power_of_two().unwrap_or(u64::MAX);
        LogDirs {
            path: "/var/lib/kafka/data",
            total,
            usable: total.saturating_sub(taken),
            replicas,
        }
    }

    /// The first offset written at or after a wall time in ms, with its own time; none where all are older.
    pub fn offset_for_time(&self, broker: i32, at: Place, time: i64) -> Result<Option<(i64, i64)>, LogError> {
        let led = self.led(broker, at)?;
        let partition = led.logs.partitions.get(led.partition).ok_or(LogError::Unknown)?;
        let replica = led.replica;
        let found = partition
            .marks
            .offset_at(time, replica.start, replica.end)
            .filter(|offset| *offset < replica.high_watermark);
        Ok(found.map(|offset| (signed(offset), partition.marks.time_of(offset, replica.end))))
    }

    /// When the record at an offset was written, in ms since the epoch; none where it is not in this broker's log.
    pub fn time_of(&self, broker: i32, at: Place, offset: i64) -> Option<i64> {
        let (place, partition, logs) = self.known(broker, at).ok()?;
        let replica = logs.on(partition, place)?;
        let offset = u64::try_from(offset).ok()?;
        if offset < replica.start || offset >= replica.end {
            return None;
        }
        let marks = &logs.partitions.get(partition)?.marks;
        Some(marks.time_of(offset, replica.end))
    }

    /// The largest leader epoch in the log up to this one, and the offset where its records end (OffsetForLeaderEpoch,
    /// KIP-320); -1 and -1 where there is none.
    pub fn epoch_end(&self, broker: i32, at: Place, epoch: i32) -> Result<(i32, i64), LogError> {
        let replica = self.led(broker, at)?.replica;
        let found = replica.end_of_epoch(epoch);
        Ok(found.map_or((-1, -1), |(epoch, end)| (epoch, signed(end))))
    }
}

fn view(replica: &Replica) -> LogView {
    LogView {
        start: signed(replica.start),
        high_watermark: signed(replica.high_watermark),
        end: signed(replica.end),
        leader_epoch: replica.epoch,
    }
}

/// An offset from outside.
pub(super) fn offset_from(offset: i64) -> Option<u64> {
    (offset >= 0).then(|| unsigned(offset))
}

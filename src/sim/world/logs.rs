//! Logs as the broker that is asked holds them.

use super::{LogDirs, LogError, LogView, Place, World};

impl World {
    /// The offsets of a log on the broker that leads it. `epoch` is what the asker believes (KIP-320).
    pub fn log(&self, _broker: i32, _at: Place, _epoch: Option<i32>) -> Result<LogView, LogError> {
        Err(LogError::Unknown)
    }

    /// The log directory of a broker.
    pub fn log_dirs(&self, _broker: i32) -> LogDirs {
        LogDirs {
            path: "/var/lib/kafka/data",
            total: 0,
            usable: 0,
            replicas: Vec::new(),
        }
    }

    /// The first offset written at or after a wall time in ms, with its own time; none where all are older.
    pub fn offset_for_time(
        &self,
        _broker: i32,
        _at: Place,
        _time: i64,
    ) -> Result<Option<(i64, i64)>, LogError> {
        Err(LogError::Unknown)
    }

    /// When the record at an offset was written, in ms since the epoch; none where it is not in this broker's log.
    pub fn time_of(&self, _broker: i32, _at: Place, _offset: i64) -> Option<i64> {
        None
    }

    /// The epoch under which the records at the end of a leader epoch's stretch were written, and where that stretch
    /// ends (OffsetForLeaderEpoch, KIP-320).
    pub fn epoch_end(&self, _broker: i32, _at: Place, _epoch: i32) -> Result<(i32, i64), LogError> {
        Err(LogError::Unknown)
    }
}

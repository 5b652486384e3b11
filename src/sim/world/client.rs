//! Clients that write and read.

use super::{Acked, Acks, AppendError, Appended, Batch, LogError, Place, Stored, World};

impl World {
    /// Appends a batch to the log of a partition on a broker. With [`Acks::All`] the answer is due only when
    /// [`World::acked`] says so.
    pub fn append(
        &mut self,
        _broker: i32,
        _at: Place,
        _batch: Batch,
        _acks: Acks,
    ) -> Result<Appended, AppendError> {
        Err(AppendError::Unknown)
    }

    /// How it is with what was appended.
    pub fn acked(&self, _broker: i32, _at: Place, _appended: &Appended) -> Acked {
        Acked::NotYet
    }

    /// Reads from an offset on, up to the high watermark, about `max_bytes` but one batch at least where there is one.
    /// Empty at the high watermark.
    pub fn read(
        &self,
        _broker: i32,
        _at: Place,
        _offset: i64,
        _max_bytes: usize,
    ) -> Result<Vec<Stored>, LogError> {
        Err(LogError::Unknown)
    }
}

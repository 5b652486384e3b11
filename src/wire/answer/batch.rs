//! Record batches, read no further than the time of one record needs.
//!
//! Layout: `org.apache.kafka.common.record.DefaultRecordBatch` (magic 2, since 0.11) and `DefaultRecord`. Records of
//! compressed batches are not unpacked.

use super::{Fault, whole};
use bytes::{Buf, Bytes};
use kafka_protocol::messages::FetchResponse;

/// Bytes of a batch before its records, after its base offset and its length.
const HEADER: usize = 49;
/// The only format that current brokers write.
const MAGIC: i8 = 2;

/// The batches of one partition, from the one on that holds the wanted offset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batches {
    batches: Vec<Batch>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Batch {
    base_offset: i64,
    last_offset: i64,
    compressed: bool,
    /// The broker stamped the records: all of them have the batch's highest time.
    stamped_by_broker: bool,
    base_time: i64,
    max_time: i64,
    records: Bytes,
}

impl Batches {
    /// When the first record at or after an offset was written, in milliseconds since 1970; none where none is here, or
    /// none with a time.
    ///
    /// Of a record in a compressed batch the time of the batch's first record is taken, which is a little earlier.
    pub fn time_of(&self, offset: i64) -> Option<i64> {
        let batch = self.batches.iter().find(|batch| batch.last_offset >= offset)?;
        let time = if batch.stamped_by_broker {
            batch.max_time
        } else if batch.compressed {
            batch.base_time
        } else {
            batch.time_of(offset).unwrap_or(batch.base_time)
        };
        (time >= 0).then_some(time)
    }
}

impl Batch {
    /// Takes a batch from the front of the bytes; none where the rest is not a whole header of the current format.
    fn take(bytes: &mut Bytes) -> Option<Self> {
        let base_offset = bytes.try_get_i64().ok()?;
        let length = usize::try_from(bytes.try_get_i32().ok()?).ok()?;
        // The last batch of an answer may be cut short.
        let mut batch = bytes.split_to(length.min(bytes.remaining()));
        if batch.remaining() < HEADER {
            return None;
        }
        let _leader_epoch = batch.try_get_i32().ok()?;
        if batch.try_get_i8().ok()? != MAGIC {
            return None;
        }
        let _crc = batch.try_get_u32().ok()?;
        let attributes = batch.try_get_i16().ok()?;
        let last_delta = i64::from(batch.try_get_i32().ok()?);
        let base_time = batch.try_get_i64().ok()?;
        let max_time = batch.try_get_i64().ok()?;
        // Producer id and epoch, base sequence, and the count of records.
        let _ = batch.try_get_i64().ok()?;
        let _ = batch.try_get_i16().ok()?;
        let _ = batch.try_get_i64().ok()?;
        Some(Self {
            base_offset,
            last_offset: base_offset.checked_add(last_delta)?,
            compressed: attributes & 0x07 != 0,
            stamped_by_broker: attributes & 0x08 != 0,
            base_time,
            max_time,
            records: batch,
        })
    }

    /// The time of the first record at or after the offset.
    fn time_of(&self, offset: i64) -> Option<i64> {
        let mut records = self.records.clone();
        while records.has_remaining() {
            let length = usize::try_from(varint(&mut records)?).ok()?;
            let mut record = records.split_to(length.min(records.remaining()));
            let _attributes = record.try_get_i8().ok()?;
            let time_delta = varint(&mut record)?;
            let offset_delta = varint(&mut record)?;
            if self.base_offset.checked_add(offset_delta)? >= offset {
                return self.base_time.checked_add(time_delta);
            }
        }
        None
    }
}

/// A signed number of up to 64 bits in zigzag form.
fn varint(bytes: &mut Bytes) -> Option<i64> {
    let mut value = 0_u64;
    for place in 0..10_u32 {
        let byte = bytes.try_get_u8().ok()?;
        value |= u64::from(byte & 0x7f).checked_shl(place * 7)?;
        if byte < 0x80 {
            return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    None
}

pub(in crate::wire) fn batches(response: &FetchResponse) -> Result<Batches, Fault> {
    whole(response.error_code, None)?;
    let partition = response
        .responses
        .first()
        .and_then(|topic| topic.partitions.first());
    let Some(partition) = partition else {
        return Err(Fault::Rubbish("no partition in the answer".to_owned()));
    };
    whole(partition.error_code, None)?;
    let mut bytes = partition.records.clone().unwrap_or_default();
    let mut batches = Vec::new();
    while let Some(batch) = Batch::take(&mut bytes) {
        batches.push(batch);
    }
    Ok(Batches { batches })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::{BufMut, BytesMut};
    use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
    use kafka_protocol::records::{
        Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
    };
    use proptest::prelude::*;

    fn record(offset: i64, timestamp: i64, timestamp_type: TimestampType) -> Record {
        Record {
            transactional: false,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: 3,
            producer_id: -1,
            producer_epoch: -1,
            timestamp_type,
            offset,
            sequence: i32::try_from(offset).unwrap(),
            timestamp,
            key: None,
            value: Some(Bytes::from_static(b"value")),
            headers: kafka_protocol::indexmap::IndexMap::default(),
        }
    }

    fn written(records: &[Record]) -> Bytes {
        let mut bytes = BytesMut::new();
        let options = RecordEncodeOptions {
            version: 2,
            compression: Compression::None,
        };
        RecordBatchEncoder::encode(&mut bytes, records, &options).unwrap();
        bytes.freeze()
    }

    fn answer(records: Bytes) -> Batches {
        let partition = PartitionData::default().with_records(Some(records));
        let topic = FetchableTopicResponse::default().with_partitions(vec![partition]);
        batches(&FetchResponse::default().with_responses(vec![topic])).unwrap()
    }

    fn three() -> Bytes {
        let times = [(10, 1_000), (11, 1_250), (14, 1_100)];
        written(&times.map(|(offset, time)| record(offset, time, TimestampType::Creation)))
    }

    #[test]
    fn the_time_of_a_record_is_found_in_its_batch() {
        let batches = answer(three());
        let cases = [
            (9, Some(1_000)),
            (10, Some(1_000)),
            (11, Some(1_250)),
            (12, Some(1_100)),
            (14, Some(1_100)),
            (15, None),
        ];
        for (offset, time) in cases {
            assert_eq!(batches.time_of(offset), time, "offset {offset}");
        }
        assert_eq!(answer(Bytes::new()).time_of(0), None);
    }

    #[test]
    fn a_compressed_batch_gives_the_time_of_its_first_record_and_a_stamped_one_its_highest() {
        // Attributes stand 21 bytes into a batch.
        let marked = |bits: u8| {
            let mut bytes = three().to_vec();
            bytes[22] |= bits;
            answer(Bytes::from(bytes))
        };
        assert_eq!(marked(0x04).time_of(14), Some(1_000));
        assert_eq!(marked(0x08).time_of(10), Some(1_250));
    }

    #[test]
    fn a_time_before_1970_is_none_and_other_formats_are_passed_over() {
        let untimed = written(&[record(0, -1, TimestampType::Creation)]);
        assert_eq!(answer(untimed).time_of(0), None);
        let mut old = three().to_vec();
        old[16] = 1;
        assert_eq!(answer(Bytes::from(old)).time_of(10), None);
    }

    proptest! {
        #[test]
        fn changed_batches_do_no_harm(place in 0_usize..200, byte: u8, cut in 0_usize..200, offset: i64) {
            let mut bytes = three().to_vec();
            let length = bytes.len();
            bytes[place % length] = byte;
            bytes.truncate(cut.max(1));
            let _ = answer(Bytes::from(bytes)).time_of(offset);
        }

        #[test]
        fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), offset: i64) {
            let mut batch = BytesMut::new();
            batch.put_i64(0);
            batch.put_i32(i32::try_from(bytes.len()).unwrap());
            batch.put_slice(&bytes);
            let _ = answer(batch.freeze()).time_of(offset);
        }
    }
}

//! Record batches: those of a producer are checked, and those of synthetic traffic are made.
//!
//! Layout and rules: `org.apache.kafka.common.record.DefaultRecordBatch` (magic 2), `ProduceRequest.validateRecords` and
//! `LogValidator`. Batches are stored as they came; only the base offset and the leader epoch in front of the checksum are
//! written when they are read, as a broker writes them when it appends. Compressed records are not unpacked.

use crate::sim::world::Batch;
use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::error::ResponseError;
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::records::{
    Compression, Record, RecordBatchDecoder, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

/// Bytes of a batch before its records.
const HEADER: usize = 61;
/// Bytes in front of a batch that its length does not count: the base offset and the length itself.
const BEFORE_LENGTH: usize = 12;
/// Largest batch that is taken: `message.max.bytes` by default.
pub(super) const LARGEST: usize = 1_048_588;
/// The only format that current brokers take.
const MAGIC: i8 = 2;
/// Most records of a synthetic batch.
pub(super) const MOST_SYNTHETIC: usize = 500;

/// A batch that is refused: the code, and a sentence where Kafka sends one.
pub(super) type Refused = (ResponseError, Option<&'static str>);

/// Checks what a producer sent for one partition: one batch of the current format, whole, its checksum right, with as many
/// records as its offsets say, and no larger than a broker takes.
pub(super) fn check(bytes: Option<Bytes>) -> Result<Batch, Refused> {
    let invalid = |why| (ResponseError::InvalidRecord, Some(why));
    let corrupt = (ResponseError::CorruptMessage, None);
    let bytes = bytes.unwrap_or_default();
    if bytes.is_empty() {
        return Err(invalid(
            "Produce requests with version 3 or higher are not allowed to contain no record batches",
        ));
    }
    let mut head = bytes.clone();
    let _base_offset = head.try_get_i64().map_err(|_| corrupt)?;
    let length = head.try_get_i32().map_err(|_| corrupt)?;
    let length = usize::try_from(length).map_err(|_| corrupt)?;
    let _leader_epoch = head.try_get_i32().map_err(|_| corrupt)?;
    if head.try_get_i8().map_err(|_| corrupt)? != MAGIC {
        return Err(invalid(
            "Produce requests with version 3 or higher are only allowed to contain record batches with magic version 2",
        ));
    }
    if bytes.len() < HEADER || length + BEFORE_LENGTH > bytes.len() {
        return Err(corrupt);
    }
    if length + BEFORE_LENGTH < bytes.len() {
        return Err(invalid(
            "Produce requests with version 3 or higher are only allowed to contain exactly one record batch",
        ));
    }
    if bytes.len() > LARGEST {
        return Err((ResponseError::MessageTooLarge, None));
    }
    // The checksum is verified by the codec, which reads no record for that.
    let batch = RecordBatchDecoder::decode_batch_info(&mut bytes.clone()).map_err(|_| corrupt)?;
    let batch = batch.first().ok_or(corrupt)?;
    let _checksum = head.try_get_u32().map_err(|_| corrupt)?;
    let _attributes = head.try_get_i16().map_err(|_| corrupt)?;
    let last_delta = head.try_get_i32().map_err(|_| corrupt)?;
    let _first_time = head.try_get_i64().map_err(|_| corrupt)?;
    let max_timestamp = head.try_get_i64().map_err(|_| corrupt)?;
    let records = u32::try_from(batch.record_count).unwrap_or(0);
    if records == 0 || i64::from(last_delta) + 1 != i64::from(records) {
        return Err(invalid(
            "The batch's last offset does not match its count of records",
        ));
    }
    if batch.control || batch.transactional {
        return Err((ResponseError::InvalidTxnState, None));
    }
    let (producer, epoch, sequence) = (batch.producer_id, batch.producer_epoch, batch.base_sequence);
    Ok(Batch {
        // A copy, so that a stored batch does not keep its whole request in memory.
        bytes: Bytes::copy_from_slice(&bytes),
        records,
        max_timestamp,
        producer: (producer >= 0).then_some((producer, epoch, sequence)),
    })
}

/// Appends a stored batch as the log of a broker has it: with its base offset and the epoch of the leader that took it.
pub(super) fn put_stored(into: &mut BytesMut, batch: &[u8], base_offset: i64, leader_epoch: i32) {
    let parts = batch.get(8..BEFORE_LENGTH).zip(batch.get(BEFORE_LENGTH + 4..));
    if let Some((length, rest)) = parts {
        into.extend_from_slice(&base_offset.to_be_bytes());
        into.extend_from_slice(length);
        into.extend_from_slice(&leader_epoch.to_be_bytes());
        into.extend_from_slice(rest);
    }
}

/// A record of synthetic traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Synthetic {
    /// Its offset.
    pub(super) offset: i64,
    /// When it was written, in milliseconds since 1970.
    pub(super) time: i64,
    /// Bytes of its value.
    pub(super) size: u32,
}

/// Appends one batch of synthetic records; their values are readable text of the right size.
pub(super) fn put_synthetic(into: &mut BytesMut, records: &[Synthetic], leader_epoch: i32) {
    let record = |(place, record): (i32, &Synthetic)| Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: leader_epoch,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset: record.offset,
        // The codec makes one batch of records whose offset and sequence are equally far apart; -1 is no sequence.
        sequence: place,
        timestamp: record.time,
        key: None,
        value: Some(value(record)),
        headers: IndexMap::default(),
    };
    let records: Vec<Record> = (-1..).zip(records).map(record).collect();
    let options = RecordEncodeOptions {
        version: MAGIC,
        compression: Compression::None,
    };
    let mut bytes = BytesMut::new();
    // Encoding fails only on records of more than 2 GiB.
    if RecordBatchEncoder::encode(&mut bytes, &records, &options).is_ok() {
        into.unsplit(bytes);
    }
}

fn value(record: &Synthetic) -> Bytes {
    let size = usize::try_from(record.size.min(1 << 20)).unwrap_or(0);
    let mut text = format!("record {} of {} ", record.offset, record.time).into_bytes();
    text.resize(size, b'.');
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn made(records: &[(i64, i64, u32)]) -> Bytes {
        let records: Vec<_> = records
            .iter()
            .map(|(offset, time, size)| Synthetic {
                offset: *offset,
                time: *time,
                size: *size,
            })
            .collect();
        let mut bytes = BytesMut::new();
        put_synthetic(&mut bytes, &records, 7);
        bytes.freeze()
    }

    /// Changes a byte and puts the checksum right again.
    fn with(mut bytes: Vec<u8>, at: usize, byte: u8) -> Bytes {
        bytes[at] = byte;
        let sum = crc(&bytes[21..]);
        bytes[17..21].copy_from_slice(&sum.to_be_bytes());
        Bytes::from(bytes)
    }

    /// CRC-32C, bit by bit.
    fn crc(bytes: &[u8]) -> u32 {
        let mut sum = u32::MAX;
        for byte in bytes {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = (sum >> 1) ^ (0x82f6_3b78 & (sum & 1).wrapping_neg());
            }
        }
        !sum
    }

    #[test]
    fn a_made_batch_is_one_that_is_taken_and_reads_back() {
        let bytes = made(&[(1000, 50, 40), (1001, 60, 40), (1002, 55, 4)]);
        let checked = check(Some(bytes.clone())).unwrap();
        assert_eq!(
            (checked.records, checked.max_timestamp, checked.producer),
            (3, 60, None)
        );
        let read = RecordBatchDecoder::decode(&mut bytes.clone()).unwrap().records;
        let facts: Vec<_> = read
            .iter()
            .map(|record| {
                (
                    record.offset,
                    record.timestamp,
                    record.value.as_ref().unwrap().len(),
                    record.partition_leader_epoch,
                )
            })
            .collect();
        assert_eq!(facts, [(1000, 50, 40, 7), (1001, 60, 40, 7), (1002, 55, 4, 7)]);
    }

    #[test]
    fn offsets_past_two_billion_stay_in_one_batch() {
        for first in [i64::from(i32::MAX), i64::from(u32::MAX)] {
            let bytes = made(&[(first, 1, 1), (first + 1, 1, 1)]);
            assert_eq!(check(Some(bytes)).unwrap().records, 2);
        }
    }

    #[test]
    fn a_stored_batch_is_read_at_its_own_offset_and_epoch() {
        let sent = made(&[(0, 50, 40), (1, 60, 40)]);
        let mut log = BytesMut::new();
        put_stored(&mut log, &sent, 4711, 9);
        let read = RecordBatchDecoder::decode(&mut log.freeze()).unwrap().records;
        let offsets: Vec<_> = read
            .iter()
            .map(|record| (record.offset, record.partition_leader_epoch))
            .collect();
        assert_eq!(offsets, [(4711, 9), (4712, 9)]);
    }

    #[test]
    fn what_is_refused_and_why() {
        let good = made(&[(0, 50, 40), (1, 60, 40)]).to_vec();
        let twice = [good.clone(), good.clone()].concat();
        let mut wrong_sum = good.clone();
        *wrong_sum.last_mut().unwrap() ^= 1;
        let mut old = good.clone();
        old[16] = 1;
        let large = made(&[(0, 50, 1 << 20)]);
        let cases = [
            ("nothing", None, ResponseError::InvalidRecord),
            ("no batch", Some(Bytes::new()), ResponseError::InvalidRecord),
            (
                "cut in its length",
                Some(Bytes::from_static(b"\0\0\0\0\0\0\0\0\0")),
                ResponseError::CorruptMessage,
            ),
            (
                "cut in its records",
                Some(Bytes::from(good[..good.len() - 1].to_vec())),
                ResponseError::CorruptMessage,
            ),
            (
                "two batches",
                Some(Bytes::from(twice)),
                ResponseError::InvalidRecord,
            ),
            (
                "wrong checksum",
                Some(Bytes::from(wrong_sum)),
                ResponseError::CorruptMessage,
            ),
            ("magic 1", Some(Bytes::from(old)), ResponseError::InvalidRecord),
            ("too large", Some(large), ResponseError::MessageTooLarge),
            (
                "more records than offsets",
                Some(with(good.clone(), 60, 9)),
                ResponseError::InvalidRecord,
            ),
            (
                "transactional",
                Some(with(good.clone(), 22, 0x10)),
                ResponseError::InvalidTxnState,
            ),
        ];
        for (name, bytes, code) in cases {
            assert_eq!(check(bytes).unwrap_err().0, code, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), place in 0_usize..200, byte: u8, cut in 0_usize..200) {
            let _ = check(Some(Bytes::from(bytes.clone())));
            put_stored(&mut BytesMut::new(), &bytes, 1, 1);
            let mut changed = made(&[(0, 50, 40), (1, 60, 40)]).to_vec();
            let length = changed.len();
            changed[place % length] = byte;
            changed.truncate(cut.max(1));
            let _ = check(Some(Bytes::from(changed)));
        }
    }
}

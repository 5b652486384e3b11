//! A read buffer that refuses hostile lengths before the decoder can allocate for them.
//!
//! The array decoders of `kafka-protocol` reserve room for as many items as the peer names. In the flexible
//! versions every such count, and every string and tag length, is an unsigned varint read one byte at a time
//! through [`Buf::try_get_u8`], so this is the one place where a count can be held against the bytes that are
//! really there: an item takes at least one byte, hence a true count is never above the bytes left.

use bytes::{Buf, Bytes, TryGetError};
use kafka_protocol::protocol::buf::ByteBuf;
use std::ops::Range;

/// Continuation bytes allowed in one varint; with 2 of them every value is below 2^21.
const MAX_CONTINUATION: u8 = 2;
/// Values up to this one are never compared with the bytes left: they may be tag numbers, and cost little.
const ALWAYS_FINE: u32 = 127;

/// Bytes of one answer, read under guard.
///
/// A Boolean is read through the same call as the bytes of a varint. A true Boolean is 0 or 1 and ends any run;
/// a forged one of 0x80 or more counts as the start of the varint behind it, which makes that varint look longer
/// and larger than it is, never smaller.
#[derive(Debug)]
pub struct Guarded {
    bytes: Bytes,
    run: u8,
    value: u32,
    refused: Option<u32>,
}

impl Guarded {
    /// Puts the bytes of one answer under guard.
    pub fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            run: 0,
            value: 0,
            refused: None,
        }
    }

    /// The length that was refused, if decoding failed for that reason.
    pub fn refused(&self) -> Option<u32> {
        self.refused
    }

    fn reset(&mut self) {
        self.run = 0;
        self.value = 0;
    }

    fn refuse(&mut self) -> TryGetError {
        self.refused = Some(self.value);
        TryGetError {
            requested: usize::try_from(self.value).unwrap_or(usize::MAX),
            available: self.bytes.remaining(),
        }
    }
}

macro_rules! delegate {
    ($($name:ident -> $out:ty;)*) => {
        $(
            #[inline]
            fn $name(&mut self) -> Result<$out, TryGetError> {
                self.reset();
                self.bytes.$name()
            }
        )*
    };
}

impl Buf for Guarded {
    #[inline]
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    #[inline]
    fn advance(&mut self, count: usize) {
        self.reset();
        // `Bytes::advance` panics past its end; the decoder checks first, and a slip must not take the monitor down.
        self.bytes.advance(count.min(self.bytes.remaining()));
    }

    #[inline]
    fn try_get_u8(&mut self) -> Result<u8, TryGetError> {
        let byte = self.bytes.try_get_u8()?;
        let shift = u32::from(self.run.min(MAX_CONTINUATION)) * 7;
        self.value |= u32::from(byte & 0x7f) << shift;
        if byte >= 0x80 {
            self.run = self.run.saturating_add(1);
            if self.run > MAX_CONTINUATION {
                return Err(self.refuse());
            }
            return Ok(byte);
        }
        let left = u32::try_from(self.bytes.remaining()).unwrap_or(u32::MAX);
        if self.value > ALWAYS_FINE && self.value > left.saturating_add(1) {
            return Err(self.refuse());
        }
        self.reset();
        Ok(byte)
    }

    #[inline]
    fn try_copy_to_slice(&mut self, target: &mut [u8]) -> Result<(), TryGetError> {
        self.reset();
        self.bytes.try_copy_to_slice(target)
    }

    delegate! {
        try_get_i8 -> i8;
        try_get_u16 -> u16;
        try_get_i16 -> i16;
        try_get_u32 -> u32;
        try_get_i32 -> i32;
        try_get_u64 -> u64;
        try_get_i64 -> i64;
        try_get_f64 -> f64;
    }
}

impl ByteBuf for Guarded {
    fn peek_bytes(&mut self, range: Range<usize>) -> Bytes {
        match self.bytes.get(range) {
            Some(part) => self.bytes.slice_ref(part),
            None => Bytes::new(),
        }
    }

    fn get_bytes(&mut self, size: usize) -> Bytes {
        self.reset();
        // Zero-copy; the decoder has checked the size through `try_get_bytes`.
        self.bytes.split_to(size.min(self.bytes.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a varint the way the decoder does: at most 5 bytes.
    fn varint(buffer: &mut Guarded) -> Result<u32, TryGetError> {
        let mut value = 0_u32;
        for place in 0..5 {
            let byte = u32::from(buffer.try_get_u8()?);
            value |= (byte & 0x7f) << (place * 7);
            if byte < 0x80 {
                break;
            }
        }
        Ok(value)
    }

    #[test]
    fn lengths_are_held_against_the_bytes_left() {
        let cases: &[(&str, Vec<u8>, Option<u32>)] = &[
            ("zero", vec![0], Some(0)),
            ("small value, nothing behind it", vec![0x7f], Some(127)),
            (
                "128 with 127 left",
                [vec![0x80, 1], vec![0; 127]].concat(),
                Some(128),
            ),
            ("128 with 126 left", [vec![0x80, 1], vec![0; 126]].concat(), None),
            ("largest two-byte value, short", vec![0xff, 0x7f, 0], None),
            (
                "three bytes, enough left",
                [vec![0x80, 0x80, 1], vec![0; 16_383]].concat(),
                Some(16_384),
            ),
            (
                "three continuation bytes",
                [vec![0x80, 0x80, 0x80, 0], vec![0; 400]].concat(),
                None,
            ),
            (
                "the largest u32",
                [vec![0xff, 0xff, 0xff, 0xff, 0x0f], vec![0; 400]].concat(),
                None,
            ),
            ("cut short", vec![0x80], None),
            ("nothing at all", vec![], None),
        ];
        for (name, bytes, expected) in cases {
            let mut buffer = Guarded::new(Bytes::from(bytes.clone()));
            assert_eq!(varint(&mut buffer).ok(), *expected, "{name}");
        }
    }

    #[test]
    fn other_reads_end_a_run() {
        let mut buffer = Guarded::new(Bytes::from(vec![0x80, 0x80, 0, 0, 0, 1, 0x80, 0x80, 0]));
        assert_eq!(buffer.try_get_u8(), Ok(0x80));
        assert_eq!(buffer.try_get_u8(), Ok(0x80));
        assert_eq!(buffer.try_get_i32(), Ok(1));
        assert_eq!(varint(&mut buffer), Ok(0));
        assert_eq!(buffer.remaining(), 0);
    }

    #[test]
    fn reads_past_the_end_are_errors_and_reads_within_share_the_bytes() {
        let mut buffer = Guarded::new(Bytes::from_static(b"kafka"));
        assert!(buffer.try_get_i64().is_err());
        assert!(buffer.try_get_bytes(6).is_err());
        assert_eq!(buffer.peek_bytes(0..2), "ka");
        assert_eq!(buffer.try_get_bytes(3).unwrap(), "kaf");
        assert_eq!(buffer.remaining(), 2);
        assert!(buffer.refused().is_none());
    }

    proptest! {
        #[test]
        fn an_accepted_length_is_small_or_there(bytes in prop::collection::vec(any::<u8>(), 0..300), forged in prop::collection::vec(0x80_u8.., 0..2)) {
            // Forged Booleans in front may only make the guard stricter.
            let lead = forged.len();
            let mut buffer = Guarded::new(Bytes::from([forged, bytes].concat()));
            for _ in 0..lead {
                let _ = buffer.try_get_u8();
            }
            if let Ok(value) = varint(&mut buffer) {
                let left = u32::try_from(buffer.remaining()).unwrap();
                prop_assert!(value <= ALWAYS_FINE || value <= left + 1);
                prop_assert!(value < 1 << 21);
            }
        }
    }
}

//! Frames: a 4-byte length in front of each request and each answer, and what it means when that length is none.

use super::error::LooksLike;
use bytes::{Buf, Bytes, BytesMut};

/// Longest answer that is taken, in bytes.
pub(crate) const LONGEST_FRAME: usize = 32 * 1024 * 1024;
/// Most bytes that room is made for at once, so that a length alone costs no memory.
const STEP: usize = 256 * 1024;
/// Room for the first bytes of an answer.
const FIRST: usize = 16 * 1024;

/// Bytes that came in and are not yet cut into answers.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: BytesMut,
}

/// What the bytes at the head of the inbox are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// A whole frame, without its length.
    Frame(Bytes),
    /// Not yet a whole frame.
    Partial,
    /// A length that no frame has.
    NoFrame(LooksLike),
}

impl Inbox {
    /// Whether nothing at all is waiting.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes that are waiting.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The buffer to read into, with room for more bytes of the frame at its head.
    pub(crate) fn room(&mut self) -> &mut BytesMut {
        let missing = match self.length() {
            Some(Ok(length)) => (4 + length).saturating_sub(self.bytes.len()),
            _ => FIRST,
        };
        self.bytes.reserve(missing.clamp(FIRST, STEP));
        &mut self.bytes
    }

    /// Takes the frame at the head, if it is whole.
    pub(crate) fn take(&mut self) -> Head {
        match self.length() {
            None => Head::Partial,
            Some(Err(looks_like)) => Head::NoFrame(looks_like),
            Some(Ok(length)) if self.bytes.len() < 4 + length => Head::Partial,
            Some(Ok(length)) => {
                self.bytes.advance(4);
                let frame = self.bytes.split_to(length).freeze();
                if length >= STEP {
                    // What is left shares the memory of the frame, and would keep it for as long as the connection lives.
                    self.bytes = BytesMut::from(self.bytes.as_ref());
                }
                Head::Frame(frame)
            }
        }
    }

    fn length(&self) -> Option<Result<usize, LooksLike>> {
        let head: [u8; 4] = *self.bytes.first_chunk()?;
        let length = usize::try_from(i32::from_be_bytes(head)).ok();
        // A frame holds at least its correlation id.
        let length = length.filter(|length| (4..=LONGEST_FRAME).contains(length));
        Some(length.ok_or_else(|| recognize(head)))
    }
}

/// Recognizes other protocols by the first bytes that their servers send to a client that speaks Kafka.
fn recognize(head: [u8; 4]) -> LooksLike {
    match &head {
        b"HTTP" => LooksLike::Http,
        b"SSH-" => LooksLike::Ssh,
        // A TLS record of type alert, 3.x.
        [0x15, 0x03, ..] => LooksLike::Tls,
        [a, b, c, d] => LooksLike::Unknown(format!("{a:02x} {b:02x} {c:02x} {d:02x}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inbox(bytes: &[u8]) -> Inbox {
        Inbox {
            bytes: BytesMut::from(bytes),
        }
    }

    #[test]
    fn heads_are_told_apart() {
        let unknown = |text: &str| Head::NoFrame(LooksLike::Unknown(text.to_owned()));
        let cases: &[(&[u8], Head)] = &[
            (b"", Head::Partial),
            (b"\0\0\0", Head::Partial),
            (b"\0\0\0\x05kafk", Head::Partial),
            (b"\0\0\0\x05kafka", Head::Frame(Bytes::from_static(b"kafka"))),
            (b"\0\0\0\x05kafka-next", Head::Frame(Bytes::from_static(b"kafka"))),
            (b"\x02\0\0\0", Head::Partial),
            (b"\x02\0\0\x01", unknown("02 00 00 01")),
            (b"\0\0\0\x03abc", unknown("00 00 00 03")),
            (b"\xff\xff\xff\xff", unknown("ff ff ff ff")),
            (b"HTTP/1.1 400 Bad Request", Head::NoFrame(LooksLike::Http)),
            (b"SSH-2.0-x", Head::NoFrame(LooksLike::Ssh)),
            (b"\x15\x03\x03\0\x02\x02\x46", Head::NoFrame(LooksLike::Tls)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(inbox(bytes).take(), *expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_length_alone_makes_no_room_for_the_frame() {
        let mut inbox = inbox(b"\x02\0\0\0");
        let room = inbox.room();
        assert!(room.capacity() < 2 * STEP, "{}", room.capacity());
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_however_they_are_cut(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 4..40), 0..6), step in 1_usize..20) {
            let mut stream = Vec::new();
            for frame in &frames {
                stream.extend_from_slice(&u32::try_from(frame.len()).unwrap().to_be_bytes());
                stream.extend_from_slice(frame);
            }
            let mut inbox = Inbox::default();
            let mut out = Vec::new();
            for part in stream.chunks(step) {
                inbox.room().extend_from_slice(part);
                while let Head::Frame(frame) = inbox.take() {
                    out.push(frame.to_vec());
                }
            }
            prop_assert_eq!(out, frames);
            prop_assert!(inbox.is_empty());
        }
    }
}

//! Frames: a 4-byte length in front of each request and each answer; and the limits on what clients may make a broker hold.

use bytes::{Buf, Bytes, BytesMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest request that is taken: `socket.request.max.bytes` by default.
pub(super) const LONGEST: usize = 100 * 1024 * 1024;
/// Most bytes that room is made for at once, so that a length alone costs no memory.
const STEP: usize = 256 * 1024;
/// Room for the first bytes of a request.
const FIRST: usize = 4 * 1024;
/// Most bytes that are read while another request is answered.
const AHEAD: usize = 64 * 1024;
/// Most bytes of requests that all connections of a simulation hold together.
const MOST_HELD: usize = 512 * 1024 * 1024;

/// Bytes of requests that all connections hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

/// Bytes that came in on one connection and are not yet cut into requests.
#[derive(Debug)]
pub(super) struct Inbox {
    bytes: BytesMut,
    held: Held,
    counted: usize,
}

/// Why no request follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The client left, also within a request.
    Left,
    /// A length that no request has.
    NoFrame,
    /// All connections together hold more than they may.
    TooMuch,
}

impl Inbox {
    /// An empty inbox, which counts what it holds.
    pub(super) fn new(held: Held) -> Self {
        Self {
            bytes: BytesMut::new(),
            held,
            counted: 0,
        }
    }

    /// The next request, without its length. May be dropped while it waits: what was read stays in the inbox.
    pub(super) async fn next(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<Bytes, End> {
        loop {
            let missing = match self.length()? {
                Some(length) if self.bytes.len() >= 4 + length => {
                    self.bytes.advance(4);
                    let frame = self.bytes.split_to(length).freeze();
                    if self.bytes.is_empty() {
                        // An idle connection keeps no room.
                        self.bytes = BytesMut::new();
                    }
                    self.count()?;
                    return Ok(frame);
                }
                Some(length) => 4 + length - self.bytes.len(),
                None => FIRST,
            };
            self.read(stream, missing).await?;
        }
    }

    /// Reads what is there while another request is answered, up to a bound; an error where the client left. May be dropped
    /// while it waits.
    pub(super) async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<(), End> {
        while self.bytes.len() < AHEAD {
            self.read(stream, FIRST).await?;
        }
        Ok(())
    }

    async fn read(&mut self, stream: &mut (impl AsyncRead + Unpin), missing: usize) -> Result<(), End> {
        self.bytes.reserve(missing.clamp(FIRST, STEP));
        match stream.read_buf(&mut self.bytes).await {
            Ok(0) | Err(_) => Err(End::Left),
            Ok(_) => self.count(),
        }
    }

    fn length(&self) -> Result<Option<usize>, End> {
        let Some(head) = self.bytes.first_chunk() else {
            return Ok(None);
        };
        let length = usize::try_from(i32::from_be_bytes(*head)).map_err(|_| End::NoFrame)?;
        if length > LONGEST {
            return Err(End::NoFrame);
        }
        Ok(Some(length))
    }

    fn count(&mut self) -> Result<(), End> {
        let now = self.bytes.len();
        let before = std::mem::replace(&mut self.counted, now);
        let all = if now >= before {
            self.held.0.fetch_add(now - before, Ordering::Relaxed) + (now - before)
        } else {
            self.held.0.fetch_sub(before - now, Ordering::Relaxed) - (before - now)
        };
        if all > MOST_HELD {
            return Err(End::TooMuch);
        }
        Ok(())
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.held.0.fetch_sub(self.counted, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::runtime::Builder;

    fn all(stream: &[u8]) -> (Vec<Vec<u8>>, End) {
        let run = async {
            let (held, mut frames) = (Held::default(), Vec::new());
            let mut inbox = Inbox::new(held.clone());
            let mut stream = stream;
            let end = loop {
                match inbox.next(&mut stream).await {
                    Ok(frame) => frames.push(frame.to_vec()),
                    Err(end) => break end,
                }
            };
            drop(inbox);
            assert_eq!(held.0.load(Ordering::Relaxed), 0, "bytes are counted down again");
            (frames, end)
        };
        Builder::new_current_thread().build().unwrap().block_on(run)
    }

    #[test]
    fn frames_and_what_is_none() {
        type Case<'a> = (&'a [u8], &'a [&'a [u8]], End);
        let cases: &[Case<'_>] = &[
            (b"", &[], End::Left),
            (b"\0\0\0\x05kafk", &[], End::Left),
            (b"\0\0\0\x05kafka\0\0", &[b"kafka"], End::Left),
            (b"\0\0\0\0\0\0\0\x01k", &[b"", b"k"], End::Left),
            (b"\x06\x40\0\x01kafka", &[], End::NoFrame),
            (b"\xff\xff\xff\xffkafka", &[], End::NoFrame),
            (b"GET / HTTP/1.1\r\n\r\n", &[], End::NoFrame),
            (b"\x16\x03\x01\x02\0\x01", &[], End::NoFrame),
        ];
        for (bytes, frames, end) in cases {
            let (read, ended) = all(bytes);
            assert_eq!(
                (read.as_slice(), ended),
                (&frames.iter().map(|f| f.to_vec()).collect::<Vec<_>>()[..], *end),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn a_length_alone_makes_no_room_for_the_frame() {
        let run = async {
            let mut inbox = Inbox::new(Held::default());
            let mut stream = &b"\x06\x00\0\0some"[..];
            let end = inbox.next(&mut stream).await;
            (end, inbox.bytes.capacity())
        };
        let (end, room) = Builder::new_current_thread().build().unwrap().block_on(run);
        assert_eq!(end, Err(End::Left));
        assert!(room < 2 * STEP, "{room}");
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6)) {
            let mut stream = Vec::new();
            for frame in &frames {
                stream.extend_from_slice(&u32::try_from(frame.len()).unwrap().to_be_bytes());
                stream.extend_from_slice(frame);
            }
            prop_assert_eq!(all(&stream), (frames, End::Left));
        }
    }
}

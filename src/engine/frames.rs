//! Answers that go on: lines, and the frames in which the engine sends a container's two outputs. What is kept of
//! either is bounded, however long the other side makes them.

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};

use crate::model::log::{LogLine, LogStream};

/// The bytes of an answer as they come. Waiting for more can be given up and taken up again.
pub(super) struct Flow {
    body: Incoming,
    /// Bytes that came and were not used yet.
    pub(super) waiting: Bytes,
}

impl Flow {
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body,
            waiting: Bytes::new(),
        }
    }

    /// Waits until there are bytes; `false` at the end.
    pub(super) async fn more(&mut self) -> Result<bool, hyper::Error> {
        while self.waiting.is_empty() {
            match self.body.frame().await {
                None => return Ok(false),
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.waiting = data;
                    }
                }
            }
        }
        Ok(true)
    }
}

/// Gathers bytes into lines. Of a line that is too long its beginning is kept.
#[derive(Debug, Default)]
pub(super) struct Lines {
    kept: Vec<u8>,
    longest: usize,
}

impl Lines {
    pub(super) fn new(longest: usize) -> Self {
        Self {
            kept: Vec::new(),
            longest,
        }
    }

    /// Takes bytes up to and with the end of a line out of `bytes`; the line without its end, once it is whole.
    pub(super) fn take(&mut self, bytes: &mut Bytes) -> Option<Vec<u8>> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = bytes.split_to(end.unwrap_or(bytes.len()));
        let room = self.longest.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(part.get(..room).unwrap_or(&part));
        end?;
        let _newline = bytes.split_to(1);
        Some(std::mem::take(&mut self.kept))
    }

    /// What is left at the end of everything.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        (!self.kept.is_empty()).then(|| std::mem::take(&mut self.kept))
    }
}

/// A frame's head: which stream, and how many bytes follow.
const HEAD: usize = 8;

/// Takes the engine's frames apart into lines (`application/vnd.docker.multiplexed-stream`); of a container with a
/// terminal the output comes without frames.
#[derive(Debug)]
pub(super) struct Demultiplexer {
    framed: bool,
    head: Vec<u8>,
    stream: LogStream,
    left: usize,
    out: Lines,
    err: Lines,
}

impl Demultiplexer {
    pub(super) fn new(framed: bool) -> Self {
        // One byte beyond what is kept of a line, so that it is seen to be longer.
        let lines = || Lines::new(LogLine::LONGEST + 64);
        Self {
            framed,
            head: Vec::with_capacity(HEAD),
            stream: LogStream::Out,
            left: 0,
            out: lines(),
            err: lines(),
        }
    }

    /// The next line in `bytes`, which are used up to there; the error says what breaks the form.
    pub(super) fn next(&mut self, bytes: &mut Bytes) -> Result<Option<(LogStream, Vec<u8>)>, String> {
        if !self.framed {
            return Ok(self.out.take(bytes).map(|line| (LogStream::Out, line)));
        }
        while !bytes.is_empty() {
            if self.left == 0 {
                let wanted = HEAD - self.head.len();
                self.head
                    .extend_from_slice(&bytes.split_to(wanted.min(bytes.len())));
                let [kind, 0, 0, 0, size @ ..] = self.head.as_slice() else {
                    if self.head.len() < HEAD {
                        return Ok(None);
                    }
                    return Err(format!("a frame of its output begins with {:02x?}", self.head));
                };
                let Ok(size) = <[u8; 4]>::try_from(size) else {
                    return Ok(None);
                };
                self.stream = match kind {
                    0 | 1 => LogStream::Out,
                    2 => LogStream::Err,
                    other => return Err(format!("a frame of its output is of the stream {other}")),
                };
                self.left = usize::try_from(u32::from_be_bytes(size)).unwrap_or(usize::MAX);
                self.head.clear();
                continue;
            }
            let mut part = bytes.split_to(self.left.min(bytes.len()));
            let before = part.len();
            let lines = match self.stream {
                LogStream::Out => &mut self.out,
                LogStream::Err => &mut self.err,
            };
            let line = lines.take(&mut part);
            self.left -= before - part.len();
            // What the line did not use goes back in front.
            if !part.is_empty() {
                let mut joined = Vec::with_capacity(part.len() + bytes.len());
                joined.extend_from_slice(&part);
                joined.extend_from_slice(bytes);
                *bytes = Bytes::from(joined);
            }
            if let Some(line) = line {
                return Ok(Some((self.stream, line)));
            }
        }
        Ok(None)
    }

    /// The next unfinished line once everything has come.
    pub(super) fn rest(&mut self) -> Option<(LogStream, Vec<u8>)> {
        self.out
            .rest()
            .map(|line| (LogStream::Out, line))
            .or_else(|| self.err.rest().map(|line| (LogStream::Err, line)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(stream: u8, text: &str) -> Vec<u8> {
        let mut bytes = vec![stream, 0, 0, 0];
        bytes.extend_from_slice(&u32::try_from(text.len()).expect("short").to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    fn all(framed: bool, chunks: &[Vec<u8>]) -> Result<Vec<(LogStream, String)>, String> {
        let mut demultiplexer = Demultiplexer::new(framed);
        let mut lines = Vec::new();
        for chunk in chunks {
            let mut bytes = Bytes::from(chunk.clone());
            while let Some(line) = demultiplexer.next(&mut bytes)? {
                lines.push(line);
            }
        }
        while let Some(line) = demultiplexer.rest() {
            lines.push(line);
        }
        Ok(lines
            .into_iter()
            .map(|(stream, line)| (stream, String::from_utf8_lossy(&line).into_owned()))
            .collect())
    }

    #[test]
    fn frames_become_lines_however_they_are_cut() {
        let mut bytes = frame(1, "one\ntwo\n");
        bytes.extend(frame(2, "bad"));
        bytes.extend(frame(1, "three\n"));
        bytes.extend(frame(2, " thing\n"));
        bytes.extend(frame(1, "no end"));
        let wanted = [
            (LogStream::Out, "one"),
            (LogStream::Out, "two"),
            (LogStream::Out, "three"),
            (LogStream::Err, "bad thing"),
            (LogStream::Out, "no end"),
        ]
        .map(|(stream, text)| (stream, text.to_owned()));
        for size in 1..=bytes.len() {
            let chunks: Vec<Vec<u8>> = bytes.chunks(size).map(<[u8]>::to_vec).collect();
            assert_eq!(all(true, &chunks).as_deref(), Ok(&wanted[..]), "cut every {size}");
        }
    }

    #[test]
    fn a_terminals_output_has_no_frames() {
        let lines = all(false, &[b"one\r\ntw".to_vec(), b"o\r\n".to_vec()]).expect("plain");
        assert_eq!(
            lines.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
            ["one\r", "two\r"]
        );
    }

    #[test]
    fn a_line_without_end_takes_no_more_than_its_share() {
        let mut demultiplexer = Demultiplexer::new(false);
        for _ in 0..1000 {
            let mut bytes = Bytes::from(vec![b'x'; 10_000]);
            assert_eq!(demultiplexer.next(&mut bytes), Ok(None));
        }
        assert!(demultiplexer.out.kept.len() <= LogLine::LONGEST + 64);
    }

    proptest! {
        #[test]
        fn nonsense_is_an_error_and_never_more(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = all(true, std::slice::from_ref(&bytes));
            let _ = all(false, &[bytes]);
        }
    }
}

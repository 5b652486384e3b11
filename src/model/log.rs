//! A container's output: lines, and a ring that keeps the newest of them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::container::EngineId;
use super::failure::Failure;
use super::text::printable;
use super::time::At;

/// Which stream a line came on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogStream {
    /// Standard output, or the terminal.
    Out,
    /// Standard error.
    Err,
}

/// How serious a line says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// `TRACE`, `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
    /// `FATAL`.
    Fatal,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When the engine took it, where it tells.
    pub at: Option<At>,
    /// Which stream it came on.
    pub stream: LogStream,
    /// Its text, already safe to print, without the line's end.
    text: String,
    /// Its level: its own, or that of the entry that it goes on with, as a stack trace does.
    pub level: Option<LogLevel>,
    /// Whether it was longer than what is kept of a line.
    pub cut: bool,
}

impl LogLine {
    /// The most bytes that are kept of a line, before it is made printable.
    pub const LONGEST: usize = 8 << 10;

    /// A line from raw bytes, which are cut, decoded and made printable.
    pub fn new(at: Option<At>, stream: LogStream, raw: &[u8]) -> Self {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        let kept = raw.get(..Self::LONGEST).unwrap_or(raw);
        let decoded = String::from_utf8_lossy(kept).replace('\t', "    ");
        Self {
            at,
            stream,
            level: level(&decoded),
            text: printable(&without_colours(&decoded)).into_owned(),
            cut: kept.len() < raw.len(),
        }
    }

    /// Its text; safe to print.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn weight(&self) -> usize {
        self.text.len() + size_of::<Self>()
    }
}

/// The colour sequences that programs print are no content: they are left out, and everything else that a terminal
/// obeys is written out by [`printable`].
fn without_colours(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(start);
        let body = sequence.get(2..).unwrap_or_default();
        let length = body
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b';')
            .count();
        kept.push_str(before);
        if body.as_bytes().get(length) == Some(&b'm') {
            rest = body.get(length + 1..).unwrap_or_default();
        } else {
            kept.push_str("\u{1b}[");
            rest = body;
        }
    }
    kept.push_str(rest);
    kept
}

/// The level that a line names: the first word in capitals that is one, within its first words, as the patterns of
/// log4j, logback and Kafka's own have it (`[2026-01-02 03:04:05,678] ERROR ...`).
fn level(text: &str) -> Option<LogLevel> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
        .take(3)
        .find_map(|word| match word {
            "FATAL" => Some(LogLevel::Fatal),
            "ERROR" | "SEVERE" => Some(LogLevel::Error),
            "WARN" | "WARNING" => Some(LogLevel::Warn),
            "INFO" => Some(LogLevel::Info),
            "DEBUG" | "TRACE" => Some(LogLevel::Debug),
            _ => None,
        })
}

/// Whether a line goes on with the entry before it: a stack trace, or what follows a line's end inside an entry.
fn goes_on(text: &str) -> bool {
    text.starts_with([' ', '\u{9}', '}'])
        || text.starts_with("Caused by: ")
        || text.starts_with("java.")
        || text.starts_with("org.apache.")
        || text.starts_with("kafka.")
}

/// The newest lines of an output, bounded in number and in bytes. A clone shares the lines.
#[derive(Clone, Debug)]
pub struct LogRing {
    lines: VecDeque<Arc<LogLine>>,
    most_lines: usize,
    most_bytes: usize,
    bytes: usize,
    /// The number of the first line that is kept; numbers never come again.
    first: u64,
}

impl LogRing {
    /// An empty ring that keeps at most so many lines and bytes.
    pub fn new(most_lines: usize, most_bytes: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            most_lines: most_lines.max(1),
            most_bytes,
            bytes: 0,
            first: 0,
        }
    }

    /// Takes a line in, and lets the oldest go where there is no room.
    pub fn push(&mut self, mut line: LogLine) {
        if line.level.is_none() && goes_on(line.text()) {
            line.level = self.lines.back().and_then(|before| before.level);
        }
        self.bytes += line.weight();
        self.lines.push_back(Arc::new(line));
        while self.lines.len() > self.most_lines || (self.bytes > self.most_bytes && self.lines.len() > 1) {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(gone.weight());
            self.first += 1;
        }
    }

    /// How many lines are kept.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no line is kept.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many lines were let go since the ring was made: the number of the first line that is kept.
    pub fn dropped(&self) -> u64 {
        self.first
    }

    /// The number after the newest line's.
    pub fn end(&self) -> u64 {
        self.first + self.lines.len() as u64
    }

    /// The line with this number, if it is still kept.
    pub fn line(&self, number: u64) -> Option<&LogLine> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.lines.get(index).map(|line| &**line)
    }

    /// Lines with their numbers, from `number` on; those that are gone are left out.
    pub fn from(&self, number: u64) -> impl DoubleEndedIterator<Item = (u64, &LogLine)> {
        let skipped = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let start = self.first + skipped.min(self.lines.len()) as u64;
        self.lines
            .range(skipped.min(self.lines.len())..)
            .enumerate()
            .map(move |(index, line)| (start + index as u64, &**line))
    }

    /// The next line after `number` (before it where `back`) that contains `wanted`, capitals or not.
    pub fn find(&self, wanted: &str, number: u64, back: bool) -> Option<u64> {
        let wanted = wanted.to_lowercase();
        self.seek(number, back, |line| line.text().to_lowercase().contains(&wanted))
    }

    /// The next line after `number` (before it where `back`) that is an error or worse, one for each run of such lines.
    pub fn next_error(&self, number: u64, back: bool) -> Option<u64> {
        let is_error = |line: &LogLine| line.level >= Some(LogLevel::Error);
        // Within a stack trace the entry's own line is what is looked for.
        let begins = |number: u64| {
            !number
                .checked_sub(1)
                .and_then(|before| self.line(before))
                .is_some_and(is_error)
                || self.line(number).is_some_and(|line| !goes_on(line.text()))
        };
        self.seek_numbered(number, back, |number, line| is_error(line) && begins(number))
    }

    fn seek(&self, number: u64, back: bool, fits: impl Fn(&LogLine) -> bool) -> Option<u64> {
        self.seek_numbered(number, back, |_, line| fits(line))
    }

    fn seek_numbered(&self, number: u64, back: bool, fits: impl Fn(u64, &LogLine) -> bool) -> Option<u64> {
        let hit = |(at, line): &(u64, &LogLine)| fits(*at, line);
        let found = if back {
            self.from(self.first)
                .rev()
                .skip_while(|(at, _)| *at >= number)
                .find(hit)
        } else {
            self.from(number.saturating_add(1)).find(hit)
        };
        found.map(|(at, _)| at)
    }
}

/// How the reading of a container's output stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogState {
    /// The engine is asked.
    Opening,
    /// Lines come as they are written.
    Following,
    /// The output has ended: the container does not run.
    Ended,
    /// It cannot be read any more, and why. The lines stay.
    Failed(Failure),
}

/// A container's output as far as it was read.
#[derive(Clone, Debug)]
pub struct LogFeed {
    /// Which container.
    pub container: EngineId,
    /// How the reading stands.
    pub state: LogState,
    /// Its newest lines.
    pub lines: LogRing,
}

/// What the screen wants of outputs: one is followed at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogRequest {
    /// Read this container's output, and go on as lines come.
    Follow(EngineId),
    /// No output is looked at any more.
    Leave,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine::new(None, LogStream::Out, text.as_bytes())
    }

    fn ring(lines: &[&str]) -> LogRing {
        let mut ring = LogRing::new(100, 1 << 20);
        for text in lines {
            ring.push(line(text));
        }
        ring
    }

    #[test]
    fn hostile_bytes_are_written_out_and_colours_left_out() {
        for (raw, shown) in [
            (&b"plain"[..], "plain"),
            (b"line\r", "line"),
            (b"\x1b[31mred\x1b[0m", "red"),
            (b"\x1b[2Jgone", "\\u{1b}[2Jgone"),
            (b"\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}"),
            (b"not \xff utf8", "not \u{fffd} utf8"),
            (b"a\tb", "a    b"),
            (b"\x1b[", "\\u{1b}["),
            (b"\x1b[31", "\\u{1b}[31"),
            (b"", ""),
        ] {
            assert_eq!(LogLine::new(None, LogStream::Out, raw).text(), shown, "{raw:?}");
        }
        let long = LogLine::new(None, LogStream::Err, &vec![b'x'; LogLine::LONGEST + 1]);
        assert!(long.cut && long.text().len() == LogLine::LONGEST);
    }

    #[test]
    fn levels_are_read_where_loggers_write_them() {
        for (text, level) in [
            (
                "[2026-01-02 03:04:05,678] INFO started (kafka.server)",
                Some(LogLevel::Info),
            ),
            (
                "[2026-01-02 03:04:05,678] ERROR Fencing broker 1",
                Some(LogLevel::Error),
            ),
            ("2026-01-02 03:04:05 [main] WARN  x - y", Some(LogLevel::Warn)),
            ("[x] FATAL [KafkaServer id=1] Fatal error", Some(LogLevel::Fatal)),
            ("no level here, an error in lower case", None),
            ("===> ENV Variables ...", None),
            ("", None),
        ] {
            assert_eq!(line(text).level, level, "{text}");
        }
    }

    #[test]
    fn lines_and_bytes_are_bounded_and_numbers_stay() {
        let mut ring = LogRing::new(3, 1 << 20);
        for n in 0..10 {
            ring.push(line(&format!("line {n}")));
        }
        assert_eq!((ring.len(), ring.dropped(), ring.end()), (3, 7, 10));
        assert_eq!(ring.line(7).map(LogLine::text), Some("line 7"));
        assert!(ring.line(6).is_none() && ring.line(10).is_none());
        let numbers: Vec<u64> = ring.from(8).map(|(number, _)| number).collect();
        assert_eq!(numbers, [8, 9]);
        assert_eq!(ring.from(0).count(), 3);
        assert_eq!(ring.from(99).count(), 0);
        let mut small = LogRing::new(1000, 2000);
        for _ in 0..100 {
            small.push(line(&"x".repeat(500)));
            assert!(small.bytes() <= 2000 && !small.is_empty());
        }
    }

    #[test]
    fn a_search_goes_both_ways_from_a_line() {
        let ring = ring(&["Alpha", "beta", "ALPHA two", "gamma"]);
        assert_eq!(ring.find("alpha", 0, false), Some(2));
        assert_eq!(ring.find("alpha", 2, false), None);
        assert_eq!(ring.find("alpha", 2, true), Some(0));
        assert_eq!(ring.find("nothing", 0, false), None);
    }

    #[test]
    fn the_next_error_is_an_entry_and_not_a_line_of_its_stack_trace() {
        let ring = ring(&[
            "[t] INFO fine",
            "[t] ERROR first",
            "java.io.IOException: disk",
            "    at kafka.log.Log(x)",
            "Caused by: java.lang.Error",
            "[t] ERROR second",
            "[t] INFO fine again",
        ]);
        assert_eq!(ring.line(3).and_then(|line| line.level), Some(LogLevel::Error));
        assert_eq!(ring.next_error(0, false), Some(1));
        assert_eq!(ring.next_error(1, false), Some(5));
        assert_eq!(ring.next_error(5, false), None);
        assert_eq!(ring.next_error(6, true), Some(5));
        assert_eq!(ring.next_error(5, true), Some(1));
    }
}

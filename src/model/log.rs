//! A container's output: lines, and a ring that keeps the newest of them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::container::EngineId;
use super::failure::Failure;
use super::fleet::Node;
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
    /// Where in the text its message begins, in bytes.
    message: usize,
    /// Its level: its own, or that of the entry that it goes on with, as a stack trace does.
    pub level: Option<LogLevel>,
    /// Whether it goes on with the entry before it, whose level it has.
    goes_on: bool,
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
        let text = printable(&without_colours(&decoded)).into_owned();
        Self {
            at,
            stream,
            level: level(&text),
            message: at.and_then(|at| behind_head(&text, at)).unwrap_or(0),
            text,
            goes_on: false,
            cut: kept.len() < raw.len(),
        }
    }

    /// Its text; safe to print.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its text without the date, time and level at its head, where [`at`](Self::at) and [`level`](Self::level) say the same.
    pub fn message(&self) -> &str {
        self.text.get(self.message..).unwrap_or(&self.text)
    }

    /// The level that it names itself.
    pub fn own_level(&self) -> Option<LogLevel> {
        self.level.filter(|_| !self.goes_on)
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

impl LogLevel {
    /// The level that a line names, if it names one.
    pub fn of(text: &str) -> Option<Self> {
        level(text)
    }
}

/// Where the message begins behind the head that Kafka's own pattern puts before it, `[2026-01-02 03:04:05,678] ERROR `,
/// where the head says the same time as the engine, whatever the time zone: then nothing is lost by leaving it out.
fn behind_head(text: &str, at: At) -> Option<usize> {
    /// Zones differ by quarters of an hour.
    const ZONE: i64 = 900;
    let (stamp, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let (date, time) = stamp.split_once(' ')?;
    let mut parts = time.get(..8)?.split(':').map(|part| part.parse::<i64>().ok());
    let (_, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let (word, message) = rest.split_once(' ')?;
    if date.len() != 10 || level(word).is_none() {
        return None;
    }
    let engine = at.0.div_euclid(1000);
    let apart = (engine - (minutes * 60 + seconds)).rem_euclid(ZONE);
    let same = apart <= 2 || apart >= ZONE - 2;
    same.then(|| text.len() - message.trim_start().len())
}

/// Where `wanted` stands in `text`, in bytes, one after the other; ASCII letters count as the same in both cases.
pub fn hits<'a>(text: &'a str, wanted: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let place = rest
            .windows(wanted.len().max(1))
            .position(|window| window.eq_ignore_ascii_case(wanted))?;
        let found = from + place..from + place + wanted.len();
        from = found.end;
        Some(found)
    })
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
            line.goes_on = true;
        }
        self.bytes += line.weight();
        self.lines.push_back(Arc::new(line));
        while self.lines.len() > self.most_lines || (self.bytes > self.most_bytes && self.lines.len() > 1) {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(gone.weight());
            self.first += 1;
        }
    }

    /// Lets every line go.
    pub fn clear(&mut self) {
        self.first += self.lines.len() as u64;
        self.lines.clear();
        self.bytes = 0;
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
        self.seek(number, back, |line| hits(line.text(), wanted).next().is_some())
    }

    /// How many entries are errors or worse; the lines of a stack trace belong to theirs.
    pub fn errors(&self) -> usize {
        let is_error = |line: &&Arc<LogLine>| line.own_level() >= Some(LogLevel::Error);
        self.lines.iter().filter(is_error).count()
    }

    /// The newest line.
    pub fn last(&self) -> Option<&LogLine> {
        self.lines.back().map(|line| &**line)
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

/// How the reading of an output stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogState {
    /// It is asked for.
    Opening,
    /// Lines come as they are written.
    Following,
    /// The output has ended: its process does not run. It is looked whether one is started again.
    Ended,
    /// It cannot be read any more, and why. The lines stay, and it is tried again.
    Failed(Failure),
}

/// Whose output is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOf {
    /// The node.
    pub node: Node,
    /// The container that runs it, where there is one.
    pub container: Option<EngineId>,
}

/// An output as far as it was read.
#[derive(Clone, Debug)]
pub struct LogFeed {
    /// Whose.
    pub of: LogOf,
    /// How the reading stands.
    pub state: LogState,
    /// Since when it stands so.
    pub since: At,
    /// Its newest lines.
    pub lines: LogRing,
}

/// What the screen wants of outputs: one is followed at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogRequest {
    /// Read this output, and go on as lines come.
    Follow(LogOf),
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
        let found: Vec<Range<usize>> = hits("aAab", "aa").collect();
        assert_eq!((found.len(), &found[0]), (1, &(0..2)));
        assert_eq!(hits("ünö", "ö").next(), Some(3..5));
        assert_eq!((hits("", "x").count(), hits("x", "xy").count()), (0, 0));
    }

    #[test]
    fn a_head_that_says_what_the_engine_says_is_left_out_and_no_other() {
        let at = Some(At(1_767_323_045_700)); // 03:04:05.7 UTC
        for (text, message) in [
            (
                "[2026-01-02 03:04:05,678] ERROR Fencing (kafka)",
                "Fencing (kafka)",
            ),
            ("[2026-01-02 05:04:04,678] WARN  [x] y", "[x] y"),
            ("[2026-01-02 08:34:05,678] INFO india", "india"),
            (
                "[2026-01-02 03:09:05,678] INFO late",
                "[2026-01-02 03:09:05,678] INFO late",
            ),
            (
                "[2026-01-02 03:04:05,678] no level",
                "[2026-01-02 03:04:05,678] no level",
            ),
            ("[x] INFO y", "[x] INFO y"),
            ("", ""),
        ] {
            let line = LogLine::new(at, LogStream::Out, text.as_bytes());
            assert_eq!((line.message(), line.text()), (message, text));
        }
        let line = line("[2026-01-02 03:04:05,678] INFO y");
        assert_eq!(
            line.message(),
            line.text(),
            "without the engine's time it is kept"
        );
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
        assert_eq!(ring.line(3).and_then(LogLine::own_level), None);
        assert_eq!(ring.errors(), 2);
        assert_eq!(ring.next_error(0, false), Some(1));
        assert_eq!(ring.next_error(1, false), Some(5));
        assert_eq!(ring.next_error(5, false), None);
        assert_eq!(ring.next_error(6, true), Some(5));
        assert_eq!(ring.next_error(5, true), Some(1));
    }
}

//! The table: for each thing measured the median, the least and the most of its runs.

use std::fmt;
use std::time::Duration;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Time,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    Rate,
    /// Things.
    Count,
    /// Things a second.
    Each,
    /// Share of one core, in percent.
    Share,
    /// How many times as much.
    Times,
}

impl Unit {
    /// The figure in words, at a precision that the measurement has.
    fn write(self, value: f64) -> String {
        match self {
            Self::Time if value < 1.0 => format!("{:.0} ms", value * 1e3),
            Self::Time => format!("{value:.2} s"),
            Self::Bytes if value < 1e6 => format!("{:.1} kB", value / 1e3),
            Self::Bytes => format!("{:.1} MB", value / 1e6),
            Self::Rate if value < 1e4 => format!("{value:.0} B/s"),
            Self::Rate if value < 1e6 => format!("{:.0} kB/s", value / 1e3),
            Self::Rate => format!("{:.1} MB/s", value / 1e6),
            Self::Count => format!("{value:.0}"),
            Self::Each => format!("{value:.1}"),
            Self::Share => format!("{value:.2} %"),
            Self::Times => format!("{value:.0} x"),
        }
    }
}

/// The table as it grows.
#[derive(Debug, Default)]
pub struct Table {
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    Head(String),
    Note(String),
    Row {
        what: String,
        unit: Unit,
        samples: Vec<f64>,
        aim: &'static str,
    },
}

impl Table {
    /// Begins a part.
    pub fn head(&mut self, words: impl Into<String>) {
        self.lines.push(Line::Head(words.into()));
    }

    /// Adds words that a figure needs to be understood.
    pub fn note(&mut self, words: impl Into<String>) {
        self.lines.push(Line::Note(words.into()));
    }

    /// Adds a row, with what it should come to, or an empty word. Without samples there is no row.
    pub fn row(&mut self, what: &str, unit: Unit, mut samples: Vec<f64>, aim: &'static str) {
        samples.sort_by(f64::total_cmp);
        if !samples.is_empty() {
            self.lines.push(Line::Row {
                what: what.to_owned(),
                unit,
                samples,
                aim,
            });
        }
    }
}

/// The middle of sorted samples: of an even number the mean of the two in the middle.
pub fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied().unwrap_or(f64::NAN);
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = middle.checked_sub(1).and_then(|place| sorted.get(place));
    lower.map_or(upper, |lower| f64::midpoint(*lower, upper))
}

/// Durations as seconds.
pub fn seconds<'a>(durations: impl IntoIterator<Item = &'a Duration>) -> Vec<f64> {
    durations.into_iter().map(Duration::as_secs_f64).collect()
}

/// A count as a figure; exact to 2^32, which nothing here reaches.
pub fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median_word, least, most, runs) = ("median", "min", "max", "runs");
        writeln!(
            f,
            "{:54} {median_word:>10} {least:>10} {most:>10} {runs:>4}  aim",
            ""
        )?;
        for line in &self.lines {
            match line {
                Line::Head(words) => writeln!(f, "\n{words}")?,
                Line::Note(words) => writeln!(f, "    {words}")?,
                Line::Row {
                    what,
                    unit,
                    samples,
                    aim,
                } => {
                    // One sample has neither a least nor a most.
                    let spread = samples.len() > 1;
                    let write = |value: Option<&f64>| {
                        value
                            .filter(|_| spread)
                            .map_or_else(String::new, |value| unit.write(*value))
                    };
                    let row = format!(
                        "  {what:52} {:>10} {:>10} {:>10} {:>4}  {aim}",
                        unit.write(median(samples)),
                        write(samples.first()),
                        write(samples.last()),
                        samples.len(),
                    );
                    writeln!(f, "{}", row.trim_end())?;
                }
            }
        }
        Ok(())
    }
}

//! The log of a node that is looked at: what was read of it, which part is in sight, what was searched for.

use std::sync::Arc;

use crate::model::fleet::{Match, Node};
use crate::model::log::{LogFeed, LogLine, LogOf, LogRing};
use crate::model::snapshot::Snapshot;

use super::acts::node;
use super::screen::{ListId, RowKey, Screen, Window};
use super::text;

/// How far long lines move sideways at once, in cells.
const SIDEWAYS: u16 = 20;
/// The farthest that they move.
const FARTHEST: u16 = 4_000;

/// A row of the screen: a line of the log by its number, and which of the rows that it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// Its row, from 0; above it only where lines are broken.
    pub row: usize,
}

/// Where to move in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// To the oldest line.
    First,
    /// To the newest line, which is followed from then on.
    Last,
    /// By so many rows, back where it is negative.
    By(isize),
}

/// What is looked for in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quarry {
    /// What was searched for.
    Hit,
    /// An error.
    Error,
}

/// A part of a log: what a search comes back to where it is given up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    place: Option<Place>,
    mark: Option<u64>,
    wanted: String,
}

/// The log of one node.
#[derive(Clone, Debug)]
pub struct LogView {
    /// Whose.
    pub node: Node,
    /// The row that it was opened from.
    pub row: RowKey,
    /// What was read of it; none before the first answer.
    pub feed: Option<Arc<LogFeed>>,
    /// Whether long lines are broken.
    pub wraps: bool,
    /// How many cells of every line are left out at its beginning.
    pub skipped: u16,
    spot: Spot,
}

impl LogView {
    /// The log of a node, whose newest lines are followed.
    pub fn new(node: Node, row: RowKey) -> Self {
        Self {
            node,
            row,
            feed: None,
            wraps: false,
            skipped: 0,
            spot: Spot::default(),
        }
    }

    /// What has to be read for it, by what is known of containers.
    pub fn source(&self, snapshot: &Snapshot) -> LogOf {
        let container = match snapshot.fleet.matches.get(&self.node) {
            Some(Match::One(id, _)) => Some(id.clone()),
            _ => None,
        };
        LogOf {
            node: self.node.clone(),
            container,
        }
    }

    /// Takes what was read; whether it belongs here. Another container's lines have other numbers: they are followed.
    pub fn take(&mut self, feed: Option<Arc<LogFeed>>) -> bool {
        if feed.as_ref().is_some_and(|feed| feed.of.node != self.node) {
            return false;
        }
        let of = |feed: &Option<Arc<LogFeed>>| feed.as_ref().map(|feed| (feed.of.clone(), feed.lines.end()));
        let goes_on = match (of(&self.feed), of(&feed)) {
            (Some((of, end)), Some((new, later))) => of == new && later >= end,
            _ => false,
        };
        if !goes_on {
            self.spot.place = None;
            self.spot.mark = None;
        }
        self.feed = feed;
        true
    }

    /// Its lines.
    pub fn lines(&self) -> Option<&LogRing> {
        self.feed.as_ref().map(|feed| &feed.lines)
    }

    /// What is searched for.
    pub fn wanted(&self) -> &str {
        &self.spot.wanted
    }

    /// The line that was found last.
    pub fn mark(&self) -> Option<u64> {
        self.spot.mark
    }

    /// Whether the newest lines are in sight, also those to come.
    pub fn follows(&self) -> bool {
        self.spot.place.is_none()
    }

    /// The rows that a line takes.
    fn height(&self, line: &LogLine, cells: u16) -> usize {
        if self.wraps {
            text::pieces(line.message(), cells).len()
        } else {
            1
        }
    }

    fn height_of(&self, number: u64, cells: u16) -> usize {
        let line = self.lines().and_then(|lines| lines.line(number));
        line.map_or(1, |line| self.height(line, cells))
    }

    /// The first row where the newest lines fill `rows` rows.
    fn last_top(&self, rows: usize, cells: u16) -> Place {
        let Some(lines) = self.lines() else {
            return Place::default();
        };
        let mut left = rows;
        let mut top = Place {
            line: lines.end(),
            row: 0,
        };
        for (number, line) in lines.from(0).rev() {
            let height = self.height(line, cells);
            top = Place {
                line: number,
                row: height.saturating_sub(left),
            };
            left = left.saturating_sub(height);
            if left == 0 {
                break;
            }
        }
        top
    }

    /// The first row in sight where there are so many rows of so many cells.
    pub fn top(&self, rows: usize, cells: u16) -> Place {
        let last = self.last_top(rows, cells);
        let oldest = self.lines().map_or(0, LogRing::dropped);
        self.spot.place.map_or(last, |place| {
            let kept = Place { line: oldest, row: 0 };
            place.max(kept).min(last)
        })
    }

    /// Moves; what reaches the newest line follows it.
    pub fn scroll(&mut self, to: Move, window: Window) {
        let (rows, cells) = (window.rows.max(1), window.cells);
        let last = self.last_top(rows, cells);
        let place = match to {
            Move::First => Place::default(),
            Move::Last => last,
            Move::By(by) => self.moved(self.top(rows, cells), by, cells),
        };
        let kept = self.lines().map_or(0, LogRing::dropped);
        let place = place.max(Place { line: kept, row: 0 });
        self.spot.place = (place < last).then_some(place);
    }

    fn moved(&self, from: Place, by: isize, cells: u16) -> Place {
        let mut place = from;
        let (oldest, end) = self
            .lines()
            .map_or((0, 0), |lines| (lines.dropped(), lines.end()));
        for _ in 0..by.unsigned_abs() {
            if by > 0 {
                place.row += 1;
                if place.row >= self.height_of(place.line, cells) {
                    if place.line + 1 >= end {
                        break;
                    }
                    place = Place {
                        line: place.line + 1,
                        row: 0,
                    };
                }
            } else if place.row > 0 {
                place.row -= 1;
            } else if place.line > oldest {
                let line = place.line - 1;
                let row = self.height_of(line, cells) - 1;
                place = Place { line, row };
            } else {
                break;
            }
        }
        place
    }

    /// Goes to the next of what is looked for, or the one before where `back`; whether there is one. From the end of the
    /// log it is the newest one, whichever way.
    pub fn seek(&mut self, quarry: Quarry, back: bool, window: Window) -> bool {
        let (rows, cells) = (window.rows.max(1), window.cells);
        let top = self.top(rows, cells);
        let follows = self.follows();
        let Some(lines) = self.lines() else { return false };
        let in_sight = |mark: &u64| *mark >= top.line && mark - top.line < rows as u64;
        let (from, back) = match self.spot.mark.filter(in_sight) {
            Some(mark) => (mark, back),
            None if follows => (lines.end(), true),
            None => (top.line, back),
        };
        let found = match quarry {
            Quarry::Hit => lines.find(&self.spot.wanted, from, back),
            Quarry::Error => lines.next_error(from, back),
        };
        let Some(number) = found else { return false };
        self.spot.mark = Some(number);
        // A third of what is in sight leads up to it.
        let at = Place { line: number, row: 0 };
        let lead = isize::try_from(rows / 3).unwrap_or(0);
        let place = self.moved(at, -lead, cells);
        self.spot.place = Some(place.min(self.last_top(rows, cells)));
        true
    }

    /// Searches from `before` on, as more is typed.
    pub fn search(&mut self, wanted: &str, before: &Spot, window: Window) -> bool {
        self.spot = Spot {
            wanted: wanted.to_owned(),
            ..before.clone()
        };
        let found = |log: &mut Self, back| log.seek(Quarry::Hit, back, window);
        wanted.is_empty() || found(self, true) || found(self, false)
    }

    /// Where it stands.
    pub fn spot(&self) -> Spot {
        self.spot.clone()
    }

    /// Goes back to where it stood.
    pub fn restore(&mut self, spot: Spot) {
        self.spot = spot;
    }

    /// Moves long lines sideways.
    pub fn sideways(&mut self, on: bool) {
        self.skipped = if on {
            self.skipped.saturating_add(SIDEWAYS).min(FARTHEST)
        } else {
            self.skipped.saturating_sub(SIDEWAYS)
        };
    }

    /// The line that was found last, or where none was the lines in sight, for the clipboard.
    pub fn copied(&self, window: Window) -> Vec<&str> {
        let Some(lines) = self.lines() else {
            return Vec::new();
        };
        if let Some(line) = self.spot.mark.and_then(|mark| lines.line(mark)) {
            return vec![line.text()];
        }
        let top = self.top(window.rows.max(1), window.cells);
        let seen = lines.from(top.line).take(window.rows);
        seen.map(|(_, line)| line.text()).collect()
    }
}

impl Screen {
    /// Opens the log of the node that a row is about; of no other row there is one.
    pub fn read_log(&mut self, row: Option<RowKey>, snapshot: &Snapshot) {
        match (node(row.as_ref(), snapshot), row) {
            (Some(node), Some(row)) => self.log = Some(LogView::new(node, row)),
            _ => {
                self.toast =
                    Some("Select whose log to read: a broker, or a node on the Quorum page.".to_owned());
            }
        }
    }

    /// Goes to what is looked for in the log; whether there is any of it.
    pub fn seek(&mut self, quarry: Quarry, back: bool) -> bool {
        let window = self.windows.get(&ListId::Log).copied().unwrap_or_default();
        self.log
            .as_mut()
            .is_some_and(|log| log.seek(quarry, back, window))
    }
}

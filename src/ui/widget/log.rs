//! The log of a node over the page: its lines with their level, and how the reading of it stands.

use std::ops::Range;

use ratatui::layout::Rect;

use crate::command::Command;
use crate::model::container::{Container, ContainerState};
use crate::model::fleet::Node;
use crate::model::log::{LogFeed, LogLevel, LogLine, LogRing, LogState, hits};
use crate::model::text::printable;
use crate::model::time::At;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::log::LogView;
use crate::ui::page::Shown;
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, Window};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::update::Hit;
use crate::ui::widget::{containers, panel};

/// From this width on times are shown with their milliseconds.
const WIDE: u16 = 100;
/// Cells for the mark of the line that was found.
const GUTTER: u16 = 2;
/// Cells for a level.
const LEVEL: u16 = 5;

/// Draws the log; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, log: &LogView) -> Shown {
    let title = format!("Log of {}", printable(&log.node.to_string()));
    let inner = panel::open(canvas, area, &title, &note(scene, log), true);
    let inner = match banner(scene, log) {
        Some(words) => panel::banner(canvas, inner, &words),
        None => inner,
    };
    canvas.hit(inner, Hit::List(ListId::Log));
    let page = Page::of(inner, log);
    let window = if let Some(lines) = log.lines().filter(|lines| !lines.is_empty()) {
        page.draw(canvas, lines)
    } else {
        let (words, role) = why_empty(scene, log);
        panel::empty(canvas, inner, &words, role);
        page.window(0, 0)
    };
    panel::range(canvas, area, window);
    let room = Window {
        rows: usize::from(inner.height),
        ..window
    };
    vec![(ListId::Log, room)]
}

/// What the title says beside the node: the container, whether lines come, how many errors there are.
fn note(scene: &Scene, log: &LogView) -> String {
    let mut parts = Vec::new();
    if let Some(container) = container(scene, log) {
        let state = containers::state(scene, container).plain();
        // How one has ended stands below.
        parts.push(if container.life.state.is_stopped() {
            container.name.to_string()
        } else {
            format!("{} {state}", container.name)
        });
    }
    match (log.follows(), log.feed.as_ref().map(|feed| &feed.state)) {
        (_, None) => {}
        (false, _) => {
            let key = scene.key(Command::Last).unwrap_or_default();
            parts.push(format!("held, {key} follows"));
        }
        (true, Some(LogState::Following)) => parts.push("follows".to_owned()),
        (true, Some(_)) => {}
    }
    match log.lines().map_or(0, LogRing::errors) {
        0 => {}
        errors => parts.push(text::plural(errors, "error")),
    }
    parts.join(&format!(" {} ", scene.glyphs.dot))
}

/// The node's container, where there is exactly one.
fn container<'a>(scene: &'a Scene, log: &LogView) -> Option<&'a Container> {
    let hosted = scene.snapshot().fleet.of(&log.node)?;
    hosted.container.value().map(|container| &**container)
}

/// Why no line comes: the output has ended, cannot be read, or its engine does not answer.
fn banner(scene: &Scene, log: &LogView) -> Option<String> {
    let feed = log.feed.as_ref()?;
    match &feed.state {
        LogState::Ended => Some(ended(scene, log, feed)),
        LogState::Failed(why) => Some(format!(
            "Not read for {}: {why}. It is tried again.",
            scene.age(feed.since)
        )),
        LogState::Opening | LogState::Following => {
            let container = container(scene, log)?;
            let failing = scene.snapshot().fleet.of(&log.node)?.container.failing();
            if let Some(failing) = failing {
                return Some(format!(
                    "No word of the engine for {}: {}",
                    scene.age(failing.since),
                    failing.why
                ));
            }
            let paused = container.life.state == ContainerState::Paused;
            paused.then(|| format!("{} is paused: it prints nothing.", container.name))
        }
    }
}

/// `Exited 137 at 14:02:11Z, 1m12s ago: these are its last lines.`
fn ended(scene: &Scene, log: &LogView, feed: &LogFeed) -> String {
    let Some(container) = container(scene, log) else {
        return format!(
            "The output ended {} ago: these are its last lines.",
            scene.age(feed.since)
        );
    };
    let (name, life) = (&container.name, &container.life);
    if !life.state.is_stopped() {
        return format!(
            "The output of {name} ended {} ago; it is looked for again.",
            scene.age(feed.since)
        );
    }
    let when = life.finished.map_or_else(String::new, |at| {
        format!(" at {}, {} ago", at.clock(), scene.age(at))
    });
    let memory = if life.oom_killed { ", out of memory" } else { "" };
    let mut words = format!("{}{when}{memory}: these are its last lines.", life.state);
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// What is said where there is no line.
fn why_empty(scene: &Scene, log: &LogView) -> (String, Role) {
    let fleet = &scene.snapshot().fleet;
    match (&log.feed, fleet.why_none(&log.node)) {
        (Some(feed), _) => match feed.state {
            LogState::Opening => ("Asking for what it printed.".to_owned(), Role::Unknown),
            LogState::Following => ("It has printed nothing yet.".to_owned(), Role::Dim),
            LogState::Ended => ("It printed nothing.".to_owned(), Role::Dim),
            LogState::Failed(_) => ("Nothing was read.".to_owned(), Role::Dim),
        },
        (None, Some(why)) => {
            let words = format!("There is no log to read: {why}.");
            (printable(&words).into_owned(), Role::Text)
        }
        (None, None) => ("Asking for what it printed.".to_owned(), Role::Unknown),
    }
}

/// Where the lines stand, and how they are written.
struct Page<'a> {
    area: Rect,
    log: &'a LogView,
    /// Cells for a time.
    time: u16,
    /// Where messages begin.
    indent: u16,
}

impl<'a> Page<'a> {
    fn of(area: Rect, log: &'a LogView) -> Self {
        let time = if area.width >= WIDE { 13 } else { 9 };
        Self {
            area,
            log,
            time,
            indent: GUTTER + time + 1 + LEVEL + 1,
        }
    }

    /// The cells of a message.
    fn cells(&self) -> u16 {
        self.area.width.saturating_sub(self.indent).max(1)
    }

    fn window(&self, top: usize, total: usize) -> Window {
        Window {
            top,
            rows: usize::from(self.area.height).min(total),
            total,
            cells: self.cells(),
        }
    }

    fn draw(&self, canvas: &mut Canvas, lines: &LogRing) -> Window {
        let rows = usize::from(self.area.height);
        let top = self.log.top(rows, self.cells());
        let mut y = self.area.y;
        let mut time = String::new();
        let mut seen = 0;
        for (number, line) in lines.from(top.line) {
            if y >= self.area.bottom() {
                break;
            }
            seen += 1;
            self.head(canvas, y, number, line, &mut time);
            let first = if number == top.line { top.row } else { 0 };
            for piece in self.pieces(line).into_iter().skip(first) {
                if y >= self.area.bottom() {
                    break;
                }
                self.piece(canvas, y, number, line, piece);
                y += 1;
            }
        }
        let top = usize::try_from(top.line.saturating_sub(lines.dropped())).unwrap_or(usize::MAX);
        Window {
            rows: seen,
            ..self.window(top, lines.len())
        }
    }

    /// The pieces of a message that stand below each other.
    fn pieces(&self, line: &LogLine) -> Vec<Range<usize>> {
        let message = line.message();
        if self.log.wraps {
            text::pieces(message, self.cells())
        } else {
            vec![text::piece(message, self.log.skipped, self.cells())]
        }
    }

    /// The time, where it is not that of the line above, and the level.
    fn head(&self, canvas: &mut Canvas, y: u16, number: u64, line: &LogLine, above: &mut String) {
        if self.log.mark() == Some(number) {
            canvas.put(self.area.x, y, 1, ">", Role::Focus);
        }
        let x = self.area.x + GUTTER;
        let time = line.at.map_or_else(String::new, |at| self.moment(at));
        if time != *above {
            canvas.put(x, y, self.time, &time, Role::Dim);
            *above = time;
        }
        let (word, role) = level(line);
        canvas.put(x + self.time + 1, y, LEVEL, word, role);
    }

    /// `14:03:23Z`, or `14:03:23.456Z`.
    fn moment(&self, at: At) -> String {
        let clock = at.clock();
        if self.time < 13 {
            return clock;
        }
        format!("{}.{:03}Z", clock.trim_end_matches('Z'), at.0.rem_euclid(1000))
    }

    fn piece(&self, canvas: &mut Canvas, y: u16, number: u64, line: &LogLine, piece: Range<usize>) {
        let message = line.message();
        let x = self.area.x + self.indent;
        let shown = message.get(piece.clone()).unwrap_or_default();
        let ends = piece.end == message.len();
        let used = canvas.put(x, y, self.cells(), shown, role(line));
        for hit in hits(message, self.log.wanted()) {
            let (start, end) = (hit.start.max(piece.start), hit.end.min(piece.end));
            let before = message.get(piece.start..start).map_or(0, text::width);
            let cells = message.get(start..end).map_or(0, text::width);
            canvas.tint(
                Rect::new(x + before.min(used), y, cells.min(used), 1),
                Role::Cursor,
            );
        }
        // More of it lies to the right, or was never read.
        if (!ends && !self.log.wraps) || (ends && line.cut) {
            let at = used.min(self.cells().saturating_sub(1));
            canvas.put(x + at, y, 1, canvas.glyphs.cut, Role::Dim);
        }
        if self.log.mark() == Some(number) {
            let row = Rect {
                y,
                height: 1,
                ..self.area
            };
            canvas.tint(row, Role::Selected);
        }
    }
}

/// The word of the level that a line names itself.
fn level(line: &LogLine) -> (&'static str, Role) {
    match line.own_level() {
        Some(LogLevel::Fatal) => ("FATAL", Role::Bad),
        Some(LogLevel::Error) => ("ERROR", Role::Bad),
        Some(LogLevel::Warn) => ("WARN", Role::Warn),
        Some(LogLevel::Info) => ("INFO", Role::Dim),
        Some(LogLevel::Debug) => ("DEBUG", Role::Dim),
        None => ("", Role::Dim),
    }
}

/// How a message is written: what needs eyes stands out, and what goes on with an entry stays back.
fn role(line: &LogLine) -> Role {
    match (line.own_level(), line.level) {
        (Some(LogLevel::Error | LogLevel::Fatal), _) => Role::Strong,
        (Some(LogLevel::Debug), _) => Role::Dim,
        (None, Some(_)) if line.text().starts_with(' ') => Role::Dim,
        _ => Role::Text,
    }
}

/// The last lines of a node's container that has stopped, for its detail.
pub fn last_words(scene: &Scene, node: &Node) -> Vec<Strip> {
    let hosted = scene.snapshot().fleet.of(node);
    let Some(lines) = hosted.and_then(|hosted| hosted.last_words.as_ref()) else {
        return Vec::new();
    };
    lines
        .iter()
        .map(|line| {
            let time = line.at.map_or_else(String::new, |at| format!("{}  ", at.clock()));
            let (word, level) = level(line);
            Strip::of(time, Role::Dim)
                .and(format!("{word:<5} "), level)
                .and(line.message(), role(line))
        })
        .collect()
}

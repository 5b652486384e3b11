//! The verdict in its fixed slots: the same words in the same place on every page and in every state.

use ratatui::layout::Rect;

use crate::health::{Level, Writes};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;

/// How the verdict takes its place: by the size of the screen only, never by what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Lines for the sentence.
    sentence: u16,
    /// Lines for writes, next loss and safe to stop: one for all, two, or one for each.
    facts: u16,
    /// Lines for the next step.
    next_step: u16,
}

impl Slots {
    /// The slots for a screen of that size.
    pub fn of(area: Rect) -> Self {
        Self {
            sentence: match area.width {
                180.. => 1,
                80.. => 2,
                _ => 3,
            },
            facts: match area.width {
                150.. => 1,
                75.. => 2,
                _ => 3,
            },
            next_step: match (area.height, area.width) {
                (..18, _) => 0,
                (24.., ..110) => 2,
                _ => 1,
            },
        }
    }

    /// How many lines they take.
    pub fn lines(self) -> u16 {
        self.sentence + self.facts + self.next_step
    }
}

/// The word and role of a level.
pub fn level(level: Level) -> (&'static str, Role) {
    match level {
        Level::Ok => ("HEALTHY", Role::StateOk),
        Level::Degraded => ("DEGRADED", Role::StateDegraded),
        Level::Critical => ("CRITICAL", Role::StateCritical),
        Level::Unknown => ("UNKNOWN", Role::StateUnknown),
    }
}

/// Cells before the text of a slot: the longest of the labels that stand below each other, and a gap.
const LABEL: u16 = 11;

/// Draws the verdict.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, slots: Slots) {
    let verdict = &scene.bulletin.health.verdict;
    let (word, role) = level(verdict.level);
    for row in 0..slots.lines().min(area.height) {
        canvas.put(area.x, area.y + row, 1, canvas.glyphs.bar, role);
    }
    let inner = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    let mut state = Strip::of(word, role);
    if let Some(since) = verdict.since {
        // The clock of the scene is the snapshot's, moved on by the time since it came.
        scene.age(since.at());
        state.push(format!(" {}", since.lasting(scene.now())), role);
    }
    let used = canvas.strip(inner.x, inner.y, inner.width, &state);
    sentence(canvas, inner, used + 2, &verdict.sentence, slots.sentence);
    let writes = match verdict.writes {
        Writes::Ok => Role::Text,
        Writes::Unknown => Role::Unknown,
        Writes::Stalled | Writes::Refused => Role::Bad,
    };
    let safe = if verdict.safe_to_stop.is_none() {
        Role::Unknown
    } else {
        Role::Text
    };
    let writes = ("writes", verdict.writes_note.as_str(), writes);
    let loss = ("next loss", verdict.next_loss.as_str(), Role::Text);
    let safe = ("safe to stop", verdict.safe_note.as_str(), safe);
    let y = inner.y + slots.sentence;
    // A slot at `x`, on the line `row` of the slots, as wide as up to `end`.
    let mut place = |x: u16, end: u16, row: u16, what| {
        let area = Rect {
            x: inner.x + x,
            y: y + row,
            width: end - x,
            height: 1,
        };
        slot(canvas, area, what);
    };
    let all = inner.width;
    match slots.facts {
        1 => {
            place(0, all * 3 / 10, 0, writes);
            place(all * 3 / 10, all * 7 / 10, 0, loss);
            place(all * 7 / 10, all, 0, safe);
        }
        2 => {
            place(0, all * 3 / 5, 0, writes);
            place(all * 3 / 5, all, 0, safe);
            place(0, all, 1, loss);
        }
        _ => {
            place(0, all, 0, writes);
            place(0, all, 1, loss);
            place(0, all, 2, safe);
        }
    }
    let y = y + slots.facts - 1;
    if slots.next_step > 0 {
        canvas.put(inner.x, y + 1, inner.width, "now", Role::Dim);
        let room = inner.width.saturating_sub(LABEL);
        let lines = text::wrap(
            &verdict.next_step,
            room,
            usize::from(slots.next_step),
            canvas.glyphs.cut,
        );
        for (line, y) in lines.iter().zip(y + 1..) {
            canvas.put(inner.x + LABEL, y, room, line, Role::Strong);
        }
    }
}

/// The sentence, its first line after the state word, the others below it from the left.
fn sentence(canvas: &mut Canvas, area: Rect, indent: u16, words: &str, lines: u16) {
    let cut = canvas.glyphs.cut;
    let first_room = area.width.saturating_sub(indent);
    if lines == 1 || text::width(words) <= first_room {
        let line = text::start(words, first_room, cut);
        canvas.put(area.x + indent, area.y, first_room, &line, Role::Text);
        return;
    }
    let first = text::wrap(words, first_room, 2, "");
    let head = first.first().map_or("", String::as_str);
    canvas.put(area.x + indent, area.y, first_room, head, Role::Text);
    let rest = words.trim().get(head.len()..).unwrap_or_default().trim_start();
    for (row, line) in text::wrap(rest, area.width, usize::from(lines - 1), cut)
        .iter()
        .enumerate()
    {
        let y = area.y + 1 + u16::try_from(row).unwrap_or(0);
        canvas.put(area.x, y, area.width, line, Role::Text);
    }
}

fn slot(canvas: &mut Canvas, area: Rect, (label, words, role): (&str, &str, Role)) {
    let width = LABEL.max(text::width(label) + 2);
    canvas.put(area.x, area.y, area.width, label, Role::Dim);
    let room = area.width.saturating_sub(width + 1);
    let words = text::start(words, room, canvas.glyphs.cut);
    canvas.put(area.x + width, area.y, room, &words, role);
}

//! The verdict in its fixed slots: the same words in the same place on every page and in every state.

use ratatui::layout::Rect;

use crate::health::{Level, Writes};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;

/// How the verdict takes its place: by the size of the screen, so that it stands still; a line that would stay empty goes to
/// a sentence that would be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Lines for the sentence.
    sentence: u16,
    /// Lines for writes, next loss and safe to stop: one for all, two, or one for each.
    facts: u16,
    /// Lines for the next step.
    next_step: u16,
}

/// From this height on the sentence and the next step may take one line more each.
const TALL: u16 = 24;

impl Slots {
    /// The slots for a screen of that size, and for what the verdict says.
    pub fn of(area: Rect, scene: &Scene) -> Self {
        let verdict = &scene.bulletin.health.verdict;
        let width = area.width.saturating_sub(2);
        let indent = state(scene).width() + 2;
        let lines = |lines: Vec<String>| u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let sentence = lines(sentence(
            &verdict.sentence,
            (indent, width),
            MANY,
            scene.glyphs.cut,
        ));
        let room = width.saturating_sub(LABEL);
        let next_step = lines(text::wrap(&verdict.next_step, room, MANY, scene.glyphs.cut));
        Self::by_size(area).shared(sentence, next_step, area.height >= TALL)
    }

    fn by_size(area: Rect) -> Self {
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

    /// The same lines, shared out by how many the sentence and the next step need; the sentence goes first.
    fn shared(mut self, sentence: u16, next_step: u16, is_tall: bool) -> Self {
        if sentence > self.sentence {
            let free = self.next_step.saturating_sub(next_step);
            let more = free.min(sentence - self.sentence);
            self.sentence += more;
            self.next_step -= more;
            self.sentence += u16::from(is_tall && sentence > self.sentence);
        } else {
            let more = next_step
                .saturating_sub(self.next_step)
                .min(self.sentence - sentence.max(1));
            self.sentence -= more;
            self.next_step += more;
        }
        let is_cut = self.next_step > 0 && next_step > self.next_step;
        self.next_step += u16::from(is_tall && is_cut);
        self
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
    let (_, role) = level(verdict.level);
    for row in 0..slots.lines().min(area.height) {
        canvas.put(area.x, area.y + row, 1, canvas.glyphs.bar, role);
    }
    let inner = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    let used = canvas.strip(inner.x, inner.y, inner.width, &state(scene)) + 2;
    let most = usize::from(slots.sentence);
    let lines = sentence(&verdict.sentence, (used, inner.width), most, canvas.glyphs.cut);
    for ((line, y), indent) in lines
        .iter()
        .zip(inner.y..)
        .zip([used].into_iter().chain(std::iter::repeat(0)))
    {
        canvas.put(
            inner.x + indent,
            y,
            inner.width.saturating_sub(indent),
            line,
            Role::Text,
        );
    }
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

/// More lines than any sentence is given.
const MANY: usize = 9;

/// The word of the level, with how long it lasts.
fn state(scene: &Scene) -> Strip {
    let verdict = &scene.bulletin.health.verdict;
    let (word, role) = level(verdict.level);
    let mut state = Strip::of(word, role);
    if let Some(since) = verdict.since {
        // The clock of the scene is the snapshot's, moved on by the time since it came.
        scene.age(since.at());
        state.push(format!(" {}", since.lasting(scene.now())), role);
    }
    state
}

/// The lines of the sentence, its first one behind the state word, the others below it from the left.
fn sentence(words: &str, (indent, width): (u16, u16), lines: usize, cut: &str) -> Vec<String> {
    let first_room = width.saturating_sub(indent);
    if lines == 1 || text::width(words) <= first_room {
        return vec![text::start(words, first_room, cut)];
    }
    let head = text::wrap(words, first_room, 2, "")
        .into_iter()
        .next()
        .unwrap_or_default();
    let rest = words.trim().get(head.len()..).unwrap_or_default().trim_start();
    let rest = text::wrap(rest, width, lines - 1, cut);
    std::iter::once(head).chain(rest).collect()
}

fn slot(canvas: &mut Canvas, area: Rect, (label, words, role): (&str, &str, Role)) {
    let width = LABEL.max(text::width(label) + 2);
    canvas.put(area.x, area.y, area.width, label, Role::Dim);
    let room = area.width.saturating_sub(width + 1);
    let words = text::start(words, room, canvas.glyphs.cut);
    canvas.put(area.x + width, area.y, room, &words, role);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_goes_to_the_sentence_that_would_be_cut() {
        let slots = |sentence, next_step| Slots {
            sentence,
            facts: 2,
            next_step,
        };
        for (before, needs, is_tall, after) in [
            (slots(2, 1), (1, 1), true, slots(2, 1)),
            (slots(2, 2), (3, 1), true, slots(3, 1)),
            (slots(2, 2), (4, 1), true, slots(4, 1)),
            (slots(2, 2), (9, 1), true, slots(4, 1)),
            (slots(2, 1), (3, 1), true, slots(3, 1)),
            (slots(2, 1), (3, 2), true, slots(3, 2)),
            (slots(2, 1), (1, 2), true, slots(1, 2)),
            (slots(3, 0), (4, 1), false, slots(3, 0)),
            (slots(3, 0), (2, 1), false, slots(2, 1)),
            (slots(3, 0), (1, 3), false, slots(1, 2)),
            (slots(3, 0), (0, 5), false, slots(1, 2)),
        ] {
            assert_eq!(
                before.shared(needs.0, needs.1, is_tall),
                after,
                "{before:?} {needs:?}"
            );
        }
    }
}

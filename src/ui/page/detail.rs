//! The detail of a row: labels with what stands behind them, in as many columns as there is room for, and lines below.

use ratatui::layout::Rect;

use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::Shown;
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, Window};
use crate::ui::theme::Role;

/// A line of a detail: a label, and what stands behind it.
pub type Fact = (&'static str, Strip);

/// Cells for a label.
pub const LABEL: u16 = 15;
/// Cells before a label.
pub const INDENT: u16 = 3;
/// The least width of a column of facts: a topic id behind its label.
const COLUMN: u16 = 40;

/// Facts, and sections of lines below them.
pub struct Detail {
    /// The facts.
    pub facts: Vec<Fact>,
    /// The lines; a section without any is left out.
    pub sections: Vec<Section>,
}

/// Lines below the facts.
pub struct Section {
    /// What they are, in a few words.
    pub title: &'static str,
    /// The lines.
    pub lines: Vec<Strip>,
    /// Whether the last ones matter most: where there is no room for all, and none to scroll, the first ones are left out.
    pub is_tail: bool,
}

impl Detail {
    /// Draws it, as much as there is room for; while it has the whole page it can be scrolled.
    pub fn draw(&self, canvas: &mut Canvas, area: Rect, scene: &Scene, shown: &mut Shown) {
        let most = usize::from((area.width / COLUMN).max(1));
        let height = usize::from(area.height);
        let least = self.facts.len().div_ceil(most);
        let below = self.below(if scene.screen.detail {
            usize::MAX
        } else {
            height.saturating_sub(least)
        });
        // As few columns as there is height for, since one column is read best.
        let columns = (1..=most)
            .find(|columns| self.facts.len().div_ceil(*columns) + below.len() <= height)
            .unwrap_or(most);
        let width = area.width / u16::try_from(columns).unwrap_or(1);
        // The indent of the next column keeps two columns apart.
        let room = width.saturating_sub(INDENT);
        let facts = spread(
            &self.facts,
            room,
            columns,
            height.saturating_sub(below.len()),
            canvas.glyphs.cut,
        );
        let deep = facts.len().div_ceil(columns);
        let total = deep + below.len();
        let window = window(scene, height, total);
        shown.push((ListId::Detail, window));
        for (line, y) in (window.top..window.top + window.rows).zip(area.y..) {
            if line < deep {
                for (column, x) in (0..columns).zip((area.x..area.right()).step_by(usize::from(width.max(1))))
                {
                    if let Some(known) = facts.get(column * deep + line) {
                        fact(canvas, x + INDENT, y, room, known);
                    }
                }
            } else if let Some(strip) = below.get(line - deep) {
                canvas.strip(area.x + INDENT, y, area.width.saturating_sub(INDENT), strip);
            }
        }
    }

    /// The lines of all sections, each below an empty one and its title, where there is room for so many.
    fn below(&self, room: usize) -> Vec<Strip> {
        let filled = self.sections.iter().filter(|section| !section.lines.is_empty());
        filled
            .flat_map(|section| {
                let head = [Strip::default(), Strip::of(section.title, Role::Head)];
                let kept = room.saturating_sub(head.len()).max(1);
                let left_out = if section.is_tail {
                    section.lines.len().saturating_sub(kept)
                } else {
                    0
                };
                head.into_iter()
                    .chain(section.lines.iter().skip(left_out).cloned())
            })
            .collect()
    }
}

/// The facts, those that are too long for their column on as many lines as there is room for: without a label behind the first.
fn spread(facts: &[Fact], room: u16, columns: usize, rows: usize, cut: &str) -> Vec<Fact> {
    /// The most lines that one fact takes.
    const LINES: usize = 4;
    let mut left = (columns * rows).saturating_sub(facts.len());
    let mut spread = Vec::new();
    for (label, value) in facts {
        let lines = value
            .clone()
            .wrapped(room.saturating_sub(LABEL), LINES.min(left + 1), cut);
        left = left.saturating_sub(lines.len() - 1);
        let labels = std::iter::once(*label).chain(std::iter::repeat(""));
        spread.extend(labels.zip(lines));
    }
    spread
}

/// What a detail of so many lines shows where there is room for `rows`: it is scrolled while it has the page.
pub fn window(scene: &Scene, rows: usize, total: usize) -> Window {
    let rows = rows.min(total);
    let top = if scene.screen.detail {
        scene.screen.scroll(ListId::Detail, rows, total)
    } else {
        0
    };
    Window {
        top,
        rows,
        total,
        ..Window::default()
    }
}

/// Draws facts alone in as many columns as the width allows, reading down each.
pub fn facts(canvas: &mut Canvas, area: Rect, facts: &[Fact]) {
    let rows = usize::from(area.height);
    if rows == 0 {
        return;
    }
    let columns = u16::try_from(facts.len().div_ceil(rows))
        .unwrap_or(1)
        .clamp(1, (area.width / COLUMN).max(1));
    let per_column = facts.len().div_ceil(usize::from(columns)).max(1);
    let width = area.width / columns;
    for (place, known) in facts.iter().enumerate() {
        let column = u16::try_from(place / per_column).unwrap_or(u16::MAX);
        let row = place % per_column;
        if column >= columns || row >= rows {
            continue;
        }
        let x = area.x + column * width + INDENT;
        let y = area.y + u16::try_from(row).unwrap_or(0);
        fact(canvas, x, y, width.saturating_sub(INDENT), known);
    }
}

fn fact(canvas: &mut Canvas, x: u16, y: u16, room: u16, (label, value): &Fact) {
    canvas.put(x, y, room, label, Role::Dim);
    let room = room.saturating_sub(LABEL);
    let value = value.clone().shortened(room, canvas.glyphs.cut);
    canvas.strip(x + LABEL, y, room, &value);
}

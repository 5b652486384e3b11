//! The lines of a detail: a label with what stands behind it, in as many columns as there is room for.

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

/// Draws facts in as many columns as the width allows, reading down each.
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
    for (place, (label, value)) in facts.iter().enumerate() {
        let column = u16::try_from(place / per_column).unwrap_or(u16::MAX);
        let row = place % per_column;
        if column >= columns || row >= rows {
            continue;
        }
        let x = area.x + column * width + INDENT;
        let y = area.y + u16::try_from(row).unwrap_or(0);
        let room = width.saturating_sub(INDENT);
        canvas.put(x, y, room, label, Role::Dim);
        canvas.strip(x + LABEL, y, room.saturating_sub(LABEL), value);
    }
}

/// Draws facts that can be scrolled while the detail takes the whole page.
pub fn scrolled(canvas: &mut Canvas, area: Rect, scene: &Scene, all: &[Fact], shown: &mut Shown) {
    let columns = usize::from((area.width / COLUMN).max(1));
    let rows = usize::from(area.height);
    let lines = all.len().div_ceil(columns);
    let window = window(scene, rows, lines);
    shown.push((ListId::Detail, window));
    if window.top == 0 {
        facts(canvas, area, all);
    } else {
        // The columns move together: each begins as many lines further down.
        let kept: Vec<Fact> = all
            .chunks(lines.max(1))
            .flat_map(|column| column.iter().skip(window.top).take(rows).cloned())
            .collect();
        facts(canvas, area, &kept);
    }
}

/// What a detail of so many lines shows where there is room for `rows`: it is scrolled while it has the page.
pub fn window(scene: &Scene, rows: usize, total: usize) -> Window {
    let rows = rows.min(total);
    let top = if scene.screen.detail {
        scene.screen.scroll(ListId::Detail, rows, total)
    } else {
        0
    };
    Window { top, rows, total }
}

//! A table whose columns leave in order of their worth, whose numbers are never cut, and whose names give
//! way in the middle.

use ratatui::layout::Rect;

use crate::ui::canvas::{Canvas, Strip};
use crate::ui::screen::{ListId, Screen, Window};
use crate::ui::text;
use crate::ui::theme::Role;

/// How a column takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// A number: as wide as its widest cell, at the right.
    Number,
    /// A word: as wide as its widest cell, at the left.
    Word,
    /// A name: it gives way in the middle, down to this width.
    Name(u16),
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// How it takes its place.
    pub fit: Fit,
    /// When it leaves where room is short: the highest number first, 0 never.
    pub leaves: u8,
    /// The width it has even where no cell needs it, so that it does not breathe.
    pub least: u16,
}

impl Column {
    /// A column that stays.
    pub fn new(title: &str, fit: Fit, least: u16) -> Self {
        Self {
            title: title.to_owned(),
            fit,
            leaves: 0,
            least,
        }
    }

    /// The same column, leaving at `turn`.
    #[must_use]
    pub fn leaving(self, turn: u8) -> Self {
        Self { leaves: turn, ..self }
    }
}

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// A mark before it: `!` where it needs eyes.
    pub mark: Option<Role>,
    /// A cell for each column.
    pub cells: Vec<Strip>,
}

/// Cells before the first column: the cursor, the mark, a space.
const GUTTER: u16 = 3;
/// Cells between two columns.
const GAP: u16 = 2;

/// A list to be drawn as a table.
pub struct Table<'a> {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Which list it is.
    pub list: ListId,
    /// How many rows it has.
    pub total: usize,
    /// Builds a row; called for those in sight only.
    pub row: &'a dyn Fn(usize) -> Row,
}

impl Table<'_> {
    /// Draws heads and rows; gives what was shown.
    pub fn draw(&self, canvas: &mut Canvas, area: Rect, screen: &Screen) -> Window {
        let rows = usize::from(area.height.saturating_sub(1)).min(self.total);
        let top = screen.top(self.list, rows, self.total);
        let built: Vec<Row> = (top..top + rows).map(|place| (self.row)(place)).collect();
        let widths = self.widths(&built, area.width.saturating_sub(GUTTER));
        self.heads(canvas, area, &widths);
        let selected = screen.selected(self.list);
        let focused = screen.focus() == self.list;
        for (offset, row) in built.iter().enumerate() {
            let y = area
                .y
                .saturating_add(1)
                .saturating_add(u16::try_from(offset).unwrap_or(u16::MAX));
            let chosen = selected == Some(top + offset);
            if chosen && focused {
                canvas.put(area.x, y, area.width.min(1), ">", Role::Focus);
            }
            if let Some(role) = row.mark {
                canvas.put(
                    area.x.saturating_add(1),
                    y,
                    area.width.saturating_sub(1).min(1),
                    "!",
                    role,
                );
            }
            self.cells(canvas, area, y, &widths, row);
            if chosen {
                let line = Rect { y, height: 1, ..area };
                canvas.tint(line, if focused { Role::Selected } else { Role::Resting });
            }
        }
        Window {
            top,
            rows,
            total: self.total,
        }
    }

    /// The width of each column, 0 for one that left.
    fn widths(&self, rows: &[Row], room: u16) -> Vec<u16> {
        let natural = |place: usize, column: &Column| {
            let cells = rows.iter().filter_map(|row| row.cells.get(place));
            let widest = cells.map(Strip::width).max().unwrap_or(0);
            widest.max(text::width(&column.title)).max(column.least)
        };
        let natural: Vec<u16> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| natural(place, column))
            .collect();
        let tight = |place: usize| {
            let wide = natural.get(place).copied().unwrap_or(0);
            match self.columns.get(place).map(|column| column.fit) {
                Some(Fit::Name(least)) => wide.min(least),
                _ => wide,
            }
        };
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        let needs = |kept: &[usize]| {
            let cells: u16 = kept
                .iter()
                .fold(0, |sum: u16, place| sum.saturating_add(tight(*place)));
            cells.saturating_add(GAP.saturating_mul(u16::try_from(kept.len().saturating_sub(1)).unwrap_or(0)))
        };
        while needs(&kept) > room {
            // Where even those that stay do not fit, the last one goes: a missing column is seen, half a
            // number is not.
            let leaving = kept
                .iter()
                .enumerate()
                .max_by_key(|(at, place)| {
                    let leaves = self.columns.get(**place).map_or(0, |column| column.leaves);
                    (leaves, *at)
                })
                .map(|(at, _)| at);
            match leaving {
                Some(at) => kept.remove(at),
                None => break,
            };
        }
        let mut spare = room.saturating_sub(needs(&kept));
        let mut widths = vec![0; self.columns.len()];
        for place in kept {
            let wide = natural.get(place).copied().unwrap_or(0);
            let more = (wide - tight(place)).min(spare);
            spare -= more;
            if let Some(width) = widths.get_mut(place) {
                *width = tight(place) + more;
            }
        }
        widths
    }

    fn heads(&self, canvas: &mut Canvas, area: Rect, widths: &[u16]) {
        if area.height == 0 {
            return;
        }
        let mut x = area.x.saturating_add(GUTTER);
        for (column, width) in self.columns.iter().zip(widths).filter(|(_, width)| **width > 0) {
            let head = Strip::of(column.title.clone(), Role::Head);
            if column.fit == Fit::Number {
                canvas.strip_right(x, area.y, *width, &head);
            } else {
                canvas.strip(x, area.y, *width, &head);
            }
            x = x.saturating_add(*width).saturating_add(GAP);
        }
    }

    fn cells(&self, canvas: &mut Canvas, area: Rect, y: u16, widths: &[u16], row: &Row) {
        let mut x = area.x.saturating_add(GUTTER);
        let columns = self.columns.iter().zip(widths).zip(&row.cells);
        for ((column, width), cell) in columns.filter(|((_, width), _)| **width > 0) {
            match column.fit {
                Fit::Number => canvas.strip_right(x, y, *width, cell),
                Fit::Word => {
                    canvas.strip(x, y, *width, cell);
                }
                Fit::Name(_) => {
                    let cell = cell.clone().squeezed(*width, canvas.glyphs.cut);
                    canvas.strip(x, y, *width, &cell);
                }
            }
            x = x.saturating_add(*width).saturating_add(GAP);
        }
    }
}

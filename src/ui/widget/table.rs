//! A table whose columns leave in order of their worth, whose numbers are never cut, and whose names give
//! way in the middle.

use ratatui::layout::Rect;

use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::glyph::Glyphs;
use crate::ui::prompt::Prompt;
use crate::ui::screen::{ListId, Screen, Window};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::update::Hit;

/// How a column takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// A number: as wide as its widest cell, at the right.
    Number,
    /// A word: as wide as its widest cell, at the left.
    Word,
    /// A name: it gives way in the middle, down to this width.
    Name(u16),
    /// A sentence: it gives way at the end, down to this width.
    Sentence(u16),
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
    /// What it holds, where the list can be sorted by it.
    pub field: Option<Field>,
    /// Whether it leaves before names and sentences of a common length give way: a picture of numbers that stand beside it.
    pub is_picture: bool,
}

impl Column {
    /// A column that stays.
    pub fn new(title: &str, fit: Fit, least: u16) -> Self {
        Self {
            title: title.to_owned(),
            fit,
            leaves: 0,
            least,
            field: None,
            is_picture: false,
        }
    }

    /// The column of a field, with its head.
    pub fn of(subject: Subject, field: Field, fit: Fit, least: u16) -> Self {
        let title = subject.spec(field).map_or("", |spec| spec.title);
        Self {
            field: Some(field),
            ..Self::new(title, fit, least)
        }
    }

    /// The same column under another head.
    #[must_use]
    pub fn titled(self, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            ..self
        }
    }

    /// The same column, as a picture of numbers.
    #[must_use]
    pub fn picture(self) -> Self {
        Self {
            is_picture: true,
            ..self
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
    /// Which list it is; `None` for a table that only tells, in which nothing is selected.
    pub list: Option<ListId>,
    /// The first row to show of a table that only tells.
    pub from: usize,
    /// How many rows it has.
    pub total: usize,
    /// Builds a row; called for those in sight only.
    pub row: &'a dyn Fn(usize) -> Row,
}

impl Table<'_> {
    /// Draws heads and rows; gives what was shown.
    pub fn draw(&self, canvas: &mut Canvas, area: Rect, screen: &Screen) -> Window {
        let rows = usize::from(area.height.saturating_sub(1)).min(self.total);
        let top = match self.list {
            Some(list) => screen.top(list, rows, self.total),
            None => self.from.min(self.total - rows),
        };
        let built: Vec<Row> = (top..top + rows).map(|place| (self.row)(place)).collect();
        let widths = self.widths(&built, area.width.saturating_sub(GUTTER + 1));
        if let Some(list) = self.list {
            canvas.hit(area, Hit::List(list));
        }
        self.heads(canvas, area, &widths, screen);
        let marked = self.list.map_or(0, |list| screen.lists.marked(list));
        let selected = self.list.and_then(|list| screen.selected(list));
        let focused = self.list == Some(screen.focus());
        let tinted = focused || self.list.is_some_and(|list| screen.is_pinned(list));
        for (offset, row) in built.iter().enumerate() {
            let y = area
                .y
                .saturating_add(1)
                .saturating_add(u16::try_from(offset).unwrap_or(u16::MAX));
            let chosen = selected == Some(top + offset);
            if top + offset < marked {
                canvas.put(
                    area.x.saturating_add(2),
                    y,
                    area.width.saturating_sub(2).min(1),
                    canvas.glyphs.watched,
                    Role::Focus,
                );
            }
            if let Some(list) = self.list {
                let line = Rect { y, height: 1, ..area };
                canvas.hit(line, Hit::Row(list, top + offset));
            }
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
            if chosen && tinted {
                let line = Rect { y, height: 1, ..area };
                canvas.tint(line, if focused { Role::Selected } else { Role::Resting });
            }
        }
        Window {
            top,
            rows,
            total: self.total,
            ..Window::default()
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
        // Beside a picture a name or a sentence keeps twice the width down to which it gives way.
        let given = |place: usize, times: u16| {
            let wide = natural.get(place).copied().unwrap_or(0);
            match self.columns.get(place).map(|column| column.fit) {
                Some(Fit::Name(least) | Fit::Sentence(least)) => wide.min(least.saturating_mul(times)),
                _ => wide,
            }
        };
        let tight = |place| given(place, 1);
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        let is_picture = |place: &usize| self.columns.get(*place).is_some_and(|column| column.is_picture);
        let needs = |kept: &[usize]| {
            let times = if kept.iter().any(is_picture) { 2 } else { 1 };
            let cells: u16 = kept
                .iter()
                .fold(0, |sum: u16, place| sum.saturating_add(given(*place, times)));
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
        let gaps = GAP.saturating_mul(u16::try_from(kept.len().saturating_sub(1)).unwrap_or(0));
        let cells = kept
            .iter()
            .fold(gaps, |sum, place| sum.saturating_add(tight(*place)));
        let mut spare = room.saturating_sub(cells);
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

    fn heads(&self, canvas: &mut Canvas, area: Rect, widths: &[u16], screen: &Screen) {
        if area.height == 0 {
            return;
        }
        let mut x = area.x.saturating_add(GUTTER);
        for (column, width) in self.columns.iter().zip(widths).filter(|(_, width)| **width > 0) {
            let head = self.head(column, screen);
            if let (Some(list), Some(field)) = (self.list, column.field) {
                let place = Rect::new(x, area.y, *width, 1);
                canvas.hit(place, Hit::Head(list, field));
            }
            let behind = if column.fit == Fit::Number {
                canvas.strip_right(x, area.y, *width, &head);
                *width
            } else {
                canvas.strip(x, area.y, *width, &head)
            };
            // The arrow stands in the gap behind the head, so that no column breathes when it is sorted by.
            let arrow = self.arrow(column, screen, &canvas.glyphs);
            canvas.put(x.saturating_add(behind), area.y, 1, arrow, Role::Key);
            x = x.saturating_add(*width).saturating_add(GAP);
        }
    }

    /// The arrow of a column that is sorted by.
    fn arrow(&self, column: &Column, screen: &Screen, glyphs: &Glyphs) -> &'static str {
        let Some(list) = self.list else {
            return "";
        };
        let sort = screen.sort(list);
        match sort.by {
            by @ Some(_) if by == column.field && sort.reversed => glyphs.reversed,
            by @ Some(_) if by == column.field => glyphs.sorted,
            _ => "",
        }
    }

    /// The head of a column, its letter leading the eye while one is chosen.
    fn head(&self, column: &Column, screen: &Screen) -> Strip {
        let (Some(list), Some(field)) = (self.list, column.field) else {
            return Strip::of(column.title.clone(), Role::Head);
        };
        let letter = list
            .subject()
            .and_then(|subject| subject.spec(field))
            .filter(|_| screen.prompt == Some(Prompt::Sort(list)))
            .and_then(|spec| column.title.to_lowercase().find(spec.letter));
        let title = column.title.as_str();
        match letter.and_then(|at| Some((title.get(..at)?, title.get(at..=at)?, title.get(at + 1..)?))) {
            Some((before, letter, behind)) => Strip::of(before, Role::Head)
                .and(letter, Role::Key)
                .and(behind, Role::Head),
            None => Strip::of(title, Role::Head),
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
                Fit::Sentence(_) => {
                    let cell = cell.clone().shortened(*width, canvas.glyphs.cut);
                    canvas.strip(x, y, *width, &cell);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::ui::glyph::Glyphs;
    use crate::ui::theme::Theme;

    fn drawn(table: &Table, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::default();
        let mut canvas = Canvas::new(&mut buffer, &theme, Glyphs::UNICODE);
        table.draw(&mut canvas, area, &Screen::default());
        (0..height)
            .map(|y| {
                (0..width)
                    .filter_map(|x| buffer.cell((x, y)))
                    .map(ratatui::buffer::Cell::symbol)
                    .collect()
            })
            .collect()
    }

    fn table(row: &dyn Fn(usize) -> Row) -> Table<'_> {
        Table {
            columns: vec![
                Column::new("NAME", Fit::Name(6), 0),
                Column::new("A", Fit::Number, 3),
                Column::new("B", Fit::Number, 0).leaving(2),
                Column::new("C", Fit::Word, 0).leaving(1),
            ],
            list: None,
            from: 0,
            total: 5,
            row,
        }
    }

    #[test]
    fn columns_leave_in_their_order_and_names_give_way_last() {
        let row = |_| Row {
            mark: None,
            cells: ["a_long_name", "1234", "567", "word"]
                .map(|text| Strip::of(text, Role::Text))
                .to_vec(),
        };
        let rows = [
            (40, "   a_long_name  1234  567  word"),
            (31, "   a_lon…name  1234  567  word"),
            (25, "   a_lo…name  1234  word"),
            (21, "   a_long_name  1234"),
            (16, "   a_l…me  1234"),
            (11, "   a_l…ame"),
            (9, ""),
        ];
        for (width, expected) in rows {
            let lines = drawn(&table(&row), width, 3);
            assert_eq!(lines[1].trim_end(), expected, "at {width}");
        }
    }

    #[test]
    fn a_picture_leaves_before_a_name_of_common_length_gives_way() {
        let row = |_| Row {
            mark: None,
            cells: ["a_long_name", "1234", "......"]
                .map(|text| Strip::of(text, Role::Text))
                .to_vec(),
        };
        let table = Table {
            columns: vec![
                Column::new("NAME", Fit::Name(6), 0),
                Column::new("A", Fit::Number, 3),
                Column::new("B", Fit::Word, 6).leaving(1).picture(),
            ],
            ..table(&row)
        };
        for (width, expected) in [
            (29, "   a_long_name  1234  ......"),
            (28, "   a_long_name  1234"),
            (21, "   a_long_name  1234"),
            (20, "   a_lon…name  1234"),
        ] {
            let lines = drawn(&table, width, 3);
            assert_eq!(lines[1].trim_end(), expected, "at {width}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_whole_or_not_there(
            width in 0_u16..60,
            height in 0_u16..9,
            numbers in prop::collection::vec(any::<u64>(), 10),
        ) {
            let row = |place: usize| Row {
                mark: None,
                cells: vec![
                    Strip::of("name", Role::Text),
                    Strip::of(numbers[place].to_string(), Role::Text),
                    Strip::of(numbers[place + 5].to_string(), Role::Text),
                    Strip::of("word", Role::Text),
                ],
            };
            for (place, line) in drawn(&table(&row), width, height).iter().skip(1).enumerate() {
                for token in line.split_whitespace() {
                    let whole = ["name", "word"].contains(&token)
                        || numbers.get(place).is_some_and(|number| number.to_string() == token)
                        || numbers.get(place + 5).is_some_and(|number| number.to_string() == token);
                    prop_assert!(whole, "{token} in {line:?}");
                }
            }
        }
    }
}

//! Where everything is drawn: a buffer with the theme and glyphs, which clips instead of panicking.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::glyph::Glyphs;
use super::text;
use super::theme::{Role, Theme};
use super::update::Hit;

/// A line of text in pieces, each with its role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip(Vec<(String, Role)>);

impl Strip {
    /// A strip of one piece.
    pub fn of(text: impl Into<String>, role: Role) -> Self {
        Self(vec![(text.into(), role)])
    }

    /// The strip with a piece added.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, role: Role) -> Self {
        self.push(text, role);
        self
    }

    /// Adds a piece.
    pub fn push(&mut self, text: impl Into<String>, role: Role) {
        self.0.push((text.into(), role));
    }

    /// Adds all pieces of another strip.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The cells that it takes.
    pub fn width(&self) -> u16 {
        self.0
            .iter()
            .fold(0, |sum: u16, (piece, _)| sum.saturating_add(text::width(piece)))
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(piece, _)| piece.is_empty())
    }

    /// The strip with every piece in one role, to show that the whole is old.
    #[must_use]
    pub fn recast(mut self, role: Role) -> Self {
        for piece in &mut self.0 {
            piece.1 = role;
        }
        self
    }

    /// The strip in at most `room` cells, its first piece giving way in the middle.
    #[must_use]
    pub fn squeezed(mut self, room: u16, mark: &str) -> Self {
        let excess = self.width().saturating_sub(room);
        if let Some((first, _)) = self.0.first_mut().filter(|_| excess > 0) {
            let kept = text::width(first).saturating_sub(excess);
            *first = text::middle(first, kept, mark);
        }
        self
    }

    /// The strip in at most `room` cells, giving way at the end.
    #[must_use]
    pub fn shortened(self, room: u16, mark: &str) -> Self {
        if self.width() <= room {
            return self;
        }
        let mut left = room;
        let mut kept = Vec::new();
        let mut pieces = self.0.into_iter();
        while let Some((piece, role)) = pieces.next() {
            let width = text::width(&piece);
            if width < left {
                left -= width;
                kept.push((piece, role));
                continue;
            }
            // Where this piece alone would fit, what comes behind it is cut off.
            let behind: String = pieces.map(|(piece, _)| piece).collect();
            kept.push((text::start(&format!("{piece}{behind}"), left, mark), role));
            break;
        }
        Self(kept)
    }

    /// The strip broken at spaces into lines of `room` cells, at most `lines` of them; the last gives way at its end.
    pub fn wrapped(self, room: u16, lines: usize, mark: &str) -> Vec<Self> {
        let mut wrapped = Vec::new();
        let mut rest = self;
        while wrapped.len() + 1 < lines && rest.width() > room {
            let plain = rest.plain();
            let Some(first) = text::wrap(&plain, room, 2, "").into_iter().next() else {
                break;
            };
            let (line, behind) = rest.split(first.len());
            wrapped.push(line);
            rest = behind;
        }
        wrapped.push(rest.shortened(room, mark));
        wrapped
    }

    /// The first so many bytes, and what comes behind them and spaces.
    fn split(self, bytes: usize) -> (Self, Self) {
        let (mut line, mut rest) = (Self::default(), Self::default());
        let mut left = bytes;
        for (piece, role) in self.0 {
            let at = left.min(piece.len());
            let (before, behind) = piece.split_at_checked(at).unwrap_or((&piece, ""));
            left -= before.len();
            let behind = if rest.is_empty() {
                behind.trim_start()
            } else {
                behind
            };
            if !before.is_empty() {
                line.push(before, role);
            }
            if !behind.is_empty() {
                rest.push(behind, role);
            }
        }
        (line, rest)
    }

    /// The text without roles.
    pub fn plain(&self) -> String {
        self.0.iter().map(|(piece, _)| piece.as_str()).collect()
    }
}

/// A buffer to draw on; everything outside of it is dropped.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    /// The glyphs in use.
    pub glyphs: Glyphs,
    /// What the places that were drawn mean to the mouse; of two that overlap the later counts.
    pub hits: Vec<(Rect, Hit)>,
}

impl<'a> Canvas<'a> {
    /// A canvas over the whole of `buffer`, empty but for what the theme lays under everything.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, glyphs: Glyphs) -> Self {
        buffer.set_style(buffer.area, theme.style(Role::Screen));
        Self {
            buffer,
            theme,
            glyphs,
            hits: Vec::new(),
        }
    }

    /// Says what a click in `area` means.
    pub fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.push((area, hit));
    }

    /// Writes `text` at a place, over at most `room` cells; gives the cells used. A character that would
    /// be cut in half is left out, and without Unicode each foreign character is a `?`.
    pub fn put(&mut self, x: u16, y: u16, room: u16, text: &str, role: Role) -> u16 {
        let style = self.theme.style(role);
        let room = room.min(self.buffer.area.right().saturating_sub(x));
        let mut used = 0;
        for grapheme in text.graphemes(true) {
            let cells = text::width(grapheme);
            if cells == 0 || grapheme.chars().any(char::is_control) {
                continue;
            }
            if used + cells > room {
                break;
            }
            let shown = if self.glyphs.is_ascii() && !grapheme.is_ascii() {
                None
            } else {
                Some(grapheme)
            };
            for offset in 0..cells {
                let Some(cell) = self.buffer.cell_mut((x + used + offset, y)) else {
                    return used;
                };
                match shown {
                    Some(grapheme) if offset == 0 => cell.set_symbol(grapheme).set_style(style),
                    Some(_) => {
                        cell.reset();
                        cell.set_style(self.theme.style(Role::Screen)).set_style(style)
                    }
                    None => cell.set_symbol("?").set_style(style),
                };
            }
            used += cells;
        }
        used
    }

    /// Writes a strip; gives the cells used.
    pub fn strip(&mut self, x: u16, y: u16, room: u16, strip: &Strip) -> u16 {
        let mut used = 0;
        for (piece, role) in &strip.0 {
            used += self.put(x.saturating_add(used), y, room.saturating_sub(used), piece, *role);
        }
        used
    }

    /// Writes a strip so that it ends at the right edge of `room` cells.
    pub fn strip_right(&mut self, x: u16, y: u16, room: u16, strip: &Strip) {
        let pad = room.saturating_sub(strip.width());
        self.strip(x.saturating_add(pad), y, room - pad, strip);
    }

    /// Lays the style of a role over what is drawn in `area`, such as the background of a selected row.
    pub fn tint(&mut self, area: Rect, role: Role) {
        self.buffer
            .set_style(area.intersection(self.buffer.area), self.theme.style(role));
    }

    /// Makes an area empty again, for what lies over a page.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
        // What lies under it cannot be clicked.
        self.hits.clear();
    }

    /// A line that is typed: its mark, the text, and the cursor, kept in sight.
    pub fn typed(&mut self, area: Rect, mark: &str, before: &str, behind: &str) {
        let used = self.put(area.x + 1, area.y, area.width.saturating_sub(1), mark, Role::Key);
        let room = area.width.saturating_sub(used + 4);
        let shown = text::end(before, room);
        let x = area.x + 1 + used;
        let used = self.put(x, area.y, room, shown, Role::Text);
        let under = behind.graphemes(true).next().unwrap_or(" ");
        let cursor = self.put(x + used, area.y, 2, under, Role::Text).max(1);
        self.tint(Rect::new(x + used, area.y, cursor, 1), Role::Cursor);
        let rest = behind.get(under.len().min(behind.len())..).unwrap_or_default();
        let room = area.width.saturating_sub(x - area.x + used + cursor);
        self.put(x + used + cursor, area.y, room, rest, Role::Text);
    }

    /// Whether nothing but a horizontal rule stands there.
    pub fn is_rule(&self, x: u16, y: u16, room: u16) -> bool {
        (0..room).all(|offset| {
            let cell = self.buffer.cell((x.saturating_add(offset), y));
            cell.is_some_and(|cell| cell.symbol() == self.glyphs.rule)
        })
    }

    /// A horizontal rule.
    pub fn rule(&mut self, x: u16, y: u16, room: u16) {
        let rule = self.glyphs.rule.repeat(usize::from(room));
        self.put(x, y, room, &rule, Role::Border);
    }

    /// A vertical rule.
    pub fn wall(&mut self, x: u16, y: u16, rows: u16) {
        for row in 0..rows {
            self.put(x, y.saturating_add(row), 1, self.glyphs.wall, Role::Border);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_keeps_every_word_and_its_role() {
        let strip = || {
            Strip::of("running 56s", Role::Text)
                .and(" starting", Role::Warn)
                .and(", 3 restarts", Role::Warn)
        };
        let table: [(u16, usize, &[&str]); 4] = [
            (40, 3, &["running 56s starting, 3 restarts"]),
            (22, 3, &["running 56s starting,", "3 restarts"]),
            (22, 1, &["running 56s starting,…"]),
            (11, 3, &["running 56s", "starting, 3", "restarts"]),
        ];
        for (room, lines, words) in table {
            let wrapped = strip().wrapped(room, lines, "…");
            let plain: Vec<String> = wrapped.iter().map(Strip::plain).collect();
            assert_eq!(plain, words, "{room}");
            assert!(wrapped.iter().all(|line| line.width() <= room));
        }
    }

    #[test]
    fn what_is_shortened_fits_and_shows_that_it_goes_on() {
        let strip = || {
            Strip::of("exited 137", Role::Bad)
                .and(" 9s", Role::Bad)
                .and(", again", Role::Warn)
        };
        let table = [
            (20, "exited 137 9s, again"),
            (19, "exited 137 9s, aga…"),
            (13, "exited 137 9…"),
            (10, "exited 13…"),
            (3, "ex…"),
            (1, "…"),
            (0, ""),
        ];
        for (room, words) in table {
            assert_eq!(strip().shortened(room, "…").plain(), words, "{room}");
        }
    }
}

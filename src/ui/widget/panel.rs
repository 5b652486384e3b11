//! The title rule of a panel, its banner, and the sentence that stands in an empty list.

use ratatui::layout::{Margin, Rect};

use crate::model::reading::Face;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::Scene;
use crate::ui::screen::Window;
use crate::ui::text;
use crate::ui::theme::Role;

/// Draws the title rule over a panel: `─ Brokers · 2 of 3 up ──────── 1-9 of 40`; gives the area below it.
pub fn open(canvas: &mut Canvas, area: Rect, title: &str, note: &str, focused: bool) -> Rect {
    if area.height == 0 {
        return area;
    }
    canvas.rule(area.x, area.y, area.width);
    let role = if focused { Role::Focus } else { Role::Title };
    let mut head = Strip::of(format!(" {title} "), role);
    if !note.is_empty() {
        head.push(format!("{} {note} ", canvas.glyphs.dot), Role::Dim);
    }
    canvas.strip(area.x + 1, area.y, area.width.saturating_sub(2), &head);
    Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    }
}

/// Draws a box that lies over a page, an empty column at either side of it so that no word of the page touches it; gives what is
/// inside.
pub fn boxed(canvas: &mut Canvas, page: Rect, area: Rect, title: &str, note: &str) -> Rect {
    let around = Rect {
        x: area.x.saturating_sub(1),
        width: area.width.saturating_add(2),
        ..area
    };
    canvas.clear(around.intersection(page));
    let inner = open(canvas, area, title, note, true);
    let (right, bottom) = (area.right().saturating_sub(1), area.bottom().saturating_sub(1));
    canvas.rule(area.x, bottom, area.width);
    let sides = area.height.saturating_sub(2);
    canvas.wall(area.x, area.y + 1, sides);
    canvas.wall(right, area.y + 1, sides);
    let places = [
        (area.x, area.y),
        (right, area.y),
        (area.x, bottom),
        (right, bottom),
    ];
    for ((x, y), corner) in places.into_iter().zip(canvas.glyphs.corners) {
        canvas.put(x, y, 1, corner, Role::Border);
    }
    inner.inner(Margin::new(1, 0))
}

/// Says at the right end of a title rule which rows are shown, where not all are.
pub fn range(canvas: &mut Canvas, area: Rect, window: Window) {
    if window.total <= window.rows || window.rows == 0 {
        return;
    }
    let last = (window.top + window.rows).min(window.total);
    let tag = format!(" {}-{last} of {} ", window.top + 1, window.total);
    tag_right(canvas, area, &Strip::of(tag, Role::Dim));
}

/// Draws a tag at the right end of a title rule, where the title leaves room for it; says whether it did.
pub fn tag_right(canvas: &mut Canvas, area: Rect, tag: &Strip) -> bool {
    let room = tag.width();
    let x = area.right().saturating_sub(room + 1);
    let fits = area.width > room + 1 && canvas.is_rule(x, area.y, room);
    if fits {
        canvas.strip(x, area.y, room, tag);
    }
    fits
}

/// Draws a banner where the partition table is old; gives the area below it.
pub fn metadata_banner(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Rect {
    let read = &scene.snapshot().metadata.read;
    let face = scene.metadata_face();
    let words = match (face, read.last(), read.failing()) {
        (Face::Failed, last, Some(failing)) => {
            let age = last.map_or_else(
                || "never read".to_owned(),
                |last| format!("last read {} ago", scene.age(last.at)),
            );
            format!("Brokers and partitions {age}: {}", failing.why)
        }
        (Face::Stale, Some(last), _) => {
            format!("Brokers and partitions last read {} ago", scene.age(last.at))
        }
        _ => return area,
    };
    banner(canvas, area, &words)
}

/// Draws one line that says that what stands below is old or missing; gives the area below it.
pub fn banner(canvas: &mut Canvas, area: Rect, words: &str) -> Rect {
    let line = format!(" {} {words}", canvas.glyphs.down);
    notice(canvas, area, &line)
}

/// Draws one line that is to be read before what stands below; gives the area below it.
pub fn notice(canvas: &mut Canvas, area: Rect, words: &str) -> Rect {
    if area.height < 3 {
        return area;
    }
    let line = text::start(words, area.width, canvas.glyphs.cut);
    canvas.put(area.x, area.y, area.width, &line, Role::Banner);
    let rest = usize::from(area.width.saturating_sub(text::width(&line)));
    canvas.put(
        area.x + text::width(&line),
        area.y,
        area.width,
        &" ".repeat(rest),
        Role::Banner,
    );
    Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    }
}

/// Says in an empty list why it is empty.
pub fn empty(canvas: &mut Canvas, area: Rect, words: &str, role: Role) {
    let room = area.width.saturating_sub(6);
    for (row, line) in text::wrap(words, room, usize::from(area.height), canvas.glyphs.cut)
        .iter()
        .enumerate()
    {
        let y = area.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
        canvas.put(area.x + 3, y, room, line, role);
    }
}

//! The palette: what was typed, and the names that match it, over the upper part of the page.

use ratatui::layout::Rect;

use crate::ui::canvas::{Canvas, Strip};
use crate::ui::prompt::Prompt;
use crate::ui::prompt::palette::{Match, Target};
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;

/// How wide it is at least, where there is room.
const WIDTH: u16 = 72;
/// How wide it is at most.
const WIDEST: u16 = 120;
/// How many matches it shows at most.
const ROWS: u16 = 12;

/// Draws the palette where it is open.
pub fn draw(canvas: &mut Canvas, page: Rect, scene: &Scene) {
    let Some(Prompt::Palette(palette)) = &scene.screen.prompt else {
        return;
    };
    let width = (page.width / 4 * 3).clamp(WIDTH, WIDEST).min(page.width);
    let rows = u16::try_from(palette.matches.len().max(1))
        .unwrap_or(ROWS)
        .min(ROWS);
    let area = Rect {
        x: page.x + (page.width - width) / 2,
        y: page.y,
        width,
        height: (rows + 3).min(page.height),
    };
    let all = palette.matches.len();
    let note = match all {
        0 => String::new(),
        all => format!("{} of {all}", palette.at + 1),
    };
    let inner = panel::boxed(canvas, page, area, "Go to", &note);
    let list = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let (before, behind) = palette.line.parts();
    canvas.typed(inner, ":", before, behind);
    if palette.matches.is_empty() {
        panel::empty(canvas, list, "Nothing has such a name.", Role::Dim);
        return;
    }
    let top = (palette.at + 1).saturating_sub(usize::from(list.height));
    let shown = palette.matches.iter().enumerate().skip(top);
    for ((place, found), y) in shown.zip(list.y..list.bottom()) {
        row(
            canvas,
            Rect { y, height: 1, ..list },
            scene,
            found,
            place == palette.at,
        );
    }
}

fn row(canvas: &mut Canvas, line: Rect, scene: &Scene, found: &Match, chosen: bool) {
    let room = line.width.saturating_sub(4);
    let (right, words) = match &found.target {
        Target::Command(command) => (
            Strip::of(scene.key(*command).unwrap_or_default(), Role::Key),
            command.sentence(),
        ),
        Target::Row(_) => (Strip::of(found.kind, Role::Dim), ""),
    };
    let name_room = room.saturating_sub(right.width() + 2);
    let name = text::middle(&found.name.to_string(), name_room, canvas.glyphs.cut);
    let left = name_room.saturating_sub(text::width(&name) + 2);
    let mut strip = Strip::of(name, Role::Text);
    if left > 10 && !words.is_empty() {
        strip.push(
            format!("  {}", text::start(words, left, canvas.glyphs.cut)),
            Role::Dim,
        );
    }
    if chosen {
        canvas.put(line.x, line.y, 1, ">", Role::Focus);
    }
    canvas.strip(line.x + 2, line.y, room, &strip);
    canvas.strip_right(line.x + 2, line.y, room, &right);
    if chosen {
        canvas.tint(line, Role::Selected);
    }
}

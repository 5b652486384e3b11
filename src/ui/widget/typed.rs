//! The line that is typed, in the place of the keys.

use ratatui::layout::Rect;

use crate::ui::canvas::{Canvas, Strip};
use crate::ui::prompt::Prompt;
use crate::ui::prompt::line::Line;
use crate::ui::prompt::silence::{Asked, Hush};
use crate::ui::scene::Scene;
use crate::ui::screen::Screen;
use crate::ui::text;
use crate::ui::theme::Role;

/// Draws what is being typed; whether there was anything.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> bool {
    let screen = scene.screen;
    match &screen.prompt {
        Some(Prompt::Filter { list, line, .. }) => {
            let note = if screen.view(*list).filter.problem().is_some() {
                Strip::default()
            } else {
                Strip::of(
                    " enter keeps  esc leaves  name~re  lag>1000  isr<rf  !not ",
                    Role::Dim,
                )
            };
            line_of(canvas, area, line, &note);
        }
        Some(Prompt::Sort(list)) => {
            let mut strip = Strip::of(" sort by ", Role::Text);
            for spec in list.subject().map_or(&[][..], |subject| subject.columns()) {
                strip.push(spec.letter.to_string(), Role::Key);
                strip.push(format!(" {}  ", spec.title), Role::Dim);
            }
            strip.push("space", Role::Key);
            strip.push(" harm", Role::Dim);
            let strip = strip.shortened(area.width.saturating_sub(1), canvas.glyphs.cut);
            canvas.strip(area.x, area.y, area.width, &strip);
        }
        Some(Prompt::Silence(asked)) => silence(canvas, area, scene, asked),
        Some(Prompt::Search(search)) => {
            let note = if search.found {
                Strip::of(" enter keeps  esc leaves  up down go on ", Role::Dim)
            } else {
                Strip::of(" no line holds this ", Role::Warn)
            };
            line_of(canvas, area, &search.line, &note);
        }
        Some(Prompt::Palette(_)) => {
            let words = " enter goes there   up down choose   esc closes";
            canvas.put(area.x, area.y, area.width, words, Role::Dim);
        }
        None => return half_typed(canvas, area, scene),
    }
    true
}

/// Draws how long an alert is to be silent, with what that comes to, or what is wrong with it.
fn silence(canvas: &mut Canvas, area: Rect, scene: &Scene, asked: &Asked) {
    const MARK: &str = "silence for ";
    let (before, behind) = asked.line.parts();
    canvas.typed(area, MARK, before, behind);
    let note = Hush::parse(asked.line.text()).map_or_else(
        |_| Strip::default(),
        |hush| {
            let words = format!(" enter silences {}  esc leaves ", hush.shown(scene.now()));
            Strip::of(words, Role::Dim)
        },
    );
    let typed = text::width(before).saturating_add(text::width(behind));
    if area.width > typed.saturating_add(note.width() + text::width(MARK) + 6) {
        canvas.strip_right(area.x, area.y, area.width, &note);
    }
}

/// What is wrong with what is typed, in a sentence.
pub fn problem(screen: &Screen) -> Option<String> {
    match &screen.prompt {
        Some(Prompt::Filter { list, .. }) => screen.view(*list).filter.problem().map(str::to_owned),
        Some(Prompt::Silence(asked)) => Hush::parse(asked.line.text()).err(),
        _ => None,
    }
}

/// Draws the first strokes of a command of several; whether there are any.
fn half_typed(canvas: &mut Canvas, area: Rect, scene: &Scene) -> bool {
    let Some(half) = scene.screen.half else {
        return false;
    };
    let words = Strip::of(format!(" {half} "), Role::Key).and("and then?", Role::Dim);
    canvas.strip(area.x, area.y, area.width, &words);
    true
}

/// A line that is typed behind a slash, and a note where there is room for it.
fn line_of(canvas: &mut Canvas, area: Rect, line: &Line, note: &Strip) {
    let (before, behind) = line.parts();
    canvas.typed(area, "/", before, behind);
    let typed = text::width(before).saturating_add(text::width(behind));
    if area.width > typed.saturating_add(note.width() + 6) {
        canvas.strip_right(area.x, area.y, area.width, note);
    }
}

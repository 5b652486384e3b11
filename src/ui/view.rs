//! A whole frame: header, verdict, tabs, page, keys. Pure: what it draws depends on its arguments alone.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::Keymap;
use crate::health::Bulletin;
use crate::model::time::Span;

use super::canvas::{Canvas, Strip};
use super::page::{self, Shown};
use super::scene::Scene;
use super::screen::{ListId, Overlay, Screen};
use super::settings::UiSettings;
use super::text;
use super::theme::{Role, Theme};
use super::update::Hit;
use super::widget::{dialog, footer, header, help, log, palette, panel, said, sources, story, verdict};

/// The smallest screen that everything needed fits on.
const LEAST: (u16, u16) = (60, 15);

/// What a frame is made from.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The newest bulletin, where one came.
    pub bulletin: Option<&'a Bulletin>,
    /// How long ago it came.
    pub since_arrival: Span,
    /// The state of the screen.
    pub screen: &'a Screen,
    /// What the screen was told at its start.
    pub settings: &'a UiSettings,
    /// The keys.
    pub keymap: &'a Keymap,
    /// The theme.
    pub theme: &'a Theme,
}

/// What a frame showed.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The rows of each list.
    pub windows: Shown,
    /// What its places mean to the mouse; of two that overlap the later counts.
    pub hits: Vec<(Rect, Hit)>,
    /// Whether an age was drawn that the next second changes.
    pub ages: bool,
}

/// Draws a frame over the whole of `buffer`.
pub fn draw(buffer: &mut Buffer, frame: &Frame) -> Seen {
    let area = buffer.area;
    let glyphs = frame.settings.looks.glyphs();
    let canvas = &mut Canvas::new(buffer, frame.theme, glyphs);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(canvas, area);
        return Seen::default();
    }
    if let Some(lines) = &frame.settings.how_to_connect {
        return Seen {
            windows: no_cluster(canvas, area, frame, lines),
            ..Seen::default()
        };
    }
    let Some(bulletin) = frame.bulletin else {
        return Seen {
            windows: before_the_first(canvas, area, frame),
            ages: true,
            ..Seen::default()
        };
    };
    let scene = Scene {
        bulletin,
        screen: frame.screen,
        settings: frame.settings,
        keymap: frame.keymap,
        glyphs,
        since_arrival: frame.since_arrival,
        ages: Cell::new(false),
    };
    let slots = verdict::Slots::of(area, &scene);
    let line = |y: u16| Rect { y, height: 1, ..area };
    header::draw(canvas, line(area.y), &scene);
    let below = Rect {
        y: area.y + 1,
        height: slots.lines(),
        ..area
    };
    verdict::draw(canvas, below, &scene, slots);
    footer::tabs(canvas, line(below.bottom()), &scene);
    let foot = said::draw(canvas, area, &scene);
    let told = story::lines(area, &scene);
    if told > 0 {
        story::line(canvas, line(area.bottom().saturating_sub(foot + 1)), &scene);
    }
    let page = Rect {
        y: below.bottom() + 1,
        height: area.bottom().saturating_sub(below.bottom() + 1 + foot + told),
        ..area
    };
    let page = footer::frozen(canvas, page, &scene);
    let page = footer::left_over(canvas, page, &scene);
    let windows = content(canvas, page, &scene);
    palette::draw(canvas, page, &scene);
    dialog::draw(canvas, page, &scene);
    Seen {
        windows,
        hits: std::mem::take(&mut canvas.hits),
        ages: scene.ages.get(),
    }
}

fn content(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    match scene.screen.overlay {
        Some(Overlay::Help) => keys(canvas, area, scene.screen, scene.keymap),
        Some(Overlay::Sources) => {
            let inner = panel::open(canvas, area, "Sources", "", true);
            let window = sources::draw(canvas, inner, scene);
            panel::range(canvas, area, window);
            vec![(ListId::Sources, window)]
        }
        Some(Overlay::Story) => {
            let inner = panel::open(canvas, area, "Story", &story::note(scene), true);
            let window = story::draw(canvas, inner, scene);
            panel::range(canvas, area, window);
            vec![(ListId::Story, window)]
        }
        None => match &scene.screen.log {
            Some(log) => log::draw(canvas, area, scene, log),
            None => page::draw(canvas, area, scene),
        },
    }
}

fn keys(canvas: &mut Canvas, area: Rect, screen: &Screen, keymap: &Keymap) -> Shown {
    let inner = panel::open(canvas, area, "Help", "", true);
    let window = help::draw(canvas, inner, screen, keymap);
    panel::range(canvas, area, window);
    vec![(ListId::Help, window)]
}

/// Says which size is needed, as well as the size there is allows.
fn too_small(canvas: &mut Canvas, area: Rect) {
    let words = format!(
        "kaftop needs {}x{} cells; this terminal has {}x{}.",
        LEAST.0, LEAST.1, area.width, area.height
    );
    let lines = text::wrap(&words, area.width, usize::from(area.height), canvas.glyphs.cut);
    for (line, y) in lines.iter().zip(area.y..) {
        canvas.put(area.x, y, area.width, line, Role::Text);
    }
}

/// The screen without a cluster: how to connect, or help.
fn no_cluster(canvas: &mut Canvas, area: Rect, frame: &Frame, lines: &[String]) -> Shown {
    canvas.put(area.x + 1, area.y, area.width - 1, "kaftop", Role::Strong);
    let page = Rect {
        y: area.y + 2,
        height: area.height - 3,
        ..area
    };
    first_keys(canvas, area, frame);
    if frame.screen.overlay == Some(Overlay::Help) {
        return keys(canvas, page, frame.screen, frame.keymap);
    }
    let mut y = page.y;
    for line in lines {
        let line = crate::model::text::printable(line);
        // An indented line is an example: it keeps its indent, and is not broken.
        let wrapped = if line.starts_with(' ') {
            vec![text::start(&line, area.width - 4, canvas.glyphs.cut)]
        } else {
            text::wrap(&line, area.width - 4, 6, canvas.glyphs.cut)
        };
        let rows = wrapped.len().max(1);
        for (row, line) in wrapped.iter().enumerate() {
            let at = y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
            if at < page.bottom() {
                canvas.put(area.x + 2, at, area.width - 4, line, Role::Text);
            }
        }
        y = y.saturating_add(u16::try_from(rows).unwrap_or(u16::MAX));
    }
    Shown::new()
}

/// The keys that work before there is a bulletin.
fn first_keys(canvas: &mut Canvas, area: Rect, frame: &Frame) {
    if said::toast(canvas, area, frame.screen) > 0 {
        return;
    }
    let mut strip = Strip::default();
    for command in [crate::command::Command::Help, crate::command::Command::Quit] {
        let chord = frame.keymap.first_chord(frame.screen.page().context(), command);
        let key = chord.map_or_else(String::new, |chord| chord.to_string());
        strip.push(key, Role::Key);
        strip.push(format!(" {}   ", command.label()), Role::Dim);
    }
    canvas.strip(area.x + 1, area.bottom() - 1, area.width - 1, &strip);
}

/// The screen before the first bulletin.
fn before_the_first(canvas: &mut Canvas, area: Rect, frame: &Frame) -> Shown {
    first_keys(canvas, area, frame);
    let label = crate::model::text::printable(&frame.settings.standing.label);
    let header = Strip::of(" kaftop", Role::Strong).and(format!("  {label}"), Role::Strong);
    canvas.strip(area.x, area.y, area.width, &header);
    canvas.put(area.x, area.y + 1, 1, canvas.glyphs.bar, Role::StateUnknown);
    let verdict = Strip::of("UNKNOWN", Role::StateUnknown).and("  Nothing read yet.", Role::Text);
    canvas.strip(area.x + 1, area.y + 1, area.width - 1, &verdict);
    if frame.screen.overlay == Some(Overlay::Help) {
        let page = Rect {
            y: area.y + 3,
            height: area.height - 4,
            ..area
        };
        return keys(canvas, page, frame.screen, frame.keymap);
    }
    Shown::new()
}

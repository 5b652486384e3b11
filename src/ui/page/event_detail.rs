//! The detail of one event: when, what, what it brought about, and which partitions it touched.

use ratatui::layout::Rect;

use crate::model::event::{Event, Turn};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::Shown;
use crate::ui::page::detail::{Detail, Fact, Section};
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;

/// The most partitions that are named.
const MOST: usize = 200;

/// Draws the detail of the selected event.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, event: Option<&Event>, shown: &mut Shown) {
    let inner = panel::open(canvas, area, "Event", "", false);
    let Some(event) = event else {
        panel::empty(canvas, inner, "No event is selected.", Role::Dim);
        return;
    };
    let detail = Detail {
        facts: facts(scene, event),
        sections: vec![Section {
            title: "What it brought about",
            lines: brought(scene, event, inner.width),
            is_tail: false,
        }],
    };
    detail.draw(canvas, inner, scene, shown);
}

fn facts(scene: &Scene, event: &Event) -> Vec<Fact> {
    let when = event.when;
    let seen = if when.exact { "" } else { ", as a poll saw it" };
    vec![
        (
            "when",
            Strip::of(
                format!(
                    "{}{seen}, {} ago",
                    text::clock(when.first.0),
                    scene.age(when.first)
                ),
                Role::Text,
            ),
        ),
        ("took", Strip::of(when.took().to_string(), Role::Text)),
        ("kind", Strip::of(event.kind().word(), Role::Text)),
        ("times", Strip::of(event.times.to_string(), Role::Text)),
    ]
}

fn brought(scene: &Scene, event: &Event, width: u16) -> Vec<Strip> {
    let mut lines = Vec::new();
    sentence(scene, event, width, &mut lines);
    for consequence in &event.consequences {
        sentence(scene, consequence, width, &mut lines);
    }
    let all = std::iter::once(event).chain(&event.consequences);
    let mut partitions: Vec<String> = all
        .flat_map(Event::partitions)
        .take(MOST)
        .map(ToString::to_string)
        .collect();
    partitions.sort_unstable();
    partitions.dedup();
    if !partitions.is_empty() {
        lines.push(Strip::default());
        lines.push(Strip::of("partitions", Role::Dim));
        let words = partitions.join("  ");
        let room = width.saturating_sub(6);
        lines.extend(
            text::wrap(&words, room, MOST, scene.glyphs.cut)
                .into_iter()
                .map(|line| Strip::of(line, Role::Text)),
        );
    }
    lines
}

fn sentence(scene: &Scene, event: &Event, width: u16, lines: &mut Vec<Strip>) {
    let clock = text::clock(event.when.first.0);
    let role = if event.turn() == Turn::Worse {
        Role::Warn
    } else {
        Role::Text
    };
    let indent = text::width(&clock) + 2;
    let room = width.saturating_sub(indent + 6);
    for (row, line) in text::wrap(&event.sentence(), room, 4, scene.glyphs.cut)
        .into_iter()
        .enumerate()
    {
        let before = if row == 0 {
            format!("{clock}  ")
        } else {
            " ".repeat(usize::from(indent))
        };
        lines.push(Strip::of(before, Role::Dim).and(line, role));
    }
}

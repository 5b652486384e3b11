//! The detail of one event: when, what, what it brought about, and which partitions it touched.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use crate::model::event::{Event, Turn};
use crate::model::text::Name;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::Shown;
use crate::ui::page::detail::{Detail, Fact, Section};
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;

/// The most partitions that are named: a frame looks at no more.
const MOST: usize = 2_000;
/// The most lines of one topic.
const LINES: usize = 8;

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
    lines.extend(touched(scene, event, width));
    lines
}

/// The partitions that it touched, a line for each topic, neighbours joined.
fn touched(scene: &Scene, event: &Event, width: u16) -> Vec<Strip> {
    let all = std::iter::once(event).chain(&event.consequences);
    let mut partitions = all.flat_map(Event::partitions);
    let mut topics: BTreeMap<&Name, Vec<i32>> = BTreeMap::new();
    for id in partitions.by_ref().take(MOST) {
        topics.entry(&id.topic).or_default().push(id.partition);
    }
    if topics.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Strip::default(), Strip::of("partitions", Role::Dim)];
    let room = width.saturating_sub(6);
    for (topic, numbers) in topics {
        let words = format!("{topic} {}", text::ranges(&numbers));
        let wrapped = text::wrap(&words, room, LINES, scene.glyphs.cut);
        lines.extend(wrapped.into_iter().map(|line| Strip::of(line, Role::Text)));
    }
    if partitions.next().is_some() {
        lines.push(Strip::of("and others", Role::Dim));
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

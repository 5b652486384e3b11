//! The sources of facts: each with its state, address, last good answer and error, and what is missing.

use ratatui::layout::Rect;

use crate::model::intake::{Origin, Source, SourceState};
use crate::model::text::Name;
use crate::model::ways::WayState;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::{Scene, failure_word};
use crate::ui::screen::{ListId, Window};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::containers;

/// Draws the sources; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Window {
    let lines = lines(scene, area.width);
    let rows = usize::from(area.height).min(lines.len());
    let top = scene.screen.scroll(ListId::Sources, rows, lines.len());
    for (line, y) in lines.iter().skip(top).take(rows).zip(area.y..) {
        canvas.strip(area.x, y, area.width, line);
    }
    Window {
        top,
        rows,
        total: lines.len(),
        ..Window::default()
    }
}

/// The widest name of a source that is shown in full.
const NAME: u16 = 30;
/// How many events of the ways in which people are told are shown.
const EVENTS: usize = 5;

fn lines(scene: &Scene, width: u16) -> Vec<Strip> {
    let intake = &scene.snapshot().intake;
    let cut = scene.glyphs.cut;
    let mut lines = Vec::new();
    if let Some(note) = &scene.snapshot().cluster.version_note {
        let note = crate::model::text::printable(note);
        lines.extend(indented(&note, width, 1, Role::Warn));
        lines.push(Strip::default());
    }
    if intake.sources.is_empty() {
        lines.push(Strip::of(" No source was asked yet.", Role::Unknown));
    }
    let names: Vec<String> = intake
        .sources
        .iter()
        .map(|source| {
            let name = crate::model::text::printable(&source.origin.to_string()).into_owned();
            text::middle(&name, NAME.min(width / 3), cut)
        })
        .collect();
    let wide = names.iter().map(|name| text::width(name)).max().unwrap_or(0);
    for (source, name) in intake.sources.iter().zip(names) {
        let pad = " ".repeat(usize::from(wide.saturating_sub(text::width(&name)) + 2));
        let mut line = Strip::of(format!(" {name}{pad}"), Role::Text);
        line.extend(state(scene, source));
        lines.push(line);
        lines.extend(indented(&history(scene, source), width, 4, Role::Dim));
        if let Some(error) = &source.error {
            let words = format!("{}: {error}", failure_word(error.kind));
            lines.extend(indented(&words, width, 4, Role::Warn));
        }
    }
    let containers = containers::lines(scene);
    if !containers.is_empty() {
        lines.push(Strip::default());
        lines.push(Strip::of(" Containers", Role::Strong));
    }
    for (words, role) in containers {
        lines.extend(indented(&words, width, 1, role));
    }
    ways(scene, width, &mut lines);
    if !intake.missing.is_empty() {
        lines.push(Strip::default());
        lines.push(Strip::of(" Not told, although the source answers", Role::Strong));
    }
    for missing in &intake.missing {
        for (by, why) in &missing.by {
            let words = format!(
                "{} from {by}: {}: {why}",
                missing.ask.what(),
                failure_word(why.kind)
            );
            lines.extend(indented(&words, width, 1, Role::Text));
        }
    }
    lines
}

/// The ways in which people are told of alerts: which work, what became of the notices, and what happened last.
fn ways(scene: &Scene, width: u16, lines: &mut Vec<Strip>) {
    let told = &scene.screen.ways;
    if told.ways.is_empty() {
        return;
    }
    lines.push(Strip::default());
    lines.push(Strip::of(" How people are told of alerts", Role::Strong));
    let names = told.ways.iter().map(|way| text::width(way.name.as_str()));
    let wide = names.max().unwrap_or(0).min(NAME);
    for way in &told.ways {
        let name = text::middle(way.name.as_str(), wide, scene.glyphs.cut);
        let pad = " ".repeat(usize::from(wide.saturating_sub(text::width(&name)) + 2));
        let (word, role) = match &way.state {
            WayState::Untried => ("nothing to tell", Role::Dim),
            WayState::Working { .. } => ("works", Role::Good),
            WayState::Failing { .. } => ("fails", Role::Bad),
            WayState::Unavailable { .. } => ("not here", Role::Unknown),
        };
        lines.push(Strip::of(format!(" {name}{pad}"), Role::Text).and(word, role));
        let tally = way.tally;
        let counts = [
            (tally.delivered, "told"),
            (tally.waiting, "waiting"),
            (tally.passed_on, "left to the next way"),
            (tally.undelivered, "not delivered"),
        ];
        let mut said: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        match &way.state {
            WayState::Failing { since, why, .. } => said.push(format!("for {}: {why}", scene.age(*since))),
            WayState::Unavailable { why, .. } => said.push(why.to_string()),
            WayState::Working { .. } | WayState::Untried => {}
        }
        lines.extend(indented(&said.join(", "), width, 4, Role::Dim));
    }
    for event in told.events.iter().rev().take(EVENTS) {
        let words = format!("{} ago {}: {}", scene.age(event.at), event.way, event.what);
        lines.extend(indented(&words, width, 1, Role::Dim));
    }
}

fn indented(words: &str, width: u16, by: u16, role: Role) -> Vec<Strip> {
    let room = width.saturating_sub(by + 1);
    let lead = " ".repeat(usize::from(by));
    text::wrap(words, room, 4, "")
        .into_iter()
        .map(|line| Strip::of(format!("{lead}{line}"), role))
        .collect()
}

/// The state and the address.
fn state(scene: &Scene, source: &Source) -> Strip {
    let (word, role) = match &source.state {
        SourceState::Connecting => ("connecting", Role::Unknown),
        SourceState::Live if is_old(scene, source) => ("live, late", Role::Stale),
        SourceState::Live => ("live", Role::Good),
        SourceState::BackingOff { .. } => ("not answering", Role::Warn),
        SourceState::Failed => ("failed", Role::Bad),
    };
    let strip = Strip::of(format!("{word:<15}"), role);
    // Whoever was reached by the address given at the start is called by the one that it tells.
    let told = match &source.origin {
        Origin::Broker(id) => scene
            .snapshot()
            .broker(*id)
            .and_then(|broker| broker.endpoint.as_ref()),
        _ => None,
    };
    let told = told.map(|endpoint| Name::from(format!("{}:{}", endpoint.host, endpoint.port)));
    match source.address.as_ref().or(told.as_ref()) {
        // The name of a source that is called by its address says it already.
        Some(address) if source.origin.to_string().ends_with(address.raw()) => strip,
        Some(address) => strip.and(address.to_string(), Role::Dim),
        None => strip.and("address ", Role::Dim).and("?", Role::Unknown),
    }
}

fn is_old(scene: &Scene, source: &Source) -> bool {
    source
        .last_good
        .is_some_and(|at| at.age(scene.now()) > scene.patience())
}

/// What is worth saying of its past and its pace; nothing of a source that delivers as asked.
fn history(scene: &Scene, source: &Source) -> String {
    let mut parts = Vec::new();
    if source.state != SourceState::Live || is_old(scene, source) {
        parts.push(source.last_good.map_or_else(
            || "never answered".to_owned(),
            |at| format!("last answer {} ago", scene.age(at)),
        ));
    }
    if let SourceState::BackingOff { until } = &source.state {
        let wait = scene.now().age(*until);
        parts.push(format!("tried again in {}", scene.span(wait)));
    }
    if let Some(pace) = source.slowed_to {
        parts.push(format!("slowed to every {pace} to spare it"));
    }
    parts.join(", ")
}

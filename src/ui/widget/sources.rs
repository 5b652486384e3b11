//! The sources of facts: each with its state, address, last good answer and error, and what is missing.

use ratatui::layout::Rect;

use crate::model::intake::{Source, SourceState};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::{Scene, failure_word, unknown};
use crate::ui::screen::{ListId, Window};
use crate::ui::text;
use crate::ui::theme::Role;

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
    }
}

/// The widest name of a source that is shown in full.
const NAME: u16 = 30;

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
        if let Some(error) = &source.error {
            let words = format!("{}: {error}", failure_word(error.kind));
            lines.extend(indented(&words, width, 4, Role::Warn));
        }
    }
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

fn indented(words: &str, width: u16, by: u16, role: Role) -> Vec<Strip> {
    let room = width.saturating_sub(by + 1);
    let lead = " ".repeat(usize::from(by));
    text::wrap(words, room, 4, "")
        .into_iter()
        .map(|line| Strip::of(format!("{lead}{line}"), role))
        .collect()
}

fn state(scene: &Scene, source: &Source) -> Strip {
    let good = source.last_good;
    let age = |words: &str| {
        good.map_or_else(
            || Strip::of(format!(", {words} never"), Role::Dim),
            |at| Strip::of(format!(", {words} {} ago", scene.age(at)), Role::Dim),
        )
    };
    let mut strip = match &source.state {
        SourceState::Connecting => Strip::of("connecting", Role::Unknown),
        SourceState::Live => {
            let old = good.is_some_and(|at| at.age(scene.now()) > scene.patience());
            let mut strip = Strip::of("live", if old { Role::Stale } else { Role::Good });
            if old {
                strip.extend(age("last answer"));
            }
            strip
        }
        SourceState::BackingOff { until } => {
            let wait = scene.now().age(*until);
            let mut strip = Strip::of("not answering", Role::Warn);
            strip.extend(age("last answer"));
            strip.push(format!(", tried again in {}", scene.span(wait)), Role::Dim);
            strip
        }
        SourceState::Failed => {
            let mut strip = Strip::of("failed", Role::Bad);
            strip.extend(age("last answer"));
            strip
        }
    };
    match &source.address {
        Some(address) => strip.push(format!("  {address}"), Role::Dim),
        None => strip.extend(Strip::of("  at ", Role::Dim).and(unknown().plain(), Role::Unknown)),
    }
    if let Some(pace) = source.slowed_to {
        strip.push(format!("  slowed to every {pace} to spare it"), Role::Dim);
    }
    strip
}

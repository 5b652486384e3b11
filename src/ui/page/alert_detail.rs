//! The detail of one alert: what it rests on, what it means, and what to do.

use ratatui::layout::Rect;

use crate::command::Command;
use crate::model::alert::{Alert, Phase, Truth};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::Shown;
use crate::ui::page::alerts::severity_role;
use crate::ui::page::detail::window;
use crate::ui::scene::Scene;
use crate::ui::screen::ListId;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::{panel, trend};

/// Cells for a label.
const LABEL: u16 = 12;
/// Cells before a label.
const INDENT: u16 = 3;
/// The most lines of one text.
const MOST_LINES: usize = 40;

/// A line of the detail: a label, or none where the text above goes on.
type Line = (&'static str, Strip);

/// Draws the detail of the selected alert; while it takes the whole page it can be scrolled.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, alert: Option<&Alert>, shown: &mut Shown) {
    let Some(alert) = alert else {
        let inner = panel::open(canvas, area, "Detail", "", false);
        panel::empty(canvas, inner, "No alert is selected.", Role::Dim);
        return;
    };
    let title = text::middle(
        &alert.key.to_string(),
        area.width.saturating_sub(8),
        scene.glyphs.cut,
    );
    let inner = panel::open(canvas, area, &title, "", false);
    let room = inner.width.saturating_sub(LABEL + INDENT + 1);
    let lines = lines(scene, alert, room);
    let window = window(scene, usize::from(inner.height), lines.len());
    shown.push((ListId::Detail, window));
    for (offset, (label, strip)) in lines.iter().skip(window.top).take(window.rows).enumerate() {
        let y = inner.y + u16::try_from(offset).unwrap_or(0);
        canvas.put(inner.x + INDENT, y, LABEL, label, Role::Dim);
        canvas.strip(inner.x + INDENT + LABEL, y, room, strip);
    }
}

fn lines(scene: &Scene, alert: &Alert, room: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |label: &'static str, words: &str, role: Role| {
        let mut label = label;
        for line in words.lines() {
            for part in text::wrap(line, room, MOST_LINES, scene.glyphs.cut) {
                lines.push((label, Strip::of(part, role)));
                label = "";
            }
        }
    };
    say("", &alert.words.summary, severity_role(alert.severity));
    say("", &alert.words.description, Role::Text);
    say("since", &since(scene, alert), Role::Text);
    for words in handling(scene, alert) {
        say("not told", &words, Role::Warn);
    }
    if let Some(words) = keys(scene, alert) {
        say("keys", &words, Role::Dim);
    }
    if alert.handling.flapping {
        say(
            "flaps",
            "it fired three times in half an hour: it is over only after five quiet minutes",
            Role::Warn,
        );
    }
    say("condition", &alert.evidence.condition, Role::Dim);
    for (name, value) in &alert.evidence.values {
        say("", &format!("{name} = {value}"), Role::Text);
    }
    if let Some(history) = history(scene, alert, room) {
        lines.push(("its values", history));
    }
    let mut say = |label: &'static str, words: &str| {
        let mut label = label;
        for line in words.lines() {
            for part in text::wrap(line, room, MOST_LINES, scene.glyphs.cut) {
                lines.push((label, Strip::of(part, Role::Text)));
                label = "";
            }
        }
    };
    say("means", &alert.about.meaning);
    say("what to do", &alert.about.runbook);
    say("inside", &inside(scene, alert));
    lines
}

/// How far it has come, in a sentence.
fn since(scene: &Scene, alert: &Alert) -> String {
    let known = match alert.truth {
        Truth::Yes => "",
        Truth::No => "; its condition no longer holds",
        Truth::Unknown => "; whether its condition still holds cannot be read",
    };
    match alert.phase {
        Phase::Pending { due } => format!(
            "its condition holds for {}; it fires in {}{known}",
            scene.age(alert.since),
            scene.span(scene.now().age(due))
        ),
        Phase::Firing { at } => format!(
            "its condition holds for {}; it fires for {}{known}",
            scene.age(alert.since),
            scene.age(at)
        ),
        Phase::Resolved { fired, at } => format!(
            "it fired for {}, and is over since {}",
            fired.age(at),
            scene.age(at)
        ),
    }
}

/// Why nobody is told of it.
fn handling(scene: &Scene, alert: &Alert) -> Vec<String> {
    let handling = &alert.handling;
    let reason = |reason: &str| {
        if reason.is_empty() {
            String::new()
        } else {
            format!(": {reason}")
        }
    };
    let mut words = Vec::new();
    if let Some(note) = &handling.acknowledged {
        words.push(format!(
            "acknowledged {} ago{}",
            scene.age(note.at),
            reason(&note.reason)
        ));
    }
    if let Some(silence) = &handling.silenced {
        words.push(format!(
            "silenced for {} more, until {}{}",
            scene.span(scene.now().age(silence.until)),
            silence.until.clock(),
            reason(&silence.reason)
        ));
    }
    if let Some(why) = &handling.maintenance {
        words.push(format!("an act of our own: {why}"));
    }
    if let Some(cause) = &alert.kinship.cause {
        words.push(format!("a consequence of {cause}"));
    }
    if let Some(rule) = &handling.inhibited_by {
        words.push(format!("held back while {rule} lasts"));
    }
    words
}

/// What can be done about it here.
fn keys(scene: &Scene, alert: &Alert) -> Option<String> {
    if !alert.fires() {
        return None;
    }
    let (note, silence) = (scene.key(Command::Acknowledge)?, scene.key(Command::Silence)?);
    let handling = &alert.handling;
    let note = match handling.acknowledged {
        Some(_) => format!("{note} takes the note back"),
        None => format!("{note} acknowledges it"),
    };
    let silence = match handling.silenced {
        Some(_) => format!("{silence} ends its silence"),
        None => format!("{silence} silences it for a while"),
    };
    Some(format!("{note}, {silence}"))
}

/// The values of its condition as small bars, with the last one beside them.
#[expect(clippy::cast_possible_truncation, reason = "bars show a course")]
fn history(scene: &Scene, alert: &Alert, room: u16) -> Option<Strip> {
    let samples = &alert.evidence.samples;
    let (first, last) = (samples.first()?, samples.last()?);
    let bars = usize::from(room.saturating_sub(24));
    let newest = samples.get(samples.len().saturating_sub(bars)..)?;
    let values: Vec<Option<f32>> = newest.iter().map(|sample| Some(sample.value as f32)).collect();
    let strip = trend::drawn(&values, None, &scene.glyphs);
    let span = first.at.age(last.at);
    let value = (last.value * 10.0).round() / 10.0;
    Some(strip.and(format!(" {value} now, over {span}"), Role::Dim))
}

/// The alerts inside it.
fn inside(scene: &Scene, alert: &Alert) -> String {
    let alerts = &scene.bulletin.alerts;
    let mut lines: Vec<String> = Vec::new();
    for key in alert.kinship.consequences.iter().take(MOST_LINES) {
        let words = alerts.find(key).map(|inner| inner.words.summary.clone());
        lines.push(words.unwrap_or_else(|| key.to_string()));
    }
    let more = alert.kinship.consequences.len().saturating_sub(MOST_LINES);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

//! The detail of one topic: how it is replicated and kept, and its flow, numbers in full.

use ratatui::layout::Rect;

use crate::model::topic::Topic;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::detail::{Detail, Fact, Section};
use crate::ui::page::partitions::min_isr;
use crate::ui::page::{Shown, event_table, topic_config};
use crate::ui::rows::topics::{bytes, rate};
use crate::ui::scene::{Scene, bad_count, none, unknown};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;

/// The head of the events of a topic.
const HAPPENED: &str = "What happened to it";

/// Draws the detail of the selected topic.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, topic: Option<&Topic>, shown: &mut Shown) {
    let title = topic.map_or_else(
        || "Detail".to_owned(),
        |topic| {
            let name = topic.name.to_string();
            text::middle(&name, area.width.saturating_sub(8), scene.glyphs.cut)
        },
    );
    let inner = panel::open(canvas, area, &title, "", false);
    let Some(topic) = topic else {
        panel::empty(canvas, inner, "No topic is selected.", Role::Dim);
        return;
    };
    let mut facts = lines(scene, topic);
    facts.extend(settings(topic));
    let happened = event_table::lines(scene, |event| event.touches_topic(&topic.name));
    let section = |title, lines| Section {
        title,
        lines,
        is_tail: false,
    };
    let settings = topic_config::lines(scene, topic).unwrap_or_default();
    let detail = Detail {
        facts,
        sections: vec![section("Every setting", settings), section(HAPPENED, happened)],
    };
    detail.draw(canvas, inner, scene, shown);
}

fn lines(scene: &Scene, topic: &Topic) -> Vec<Fact> {
    let risk = scene.screen.lists.at_risk.get(&topic.name);
    let replicas = topic.partitions.iter().map(|partition| partition.replicas.len());
    let (least, most) = (replicas.clone().min(), replicas.max());
    let factor = match (least, most) {
        (Some(least), Some(most)) if least == most => Strip::of(most.to_string(), Role::Text),
        (Some(least), Some(most)) => Strip::of(format!("{least} to {most}"), Role::Warn),
        _ => none(),
    };
    let number = |number: u64| text::exact(i64::try_from(number).unwrap_or(i64::MAX));
    vec![
        (
            "partitions",
            Strip::of(number(topic.partitions.len() as u64), Role::Text),
        ),
        (
            "at risk",
            bad_count(risk.map_or(0, |risk| risk.partitions.into()), Role::Warn),
        ),
        ("replicas", scene.from_metadata(factor)),
        ("min ISR", min_isr(scene, topic).recast(Role::Text)),
        (
            "records in/s",
            rate(topic).map_or_else(unknown, |rate| Strip::of(text::rate(rate), Role::Text)),
        ),
        (
            "size",
            bytes(topic).map_or_else(unknown, |bytes| {
                Strip::of(format!("{} bytes", number(bytes)), Role::Text)
            }),
        ),
        (
            "topic id",
            topic
                .id
                .map_or_else(unknown, |id| Strip::of(id.to_string(), Role::Dim)),
        ),
    ]
}

/// The settings that are read of every topic, and whether they are the topic's own.
fn settings(topic: &Topic) -> Vec<Fact> {
    let Some(settings) = topic.settings.value() else {
        let words = topic
            .settings
            .failing()
            .map_or_else(unknown, |failing| Strip::of(failing.why.to_string(), Role::Warn));
        return vec![("settings", words)];
    };
    let said = |words: Option<(String, bool)>| match words {
        None => unknown(),
        Some((words, true)) => Strip::of(words, Role::Text),
        Some((words, false)) => Strip::of(words, Role::Text).and(" by default", Role::Dim),
    };
    let kept = settings.retention.map(|kept| {
        let words = kept
            .value
            .map_or_else(|| "for ever".to_owned(), |span| span.to_string());
        (words, kept.own)
    });
    let room = settings.retention_bytes.map(|room| {
        let words = room.value.map_or_else(|| "no limit".to_owned(), text::bytes);
        (words, room.own)
    });
    let cleanup = settings.cleanup.map(|by| (by.value.word().to_owned(), by.own));
    let unclean = settings.unclean_election.map(|allowed| {
        let words = if allowed.value {
            "allowed: may lose data"
        } else {
            "not allowed"
        };
        (words.to_owned(), allowed.own)
    });
    vec![
        ("kept for", said(kept)),
        ("kept up to", said(room)),
        ("cleanup", said(cleanup)),
        ("unclean leader", said(unclean)),
    ]
}

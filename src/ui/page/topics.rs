//! The panel of partitions at risk: counted by class, and the topics that they belong to.

use ratatui::layout::Rect;

use crate::health::Tallies;
use crate::model::text::Name;
use crate::model::topic::Topic;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::Shown;
use crate::ui::page::brokers::why_empty;
use crate::ui::scene::{Scene, bad_count, none, unknown};
use crate::ui::screen::{ListId, RowKey};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::table::{Column, Fit, Row, Table};
use crate::ui::widget::{panel, shape, trend};

/// How many minutes of ISR shrinks are drawn.
const MINUTES: usize = 10;

/// Draws the counts by class and how restless replication is; gives the area below them.
pub fn counts(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Rect {
    if area.height < 6 || scene.snapshot().metadata.read.value().is_none() {
        return area;
    }
    let tallies = scene.bulletin.health.survey.tallies;
    let first = row_of(scene, &classes(tallies));
    let mut used = canvas.strip(area.x + 3, area.y, area.width.saturating_sub(3), &first);
    used = used.min(area.width);
    let second = churn(scene, tallies);
    // Where both fit beside each other they share a line.
    if u32::from(used) + u32::from(second.width()) + 10 < u32::from(area.width) {
        canvas.strip(area.x + 3 + used + 4, area.y, area.width, &second);
        return below(area, 1);
    }
    canvas.strip(area.x + 3, area.y + 1, area.width.saturating_sub(3), &second);
    below(area, 2)
}

fn below(area: Rect, lines: u16) -> Rect {
    Rect {
        y: area.y + lines,
        height: area.height.saturating_sub(lines),
        ..area
    }
}

fn classes(tallies: Tallies) -> [(&'static str, u32, Role); 4] {
    [
        ("offline", tallies.offline, Role::Bad),
        ("write refused", tallies.under_min_isr, Role::Bad),
        ("one loss away", tallies.at_min_isr, Role::Warn),
        ("out of sync", tallies.out_of_sync, Role::Warn),
    ]
}

fn row_of(scene: &Scene, counts: &[(&str, u32, Role)]) -> Strip {
    let mut strip = Strip::default();
    for (words, count, role) in counts {
        if !strip.is_empty() {
            strip.push("  ", Role::Text);
        }
        strip.push(format!("{words} "), Role::Dim);
        strip.extend(scene.from_metadata(bad_count((*count).into(), *role)));
    }
    strip
}

fn churn(scene: &Scene, tallies: Tallies) -> Strip {
    let churn = &scene.snapshot().churn;
    let mut strip = Strip::of("ISR shrinks ", Role::Dim);
    strip.extend(bad_count(churn.total.shrinks.one.into(), Role::Warn));
    strip.push("/min ", Role::Dim);
    strip.extend(trend::bars(&churn.shrinks_by_minute, MINUTES, &scene.glyphs));
    strip.push("  not preferred ", Role::Dim);
    strip.extend(scene.from_metadata(bad_count(tallies.not_preferred.into(), Role::Text)));
    strip
}

/// The title of the panel with what needs eyes.
pub fn note(scene: &Scene) -> String {
    let snapshot = scene.snapshot();
    if snapshot.metadata.read.value().is_none() {
        return String::new();
    }
    let topics = scene.screen.lists.at_risk.len();
    let partitions: u32 = scene.screen.lists.at_risk.values().sum();
    let total = scene.bulletin.health.survey.tallies.total;
    if partitions == 0 {
        return format!("none of {} partitions at risk", text::count(total.into()));
    }
    format!(
        "{} of {} partitions at risk, in {}",
        text::count(partitions.into()),
        text::count(total.into()),
        text::plural(topics, "topic"),
    )
}

/// Draws the topics, those at risk first.
pub fn table(canvas: &mut Canvas, area: Rect, title_row: Rect, scene: &Scene, shown: &mut Shown) {
    let rows = scene.screen.lists.rows(ListId::Topics);
    if rows.is_empty() {
        let (words, role) = why_empty(scene);
        let words = if words == "None exist." {
            "No topic exists.".to_owned()
        } else {
            words
        };
        panel::empty(canvas, area, &words, role);
        return;
    }
    let ids = shape::columns(scene);
    let table = Table {
        columns: vec![
            Column::new("TOPIC", Fit::Name(12), 14),
            Column::new("AT RISK", Fit::Number, 7),
            Column::new("WORST", Fit::Number, 5),
            Column::new(&shape::head(ids.as_deref()), Fit::Word, 2).leaving(if ids.is_some() {
                2
            } else {
                9
            }),
            Column::new("IN/s", Fit::Number, 5).leaving(4),
            Column::new("SIZE", Fit::Number, 5).leaving(5),
        ],
        list: ListId::Topics,
        total: rows.len(),
        row: &|place| match rows.get(place) {
            Some(RowKey::Topic(name)) => scene
                .snapshot()
                .topics
                .get(name)
                .map_or_else(Row::default, |topic| row(scene, topic, name, ids.as_deref())),
            _ => Row::default(),
        },
    };
    let window = table.draw(canvas, area, scene.screen);
    panel::range(canvas, title_row, window);
    shown.push((ListId::Topics, window));
}

fn row(scene: &Scene, topic: &Topic, name: &Name, ids: Option<&[crate::model::ids::BrokerId]>) -> Row {
    let at_risk = scene.screen.lists.at_risk.get(name).copied().unwrap_or(0);
    let all = topic.partitions.len() as u64;
    let worst = topic
        .partitions
        .iter()
        .map(|partition| {
            let judged = crate::health::judge(scene.snapshot(), topic, partition);
            (judged.in_sync as usize, partition.replicas.len())
        })
        .max_by_key(|(in_sync, replicas)| (replicas.saturating_sub(*in_sync), *replicas));
    let rates: Option<f64> = topic.partitions.iter().map(|partition| partition.rate).sum();
    let bytes: Option<u64> = topic.partitions.iter().map(|partition| partition.bytes).sum();
    let fraction = format!("{}/{}", text::count(at_risk.into()), text::count(all));
    let role = if at_risk > 0 { Role::Warn } else { Role::Dim };
    Row {
        mark: (at_risk > 0).then_some(Role::Warn),
        cells: vec![
            Strip::of(name.to_string(), if at_risk > 0 { Role::Text } else { Role::Dim }),
            scene.from_metadata(Strip::of(fraction, role)),
            worst.map_or_else(none, |(in_sync, replicas)| {
                let role = if in_sync < replicas { Role::Warn } else { Role::Dim };
                scene.from_metadata(Strip::of(format!("{in_sync}/{replicas}"), role))
            }),
            scene.from_metadata(shape::of_topic(scene, ids, topic)),
            if topic.partitions.is_empty() {
                none()
            } else {
                rates.map_or_else(unknown, |rate| Strip::of(text::rate(rate), Role::Text))
            },
            bytes.map_or_else(unknown, |bytes| Strip::of(text::bytes(bytes), Role::Text)),
        ],
    }
}

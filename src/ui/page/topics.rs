//! The panel of partitions at risk: counted by class, and the topics that they belong to.

use ratatui::layout::Rect;

use crate::health::Class;
use crate::model::history::Fold;
use crate::model::reading::Face;
use crate::model::text::Name;
use crate::model::topic::Topic;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::page::brokers::why_empty;
use crate::ui::page::{Shown, layout, topic_detail};
use crate::ui::rows::topics::{bytes, rate, worst};
use crate::ui::scene::{Scene, bad_count, none, unknown};
use crate::ui::screen::{ListId, RowKey};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::table::{Column, Fit, Row, Table};
use crate::ui::widget::trend::{self, Shared, shrinks_per_minute};
use crate::ui::widget::{panel, shape};

/// Bars of the trends over the list.
const BARS: usize = 10;

/// How many lines the detail of a topic has below the list.
const DETAIL: u16 = 12;

/// Draws the Topics page; gives what was shown.
pub fn page(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let topic = match scene.screen.selected_key(ListId::AllTopics) {
        Some(RowKey::Topic(name)) => scene.snapshot().topics.get(name),
        _ => None,
    };
    let places = layout::places(area, scene.screen.detail && topic.is_some(), DETAIL);
    if let Some(list) = places.list {
        let at_risk = scene.screen.lists.at_risk.len();
        let of = if at_risk > 0 {
            format!("topics, {at_risk} at risk")
        } else {
            String::new()
        };
        let note = layout::note(scene, ListId::AllTopics, &of);
        let inner = panel::open(canvas, list, "Topics", &note, true);
        let inner = panel::metadata_banner(canvas, inner, scene);
        table(canvas, inner, list, scene, ListId::AllTopics, &mut shown);
    }
    if let Some(detail) = places.detail {
        topic_detail::draw(canvas, detail, scene, topic.map(|topic| &**topic), &mut shown);
        layout::wall(canvas, area, places);
    }
    shown
}

/// Draws the counts by class and how restless replication is; gives the area below them.
pub fn counts(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Rect {
    if area.height < 8 || scene.snapshot().metadata.read.value().is_none() {
        return area;
    }
    let mut lines = vec![Strip::default()];
    for part in parts(scene) {
        // A count moves to the next line as a whole.
        let open = lines.last().map_or(0, Strip::width);
        if open > 0 && open + 3 + part.width() > area.width.saturating_sub(5) {
            lines.push(Strip::default());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push("   ", Role::Text);
            }
            line.extend(part);
        }
    }
    let mut used = 0;
    for (line, y) in lines.iter().zip(area.y..area.bottom().saturating_sub(3)) {
        canvas.strip(area.x + 3, y, area.width.saturating_sub(3), line);
        used += 1;
    }
    below(area, used)
}

fn below(area: Rect, lines: u16) -> Rect {
    Rect {
        y: area.y + lines,
        height: area.height.saturating_sub(lines),
        ..area
    }
}

/// What is counted, each with its label: the classes, then how restless replication is.
fn parts(scene: &Scene) -> Vec<Strip> {
    let tallies = scene.bulletin.health.survey.tallies;
    let churn = &scene.snapshot().churn;
    let counted = |label: &str, count: u32, role: Role| {
        let mut strip = Strip::of(format!("{label} "), Role::Dim);
        strip.extend(scene.from_metadata(bad_count(count.into(), role)));
        strip
    };
    let history = &scene.snapshot().history;
    let trend = |series, fold| {
        let line = trend::line(history, Some(series), BARS, fold, None, &scene.glyphs);
        line.and(format!(" {}", trend::WINDOW_WORDS), Role::Dim)
    };
    let mut shrinks = counted("ISR shrinks", churn.total.shrinks.one, Role::Warn).and("/min ", Role::Dim);
    shrinks.extend(trend(&history.cluster.shrinks, Fold::Sum));
    let rate = history.cluster.records_in.last();
    let rate = rate.map_or_else(unknown, |rate| Strip::of(text::rate(f64::from(rate)), Role::Text));
    let mut flow = Strip::of("in ", Role::Dim);
    flow.extend(rate);
    flow.push("/s ", Role::Dim);
    flow.extend(trend(&history.cluster.records_in, Fold::Mean));
    let mut parts = vec![
        shrinks,
        flow,
        counted("not preferred", tallies.not_preferred, Role::Text),
    ];
    // These two are rare, and said only where they are so.
    if scene.snapshot().metadata.disputed > 0 {
        parts.push(counted(
            "brokers disagree on",
            scene.snapshot().metadata.disputed,
            Role::Warn,
        ));
    }
    if tallies.stalled > 0 {
        parts.insert(0, counted("writes stalled", tallies.stalled, Role::Bad));
    }
    // A calm screen has no row of zeros: its title says that nothing is at risk.
    if !scene.screen.lists.at_risk.is_empty() || tallies.out_of_sync > 0 {
        let classes = [
            counted("offline", tallies.offline, Role::Bad),
            counted("writes refused", scene.bulletin.health.survey.refusing, Role::Bad),
            counted("one loss away", tallies.at_min_isr, Role::Warn),
            counted("out of sync", tallies.out_of_sync, Role::Warn),
        ];
        parts.splice(0..0, classes);
    }
    parts
}

/// The title of the panel with what needs eyes.
pub fn note(scene: &Scene) -> String {
    let snapshot = scene.snapshot();
    if snapshot.metadata.read.value().is_none() {
        return String::new();
    }
    let topics = scene.screen.lists.at_risk.len();
    let partitions = scene.screen.lists.partitions_at_risk();
    let total = scene.bulletin.health.survey.tallies.total;
    let old = match snapshot.metadata.read.age(scene.now()) {
        Some(age) if scene.metadata_is_old() => format!(" {} ago", scene.span(age)),
        _ => String::new(),
    };
    if partitions == 0 {
        return format!("none of {} partitions at risk{old}", text::count(total.into()));
    }
    format!(
        "{} of {} partitions at risk{old}, in {}",
        text::count(partitions.into()),
        text::count(total.into()),
        text::plural(topics, "topic"),
    )
}

/// Draws the topics of `list`, those at risk first.
pub fn table(
    canvas: &mut Canvas,
    area: Rect,
    title_row: Rect,
    scene: &Scene,
    list: ListId,
    shown: &mut Shown,
) {
    let rows = scene.screen.lists.rows(list);
    if rows.is_empty() {
        let (words, role) = why_empty(scene, list, "No topic exists.");
        panel::empty(canvas, area, &words, role);
        return;
    }
    let ids = shape::columns(scene);
    let any_at_risk = !scene.screen.lists.at_risk.is_empty();
    let of = |field, fit, least| Column::of(Subject::Topic, field, fit, least);
    // Where nothing is at risk a column of zeros would say nothing.
    let counted = if any_at_risk {
        Field::AtRisk
    } else {
        Field::Partitions
    };
    let worst = of(Field::Worst, Fit::Number, 7);
    let history = &scene.snapshot().history;
    let flow = Shared::of(
        scene,
        title_row.width,
        Fold::Mean,
        history.topics.values().map(|of| &of.records_in),
    );
    let shrinks = Shared::of(
        scene,
        title_row.width,
        Fold::Sum,
        history.topics.values().map(|of| &of.shrinks),
    );
    let table = Table {
        columns: vec![
            of(Field::Name, Fit::Name(18), 14),
            of(counted, Fit::Number, 10),
            if any_at_risk {
                worst
            } else {
                worst.titled("IN SYNC")
            },
            Column::new(&shape::head(ids.as_deref()), Fit::Word, 2).leaving(if ids.is_some() {
                2
            } else {
                9
            }),
            of(Field::Rate, Fit::Number, 5).leaving(4),
            Column::new(&flow.head("in"), Fit::Word, flow.cells()).leaving(7),
            of(Field::Size, Fit::Number, 5).leaving(5),
            of(Field::Shrinks, Fit::Number, 4).leaving(6),
            Column::new(&shrinks.head("shrinks"), Fit::Word, shrinks.cells()).leaving(8),
        ],
        list: Some(list),
        from: 0,
        total: rows.len(),
        row: &|place| match rows.get(place) {
            Some(RowKey::Topic(name)) => {
                scene
                    .snapshot()
                    .topics
                    .get(name)
                    .map_or_else(Row::default, |topic| {
                        let mut row = row(scene, topic, name, ids.as_deref());
                        let of = history.topics.get(name);
                        row.cells.insert(5, flow.line(of.map(|of| &of.records_in)));
                        row.cells.push(shrinks_per_minute(of.map(|of| &of.shrinks)));
                        row.cells.push(shrinks.line(of.map(|of| &of.shrinks)));
                        row
                    })
            }
            _ => Row::default(),
        },
    };
    let window = table.draw(canvas, area, scene.screen);
    panel::range(canvas, title_row, window);
    shown.push((list, window));
}

fn row(scene: &Scene, topic: &Topic, name: &Name, ids: Option<&[crate::model::ids::BrokerId]>) -> Row {
    let risk = scene.screen.lists.at_risk.get(name);
    let at_risk = risk.map_or(0, |risk| risk.partitions);
    let harm = match risk.map(|risk| risk.worst) {
        Some(Class::Offline | Class::UnderMinIsr) => Role::Bad,
        _ => Role::Warn,
    };
    let all = topic.partitions.len() as u64;
    let worst = worst(scene.bulletin, topic);
    let (rates, bytes) = (rate(topic), bytes(topic));
    // Where nothing is at risk a column of zeros would say nothing.
    let (fraction, role) = match at_risk {
        0 if scene.screen.lists.at_risk.is_empty() => (text::count(all), Role::Text),
        0 => (format!("0/{}", text::count(all)), Role::Dim),
        some => (format!("{}/{}", text::count(some.into()), text::count(all)), harm),
    };
    let fresh = topic
        .partitions
        .iter()
        .all(|partition| partition.end.face(scene.now(), scene.patience()) == Face::Fresh);
    let flow = if fresh { Role::Text } else { Role::Stale };
    Row {
        mark: (at_risk > 0).then_some(harm),
        cells: vec![
            Strip::of(name.to_string(), Role::Text),
            scene.from_metadata(Strip::of(fraction, role)),
            worst.map_or_else(none, |(in_sync, replicas)| {
                let role = if in_sync < replicas { harm } else { Role::Dim };
                scene.from_metadata(Strip::of(format!("{in_sync}/{replicas}"), role))
            }),
            scene.from_metadata(shape::of_topic(scene, ids, topic)),
            if topic.partitions.is_empty() {
                none()
            } else {
                rates.map_or_else(unknown, |rate| Strip::of(text::rate(rate), flow))
            },
            scene
                .from_metadata(bytes.map_or_else(unknown, |bytes| Strip::of(text::bytes(bytes), Role::Text))),
        ],
    }
}

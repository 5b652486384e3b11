//! The Partitions page: every partition, narrowed and sorted, with the detail of the selected one.

use std::cmp::Reverse;

use ratatui::layout::Rect;

use crate::command::Command;
use crate::health::{self, Class, Judged, Writes};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::reading::Face;
use crate::model::text::Name;
use crate::model::time::Span;
use crate::model::topic::{Partition, Topic};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::lists::is_thin;
use crate::ui::page::brokers::why_empty;
use crate::ui::page::{Shown, layout, partition_detail};
use crate::ui::rows::partitions::{class_word, restless};
use crate::ui::scene::{Scene, unknown};
use crate::ui::screen::{ListId, RowKey, Scope};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::table::{Column, Fit, Row, Table};
use crate::ui::widget::{panel, shape};

/// How many lines the detail has below the list.
const DETAIL: u16 = 10;

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let selected = match scene.screen.selected_key(ListId::Partitions) {
        Some(RowKey::Partition(id)) => Some(id),
        _ => None,
    };
    let places = layout::places(area, scene.screen.detail && selected.is_some(), DETAIL);
    if let Some(list) = places.list {
        table(canvas, list, scene, &mut shown);
    }
    if let Some(detail) = places.detail {
        partition_detail::draw(canvas, detail, scene, selected, &mut shown);
        layout::wall(canvas, area, places);
    }
    shown
}

/// What the page is narrowed to, in words.
fn scope(scene: &Scene) -> String {
    match &scene.screen.asked.scope {
        Scope::All => String::new(),
        Scope::Topic(name) => {
            let name = text::middle(&name.to_string(), 24, scene.glyphs.cut);
            format!("of topic {name}")
        }
        Scope::Broker(id) => format!("with a replica on broker {id}"),
    }
}

fn table(canvas: &mut Canvas, area: Rect, scene: &Scene, shown: &mut Shown) {
    let inner = panel::open(
        canvas,
        area,
        "Partitions",
        &layout::note(scene, ListId::Partitions, &scope(scene)),
        true,
    );
    let inner = panel::metadata_banner(canvas, inner, scene);
    let rows = scene.screen.lists.rows(ListId::Partitions);
    if rows.is_empty() {
        let (words, role) = empty(scene);
        panel::empty(canvas, inner, &words, role);
        return;
    }
    let ids = shape::columns(scene);
    let table = Table {
        columns: columns(ids.as_deref()),
        list: Some(ListId::Partitions),
        from: 0,
        total: rows.len(),
        row: &|place| match rows.get(place) {
            Some(RowKey::Partition(id)) => row(scene, ids.as_deref(), id),
            _ => Row::default(),
        },
    };
    let window = table.draw(canvas, inner, scene.screen);
    panel::range(canvas, area, window);
    shown.push((ListId::Partitions, window));
}

/// Draws the partitions of one topic, those at risk first, as a look into it: nothing is selected.
pub fn preview(canvas: &mut Canvas, area: Rect, scene: &Scene, name: &Name) {
    let title = text::middle(&name.to_string(), area.width.saturating_sub(20), scene.glyphs.cut);
    let inner = panel::open(canvas, area, &title, "partitions", false);
    let Some(topic) = scene.snapshot().topics.get(name) else {
        return;
    };
    let mut order: Vec<(Reverse<Class>, i32)> = topic
        .partitions
        .iter()
        .map(|partition| {
            let judged = health::judge(scene.snapshot(), topic, partition);
            (Reverse(judged.class), partition.index)
        })
        .collect();
    order.sort_unstable();
    let ids = shape::columns(scene);
    let table = Table {
        columns: columns(ids.as_deref()).split_off(1),
        list: None,
        from: 0,
        total: order.len(),
        row: &|place| {
            let id = order.get(place).map(|(_, index)| PartitionId {
                topic: name.clone(),
                partition: *index,
            });
            id.map_or_else(Row::default, |id| {
                let mut row = row(scene, ids.as_deref(), &id);
                // The topic is in the title.
                row.cells = row.cells.split_off(1);
                row
            })
        },
    };
    let window = table.draw(canvas, inner, scene.screen);
    panel::range(canvas, area, window);
}

fn empty(scene: &Scene) -> (String, Role) {
    if let Some(words) = layout::all_hidden(scene, ListId::Partitions) {
        return (words, Role::Text);
    }
    let hidden = scene.screen.lists.hidden(ListId::Partitions);
    let what = match &scene.screen.asked.scope {
        Scope::Broker(id) if hidden > 0 => format!("Broker {id} holds no replica"),
        Scope::Topic(name) if hidden > 0 => format!("Topic {name} is gone"),
        _ => return why_empty(scene, ListId::Partitions, "No partition exists."),
    };
    let back = scene.key(Command::Back).unwrap_or_default();
    (format!("{what}: {back} leads back."), Role::Text)
}

fn columns(ids: Option<&[BrokerId]>) -> Vec<Column> {
    let of = |field, fit, least| Column::of(Subject::Partition, field, fit, least);
    vec![
        of(Field::Name, Fit::Name(20), 14),
        of(Field::Number, Fit::Number, 2),
        of(Field::Leader, Fit::Number, 6).leaving(3),
        of(Field::Epoch, Fit::Number, 5).leaving(8),
        Column::new(&shape::head(ids), Fit::Word, 3).leaving(2),
        of(Field::InSync, Fit::Number, 7),
        of(Field::MinIsr, Fit::Number, 3).leaving(6),
        of(Field::Class, Fit::Word, 14),
        of(Field::Start, Fit::Number, 6).leaving(10),
        of(Field::End, Fit::Number, 6).leaving(9),
        of(Field::Rate, Fit::Number, 5).leaving(4),
        of(Field::Size, Fit::Number, 5).leaving(5),
        of(Field::Churn, Fit::Number, 5).leaving(7),
    ]
}

fn row(scene: &Scene, ids: Option<&[BrokerId]>, id: &PartitionId) -> Row {
    let name = Strip::of(id.topic.to_string(), Role::Text);
    let number = Strip::of(id.partition.to_string(), Role::Text);
    let snapshot = scene.snapshot();
    let (Some(topic), Some(partition)) = (snapshot.topics.get(&id.topic), snapshot.partition(id)) else {
        // It went between the making of the list and this frame.
        return Row {
            mark: None,
            cells: vec![name.recast(Role::Stale), number.recast(Role::Stale)],
        };
    };
    let judged = health::judge(snapshot, topic, partition);
    let old = |strip: Strip| scene.from_metadata(strip);
    let churn = snapshot.churn.by_partition.get(id).map_or(0, restless);
    let in_sync = Strip::of(
        format!("{}/{}", judged.in_sync, partition.replicas.len()),
        if (judged.in_sync as usize) < partition.replicas.len() {
            Role::Warn
        } else {
            Role::Text
        },
    );
    Row {
        mark: mark(judged, partition),
        cells: vec![
            name,
            number,
            old(leader(scene, partition)),
            old(partition
                .leader_epoch
                .map_or_else(unknown, |epoch| Strip::of(epoch.to_string(), Role::Dim))),
            old(shape::of_partition(scene, ids, partition)),
            old(in_sync),
            min_isr(scene, topic),
            old(class(judged, partition)),
            // Starts are read as seldom as the disks.
            offset(scene, &partition.start, scene.disk_patience()),
            offset(scene, &partition.end, scene.patience()),
            rate(scene, partition),
            partition
                .bytes
                .map_or_else(unknown, |bytes| Strip::of(text::bytes(bytes), Role::Text)),
            Strip::of(
                text::count(churn),
                if churn == 0 { Role::Dim } else { Role::Text },
            ),
        ],
    }
}

fn mark(judged: Judged, partition: &Partition) -> Option<Role> {
    match judged.class {
        Class::Offline | Class::UnderMinIsr => Some(Role::Bad),
        _ if judged.writes == Writes::Stalled => Some(Role::Bad),
        Class::Healthy => None,
        Class::AtMinIsr if is_thin(judged, partition) => None,
        Class::AtMinIsr | Class::UnderReplicated => Some(Role::Warn),
    }
}

/// The leader as reported; none is a word of the cluster, not a gap in what is known.
fn leader(scene: &Scene, partition: &Partition) -> Strip {
    match partition.leader {
        None => Strip::of("none", Role::Bad),
        Some(id) if health::is_gone(scene.snapshot(), id) => {
            Strip::of(format!("{}{id}", scene.glyphs.down), Role::Bad)
        }
        Some(id) if partition.preferred() == Some(id) => Strip::of(id.to_string(), Role::Text),
        Some(id) => Strip::of(id.to_string(), Role::Strong),
    }
}

/// Min ISR of the topic.
pub fn min_isr(scene: &Scene, topic: &Topic) -> Strip {
    // It is read once a minute and changes by hand only: its age is not news.
    match (topic.min_isr.value(), topic.min_isr.failing()) {
        (Some(value), None) => Strip::of(value.to_string(), Role::Dim),
        (Some(value), Some(_)) => {
            Strip::of(scene.glyphs.down, Role::Warn).and(value.to_string(), Role::Stale)
        }
        (None, Some(failing)) => Strip::of(crate::ui::scene::failure_word(failing.why.kind), Role::Warn),
        (None, None) => unknown(),
    }
}

/// The class in words; with `?` where it rests on who answers us.
pub fn class(judged: Judged, partition: &Partition) -> Strip {
    let words = class_word(judged, partition);
    let role = match judged.class {
        _ if judged.writes == Writes::Stalled => Role::Bad,
        Class::Offline | Class::UnderMinIsr => Role::Bad,
        Class::AtMinIsr if is_thin(judged, partition) => Role::Dim,
        Class::AtMinIsr | Class::UnderReplicated => Role::Warn,
        Class::Healthy => Role::Dim,
    };
    let strip = Strip::of(words, role);
    if judged.inferred {
        strip.and("?", Role::Unknown)
    } else {
        strip
    }
}

fn offset(scene: &Scene, reading: &crate::model::reading::Reading<i64>, patience: Span) -> Strip {
    scene.reading(reading, patience, |offset| {
        Strip::of(
            u64::try_from(*offset).map_or_else(|_| offset.to_string(), text::count),
            Role::Text,
        )
    })
}

/// Records per second, as old as the end offset that it rests on.
fn rate(scene: &Scene, partition: &Partition) -> Strip {
    let Some(rate) = partition.rate else {
        return unknown();
    };
    let strip = Strip::of(text::rate(rate), Role::Text);
    match partition.end.face(scene.now(), scene.patience()) {
        Face::Fresh => strip,
        _ => strip.recast(Role::Stale),
    }
}

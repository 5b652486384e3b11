//! The Partitions page: every partition, narrowed and sorted, with the detail of the selected one.

use std::cmp::Reverse;

use ratatui::layout::Rect;

use crate::command::Command;
use crate::health::{self, Class, Judged, Writes};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::reading::Face;
use crate::model::text::Name;
use crate::model::topic::{Partition, Topic};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::lists::{is_thin, restless};
use crate::ui::page::brokers::why_empty;
use crate::ui::page::{Shown, partition_detail};
use crate::ui::scene::{Scene, unknown};
use crate::ui::screen::{ListId, RowKey, Scope};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::table::{Column, Fit, Row, Table};
use crate::ui::widget::{panel, shape};

/// From this width on the detail stands beside the list.
const BESIDE: u16 = 170;
/// From this height on it stands below.
const BELOW: u16 = 24;
/// How high it is there.
const DETAIL: u16 = 10;

/// Where the detail of a selected row goes, in a page of that size.
pub fn split(area: Rect, opened: bool) -> (Option<Rect>, Option<Rect>) {
    if area.width >= BESIDE {
        let left = Rect {
            width: area.width * 2 / 3,
            ..area
        };
        let right = Rect {
            x: left.right() + 1,
            width: area.width - left.width - 1,
            ..area
        };
        (Some(left), Some(right))
    } else if area.height >= BELOW {
        let top = Rect {
            height: area.height - DETAIL,
            ..area
        };
        let below = Rect {
            y: top.bottom(),
            height: DETAIL,
            ..area
        };
        (Some(top), Some(below))
    } else if opened {
        (None, Some(area))
    } else {
        (Some(area), None)
    }
}

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let selected = match scene.screen.selected_key(ListId::Partitions) {
        Some(RowKey::Partition(id)) => Some(id),
        _ => None,
    };
    let (list, detail) = split(area, scene.screen.detail && selected.is_some());
    if let Some(list) = list {
        table(canvas, list, scene, &mut shown);
    }
    if let Some(detail) = detail {
        partition_detail::draw(canvas, detail, scene, selected);
        if list.is_some_and(|list| list.right() < detail.x) {
            canvas.wall(detail.x - 1, area.y + 1, area.height.saturating_sub(1));
        }
    }
    shown
}

/// What the title says: the scope, the filter and what it hides, the order.
fn note(scene: &Scene) -> String {
    let view = &scene.screen.partitions;
    let rows = scene.screen.lists.rows(ListId::Partitions).len() as u64;
    let hidden = scene.screen.lists.hidden as u64;
    let mut parts = vec![text::count(rows)];
    match &view.scope {
        Scope::All => {}
        Scope::Topic(name) => {
            let name = text::middle(&name.to_string(), 24, scene.glyphs.cut);
            parts.push(format!("of topic {name}"));
        }
        Scope::Broker(id) => parts.push(format!("with a replica on broker {id}")),
    }
    if view.only_at_risk {
        parts.push("at risk only".to_owned());
    }
    if hidden > 0 {
        parts.push(format!("({} hidden)", text::count(hidden)));
    }
    let turned = if view.sort.reversed { " reversed" } else { "" };
    format!(
        "{} {} by {}{turned}",
        parts.join(" "),
        scene.glyphs.dot,
        view.sort.by.word()
    )
}

fn table(canvas: &mut Canvas, area: Rect, scene: &Scene, shown: &mut Shown) {
    let inner = panel::open(canvas, area, "Partitions", &note(scene), true);
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
    let view = &scene.screen.partitions;
    let hidden = scene.screen.lists.hidden;
    if hidden == 0 {
        let (words, role) = why_empty(scene);
        let words = if words == "None exist." {
            "No partition exists.".to_owned()
        } else {
            words
        };
        return (words, role);
    }
    let hides = text::plural(hidden, "partition");
    let back = scene.key(Command::Back).unwrap_or_default();
    let toggle = scene.key(Command::OnlyAtRisk).unwrap_or_default();
    if view.only_at_risk {
        (
            format!("No partition here is at risk; the filter hides {hides}: {toggle} shows all."),
            Role::Text,
        )
    } else {
        let what = match &view.scope {
            Scope::Broker(id) => format!("Broker {id} holds no replica"),
            Scope::Topic(name) => format!("Topic {name} is gone"),
            Scope::All => "None exist".to_owned(),
        };
        (
            format!("{what}; the filter hides {hides}: {back} leads back."),
            Role::Text,
        )
    }
}

fn columns(ids: Option<&[BrokerId]>) -> Vec<Column> {
    vec![
        Column::new("TOPIC", Fit::Name(20), 14),
        Column::new("P", Fit::Number, 2),
        Column::new("LEADER", Fit::Number, 6).leaving(3),
        Column::new("EPOCH", Fit::Number, 5).leaving(8),
        Column::new(&shape::head(ids), Fit::Word, 3).leaving(2),
        Column::new("IN SYNC", Fit::Number, 7),
        Column::new("MIN", Fit::Number, 3).leaving(6),
        Column::new("CLASS", Fit::Word, 14),
        Column::new("START", Fit::Number, 6).leaving(10),
        Column::new("END", Fit::Number, 6).leaving(9),
        Column::new("IN/s", Fit::Number, 5).leaving(4),
        Column::new("SIZE", Fit::Number, 5).leaving(5),
        Column::new("CHURN 15m", Fit::Number, 5).leaving(7),
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
            offset(scene, &partition.start),
            offset(scene, &partition.end),
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
    let (words, role) = match judged.class {
        Class::Offline => ("offline", Role::Bad),
        Class::UnderMinIsr if judged.writes == Writes::Stalled => ("writes stalled", Role::Bad),
        Class::UnderMinIsr => ("writes refused", Role::Bad),
        Class::AtMinIsr if is_thin(judged, partition) && judged.writes != Writes::Stalled => {
            ("no spare", Role::Dim)
        }
        _ if judged.writes == Writes::Stalled => ("writes stalled", Role::Bad),
        Class::AtMinIsr => ("one loss away", Role::Warn),
        Class::UnderReplicated => ("out of sync", Role::Warn),
        Class::Healthy => ("healthy", Role::Dim),
    };
    let strip = Strip::of(words, role);
    if judged.inferred {
        strip.and("?", Role::Unknown)
    } else {
        strip
    }
}

fn offset(scene: &Scene, reading: &crate::model::reading::Reading<i64>) -> Strip {
    scene.reading(reading, scene.patience(), |offset| {
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

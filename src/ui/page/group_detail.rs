//! The detail of one group: its partitions and its members.

use ratatui::layout::Rect;

use crate::model::group::{Group, GroupPartition, Lag, Member};
use crate::model::text::Name;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::Shown;
use crate::ui::page::detail::{Fact, facts, window};
use crate::ui::page::group_table;
use crate::ui::page::oldest_unread::OldestUnread;
use crate::ui::scene::{Scene, failure_word, none, unknown};
use crate::ui::screen::ListId;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::panel;
use crate::ui::widget::table::{Column, Fit, Row, Table};

/// From this width on, members stand beside the partitions.
const WIDE: u16 = 110;

/// Draws the detail of the selected group; while it takes the whole page its tables can be scrolled together.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene, group: Option<&Group>, shown: &mut Shown) {
    let Some(group) = group else {
        let inner = panel::open(canvas, area, "Detail", "", false);
        panel::empty(canvas, inner, "No group is selected.", Role::Dim);
        return;
    };
    let name = text::middle(
        &group.name.to_string(),
        area.width.saturating_sub(8),
        scene.glyphs.cut,
    );
    let inner = panel::open(canvas, area, &name, "", false);
    // An answer that was asked for goes first where there is little room.
    let oldest = OldestUnread::of(scene, group, inner.width);
    let room = inner.height.saturating_sub(oldest.height());
    let top = Rect {
        height: room.min(if area.width >= WIDE { 3 } else { 5 }),
        ..inner
    };
    facts(canvas, top, &lines(scene, group));
    let below = Rect {
        y: top.bottom(),
        height: oldest.height().min(inner.height - top.height),
        ..inner
    };
    oldest.draw(canvas, below);
    let rest = Rect {
        y: below.bottom(),
        height: inner.height - top.height - below.height,
        ..inner
    };
    let members_of = group.description.value().map_or(0, |told| told.members.len());
    let total = group.partitions.len().max(members_of);
    // The head of a table takes a line, and so does the count of what does not fit.
    let room = if area.width >= WIDE {
        rest.height
    } else {
        rest.height * 3 / 5
    };
    let window = window(scene, usize::from(room.saturating_sub(2)), total);
    shown.push((ListId::Detail, window));
    let from = window.top;
    if area.width >= WIDE {
        let left = Rect {
            width: rest.width / 2,
            ..rest
        };
        let right = Rect {
            x: left.right() + 1,
            width: rest.width - left.width - 1,
            ..rest
        };
        partitions(canvas, left, scene, group, from);
        members(canvas, right, scene, group, from);
    } else {
        let needed = u16::try_from(group.partitions.len())
            .unwrap_or(u16::MAX)
            .saturating_add(2);
        let half = Rect {
            height: needed.max(3).min(rest.height * 3 / 5),
            ..rest
        };
        let below = Rect {
            y: half.bottom(),
            height: rest.height - half.height,
            ..rest
        };
        partitions(canvas, half, scene, group, from);
        members(canvas, below, scene, group, from);
    }
}

fn lines(scene: &Scene, group: &Group) -> Vec<Fact> {
    let exact = match group.lag.records {
        Some(records) => {
            let number = text::exact(i64::try_from(records).unwrap_or(i64::MAX));
            let bound = if group.lag.complete { "" } else { ">=" };
            Strip::of(format!("{bound}{number} records"), Role::Text)
        }
        None => group_table::lag(scene, group),
    };
    let assignor = scene.reading(&group.description, scene.group_patience(), |description| {
        description
            .assignor
            .as_ref()
            .map_or_else(none, |assignor| Strip::of(assignor.to_string(), Role::Text))
    });
    let lost = crate::health::lost_records(group);
    let lost = match lost {
        0 => Strip::of("none known", Role::Dim),
        lost => {
            let number = text::exact(i64::try_from(lost).unwrap_or(i64::MAX));
            Strip::of(format!("{number} records deleted unread"), Role::Bad)
        }
    };
    vec![
        ("lag", exact),
        (
            "grows by",
            group_table::slope(scene, group).and(" records/s", Role::Dim),
        ),
        ("losing data", lost),
        ("state", group_table::state(scene, group)),
        ("assignor", assignor),
    ]
}

fn partitions(canvas: &mut Canvas, area: Rect, scene: &Scene, group: &Group, from: usize) {
    if let Some(failing) = group.commits.failing() {
        let words = format!(
            "Committed offsets: {}: {}",
            failure_word(failing.why.kind),
            failing.why
        );
        let area = panel::banner(canvas, area, &words);
        return partition_rows(canvas, area, scene, group, from);
    }
    partition_rows(canvas, area, scene, group, from);
}

fn partition_rows(canvas: &mut Canvas, area: Rect, scene: &Scene, group: &Group, from: usize) {
    if group.partitions.is_empty() {
        let words = if group.commits.value().is_some() {
            "It has committed no offset."
        } else {
            "Its committed offsets are not known."
        };
        panel::empty(canvas, area, words, Role::Dim);
        return;
    }
    // The furthest behind first: what does not fit matters least.
    let mut order: Vec<&GroupPartition> = group.partitions.iter().collect();
    order.sort_by_key(|partition| std::cmp::Reverse((partition.lost, partition.lag.known())));
    let table = Table {
        columns: vec![
            Column::new("TOPIC", Fit::Name(10), 10),
            Column::new("P", Fit::Number, 2),
            Column::new("COMMITTED", Fit::Number, 9).leaving(2),
            Column::new("END", Fit::Number, 9).leaving(3),
            Column::new("LAG", Fit::Number, 6),
            Column::new("LOST", Fit::Number, 4).leaving(4),
        ],
        list: None,
        from,
        total: order.len(),
        row: &|place| {
            order
                .get(place)
                .map_or_else(Row::default, |row| partition_row(row))
        },
    };
    let area = more(canvas, area, order.len().saturating_sub(from), "partition");
    table.draw(canvas, area, scene.screen);
}

fn partition_row(partition: &GroupPartition) -> Row {
    let offset =
        |offset: Option<i64>| offset.map_or_else(unknown, |offset| Strip::of(text::exact(offset), Role::Dim));
    let committed = match (partition.committed, partition.lag) {
        (None, Lag::NoCommit) => none(),
        (committed, _) => offset(committed),
    };
    let lag = match partition.lag {
        Lag::Known(lag) => Strip::of(text::exact(i64::try_from(lag).unwrap_or(i64::MAX)), Role::Text),
        Lag::NoCommit => none(),
        Lag::AboveEnd => Strip::of("commit above end", Role::Warn),
        Lag::Unread | Lag::Untold => unknown(),
    };
    Row {
        mark: (partition.lost > 0).then_some(Role::Bad),
        cells: vec![
            Strip::of(partition.topic.to_string(), Role::Text),
            Strip::of(partition.partition.to_string(), Role::Text),
            committed,
            offset(partition.end),
            lag,
            Strip::of(
                text::count(partition.lost),
                if partition.lost > 0 { Role::Bad } else { Role::Dim },
            ),
        ],
    }
}

fn members(canvas: &mut Canvas, area: Rect, scene: &Scene, group: &Group, from: usize) {
    let reading = &group.description;
    let Some(description) = reading.value() else {
        let words = reading.failing().map_or_else(
            || "Its members are not known.".to_owned(),
            |failing| format!("Members: {}: {}", failure_word(failing.why.kind), failing.why),
        );
        panel::empty(canvas, area, &words, Role::Unknown);
        return;
    };
    let area = match reading.failing() {
        None => area,
        Some(failing) => {
            let age = reading
                .age(scene.now())
                .map_or_else(String::new, |age| scene.span(age));
            panel::banner(canvas, area, &format!("Members as of {age} ago: {}", failing.why))
        }
    };
    if description.members.is_empty() {
        panel::empty(canvas, area, "It has no members.", Role::Dim);
        return;
    }
    let table = Table {
        columns: vec![
            Column::new("MEMBER", Fit::Name(10), 10),
            Column::new("HOST", Fit::Name(8), 8).leaving(2),
            Column::new("ASSIGNED", Fit::Name(12), 12),
        ],
        list: None,
        from,
        total: description.members.len(),
        row: &|place| {
            description
                .members
                .get(place)
                .map_or_else(Row::default, member_row)
        },
    };
    let area = more(
        canvas,
        area,
        description.members.len().saturating_sub(from),
        "member",
    );
    table.draw(canvas, area, scene.screen);
}

fn member_row(member: &Member) -> Row {
    let client = if member.client.raw().is_empty() {
        &member.id
    } else {
        &member.client
    };
    Row {
        mark: None,
        cells: vec![
            Strip::of(client.to_string(), Role::Text),
            Strip::of(member.host.to_string(), Role::Dim),
            member
                .assignment
                .as_ref()
                .map_or_else(unknown, |assigned| assignment(assigned)),
        ],
    }
}

fn assignment(assigned: &[(Name, Vec<i32>)]) -> Strip {
    if assigned.iter().all(|(_, partitions)| partitions.is_empty()) {
        return none();
    }
    let topics: Vec<String> = assigned
        .iter()
        .map(|(topic, partitions)| format!("{topic} {}", text::ranges(partitions)))
        .collect();
    Strip::of(topics.join(", "), Role::Text)
}

/// Says on the last line how many rows do not fit under the head, where some do not; gives the area that is left.
fn more(canvas: &mut Canvas, area: Rect, total: usize, what: &str) -> Rect {
    let room = usize::from(area.height.saturating_sub(1));
    if total <= room || area.height < 3 {
        return area;
    }
    let hidden = total - (room - 1);
    let words = Strip::of(format!("  and {} more", text::plural(hidden, what)), Role::Dim);
    canvas.strip(area.x, area.y + area.height - 1, area.width, &words);
    Rect {
        height: area.height - 1,
        ..area
    }
}

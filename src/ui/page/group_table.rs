//! The table of consumer groups, and the cells that tell of a group's lag.

use ratatui::layout::Rect;

use crate::health::{GroupTrouble, lost_records};
use crate::model::group::{Group, GroupKind, LagAge};
use crate::model::history::Fold;
use crate::model::observation::Ask;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::field::{Field, Subject};
use crate::ui::glyph::Glyphs;
use crate::ui::page::brokers::not_yet;
use crate::ui::page::{Shown, layout, oldest_unread};
use crate::ui::scene::{Scene, none, unknown};
use crate::ui::screen::{ListId, RowKey};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::widget::table::{Column, Fit, Row, Table};
use crate::ui::widget::{panel, trend};

/// What the title says of the groups: how many, and how many need eyes.
pub fn note(scene: &Scene) -> String {
    let groups = &scene.snapshot().groups;
    if !groups.read && groups.table.is_empty() {
        return String::new();
    }
    let count = text::count(groups.table.len() as u64);
    match scene.bulletin.health.groups.len() {
        0 => count,
        behind => format!("{count}, {behind} in trouble"),
    }
}

/// Draws the groups of `list`; `area` is below the title, which stands in `title_row`.
pub fn draw(
    canvas: &mut Canvas,
    area: Rect,
    title_row: Rect,
    scene: &Scene,
    list: ListId,
    shown: &mut Shown,
) {
    let groups = &scene.snapshot().groups;
    let area = if groups.unlisted.is_empty() {
        area
    } else {
        let ids: Vec<String> = groups.unlisted.iter().map(ToString::to_string).collect();
        let words = format!(
            "The groups of {} {} cannot be listed now; this list may lack some",
            if ids.len() == 1 { "broker" } else { "brokers" },
            ids.join(", ")
        );
        panel::banner(canvas, area, &words)
    };
    let rows = scene.screen.lists.rows(list);
    if rows.is_empty() {
        if let Some(words) = layout::all_hidden(scene, list) {
            panel::empty(canvas, area, &words, Role::Text);
            return;
        }
        let hidden = scene.snapshot().intake.lacks(Ask::AllGroups);
        let (words, role) = if !groups.read {
            ("Not read yet: no broker has listed its groups.", Role::Unknown)
        } else if hidden {
            ("No group that we may describe exists.", Role::Dim)
        } else if groups.unlisted.is_empty() {
            ("No consumer group exists.", Role::Dim)
        } else {
            ("The brokers that answer coordinate no group.", Role::Dim)
        };
        let words = if groups.read {
            words.to_owned()
        } else {
            not_yet(scene, words)
        };
        panel::empty(canvas, area, &words, role);
        return;
    }
    let bars = trend::bars_for(area.width);
    let history = &scene.snapshot().history;
    let area = if list == ListId::WorstGroups {
        total(canvas, area, scene)
    } else {
        area
    };
    let table = Table {
        columns: columns(list == ListId::Groups, bars, &scene.glyphs),
        list: Some(list),
        from: 0,
        total: rows.len(),
        row: &|place| match rows.get(place) {
            Some(RowKey::Group(name)) => groups.table.get(name).map_or_else(Row::default, |group| {
                let mut row = row(scene, group);
                // Each lag on its own scale: one of millions would flatten all others.
                let lag = history.groups.get(name);
                row.cells
                    .push(trend::line(history, lag, bars, Fold::Mean, None, &scene.glyphs));
                row
            }),
            _ => Row::default(),
        },
    };
    let window = table.draw(canvas, area, scene.screen);
    panel::range(canvas, title_row, window);
    shown.push((list, window));
}

/// How far all groups together are behind; gives the area below.
fn total(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Rect {
    if area.height < 8 {
        return area;
    }
    let history = &scene.snapshot().history;
    let mut strip = Strip::of("all together ", Role::Dim);
    strip.extend(together(scene));
    strip.push(" behind ", Role::Dim);
    let lag = Some(&history.cluster.lag);
    strip.extend(trend::line(history, lag, 15, Fold::Mean, None, &scene.glyphs));
    strip.push(format!(" {}", trend::WINDOW_WORDS), Role::Dim);
    canvas.strip(area.x + 3, area.y, area.width.saturating_sub(3), &strip);
    Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    }
}

/// The lag of all groups; a lower bound where that of some is not known, and `?` where that of none is.
fn together(scene: &Scene) -> Strip {
    let groups = scene.snapshot().groups.table.values();
    let known: Vec<u64> = groups.clone().filter_map(|group| group.lag.records).collect();
    if known.is_empty() && groups.len() > 0 {
        return unknown();
    }
    let sum = known.iter().fold(0, |sum: u64, lag| sum.saturating_add(*lag));
    let complete = groups
        .clone()
        .all(|group| group.lag.complete && group.lag.records.is_some());
    let bound = if complete { "" } else { ">=" };
    Strip::of(format!("{bound}{}", text::count(sum)), Role::Text)
}

/// The columns; on a page of its own the list keeps more of them.
fn columns(full: bool, bars: usize, glyphs: &Glyphs) -> Vec<Column> {
    let turn = |own: u8, panel: u8| if full { own } else { panel };
    let of = |field, fit, least| Column::of(Subject::Group, field, fit, least);
    vec![
        of(Field::Name, Fit::Name(16), 14),
        of(Field::State, Fit::Word, 6).leaving(turn(2, 2)),
        of(Field::Lag, Fit::Number, 6),
        of(Field::Slope, Fit::Number, 4),
        of(Field::Age, Fit::Number, 5).leaving(turn(1, 3)),
        of(Field::ClearsIn, Fit::Number, 9),
        of(Field::Lost, Fit::Number, 4).leaving(turn(3, 4)),
        of(Field::Members, Fit::Number, 7).leaving(turn(4, 5)),
        of(Field::Coordinator, Fit::Number, 5).leaving(turn(5, 7)),
        of(Field::Kind, Fit::Word, 7).leaving(turn(6, 8)),
        Column::new(
            &format!("lag {}", trend::WINDOW_WORDS),
            Fit::Word,
            trend::cells(bars, glyphs),
        )
        .leaving(turn(7, 6)),
    ]
}

fn row(scene: &Scene, group: &Group) -> Row {
    let mark = match scene.bulletin.health.groups.get(&group.name) {
        Some(GroupTrouble::LosesData { .. } | GroupTrouble::NearRetention(_)) => Some(Role::Bad),
        Some(_) => Some(Role::Warn),
        None => None,
    };
    let old = is_old(scene, group);
    let aged = |strip: Strip| if old { strip.recast(Role::Stale) } else { strip };
    Row {
        mark,
        cells: vec![
            Strip::of(group.name.to_string(), Role::Text),
            state(scene, group),
            aged(lag(scene, group)),
            aged(slope(scene, group)),
            oldest_unread::told_lately(scene, group).unwrap_or_else(|| aged(age(group))),
            aged(clears_in(scene, group)),
            aged(lost_cell(group)),
            members(scene, group),
            coordinator(scene, group),
            Strip::of(group.kind.word(), Role::Dim),
        ],
    }
}

/// Whether what is shown of a group's lag is older than it should be, or reading it fails.
fn is_old(scene: &Scene, group: &Group) -> bool {
    group.unlisted.is_some()
        || group.listed_at.age(scene.now()) > scene.group_patience()
        || (group.commits.value().is_some()
            && group
                .commits
                .fresh_value(scene.now(), scene.group_patience())
                .is_none())
}

/// The state in the protocol's word, with its age where the coordinator no longer tells.
pub fn state(scene: &Scene, group: &Group) -> Strip {
    let word = group.state.as_ref().map_or_else(unknown, |state| {
        Strip::of(state.to_string().to_lowercase(), Role::Dim)
    });
    let age = || format!(" {}", scene.age(group.listed_at));
    if group.unlisted.is_some() {
        Strip::of(scene.glyphs.down, Role::Warn)
            .and(word.plain(), Role::Stale)
            .and(age(), Role::Stale)
    } else if group.listed_at.age(scene.now()) > scene.group_patience() {
        word.recast(Role::Stale).and(age(), Role::Stale)
    } else {
        word
    }
}

/// The lag in records; `>=` before one that lacks a part.
pub fn lag(scene: &Scene, group: &Group) -> Strip {
    let failing = group.commits.failing().is_some();
    match (group.lag.records, group.lag.complete) {
        (Some(records), true) => Strip::of(text::count(records), Role::Text),
        (Some(records), false) => Strip::of(format!(">={}", text::count(records)), Role::Text),
        (None, _) if failing => Strip::of(scene.glyphs.down, Role::Warn),
        (None, _) => without_lag(group),
    }
}

/// What stands where there is no lag: none where the group has committed nothing, else it is not known.
/// Brokers before 4.1 tell nothing of the place of a share group.
fn without_lag(group: &Group) -> Strip {
    let told = group.commits.value().is_some();
    if group.kind == GroupKind::Share || (told && group.lag.complete) {
        none()
    } else {
        unknown()
    }
}

/// Whether it reads too slowly, or not at all.
fn behind(scene: &Scene, group: &Group) -> bool {
    let trouble = scene.bulletin.health.groups.get(&group.name);
    matches!(
        trouble,
        Some(GroupTrouble::FallsBehind(_) | GroupTrouble::Stalled { .. })
    )
}

/// How fast the lag moves.
pub fn slope(scene: &Scene, group: &Group) -> Strip {
    match (group.lag.records, group.trend.slope) {
        (None, _) => without_lag(group),
        (Some(_), None) => unknown(),
        (Some(_), Some(slope)) => {
            let role = if behind(scene, group) {
                Role::Warn
            } else {
                Role::Text
            };
            Strip::of(text::slope(slope), role)
        }
    }
}

/// The age of the oldest unread record.
pub fn age(group: &Group) -> Strip {
    match (group.lag.records, group.trend.age) {
        (None, _) => without_lag(group),
        (Some(0), _) => none(),
        (Some(_), None) => unknown(),
        (Some(_), Some(LagAge::About(age))) => Strip::of(age.to_string(), Role::Text),
        (Some(_), Some(LagAge::AtLeast(age))) => Strip::of(format!(">={age}"), Role::Text),
    }
}

/// When the lag is worked off at the present net rate.
pub fn clears_in(scene: &Scene, group: &Group) -> Strip {
    let empty = group
        .state
        .as_ref()
        .is_some_and(|state| matches!(state.raw(), "Empty" | "Dead"));
    match (group.lag.records, group.trend.slope) {
        (None, _) => without_lag(group),
        (Some(0), _) => none(),
        (Some(_), None) => unknown(),
        (Some(records), Some(slope)) => match group.trend.clears_in(records) {
            Some(span) => Strip::of(span.to_string(), Role::Text),
            None if behind(scene, group) => Strip::of("never", Role::Warn),
            // A burst, as far as is known.
            None if slope >= 1.0 => Strip::of("growing", Role::Dim),
            None if empty => Strip::of("idle", Role::Dim),
            None => Strip::of("steady", Role::Dim),
        },
    }
}

fn lost_cell(group: &Group) -> Strip {
    match lost_records(group) {
        0 if group.lag.records.is_none() => without_lag(group),
        0 => Strip::of("0", Role::Dim),
        lost => Strip::of(text::count(lost), Role::Bad),
    }
}

fn members(scene: &Scene, group: &Group) -> Strip {
    scene.reading(&group.description, scene.group_patience(), |description| {
        Strip::of(text::count(description.members.len() as u64), Role::Text)
    })
}

fn coordinator(scene: &Scene, group: &Group) -> Strip {
    let lost = crate::health::is_gone(scene.snapshot(), group.coordinator);
    if lost {
        Strip::of(format!("{}{}", scene.glyphs.down, group.coordinator), Role::Warn)
    } else {
        Strip::of(group.coordinator.to_string(), Role::Dim)
    }
}

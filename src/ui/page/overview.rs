//! The Overview page: brokers, what is at risk, and the groups.

use ratatui::layout::Rect;

use crate::ui::canvas::{Canvas, Strip};
use crate::ui::page::{
    Shown, alerts, brokers, event_detail, event_table, group_detail, group_table, keepers, partitions, topics,
};
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, Panel, RowKey};
use crate::ui::theme::Role;
use crate::ui::widget::panel;

/// From this width on, topics and groups stand beside each other.
const WIDE: u16 = 110;
/// Below this height only the panel that has the keys is drawn.
const SHORT: u16 = 11;

/// How many lines topics and groups have at least where they need them, before anything else is drawn beside them.
const KEPT: u16 = 13;

/// From this width on the events have a column of their own.
const COLUMN: u16 = 180;

/// How many lines the events have below the lists.
const EVENTS: u16 = 7;

/// The least height for a look into what is selected.
const PREVIEW: u16 = 12;

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let panel = scene.screen.panel;
    if area.height < SHORT {
        if panel == Panel::Brokers {
            brokers::draw(canvas, area, scene, &mut shown);
            others(canvas, area, scene, panel);
        } else {
            lower(canvas, area, scene, panel, true, &mut shown);
        }
        return shown;
    }
    let rows = u16::try_from(scene.snapshot().brokers.len().max(1)).unwrap_or(u16::MAX);
    let banner = u16::from(scene.metadata_is_old());
    let most = if panel == Panel::Brokers {
        area.height * 2 / 3
    } else {
        area.height / 2
    };
    let height = rows.saturating_add(2 + banner).min(most);
    let (top, rest) = split(area, height);
    brokers::draw(canvas, top, scene, &mut shown);
    let told = alerts::height(scene);
    let kept = kept(scene, area.width);
    let rest = if told > 0 && rest.height >= told + kept {
        let (lines, below) = split(rest, told);
        alerts::overview(canvas, lines, scene);
        below
    } else {
        rest
    };
    // One empty line where nothing else has to leave for it.
    let below = kept + keepers::height(scene) + EVENTS;
    let rest = if rest.height >= 24.max(below + 1) {
        split(rest, 1).1
    } else {
        rest
    };
    let (rest, column) = if area.width >= COLUMN {
        let left = Rect {
            width: rest.width * 7 / 10,
            ..rest
        };
        let right = Rect {
            x: left.right() + 1,
            width: rest.width - left.width - 1,
            ..rest
        };
        canvas.wall(left.right(), rest.y + 1, rest.height.saturating_sub(1));
        (left, Some(right))
    } else {
        (rest, None)
    };
    if let Some(column) = column {
        events_with_preview(canvas, column, scene, &mut shown);
    }
    let band = keepers::height(scene);
    let rest = if band > 0 && rest.height >= band + kept {
        let (upper, below) = split(rest, rest.height - band);
        keepers::draw(canvas, below, scene, None, &mut shown);
        upper
    } else {
        rest
    };
    // Where there is no column of its own for them, the newest events stand below, if both lists have room.
    let rest = if column.is_none() && area.width >= WIDE && rest.height >= EVENTS + kept {
        let (upper, below) = split(rest, rest.height - EVENTS);
        events(canvas, below, scene, &mut shown);
        upper
    } else {
        rest
    };
    if area.width >= WIDE {
        let left = Rect {
            width: rest.width * 13 / 25,
            ..rest
        };
        let right = Rect {
            x: left.right() + 1,
            width: rest.width - left.width - 1,
            ..rest
        };
        let topics = scene.screen.lists.rows(ListId::Topics).len();
        let groups = scene.screen.lists.rows(ListId::WorstGroups).len();
        // Both lists end at the same line, the longer of them deciding.
        let list = u16::try_from(topics.max(groups))
            .unwrap_or(u16::MAX)
            .saturating_add(7)
            .clamp(10, (rest.height / 2).max(10));
        with_preview(canvas, left, list, scene, Panel::Topics, &mut shown);
        with_preview(canvas, right, list, scene, Panel::Groups, &mut shown);
        canvas.wall(left.right(), rest.y + 1, rest.height.saturating_sub(1));
    } else {
        lower(canvas, rest, scene, lower_panel(scene), true, &mut shown);
    }
    shown
}

/// How many lines topics and groups need: no more than they have rows, and no more than is kept for them.
fn kept(scene: &Scene, width: u16) -> u16 {
    /// A title, heads, and lines of counts.
    const AROUND: usize = 5;
    let rows = |list| scene.screen.lists.rows(list).len();
    let (topics, groups) = (rows(ListId::Topics), rows(ListId::WorstGroups));
    let most = if width >= WIDE {
        topics.max(groups)
    } else {
        rows(lower_panel(scene).list())
    };
    u16::try_from(most.max(1).saturating_add(AROUND))
        .unwrap_or(KEPT)
        .min(KEPT)
}

/// Draws one of the lower panels, and below it what its selected row holds, where there is room for both.
fn with_preview(canvas: &mut Canvas, area: Rect, list: u16, scene: &Scene, panel: Panel, shown: &mut Shown) {
    if area.height < list + PREVIEW {
        return lower(canvas, area, scene, panel, false, shown);
    }
    let (list, preview) = split(area, list);
    lower(canvas, list, scene, panel, false, shown);
    match scene.screen.selected_key(panel.list()) {
        Some(RowKey::Topic(name)) => partitions::preview(canvas, preview, scene, name),
        Some(RowKey::Group(name)) => {
            let group = scene.snapshot().groups.table.get(name);
            group_detail::draw(canvas, preview, scene, group.map(|group| &**group), shown);
        }
        _ => {}
    }
}

/// Draws the newest events, and below them the whole of the selected one, where there is room for both.
fn events_with_preview(canvas: &mut Canvas, area: Rect, scene: &Scene, shown: &mut Shown) {
    let rows = scene.screen.lists.rows(ListId::Latest).len();
    let list = u16::try_from(rows)
        .unwrap_or(u16::MAX)
        .saturating_add(3)
        .clamp(10, (area.height / 2).max(10));
    let event = match scene.screen.selected_key(ListId::Latest) {
        Some(RowKey::Event(id)) => scene.snapshot().events.get(*id),
        _ => None,
    };
    if event.is_none() || area.height < list + PREVIEW {
        return events(canvas, area, scene, shown);
    }
    let (list, preview) = split(area, list);
    events(canvas, list, scene, shown);
    event_detail::draw(canvas, preview, scene, event.map(|event| &**event), shown);
}

/// Draws the newest events.
fn events(canvas: &mut Canvas, area: Rect, scene: &Scene, shown: &mut Shown) {
    let focused = scene.screen.focus() == ListId::Latest;
    let note = match scene.snapshot().events.len() {
        0 => String::new(),
        events => events.to_string(),
    };
    let inner = panel::open(canvas, area, "Events", &note, focused);
    event_table::draw(canvas, inner, area, scene, ListId::Latest, shown);
}

/// The list to show below the brokers where there is room for one: the one that has the keys, else what is
/// at risk, else the groups.
fn lower_panel(scene: &Scene) -> Panel {
    match scene.screen.panel {
        Panel::Brokers
            if scene.screen.lists.at_risk.is_empty() && !scene.bulletin.health.groups.is_empty() =>
        {
            Panel::Groups
        }
        Panel::Brokers => Panel::Topics,
        other => other,
    }
}

fn split(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let top = Rect { height, ..area };
    let rest = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    (top, rest)
}

/// Draws one of the lower panels; where it stands alone, its title names the others too.
fn lower(canvas: &mut Canvas, area: Rect, scene: &Scene, panel: Panel, alone: bool, shown: &mut Shown) {
    let focused = scene.screen.focus() == panel.list();
    let (title, note) = match panel {
        Panel::Groups => ("Groups", group_table::note(scene)),
        Panel::Events => return events(canvas, area, scene, shown),
        _ => ("Topics", topics::note(scene)),
    };
    let inner = panel::open(canvas, area, title, &note, focused);
    let taken = if alone {
        others(canvas, area, scene, panel)
    } else {
        0
    };
    let title_row = Rect {
        width: area.width.saturating_sub(taken),
        ..area
    };
    if panel == Panel::Groups {
        group_table::draw(canvas, inner, title_row, scene, ListId::WorstGroups, shown);
    } else {
        let inner = topics::counts(canvas, inner, scene);
        topics::table(canvas, inner, title_row, scene, ListId::Topics, shown);
    }
}

/// Names the panel that does not fit beside this one, with what needs eyes there; gives the cells taken.
fn others(canvas: &mut Canvas, area: Rect, scene: &Scene, panel: Panel) -> u16 {
    let Some(key) = scene.key(crate::command::Command::NextPanel) else {
        return 0;
    };
    let mut strip = Strip::of(format!(" {key}"), Role::Key);
    let all = [
        (Panel::Topics, "Topics", scene.screen.lists.at_risk.len()),
        (Panel::Groups, "Groups", scene.bulletin.health.groups.len()),
        (Panel::Events, "Events", 0),
    ];
    for (_, title, count) in all.into_iter().filter(|(other, ..)| *other != panel) {
        strip.push(format!(" {title}"), Role::Dim);
        if count > 0 {
            strip.push(format!(" {count}!"), Role::Warn);
        }
    }
    strip.push(" ", Role::Dim);
    if panel::tag_right(canvas, area, &strip) {
        strip.width() + 1
    } else {
        0
    }
}

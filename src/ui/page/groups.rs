//! The Groups page: every consumer group, with the detail of the selected one.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::page::{Shown, group_detail, group_table, partitions};
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, RowKey};
use crate::ui::widget::panel;

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let group = match scene.screen.selected_key(ListId::Groups) {
        Some(RowKey::Group(name)) => scene.snapshot().groups.table.get(name),
        _ => None,
    };
    let (list, detail) = split(area, scene.screen.detail && group.is_some());
    if let Some(list) = list {
        let sort = scene.screen.groups;
        let turned = if sort.reversed { " reversed" } else { "" };
        let note = group_table::note(scene);
        let dot = scene.glyphs.dot;
        let note = if note.is_empty() {
            note
        } else {
            format!("{note} {dot} by {}{turned}", sort.by.word())
        };
        let inner = panel::open(canvas, list, "Groups", &note, true);
        group_table::draw(canvas, inner, list, scene, ListId::Groups, &mut shown);
    }
    if let Some(detail) = detail {
        group_detail::draw(canvas, detail, scene, group.map(|group| &**group));
        if list.is_some_and(|list| list.right() < detail.x) {
            canvas.wall(detail.x - 1, area.y + 1, area.height.saturating_sub(1));
        }
    }
    shown
}

/// The detail of a group is long: below the list it takes more than a partition's.
fn split(area: Rect, opened: bool) -> (Option<Rect>, Option<Rect>) {
    let (list, detail) = partitions::split(area, opened);
    match (list, detail) {
        (Some(list), Some(detail)) if detail.y > list.y => {
            let height = area.height / 2;
            let top = Rect {
                height: area.height - height,
                ..area
            };
            let below = Rect {
                y: top.bottom(),
                height,
                ..area
            };
            (Some(top), Some(below))
        }
        other => other,
    }
}

//! The Groups page: every consumer group, with the detail of the selected one.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::page::{Shown, group_detail, group_table, layout};
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
    // The detail of a group is long: below the list it takes half of the page.
    let places = layout::places(area, scene.screen.detail && group.is_some(), u16::MAX);
    if let Some(list) = places.list {
        let behind = match scene.bulletin.health.groups.len() {
            0 => String::new(),
            behind => format!("groups, {behind} in trouble"),
        };
        let note = layout::note(scene, ListId::Groups, &behind);
        let inner = panel::open(canvas, list, "Groups", &note, true);
        group_table::draw(canvas, inner, list, scene, ListId::Groups, &mut shown);
    }
    if let Some(detail) = places.detail {
        group_detail::draw(canvas, detail, scene, group.map(|group| &**group), &mut shown);
        layout::wall(canvas, area, places);
    }
    shown
}

//! The Events page: what happened since kaftop looks, the newest first, with the detail of the selected event.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::page::{Shown, event_detail, event_table, layout};
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, RowKey};
use crate::ui::widget::panel;

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let event = match scene.screen.selected_key(ListId::Events) {
        Some(RowKey::Event(id)) => scene.snapshot().events.get(*id),
        _ => None,
    };
    let places = layout::places(area, scene.screen.detail && event.is_some(), u16::MAX);
    if let Some(list) = places.list {
        let left_out = match scene.snapshot().events.left_out() {
            0 => String::new(),
            older => format!("events, {older} older ones forgotten"),
        };
        let note = layout::note(scene, ListId::Events, &left_out);
        let inner = panel::open(canvas, list, "Events", &note, true);
        event_table::draw(canvas, inner, list, scene, ListId::Events, &mut shown);
    }
    if let Some(detail) = places.detail {
        event_detail::draw(canvas, detail, scene, event.map(|event| &**event), &mut shown);
        layout::wall(canvas, area, places);
    }
    shown
}

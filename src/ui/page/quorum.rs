//! The Quorum page: those who keep the cluster's metadata, with the detail of the selected one.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::page::{Shown, keeper_detail, keepers, layout};
use crate::ui::scene::Scene;
use crate::ui::screen::ListId;

/// How many lines the detail of a node has below the list.
const DETAIL: u16 = 14;

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    let key = scene.screen.selected_key(ListId::Keepers);
    if key.is_none() {
        keepers::draw(canvas, area, scene, Some(ListId::Keepers), &mut shown);
        return shown;
    }
    let places = layout::places(area, scene.screen.detail, DETAIL);
    if let Some(list) = places.list {
        keepers::draw(canvas, list, scene, Some(ListId::Keepers), &mut shown);
    }
    if let Some(detail) = places.detail {
        keeper_detail::draw(canvas, detail, scene, key, &mut shown);
        layout::wall(canvas, area, places);
    }
    shown
}

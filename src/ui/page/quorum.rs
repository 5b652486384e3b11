//! The Quorum page: those who keep the cluster's metadata.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::page::{Shown, keepers};
use crate::ui::scene::Scene;
use crate::ui::screen::ListId;

/// Draws the page; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Shown {
    let mut shown = Shown::new();
    keepers::draw(canvas, area, scene, Some(ListId::Keepers), &mut shown);
    shown
}

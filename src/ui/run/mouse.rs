//! What the mouse means.

use std::time::Instant;

use ratatui::layout::Position;

use super::Session;
use crate::ui::inbox::{Gesture, Mouse};
use crate::ui::update::{Effect, click, wheel};

impl Session {
    /// A click or a turn of the wheel; true where the user leaves.
    pub(super) fn mouse(&mut self, mouse: Mouse, now: Instant) -> bool {
        let covered = self.screen.prompt.is_some() || self.screen.acts.dialog.is_some();
        if self.settings.how_to_connect.is_some() || covered {
            return false;
        }
        let place = Position::new(mouse.x, mouse.y);
        let hit = self.hits.iter().rev().find(|(area, _)| area.contains(place));
        let hit = hit.map(|(_, hit)| hit.clone());
        let effect = match (mouse.does, hit) {
            (Gesture::Click, Some(hit)) => click(&mut self.screen, &hit),
            (Gesture::Click, None) => Effect::None,
            (Gesture::WheelUp, hit) => wheel(&mut self.screen, hit.as_ref(), false),
            (Gesture::WheelDown, hit) => wheel(&mut self.screen, hit.as_ref(), true),
        };
        self.follow(effect, now)
    }
}

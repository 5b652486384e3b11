//! How the screen's theme is chosen while it is shown, and what is told as it opens.

use crate::ui::background::Ground;
use crate::ui::screen::Screen;
use crate::ui::settings::UiSettings;

use super::Session;

/// The screen as it opens, with what is worth telling then.
pub(super) fn opening(settings: &UiSettings) -> Screen {
    Screen {
        toast: (!settings.notices.is_empty()).then(|| settings.notices.join("; ")),
        ..Screen::default()
    }
}

impl Session {
    /// Takes the next theme, and says which one it is.
    pub(super) fn next_theme(&mut self) {
        self.settings.looks.next();
        let name = self.settings.looks.name().to_owned();
        let printable = crate::model::text::printable(&name);
        self.screen.toast = Some(format!("Theme {printable}."));
        self.wear();
    }

    /// Takes what the terminal told of its background.
    pub(super) fn lie_on(&mut self, ground: Ground) {
        self.settings.looks.ground = ground;
        self.wear();
    }

    fn wear(&mut self) {
        self.theme = self.settings.looks.theme();
        self.dirty = true;
    }
}

//! What a key means: to the dialog that is open, to what is typed, or by the keymap.

use std::time::Instant;

use super::Session;
use crate::command::{Chord, Command, Fed, Key};
use crate::ui::prompt;
use crate::ui::update::update;

impl Session {
    /// Takes a key; true where the user leaves.
    pub(super) fn key(&mut self, chord: Chord, now: Instant) -> bool {
        let interrupt = chord.ctrl && chord.key == Key::Char('c');
        if !interrupt && self.in_dialog(chord, now) {
            return false;
        }
        if self.screen.prompt.is_some() && !interrupt {
            let effect = prompt::press(&mut self.screen, chord);
            return self.follow(effect, now);
        }
        let context = self.screen.context();
        let fed = self.keymap.feed(&mut self.pending, context, chord, now);
        let half = self.pending.typed(now);
        self.dirty |= self.screen.half != half;
        self.screen.half = half;
        let Fed::Asked(command) = fed else {
            return false;
        };
        let without_cluster = matches!(
            command,
            Command::Help
                | Command::Quit
                | Command::Redraw
                | Command::NextTheme
                | Command::Back
                | Command::Up
                | Command::Down
                | Command::PageUp
                | Command::PageDown
                | Command::First
                | Command::Last
        );
        if self.settings.how_to_connect.is_some() && !without_cluster {
            return false;
        }
        let effect = update(&mut self.screen, command);
        self.follow(effect, now)
    }
}

//! The screen without a terminal, for measuring: the same turns of the loop and the same frames, into memory.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::{mpsc, watch};

use crate::command::Chord;
use crate::health::Bulletin;

use super::UiError;
use super::inbox::Wake;
use super::run::Session;
use super::settings::UiSettings;
use super::sorter::Sorter;

/// Wakes that may wait; the rehearsal looks at everything in each turn anyway.
const ROOM: usize = 8;

/// A screen in memory.
pub struct Rehearsal {
    session: Session,
    bulletins: watch::Sender<Option<Arc<Bulletin>>>,
    woken: Receiver<Wake>,
    shown: Buffer,
}

impl Rehearsal {
    /// A screen of that size.
    ///
    /// # Errors
    /// The thread that makes rows cannot be started.
    pub fn new(width: u16, height: u16) -> Result<Self, UiError> {
        let (bulletins, newest) = watch::channel(None);
        // Nobody answers questions here.
        let (asker, _) = mpsc::channel(1);
        let (wake, woken) = sync_channel(ROOM);
        let sorter = Sorter::start(wake).map_err(|source| UiError::Terminal {
            doing: "starting the thread that sorts rows",
            source,
        })?;
        Ok(Self {
            session: Session::new(newest, asker, UiSettings::default(), sorter, Instant::now()),
            bulletins,
            woken,
            shown: Buffer::empty(Rect::new(0, 0, width, height)),
        })
    }

    /// Publishes a bulletin to it.
    pub fn publish(&self, bulletin: Bulletin) {
        self.bulletins.send_replace(Some(Arc::new(bulletin)));
    }

    /// Presses a key, as a keymap writes it; one that no keymap could hold is passed over.
    ///
    /// # Errors
    /// None that a key can cause.
    pub fn press(&mut self, key: &str) -> Result<(), UiError> {
        if let Ok(chord) = key.parse::<Chord>() {
            self.session.take(Wake::Key(chord), Instant::now())?;
        }
        Ok(())
    }

    /// One turn of the loop: how long the frame took, with the search for the cells that it changes; none where there
    /// was nothing to draw.
    ///
    /// # Errors
    /// The thread that makes rows died.
    pub fn turn(&mut self) -> Result<Option<Duration>, UiError> {
        while self.woken.try_recv().is_ok() {}
        let began = Instant::now();
        self.session.look(began);
        self.session.take_rows()?;
        if !self.session.is_dirty() {
            return Ok(None);
        }
        self.frame();
        Ok(Some(began.elapsed()))
    }

    /// Presses a key that asks for other rows of a large cluster: how long until the frame that shows them; none where
    /// they did not come in time.
    ///
    /// # Errors
    /// The thread that makes rows died.
    pub fn narrow(&mut self, key: &str, patience: Duration) -> Result<Option<Duration>, UiError> {
        let began = Instant::now();
        self.press(key)?;
        while let Some(left) = patience.checked_sub(began.elapsed()) {
            // The rows are looked for after every wake, and once more after the last of them.
            let _woken = self.woken.recv_timeout(left);
            if self.session.take_rows()? {
                self.frame();
                return Ok(Some(began.elapsed()));
            }
        }
        Ok(None)
    }

    fn frame(&mut self) {
        let mut frame = Buffer::empty(self.shown.area);
        self.session.draw(&mut frame, Instant::now());
        // What the terminal would be sent.
        let _changed = self.shown.diff(&frame).len();
        self.shown = frame;
    }

    /// What stands on the screen, a line per row.
    pub fn text(&self) -> String {
        let width = usize::from(self.shown.area.width).max(1);
        let rows = self.shown.content.chunks(width);
        let lines: Vec<String> = rows
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
            .collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    #[test]
    fn it_shows_what_the_screen_shows() {
        let mut rehearsal = Rehearsal::new(120, 40).unwrap();
        rehearsal.publish(fixture::degraded());
        assert!(rehearsal.turn().unwrap().is_some());
        assert!(rehearsal.text().contains("DEGRADED"), "{}", rehearsal.text());
        assert_eq!(rehearsal.turn().unwrap(), None);
        rehearsal.press("4").unwrap();
        rehearsal.turn().unwrap();
        assert!(rehearsal.text().contains("by harm"), "{}", rehearsal.text());
    }
}

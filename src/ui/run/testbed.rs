//! The screen's loop without a terminal, on the wires of a whole kaftop: a turn does what a turn of [`run`](super::run) does.

use std::sync::Arc;
use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::watch;

use super::logs::Logs;
use super::{Asks, Session};
use crate::health::Bulletin;
use crate::ui::inbox::{Inbox, Wake};
use crate::ui::settings::UiSettings;
use crate::ui::sorter::Sorter;

/// A screen of 120 columns and 40 rows.
pub(crate) struct Live {
    session: Session,
    inbox: Inbox,
    shown: Buffer,
}

impl Live {
    pub(crate) fn new(bulletins: watch::Receiver<Option<Arc<Bulletin>>>, asks: Asks, inbox: Inbox) -> Self {
        let sorter = Sorter::start(inbox.input()).unwrap();
        let mut settings = UiSettings::default();
        settings.standing.read_only = false;
        let mut session = Session::new(bulletins, asks.questions, settings, sorter, Instant::now());
        session.wishes = Some(asks.wishes);
        session.logs = Logs::of(asks.logs);
        Self {
            session,
            inbox,
            shown: Buffer::empty(Rect::new(0, 0, 120, 40)),
        }
    }

    /// Presses a key; the frame that follows.
    pub(crate) fn press(&mut self, key: &str) -> String {
        let left = self.session.take(Wake::Key(key.parse().unwrap()), Instant::now());
        assert!(!left.unwrap(), "{key} leaves");
        self.turn()
    }

    /// One turn of the loop, which waits for nothing; the frame.
    pub(crate) fn turn(&mut self) -> String {
        let now = Instant::now();
        while let Some(wake) = self.inbox.next() {
            self.session.take(wake, now).unwrap();
        }
        if self.inbox.take_news() {
            self.session.look(now);
            self.session.hear_news(&self.inbox);
        }
        self.session.take_rows().unwrap();
        self.session.ask_for_log();
        let mut frame = Buffer::empty(self.shown.area);
        self.session.draw(&mut frame, now);
        self.shown = frame;
        let rows = self.shown.content.chunks(120);
        let lines: Vec<String> = rows
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
            .collect();
        lines.join("\n")
    }
}

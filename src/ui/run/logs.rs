//! The log that is looked at: what is asked of its reader, and what comes of it.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::Session;
use crate::model::log::{LogFeed, LogRequest};
use crate::ui::acts::aim;
use crate::ui::screen::RowKey;

/// Where outputs are asked for, and what was asked for last.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// None where nobody reads any.
    reader: Option<mpsc::Sender<LogRequest>>,
    asked: Option<LogRequest>,
}

impl Logs {
    pub(super) fn of(reader: mpsc::Sender<LogRequest>) -> Self {
        Self {
            reader: Some(reader),
            asked: None,
        }
    }
}

impl Session {
    /// Opens the log of the node that a row is about.
    pub(super) fn read_log(&mut self, row: Option<RowKey>) {
        if let Some(bulletin) = &self.bulletin {
            let row = aim(row, bulletin, self.screen.page());
            self.screen.read_log(row, &bulletin.snapshot);
        }
        self.dirty = true;
    }

    /// Asks for what the log that is open needs, where that is not what was asked for last: also where the node has another
    /// container by now. What cannot be asked now is asked later.
    pub(super) fn ask_for_log(&mut self) {
        let wanted = match (&self.screen.log, &self.bulletin) {
            (Some(log), Some(bulletin)) => LogRequest::Follow(log.source(&bulletin.snapshot)),
            _ => LogRequest::Leave,
        };
        let is_new = match &self.logs.asked {
            None => wanted != LogRequest::Leave,
            Some(asked) => *asked != wanted,
        };
        if !is_new {
            return;
        }
        if let Some(reader) = &self.logs.reader
            && reader.try_send(wanted.clone()).is_ok()
        {
            self.logs.asked = Some(wanted);
        }
    }

    /// Takes what was read of the log; a screen that stands still takes nothing.
    pub(super) fn hear_log(&mut self, feed: Option<Arc<LogFeed>>) {
        let stands = self.missed.is_some();
        if let Some(log) = self.screen.log.as_mut().filter(|_| !stands) {
            self.dirty |= log.take(feed);
        }
    }
}

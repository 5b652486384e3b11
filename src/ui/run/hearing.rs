//! What others tell the screen beside bulletins.

use super::Session;
use crate::ui::inbox::{Inbox, LogNews};

impl Session {
    /// Takes what was told since the last call.
    pub(super) fn hear_news(&mut self, inbox: &Inbox) {
        if let Some(story) = inbox.take_story() {
            self.screen.hear(story);
            self.dirty = true;
        }
        for reply in inbox.take_replies() {
            self.hear(reply);
        }
        if let Some(ways) = inbox.take_ways() {
            self.screen.ways = ways;
            self.dirty = true;
        }
        if let Some(LogNews(feed)) = inbox.take_log() {
            self.hear_log(feed);
        }
    }
}

//! What a key asks of the alert engine.

use super::Session;
use crate::model::alert::{Alert, AlertKey, Order};
use crate::model::question::Question;
use crate::model::time::At;

impl Session {
    /// Asks the engine for something about an alert that is still there.
    pub(super) fn handle(&mut self, key: &AlertKey, what: fn(&Alert, At) -> (Order, &'static str)) {
        let Some(bulletin) = &self.bulletin else { return };
        let Some(alert) = bulletin.alerts.find(key) else {
            return;
        };
        let (order, words) = what(alert, bulletin.snapshot.now());
        let sent = self.questions.try_send(Question::Order(order)).is_ok();
        let words = if sent {
            words
        } else {
            "What was asked before is still under way; ask again in a moment."
        };
        self.screen.toast = Some(words.to_owned());
        self.dirty = true;
    }
}

//! What a key asks of others: of the alert engine, of the brokers, of the clipboard.

use super::Session;
use crate::model::alert::{Alert, AlertKey, Order};
use crate::model::question::Question;
use crate::model::time::At;
use crate::ui::handling::{acknowledgement, silence, silence_ends};
use crate::ui::prompt::Prompt;
use crate::ui::prompt::line::Line;
use crate::ui::prompt::silence::{Asked, Hush};
use crate::ui::screen::RowKey;
use crate::ui::{rows, text};

impl Session {
    /// Asks the engine for something about an alert that is still there.
    fn handle(&mut self, key: &AlertKey, what: impl FnOnce(&Alert, At) -> (Order, String)) {
        let Some(bulletin) = &self.bulletin else { return };
        let Some(alert) = bulletin.alerts.find(key) else {
            return;
        };
        let (order, words) = what(alert, bulletin.snapshot.now());
        let sent = self.questions.try_send(Question::Order(order)).is_ok();
        let words = if sent {
            words
        } else {
            "What was asked before is still under way; ask again in a moment.".to_owned()
        };
        self.screen.toast = Some(words);
        self.dirty = true;
    }

    /// Takes note of an alert, or takes that back.
    pub(super) fn acknowledge(&mut self, key: &AlertKey) {
        self.handle(key, acknowledgement);
    }

    /// Silences an alert.
    pub(super) fn hush(&mut self, key: &AlertKey, hush: Hush) {
        self.handle(key, |alert, now| silence(alert, hush, now));
    }

    /// Ends the silence of an alert, or opens the line in which it is typed how long it is to be silent.
    pub(super) fn silence(&mut self, key: AlertKey) {
        let Some(bulletin) = &self.bulletin else { return };
        let alert = bulletin.alerts.find(&key);
        if alert.is_some_and(|alert| alert.handling.silenced.is_some()) {
            self.handle(&key, silence_ends);
            return;
        }
        let line = Line::default();
        self.screen.prompt = Some(Prompt::Silence(Asked { key, line }));
        self.dirty = true;
    }

    /// Asks the brokers.
    pub(super) fn ask(&mut self, question: Question) {
        // An order is sent where it is given, and has no answer.
        if matches!(question, Question::Order(_)) {
            return;
        }
        let sent = self.questions.try_send(question.clone()).is_ok();
        self.screen.asked(question, sent);
        self.dirty = true;
    }

    /// Gives rows to the clipboard.
    pub(super) fn copy(&mut self, rows: &[RowKey]) {
        let Some(bulletin) = &self.bulletin else {
            return;
        };
        let text = rows::copy::text(bulletin, rows);
        let lines = text::plural(rows.len(), "row");
        self.screen.toast = Some(format!(
            "{lines} sent to the clipboard (OSC 52: the terminal may not allow it)."
        ));
        self.copied = Some(text);
        self.dirty = true;
    }

    /// Gives lines of a log to the clipboard.
    pub(super) fn copy_text(&mut self, text: String) {
        let lines = text::plural(text.lines().count(), "line");
        self.screen.toast = Some(format!(
            "{lines} sent to the clipboard (OSC 52: the terminal may not allow it)."
        ));
        self.copied = Some(text);
        self.dirty = true;
    }
}

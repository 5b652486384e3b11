//! Acts in the loop: what is wished of the gate, and what it replies.

use std::time::Instant;

use crate::command::{Chord, Command};
use crate::health::Bulletin;
use crate::model::act::Deed;
use crate::model::progress::{Control, Reply, Wish};
use crate::model::time::At;
use crate::ui::acts::{Heard, aim, deed};
use crate::ui::screen::RowKey;
use crate::ui::undo::undoing;

use super::Session;

impl Session {
    /// A key while a dialog is open; whether it is.
    pub(super) fn in_dialog(&mut self, chord: Chord, now: Instant) -> bool {
        if self.screen.acts.dialog.is_none() {
            return false;
        }
        self.dirty = true;
        let at = self.moment(now);
        if let Some(plan) = self.screen.acts.press(chord, at) {
            self.wish(Wish::Do(plan));
        }
        true
    }

    /// What is open has been drawn, and can be read from now on.
    pub(super) fn dialog_is_drawn(&mut self, now: Instant) {
        let at = self.moment(now);
        if let Some(dialog) = &mut self.screen.acts.dialog {
            dialog.drawn(at);
        }
    }

    /// Asks once, when the cluster is known, what kaftop has left undone.
    pub(super) fn ask_for_leftovers(&mut self, newest: &Bulletin) {
        if newest.snapshot.cluster.id.is_some()
            && let Some(wishes) = &self.wishes
            && let Some(wish) = self.first_wish.take()
        {
            // Nobody listens where nothing can be done.
            drop(wishes.try_send(wish));
        }
    }

    /// The moment, for the dialog.
    fn moment(&self, now: Instant) -> At {
        At(0).plus(now.saturating_duration_since(self.began).into())
    }

    /// Asks for the plan of an act.
    pub(super) fn act(&mut self, command: Command, row: Option<&RowKey>) {
        self.dirty = true;
        let Some(bulletin) = self.bulletin.clone() else {
            return;
        };
        let row = match command {
            // These are about no node.
            Command::ElectLeaders | Command::Roll => row.cloned(),
            _ => aim(row.cloned(), &bulletin, self.screen.page()),
        };
        match deed(command, row.as_ref(), &bulletin.snapshot) {
            Ok(deed) => self.plan(deed),
            Err(why) => self.screen.toast = Some(why),
        }
    }

    fn plan(&mut self, deed: Deed) {
        let act = self.screen.acts.ask(deed);
        self.looks_at(&act.deed.to_string());
        self.wish(Wish::Plan(act));
    }

    /// Undoes the oldest of what an earlier run left.
    pub(super) fn undo(&mut self) {
        self.dirty = true;
        let Some(left) = self.screen.acts.to_undo().cloned() else {
            self.screen.toast = Some("No earlier run of kaftop has left anything undone here.".to_owned());
            return;
        };
        self.looks_at(&format!("{} {}", undoing(&left).word(), left.node));
        self.wish(Wish::Undo(left));
    }

    /// Steers an act that goes on.
    pub(super) fn steer(&mut self, number: u64, how: Control) {
        self.dirty = true;
        self.wish(Wish::Steer(number, how));
    }

    fn looks_at(&mut self, what: &str) {
        self.screen.toast = Some(format!("Looking at what it means to {what} ..."));
        self.screen.acts.is_looking = true;
    }

    fn wish(&mut self, wish: Wish) {
        let sent = self
            .wishes
            .as_ref()
            .is_some_and(|wishes| wishes.try_send(wish).is_ok());
        if !sent {
            self.screen.acts.dialog = None;
            self.screen.toast =
                Some("Nothing can be done here: too much is under way, or there is no gate.".to_owned());
        }
    }

    /// The gate replied.
    pub(super) fn hear(&mut self, reply: Reply) {
        let is_journal = matches!(reply, Reply::Leftovers(_));
        match self.screen.acts.hear(reply) {
            Heard::Nothing => return,
            // What was refused stays to be read while another act goes on.
            Heard::Draw if is_journal || !self.screen.acts.is_looking => {}
            Heard::Draw => {
                self.screen.toast = None;
                self.screen.acts.is_looking = false;
            }
            Heard::Toast(line) => {
                self.screen.toast = Some(line);
                self.screen.acts.is_looking = false;
                self.ask_what_is_left();
            }
        }
        self.dirty = true;
    }

    /// An act has ended or was refused: what of the offer is left by now, the journal tells.
    fn ask_what_is_left(&self) {
        if let Some(wishes) = &self.wishes
            && !self.screen.acts.offer.left().is_empty()
        {
            drop(wishes.try_send(Wish::Leftovers));
        }
    }
}

//! What kaftop has done and not undone: what is left of it, and what of that is a person's to undo.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::elector::Elector;
use super::guard::Gate;
use super::hand::{Fault, Hand};
use super::node;
use super::records::Entry;
use crate::model::act::Verb;
use crate::model::progress::Leftover;
use crate::model::sighting::{Condition, Sighting};

/// The rest between two looks at what may still be under way.
const AGAIN: Duration = Duration::from_millis(250);
/// The longest that something may be under way after kaftop was killed.
const LANDED: Duration = Duration::from_secs(180);

impl<H: Hand, E: Elector> Gate<H, E> {
    /// What kaftop has done to this cluster and not undone, and lines on what is not shown.
    pub async fn leftovers(&self) -> (Vec<Entry>, Vec<String>) {
        let left = match self.means.records.journal.left().await {
            Ok(left) => left,
            Err(error) => return (Vec::new(), vec![format!("{error}.")]),
        };
        let bulletin = self.means.bulletins.borrow().clone();
        let id = bulletin.and_then(|bulletin| bulletin.snapshot.cluster.id.clone());
        let mut said: Vec<String> = left
            .unreadable
            .iter()
            .map(|why| format!("An entry of the journal cannot be read: {why}."))
            .collect();
        let (here, elsewhere): (Vec<Entry>, Vec<Entry>) = left
            .entries
            .into_iter()
            .partition(|entry| entry.is_of(id.as_ref()));
        said.extend(elsewhere.iter().map(|entry| {
            format!(
                "{} of the cluster {} was left by \"{}\" as well; name that cluster to undo it.",
                entry.left.shown,
                entry.cluster,
                entry.left.verb.word()
            )
        }));
        (here, said)
    }

    /// What is left for a person to undo: without what somebody else has put right since an earlier run. What this run does
    /// is not looked at: it may be under way.
    pub async fn offered(&self) -> Vec<Leftover> {
        let mut offered = Vec::new();
        for entry in self.leftovers().await.0 {
            if entry.left.at >= self.made || self.is_moot(&entry).await.is_none() {
                offered.push(entry.left);
            }
        }
        offered
    }

    /// The entry of something that is left.
    pub async fn entry_of(&self, leftover: &Leftover) -> Option<Entry> {
        let left = self.means.records.journal.left().await.ok()?;
        left.entries
            .into_iter()
            .find(|entry| entry.left.id == leftover.id)
    }

    /// Looks at a process of which an entry stands in the journal. What was asked of the engine just before kaftop was killed
    /// may still be under way: an end is waited for as long as it may take, so that it is not taken for one that never was.
    async fn landed(&self, entry: &Entry) -> Result<Sighting, Fault> {
        loop {
            let now = self.means.hand.look(&entry.handle).await?;
            let may_end = entry.may_land(now.grace, self.means.clock.now());
            let runs = !now.condition.is_ended();
            if entry.undo() != Verb::Start || !runs || !may_end {
                return Ok(now);
            }
            sleep(AGAIN).await;
        }
    }

    /// Whether there is nothing to undo any more: the entry is then closed, and this says why.
    pub async fn is_moot(&self, entry: &Entry) -> Option<String> {
        let why = self.why_moot(entry).await?;
        match self.means.records.journal.close(&entry.left.id).await {
            Ok(()) => Some(format!("{why}; nothing is left to undo.")),
            Err(error) => Some(format!("{why}; {error}.")),
        }
    }

    /// Why there is nothing to undo any more, if there is not: somebody else did, or the process's place is gone.
    pub async fn why_moot(&self, entry: &Entry) -> Option<String> {
        let hand = &self.means.hand;
        if entry.world != hand.world() {
            return None;
        }
        let shown = &entry.left.shown;
        let seen = timeout(LANDED, self.landed(entry)).await.ok()?;
        match seen {
            Err(fault) if fault.missing => Some(format!("{shown} no longer exists")),
            Err(_) => None,
            Ok(now) => {
                let over = match entry.undo() {
                    Verb::Start => matches!(now.condition, Condition::Running),
                    Verb::Resume => now.condition != Condition::Paused,
                    _ => node::hangs_on(&now, &entry.ties),
                };
                over.then(|| format!("{shown} was put right already: it is {}", now.condition))
            }
        }
    }
}

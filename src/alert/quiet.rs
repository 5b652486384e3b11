//! What keeps an alert from being told: acknowledgements, silences, and acts of our own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::alert::{Acknowledgement, AlertKey, Handling, Order, Silence, Works, short_reason};
use crate::model::ids::BrokerId;
use crate::model::time::At;

/// The most silences, and the most acknowledgements; beyond it the oldest go.
const MOST: usize = 1_000;

/// What keeps alerts from being told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Quiet {
    pub silences: Arc<Vec<Silence>>,
    pub acknowledged: BTreeMap<AlertKey, Acknowledgement>,
    /// Acts of our own.
    pub works: Works,
}

impl Quiet {
    /// Does what is asked; whether that is to be kept across a restart.
    pub fn order(&mut self, order: Order, now: At) -> bool {
        match order {
            Order::Acknowledge { key, reason } => {
                if self.acknowledged.len() >= MOST {
                    self.acknowledged.pop_first();
                }
                let reason = short_reason(&reason);
                self.acknowledged.insert(key, Acknowledgement { at: now, reason });
                true
            }
            Order::Unacknowledge(key) => self.acknowledged.remove(&key).is_some(),
            Order::Silence(silence) => {
                let silences = Arc::make_mut(&mut self.silences);
                if silences.len() >= MOST {
                    silences.remove(0);
                }
                silences.push(Silence {
                    reason: short_reason(&silence.reason),
                    ..silence
                });
                true
            }
            Order::Unsilence(key) => {
                let before = self.silences.len();
                Arc::make_mut(&mut self.silences).retain(|silence| !silence.covers(&key, now));
                before != self.silences.len()
            }
        }
    }

    /// Forgets silences that have ended; whether there were any.
    pub fn expire(&mut self, now: At) -> bool {
        let over = self.silences.iter().any(|silence| silence.until <= now);
        if over {
            Arc::make_mut(&mut self.silences).retain(|silence| now < silence.until);
        }
        over
    }

    /// Why this alert is not to be told.
    pub fn handling(&self, key: &AlertKey, blames: &BTreeSet<BrokerId>, now: At) -> Handling {
        Handling {
            acknowledged: self.acknowledged.get(key).cloned(),
            silenced: self
                .silences
                .iter()
                .filter(|silence| silence.covers(key, now))
                .max_by_key(|silence| silence.until)
                .cloned(),
            maintenance: self.worked_on(blames, now),
            inhibited_by: None,
            flapping: false,
        }
    }

    /// The act of our own that explains what these brokers explain.
    fn worked_on(&self, blames: &BTreeSet<BrokerId>, now: At) -> Option<String> {
        if blames.is_empty() || self.works.is_empty() {
            return None;
        }
        let works = || {
            let all = self.works.values();
            all.filter(|work| work.until.is_none_or(|until| now < until))
        };
        let all: BTreeSet<BrokerId> = works().flat_map(|work| work.brokers.iter().copied()).collect();
        if !blames.is_subset(&all) {
            return None;
        }
        let own = works().find(|work| work.brokers.iter().any(|id| blames.contains(id)));
        own.map(|work| work.why.clone())
    }
}

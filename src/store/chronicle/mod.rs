//! What happened: differences between one publication and the next, folded into lines by their causes.

mod acts;
#[cfg(test)]
mod container_tests;
mod containers;
mod council;
mod fold;
#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod group_tests;
mod groups;
mod merge;
mod moves;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::broker::{Answers, Broker, BrokerState};
use crate::model::event::{EventLog, What, When};
use crate::model::failure::FailureKind;
use crate::model::ids::BrokerId;
use crate::model::intake::{Origin, Source, SourceState};
use crate::model::text::Name;
use crate::model::time::{At, Since, Span};

use super::settings::SettingMoves;
use containers::SeenContainers;
use council::Council;
use fold::Folder;
use groups::SeenGroups;
pub(super) use moves::Moves;

/// Brokers that become known within this time of the first partition table were there before.
const OPENING: Span = Span::seconds(10);

/// What was seen last, and the lines that came of the differences.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    folder: Folder,
    /// When the first partition table was accepted.
    opened: Option<At>,
    brokers: BTreeMap<BrokerId, SeenBroker>,
    council: Council,
    groups: SeenGroups,
    containers: SeenContainers,
    /// The acts that go on, by their numbers.
    acts: BTreeSet<u64>,
    /// Topics that vanished while somebody would not tell of them: neither deleted nor, when they are back, created.
    hidden: BTreeSet<Name>,
    disputed: u32,
    /// Bootstrap addresses that answered once and fail.
    failing: BTreeSet<Origin>,
}

/// What was seen last of a broker.
#[derive(Debug)]
struct SeenBroker {
    state: Option<BrokerState>,
    /// Since when it is not up; kept from one way of being gone to another.
    gone: Option<Since>,
    /// Whether it answers us; none until it answered once.
    answers: Option<bool>,
    /// Whether it was not there when kaftop began to look.
    newcomer: bool,
}

/// How a broker was before it changed.
#[derive(Clone, Copy)]
struct Before {
    state: BrokerState,
    /// Since when it was or is gone.
    gone: Option<Since>,
    /// Whether it had answered us.
    heard: bool,
}

/// Whether a broker answers us; none of one that never did, for then it cannot do so again.
fn heard(answers: &Answers) -> Option<bool> {
    match answers {
        Answers::Yes { .. } => Some(true),
        Answers::No { last: Some(_), .. } => Some(false),
        Answers::No { last: None, .. } | Answers::Untried => None,
    }
}

impl Chronicle {
    /// Takes what changed in the partition table between two accepted ones, the newer of which was read at `at`. `untold`
    /// are topics of which somebody would not tell.
    pub fn table(&mut self, mut moves: Moves, untold: &BTreeSet<&Name>, at: At) {
        moves.deleted.retain(|name| {
            let hidden = untold.contains(name);
            if hidden {
                self.hidden.insert(name.clone());
            }
            !hidden
        });
        let hidden = &mut self.hidden;
        moves.created.retain(|name| !hidden.remove(name));
        let first = self.opened.is_none();
        self.opened.get_or_insert(at);
        if !first {
            for what in moves.into_whats() {
                self.folder.take(When::polled(at), what);
            }
        }
    }

    /// Takes the brokers as they are judged now. To be called before [`table`](Self::table): what a lost broker brings
    /// about then finds its cause.
    pub fn brokers(&mut self, brokers: &BTreeMap<BrokerId, Broker>, now: At) {
        let opening = self.opened.is_none_or(|opened| opened.age(now) <= OPENING);
        for (id, broker) in brokers {
            let Some(seen) = self.brokers.get_mut(id) else {
                let baseline = SeenBroker {
                    // One that joins has no state before.
                    state: broker.state.filter(|_| opening),
                    gone: Some(broker.since).filter(|_| !broker.is_up()),
                    answers: heard(&broker.answers).filter(|_| opening),
                    newcomer: !opening,
                };
                self.brokers.insert(*id, baseline);
                if let Some(state) = broker.state.filter(|_| !opening) {
                    self.joined(*id, state, now);
                }
                continue;
            };
            let answered = seen.answers;
            seen.answers = heard(&broker.answers).or(answered);
            let before = seen.state;
            seen.state = broker.state.or(before);
            let gone = if broker.is_up() {
                seen.gone.take()
            } else {
                Some(*seen.gone.get_or_insert(broker.since))
            };
            match (before, broker.state) {
                (None, Some(state)) if seen.newcomer => self.joined(*id, state, now),
                (Some(old), Some(state)) if old != state => {
                    let before = Before {
                        state: old,
                        gone,
                        heard: answered.is_some(),
                    };
                    self.changed(broker, before, state, now);
                }
                _ => {}
            }
            self.answers(broker, answered, now);
        }
    }

    /// A broker that was not there when kaftop began to look.
    fn joined(&mut self, id: BrokerId, state: BrokerState, now: At) {
        if let Some(seen) = self.brokers.get_mut(&id) {
            seen.state = Some(state);
        }
        let what = What::Broker {
            id,
            from: None,
            states: vec![(now, state)],
            absence: None,
        };
        self.folder.take(When::polled(now), what);
    }

    /// A broker went, came back, or is gone in another way than before.
    fn changed(&mut self, broker: &Broker, before: Before, state: BrokerState, now: At) {
        let Before {
            state: old,
            gone,
            heard,
        } = before;
        let up = state == BrokerState::Up;
        // Nothing came back where nothing but our first question was late.
        if up && old == BrokerState::Unreachable && !heard {
            return;
        }
        // Fencing confirms what the silence showed before: the outage began then, and the new state now. Where that was
        // before kaftop looked, there is no line to which it belongs.
        let confirmed = !up && old != BrokerState::Up;
        if confirmed && matches!(gone, Some(Since::AtLeast(_))) {
            return;
        }
        let at = if up || confirmed {
            now
        } else {
            broker.since.at().min(now)
        };
        let reset = matches!(&broker.answers, Answers::No { why, since, .. }
            if why.kind == FailureKind::Reset && *since == at);
        let what = What::Broker {
            id: broker.id,
            from: Some(old),
            states: vec![(at, state)],
            absence: match gone {
                Some(Since::Exactly(gone)) if up => Some(gone.age(at)),
                _ => None,
            },
        };
        let when = When {
            exact: reset,
            ..When::polled(at)
        };
        self.folder.take(when, what);
    }

    fn answers(&mut self, broker: &Broker, before: Option<bool>, now: At) {
        let (at, lost) = match (&broker.answers, before) {
            (Answers::No { why, since, .. }, Some(true)) => (since.min(&now), Some(why.kind)),
            (Answers::Yes { at, .. }, Some(false)) => (at.min(&now), None),
            _ => return,
        };
        let origin = Origin::Broker(broker.id);
        self.folder.take(When::polled(*at), What::Source { origin, lost });
    }

    /// Takes the sources that no row of their own stands for: bootstrap addresses.
    pub fn sources(&mut self, sources: &[Source], now: At) {
        let mut failing = BTreeMap::new();
        for source in sources {
            let answered = source.last_good.is_some() && source.state != SourceState::Live;
            if let (Origin::Bootstrap(_), Some(why)) = (&source.origin, &source.error)
                && answered
            {
                failing.insert(source.origin.clone(), why.kind);
            }
        }
        for (origin, why) in &failing {
            if self.failing.insert(origin.clone()) {
                let what = What::Source {
                    origin: origin.clone(),
                    lost: Some(*why),
                };
                self.folder.take(When::polled(now), what);
            }
        }
        let folder = &mut self.folder;
        self.failing.retain(|origin| {
            let fails = failing.contains_key(origin);
            if !fails {
                let what = What::Source {
                    origin: origin.clone(),
                    lost: None,
                };
                folder.take(When::polled(now), what);
            }
            fails
        });
    }

    /// Takes settings that were read as different from before.
    pub fn settings(&mut self, changes: SettingMoves, at: At) {
        for (key, topics) in changes {
            let topics = topics.into_iter().collect();
            self.folder.take(When::polled(at), What::Setting { key, topics });
        }
    }

    /// Takes on how many partitions brokers contradict each other.
    pub fn disputed(&mut self, partitions: u32, now: At) {
        let before = std::mem::replace(&mut self.disputed, partitions);
        if (before == 0) != (partitions == 0) {
            self.folder.take(When::polled(now), What::Disputed { partitions });
        } else if partitions > before {
            self.folder.dispute_grew(partitions);
        }
    }

    /// The lines as every sink shows them.
    pub fn log(&mut self) -> Arc<EventLog> {
        self.folder.log()
    }
}

//! Who governs the cluster: fencing, the quorum by its best word, the controller.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{Cluster, Controller, Mode};
use crate::model::ensemble::EnsembleState;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::quorum::Quorum;
use crate::model::reading::Reading;
use crate::model::time::{At, Span};

use super::Store;
use super::reconcile::Sides;

impl Store {
    /// Fenced flags, by the newest word of an accepted broker.
    pub(super) fn fenced(&self, sides: &Sides, now: At) -> BTreeMap<BrokerId, bool> {
        let patience = Span(self.patience().0.saturating_add(self.refresh.0));
        let told = self.fencing.iter().filter(|(id, _)| sides.accepted.contains(id));
        let newest = told
            .filter_map(|(_, reading)| reading.last().filter(|last| last.at.age(now) <= patience))
            .max_by_key(|last| last.at);
        newest
            .map(|last| {
                last.value
                    .iter()
                    .map(|(broker, fenced)| (broker.id, *fenced))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Whether a controller is known to work.
    pub(super) fn controlled(&self, now: At) -> bool {
        match self.mode() {
            Some(Mode::Kraft) => {
                let quorum = self.quorum(now);
                quorum.failing().is_none() && quorum.value().is_some_and(|quorum| quorum.leader.is_some())
            }
            Some(Mode::ZooKeeper) => {
                matches!(
                    self.ensemble.state(),
                    Some(EnsembleState::Ok | EnsembleState::MinorityLost)
                ) && self
                    .accepted
                    .controller
                    .is_some_and(|id| !self.links.is_silent(id))
            }
            None => false,
        }
    }

    pub(super) fn mode(&self) -> Option<Mode> {
        let modes: BTreeSet<bool> = self
            .standings
            .releases()
            .filter_map(|(_, release)| release.mode)
            .map(|mode| mode == Mode::Kraft)
            .collect();
        // During a migration brokers of both kinds can be up; the quorum is then already in charge.
        modes
            .last()
            .map(|kraft| if *kraft { Mode::Kraft } else { Mode::ZooKeeper })
    }

    /// The quorum by the best word: of those that succeed the highest epoch, else the last known, as failing.
    pub(super) fn quorum(&self, now: At) -> Reading<Quorum> {
        let patience = Span(self.patience().0.saturating_mul(2));
        let answered = self.quorums.iter().filter(|(id, reading)| {
            !self.links.is_silent(**id) && reading.fresh_value(now, patience).is_some()
        });
        let best = answered.max_by_key(|(_, reading)| reading.last().map(|last| (last.value.epoch, last.at)));
        if let Some((_, reading)) = best {
            return reading.clone();
        }
        let newest = self
            .quorums
            .values()
            .max_by_key(|reading| reading.last().map(|last| last.at));
        let mut reading = newest.cloned().unwrap_or_default();
        if reading.failing().is_none()
            && let Some(last) = reading.last()
        {
            let at = last.at;
            reading.fail(
                Failure::new(FailureKind::Timeout, "no broker tells of the quorum any more"),
                at,
            );
        }
        reading
    }

    /// The same with the observers that its leader no longer tells of: it forgets one that has not fetched for five minutes, and
    /// a new leader knows none that is gone. While it is a broker of the cluster it is missed and not forgotten.
    pub(super) fn quorum_with_observers(&mut self, now: At) -> Reading<Quorum> {
        let reading = self.quorum(now);
        let told = reading.value().into_iter().flat_map(|quorum| &quorum.observers);
        let known = told.filter(|observer| self.standings.is_known(observer.id));
        self.observers
            .extend(known.map(|observer| (observer.id, observer.clone())));
        reading.map(|quorum| {
            let mut quorum = quorum.clone();
            let told = quorum.voters.iter().chain(&quorum.observers);
            let told: BTreeSet<BrokerId> = told.map(|replica| replica.id).collect();
            let missing = self.observers.iter().filter(|(id, _)| !told.contains(id));
            quorum.missed = missing.map(|(_, observer)| observer.clone()).collect();
            quorum
        })
    }

    pub(super) fn cluster(&self, quorum: &Reading<Quorum>) -> Cluster {
        let mode = self.mode();
        let controller = match mode {
            Some(Mode::Kraft) => kraft_controller(quorum),
            Some(Mode::ZooKeeper) => self.zookeeper_controller(),
            None => Controller::Unknown,
        };
        let notes: BTreeSet<&str> = self
            .standings
            .releases()
            .filter_map(|(_, release)| release.note.as_deref())
            .collect();
        let version_note = (!notes.is_empty()).then(|| notes.into_iter().collect::<Vec<_>>().join("; "));
        Cluster {
            id: self.accepted.cluster_id.clone(),
            mode,
            controller,
            version_note,
        }
    }

    fn zookeeper_controller(&self) -> Controller {
        match (
            self.accepted.read.failing(),
            self.accepted.controller,
            self.accepted.no_controller_since,
        ) {
            (Some(failing), last, _) => Controller::NoAnswer {
                since: failing.since,
                last,
                why: failing.why.clone(),
            },
            (None, Some(id), _) => Controller::Known(id),
            (None, None, Some(since)) => Controller::None { since },
            (None, None, None) => Controller::Unknown,
        }
    }
}

fn kraft_controller(quorum: &Reading<Quorum>) -> Controller {
    match (quorum.failing(), quorum.last()) {
        (Some(failing), last) => Controller::NoAnswer {
            since: failing.since,
            last: last.and_then(|last| last.value.leader),
            why: failing.why.clone(),
        },
        (None, Some(last)) => match last.value.leader {
            Some(leader) => Controller::Known(leader),
            None => Controller::None { since: last.at },
        },
        (None, None) => Controller::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::cluster::Mode;
    use crate::model::ids::BrokerId;
    use crate::model::time::At;
    use crate::store::testbed::World;

    #[test]
    fn an_observer_that_the_leader_forgot_is_missed_while_it_is_a_broker_of_the_cluster() {
        let mut world = World::new(Mode::Kraft);
        let quorum = world.quorum.as_mut().expect("told");
        // 3 is a broker without a vote, 9 is none at all.
        let mut observers = vec![quorum.voters.remove(2)];
        observers.push(crate::model::quorum::QuorumReplica {
            id: BrokerId(9),
            ..observers[0].clone()
        });
        quorum.observers = observers;
        world.poll();
        world.quorum.as_mut().expect("told").observers.clear();
        let snapshot = world.poll();
        let told = snapshot.quorum.value().expect("told");
        let missed = told
            .missed
            .iter()
            .map(|observer| (observer.id, observer.last_fetch));
        assert!(missed.eq([(BrokerId(3), Some(At(500_000)))]));
        // A leader that has just begun may not have been asked by it yet: that says nothing of it.
        assert_eq!(told.silent(), []);
    }
}

//! Who decides: the KRaft quorum or the ZooKeeper ensemble, and the questions that go there.

use super::ensemble::Ensemble;
use super::node::Node;
use super::numbers::{draw, topic_of_chance};
use super::quorum::{Elected, Quorum};
use super::registry::{id_of, place_of};
use super::time::ticks;
use super::{EnsembleView, Forward, QuorumReplica, QuorumView, SimTime, World};

/// How long brokers take to find another controller at most, where the former one refuses connections, in ticks.
const SEARCH: u64 = 20;

/// Who decides.
#[derive(Debug)]
pub(super) enum Council {
    /// KRaft.
    Quorum(Quorum),
    /// ZooKeeper, and a broker that is controller.
    Ensemble(Ensemble),
}

impl Council {
    /// The id of the controller.
    pub(super) fn controller(&self) -> Option<i32> {
        match self {
            Self::Quorum(quorum) => quorum.leader_id(),
            Self::Ensemble(ensemble) => ensemble.controller,
        }
    }
}

impl World {
    /// Another controller was elected: sessions begin anew, and brokers whose questions hang at the former one wait
    /// until these time out (`NodeToControllerRequestThread`).
    pub(super) fn controller_elected(&mut self, elected: Elected) {
        let now = self.clock.tick;
        for session in &mut self.registry.sessions {
            session.heard = now;
        }
        let hangs = elected
            .former
            .is_some_and(|former| !self.machines.is_gone(former));
        let timeout = ticks(self.spec.timing.forwarding);
        for (broker, silent) in (0_u64..).zip(&mut self.standing.silent_until) {
            let search = draw(
                self.seed,
                topic_of_chance::FORWARDING,
                now ^ (broker << 32),
                SEARCH,
            );
            *silent = if hangs {
                elected.headless + timeout + 3 * search
            } else {
                now + search
            };
        }
        if let Council::Quorum(quorum) = &self.council {
            let controller = quorum.leader_id();
            self.registry.edit().controller = controller;
        }
    }

    /// Whether what this broker forwards to a controller is answered now.
    pub fn forward(&self, broker: i32) -> Forward {
        let answered = place_of(broker).is_some_and(|place| {
            let waits = self.standing.silent_until.get(place).copied().unwrap_or(0);
            self.reaches_controller(place) && self.clock.tick >= waits
        });
        if answered {
            Forward::Answers
        } else {
            Forward::Silent
        }
    }

    /// The quorum as DescribeQuorum through this broker tells it; none: no answer comes. Always none in ZooKeeper
    /// mode.
    pub fn quorum(&self, broker: i32) -> Option<QuorumView> {
        let Council::Quorum(quorum) = &self.council else {
            return None;
        };
        if self.forward(broker) == Forward::Silent {
            return None;
        }
        let leader = quorum.leader_id()?;
        let now = Some(self.wall(self.now()));
        let voters = quorum.voters.iter().map(|voter| {
            let heard = (voter.fetched_at > 0 || voter.log_end >= quorum.log_end)
                .then(|| self.wall(SimTime(voter.fetched_at.saturating_mul(super::STEP))));
            QuorumReplica {
                id: voter.id,
                log_end: voter.log_end,
                last_fetch: if voter.id == leader { now } else { heard },
                last_caught_up: if voter.id == leader { now } else { heard },
            }
        });
        let observers = quorum.told_observers(self.clock.tick).map(|(place, observer)| {
            let heard = Some(self.wall(SimTime(observer.fetched_at.saturating_mul(super::STEP))));
            QuorumReplica {
                id: id_of(place),
                log_end: observer.log_end,
                last_fetch: heard,
                last_caught_up: heard,
            }
        });
        Some(QuorumView {
            leader,
            leader_epoch: quorum.epoch,
            high_watermark: quorum.log_end,
            voters: voters.collect(),
            observers: observers.collect(),
        })
    }

    /// What a ZooKeeper's four-letter words tell; none: no answer comes.
    pub fn ensemble(&self, zookeeper: i32) -> Option<EnsembleView> {
        let Council::Ensemble(ensemble) = &self.council else {
            return None;
        };
        let index = self.machines.index(Node::ZooKeeper(zookeeper))?;
        let place = ensemble.members.iter().position(|member| *member == index)?;
        ensemble.view(place, &self.machines, self.clock.tick)
    }

    /// Whether a broker that reads from ZooKeeper on a request's thread gets an answer now (topics' settings in
    /// ZooKeeper mode); always true in KRaft.
    pub fn settings_answered(&self, broker: i32) -> bool {
        match &self.council {
            Council::Quorum(_) => true,
            Council::Ensemble(ensemble) => {
                place_of(broker).is_some_and(|place| ensemble.reached(place, &self.machines))
            }
        }
    }
}

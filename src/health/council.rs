//! Who can elect leaders: the KRaft quorum, or the ZooKeeper ensemble.

use crate::model::broker::{Broker, BrokerState};
use crate::model::cluster::Mode;
use crate::model::ensemble::{EnsembleState, Member};
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::time::At;

use super::Cause;

/// The state of those that can elect leaders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Council {
    /// All of them follow.
    Whole {
        /// How many vote.
        voters: usize,
    },
    /// Some are lost, and a majority remains.
    MinorityLost {
        /// The lost ones.
        lost: Vec<Cause>,
        /// How many vote.
        voters: usize,
    },
    /// No majority remains: no leader is elected, no broker is fenced.
    MajorityLost {
        /// The lost ones; of ZooKeepers those that do not answer, and so fewer than a majority while the others elect.
        lost: Vec<Cause>,
        /// How many vote.
        voters: usize,
    },
    /// Nobody tells.
    NoAnswer {
        /// Since when.
        since: At,
        /// Why.
        why: Failure,
    },
    /// Not read yet, or not watched.
    NotRead,
}

impl Council {
    /// Reads the council off a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        match snapshot.cluster.mode {
            Some(Mode::Kraft) => quorum(snapshot),
            Some(Mode::ZooKeeper) => ensemble(snapshot),
            // No broker ever told, but addresses of ZooKeepers were given.
            None if !snapshot.ensemble.members.is_empty() => ensemble(snapshot),
            None => Self::NotRead,
        }
    }

    /// Those that are lost.
    pub fn lost(&self) -> &[Cause] {
        match self {
            Self::MinorityLost { lost, .. } | Self::MajorityLost { lost, .. } => lost,
            _ => &[],
        }
    }

    /// Whether a broker that fails now would be replaced, as far as is known.
    pub fn elects(&self) -> Option<bool> {
        match self {
            Self::Whole { .. } | Self::MinorityLost { .. } => Some(true),
            Self::MajorityLost { .. } => Some(false),
            Self::NoAnswer { .. } | Self::NotRead => None,
        }
    }

    /// Whether one more loss takes the majority away.
    pub fn has_no_spare(&self) -> bool {
        match self {
            Self::MinorityLost { lost, voters } => voters - lost.len() == voters / 2 + 1,
            // A single voter is no majority to lose by a fault of another: it is the configuration.
            Self::Whole { .. } | Self::MajorityLost { .. } | Self::NoAnswer { .. } | Self::NotRead => false,
        }
    }
}

fn quorum(snapshot: &Snapshot) -> Council {
    let Some(last) = snapshot.quorum.last() else {
        return snapshot
            .quorum
            .failing()
            .map_or(Council::NotRead, |failing| Council::NoAnswer {
                since: failing.since,
                why: failing.why.clone(),
            });
    };
    let quorum = &last.value;
    let voters = quorum.voters.len();
    let cause = |id: &BrokerId| {
        let is_broker = snapshot.broker(*id).is_some();
        if is_broker {
            Cause::Broker(*id)
        } else {
            Cause::Controller(*id)
        }
    };
    let Some(failing) = snapshot.quorum.failing() else {
        let silent = quorum.lost_voters();
        // The leader misses a voter only after a while; that its container has stopped is known at once.
        let lost: Vec<Cause> = quorum
            .voters
            .iter()
            .map(|voter| voter.id)
            .filter(|id| silent.contains(id) || has_stopped(snapshot, *id))
            .map(|id| cause(&id))
            .collect();
        return if lost.is_empty() {
            Council::Whole { voters }
        } else if voters - lost.len() < quorum.majority() {
            Council::MajorityLost { lost, voters }
        } else {
            Council::MinorityLost { lost, voters }
        };
    };
    // The quorum no longer tells of itself; voters that are brokers can still be seen to be gone, unless
    // nobody at all answers, which may be our own network.
    if is_blind(snapshot) {
        return Council::NoAnswer {
            since: failing.since,
            why: failing.why.clone(),
        };
    }
    let silent: Vec<BrokerId> = quorum
        .voters
        .iter()
        .map(|voter| voter.id)
        .filter(|id| {
            snapshot
                .broker(*id)
                .is_some_and(|broker| broker.answers.known() == Some(false))
        })
        .collect();
    if voters - silent.len() < quorum.majority() {
        return Council::MajorityLost {
            lost: silent.iter().map(cause).collect(),
            voters,
        };
    }
    Council::NoAnswer {
        since: failing.since,
        why: failing.why.clone(),
    }
}

/// Whether the container of a voter is known to have stopped; one of a broker that answers all the same is not its own.
fn has_stopped(snapshot: &Snapshot, id: BrokerId) -> bool {
    let fleet = &snapshot.fleet;
    match snapshot.broker(id) {
        Some(broker) => broker.state == Some(BrokerState::Down) && fleet.stopped(&Node::Broker(id)).is_some(),
        None => fleet.stopped(&Node::Controller(id)).is_some(),
    }
}

/// Brokers that take part as far as we see, and that the controllers have not heard of for some seconds: their network to their
/// peers may be cut, which those notice only when a session ends.
pub(super) fn apart(snapshot: &Snapshot) -> Vec<BrokerId> {
    let quorum = snapshot.quorum.value();
    let Some(quorum) = quorum.filter(|_| snapshot.quorum.failing().is_none()) else {
        return Vec::new();
    };
    let mut apart = quorum.silent();
    apart.retain(|id| snapshot.broker(*id).is_some_and(Broker::is_up));
    apart.sort_unstable();
    apart.dedup();
    apart
}

/// Whether no broker answers and not every one refuses: then silence tells nothing of a single one.
pub(super) fn is_blind(snapshot: &Snapshot) -> bool {
    snapshot
        .metadata
        .read
        .failing()
        .is_some_and(|failing| failing.why.kind != FailureKind::Refused)
}

/// A member that answers that it does not serve, or whose port refuses, is lost beyond doubt; one that is
/// silent while the brokers are silent too may only be out of our reach.
fn is_seen_lost(member: &Member) -> bool {
    match member.report.failing() {
        Some(failing) => failing.why.kind == FailureKind::Refused,
        None => member.is_lost(),
    }
}

fn ensemble(snapshot: &Snapshot) -> Council {
    let members = &snapshot.ensemble.members;
    let voters = members.len();
    let named = |of: &dyn Fn(&&Member) -> bool| -> Vec<Cause> {
        let found = members.iter().filter(of);
        found
            .map(|member| Cause::ZooKeeper(member.address.clone()))
            .collect()
    };
    let lost = || named(&|member| member.is_lost());
    // Those that answer do not serve since the others are lost, or since they elect: they are not the cause.
    let silent = || named(&|member| member.is_lost() && member.report.failing().is_some());
    match snapshot.ensemble.state() {
        Some(EnsembleState::Ok) => Council::Whole { voters },
        Some(EnsembleState::MinorityLost) => Council::MinorityLost { lost: lost(), voters },
        Some(EnsembleState::MajorityLost) if is_blind(snapshot) && !members.iter().any(is_seen_lost) => {
            Council::NotRead
        }
        Some(EnsembleState::MajorityLost) => Council::MajorityLost {
            lost: silent(),
            voters,
        },
        Some(EnsembleState::NotWatched) | None => Council::NotRead,
    }
}

//! What the document says of who decides: the KRaft quorum, or the ZooKeeper ensemble.

use serde::Serialize;

use crate::model::cluster::Mode;
use crate::model::ensemble::EnsembleState;
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::model::snapshot::Snapshot;

#[derive(Debug, Serialize)]
pub(super) struct QuorumPart {
    leader: Option<i32>,
    epoch: i32,
    voters: Vec<ReplicaPart>,
    observers: Vec<ReplicaPart>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReplicaPart {
    id: i32,
    lag: Option<u64>,
    last_fetch_age_ms: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct EnsemblePart<'a> {
    state: Option<&'static str>,
    members: Vec<MemberPart<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct MemberPart<'a> {
    address: &'a str,
    mode: Option<&'static str>,
}

/// Voters and observers with their lag.
pub(super) fn quorum(quorum: &Quorum) -> QuorumPart {
    let part = |replica: &QuorumReplica| ReplicaPart {
        id: replica.id.0,
        lag: quorum.lag(replica),
        last_fetch_age_ms: quorum.fetch_age(replica).map(|age| age.0),
    };
    QuorumPart {
        leader: quorum.leader.map(|id| id.0),
        epoch: quorum.epoch,
        voters: quorum.voters.iter().map(part).collect(),
        observers: quorum.observers.iter().map(part).collect(),
    }
}

/// The members; nothing in KRaft, and where not even the mode is known.
pub(super) fn ensemble(snapshot: &Snapshot) -> Option<EnsemblePart<'_>> {
    if snapshot.cluster.mode == Some(Mode::Kraft) {
        return None;
    }
    // Neither mode nor addresses: nothing is known of an ensemble, not even whether there is one.
    if snapshot.cluster.mode.is_none() && snapshot.ensemble.members.is_empty() {
        return None;
    }
    let members = snapshot.ensemble.members.iter().map(|member| MemberPart {
        address: member.address.raw(),
        mode: member
            .report
            .failing()
            .is_none()
            .then(|| member.report.value().map(|report| report.mode.word()))
            .flatten(),
    });
    Some(EnsemblePart {
        state: snapshot.ensemble.state().map(EnsembleState::word),
        members: members.collect(),
    })
}

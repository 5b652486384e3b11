//! May this broker be stopped, and what would one more loss do: one function for everything that asks.

use crate::model::cluster::Mode;
use crate::model::ensemble::{EnsembleState, MemberMode};
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;

use super::council::Council;
use super::survey::{IfLost, Survey};

/// What speaks against stopping a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// Partitions with more replicas than min ISR would refuse writes.
    WouldRefuse(u32),
    /// Partitions with more replicas than min ISR would go offline.
    WouldGoOffline(u32),
    /// The quorum would lose its majority.
    QuorumMajority,
    /// The ZooKeeper ensemble would lose its majority.
    EnsembleMajority,
    /// The ZooKeeper ensemble has no majority as it is, for good or while it elects.
    EnsembleLost,
    /// Nobody could elect new leaders for the partitions that it leads.
    NoElection,
    /// Whether the quorum could elect new leaders is not known.
    QuorumNotRead,
    /// Partitions with a replica elsewhere that is not in sync.
    OutOfSyncElsewhere(u32),
}

/// What is worth knowing before stopping a broker, and speaks not against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Partitions that have no more replicas than min ISR, and will refuse writes or go offline.
    Thin(u32),
    /// It is the active controller.
    ActiveController,
    /// It leads the ZooKeeper ensemble.
    EnsembleLeader,
}

/// The answer for one broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopCheck {
    /// What speaks against it; none means that it may be stopped.
    pub blockers: Vec<Blocker>,
    /// What is worth knowing.
    pub notes: Vec<Note>,
}

/// Whether `broker` may be stopped; `None` while the partitions or their min ISR are not read.
pub fn stop_check(
    snapshot: &Snapshot,
    survey: &Survey,
    council: &Council,
    broker: BrokerId,
) -> Option<StopCheck> {
    if snapshot.metadata.read.failing().is_some() || survey.min_isr_unread > 0 {
        return None;
    }
    snapshot.metadata.read.value()?;
    let IfLost {
        refuse,
        offline,
        thin,
        short_only_here,
        ..
    } = survey.if_lost.get(&broker).copied().unwrap_or_default();
    let elsewhere = survey.short.saturating_sub(short_only_here);
    let mut check = StopCheck::default();
    check
        .blockers
        .extend((offline > 0).then_some(Blocker::WouldGoOffline(offline)));
    check
        .blockers
        .extend((refuse > 0).then_some(Blocker::WouldRefuse(refuse)));
    check.blockers.extend(council_blocker(snapshot, council, broker));
    check
        .blockers
        .extend((elsewhere > 0).then_some(Blocker::OutOfSyncElsewhere(elsewhere)));
    check.notes.extend((thin > 0).then_some(Note::Thin(thin)));
    check
        .notes
        .extend((snapshot.cluster.controller.id() == Some(broker)).then_some(Note::ActiveController));
    Some(check)
}

/// Whether the ZooKeeper at `address` may be stopped; `None` while the state of the ensemble is not known, or where the
/// address is not watched.
pub fn keeper_check(snapshot: &Snapshot, address: &Name) -> Option<StopCheck> {
    let members = &snapshot.ensemble.members;
    let member = members.iter().find(|member| member.address == *address)?;
    let state = snapshot.ensemble.state()?;
    let serving = members
        .iter()
        .filter(|member| member.serves() == Some(true))
        .count();
    let majority = members.len() / 2 + 1;
    let breaks = member.serves() == Some(true) && serving.saturating_sub(1) < majority;
    let blocker = match state {
        EnsembleState::MajorityLost => Some(Blocker::EnsembleLost),
        _ => breaks.then_some(Blocker::EnsembleMajority),
    };
    let report = member.report.value().filter(|_| member.serves() == Some(true));
    let leads = report.is_some_and(|report| report.mode == MemberMode::Leader);
    Some(StopCheck {
        blockers: blocker.into_iter().collect(),
        notes: leads.then_some(Note::EnsembleLeader).into_iter().collect(),
    })
}

fn council_blocker(snapshot: &Snapshot, council: &Council, broker: BrokerId) -> Option<Blocker> {
    let votes = || {
        let quorum = snapshot.quorum.value();
        quorum.is_some_and(|quorum| quorum.voters.iter().any(|voter| voter.id == broker))
    };
    let breaks = |living: usize, voters: usize| living.saturating_sub(1) < voters / 2 + 1;
    match council {
        Council::MajorityLost { .. } => Some(Blocker::NoElection),
        Council::NoAnswer { .. } => Some(Blocker::QuorumNotRead),
        Council::Whole { voters } => (votes() && breaks(*voters, *voters)).then_some(Blocker::QuorumMajority),
        Council::MinorityLost { lost, voters } => {
            let already_lost = lost.iter().any(|cause| cause.is_node(broker));
            let living = voters.saturating_sub(lost.len());
            (votes() && !already_lost && breaks(living, *voters)).then_some(Blocker::QuorumMajority)
        }
        Council::NotRead => (snapshot.cluster.mode == Some(Mode::Kraft)).then_some(Blocker::QuorumNotRead),
    }
}

/// The brokers that are up and of which each one, alone, may be stopped; `None` while that is not known.
pub(super) fn safe_to_stop(snapshot: &Snapshot, survey: &Survey, council: &Council) -> Option<Vec<BrokerId>> {
    let mut safe = Vec::new();
    for broker in snapshot.brokers.values().filter(|broker| broker.is_up()) {
        if stop_check(snapshot, survey, council, broker.id)?
            .blockers
            .is_empty()
        {
            safe.push(broker.id);
        }
    }
    let read = snapshot.metadata.read.failing().is_none() && snapshot.metadata.read.value().is_some();
    (read && survey.min_isr_unread == 0).then_some(safe)
}

/// What the loss of the worst single broker that is up would do beyond what is already so.
pub(super) fn next_loss(snapshot: &Snapshot, survey: &Survey) -> IfLost {
    let up = snapshot.brokers.values().filter(|broker| broker.is_up());
    up.filter_map(|broker| survey.if_lost.get(&broker.id).copied())
        .max_by_key(|loss| (loss.offline + loss.refuse, loss.offline))
        .unwrap_or_default()
}

//! The preflight of an election of preferred leaders.

use super::plan::Draft;
use super::words::count;
use crate::model::act::Scope;
use crate::model::broker::Broker;
use crate::model::ids::PartitionId;
use crate::model::snapshot::Snapshot;

/// Who would be elected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ballot {
    /// Partitions that are led by another than their first replica, which is in sync and up.
    pub eligible: Vec<PartitionId>,
    /// Partitions that are led by another than their first replica, which cannot lead now.
    pub waiting: Vec<PartitionId>,
    /// Partitions in the scope.
    pub all: usize,
}

/// Who would be elected in this scope, as the partitions are now.
pub fn ballot(snapshot: &Snapshot, scope: &Scope) -> Ballot {
    let mut ballot = Ballot::default();
    for (topic, partition) in snapshot.partitions() {
        if !scope.holds(&topic.name, partition.index) {
            continue;
        }
        ballot.all += 1;
        let Some(preferred) = partition.preferred() else {
            continue;
        };
        if partition.leader == Some(preferred) {
            continue;
        }
        let id = PartitionId {
            topic: topic.name.clone(),
            partition: partition.index,
        };
        let up = snapshot.broker(preferred).is_some_and(Broker::is_up);
        if up && partition.isr.contains(&preferred) {
            ballot.eligible.push(id);
        } else {
            ballot.waiting.push(id);
        }
    }
    ballot
}

pub(super) fn draft(scope: &Scope, snapshot: &Snapshot) -> Result<Draft, String> {
    if let Some(failing) = snapshot.metadata.read.failing() {
        return Err(format!("the partitions cannot be read: {}.", failing.why));
    }
    let Ballot {
        eligible,
        waiting,
        all,
    } = ballot(snapshot, scope);
    if all == 0 {
        return Err(format!("there is no {scope} in this cluster."));
    }
    let waiting = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
    let eligible = u32::try_from(eligible.len()).unwrap_or(u32::MAX);
    let mut notes = Vec::new();
    if waiting > 0 {
        let (its, is) = if waiting == 1 {
            ("its", "is")
        } else {
            ("their", "are")
        };
        notes.push(format!(
            "{} {is} left as {} {is}: {its} first replica is not in sync or not up",
            count(waiting, "partition"),
            if waiting == 1 { "it" } else { "they" }
        ));
    }
    if eligible == 0 {
        let why = notes.first().map_or_else(
            || "every one is led by its first replica already".to_owned(),
            Clone::clone,
        );
        return Err(format!("there is nothing to elect: {why}."));
    }
    Ok(Draft {
        on: None,
        does: vec![
            format!(
                "{} {} back to {} first replica, which is in sync.",
                count(eligible, "partition"),
                if eligible == 1 { "goes" } else { "go" },
                if eligible == 1 { "its" } else { "their" },
            ),
            "Clients learn of the new leaders by themselves; nothing is lost.".to_owned(),
        ],
        blockers: Vec::new(),
        notes,
    })
}

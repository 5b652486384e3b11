//! Whether an act has taken effect: pure questions to what was just seen of the process and of the cluster.

use crate::gate::ballot;
use crate::health::Bulletin;
use crate::model::act::{Node, Scope};
use crate::model::cluster::Mode;
use crate::model::ensemble::Member;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::sighting::{Condition, Sighting};
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// How long a node must stay whole that was out of reach for a while. Its session may just have ended unseen: what its peers
/// make of that is seen some seconds after it is back.
pub(super) const STEADY: Span = Span::seconds(5);

/// Something that must be seen before an act counts as verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The process has ended.
    Ended,
    /// The process runs.
    Running,
    /// The process still runs, as before.
    Spared,
    /// The process is frozen.
    Frozen,
    /// The cluster has dropped the node.
    Dropped(Node),
    /// The node does not answer us.
    Silent(Node),
    /// The node answers us.
    Answers(Node),
    /// The node takes part again: a broker in every ISR, a voter or member in its majority.
    Whole(Node),
    /// The same of a node that may never have been missed: its peers may be about to drop it still, so that it must have been
    /// heard of since, and stay whole for a while.
    Kept(Node),
    /// The first replica of each of these partitions leads, where it can.
    Led(Vec<PartitionId>),
}

impl Check {
    /// What was seen, with `shown` for the process.
    pub(super) fn seen(&self, shown: &dyn std::fmt::Display) -> String {
        match self {
            Self::Ended => format!("{shown} has ended"),
            Self::Running => format!("{shown} runs"),
            Self::Spared => format!("{shown} still runs"),
            Self::Frozen => format!("{shown} is frozen"),
            Self::Dropped(node) => format!("the cluster has dropped {node}"),
            Self::Silent(node) => format!("{node} no longer answers"),
            Self::Answers(node) => format!("{node} still answers clients"),
            Self::Whole(Node::Broker(id)) | Self::Kept(Node::Broker(id)) => {
                format!("broker {id} is back in every ISR")
            }
            Self::Whole(node) | Self::Kept(node) => format!("{node} serves"),
            Self::Led(partitions) => format!(
                "the first replica leads {}",
                match partitions.len() {
                    1 => "the partition".to_owned(),
                    many => format!("each of {many} partitions"),
                }
            ),
        }
    }

    /// The same where it was not seen.
    pub(super) fn unseen(&self, shown: &dyn std::fmt::Display) -> String {
        match self {
            Self::Ended => format!("{shown} has not ended"),
            Self::Running | Self::Spared => format!("{shown} does not run"),
            Self::Frozen => format!("{shown} is not frozen"),
            Self::Dropped(node) => format!("the cluster has not been seen to drop {node}"),
            Self::Silent(node) => format!("{node} was not seen to fall silent"),
            Self::Answers(node) => format!("{node} was not seen to answer clients"),
            Self::Whole(Node::Broker(id)) | Self::Kept(Node::Broker(id)) => {
                format!("broker {id} was not seen back in every ISR")
            }
            Self::Whole(node) | Self::Kept(node) => format!("{node} was not seen to serve"),
            Self::Led(_) => "not every first replica that could lead was seen to lead".to_owned(),
        }
    }

    /// For how long it must hold without a break; `steady` for what may still be dropped.
    pub(super) fn hold(&self, steady: Span) -> Span {
        match self {
            Self::Kept(_) => steady,
            _ => Span(0),
        }
    }

    /// Whether it can never hold without a process.
    pub(super) fn needs_process(&self) -> bool {
        matches!(self, Self::Running | Self::Spared | Self::Frozen)
    }

    /// Whether it holds, by what was seen of the process and by a bulletin whose facts were read after `since`.
    pub(super) fn holds(&self, sighting: Option<&Sighting>, bulletin: &Bulletin, since: At) -> bool {
        let snapshot = &bulletin.snapshot;
        let condition = sighting.map(|sighting| &sighting.condition);
        match self {
            Self::Ended => condition.is_some_and(Condition::is_ended),
            Self::Running | Self::Spared => condition == Some(&Condition::Running),
            Self::Frozen => condition == Some(&Condition::Paused),
            Self::Dropped(node) => dropped(node, snapshot, since),
            Self::Silent(node) => answers(node, snapshot, since) == Some(false),
            Self::Answers(node) => answers(node, snapshot, since) == Some(true),
            Self::Whole(node) => whole(node, snapshot, since),
            Self::Kept(node) => whole(node, snapshot, since) && is_heard_of(node, snapshot, since),
            Self::Led(partitions) => view_is_fresh(snapshot, since) && led(partitions, snapshot),
        }
    }
}

/// Whether the accepted view of the cluster was read after `since`.
fn view_is_fresh(snapshot: &Snapshot, since: At) -> bool {
    let read = &snapshot.metadata.read;
    read.failing().is_none() && read.last().is_some_and(|last| last.at > since)
}

fn dropped(node: &Node, snapshot: &Snapshot, since: At) -> bool {
    match node {
        Node::Broker(id) => {
            let listed = snapshot.broker(*id).and_then(|broker| broker.listing.listed);
            view_is_fresh(snapshot, since) && listed == Some(false)
        }
        Node::Controller(id) => lost_voter(*id, snapshot, since) == Some(true),
        Node::ZooKeeper(address) => {
            let is_silent = answers(node, snapshot, since) == Some(false);
            is_silent && others_have_settled(address, &snapshot.ensemble.members, since)
        }
    }
}

/// Whether the members that are left serve without this one, or are too few to: where the leader was lost, the others serve
/// nobody until they have elected another one.
fn others_have_settled(gone: &Name, members: &[Member], since: At) -> bool {
    let others = || members.iter().filter(|member| member.address != *gone);
    let are_read = others().all(|member| {
        let read = member.report.last().is_some_and(|last| last.at > since);
        read || member.report.failing().is_some()
    });
    let answering = others().filter(|member| member.report.failing().is_none());
    let serving = others().filter(|member| member.serves() == Some(true));
    let is_majority = |count: usize| count * 2 > members.len();
    are_read && (is_majority(serving.count()) || !is_majority(answering.count()))
}

/// Whether a voter no longer follows; `None` where the quorum does not tell after `since`.
fn lost_voter(id: BrokerId, snapshot: &Snapshot, since: At) -> Option<bool> {
    if snapshot.quorum.failing().is_some() {
        return None;
    }
    let last = snapshot.quorum.last().filter(|last| last.at > since)?;
    let votes = last.value.voters.iter().any(|voter| voter.id == id);
    votes.then(|| last.value.lost_voters().contains(&id))
}

/// Whether the newest try after `since` was answered; `None` where there was none.
fn answers(node: &Node, snapshot: &Snapshot, since: At) -> Option<bool> {
    match node {
        Node::Broker(id) => match &snapshot.broker(*id)?.answers {
            crate::model::broker::Answers::Untried => None,
            crate::model::broker::Answers::Yes { at, .. } => (*at > since).then_some(true),
            crate::model::broker::Answers::No { since: from, .. } => {
                (*from > since || snapshot.now() > *from).then_some(false)
            }
        },
        Node::Controller(id) => lost_voter(*id, snapshot, since).map(|lost| !lost),
        Node::ZooKeeper(address) => {
            let mut members = snapshot.ensemble.members.iter();
            let member = members.find(|member| member.address == *address)?;
            let read = member.report.last().is_some_and(|last| last.at > since);
            match member.report.failing() {
                Some(_) => Some(false),
                None => read.then(|| member.serves()).flatten(),
            }
        }
    }
}

fn whole(node: &Node, snapshot: &Snapshot, since: At) -> bool {
    let Node::Broker(id) = node else {
        return answers(node, snapshot, since) == Some(true);
    };
    let up = snapshot
        .broker(*id)
        .is_some_and(crate::model::broker::Broker::is_up);
    let in_sync = || {
        snapshot
            .partitions()
            .all(|(_, partition)| !partition.replicas.contains(id) || partition.isr.contains(id))
    };
    up && view_is_fresh(snapshot, since) && answers(node, snapshot, since) == Some(true) && in_sync()
}

/// Whether the leader of a KRaft quorum was asked by this node since then; where no quorum keeps account of nodes there is
/// nothing to be heard.
fn is_heard_of(node: &Node, snapshot: &Snapshot, since: At) -> bool {
    let (Node::Broker(id) | Node::Controller(id)) = node else {
        return true;
    };
    if snapshot.cluster.mode != Some(Mode::Kraft) {
        return true;
    }
    let Some(last) = snapshot
        .quorum
        .last()
        .filter(|_| snapshot.quorum.failing().is_none())
    else {
        return false;
    };
    let within = since.age(last.at);
    last.value.has_heard_of(*id, within).is_none_or(|heard| heard)
}

fn led(partitions: &[PartitionId], snapshot: &Snapshot) -> bool {
    partitions.iter().all(|id| {
        ballot(snapshot, &Scope::Partition(id.clone()))
            .eligible
            .is_empty()
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::ensemble::{MemberMode, MemberReport};
    use crate::model::failure::{Failure, FailureKind};

    fn member(address: &str, fate: &str) -> Member {
        let report = |mode| MemberReport {
            mode,
            version: None,
            latency_ms: None,
            connections: None,
            round_trip: Duration::ZERO,
        };
        let mut member = Member {
            address: address.into(),
            report: crate::model::reading::Reading::default(),
        };
        match fate {
            "follows" => member.report.succeed(report(MemberMode::Follower), At(20)),
            "followed" => member.report.succeed(report(MemberMode::Follower), At(5)),
            "elects" => member.report.succeed(report(MemberMode::NotServing), At(20)),
            _ => member
                .report
                .fail(Failure::new(FailureKind::Refused, "x"), At(20)),
        }
        member
    }

    #[test]
    fn a_member_is_dropped_when_the_others_serve_again_or_never_can() {
        let table = [
            ("follows", "follows", true),
            // Both were read before the act: they may not have missed their leader yet.
            ("followed", "followed", false),
            ("followed", "follows", false),
            ("elects", "elects", false),
            ("follows", "elects", false),
            // One of three cannot elect.
            ("elects", "dead", true),
            ("dead", "dead", true),
        ];
        for (first, second, settled) in table {
            let members = [
                member("zk-1", first),
                member("zk-2", second),
                member("zk-3", "dead"),
            ];
            let told = others_have_settled(&"zk-3".into(), &members, At(10));
            assert_eq!(told, settled, "{first} and {second}");
        }
    }
}

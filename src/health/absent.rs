//! What a bulletin would say without some nodes: a cluster takes seconds to notice what was just taken from it.

use std::sync::Arc;

use super::council::Council;
use super::{Bulletin, Cause, is_gone, survey};
use crate::model::broker::BrokerState;
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::topic::Partition;

/// The same bulletin, judged as if these nodes had left every ISR, the quorum and the ensemble. Its verdict stays as it is.
pub fn without(bulletin: &Bulletin, gone: &[Node]) -> Bulletin {
    if gone.is_empty() {
        return bulletin.clone();
    }
    let mut snapshot = (*bulletin.snapshot).clone();
    let now = snapshot.now();
    for node in gone {
        match node {
            Node::Broker(id) => {
                if let Some(broker) = snapshot.brokers.get_mut(id) {
                    broker.state = Some(BrokerState::Down);
                }
            }
            Node::Controller(_) => {}
            Node::ZooKeeper(address) => {
                let members = &mut snapshot.ensemble.members;
                if let Some(member) = members.iter_mut().find(|member| member.address == *address) {
                    let why = Failure::new(FailureKind::Timeout, "it was taken away");
                    member.report.fail(why, now);
                }
            }
        }
    }
    hand_over(&mut snapshot, gone);
    let mut health = (*bulletin.health).clone();
    health.survey = survey(&snapshot);
    health.council = council_without(&bulletin.snapshot, &health.council, gone);
    Bulletin {
        snapshot: Arc::new(snapshot),
        health: Arc::new(health),
        ..bulletin.clone()
    }
}

/// Takes the brokers out of every ISR that has another replica, which then leads.
fn hand_over(snapshot: &mut Snapshot, gone: &[Node]) {
    let is_gone = |id: &BrokerId| gone.contains(&Node::Broker(*id));
    let is_hit = |partition: &Partition| partition.isr.iter().chain(&partition.leader).any(is_gone);
    for topic in snapshot.topics.values_mut() {
        if !topic.partitions.iter().any(is_hit) {
            continue;
        }
        for partition in Arc::make_mut(topic)
            .partitions
            .iter_mut()
            .filter(|one| is_hit(one))
        {
            let left: Vec<BrokerId> = partition.isr.iter().copied().filter(|id| !is_gone(id)).collect();
            let view = Arc::make_mut(&mut partition.view);
            if view.leader.as_ref().is_some_and(is_gone) {
                view.leader = left.first().copied();
            }
            // The last one stays in the ISR, and nobody leads.
            if !left.is_empty() {
                view.isr = left;
            }
        }
    }
}

/// Whether what is known of the cluster shows that this node is gone.
pub fn is_missed(bulletin: &Bulletin, node: &Node) -> bool {
    let lost = || bulletin.health.council.lost();
    match node {
        Node::Broker(id) => is_gone(&bulletin.snapshot, *id),
        Node::Controller(id) => lost().iter().any(|cause| cause.is_node(*id)),
        Node::ZooKeeper(address) => {
            let members = &bulletin.snapshot.ensemble.members;
            let mut members = members.iter().filter(|member| member.address == *address);
            members.any(crate::model::ensemble::Member::is_lost)
        }
    }
}

fn council_without(snapshot: &Snapshot, council: &Council, gone: &[Node]) -> Council {
    let (mut lost, voters) = match council {
        Council::Whole { voters } => (Vec::new(), *voters),
        Council::MinorityLost { lost, voters } => (lost.clone(), *voters),
        Council::MajorityLost { .. } | Council::NoAnswer { .. } | Council::NotRead => return council.clone(),
    };
    let quorum = snapshot.quorum.value();
    for node in gone {
        let cause = match node {
            Node::Broker(id) => Cause::Broker(*id),
            Node::Controller(id) => Cause::Controller(*id),
            Node::ZooKeeper(address) => Cause::ZooKeeper(address.clone()),
        };
        let votes = match node {
            Node::Broker(id) | Node::Controller(id) => {
                let is_known = lost.iter().any(|cause: &Cause| cause.is_node(*id));
                let votes = quorum.is_some_and(|quorum| quorum.voters.iter().any(|voter| voter.id == *id));
                votes && !is_known
            }
            Node::ZooKeeper(address) => {
                let mut members = snapshot.ensemble.members.iter();
                members.any(|member| member.address == *address) && !lost.contains(&cause)
            }
        };
        if votes {
            lost.push(cause);
        }
    }
    if lost.is_empty() {
        Council::Whole { voters }
    } else if voters.saturating_sub(lost.len()) < voters / 2 + 1 {
        Council::MajorityLost { lost, voters }
    } else {
        Council::MinorityLost { lost, voters }
    }
}

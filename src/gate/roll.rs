//! The preflight of a rolling restart, and the order in which it goes.

use super::plan::{Draft, Sightings};
use super::words::count;
use crate::health::{Blocker, Bulletin, stop_check};
use crate::model::act::Node;
use crate::model::ids::BrokerId;
use crate::model::sighting::Condition;
use crate::model::snapshot::Snapshot;

/// The brokers in the order in which they are restarted: by id, the active controller last, so that it changes once.
pub fn order(snapshot: &Snapshot) -> Vec<BrokerId> {
    let controller = snapshot.cluster.controller.id();
    let mut order: Vec<BrokerId> = snapshot.brokers.keys().copied().collect();
    order.sort_by_key(|id| (Some(*id) == controller, *id));
    order
}

/// Why the next broker of a rolling restart is not to be restarted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It may pass by itself: replicas are still catching up, or something is not read at the moment.
    Yet(String),
    /// Something speaks against it that does not pass by itself.
    Blocked(String),
}

impl Unfit {
    /// Why, in words.
    pub fn words(&self) -> &str {
        match self {
            Self::Yet(words) | Self::Blocked(words) => words,
        }
    }
}

/// Whether broker `next` may be restarted now: every broker is up, every replica is in sync, and nothing speaks against it.
pub fn unfit(bulletin: &Bulletin, next: BrokerId) -> Option<Unfit> {
    let (snapshot, health) = (&bulletin.snapshot, &bulletin.health);
    if let Some(broker) = snapshot.brokers.values().find(|broker| !broker.is_up()) {
        return Some(Unfit::Yet(format!("broker {} is not up", broker.id)));
    }
    if health.survey.short > 0 {
        let one = health.survey.short == 1;
        return Some(Unfit::Yet(format!(
            "{} {} a replica that is not in sync",
            count(health.survey.short, "partition"),
            if one { "has" } else { "have" }
        )));
    }
    let Some(check) = stop_check(snapshot, &health.survey, &health.council, next) else {
        return Some(Unfit::Yet("not all that is needed was read".to_owned()));
    };
    let first = check.blockers.first()?;
    let words = first.to_string();
    Some(match first {
        // The quorum follows a new leader, or takes back a voter, some seconds after the broker is up.
        Blocker::QuorumNotRead | Blocker::QuorumMajority | Blocker::NoElection => Unfit::Yet(words),
        _ => Unfit::Blocked(words),
    })
}

pub(super) fn draft(bulletin: &Bulletin, sightings: &Sightings) -> Result<Draft, String> {
    let snapshot = &bulletin.snapshot;
    let order = order(snapshot);
    if order.is_empty() {
        return Err("no broker is known.".to_owned());
    }
    for id in &order {
        if let Some(unfit) = unfit(bulletin, *id) {
            return Err(format!(
                "broker {id} is not to be restarted as things are: {}.",
                unfit.words()
            ));
        }
        match sightings.get(&Node::Broker(*id)) {
            None => return Err(format!("the process of broker {id} was not looked at.")),
            Some(seen) if seen.condition != Condition::Running => {
                return Err(format!("{} of broker {id} is {}.", seen.shown, seen.condition));
            }
            Some(_) => {}
        }
    }
    let ids: Vec<String> = order.iter().map(ToString::to_string).collect();
    let controller = snapshot.cluster.controller.id();
    let mut does = vec![format!("Restarts brokers {}, in this order.", ids.join(", "))];
    does.push(
        "Each is ended in order and started; the next one follows when every broker is up and every replica in sync."
            .to_owned(),
    );
    if let Some(id) = controller.filter(|id| order.last() == Some(id)) {
        does.push(format!("Broker {id} is the active controller, and comes last."));
    }
    does.push("It stops by itself when something breaks that it did not break.".to_owned());
    Ok(Draft {
        on: None,
        does,
        blockers: Vec::new(),
        notes: Vec::new(),
    })
}

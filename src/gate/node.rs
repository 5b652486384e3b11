//! The preflight of an act on one process.

use super::plan::{Draft, Sightings};
use super::words::Held;
use super::{cut, words};
use crate::health::{Bulletin, StopCheck, keeper_check, stop_check};
use crate::model::act::{Node, Verb};
use crate::model::sighting::{Condition, Sighting};

pub(super) fn draft(
    verb: Verb,
    node: &Node,
    bulletin: &Bulletin,
    sightings: &Sightings,
) -> Result<Draft, String> {
    let snapshot = &bulletin.snapshot;
    let sighting = sightings
        .get(node)
        .ok_or_else(|| format!("the process of {node} was not looked at."))?;
    fits(verb, sighting)?;
    let (cuts, also) = cut::severing(verb, sighting)?;
    let mut does = vec![words::process(verb, node, sighting)];
    does.extend(cuts);
    match node {
        Node::Broker(id) => {
            let load = snapshot.broker(*id).and_then(|broker| broker.load);
            let held = Held::of(snapshot, *id);
            let verb = as_felt(verb, sighting);
            does.extend(words::partitions(verb, snapshot.cluster.mode, load, held));
        }
        Node::Controller(_) => {
            does.extend(voters(
                verb,
                snapshot.quorum.value().map(|quorum| quorum.voters.len()),
            ));
        }
        Node::ZooKeeper(_) => does.extend(voters(verb, Some(snapshot.ensemble.members.len()))),
    }
    let mut notes = also;
    let mut blockers = Vec::new();
    if verb.is_harmful() {
        let check = check(node, bulletin);
        blockers.extend(
            check
                .iter()
                .flat_map(|check| &check.blockers)
                .map(ToString::to_string),
        );
        notes.extend(
            check
                .iter()
                .flat_map(|check| &check.notes)
                .map(ToString::to_string),
        );
        if check.is_none() {
            blockers.push(
                "what it would do to the cluster is not known: not all that is needed was read".to_owned(),
            );
        }
    }
    Ok(Draft {
        on: Some(sighting.shown.clone()),
        does,
        blockers,
        notes,
    })
}

/// What the cluster takes a verb for: a frozen process hands nothing over.
fn as_felt(verb: Verb, sighting: &Sighting) -> Verb {
    match verb {
        Verb::Stop | Verb::Restart if sighting.condition == Condition::Paused => Verb::Kill,
        verb => verb,
    }
}

/// What speaks against taking a node away.
fn check(node: &Node, bulletin: &Bulletin) -> Option<StopCheck> {
    let (snapshot, health) = (&bulletin.snapshot, &bulletin.health);
    match node {
        // Voters and brokers share the number space.
        Node::Broker(id) | Node::Controller(id) => stop_check(snapshot, &health.survey, &health.council, *id),
        Node::ZooKeeper(address) => keeper_check(snapshot, address),
    }
}

fn voters(verb: Verb, voters: Option<usize>) -> Option<String> {
    let voters = voters.filter(|voters| *voters > 0 && verb.is_harmful())?;
    Some(format!(
        "It is one of {voters} that elect leaders; the cluster goes on as long as {} of them are left.",
        voters / 2 + 1
    ))
}

/// Whether the verb fits what the process does; if not, why and what does.
fn fits(verb: Verb, sighting: &Sighting) -> Result<(), String> {
    let (shown, condition) = (&sighting.shown, &sighting.condition);
    let is = format!("{shown} is {condition}");
    let why = match (verb, condition) {
        (_, Condition::Between(_)) => ": wait until that is over.",
        (Verb::Stop | Verb::Kill | Verb::Restart, Condition::Running | Condition::Paused)
        | (Verb::Start, Condition::Ended(_))
        | (Verb::Pause, Condition::Running)
        | (Verb::Resume, Condition::Paused)
        // Whether it can be cut or connected is another question.
        | (Verb::Cut | Verb::Reconnect, _) => return Ok(()),
        (Verb::Restart, Condition::Ended(_)) => ": start it.",
        (Verb::Start, Condition::Paused) => ": resume it.",
        (Verb::Pause, Condition::Ended(_)) => ": there is nothing to pause.",
        (Verb::Resume, Condition::Running | Condition::Ended(_)) => ": there is nothing to resume.",
        (Verb::Stop | Verb::Kill, Condition::Ended(_))
        | (Verb::Start, Condition::Running)
        | (Verb::Pause, Condition::Paused) => " already.",
    };
    Err(format!("{is}{why}"))
}

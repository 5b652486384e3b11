//! Who is out of the cluster though it may not have noticed: by the journal, and by the engine of the containers.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::containers::peers;
use super::hand::Hand;
use super::networks::severing;
use super::node::hangs_on;
use super::post::Means;
use super::records::Entry;
use crate::gate::Absent;
use crate::health::Bulletin;
use crate::model::act::{Deed, Node, Verb};
use crate::model::broker::Answers;
use crate::model::container::{Container, ContainerState};
use crate::model::fleet::Fleet;
use crate::model::sighting::{Condition, Severing, Sighting};
use crate::model::snapshot::Snapshot;
use crate::model::time::{At, Span};

/// How long all looks together may take.
const LOOK: Duration = Duration::from_secs(10);

/// The nodes other than the deed's own that are out; none for what takes nothing away.
///
/// # Errors
/// The journal cannot be read: then nobody knows what is out.
pub(super) async fn absent<H: Hand>(
    means: &Means<H>,
    deed: &Deed,
    bulletin: &Bulletin,
) -> Result<Vec<Absent>, String> {
    let target = match deed {
        Deed::Node(verb, node) if verb.is_harmful() => Some(node),
        Deed::Roll => None,
        Deed::Node(..) | Deed::Elect(_) => return Ok(Vec::new()),
    };
    let mut absent = journaled(means, target, bulletin).await?;
    for other in by_engine(&bulletin.snapshot) {
        let is_known = absent.iter().any(|known| known.node == other.node);
        if !is_known && Some(&other.node) != target {
            absent.push(other);
        }
    }
    Ok(absent)
}

/// Those that kaftop has taken away, or is about to, and that are out still.
async fn journaled<H: Hand>(
    means: &Means<H>,
    target: Option<&Node>,
    bulletin: &Bulletin,
) -> Result<Vec<Absent>, String> {
    let left = means.records.journal.left().await;
    let left = left.map_err(|error| format!("what kaftop has taken away before is not known: {error}"))?;
    let (world, end) = (means.hand.world(), Instant::now() + LOOK);
    let mut absent: Vec<Absent> = Vec::new();
    // The newest of a node is what counts.
    for entry in left.entries.iter().rev() {
        let node = &entry.left.node;
        let here = entry.world == world && entry.is_of(bulletin.snapshot.cluster.id.as_ref());
        if !here || Some(node) == target || absent.iter().any(|known| known.node == *node) {
            continue;
        }
        let seen = timeout_at(end, means.hand.look(&entry.handle)).await;
        let how = match seen {
            Ok(Ok(now)) => still_out(entry, &now, means.clock.now()),
            // A container that is gone for good is no longer this node's.
            Ok(Err(fault)) if fault.missing => None,
            // Not known: what is written down holds.
            Ok(Err(_)) | Err(_) => Some(was(entry)),
        };
        absent.extend(how.map(|how| Absent {
            node: node.clone(),
            how,
        }));
    }
    Ok(absent)
}

fn was(entry: &Entry) -> String {
    format!("{} was {} by kaftop", entry.left.node, entry.left.verb.past())
}

/// In what way a node of which an entry tells is out; none where it is back.
fn still_out(entry: &Entry, now: &Sighting, clock: At) -> Option<String> {
    let out = match entry.undo() {
        Verb::Start => now.condition != Condition::Running,
        Verb::Resume => now.condition == Condition::Paused,
        _ => !hangs_on(now, &entry.ties),
    };
    if out {
        return Some(was(entry));
    }
    // What was asked of the engine may be under way still.
    let (verb, node) = (entry.left.verb, &entry.left.node);
    entry
        .may_land(now.grace, clock)
        .then(|| format!("kaftop is about to {} {node}", verb.word()))
}

/// Those whose containers are frozen or hang on none of the networks on which the others find each other.
fn by_engine(snapshot: &Snapshot) -> Vec<Absent> {
    let fleet = &snapshot.fleet;
    let mut absent = Vec::new();
    for node in fleet.matches.keys() {
        let Some(hosted) = fleet.of(node) else { continue };
        let Some(container) = hosted.current() else {
            continue;
        };
        let how = match container.life.state {
            ContainerState::Paused if !answered_since(snapshot, node, hosted.seen) => "is paused",
            ContainerState::Running if is_off(fleet, container) => "is off the network of its peers",
            _ => continue,
        };
        absent.push(Absent {
            node: node.clone(),
            how: format!("{node} is out: container {} {how}", container.name),
        });
    }
    absent
}

/// An answer shows that the container is not this node's.
fn answered_since(snapshot: &Snapshot, node: &Node, seen: At) -> bool {
    let Node::Broker(id) = node else { return false };
    let answers = snapshot.broker(*id).map(|broker| &broker.answers);
    // The last answer may have been on its way when the process froze.
    matches!(answers, Some(Answers::Yes { at, .. }) if *at > seen.plus(Span::seconds(1)))
}

/// Whether none of the networks of a container leads to its peers, while the peers find each other: where nobody calls anybody
/// by names of a network, nothing can be told.
fn is_off(fleet: &Fleet, own: &Container) -> bool {
    let living = |own: &Container| {
        let mut peers = peers(fleet, &own.id);
        peers.retain(|peer| !peer.life.state.is_stopped());
        peers
    };
    let finds = |own: &Container| !matches!(severing(own, &living(own)), Severing::Impossible(_));
    let others = living(own);
    !own.make.host_network && !finds(own) && others.iter().any(|other| finds(other))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::broker::Endpoint;
    use crate::model::cluster::Mode;
    use crate::model::container::Attachment;
    use crate::model::fleet::EngineFact;
    use crate::store::testbed::World;
    use crate::store::testbed_engine::{container, id};

    /// The container of a broker that calls itself `broker-N` and is called so on these networks.
    fn on(number: i32, networks: &[&str], state: ContainerState) -> Container {
        let name = format!("broker-{number}");
        let mut container = container(number, state, None);
        container.make.settings.advertised = vec![Endpoint {
            host: name.as_str().into(),
            port: 9092,
        }];
        container.networks = networks
            .iter()
            .map(|network| Attachment {
                network: (*network).into(),
                id: None,
                aliases: vec![name.as_str().into()],
                ipv4: None,
                ipv6: None,
                fixed_ipv4: None,
                fixed_ipv6: None,
            })
            .collect();
        container
    }

    #[test]
    fn what_the_engine_shows_as_out_is_out() {
        let running = ContainerState::Running;
        let paused = "broker 2 is out: container kafka-2 is paused";
        let off = "broker 2 is out: container kafka-2 is off the network of its peers";
        let table = [
            (&["peers"][..], running, &["peers"][..], None),
            (
                &["peers"][..],
                ContainerState::Paused,
                &["peers"][..],
                Some(paused),
            ),
            // The cluster is told at once of one that has ended.
            (
                &["peers"][..],
                ContainerState::Exited { code: None },
                &["peers"][..],
                None,
            ),
            (&[][..], running, &["peers"][..], Some(off)),
            (&["clients"][..], running, &["peers"][..], Some(off)),
            // Nobody finds anybody by a name of a network: that tells nothing.
            (&["a"][..], running, &[][..], None),
        ];
        for (own, state, others, expected) in table {
            let mut world = World::with_engine(Mode::Kraft);
            for container in [on(1, others, running), on(2, own, state), on(3, others, running)] {
                world.engine(EngineFact::Inspected(Arc::new(container)));
            }
            let snapshot = world.poll();
            assert!(
                snapshot.fleet.containers.contains_key(&id(2)),
                "{:?}",
                snapshot.fleet.matches
            );
            let told: Vec<String> = by_engine(&snapshot)
                .into_iter()
                .map(|absent| absent.how)
                .collect();
            let expected: Vec<&str> = expected.into_iter().collect();
            assert_eq!(told, expected, "{own:?} {state} {others:?}");
        }
    }
}

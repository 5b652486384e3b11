//! Which container runs which node, by evidence and never by luck.
//!
//! A container is a candidate for a node where something ties it to that node *of this cluster*: a configured name, the
//! node's own address, both ids, or its id and the ZooKeepers or voters that the cluster's other containers depend on: nobody
//! tells the address of a broker of a ZooKeeper cluster that is gone. Settings that contradict rule it out. Among candidates one wins only if it is at
//! least as good as every other in each kind of evidence, and better in one; else none is used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::broker::Endpoint;
use crate::model::container::{Container, EngineId};
use crate::model::fleet::{Evidence, Match, Node, Vantage};
use crate::model::ids::BrokerId;
use crate::model::text::Name;

/// A node that a container is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub node: Node,
    /// Where clients reach it; none where that is not known.
    pub endpoint: Option<Endpoint>,
}

/// What the matching rests on.
pub(super) struct Case<'a> {
    pub vantage: &'a Vantage,
    pub cluster_id: Option<&'a Name>,
    pub containers: &'a [Arc<Container>],
    /// Container names by node id, or by a ZooKeeper's address, from the configuration.
    pub configured: &'a BTreeMap<String, Name>,
    /// What was plain before.
    pub before: &'a BTreeMap<Node, EngineId>,
}

type Candidate<'a> = (&'a Container, Vec<Evidence>);

/// What is found for each node; one without any candidate is left out.
pub(super) fn matches(case: &Case<'_>, wanted: &[Wanted]) -> BTreeMap<Node, Match> {
    let first = pass(case, wanted, &Kin::default());
    let kin = Kin::of(case, &first);
    let mut found = if kin.containers.is_empty() {
        first
    } else {
        pass(case, wanted, &kin)
    };
    refuse_shared(&mut found);
    found
}

/// The containers of this cluster that are plain by themselves: evidence for the rest.
#[derive(Default)]
struct Kin<'a> {
    containers: Vec<&'a Container>,
    /// Their compose project, where it is one and the same.
    project: Option<&'a Name>,
}

impl<'a> Kin<'a> {
    fn of(case: &Case<'a>, found: &BTreeMap<Node, Match>) -> Self {
        let sure: BTreeSet<&EngineId> = found
            .values()
            .filter_map(|found| match found {
                Match::One(id, _) => Some(id),
                _ => None,
            })
            .collect();
        let containers: Vec<&Container> = case
            .containers
            .iter()
            .map(|container| &**container)
            .filter(|container| sure.contains(&container.id))
            .collect();
        let projects: BTreeSet<&Name> = containers
            .iter()
            .filter_map(|container| Some(&container.make.compose.as_ref()?.project))
            .collect();
        let project = match projects.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        Self { containers, project }
    }

    /// Whether a container depends on the same ZooKeepers or voters as another one of them: names are the same places only on a
    /// network that both share.
    fn shares_council(&self, container: &Container) -> bool {
        let ours = &container.make.settings;
        self.containers.iter().any(|peer| {
            let theirs = &peer.make.settings;
            let ensemble = !ours.zookeepers.is_empty()
                && ours.zookeepers == theirs.zookeepers
                && ours.zookeeper_path == theirs.zookeeper_path;
            let quorum = !ours.voters.is_empty() && ours.voters == theirs.voters;
            peer.id != container.id && (ensemble || quorum) && shares_network(peer, container)
        })
    }
}

fn pass(case: &Case<'_>, wanted: &[Wanted], kin: &Kin<'_>) -> BTreeMap<Node, Match> {
    let found = wanted.iter().filter_map(|wanted| {
        let outcome = one(case, wanted, kin)?;
        Some((wanted.node.clone(), outcome))
    });
    found.collect()
}

fn one(case: &Case<'_>, wanted: &Wanted, kin: &Kin<'_>) -> Option<Match> {
    let key = match &wanted.node {
        Node::Broker(id) | Node::Controller(id) => id.to_string(),
        Node::ZooKeeper(address) => address.raw().to_owned(),
    };
    if let Some(name) = case.configured.get(&key) {
        let named = case
            .containers
            .iter()
            .find(|container| container.name == *name || is_id_of(name, &container.id));
        return Some(named.map_or_else(
            || Match::Missing(name.clone()),
            |container| Match::One(container.id.clone(), vec![Evidence::Configured]),
        ));
    }
    let candidates: Vec<Candidate<'_>> = case
        .containers
        .iter()
        .filter_map(|container| Some((&**container, evidence(case, wanted, container, kin)?)))
        .collect();
    let (first, rest) = candidates.split_first()?;
    if rest.is_empty() {
        return Some(Match::One(first.0.id.clone(), first.1.clone()));
    }
    let best = candidates.iter().find(|(candidate, evidence)| {
        let mut others = candidates.iter().filter(|(other, _)| other.id != candidate.id);
        others.all(|(_, theirs)| outdoes(evidence, theirs))
    });
    Some(match best {
        Some((container, evidence)) => Match::One(container.id.clone(), evidence.clone()),
        None => Match::Several(
            candidates
                .into_iter()
                .map(|(container, evidence)| (container.id.clone(), evidence))
                .collect(),
        ),
    })
}

fn is_id_of(text: &Name, id: &EngineId) -> bool {
    EngineId::parse(text.raw()).is_some() && id.raw().starts_with(text.raw())
}

/// Whether the one is at least as good in every kind of evidence, and better in one.
fn outdoes(one: &[Evidence], other: &[Evidence]) -> bool {
    let kinds: [fn(&Evidence) -> bool; 8] = [
        |evidence| matches!(evidence, Evidence::HoldsPort(_)),
        |evidence| matches!(evidence, Evidence::Advertises),
        |evidence| matches!(evidence, Evidence::Named(_)),
        |evidence| matches!(evidence, Evidence::NodeId),
        |evidence| matches!(evidence, Evidence::ClusterId),
        |evidence| matches!(evidence, Evidence::Council),
        |evidence| matches!(evidence, Evidence::Project(_)),
        |evidence| matches!(evidence, Evidence::Before),
    ];
    let has = |list: &[Evidence], kind: fn(&Evidence) -> bool| list.iter().any(kind);
    let worse = kinds.iter().any(|kind| has(other, *kind) && !has(one, *kind));
    let better = kinds.iter().any(|kind| has(one, *kind) && !has(other, *kind));
    better && !worse
}

/// The evidence for a container, none where nothing ties it to the node of this cluster, or something speaks against.
fn evidence(case: &Case<'_>, wanted: &Wanted, container: &Container, kin: &Kin<'_>) -> Option<Vec<Evidence>> {
    let settings = &container.make.settings;
    let mut found = Vec::new();
    match (case.cluster_id, &settings.cluster_id) {
        (Some(ours), Some(theirs)) if ours == theirs => found.push(Evidence::ClusterId),
        (Some(_), Some(_)) => return None,
        _ => {}
    }
    match &wanted.node {
        Node::Broker(id) | Node::Controller(id) => {
            match settings.node_id {
                Some(theirs) if theirs == *id => found.push(Evidence::NodeId),
                Some(_) => return None,
                None => {}
            }
            // A ZooKeeper is no broker, and a broker is no controller that stands alone.
            if settings.zookeeper_id.is_some() && settings.node_id.is_none() {
                return None;
            }
            let controls_only = !settings.roles.is_empty() && !settings.roles.contains(&"broker".into());
            if controls_only != matches!(wanted.node, Node::Controller(_)) && !settings.roles.is_empty() {
                return None;
            }
        }
        Node::ZooKeeper(_) if settings.node_id.is_some() || !settings.roles.is_empty() => return None,
        Node::ZooKeeper(_) => {}
    }
    if found.contains(&Evidence::NodeId) && kin.shares_council(container) {
        found.push(Evidence::Council);
    }
    let same_cluster = found.contains(&Evidence::ClusterId) || found.contains(&Evidence::Council);
    let mut tied = found.contains(&Evidence::NodeId) && same_cluster;
    for evidence in placed(case, wanted, container) {
        tied = true;
        found.push(evidence);
    }
    if case.before.get(&wanted.node) == Some(&container.id) {
        found.push(Evidence::Before);
        tied = true;
    }
    if let Some(compose) = &container.make.compose
        && kin.project == Some(&compose.project)
    {
        found.push(Evidence::Project(compose.project.clone()));
    }
    found.sort();
    tied.then_some(found)
}

/// What ties a container to the node's address.
fn placed(case: &Case<'_>, wanted: &Wanted, container: &Container) -> Vec<Evidence> {
    let mut found = Vec::new();
    if let Node::Controller(id) = wanted.node {
        found.extend(voter_name(case, id, container).map(Evidence::Named));
    }
    let Some(endpoint) = &wanted.endpoint else {
        return found;
    };
    let loopback = is_loopback(endpoint.host.raw());
    let here = matches!(case.vantage, Vantage::Here { .. });
    let publishes = container.ports.iter().any(|published| {
        published.port == endpoint.port
            && published_at(published.address.raw(), endpoint.host.raw(), case.vantage)
    });
    if publishes {
        found.push(if container.life.state.is_stopped() {
            Evidence::WouldHoldPort(endpoint.port)
        } else {
            Evidence::HoldsPort(endpoint.port)
        });
    }
    // Every other cluster in containers advertises loopback too: on another machine that is no tie to this one.
    if container.make.settings.advertised.contains(endpoint) && (!loopback || here) {
        found.push(Evidence::Advertises);
    }
    if !loopback && goes_by(container, endpoint.host.raw()) {
        found.push(Evidence::Named(endpoint.host.clone()));
    }
    found
}

/// The name of a controller among the voters that containers of this cluster name, where this container goes by it.
fn voter_name(case: &Case<'_>, id: BrokerId, container: &Container) -> Option<Name> {
    let ours = case.cluster_id?;
    let peers = case.containers.iter().filter(|peer| {
        peer.make.settings.cluster_id.as_ref() == Some(ours) && shares_network(peer, container)
    });
    let voters = peers.flat_map(|peer| &peer.make.settings.voters);
    voters
        .filter(|(voter, _)| *voter == id)
        .map(|(_, place)| &place.host)
        .find(|host| !is_loopback(host.raw()) && goes_by(container, host.raw()))
        .cloned()
}

fn shares_network(one: &Container, other: &Container) -> bool {
    one.networks
        .iter()
        .any(|mine| other.networks.iter().any(|theirs| theirs.network == mine.network))
}

/// Whether peers on its networks find a container under this name or address.
fn goes_by(container: &Container, host: &str) -> bool {
    let is = |name: &Name| name.raw() == host;
    is(&container.name)
        || container.make.hostname.as_ref().is_some_and(is)
        || container.networks.iter().any(|network| {
            network.aliases.iter().any(is)
                || network.ipv4.as_ref().is_some_and(is)
                || network.ipv6.as_ref().is_some_and(is)
        })
}

/// Whether what is published on `published` is reached from here under `host`.
fn published_at(published: &str, host: &str, vantage: &Vantage) -> bool {
    let everywhere = ["0.0.0.0", "::", ""].contains(&published);
    match vantage {
        Vantage::Here { .. } if is_loopback(host) => everywhere || is_loopback(published),
        // Our own loopback is not the engine's.
        Vantage::Elsewhere { .. } if is_loopback(host) => false,
        _ if published == host => true,
        Vantage::Here { names } => everywhere && names.iter().any(|name| name.raw() == host),
        Vantage::Elsewhere { host: engine } => {
            everywhere && engine.as_ref().is_some_and(|engine| engine.raw() == host)
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// One container runs one node: where it fits several, it is none's.
fn refuse_shared(found: &mut BTreeMap<Node, Match>) {
    let mut nodes: BTreeMap<EngineId, Vec<Node>> = BTreeMap::new();
    for (node, outcome) in &*found {
        if let Match::One(id, _) = outcome {
            nodes.entry(id.clone()).or_default().push(node.clone());
        }
    }
    for (id, nodes) in nodes.into_iter().filter(|(_, nodes)| nodes.len() > 1) {
        for node in &nodes {
            found.insert(node.clone(), Match::Shared(id.clone(), nodes.clone()));
        }
    }
}

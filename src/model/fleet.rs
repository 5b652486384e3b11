//! Which container runs which node of the cluster, and on what evidence.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::container::{Container, ContainerState, EngineId, Usage};
use super::failure::Failure;
use super::ids::BrokerId;
use super::log::LogLine;
use super::reading::Reading;
use super::text::Name;
use super::time::{At, Span};

/// A node of the cluster that a container may run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A broker, which may be a controller as well.
    Broker(BrokerId),
    /// A KRaft controller that is no broker.
    Controller(BrokerId),
    /// A ZooKeeper, by the address given.
    ZooKeeper(Name),
}

impl Node {
    /// The shortest word that tells it from its like, which is typed where an act needs that: `2`, or `zk-1:2181`.
    pub fn id(&self) -> String {
        match self {
            Self::Broker(id) | Self::Controller(id) => id.to_string(),
            Self::ZooKeeper(address) => address.to_string(),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broker(id) => write!(f, "broker {id}"),
            Self::Controller(id) => write!(f, "controller {id}"),
            Self::ZooKeeper(address) => write!(f, "ZooKeeper {address}"),
        }
    }
}

/// Where an engine's containers publish their ports, seen from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// On this machine: a port published on all addresses or on loopback is a port of our own loopback.
    Here {
        /// Names and addresses of this machine, loopback left out.
        names: Vec<Name>,
    },
    /// Elsewhere, or that cannot be told: our loopback says nothing of it.
    Elsewhere {
        /// The host that the engine is reached at, where it has one.
        host: Option<Name>,
    },
}

/// The engine, as it was found and as it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineReport {
    /// Its address.
    pub address: Name,
    /// Why this one: `named by DOCKER_HOST`, `the default socket`.
    pub why: Name,
    /// What it says it is: `Docker Engine 20.10.24, API 1.41`.
    pub version: Name,
    /// Where its ports are.
    pub vantage: Vantage,
}

/// One reason to take a container for a node's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The configuration names it.
    Configured,
    /// It runs, and its published port is the node's address.
    HoldsPort(u16),
    /// It would publish the node's address as its port if it ran.
    WouldHoldPort(u16),
    /// Its own settings advertise exactly the node's address.
    Advertises,
    /// The node's address, or its address among its peers, is a name of this container.
    Named(Name),
    /// Its settings have the node's id.
    NodeId,
    /// Its settings have the cluster's id.
    ClusterId,
    /// Its settings name the same ZooKeepers, or the same voters, as those of a container of this cluster on a network that
    /// both share.
    Council,
    /// It belongs to the compose project of the cluster's other containers.
    Project(Name),
    /// It was the node's container when that was plain, and it is there still.
    Before,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured => write!(f, "the configuration names it"),
            Self::HoldsPort(port) => write!(f, "it publishes the advertised port {port}"),
            Self::WouldHoldPort(port) => write!(f, "it publishes the advertised port {port} when it runs"),
            Self::Advertises => write!(f, "its own settings advertise the address"),
            Self::Named(name) => write!(f, "{name} is its name among its peers"),
            Self::NodeId => write!(f, "its settings have the id"),
            Self::ClusterId => write!(f, "its settings have the cluster's id"),
            Self::Council => write!(
                f,
                "its settings name the same controllers or ZooKeepers as the cluster's other containers"
            ),
            Self::Project(name) => write!(f, "it is of the compose project {name}, as the others are"),
            Self::Before => write!(f, "it was this node's container before"),
        }
    }
}

/// What was found for a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// One container, on this evidence.
    One(EngineId, Vec<Evidence>),
    /// Several that nothing tells apart: none is used.
    Several(Vec<(EngineId, Vec<Evidence>)>),
    /// The configuration names a container, and the engine has none of that name.
    Missing(Name),
    /// This one fits several nodes, so it is none's.
    Shared(EngineId, Vec<Node>),
}

/// A container with what it uses, each with its age.
#[derive(Clone, Debug, PartialEq)]
pub struct Hosted {
    /// Its newest inspection.
    pub container: Reading<Arc<Container>>,
    /// What it uses.
    pub usage: Reading<Usage>,
    /// When its present state was first seen, on our clock.
    pub seen: At,
    /// The newest lines of its output when it was seen to have stopped, the newest last; none while it runs.
    pub last_words: Option<Arc<Vec<LogLine>>>,
    /// When the kernel last killed a process in it for want of memory, as far as that is known.
    pub starved: Option<At>,
}

impl Hosted {
    /// For so long after the kernel killed a process for want of memory that is news.
    pub const LATELY: Span = Span::seconds(10 * 60);

    /// Its newest inspection, where the engine still tells of it.
    pub fn current(&self) -> Option<&Arc<Container>> {
        self.container
            .value()
            .filter(|_| self.container.failing().is_none())
    }

    /// Whether the kernel killed a process in it for want of memory, lately or so that it stopped; none where that is not
    /// known now.
    pub fn is_out_of_memory(&self, now: At) -> Option<bool> {
        let container = self.current()?;
        let ended = container.life.oom_killed && container.life.state.is_stopped();
        Some(ended || self.starved.is_some_and(|at| at.age(now) < Self::LATELY))
    }
}

/// The containers that have to do with the cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fleet {
    /// The engine; none where no engine is looked for.
    pub engine: Option<Reading<EngineReport>>,
    /// The containers that are, or may be, a node's, and all others that have settings of Kafka or ZooKeeper.
    pub containers: BTreeMap<EngineId, Hosted>,
    /// What was found for each node; one without any candidate is not there.
    pub matches: BTreeMap<Node, Match>,
}

impl Fleet {
    /// The container of a node, where there is exactly one.
    pub fn of(&self, node: &Node) -> Option<&Hosted> {
        match self.matches.get(node)? {
            Match::One(id, _) => self.containers.get(id),
            Match::Several(_) | Match::Missing(_) | Match::Shared(..) => None,
        }
    }

    /// The containers that run nodes, each with those that it runs; none of a node that several fit.
    pub fn hosts(&self) -> BTreeMap<&EngineId, Vec<&Node>> {
        let mut hosts: BTreeMap<&EngineId, Vec<&Node>> = BTreeMap::new();
        for (node, found) in &self.matches {
            if let Match::One(id, _) = found {
                hosts.entry(id).or_default().push(node);
            }
        }
        hosts
    }

    /// The container of a broker.
    pub fn of_broker(&self, id: BrokerId) -> Option<&Hosted> {
        self.of(&Node::Broker(id))
    }

    /// The container of a node where it is known to have stopped, with its last inspection.
    pub fn stopped(&self, node: &Node) -> Option<&Container> {
        let container = self.of(node)?.container.value()?;
        container.life.state.is_stopped().then_some(container)
    }

    /// Whether an engine answers now.
    pub fn answers(&self) -> bool {
        self.engine
            .as_ref()
            .is_some_and(|engine| engine.value().is_some() && engine.failing().is_none())
    }

    /// Why a node has no container, in a sentence; none where it has one.
    pub fn why_none(&self, node: &Node) -> Option<String> {
        let name = |id: &EngineId| {
            let known = self
                .containers
                .get(id)
                .and_then(|hosted| hosted.container.value());
            known.map_or_else(|| id.to_string(), |container| container.name.to_string())
        };
        match self.matches.get(node) {
            Some(Match::One(..)) => None,
            Some(Match::Several(all)) => {
                let names: Vec<String> = all.iter().map(|(id, _)| name(id)).collect();
                Some(format!(
                    "{node} may be any of the containers {}, so none is used: name it under [clusters.NAME.containers]",
                    names.join(", ")
                ))
            }
            Some(Match::Missing(wanted)) => Some(format!(
                "the configuration gives {node} the container {wanted}, and the engine has none of that name"
            )),
            Some(Match::Shared(id, nodes)) => {
                let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
                Some(format!(
                    "the container {} fits {}, so it is none's: name them under [clusters.NAME.containers]",
                    name(id),
                    nodes.join(" and ")
                ))
            }
            None => Some(match &self.engine {
                None => "no container engine is looked for".to_owned(),
                Some(engine) => match (engine.failing(), engine.value()) {
                    (Some(failing), _) => failing.why.to_string(),
                    (None, None) => "the container engine has not answered yet".to_owned(),
                    (None, Some(_)) => format!("no container of the engine fits {node}"),
                },
            }),
        }
    }
}

/// What part of a container could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// How it fares.
    State,
    /// What it uses.
    Usage,
}

/// What was learnt from an engine.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineFact {
    /// It answered, and this is what it is.
    Is(EngineReport),
    /// None was asked for, and none answered yet, for this reason: that is no loss.
    Absent(Failure),
    /// The containers that there are: any other is gone.
    Listed(Vec<EngineId>),
    /// A container was inspected.
    Inspected(Arc<Container>),
    /// A container changed, as the engine told when it happened.
    Turned {
        /// Which.
        id: EngineId,
        /// Its state from then on.
        state: ContainerState,
        /// When, on the engine's clock.
        at: Option<At>,
    },
    /// The kernel killed a process in a container for want of memory; what became of the container is told by itself.
    OutOfMemory(EngineId),
    /// What a container uses.
    Used(EngineId, Usage),
    /// The newest lines of the output of a container that has stopped, the newest last.
    LastWords(EngineId, Arc<Vec<LogLine>>),
    /// A container could not be read.
    Unread(EngineId, Part, Failure),
}

#[cfg(test)]
mod tests {
    use super::super::failure::FailureKind;
    use super::*;

    #[test]
    fn why_a_node_has_no_container_is_said() {
        let one = EngineId::parse("0123456789ab").expect("an id");
        let node = Node::Broker(BrokerId(1));
        let mut fleet = Fleet::default();
        assert_eq!(
            fleet.why_none(&node).as_deref(),
            Some("no container engine is looked for")
        );
        let mut engine = Reading::default();
        fleet.engine = Some(engine.clone());
        assert!(
            fleet
                .why_none(&node)
                .is_some_and(|why| why.contains("not answered yet"))
        );
        engine.fail(Failure::new(FailureKind::Refused, "no socket"), At(1));
        fleet.engine = Some(engine);
        assert_eq!(fleet.why_none(&node).as_deref(), Some("no socket"));
        fleet.matches.insert(
            node.clone(),
            Match::Several(vec![(one.clone(), vec![]), (one.clone(), vec![])]),
        );
        assert!(
            fleet
                .why_none(&node)
                .is_some_and(|why| why.contains("none is used"))
        );
        fleet
            .matches
            .insert(node.clone(), Match::Missing("kafka-1".into()));
        assert!(fleet.why_none(&node).is_some_and(|why| why.contains("kafka-1")));
        fleet.matches.insert(node.clone(), Match::One(one, vec![]));
        assert_eq!(fleet.why_none(&node), None);
    }
}

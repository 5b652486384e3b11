//! The hand on a simulated cluster: the same gate, without a container.

use std::net::SocketAddr;

use super::hand::{Fault, Hand, Severed, Step};
use crate::health::Bulletin;
use crate::model::act::Node;
use crate::model::sighting::{Condition, Runs, Severing, Sighting};
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::sim::Lever;
use crate::sim::world::{self, Act, ActError, Process, ProcessState};

/// How long an orderly end may take in the model before it is a kill.
const GRACE: Span = Span::seconds(10);

/// A simulated cluster that can be acted on.
pub trait Stage: Send + Sync + 'static {
    /// Does something to it, now.
    fn act(&self, act: &Act) -> Result<(), ActError>;

    /// What a process of it does.
    fn process(&self, node: world::Node) -> Process;

    /// The ZooKeeper that is watched at this address, HOST:PORT.
    fn keeper(&self, address: &str) -> Option<i32>;
}

impl Stage for Lever {
    fn act(&self, act: &Act) -> Result<(), ActError> {
        Lever::act(self, act)
    }

    fn process(&self, node: world::Node) -> Process {
        Lever::process(self, node)
    }

    fn keeper(&self, address: &str) -> Option<i32> {
        let address: SocketAddr = address.parse().ok()?;
        Lever::keeper(self, address)
    }
}

/// The hand on a simulated cluster.
#[derive(Debug)]
pub struct Simulated<S>(pub S);

impl<S: Stage> Simulated<S> {
    fn named(&self, node: &Node) -> Result<world::Node, Fault> {
        match node {
            Node::Broker(id) => Ok(world::Node::Broker(id.0)),
            Node::Controller(id) => Ok(world::Node::Controller(id.0)),
            Node::ZooKeeper(address) => self
                .0
                .keeper(address.raw())
                .map(world::Node::ZooKeeper)
                .ok_or_else(|| Fault::missing(&format!("the simulated cluster has no {node}"))),
        }
    }

    fn sight(&self, node: world::Node) -> Sighting {
        let process = self.0.process(node);
        let condition = match process.state {
            ProcessState::Starting | ProcessState::Running => Condition::Running,
            ProcessState::ShuttingDown => Condition::Between("shutting down".into()),
            ProcessState::Paused => Condition::Paused,
            ProcessState::Gone => Condition::Ended("stopped".into()),
        };
        Sighting {
            handle: handle(node),
            shown: format!("the simulated {node}").into(),
            condition,
            runs: Runs::default(),
            grace: GRACE,
            severing: if process.cut {
                Severing::Already
            } else {
                Severing::Possible {
                    ties: Vec::new(),
                    also: Vec::new(),
                }
            },
        }
    }
}

fn handle(node: world::Node) -> Name {
    let text = match node {
        world::Node::Broker(id) => format!("broker:{id}"),
        world::Node::Controller(id) => format!("controller:{id}"),
        world::Node::ZooKeeper(id) => format!("zookeeper:{id}"),
    };
    text.into()
}

fn node_of(handle: &Name) -> Result<world::Node, Fault> {
    handle
        .raw()
        .parse()
        .map_err(|error: world::NodeNameError| Fault::missing(&error.to_string()))
}

impl<S: Stage> Hand for Simulated<S> {
    fn world(&self) -> Name {
        "the simulated cluster".into()
    }

    async fn find(&self, node: &Node, _bulletin: &Bulletin) -> Result<Sighting, Fault> {
        Ok(self.sight(self.named(node)?))
    }

    async fn look(&self, handle: &Name) -> Result<Sighting, Fault> {
        Ok(self.sight(node_of(handle)?))
    }

    async fn act(&self, handle: &Name, step: &Step) -> Result<(), Fault> {
        let node = node_of(handle)?;
        let act = match step {
            Step::Stop { .. } => Act::Stop(node),
            Step::Start => Act::Start(node),
            Step::Kill => Act::Kill(node),
            Step::Pause => Act::Pause(node),
            Step::Resume => Act::Resume(node),
            Step::Cut(_) => Act::Cut(node),
            Step::Reconnect(_) => Act::Heal(node),
        };
        self.0.act(&act).map_err(|error| Fault::new(&error.to_string()))
    }

    async fn last_lines(&self, _handle: &Name, _since: Option<At>) -> Vec<String> {
        Vec::new()
    }

    async fn severed(&self, _node: &Node, handle: &Name, _bulletin: &Bulletin) -> Result<Severed, Fault> {
        let cut = self.0.process(node_of(handle)?).cut;
        let reached = if cut {
            Vec::new()
        } else {
            vec!["every peer".to_owned()]
        };
        Ok(Severed {
            reached,
            untold: None,
        })
    }
}

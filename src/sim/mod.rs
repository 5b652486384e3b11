//! A simulated Kafka cluster, for the demo, for tests without Docker and for the largest sizes.
//!
//! [`world`] is the model of the cluster: pure, deterministic from a seed, with time as an argument. `serve` lets its brokers
//! and ZooKeepers answer on ports of this machine; [`Simulation`] is both together, with a clock. [`scenario`] is what
//! happens to it and what there is to learn from that, read from files.

mod clock;
mod diary;
pub mod scenario;
mod serve;
#[cfg(test)]
pub(crate) mod testbed;
pub mod world;

pub use diary::Diary;

use crate::model::time::At;
use crate::sim::serve::{Budget, Port, Shared};
use crate::sim::world::{Act, ActError, ClusterSpec, Node, Process, SimTime, SpecError, World};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// How the simulated clock goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// With the machine's clock, so many times as fast.
    Real {
        /// 1.0 is as fast as in reality. Not above [`FASTEST`].
        speed: f64,
    },
    /// Only [`Simulation::advance`] moves it.
    Manual,
}

/// The fastest that the simulated clock may go.
pub const FASTEST: f64 = 100.0;

/// Where the nodes listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The address of all of them.
    pub ip: IpAddr,
    /// The port of broker 1: the others follow in the order of their ids, after them the ZooKeepers. Any free ports where unset.
    pub first_port: Option<u16>,
}

impl Default for Listen {
    /// On loopback alone, on free ports.
    fn default() -> Self {
        Self {
            ip: Ipv4Addr::LOCALHOST.into(),
            first_port: None,
        }
    }
}

/// What went between clients and a broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that the broker has read; the last ones may be unanswered still.
    pub requests: u64,
    /// Bytes of them and of their answers.
    pub bytes: u64,
}

/// Why a simulation did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// What was asked for is no cluster, or too large a one.
    #[error("the simulated cluster cannot be made: {0}")]
    Spec(#[from] SpecError),
    /// Somebody else listens on a port that is wanted.
    #[error("{node} cannot listen on {address}: the port is in use; name another first port, or none")]
    PortInUse {
        /// Who wanted it.
        node: Node,
        /// The address.
        address: SocketAddr,
    },
    /// There are not enough ports above the first one.
    #[error(
        "{nodes} nodes need a port each, and there are not that many from port {first} on; name a lower one, or none"
    )]
    NoPorts {
        /// The first port.
        first: u16,
        /// How many are needed.
        nodes: usize,
    },
    /// A port cannot be had for another reason.
    #[error("{node} cannot listen on {address}: {why}")]
    Listen {
        /// Who wanted it.
        node: Node,
        /// The address.
        address: SocketAddr,
        /// The system's own words.
        why: io::Error,
    },
    /// The clock cannot go that fast.
    #[error(
        "the simulated clock cannot go {0} times as fast as the real one: name a speed above 0, at most {FASTEST}"
    )]
    Speed(f64),
    /// A part of the simulation ended by a fault of its own.
    #[error("a part of the simulated cluster ended by a fault of kaftop: {0}")]
    Died(String),
}

/// A simulated cluster whose brokers answer on ports of this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct Simulation {
    shared: Arc<Shared>,
    addresses: BTreeMap<Node, SocketAddr>,
    tasks: JoinSet<SimError>,
}

impl Simulation {
    /// Makes a cluster, healthy and settled, and lets it listen. The seed decides all that is left to chance.
    ///
    /// Fails where the cluster is none or too large, and where a port cannot be had.
    #[expect(
        clippy::unused_async,
        reason = "it starts tasks, and so must be called within a runtime"
    )]
    pub async fn start(
        spec: &ClusterSpec,
        seed: u64,
        pace: Pace,
        listen: Listen,
    ) -> Result<Simulation, SimError> {
        if let Pace::Real { speed } = pace
            && !(speed > 0.0 && speed <= FASTEST)
        {
            return Err(SimError::Speed(speed));
        }
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = i64::try_from(began.as_millis()).unwrap_or(i64::MAX);
        let world = World::new(spec, seed, began)?;
        let nodes: Vec<Node> = world
            .nodes()
            .into_iter()
            .filter(|node| !matches!(node, Node::Controller(_)))
            .collect();
        let ports = take_ports(&nodes, listen)?;
        let addresses: BTreeMap<Node, SocketAddr> =
            ports.iter().map(|(node, port)| (*node, port.address())).collect();
        let brokers = addresses.iter().filter_map(|(node, address)| match node {
            Node::Broker(id) => Some((*id, address.port())),
            _ => None,
        });
        let shared = Arc::new(Shared::new(world, brokers.collect()));
        let (mut tasks, budget) = (JoinSet::new(), Budget::default());
        for (node, port) in ports {
            let (shared, budget, address) = (shared.clone(), budget.clone(), port.address());
            tasks.spawn(async move {
                let why = serve::listen(node, port, shared, budget).await;
                SimError::Listen { node, address, why }
            });
        }
        if let Pace::Real { speed } = pace {
            tasks.spawn(clock::run(shared.clone(), speed));
        }
        Ok(Self {
            shared,
            addresses,
            tasks,
        })
    }

    /// Where the brokers listen, by id.
    pub fn brokers(&self) -> BTreeMap<i32, SocketAddr> {
        let brokers = self.addresses.iter().filter_map(|(node, address)| match node {
            Node::Broker(id) => Some((*id, *address)),
            _ => None,
        });
        brokers.collect()
    }

    /// The brokers' addresses in the order of their ids, as clients take them to begin with.
    pub fn bootstrap(&self) -> Vec<SocketAddr> {
        self.brokers().into_values().collect()
    }

    /// The ZooKeepers' addresses in the order of their ids; empty in KRaft mode.
    pub fn zookeepers(&self) -> Vec<SocketAddr> {
        let members = self.addresses.iter().filter_map(|(node, address)| match node {
            Node::ZooKeeper(_) => Some(*address),
            _ => None,
        });
        members.collect()
    }

    /// The simulated time.
    pub fn now(&self) -> SimTime {
        self.shared.world().now()
    }

    /// Lets simulated time pass, at once, in whole ticks; meant for [`Pace::Manual`].
    pub fn advance(&self, by: Duration) {
        self.shared.change(|world| {
            let to = world.now() + by;
            world.advance(to);
        });
    }

    /// Does something to the cluster, now.
    pub fn act(&self, act: &Act) -> Result<(), ActError> {
        self.shared.change(|world| world.act(act))
    }

    /// What each broker was asked and has answered since the start, by its id and the key of the API. What is no request
    /// is not counted.
    pub fn traffic(&self) -> BTreeMap<(i32, i16), Traffic> {
        self.shared.traffic()
    }

    /// Lets one record be written to a partition through its leader, with this time of its own in milliseconds since
    /// 1970, as a producer with `acks=1` writes it; the offset that it got. Consumers see it from the next tick on, once
    /// the replicas have it.
    pub fn write(&self, topic: &str, partition: i32, time: i64) -> Result<i64, ActError> {
        self.with_world(|world| serve::write(world, topic, partition, time))
    }

    /// Looks at the world, or changes it.
    pub fn with_world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        self.shared.change(with)
    }

    /// What acts on the cluster from elsewhere, for as long as it is there.
    pub fn lever(&self) -> Lever {
        Lever {
            shared: Arc::clone(&self.shared),
            addresses: self.addresses.clone(),
        }
    }

    /// Resolves when a part of the simulation has ended, which none does by itself.
    pub async fn failed(&mut self) -> SimError {
        match self.tasks.join_next().await {
            Some(Ok(error)) => error,
            Some(Err(died)) => SimError::Died(died.to_string()),
            None => SimError::Died("nothing of it is left".to_owned()),
        }
    }
}

/// What acts on a simulated cluster from another thread. It keeps the world alive, but not the ports: when the simulation
/// is dropped nobody answers any more.
#[derive(Clone, Debug)]
pub struct Lever {
    shared: Arc<Shared>,
    addresses: BTreeMap<Node, SocketAddr>,
}

impl Lever {
    /// Does something to the cluster, now.
    pub fn act(&self, act: &Act) -> Result<(), ActError> {
        self.shared.change(|world| world.act(act))
    }

    /// What a process of the cluster does.
    pub fn process(&self, node: Node) -> Process {
        self.shared.change(|world| world.process(node))
    }

    /// Has a diary look at the cluster, at this moment of whoever reads it.
    pub fn note(&self, diary: &mut Diary, at: At) {
        self.shared.change(|world| diary.look(world, at));
    }

    /// The ZooKeeper that listens at this address.
    pub fn keeper(&self, address: SocketAddr) -> Option<i32> {
        self.addresses.iter().find_map(|(node, at)| match node {
            Node::ZooKeeper(id) if *at == address => Some(*id),
            _ => None,
        })
    }
}

fn take_ports(nodes: &[Node], listen: Listen) -> Result<Vec<(Node, Port)>, SimError> {
    let mut next = listen.first_port;
    let mut ports = Vec::with_capacity(nodes.len());
    for node in nodes {
        let number = match (listen.first_port, next) {
            (None, _) => 0,
            (Some(_), Some(number)) => number,
            (Some(first), None) => {
                return Err(SimError::NoPorts {
                    first,
                    nodes: nodes.len(),
                });
            }
        };
        let address = SocketAddr::new(listen.ip, number);
        let port = Port::take(address).map_err(|why| match why.kind() {
            io::ErrorKind::AddrInUse => SimError::PortInUse { node: *node, address },
            _ => SimError::Listen {
                node: *node,
                address,
                why,
            },
        })?;
        ports.push((*node, port));
        next = next.and_then(|number| number.checked_add(1));
    }
    Ok(ports)
}

//! A simulated cluster of a test: its clock stands unless the test moves it.

use std::time::{Duration, Instant};

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{Act, ClusterSpec, Controllers, Node};
use kaftop::sim::{Listen, Pace, Simulation};
use tokio::runtime::{Builder, Runtime};

use crate::expected::Expected;
use crate::kit::kaftop::Kaftop;

/// A running simulation with a runtime of its own, ended on drop.
pub struct Simulated {
    simulation: Simulation,
    pub runtime: Runtime,
}

impl Simulated {
    /// Starts a cluster.
    pub fn start(spec: &ClusterSpec) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let started = Simulation::start(spec, 7, Pace::Manual, Listen::default());
        let simulation = runtime.block_on(started).unwrap();
        Self { simulation, runtime }
    }

    /// The guide's cluster.
    pub fn guide(mode: Mode) -> Self {
        Self::start(&ClusterSpec::guide(mode))
    }

    /// The guide's cluster with controllers that are no brokers.
    pub fn separate() -> Self {
        Self::start(&ClusterSpec {
            controllers: Controllers::Separate { count: 3 },
            ..ClusterSpec::guide(Mode::Kraft)
        })
    }

    /// The brokers' addresses, HOST:PORT, broker 1 first.
    pub fn bootstrap(&self) -> Vec<String> {
        let addresses = self.simulation.bootstrap();
        addresses.iter().map(ToString::to_string).collect()
    }

    /// kaftop, watching it.
    pub fn kaftop(&self) -> Kaftop {
        let members = self.simulation.zookeepers();
        let members: Vec<_> = members.iter().map(ToString::to_string).collect();
        Kaftop::new(&self.bootstrap(), &members)
    }

    /// The simulation itself.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// Does something to a node.
    pub fn act(&self, act: &Act) {
        self.simulation
            .act(act)
            .unwrap_or_else(|why| panic!("{act:?}: {why}"));
    }

    /// Lets simulated time pass.
    pub fn seconds(&self, seconds: u64) {
        self.simulation.advance(Duration::from_secs(seconds));
    }

    /// The active controller, as the world has it.
    pub fn controller(&self) -> i32 {
        let controller = self.simulation.with_world(|world| world.image(1).controller);
        controller.unwrap_or_else(|| panic!("nobody is controller"))
    }

    /// Lets simulated time pass in small steps until the condition holds.
    pub fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "{what}: not so within 20 s");
            self.simulation.advance(Duration::from_millis(50));
        }
    }

    /// Takes a snapshot, and holds it and the exit code of `check` against what is expected.
    pub fn prove(&self, what: &str, expected: &Expected) {
        let kaftop = self.kaftop();
        let taken = kaftop.snapshot();
        if let Err(why) = expected.holds(&taken.snapshot) {
            panic!("{what}: {why}\n{}", taken.snapshot.brief());
        }
        let (code, line) = kaftop.check();
        println!("{what}: check says {code}: {line}");
        let wanted = match expected.level {
            "ok" => 0,
            "degraded" => 1,
            "critical" => 2,
            _ => 3,
        };
        assert_eq!(code, wanted, "{what}: {line}");
    }
}

/// Brokers as nodes.
pub fn brokers<const N: usize>(ids: [i32; N]) -> [Node; N] {
    ids.map(Node::Broker)
}

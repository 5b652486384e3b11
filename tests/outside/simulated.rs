//! Kafka's own tools, unmodified, on the simulated cluster: they and kaftop say the same.

use kaftop::model::cluster::Mode;
use kaftop::sim::world::ClusterSpec;
use kaftop::sim::{Listen, Pace, Simulation};
use tokio::runtime::Builder;

use crate::compare;
use crate::kit::kaftop::Kaftop;
use crate::kit::lock::Lock;
use crate::kit::scripts::Scripts;

/// Every describing tool of a version on a simulated cluster whose clock stands, so that all are asked about the same state.
fn described(mode: Mode, image: &'static str) {
    let _lock = Lock::beside_others();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let spec = ClusterSpec::guide(mode);
    let simulation = Simulation::start(&spec, 7, Pace::Manual, Listen::default());
    let simulation = runtime.block_on(simulation).unwrap();
    let texts = |addresses: Vec<std::net::SocketAddr>| -> Vec<String> {
        addresses.iter().map(ToString::to_string).collect()
    };
    let bootstrap = texts(simulation.bootstrap());
    let kaftop = Kaftop::new(&bootstrap, &texts(simulation.zookeepers()));
    let snapshot = kaftop.snapshot().snapshot;
    let scripts = Scripts::of_image(image, &bootstrap);
    let id = scripts.cluster_id();
    compare::identity(&snapshot, &id, &bootstrap).unwrap();
    compare::placement(&snapshot, &scripts.topics(), true).unwrap();
    let ends = scripts.offsets("-1", ".*");
    compare::ends(&snapshot, &ends, &ends).unwrap();
    let groups = scripts.groups();
    assert!(groups.len() >= 3, "{groups:?}");
    // ZooKeeper mode has no other protocol than the classic one.
    let types = |name: &str| match name {
        "dlq-inspector-group" if mode == Mode::Kraft => "consumer",
        _ => "classic",
    };
    compare::groups_of_types(&snapshot, &groups, &types).unwrap();
    let dirs = scripts.log_dirs();
    for broker in snapshot.brokers.iter().flatten() {
        let replicas = &dirs[&broker.id];
        assert_eq!(broker.replicas, Some(replicas.len()), "broker {}", broker.id);
        assert_eq!(
            broker.log_bytes,
            Some(replicas.values().sum()),
            "broker {}",
            broker.id
        );
    }
    if mode == Mode::Kraft {
        compare::quorum(&snapshot, &scripts.quorum(), &[1, 2, 3]).unwrap();
    }
}

#[test]
fn kafkas_tools_of_4_1_on_simulated_kraft() {
    described(Mode::Kraft, "kaftop/kafka:4.1.2");
}

#[test]
fn kafkas_tools_of_3_9_on_simulated_zookeeper() {
    described(Mode::ZooKeeper, "kaftop/kafka:3.9.2");
}

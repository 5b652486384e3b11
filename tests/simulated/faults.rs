//! What `kaftop snapshot` and `kaftop check` say of a simulated cluster, healthy and with each fault: the same as of a real one.

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{Act, Node};

use crate::expected::{BROKERS, Council, Expected};
use crate::kit::writer::{self, ANSWERED, Met};
use crate::simulated::{Simulated, brokers};

/// Both layouts in both modes begin healthy.
#[test]
fn healthy() {
    let kraft = Simulated::guide(Mode::Kraft);
    kraft.prove("KRaft", &Expected::healthy(Council::Quorum));
    let separate = Simulated::separate();
    separate.prove("KRaft, separate controllers", &Expected::healthy(Council::Quorum));
    let zookeeper = Simulated::guide(Mode::ZooKeeper);
    zookeeper.prove("ZooKeeper", &Expected::healthy(Council::Ensemble("ok")));
}

/// A broker that is not the controller.
fn follower(cluster: &Simulated) -> i32 {
    let controller = cluster.controller();
    BROKERS.into_iter().find(|id| *id != controller).unwrap()
}

#[test]
fn one_broker_stopped() {
    for (mode, council, failure) in [
        (Mode::Kraft, Council::Quorum, Some("refused")),
        (Mode::ZooKeeper, Council::Ensemble("ok"), None),
    ] {
        let cluster = Simulated::guide(mode);
        let victim = follower(&cluster);
        cluster.act(&Act::Stop(Node::Broker(victim)));
        cluster.seconds(20);
        cluster.prove(
            "a broker stopped",
            &Expected::without(&[victim], "down", failure, council),
        );
        cluster.act(&Act::Start(Node::Broker(victim)));
        cluster.seconds(60);
        cluster.prove("started again", &Expected::healthy(council));
    }
}

#[test]
fn one_broker_paused() {
    for (mode, council, failure) in [
        (Mode::Kraft, Council::Quorum, Some("timeout")),
        (Mode::ZooKeeper, Council::Ensemble("ok"), None),
    ] {
        let cluster = Simulated::guide(mode);
        let victim = follower(&cluster);
        cluster.act(&Act::Pause(Node::Broker(victim)));
        cluster.seconds(40);
        cluster.prove(
            "a broker paused",
            &Expected::without(&[victim], "down", failure, council),
        );
        cluster.act(&Act::Resume(Node::Broker(victim)));
        cluster.seconds(60);
        cluster.prove("resumed", &Expected::healthy(council));
    }
}

#[test]
fn one_broker_cut_off() {
    for (mode, council) in [
        (Mode::Kraft, Council::Quorum),
        (Mode::ZooKeeper, Council::Ensemble("ok")),
    ] {
        let cluster = Simulated::guide(mode);
        let victim = follower(&cluster);
        cluster.act(&Act::Cut(Node::Broker(victim)));
        cluster.seconds(60);
        cluster.prove(
            "a broker cut off",
            &Expected::without(&[victim], "cut_off", None, council),
        );
        cluster.act(&Act::Heal(Node::Broker(victim)));
        cluster.seconds(90);
        cluster.prove("healed", &Expected::healthy(council));
    }
}

#[test]
fn two_of_three_combined_nodes_killed() {
    let cluster = Simulated::guide(Mode::Kraft);
    for node in brokers([1, 2]) {
        cluster.act(&Act::Kill(node));
    }
    cluster.seconds(60);
    let lost = Expected::without(&[1, 2], "unreachable", Some("refused"), Council::NoQuorum);
    cluster.prove("the quorum lost", &lost.critical("stalled"));
}

#[test]
fn two_of_three_zookeepers_killed() {
    let cluster = Simulated::guide(Mode::ZooKeeper);
    for member in [1, 2] {
        cluster.act(&Act::Kill(Node::ZooKeeper(member)));
    }
    cluster.seconds(30);
    let members = cluster.simulation().zookeepers();
    let lost = Expected {
        level: "critical",
        // The third one runs and serves nobody, since the others are gone.
        cause: members
            .iter()
            .take(2)
            .map(|address| format!("zookeeper:{address}"))
            .collect(),
        safe_to_stop: Vec::new(),
        ..Expected::healthy(Council::Ensemble("majority_lost"))
    };
    cluster.prove("the ensemble lost", &lost);
    // Brokers go on, without failover.
    let partition = ("messages".to_owned(), 0);
    let met = writer::write(&cluster.bootstrap(), std::slice::from_ref(&partition), ANSWERED);
    assert_eq!(met[&partition], Met::Acknowledged);
}

//! The fault tour of a ZooKeeper cluster: 3 brokers of 3.9.2 and 3 ZooKeepers on two networks.

use std::time::Duration;

use crate::compare;
use crate::expected::{BROKERS, Council, Expected};
use crate::kit::rig::{Cluster, Layout, kafka, zookeeper};
use crate::kit::scripts::Scripts;
use crate::tour::{Tour, leads, leads_most, written_by_users};
use crate::tour_kraft::assert_cut;

const WHOLE: Council = Council::Ensemble("ok");

/// In ZooKeeper mode nobody tells the address of a broker whose session has ended: a snapshot that starts then
/// cannot try it, and does not know how it would fail.
const UNTOLD: Option<&str> = None;

/// The controller as a member of the ensemble knows it.
fn controller(cluster: &Cluster) -> i32 {
    Scripts::zookeeper_controller(cluster, "zookeeper-1").unwrap()
}

/// The broker that is neither the controller nor the one to be stopped first.
fn solo(cluster: &Cluster) -> i32 {
    let controller = controller(cluster);
    let others: Vec<i32> = BROKERS.into_iter().filter(|id| *id != controller).collect();
    others[1]
}

fn prove_controller(tour: &mut Tour, expected: &Expected) {
    let snapshot = tour.held(expected);
    assert_eq!(
        (
            snapshot.cluster.controller_state.as_str(),
            snapshot.cluster.controller
        ),
        ("known", Some(controller(&tour.cluster)))
    );
}

#[test]
fn the_fault_tour_of_a_zookeeper_cluster() {
    let mut tour = Tour::begin(Layout::ZookeeperCut, "3.9.2", WHOLE, solo);
    let healthy = Expected::healthy(WHOLE);
    tour.await_healthy("healthy");
    tour.prove(&healthy, 1);
    prove_controller(&mut tour, &healthy);
    prove_modes(&mut tour, &healthy);

    let chief = controller(&tour.cluster);
    let others: Vec<i32> = BROKERS.into_iter().filter(|id| *id != chief).collect();
    let (first, solo) = (others[0], others[1]);

    tour.cluster.docker("stop", &[kafka(first)]);
    let stopped = Expected::without(&[first], "down", UNTOLD, WHOLE);
    let down = format!("Broker {first} is down");
    tour.settle("a broker stopped", &stopped, &[&down]);
    tour.prove(&stopped, solo);
    tour.cluster.docker("start", &[kafka(first)]);
    tour.await_healthy("started again");

    tour.cluster.docker("kill", &[kafka(chief)]);
    tour.prove_silence(chief, "refused", &[&format!("Broker {chief} refuses")]);
    let killed = Expected::without(&[chief], "down", UNTOLD, WHOLE);
    let down = format!("Broker {chief} is down");
    tour.settle("the controller killed", &killed, &[&down]);
    tour.prove(&killed, first);
    prove_controller(&mut tour, &killed);
    // Its session has ended, else it would end itself with NodeExistsException.
    tour.cluster.docker("start", &[kafka(chief)]);
    tour.await_healthy("started again");

    let topics = Scripts::through(&tour.cluster, 1).topics();
    assert!(leads(&topics, solo) >= 50, "the one to pause leads too little");
    tour.cluster.docker("pause", &[kafka(solo)]);
    let does_not = format!("Broker {solo} does not answer");
    tour.prove_silence(solo, "timeout", &[&does_not]);
    // The topic with its one replica there has no leader any more: clients wait for one.
    let hung = Expected::without(&[solo], "down", UNTOLD, WHOLE).critical("stalled");
    tour.settle("a broker paused", &hung, &[&format!("Broker {solo} is down")]);
    tour.prove(&hung, first);
    tour.cluster.docker("unpause", &[kafka(solo)]);
    tour.await_healthy("unpaused");

    let topics = Scripts::through(&tour.cluster, 1).topics();
    let lonely = leads_most(&topics, &[first, chief]);
    let peer = if lonely == first { chief } else { first };
    tour.cluster.rig("cut", &[&kafka(lonely)]);
    let cut = Expected::without(&[lonely], "cut_off", None, WHOLE);
    tour.settle(
        "a broker cut off from its peers",
        &cut,
        &[&format!(
            "Broker {lonely} answers clients but its peers dropped it"
        )],
    );
    assert_cut(&tour.cluster, lonely);
    tour.prove(&cut, peer);
    tour.cluster.rig("heal", &[&kafka(lonely)]);
    tour.await_healthy("healed");

    let survivor = if controller(&tour.cluster) == first {
        chief
    } else {
        first
    };
    let dead: Vec<i32> = BROKERS.into_iter().filter(|id| *id != survivor).collect();
    let nodes = tour
        .cluster
        .in_address_order(dead.iter().map(|id| kafka(*id)).collect());
    tour.cluster.docker("kill", &nodes);
    let lost = Expected::without(&dead, "down", UNTOLD, WHOLE).critical("refused");
    let down = format!("Brokers {} and {} are down", dead[0], dead[1]);
    tour.settle("two brokers killed", &lost, &[&down, "refused"]);
    tour.prove(&lost, survivor);
    tour.cluster.docker("start", &nodes);
    tour.await_healthy("both started again");

    lose_zookeepers(&mut tour);
    tour.await_healthy("the ensemble whole again");
    tour.prove(&healthy, survivor);

    tour.screen.resize(80, 24);
    let small = tour
        .screen
        .await_words(Duration::from_secs(5), &["HEALTHY", "Brokers"]);
    tour.note(small);
    tour.end();
}

/// One ZooKeeper down, the leader of the ensemble; then two: brokers go on, without failover.
fn lose_zookeepers(tour: &mut Tour) {
    let members = tour.cluster.zookeeper();
    let leader = (1..=3)
        .find(|member| tour.cluster.zookeeper_mode(*member).as_deref() == Some("leader"))
        .unwrap();
    let address = |member: i32| {
        let index = usize::try_from(member - 1).unwrap();
        format!("zookeeper:{}", members[index])
    };
    let second = leader % 3 + 1;
    let nodes = tour
        .cluster
        .in_address_order(vec![zookeeper(leader), zookeeper(second)]);
    tour.cluster.docker("stop", &[zookeeper(leader)]);
    let one = Expected {
        level: "degraded",
        cause: vec![address(leader)],
        ..Expected::healthy(Council::Ensemble("minority_lost"))
    };
    tour.settle("one ZooKeeper stopped", &one, &["ZooKeeper"]);
    tour.prove(&one, 2);
    prove_modes(tour, &one);

    let before = Scripts::through(&tour.cluster, 2).topics();
    tour.cluster.docker("kill", &[zookeeper(second)]);
    // The third one runs, and serves nobody.
    let two = Expected {
        level: "critical",
        cause: (1..=3).map(address).collect(),
        safe_to_stop: Vec::new(),
        ..Expected::healthy(Council::Ensemble("majority_lost"))
    };
    tour.settle("two ZooKeepers down", &two, &["running without failover"]);
    prove_modes(tour, &two);
    // `kafka-topics --describe` is not asked now: it sends DescribeConfigs, and each of those takes one of a
    // broker's request handlers until ZooKeeper is back. kaftop asks many times, and the brokers must still
    // serve after it.
    for _ in 0..20 {
        tour.held(&two);
    }
    let same = compare::leadership(&tour.held(&two), &before);
    tour.note(same);
    tour.prove_writes(&two, &written_by_users(&before));
    tour.prove_exit_codes(&two);
    let list = [
        "kafka-consumer-groups",
        "--bootstrap-server",
        "localhost:29092",
        "--list",
    ];
    let served = tour.cluster.try_exec("kafka-2", &list);
    tour.note(served.map(drop));
    tour.cluster.docker("start", &nodes);
}

/// The members' modes are what their own `srvr` says.
fn prove_modes(tour: &mut Tour, expected: &Expected) {
    let snapshot = tour.held(expected);
    let ensemble = snapshot.ensemble.unwrap();
    assert_eq!(ensemble.members.len(), 3);
    for (member, number) in ensemble.members.iter().zip(1..) {
        let theirs = tour.cluster.zookeeper_mode(number);
        let ours = member.mode.clone().filter(|mode| mode != "not_serving");
        assert_eq!(ours, theirs, "{}", member.address);
    }
}

//! The fault tour of a ZooKeeper cluster: 3 brokers of 3.9.2 and 3 ZooKeepers on two networks.

use crate::compare;
use crate::expected::{BROKERS, Council, Expected};
use crate::kit::rig::{Cluster, Layout, kafka, zookeeper};
use crate::kit::scripts::Scripts;
use crate::tour::{Tour, written_by_users};

const WHOLE: Council = Council::Ensemble("ok");

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
    tour.prove(&healthy, 1);
    prove_controller(&mut tour, &healthy);
    prove_modes(&mut tour, &healthy);

    let chief = controller(&tour.cluster);
    let others: Vec<i32> = BROKERS.into_iter().filter(|id| *id != chief).collect();
    let (first, solo) = (others[0], others[1]);
    tour.stop_a_broker(first, solo);
    let killed = tour.kill_the_controller(chief, first);
    prove_controller(&mut tour, &killed);
    // Its session has ended, else it would end itself with NodeExistsException.
    tour.start_again(&[kafka(chief)]);
    tour.pause_a_broker(solo, first);
    tour.cut_a_broker_off([first, chief]);

    let survivor = if controller(&tour.cluster) == first {
        chief
    } else {
        first
    };
    let (dead, nodes) = tour.all_but(survivor);
    tour.act("kill", &nodes);
    let lost = tour.expect_down(&dead, "refused").critical("refused");
    let down = format!("Brokers {} and {} are down", dead[0], dead[1]);
    tour.settle("two brokers killed", &lost, &[&down, "refused"]);
    tour.prove(&lost, survivor);
    tour.start_again(&nodes);

    lose_zookeepers(&mut tour);
    tour.await_healthy("the ensemble whole again");
    tour.prove(&healthy, survivor);
    tour.end_on_a_small_screen();
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
    tour.act("stop", &[zookeeper(leader)]);
    let one = Expected {
        level: "degraded",
        cause: vec![address(leader)],
        ..Expected::healthy(Council::Ensemble("minority_lost"))
    };
    tour.settle("one ZooKeeper stopped", &one, &["ZooKeeper"]);
    tour.prove(&one, 2);
    prove_modes(tour, &one);

    let before = Scripts::through(&tour.cluster, 2).topics();
    tour.act("kill", &[zookeeper(second)]);
    // The third one runs and serves nobody, since the others are gone: it is not the cause.
    let two = Expected {
        level: "critical",
        cause: (1..=3)
            .filter(|member| [leader, second].contains(member))
            .map(address)
            .collect(),
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
    tour.act("start", &nodes);
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

//! The fault tour of a KRaft cluster: 3 combined nodes of 4.1.2 on two networks.

use std::time::Duration;

use crate::compare;
use crate::expected::{BROKERS, Council, Expected};
use crate::kit::rig::{Cluster, Layout, kafka};
use crate::kit::scripts::{Scripts, Topics};
use crate::kit::snapshot::Snapshot;
use crate::kit::{Checked, ensure};
use crate::tour::{Tour, leads, leads_most, written_by_users};

/// The node that is neither the active controller nor the one to be stopped first.
fn solo(cluster: &Cluster) -> i32 {
    let controller = Scripts::through(cluster, 1).quorum().leader;
    let others: Vec<i32> = BROKERS.into_iter().filter(|id| *id != controller).collect();
    others[1]
}

#[test]
fn the_fault_tour_of_a_kraft_cluster() {
    let mut tour = Tour::begin(Layout::KraftCut, "4.1.2", Council::Quorum, solo);
    let healthy = Expected::healthy(Council::Quorum);
    tour.await_healthy("healthy");
    tour.prove(&healthy, 1);
    tour.prove_moving_ends();

    let scripts = Scripts::through(&tour.cluster, 1);
    let controller = scripts.quorum().leader;
    let others: Vec<i32> = BROKERS.into_iter().filter(|id| *id != controller).collect();
    let (first, solo) = (others[0], others[1]);

    tour.cluster.docker("stop", &[kafka(first)]);
    let stopped = Expected::without(&[first], "down", Some("refused"), Council::Quorum);
    let down = format!("Broker {first} is down");
    tour.settle("a broker stopped", &stopped, &[&down]);
    tour.prove(&stopped, solo);
    tour.cluster.docker("start", &[kafka(first)]);
    tour.await_healthy("started again");

    tour.cluster.docker("kill", &[kafka(controller)]);
    tour.prove_silence(controller, "refused", &[&format!("Broker {controller} refuses")]);
    let killed = Expected::without(&[controller], "down", Some("refused"), Council::Quorum);
    let down = format!("Broker {controller} is down");
    tour.settle("the active controller killed", &killed, &[&down]);
    tour.prove(&killed, first);
    tour.cluster.docker("start", &[kafka(controller)]);
    tour.await_healthy("started again");

    let topics = Scripts::through(&tour.cluster, 1).topics();
    assert!(leads(&topics, solo) >= 50, "the one to pause leads too little");
    tour.cluster.docker("pause", &[kafka(solo)]);
    let does_not = format!("Broker {solo} does not answer");
    tour.prove_silence(solo, "timeout", &[&does_not]);
    // The topic with its one replica there has no leader any more: clients wait for one.
    let hung = Expected::without(&[solo], "down", Some("timeout"), Council::Quorum).critical("stalled");
    tour.settle("a broker paused", &hung, &[&format!("Broker {solo} is down")]);
    tour.prove(&hung, first);
    tour.cluster.docker("unpause", &[kafka(solo)]);
    tour.await_healthy("unpaused");

    let topics = Scripts::through(&tour.cluster, 1).topics();
    let lonely = leads_most(&topics, &[first, controller]);
    let peer = if lonely == first { controller } else { first };
    tour.cluster.rig("cut", &[&kafka(lonely)]);
    let cut = Expected::without(&[lonely], "cut_off", None, Council::Quorum);
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

    // Nobody is left to elect leaders or to drop the dead: the survivor's metadata stays as it was.
    let before = Scripts::through(&tour.cluster, 1).topics();
    let leader = Scripts::through(&tour.cluster, 1).quorum().leader;
    let survivor = BROKERS
        .into_iter()
        .find(|id| *id != leader && *id != solo)
        .unwrap();
    let dead: Vec<i32> = BROKERS.into_iter().filter(|id| *id != survivor).collect();
    let nodes = tour
        .cluster
        .in_address_order(dead.iter().map(|id| kafka(*id)).collect());
    tour.cluster.docker("kill", &nodes);
    let lost =
        Expected::without(&dead, "unreachable", Some("refused"), Council::NoQuorum).critical("stalled");
    let refuse = format!("Brokers {} and {} refuse connections", dead[0], dead[1]);
    tour.settle("two brokers killed", &lost, &[&refuse, "quorum"]);
    tour.prove_writes(&lost, &written_by_users(&before));
    let snapshot = tour.held(&lost);
    tour.prove_exit_codes(&lost);
    tour.note(stays_as_reported(&snapshot, &before, survivor));
    tour.cluster.docker("start", &nodes);
    tour.await_healthy("both started again");
    tour.prove(&healthy, survivor);

    tour.screen.resize(80, 24);
    let small = tour
        .screen
        .await_words(Duration::from_secs(5), &["HEALTHY", "Brokers"]);
    tour.note(small);
    tour.end();
}

/// Without a quorum the survivor's metadata is what it was, and is shown so; only the judgement differs.
fn stays_as_reported(snapshot: &Snapshot, before: &Topics, survivor: i32) -> Checked {
    compare::leadership(snapshot, before)?;
    let table = snapshot.table();
    for (partition, placement) in &before.partitions {
        let row = table[partition];
        let led = placement.leader == Some(survivor);
        let class = if led { "under_min_isr" } else { "offline" };
        ensure!(
            row.inferred && row.class == class,
            "{partition:?}, {class}: {row:?}"
        );
    }
    Ok(())
}

/// Inside the victim's network namespace no peer is reached by name or by any address, while its published
/// port answers: the fault is what its name says.
pub fn assert_cut(cluster: &Cluster, victim: i32) {
    let node = kafka(victim);
    for peer in BROKERS.into_iter().filter(|id| *id != victim) {
        let mut hosts = cluster.addresses_of(&kafka(peer));
        hosts.push(format!("broker-{peer}"));
        hosts.push(kafka(peer));
        for host in hosts {
            assert!(
                !cluster.connects_from(&node, &host, 29092),
                "{node} still reaches {host}"
            );
        }
    }
    assert!(
        std::net::TcpStream::connect(cluster.address(victim)).is_ok(),
        "the published port of {node} is closed"
    );
}

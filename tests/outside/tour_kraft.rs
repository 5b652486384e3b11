//! The fault tour of a KRaft cluster: 3 combined nodes of 4.1.2 on two networks.

use crate::compare;
use crate::expected::{BROKERS, Council, Expected};
use crate::kit::rig::{Cluster, Layout, kafka};
use crate::kit::scripts::{Scripts, Topics};
use crate::kit::snapshot::Snapshot;
use crate::kit::{Checked, ensure};
use crate::tour::{Tour, written_by_users};

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
    tour.prove(&healthy, 1);
    tour.prove_moving_ends();

    let controller = Scripts::through(&tour.cluster, 1).quorum().leader;
    let others: Vec<i32> = BROKERS.into_iter().filter(|id| *id != controller).collect();
    let (first, solo) = (others[0], others[1]);
    tour.stop_a_broker(first, solo);
    tour.kill_the_controller(controller, first);
    tour.start_again(&[kafka(controller)]);
    tour.pause_a_broker(solo, first);
    tour.cut_a_broker_off([first, controller]);

    // Nobody is left to elect leaders or to drop the dead: the survivor's metadata stays as it was.
    let before = Scripts::through(&tour.cluster, 1).topics();
    let leader = Scripts::through(&tour.cluster, 1).quorum().leader;
    let survivor = BROKERS
        .into_iter()
        .find(|id| *id != leader && *id != solo)
        .unwrap();
    let (dead, nodes) = tour.all_but(survivor);
    tour.act("kill", &nodes);
    let lost =
        Expected::without(&dead, "unreachable", Some("refused"), Council::NoQuorum).critical("stalled");
    let refuse = format!("Brokers {} and {} refuse connections", dead[0], dead[1]);
    tour.settle("two brokers killed", &lost, &[&refuse, "quorum"]);
    tour.prove_writes(&lost, &written_by_users(&before));
    let snapshot = tour.held(&lost);
    tour.prove_exit_codes(&lost);
    tour.note(stays_as_reported(&snapshot, &before, survivor));
    tour.start_again(&nodes);
    tour.prove(&healthy, survivor);
    tour.end_on_a_small_screen();
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

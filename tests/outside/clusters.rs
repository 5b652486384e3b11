//! Other layouts and versions than those of the tours.

use std::collections::BTreeSet;

use crate::compare;
use crate::expected::{Council, Expected};
use crate::hands::Hands;
use crate::kit::kaftop::Kaftop;
use crate::kit::rig::{Cluster, Layout, kafka};
use crate::kit::scripts::{Scripts, Topics};
use crate::kit::snapshot::Snapshot;
use crate::kit::{Checked, ensure, writer};
use crate::sharing;
use crate::tour::{AT_REST, written_by_users};

/// A snapshot that says what is expected, what Kafka's tools say, and what a producer meets.
fn prove(cluster: &Cluster, expected: &Expected, through: i32, capped: bool) -> Snapshot {
    let kaftop = Kaftop::new(&cluster.bootstrap(), &cluster.zookeeper());
    let settled = kaftop.await_snapshot("as expected", AT_REST, |snapshot| expected.holds(snapshot));
    settled.unwrap_or_else(|why| panic!("{why}"));
    let scripts = Scripts::through(cluster, through);
    let topics = scripts.topics();
    let ends = scripts.offsets("-1", "messages|dlq");
    let groups = scripts.groups();
    let snapshot = kaftop.await_snapshot("as Kafka's tools say", AT_REST, |snapshot| {
        expected.holds(snapshot)?;
        compare::placement(snapshot, &topics, capped)?;
        compare::ends(snapshot, &ends, &ends)?;
        compare::groups(snapshot, &groups)
    });
    let snapshot = snapshot.unwrap_or_else(|why| panic!("{why}"));
    prove_writes(cluster, expected, &topics, capped);
    snapshot
}

/// Where min ISR is not capped, a topic with one replica refuses always, which is no incident.
fn prove_writes(cluster: &Cluster, expected: &Expected, topics: &Topics, capped: bool) {
    let mut partitions = written_by_users(topics);
    if !capped {
        let solo = partitions.iter().filter(|(topic, _)| topic == "solo").cloned();
        let meetings = writer::write(&cluster.bootstrap(), &solo.collect::<Vec<_>>(), writer::ANSWERED);
        assert_eq!(writer::as_writes(&meetings), "refused", "{meetings:?}");
        partitions.retain(|(topic, _)| topic != "solo");
    }
    let up: Vec<String> = expected.up().iter().map(|id| cluster.address(*id)).collect();
    let meetings = writer::write(&up, &partitions, writer::ANSWERED);
    assert_eq!(writer::as_writes(&meetings), expected.writes, "{meetings:?}");
}

/// Healthy, then with broker 3 stopped, held against Kafka's tools; and what else is to be seen while it is healthy.
fn a_version(layout: Layout, version: &str, whole: Council, capped: bool, also: fn(&Cluster, &Kaftop)) {
    let cluster = Cluster::start(layout, version, Some("messages:24 dlq:3"));
    let scripts = Scripts::through(&cluster, 1);
    // Broker 2 alone: it stays.
    scripts.topics_command(&["--create", "--topic", "solo", "--replica-assignment", "2"]);
    let dlq = |number: i32| (("dlq".to_owned(), number), 1);
    let topics = scripts.topics();
    let mut filled = written_by_users(&topics);
    filled.retain(|(topic, _)| topic != "solo");
    for _ in 0..3 {
        let meetings = writer::write(&cluster.bootstrap(), &filled, writer::ANSWERED);
        assert_eq!(writer::as_writes(&meetings), "ok", "{meetings:?}");
    }
    writer::commit(&cluster.bootstrap(), "stopped-group", &[dlq(0), dlq(1)]);
    prove(&cluster, &Expected::healthy(whole), 2, capped);
    also(&cluster, &Kaftop::new(&cluster.bootstrap(), &cluster.zookeeper()));
    cluster.docker("stop", &[kafka(3)]);
    // In ZooKeeper mode nobody tells the address of a broker that is gone.
    let failure = (whole == Council::Quorum).then_some("refused");
    let stopped = Expected::without(&[3], "down", failure, whole);
    prove(&cluster, &stopped, 1, capped);
}

#[test]
fn kafka_3_5_1_with_zookeeper_on_the_guides_layout() {
    a_version(Layout::Guide, "3.5.1", Council::Ensemble("ok"), false, |_, _| ());
}

#[test]
fn kafka_4_3_1_with_kraft_on_one_network() {
    a_version(
        Layout::Kraft,
        "4.3.1",
        Council::Quorum,
        true,
        |cluster, kaftop| {
            sharing::prove_a_share_group(cluster, kaftop);
            sharing::prove_a_streams_group(cluster, kaftop);
        },
    );
}

#[test]
fn separate_controllers() {
    let cluster = Cluster::start(Layout::KraftSeparate, "4.1.2", Some("messages:24 dlq:3"));
    let healthy = Expected::healthy(Council::Quorum);
    let snapshot = prove(&cluster, &healthy, 1, true);
    let all = [101, 102, 103, 1, 2, 3];
    let quorum = Scripts::through(&cluster, 1).quorum();
    compare::quorum(&snapshot, &quorum, &all).unwrap();
    assert_eq!(quorum.voters, BTreeSet::from([101, 102, 103]));

    // The active one, so that another has to take over.
    let first = quorum.leader;
    let mut nodes = cluster.in_address_order(quorum.voters.iter().map(|id| controller(*id)).collect());
    let hands = Hands::new(&cluster, "separate");
    hands.done(&["act", "stop", &format!("controller:{first}")]);
    assert_eq!(hands.state(&controller(first)), "exited");
    let one = Expected {
        level: "degraded",
        cause: vec![format!("controller:{first}")],
        ..Expected::healthy(Council::Quorum)
    };
    let snapshot = prove(&cluster, &one, 2, true);
    let quorum = Scripts::through(&cluster, 2).quorum();
    let living: Vec<i32> = all.into_iter().filter(|id| *id != first).collect();
    compare::quorum(&snapshot, &quorum, &living).unwrap();

    // Without a majority nobody elects: brokers serve on, and what the quorum would say is not known.
    let before = Scripts::through(&cluster, 2).topics();
    let second = quorum.leader;
    let kill = ["act", "kill", &format!("controller:{second}"), "--yes"];
    hands.refused(&kill, &controller(second), &["majority"]);
    cluster.docker("kill", &[controller(second)]);
    let kaftop = Kaftop::new(&cluster.bootstrap(), &[]);
    let two = Expected {
        level: "unknown",
        safe_to_stop: Vec::new(),
        ..Expected::healthy(Council::NoQuorum)
    };
    let settled = kaftop.await_snapshot("two controllers down", AT_REST, |snapshot| {
        two.holds(snapshot)?;
        names_the_silence(snapshot)
    });
    settled.unwrap_or_else(|why| panic!("{why}"));
    // `kafka-topics --describe` asks the controller for reassignments, and hangs.
    prove_writes(&cluster, &two, &before, true);
    assert_eq!(kaftop.check().0, 3);

    nodes.retain(|node| *node == controller(first) || *node == controller(second));
    for node in &nodes {
        let id = if *node == controller(first) { first } else { second };
        hands.done(&["act", "start", &format!("controller:{id}")]);
        assert_eq!(hands.state(node), "running");
    }
    assert_eq!(hands.left(), 0);
    let third = quorum.voters.iter().find(|id| ![first, second].contains(id));
    on_a_controller(&hands, *third.unwrap());
    prove(&cluster, &healthy, 3, true);
}

/// What else is done to a controller.
fn on_a_controller(hands: &Hands<'_>, id: i32) {
    let target = format!("controller:{id}");
    let act = |verb: &str| hands.done(&["act", verb, &target]);
    act("pause");
    assert_eq!(hands.state(&controller(id)), "paused");
    act("resume");
    act("kill");
    assert_eq!(
        hands.cluster.inspect(&controller(id), "{{.State.ExitCode}}"),
        "137"
    );
    act("start");
    let started = || hands.cluster.inspect(&controller(id), "{{.State.StartedAt}}");
    let before = started();
    act("restart");
    assert_ne!(started(), before);
    assert_eq!(hands.left(), 0);
}

fn names_the_silence(snapshot: &Snapshot) -> Checked {
    let sentence = &snapshot.verdict.sentence;
    ensure!(sentence.contains("No controller answers"), "{sentence}");
    Ok(())
}

/// The node of a controller: 101 is `controller-1`.
fn controller(id: i32) -> String {
    format!("controller-{}", id - 100)
}

//! The verdict in every row of the production guide's failure table, and for brokers that hang or are cut off.

use super::*;
use crate::model::cluster::Mode;
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::store::testbed::{Link, World, views};

/// What a test compares: level, writes, cause, safe to stop.
pub(super) type Slots = (Level, Writes, Vec<String>, Option<Vec<i32>>);

pub(super) fn slots(snapshot: &Snapshot) -> Slots {
    let verdict = derive(snapshot, None).verdict;
    (
        verdict.level,
        verdict.writes,
        verdict.cause.iter().map(ToString::to_string).collect(),
        verdict
            .safe_to_stop
            .map(|ids| ids.iter().map(|id| id.0).collect()),
    )
}

pub(super) fn expected(level: Level, writes: Writes, cause: &[&str], safe: Option<&[i32]>) -> Slots {
    (
        level,
        writes,
        cause.iter().map(ToString::to_string).collect(),
        safe.map(<[i32]>::to_vec),
    )
}

pub(super) fn sentence(snapshot: &Snapshot) -> String {
    derive(snapshot, None).verdict.sentence
}

pub(super) fn lose(world: &mut World, brokers: &[i32], link: Link) {
    for id in brokers {
        world.links.insert(*id, link);
    }
}

pub(super) fn settled(world: &mut World) -> Snapshot {
    world.poll();
    world.poll()
}

#[test]
fn healthy_is_one_calm_line() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let snapshot = settled(&mut World::new(mode));
        assert_eq!(
            slots(&snapshot),
            expected(Level::Ok, Writes::Ok, &[], Some(&[1, 2, 3])),
            "{mode:?}"
        );
        let verdict = derive(&snapshot, None).verdict;
        assert_eq!(
            verdict.sentence,
            "3 of 3 brokers, 6 partitions on 3 of 3 replicas."
        );
        assert_eq!(
            (verdict.writes_note.as_str(), verdict.next_loss.as_str()),
            ("none refused", "none refused")
        );
        assert_eq!(
            (verdict.safe_note.as_str(), verdict.next_step.as_str()),
            ("any one broker", "Nothing to do.")
        );
    }
}

#[test]
fn one_broker_down() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let mut world = World::new(mode);
        settled(&mut world);
        lose(&mut world, &[1], Link::Refuses);
        world.drop_brokers(&[1]);
        world.lose_voters(&[1]);
        let snapshot = settled(&mut world);
        assert_eq!(
            slots(&snapshot),
            expected(Level::Degraded, Writes::Ok, &["broker:1"], Some(&[])),
            "{mode:?}"
        );
        let verdict = derive(&snapshot, None).verdict;
        assert_eq!(
            verdict.sentence,
            "Broker 1 is down: its port refuses connections. All 6 partitions run on 2 of 3 replicas."
        );
        let next = if mode == Mode::Kraft {
            "6 partitions refuse writes (min ISR 2), no failover if a voter"
        } else {
            "6 partitions refuse writes (min ISR 2)"
        };
        assert_eq!(verdict.next_loss, next);
        assert_eq!(verdict.safe_note, "no broker");
    }
}

#[test]
fn two_brokers_down_on_zookeeper_refuse_writes() {
    let mut world = World::new(Mode::ZooKeeper);
    settled(&mut world);
    lose(&mut world, &[1, 2], Link::Refuses);
    world.drop_brokers(&[1, 2]);
    let snapshot = settled(&mut world);
    assert_eq!(
        slots(&snapshot),
        expected(
            Level::Critical,
            Writes::Refused,
            &["broker:1", "broker:2"],
            Some(&[])
        )
    );
    let words = sentence(&snapshot);
    assert_eq!(
        words,
        "Brokers 1 and 2 are down. All 6 partitions refuse writes: too few replicas in sync."
    );
}

#[test]
fn two_of_three_kraft_nodes_killed_leave_a_green_survivor_that_is_not_believed() {
    let mut world = World::new(Mode::Kraft);
    settled(&mut world);
    lose(&mut world, &[1, 2], Link::Refuses);
    world.quorum = None;
    let snapshot = settled(&mut world);
    assert!(
        snapshot
            .partitions()
            .all(|(_, partition)| partition.isr.len() == 3),
        "frozen and all green"
    );
    assert_eq!(
        slots(&snapshot),
        expected(
            Level::Critical,
            Writes::Stalled,
            &["broker:1", "broker:2"],
            Some(&[])
        )
    );
    let words = sentence(&snapshot);
    assert!(
        words.contains("quorum lost its majority (1 of 3 left)"),
        "{words}"
    );
    assert!(
        snapshot
            .partitions()
            .all(|(topic, partition)| judge(&snapshot, topic, partition).inferred)
    );
}

#[test]
fn three_brokers_down_after_being_seen() {
    let mut world = World::new(Mode::Kraft);
    settled(&mut world);
    lose(&mut world, &[1, 2, 3], Link::Refuses);
    world.quorum = None;
    let snapshot = settled(&mut world);
    let (level, writes, cause, safe) = slots(&snapshot);
    assert_eq!((level, writes, safe), (Level::Critical, Writes::Stalled, None));
    assert_eq!(cause.len(), 3);
    assert!(sentence(&snapshot).starts_with("No broker runs: all 3 refuse connections. What is shown is "));
}

#[test]
fn silence_of_all_is_unknown_for_it_may_be_the_network_from_here() {
    let mut world = World::new(Mode::Kraft);
    settled(&mut world);
    lose(&mut world, &[1, 2, 3], Link::Hangs);
    world.quorum = None;
    settled(&mut world);
    let snapshot = settled(&mut world);
    let (level, writes, _, safe) = slots(&snapshot);
    assert_eq!((level, writes, safe), (Level::Unknown, Writes::Unknown, None));
}

#[test]
fn one_zookeeper_down() {
    let mut world = World::new(Mode::ZooKeeper);
    settled(&mut world);
    world.ensemble.insert("zk-2:2181", None);
    let snapshot = settled(&mut world);
    let cause = ["zookeeper:zk-2:2181"];
    assert_eq!(
        slots(&snapshot),
        expected(Level::Degraded, Writes::Ok, &cause, Some(&[1, 2, 3]))
    );
    let words = sentence(&snapshot);
    assert_eq!(
        words,
        "ZooKeeper zk-2:2181 does not serve (2 of 3 left; one more loss ends failover)."
    );
}

#[test]
fn two_zookeepers_down_serve_on_without_failover() {
    let mut world = World::new(Mode::ZooKeeper);
    settled(&mut world);
    world.ensemble.insert("zk-2:2181", None);
    world.ensemble.insert("zk-3:2181", None);
    world
        .ensemble
        .insert("zk-1:2181", Some(crate::model::ensemble::MemberMode::NotServing));
    let snapshot = settled(&mut world);
    // The one that answers serves nobody since it is alone: it is not the cause.
    let cause = ["zookeeper:zk-2:2181", "zookeeper:zk-3:2181"];
    assert_eq!(
        slots(&snapshot),
        expected(Level::Critical, Writes::Ok, &cause, Some(&[]))
    );
    assert_eq!(
        sentence(&snapshot),
        "ZooKeepers zk-2:2181 and zk-3:2181 are lost (1 of 3 left): running without failover, a broker that fails now is not replaced."
    );
    world.links.insert(2, Link::Refuses);
    let next = derive(&settled(&mut world), None).verdict.next_step;
    assert_eq!(
        next,
        "Start ZooKeepers zk-2:2181 and zk-3:2181 first, then start broker 2: without a majority nothing heals by itself."
    );
    assert!(
        sentence(&settled(&mut world)).starts_with("ZooKeepers zk-2:2181 and zk-3:2181 are lost"),
        "the root of it stands first"
    );
}

#[test]
fn a_zookeeper_that_answers_alone_is_waited_for() {
    let mut world = World::new(Mode::ZooKeeper);
    settled(&mut world);
    let alone = Some(crate::model::ensemble::MemberMode::NotServing);
    world.ensemble.insert("zk-2:2181", alone);
    let verdict = derive(&settled(&mut world), None).verdict;
    assert_eq!(
        verdict.sentence,
        "ZooKeeper zk-2:2181 answers and has not joined the others (2 of 3 left; one more loss ends failover)."
    );
    assert!(
        verdict
            .next_step
            .starts_with("Wait for ZooKeeper zk-2:2181 to join"),
        "{}",
        verdict.next_step
    );
}

#[test]
fn zookeepers_that_elect_are_not_to_be_started() {
    let mut world = World::new(Mode::ZooKeeper);
    settled(&mut world);
    let alone = Some(crate::model::ensemble::MemberMode::NotServing);
    world.ensemble.insert("zk-1:2181", alone);
    world.ensemble.insert("zk-2:2181", alone);
    world.ensemble.insert("zk-3:2181", None);
    let verdict = derive(&settled(&mut world), None).verdict;
    assert_eq!(verdict.level, Level::Critical);
    assert_eq!(
        verdict.sentence,
        "2 of 3 ZooKeepers answer and have no leader: until they elect one a broker that fails is not replaced."
    );
    assert_eq!(
        verdict.next_step,
        "Wait for the ZooKeepers to elect a leader; if they do not, look at the network between them."
    );
}

/// A broker that answers and is listed, and that the controllers have not heard of for a while.
#[test]
fn a_broker_that_its_peers_no_longer_hear_of_stalls_writes_before_it_is_dropped() {
    let mut world = World::new(Mode::Kraft);
    settled(&mut world);
    world.lose_voters(&[3]);
    let snapshot = settled(&mut world);
    assert_eq!(
        slots(&snapshot),
        expected(Level::Critical, Writes::Stalled, &["broker:3"], Some(&[3]))
    );
    let verdict = derive(&snapshot, None).verdict;
    assert_eq!(
        verdict.sentence,
        "Broker 3 answers us, but the controllers have not heard of it for some seconds: the network to its peers may be cut. Writes hang on all 6 partitions."
    );
    assert_eq!(
        verdict.next_step,
        "Look at the network between broker 3 and the others, and stop no other broker."
    );
}

#[test]
fn a_hung_broker_stalls_writes_until_it_is_dropped() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let mut world = World::new(mode);
        settled(&mut world);
        lose(&mut world, &[1], Link::Hangs);
        let snapshot = settled(&mut world);
        assert_eq!(slots(&snapshot).0, Level::Critical, "{mode:?}");
        assert_eq!(slots(&snapshot).1, Writes::Stalled);
        assert_eq!(slots(&snapshot).2, ["broker:1"]);
        assert_eq!(
            sentence(&snapshot),
            "Broker 1 does not answer, and the cluster has not dropped it yet. 2 of 6 partitions are offline. Writes hang on all 6 partitions."
        );
        world.drop_brokers(&[1]);
        world.lose_voters(&[1]);
        let snapshot = settled(&mut world);
        assert_eq!(
            slots(&snapshot),
            expected(Level::Degraded, Writes::Ok, &["broker:1"], Some(&[]))
        );
    }
}

#[test]
fn a_broker_that_only_we_cannot_reach_does_not_stall_writes() {
    let mut world = World::new(Mode::Kraft);
    settled(&mut world);
    lose(&mut world, &[1], Link::Hangs);
    settled(&mut world);
    for _ in 0..4 {
        world.end += 5;
        world.poll();
    }
    world.end += 5;
    let snapshot = world.poll();
    assert_eq!(slots(&snapshot).0, Level::Degraded);
    assert_eq!(slots(&snapshot).1, Writes::Ok);
    assert!(
        sentence(&snapshot).starts_with("Broker 1 cannot be reached from here"),
        "{}",
        sentence(&snapshot)
    );
}

#[test]
fn a_cut_off_broker_is_named_with_its_risk() {
    let mut world = World::new(Mode::Kraft);
    settled(&mut world);
    world.drop_brokers(&[1]);
    world.lose_voters(&[1]);
    let snapshot = settled(&mut world);
    assert_eq!(
        slots(&snapshot),
        expected(Level::Degraded, Writes::Ok, &["broker:1"], Some(&[]))
    );
    let words = sentence(&snapshot);
    assert!(
        words.starts_with("Broker 1 answers clients but its peers dropped it 0s ago: anything it acknowledges with acks=1 is at risk."),
        "{words}"
    );
}

#[test]
fn a_lagging_replica_is_traced_to_its_broker_and_only_that_one_may_be_stopped() {
    let mut world = World::new(Mode::Kraft);
    for view in world.views.values_mut() {
        views(&mut view.topics[0]).next().expect("one").isr = vec![BrokerId(1), BrokerId(2)];
    }
    let snapshot = settled(&mut world);
    assert_eq!(
        slots(&snapshot),
        expected(Level::Degraded, Writes::Ok, &["broker:3"], Some(&[3]))
    );
    let words = sentence(&snapshot);
    assert_eq!(
        words,
        "1 of 6 partitions runs on 2 of 3 replicas. Broker 3 is up with 1 replica out of sync."
    );
}

#[test]
fn a_lost_voter_that_is_no_broker_is_a_controller() {
    let mut world = World::new(Mode::Kraft);
    for voter in world.quorum.iter_mut().flat_map(|quorum| &mut quorum.voters) {
        voter.id = BrokerId(voter.id.0 + 3);
    }
    world
        .quorum
        .iter_mut()
        .for_each(|quorum| quorum.leader = Some(BrokerId(4)));
    world.lose_voters(&[5]);
    let snapshot = settled(&mut world);
    assert_eq!(
        slots(&snapshot),
        expected(Level::Degraded, Writes::Ok, &["controller:5"], Some(&[1, 2, 3]))
    );
    world.quorum = None;
    let snapshot = settled(&mut world);
    assert_eq!(slots(&snapshot).0, Level::Unknown);
    assert_eq!(
        slots(&snapshot).3,
        Some(vec![]),
        "nothing is safe while nobody can elect"
    );
}

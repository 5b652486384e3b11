//! Quorums and ensembles that are lost, and what their brokers tell then.

use super::super::*;
use super::kit::*;
use crate::model::cluster::Mode;

const ONE: Node = Node::Broker(1);

#[test]
fn a_kraft_survivor_of_a_lost_quorum_stays_all_green() {
    let mut watched = Watched::new(&spec(Mode::Kraft), 3);
    watched.run(5.0);
    watched.act(&Act::Kill(ONE));
    watched.act(&Act::Kill(Node::Broker(2)));
    watched.run(62.0);
    assert_eq!(watched.story(), Vec::<String>::new());
    for partition in 0..3 {
        assert!(watched.told_by(3, partition).contains('1'), "ISR of {partition}");
    }
    assert_eq!(watched.world.image(3).live().count(), 3);
    assert_eq!(watched.world.forward(3), Forward::Silent);
    assert_eq!(watched.world.quorum(3), None);
    assert_eq!(watched.write(3, 2, Acks::All, 20.0), Wrote::Hangs);
    watched.act(&Act::Start(ONE));
    watched.act(&Act::Start(Node::Broker(2)));
    watched.run(45.0);
    let truth = watched.world.truth();
    assert!(
        truth
            .topic("t")
            .unwrap()
            .partitions
            .iter()
            .all(|partition| partition.isr.len() == 3)
    );
    assert!(watched.world.quorum(3).unwrap().leader_epoch > 1);
}

#[test]
fn an_observer_that_is_gone_is_told_of_for_five_minutes_by_the_leader_that_knew_it() {
    let separate = ClusterSpec {
        controllers: Controllers::Separate { count: 3 },
        ..spec(Mode::Kraft)
    };
    let mut watched = Watched::new(&separate, 3);
    watched.run(5.0);
    let observers = |watched: &Watched| {
        let quorum = watched.world.quorum(3).unwrap();
        let leader = quorum
            .voters
            .iter()
            .find(|voter| voter.id == quorum.leader)
            .unwrap();
        let now = leader.last_fetch.unwrap();
        let age = |one: &QuorumReplica| (one.id, (now - one.last_fetch.unwrap()) / 1_000);
        quorum.observers.iter().map(age).collect::<Vec<_>>()
    };
    assert_eq!(observers(&watched), [(1, 0), (2, 0), (3, 0)]);
    watched.act(&Act::Kill(ONE));
    watched.run(290.0);
    assert_eq!(observers(&watched), [(1, 290), (2, 0), (3, 0)]);
    watched.run(15.0);
    assert_eq!(observers(&watched), [(2, 0), (3, 0)]);
    // Another leader has never heard of one that is gone.
    watched.act(&Act::Kill(Node::Broker(2)));
    watched.run(5.0);
    let leader = watched.world.quorum(3).unwrap().leader;
    watched.act(&Act::Kill(Node::Controller(leader)));
    watched.run(20.0);
    assert_eq!(observers(&watched), [(3, 0)]);
}

#[test]
fn zookeeper_survivors_refuse_honestly_once_two_sessions_have_ended() {
    let mut watched = Watched::new(&spec(Mode::ZooKeeper), 3);
    watched.run(5.0);
    watched.act(&Act::Kill(ONE));
    watched.act(&Act::Kill(Node::Broker(2)));
    watched.run(17.0);
    assert_eq!(watched.story(), Vec::<String>::new());
    watched.run(3.0);
    assert_eq!(
        watched.world.image(3).brokers.keys().copied().collect::<Vec<_>>(),
        [3]
    );
    assert_eq!(watched.told_by(3, 0), "Some(3) [3] 2");
    let refused = Wrote::Refused(AppendError::NotEnoughReplicas);
    assert_eq!(watched.write(3, 0, Acks::All, 1.0), refused);
}

#[test]
fn without_an_ensemble_work_goes_on_and_nobody_is_replaced() {
    let mut watched = Watched::new(&spec(Mode::ZooKeeper), seed_without(Mode::ZooKeeper, 1));
    watched.run(5.0);
    for keeper in [2, 3] {
        watched.act(&Act::Stop(Node::ZooKeeper(keeper)));
    }
    watched.run(60.0);
    assert_eq!(watched.story(), Vec::<String>::new());
    assert_eq!(watched.write(1, 0, Acks::All, 1.0), Wrote::Acked(0.0));
    assert!(!watched.world.settings_answered(1));
    let modes: Vec<_> = (1..=3)
        .map(|keeper| watched.world.ensemble(keeper).map(|view| view.mode))
        .collect();
    assert_eq!(modes, [Some(EnsembleMode::NotServing), None, None]);
    watched.act(&Act::Kill(ONE));
    watched.run(60.0);
    assert_eq!(watched.story(), Vec::<String>::new());
    assert_eq!(watched.write(2, 1, Acks::All, 20.0), Wrote::Hangs);
    watched.act(&Act::Start(Node::ZooKeeper(2)));
    watched.run(30.0);
    assert_eq!(watched.told_by(2, 0), "Some(2) [2, 3] 1");
    let modes: Vec<_> = (1..=3)
        .map(|keeper| watched.world.ensemble(keeper).map(|view| view.mode))
        .collect();
    assert_eq!(
        modes,
        [Some(EnsembleMode::Follower), Some(EnsembleMode::Leader), None]
    );
}

#[test]
fn describing_the_quorum_stays_silent_long_after_its_leader_was_paused() {
    let mut watched = Watched::new(&spec(Mode::Kraft), seed_with(Mode::Kraft, 1));
    watched.run(5.0);
    assert_eq!(watched.world.quorum(2).map(|view| view.leader), Some(1));
    watched.act(&Act::Pause(ONE));
    watched.run(29.0);
    assert_eq!((watched.world.quorum(2), watched.world.quorum(3)), (None, None));
    assert!(
        !watched.world.image(2).is_live(1),
        "fenced by a new controller all the same"
    );
    watched.run(6.0);
    let view = watched.world.quorum(2).unwrap();
    assert_ne!(view.leader, 1);
    let paused = view.voters.iter().find(|voter| voter.id == 1).unwrap();
    let now = watched.world.wall(watched.world.now());
    assert!(now - paused.last_fetch.unwrap() > 30_000);
    // A controller that is killed refuses connections, and another one is found at once.
    let mut watched = Watched::new(&spec(Mode::Kraft), seed_with(Mode::Kraft, 1));
    watched.run(5.0);
    watched.act(&Act::Kill(ONE));
    watched.run(5.0);
    assert!(watched.world.quorum(2).is_some());
}

#[test]
fn a_zookeeper_cluster_that_was_killed_as_a_whole_comes_back() {
    let mut watched = Watched::new(&spec(Mode::ZooKeeper), 0);
    for broker in [2, 1, 3] {
        watched.run(8.0);
        watched.act(&Act::Kill(Node::Broker(broker)));
    }
    watched.run(20.0);
    for broker in 1..=3 {
        watched.act(&Act::Start(Node::Broker(broker)));
    }
    watched.run(10.0);
    for partition in 0..3 {
        let told = watched.told_by(1, partition);
        assert!(told.starts_with("Some(3)"), "{told}");
        assert_eq!(watched.write(3, partition, Acks::All, 1.0), Wrote::Acked(0.0));
    }
}

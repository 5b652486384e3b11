//! Partitions without leaders, elections, replicas that flap, topics that go and come.

use super::super::*;
use super::kit::*;
use crate::model::cluster::Mode;

const ONE: Node = Node::Broker(1);

#[test]
fn the_last_replicas_of_a_partition() {
    // Brokers 1 and 2 hold the data; both go, and the one that went first comes back first.
    let two = |mode, release| {
        let mut spec = spec(mode);
        spec.release = release;
        spec.brokers = 3;
        spec.controllers = Controllers::Separate { count: 3 };
        spec.topics = vec![TopicSpec::named("t", 1).assigned(&[&[1, 2]]).at_rate(20.0)];
        spec
    };
    let table: [(Mode, Release, &[&str]); 3] = [
        (
            Mode::Kraft,
            Release::V3_9,
            &[
                "p0 leader 2 isr [2] epoch 1",
                "p0 leader - isr [2] epoch 2",
                "p0 leader 2 isr [2] epoch 3",
                "p0 leader 2 isr [2, 1] epoch 3",
            ],
        ),
        (
            Mode::Kraft,
            Release::V4_1,
            &[
                "p0 leader 2 isr [2] elr [1] epoch 1",
                "p0 leader - isr [] elr [1, 2] epoch 2",
                "p0 leader 1 isr [1] elr [2] epoch 3",
                "p0 leader 1 isr [1, 2] epoch 3",
            ],
        ),
        (
            Mode::ZooKeeper,
            Release::V3_9,
            &[
                "p0 leader 2 isr [2] epoch 1",
                "p0 leader - isr [2] epoch 2",
                "p0 leader 2 isr [2] epoch 3",
                "p0 leader 2 isr [2, 1] epoch 3",
            ],
        ),
    ];
    for (mode, release, expected) in table {
        let mut watched = Watched::new(&two(mode, release), 1);
        watched.run(2.0);
        watched.act(&Act::Stop(ONE));
        watched.run(5.0);
        watched.act(&Act::Stop(Node::Broker(2)));
        watched.run(20.0);
        watched.act(&Act::Start(ONE));
        watched.run(20.0);
        watched.act(&Act::Start(Node::Broker(2)));
        watched.run(30.0);
        let story = watched.story();
        let found: Vec<_> = story.iter().filter(|line| line.starts_with('p')).collect();
        assert_eq!(found, expected, "{mode:?} {release:?}");
    }
}

#[test]
fn an_unclean_election_loses_what_only_the_dead_had() {
    let mut spec = spec(Mode::Kraft);
    spec.release = Release::V3_9;
    spec.controllers = Controllers::Separate { count: 3 };
    spec.topics = vec![
        TopicSpec {
            unclean: Some(true),
            ..TopicSpec::named("t", 1).assigned(&[&[1, 2]])
        }
        .replicated(2, 1),
    ];
    spec.topics[0].assignment = Some(vec![vec![1, 2]]);
    let mut watched = Watched::new(&spec, 1);
    watched.run(1.0);
    watched.act(&Act::Kill(Node::Broker(2)));
    watched.run(12.0);
    assert_eq!(watched.write(1, 0, Acks::All, 1.0), Wrote::Acked(0.0));
    let at = watched.at(0);
    let end = watched.world.log(1, at, None).unwrap().end;
    watched.act(&Act::Kill(ONE));
    watched.act(&Act::Start(Node::Broker(2)));
    watched.run(20.0);
    assert_eq!(watched.told_by(2, 0), "Some(2) [2] 1");
    assert_eq!(watched.world.log(2, at, None).unwrap().end, end - 1);
    watched.act(&Act::Start(ONE));
    watched.run(10.0);
    assert_eq!(watched.told_by(2, 0), "Some(2) [2, 1] 1");
    assert_eq!(watched.world.replica(1, at).unwrap().end, end - 1);
}

#[test]
fn a_slow_replica_leaves_the_isr_and_comes_back_again_and_again() {
    let mut watched = Watched::new(&spec(Mode::Kraft), 1);
    watched.run(5.0);
    watched.act(&Act::Slow {
        broker: 3,
        factor: 0.4,
    });
    watched.run(300.0);
    let story = watched.story();
    let of = |line: &str| story.iter().filter(|told| told.as_str() == line).count();
    assert_eq!(of("p0 leader 1 isr [1, 2] epoch 0"), 3, "{story:#?}");
    assert_eq!(of("p0 leader 1 isr [1, 2, 3] epoch 0"), 3, "{story:#?}");
    assert!(!story.iter().any(|line| line.starts_with("out")));
    watched.act(&Act::Slow {
        broker: 3,
        factor: 1.0,
    });
    watched.run(200.0);
    assert_eq!(watched.story(), Vec::<String>::new());
}

#[test]
fn leaders_go_back_to_the_first_replica_when_asked() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let mut watched = Watched::new(&spec(mode), seed_without(mode, 1));
        watched.act(&Act::Stop(ONE));
        watched.run(5.0);
        watched.act(&Act::Start(ONE));
        watched.run(10.0);
        assert_eq!(watched.told_by(1, 0), "Some(2) [2, 3, 1] 1");
        let at = watched.at(0);
        assert_eq!(watched.world.elect_leader(2, at, false), Ok(()));
        assert_eq!(
            watched.world.elect_leader(2, at, false),
            Err(ElectError::NotNeeded)
        );
        watched.run(1.0);
        assert_eq!(watched.told_by(1, 0), "Some(1) [2, 3, 1] 2");
        assert_eq!(watched.write(1, 0, Acks::All, 1.0), Wrote::Acked(0.0));
    }
}

#[test]
fn a_topic_that_is_made_again_has_another_id_and_begins_at_epoch_zero() {
    let mut watched = Watched::new(&spec(Mode::Kraft), 1);
    watched.act(&Act::Stop(ONE));
    watched.run(10.0);
    let before = watched.world.truth().topic("t").unwrap().clone();
    assert_eq!(before.partitions[0].leader_epoch, 1);
    let at = watched.at(0);
    watched.act(&Act::DeleteTopic("t".to_owned()));
    watched.run(0.1);
    assert_eq!(watched.world.log(2, at, None), Err(LogError::Unknown));
    assert_eq!(
        watched.world.act(&Act::DeleteTopic("t".to_owned())),
        Err(ActError::NoSuchTopic("t".to_owned()))
    );
    let again = TopicSpec::named("t", 3).replicated(2, 2).at_rate(10.0);
    watched.act(&Act::CreateTopic(again.clone()));
    assert!(matches!(
        watched.world.act(&Act::CreateTopic(again)),
        Err(ActError::AlreadyThere(_))
    ));
    watched.run(5.0);
    let after = watched.world.truth().topic("t").unwrap().clone();
    assert_ne!(before.id, after.id);
    assert!(
        after
            .partitions
            .iter()
            .all(|partition| partition.leader_epoch == 0)
    );
    let leader = after.partitions[0].leader.unwrap();
    let log = watched
        .world
        .log(leader, after.place(0).unwrap(), Some(0))
        .unwrap();
    assert!(
        log.start == 0 && log.end > 5 && log.end == log.high_watermark,
        "{log:?}"
    );
}

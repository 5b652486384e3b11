//! What the store must hold while brokers contradict each other and fall silent.

use proptest::prelude::*;

use super::testbed::{Link, World, partition, topic, views};
use crate::model::broker::BrokerState;
use crate::model::cluster::{Controller, Mode};
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::{BrokerId, PartitionId, TopicId};
use crate::model::intake::Origin;
use crate::model::observation::{Ask, Fact, PartitionView};
use crate::model::snapshot::Snapshot;
use crate::model::time::{At, Since, Span};
use crate::model::topic::{Partition, Reassignment};

fn state(snapshot: &Snapshot, id: i32) -> Option<BrokerState> {
    snapshot.broker(BrokerId(id)).and_then(|broker| broker.state)
}

fn orders(snapshot: &Snapshot, index: i32) -> &Partition {
    snapshot
        .partition(&PartitionId {
            topic: "orders".into(),
            partition: index,
        })
        .expect("known")
}

/// Makes a broker say something else of a partition of its first topic.
fn say(world: &mut World, id: i32, view: PartitionView) {
    let topic = &mut world.views.get_mut(&id).expect("known").topics[0];
    let said = views(topic).find(|said| said.index == view.index);
    *said.expect("known") = view;
}

fn isr(snapshot: &Snapshot, index: i32) -> Vec<i32> {
    orders(snapshot, index).isr.iter().map(|id| id.0).collect()
}

#[test]
fn everybody_agrees() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    let snapshot = world.poll();
    for id in 1..=3 {
        assert_eq!(state(&snapshot, id), Some(BrokerState::Up));
    }
    assert_eq!(snapshot.metadata.disputed, 0);
    assert_eq!(snapshot.cluster.controller, Controller::Known(BrokerId(2)));
    assert_eq!(orders(&snapshot, 0).end.value(), Some(&100));
    assert_eq!(
        snapshot.brokers[&BrokerId(1)]
            .load
            .map(|load| (load.leaders, load.in_sync)),
        Some((2, 6))
    );
}

#[test]
fn the_same_word_again_is_as_fresh_as_a_new_one_and_says_nothing_where_there_was_none() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    let read_at = |snapshot: &Snapshot| snapshot.metadata.read.last().map(|last| last.at);
    let before = read_at(&world.poll());
    for _ in 0..10 {
        world.now = world.now.plus(Span::seconds(1));
        for id in 1..=3 {
            world.say(Origin::Broker(BrokerId(id)), Fact::SameMetadata);
        }
    }
    let snapshot = world.store.publish(world.now);
    assert_eq!(read_at(&snapshot), Some(world.now));
    assert_ne!(read_at(&snapshot), before);
    assert_eq!(state(&snapshot, 2), Some(BrokerState::Up));
    let stranger = Origin::Broker(BrokerId(9));
    world.say(
        stranger.clone(),
        Fact::Failed(
            Ask::Metadata,
            Failure::new(FailureKind::NotAsked, "another cluster"),
        ),
    );
    world.say(stranger, Fact::SameMetadata);
    let missing = world.store.publish(world.now).intake.missing;
    assert!(
        missing.iter().any(|missing| missing.ask == Ask::Metadata),
        "{missing:?}"
    );
}

#[test]
fn what_one_broker_tells_of_all_partitions_keeps_its_value_and_its_age_while_reading_it_fails() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    let moved = PartitionId {
        topic: "orders".into(),
        partition: 0,
    };
    let moving = Reassignment {
        adding: vec![BrokerId(3)],
        removing: vec![BrokerId(1)],
    };
    let from = Origin::Broker(BrokerId(1));
    let read_at = world.now;
    let all = [(moved.clone(), moving.clone())].into();
    world.say(from.clone(), Fact::Reassignments(all));
    let eligible = [(moved.clone(), vec![BrokerId(2)])].into();
    world.say(from.clone(), Fact::Eligible(eligible));
    for ask in [Ask::Reassignments, Ask::Eligible] {
        let why = Failure::new(FailureKind::Timeout, "no answer in 900ms");
        world.say(from.clone(), Fact::Failed(ask, why));
    }
    let metadata = world.poll().metadata;
    let (moves, eligible) = (metadata.reassignments, metadata.eligible);
    assert_eq!(moves.value().and_then(|all| all.get(&moved)), Some(&moving));
    assert_eq!(moves.last().map(|last| last.at), Some(read_at));
    assert!(moves.failing().is_some() && eligible.failing().is_some());
    assert_eq!(
        eligible.value().and_then(|all| all.get(&moved)),
        Some(&vec![BrokerId(2)])
    );
}

#[test]
fn a_killed_broker_is_unreachable_until_its_peers_drop_it_and_keeps_its_row() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.links.insert(1, Link::Refuses);
    let silent_at = world.now.plus(Span::seconds(1));
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1), Some(BrokerState::Unreachable));
    assert_eq!(
        orders(&snapshot, 0).leader,
        Some(BrokerId(1)),
        "leaders stay as reported"
    );
    assert_eq!(
        orders(&snapshot, 0).end.value(),
        Some(&100),
        "the last good end stays"
    );
    assert!(orders(&snapshot, 0).end.failing().is_some());
    world.poll();
    world.drop_brokers(&[1]);
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1), Some(BrokerState::Down));
    assert_eq!(
        snapshot.brokers[&BrokerId(1)].since,
        Since::Exactly(silent_at),
        "the outage began with the silence"
    );
    assert_eq!(isr(&snapshot, 0), [2, 3]);
    assert_eq!(snapshot.churn.total.shrinks.total, 6);
    assert_eq!(snapshot.churn.total.leader_changes.total, 2);
}

#[test]
fn one_slow_answer_changes_nothing() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.links.insert(1, Link::Hangs);
    assert_eq!(state(&world.poll(), 1), Some(BrokerState::Up));
    assert_eq!(state(&world.poll(), 1), Some(BrokerState::Unreachable));
    world.links.insert(1, Link::Answers);
    assert_eq!(state(&world.poll(), 1), Some(BrokerState::Up));
}

#[test]
fn a_cut_off_broker_that_lies_calmly_is_not_believed() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.drop_brokers(&[1]);
    let snapshot = world.poll();
    // Where it led, the survivors know a higher epoch; where it followed, the epoch is the same, and the
    // leader's own word counts.
    for index in 0..6 {
        assert!(
            !orders(&snapshot, index).isr.contains(&BrokerId(1)),
            "partition {index}"
        );
        assert_ne!(orders(&snapshot, index).leader, Some(BrokerId(1)));
    }
    assert_eq!(
        state(&snapshot, 1),
        Some(BrokerState::Up),
        "one poll settles nothing"
    );
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1), Some(BrokerState::CutOff));
    assert_eq!(snapshot.metadata.disputed, 6);
    assert_eq!(
        (state(&snapshot, 2), state(&snapshot, 3)),
        (Some(BrokerState::Up), Some(BrokerState::Up))
    );
    world.end = 150;
    let snapshot = world.poll();
    assert_eq!(
        snapshot.churn.total.shrinks.total, 6,
        "the lie is not counted back and forth"
    );
    assert_eq!(orders(&snapshot, 1).leader, Some(BrokerId(2)));
}

#[test]
fn with_equal_epochs_the_leaders_own_word_counts_and_without_it_the_larger_side() {
    let mut world = World::new(Mode::ZooKeeper);
    world.poll();
    // Partition 1 is led by broker 2, which dropped 3 from the ISR; broker 1 has not heard yet.
    for id in [2, 3] {
        say(&mut world, id, partition(1, Some(2), 0, &[2, 3, 1], &[2, 1]));
    }
    assert_eq!(isr(&world.poll(), 1), [2, 1]);
    world.links.insert(2, Link::Refuses);
    say(&mut world, 1, partition(1, Some(2), 0, &[2, 3, 1], &[2, 1]));
    assert_eq!(isr(&world.poll(), 1), [2, 1]);
}

#[test]
fn an_epoch_never_goes_back_when_those_who_knew_fall_silent() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.drop_brokers(&[1]);
    world.poll();
    world.links.insert(2, Link::Refuses);
    world.links.insert(3, Link::Refuses);
    let snapshot = world.poll();
    assert_eq!(orders(&snapshot, 0).leader_epoch, Some(1));
    assert_ne!(orders(&snapshot, 0).leader, Some(BrokerId(1)));
}

#[test]
fn a_recreated_topic_starts_again_at_epoch_zero_and_its_old_numbers_are_gone() {
    let mut world = World::new(Mode::Kraft);
    world.drop_brokers(&[1]);
    world.poll();
    let fresh = topic("orders", 9, vec![partition(0, Some(2), 0, &[2, 3], &[2, 3])]);
    for id in [2, 3] {
        world.views.get_mut(&id).expect("known").topics = vec![fresh.clone()];
    }
    world.end = 3;
    let snapshot = world.poll();
    let topic = &snapshot.topics["orders"];
    assert_eq!(topic.id, Some(TopicId([9; 16])));
    assert_eq!(topic.partitions.len(), 1);
    assert_eq!(topic.partitions[0].end.value(), Some(&3));
    assert_eq!(topic.partitions[0].rate, None);
}

#[test]
fn a_deleted_topic_goes_although_a_cut_off_broker_still_names_it() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.drop_brokers(&[1]);
    for id in [2, 3] {
        world.views.get_mut(&id).expect("known").topics.clear();
    }
    assert!(world.poll().topics.is_empty());
}

#[test]
fn a_broker_known_only_from_replica_lists_is_a_row() {
    let mut world = World::new(Mode::ZooKeeper);
    world.drop_brokers(&[1]);
    world.links.remove(&1);
    world.poll();
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1), Some(BrokerState::Down));
    let broker = &snapshot.brokers[&BrokerId(1)];
    assert_eq!(
        (broker.endpoint.is_none(), broker.load.map(|load| load.replicas)),
        (true, Some(6))
    );
    assert!(matches!(broker.since, Since::AtLeast(_)));
}

#[test]
fn replication_past_a_silent_broker_proves_that_only_we_cannot_reach_it() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.links.insert(3, Link::Hangs);
    world.poll();
    assert!(!world.poll().brokers[&BrokerId(3)].replicates);
    for _ in 0..3 {
        world.end += 10;
        world.poll();
    }
    world.end += 10;
    assert!(world.poll().brokers[&BrokerId(3)].replicates);
}

#[test]
fn without_a_moving_watermark_a_silent_listed_broker_is_given_30_s_under_a_working_controller() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.links.insert(3, Link::Hangs);
    for second in 0..60 {
        let replicates = world.poll().brokers[&BrokerId(3)].replicates;
        assert_eq!(replicates, second > 30, "after {second} s");
    }
}

#[test]
fn the_controller_is_three_valued() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    world.quorum = None;
    let silent = world.now.plus(Span::seconds(1));
    let snapshot = world.poll();
    let Controller::NoAnswer { since, last, .. } = snapshot.cluster.controller else {
        panic!("{:?}", snapshot.cluster.controller)
    };
    assert_eq!((since, last), (silent, Some(BrokerId(2))));
    let mut world = World::new(Mode::ZooKeeper);
    world.poll();
    for view in world.views.values_mut() {
        view.controller = None;
    }
    assert!(matches!(world.poll().cluster.controller, Controller::None { .. }));
}

#[test]
fn a_single_failed_read_is_named_and_costs_nothing_else() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    let denied = Failure::new(FailureKind::Denied, "not allowed");
    world.say(
        Origin::Broker(BrokerId(1)),
        Fact::Failed(Ask::LogDirs, denied.clone()),
    );
    let snapshot = world.store.publish(world.now);
    assert_eq!(snapshot.intake.missing.len(), 1);
    assert_eq!(snapshot.intake.missing[0].ask, Ask::LogDirs);
    assert_eq!(state(&snapshot, 1), Some(BrokerState::Up));
    assert!(snapshot.brokers[&BrokerId(1)].log_dirs.failing().is_some());
}

#[test]
fn a_bootstrap_address_gives_a_first_picture_and_then_steps_back() {
    let mut world = World::new(Mode::Kraft);
    let view = world.views[&1].clone();
    world.say(
        Origin::Bootstrap("b:9092".into()),
        Fact::Metadata(std::sync::Arc::new(view)),
    );
    let snapshot = world.store.publish(world.now);
    assert_eq!(snapshot.topics.len(), 1);
    assert!(snapshot.brokers.keys().all(|id| id.0 > 0));
    world.drop_brokers(&[1]);
    world.links.remove(&1);
    let snapshot = world.poll();
    assert_eq!(
        isr(&snapshot, 0),
        [2, 3],
        "an old word of the bootstrap address is no witness"
    );
}

#[test]
fn a_view_of_another_cluster_is_named_and_not_believed() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    let mut other = world.views[&1].clone();
    other.cluster_id = Some("other".into());
    other.topics.clear();
    other.brokers[0].endpoint.port = 1;
    world.say(
        Origin::Bootstrap("b:9092".into()),
        Fact::Metadata(std::sync::Arc::new(other)),
    );
    let snapshot = world.poll();
    assert_eq!(snapshot.topics.len(), 1);
    assert_eq!(
        snapshot.brokers[&BrokerId(1)]
            .endpoint
            .as_ref()
            .map(|endpoint| endpoint.port),
        Some(9092)
    );
    let missing = &snapshot.intake.missing[0];
    assert!(
        missing.by[0].1.detail().contains("belongs to cluster other"),
        "{missing:?}"
    );
}

proptest! {
    /// Whatever the order in which facts arrive, late ones and duplicates included, the newest win.
    #[test]
    fn late_and_duplicate_facts_change_nothing(order in proptest::collection::vec(0_usize..6, 1..40)) {
        let mut world = World::new(Mode::Kraft);
        let old = std::sync::Arc::new(world.views[&2].clone());
        world.poll();
        world.drop_brokers(&[1]);
        world.poll();
        let settled = world.poll();
        for which in order {
            let from = Origin::Broker(BrokerId(2));
            let late = At(world.now.0 - 5_000);
            let fact = match which {
                0 | 1 => Fact::Metadata(old.clone()),
                2 => Fact::EndOffsets([("orders".into(), vec![(1, Ok(1))])].into()),
                3 => Fact::EndOffsets([("orders".into(), vec![(0, Ok(7))])].into()),
                4 => Fact::MinIsr([("orders".into(), Ok(1))].into()),
                _ => Fact::Fencing(vec![]),
            };
            world.store.apply(crate::model::observation::Observation { from, asked: late, at: late, fact });
        }
        let snapshot = world.store.publish(world.now);
        prop_assert_eq!(&snapshot.topics, &settled.topics);
        prop_assert_eq!(snapshot.churn, settled.churn);
    }
}

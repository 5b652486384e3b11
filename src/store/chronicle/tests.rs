//! What becomes one line, what belongs to it, and what is no event at all.

use std::sync::Arc;

use proptest::prelude::*;

use super::group_tests::group;
use crate::model::cluster::Mode;
use crate::model::event::EventLog;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::{BrokerId, PartitionId, TopicId};
use crate::model::intake::Origin;
use crate::model::observation::{Fact, Observation};
use crate::model::settings::{Setting, TopicSettings};
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;
use crate::store::testbed::{Link, World, partition, topic, views};

/// The lines with their consequences indented.
pub(super) fn told(log: &EventLog) -> Vec<String> {
    let mut lines = Vec::new();
    for event in log {
        lines.push(event.sentence());
        lines.extend(event.consequences.iter().map(|event| format!("  {event}")));
    }
    lines
}

pub(super) fn polls(world: &mut World, seconds: u32) -> Snapshot {
    for _ in 1..seconds {
        world.poll();
    }
    world.poll()
}

pub(super) const NONE: [&str; 0] = [];

#[test]
fn nothing_that_was_so_before_kaftop_looked_is_an_event() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let mut world = World::new(mode);
        world.links.insert(1, Link::Refuses);
        world.drop_brokers(&[1]);
        world.groups.insert(2, vec![group("billing", "Stable")]);
        let snapshot = polls(&mut world, 30);
        assert_eq!(told(&snapshot.events), NONE, "{mode:?}");
    }
}

#[test]
fn a_broker_that_died_before_kaftop_looked_and_is_fenced_while_it_does_was_not_lost_now() {
    let mut world = World::new(Mode::Kraft);
    world.links.insert(1, Link::Refuses);
    polls(&mut world, 5);
    world.drop_brokers(&[1]);
    let snapshot = polls(&mut world, 20);
    assert_eq!(
        told(&snapshot.events),
        ["6 ISRs lost broker 1", "2 leaders moved 1→2"]
    );
    world.links.insert(1, Link::Answers);
    world.heal();
    let snapshot = polls(&mut world, 3);
    assert_eq!(
        told(&snapshot.events)[2..],
        [
            "broker 1 up again",
            // It never did before.
            "  6 ISRs regained broker 1",
        ]
    );
}

#[test]
fn a_broker_whose_first_answers_only_were_late_is_not_up_again() {
    let mut world = World::new(Mode::Kraft);
    world.links.insert(1, Link::Hangs);
    polls(&mut world, 5);
    world.links.insert(1, Link::Answers);
    let snapshot = polls(&mut world, 20);
    assert_eq!(told(&snapshot.events), NONE);
    // Now it did answer before.
    world.links.insert(1, Link::Hangs);
    polls(&mut world, 5);
    world.links.insert(1, Link::Answers);
    let snapshot = polls(&mut world, 5);
    assert_eq!(
        told(&snapshot.events),
        [
            "broker 1 unreachable from here",
            "  kaftop lost broker 1 (timeout)",
            "broker 1 up again after 5s",
            "  kaftop reads broker 1 again",
        ]
    );
}

#[test]
fn a_broker_that_dies_is_one_line_with_all_that_it_brings_about_and_so_is_its_return() {
    let mut world = World::new(Mode::Kraft);
    polls(&mut world, 20);
    world.links.insert(1, Link::Refuses);
    let lost_at = world.now.plus(Span::seconds(1));
    polls(&mut world, 3);
    world.drop_brokers(&[1]);
    let snapshot = polls(&mut world, 10);
    let loss = [
        "broker 1 down",
        "  kaftop lost broker 1 (refused)",
        "  6 ISRs lost broker 1",
        "  2 leaders moved 1→2",
    ];
    assert_eq!(told(&snapshot.events), loss);
    let line = snapshot.events.newest().expect("one");
    assert_eq!((line.when.first, line.when.exact), (lost_at, false));
    let orders = |index| PartitionId {
        topic: "orders".into(),
        partition: index,
    };
    assert!(line.touches(&orders(0)) && line.touches(&orders(5)) && !line.touches(&orders(6)));
    assert!(line.touches_topic(&"orders".into()) && !line.touches_topic(&"order".into()));
    assert!(line.touches_broker(BrokerId(2)) && !line.touches_broker(BrokerId(3)));
    assert!(!line.touches_group(&"billing".into()));
    world.links.insert(1, Link::Answers);
    polls(&mut world, 10);
    // It has to catch up before it is in sync again.
    world.heal();
    let snapshot = polls(&mut world, 2);
    let told = told(&snapshot.events);
    assert_eq!(told[..4], loss);
    assert_eq!(
        told[4..],
        [
            // Its own view is that of before.
            "brokers contradict each other on 6 partitions",
            "broker 1 up again after 23s",
            "  kaftop reads broker 1 again",
            "  6 ISRs regained broker 1",
            "the brokers agree again",
        ]
    );
}

#[test]
fn what_was_seen_before_the_silence_of_its_broker_was_settled_is_gathered() {
    let mut world = World::new(Mode::ZooKeeper);
    polls(&mut world, 20);
    world.links.insert(1, Link::Hangs);
    world.drop_brokers(&[1]);
    let early = world.poll();
    // One missed deadline is not yet silence.
    assert_eq!(
        told(&early.events),
        ["6 ISRs lost broker 1", "2 leaders moved 1→2"]
    );
    let snapshot = polls(&mut world, 2);
    assert_eq!(
        told(&snapshot.events),
        [
            "broker 1 down",
            "  6 ISRs lost broker 1",
            "  2 leaders moved 1→2",
            "  kaftop lost broker 1 (timeout)",
        ]
    );
}

#[test]
fn leaders_that_move_with_no_broker_lost_are_one_line_by_their_ways() {
    let mut world = World::new(Mode::Kraft);
    polls(&mut world, 20);
    for view in world.views.values_mut() {
        for partition in view
            .topics
            .iter_mut()
            .flat_map(views)
            .filter(|view| view.index % 3 != 2)
        {
            // The leaders of broker 1 go to 2, those of 2 to 3.
            partition.leader = partition.leader.map(|id| BrokerId(id.0 + 1));
            partition.leader_epoch = Some(1);
        }
    }
    let snapshot = world.poll();
    assert_eq!(told(&snapshot.events), ["4 leaders moved 1→2 (2), 2→3 (2)"]);
}

#[test]
fn both_of_two_brokers_that_die_have_what_is_theirs() {
    let mut world = World::new(Mode::Kraft);
    polls(&mut world, 20);
    for id in [1, 3] {
        world.links.insert(id, Link::Refuses);
    }
    world.drop_brokers(&[1, 3]);
    world.quorum = None;
    let snapshot = polls(&mut world, 5);
    assert_eq!(
        told(&snapshot.events),
        [
            "broker 1 down",
            "  kaftop lost broker 1 (refused)",
            "  6 ISRs lost broker 1",
            "  2 leaders moved 1→2",
            "broker 3 down",
            "  kaftop lost broker 3 (refused)",
            "  6 ISRs lost broker 3",
            "  2 leaders moved 3→2",
            "nobody tells who is the controller, the last was 2",
        ]
    );
}

#[test]
fn a_broker_that_comes_and_goes_makes_two_lines_and_not_hundreds() {
    let mut world = World::new(Mode::Kraft);
    polls(&mut world, 20);
    let mut last = None;
    for round in 0..60 {
        world.links.insert(
            1,
            if round % 2 == 0 {
                Link::Refuses
            } else {
                Link::Answers
            },
        );
        last = Some(polls(&mut world, 4));
    }
    let snapshot = last.expect("polled");
    let told = told(&snapshot.events);
    assert_eq!(
        told,
        [
            "broker 1 unreachable from here, 30 times in 3m52s",
            "  kaftop lost broker 1 (refused), 30 times in 3m52s",
            "broker 1 up again after 4s, 30 times in 3m52s",
            "  kaftop reads broker 1 again, 30 times in 3m52s",
        ]
    );
}

#[test]
fn a_controller_a_voter_and_a_keeper_that_are_lost_are_told() {
    let mut world = World::new(Mode::Kraft);
    polls(&mut world, 20);
    world.lose_voters(&[3]);
    polls(&mut world, 2);
    if let Some(quorum) = &mut world.quorum {
        (quorum.leader, quorum.epoch) = (Some(BrokerId(1)), 5);
    }
    let snapshot = polls(&mut world, 2);
    assert_eq!(
        told(&snapshot.events),
        ["controller 3 no longer follows the quorum", "controller 2→1"]
    );
    let mut world = World::new(Mode::ZooKeeper);
    polls(&mut world, 20);
    world.ensemble.insert("zk-2:2181", None);
    polls(&mut world, 3);
    world
        .ensemble
        .insert("zk-2:2181", Some(crate::model::ensemble::MemberMode::Follower));
    let snapshot = polls(&mut world, 3);
    assert_eq!(
        told(&snapshot.events),
        [
            "ZooKeeper zk-2:2181 does not serve",
            "ZooKeeper zk-2:2181 serves again"
        ]
    );
}

#[test]
fn topics_come_and_go_and_one_that_is_not_told_of_is_neither() {
    let mut world = World::new(Mode::Kraft);
    polls(&mut world, 20);
    let change = |world: &mut World, change: &dyn Fn(&mut crate::model::observation::MetadataView)| {
        world.views.values_mut().for_each(change);
        told(&world.poll().events)
    };
    let new = |id: u8| {
        topic(
            "audit",
            id,
            vec![partition(0, Some(1), 0, &[1, 2, 3], &[1, 2, 3])],
        )
    };
    change(&mut world, &|view| view.topics.insert(0, new(8)));
    change(&mut world, &|view| view.topics[0].id = Some(TopicId([9; 16])));
    let deleted = change(&mut world, &|view| drop(view.topics.remove(0)));
    assert_eq!(
        deleted,
        [
            "topic audit created",
            "topic audit deleted and created again",
            "topic audit deleted",
        ]
    );
    let why = Failure::new(FailureKind::Denied, "TOPIC_AUTHORIZATION_FAILED");
    change(&mut world, &|view| {
        view.topics.clear();
        view.denied = vec![("orders".into(), why.clone())];
    });
    let full = World::new(Mode::Kraft).views[&1].clone();
    let after = change(&mut world, &|view| *view = full.clone());
    assert_eq!(after, deleted);
}

#[test]
fn a_setting_that_changes_is_told_with_both_values() {
    let mut world = World::new(Mode::Kraft);
    let settings = |min_isr| TopicSettings {
        min_isr: Some(Setting {
            value: min_isr,
            own: true,
        }),
        ..TopicSettings::default()
    };
    world.settings.insert("orders".into(), Ok(settings(2)));
    let snapshot = polls(&mut world, 20);
    assert_eq!(told(&snapshot.events), NONE);
    assert_eq!(snapshot.topics["orders"].settings.value(), Some(&settings(2)));
    let why = Failure::new(FailureKind::Timeout, "no answer within 900ms");
    world.settings.insert("orders".into(), Err(why));
    let failed = world.poll();
    assert!(failed.topics["orders"].settings.failing().is_some());
    world.settings.insert("orders".into(), Ok(settings(1)));
    let snapshot = polls(&mut world, 3);
    assert_eq!(told(&snapshot.events), ["orders: min.insync.replicas 2→1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn late_and_duplicate_facts_are_no_events(order in proptest::collection::vec((1..=3_i32, 0..5_u64), 1..80)) {
        let mut world = World::new(Mode::Kraft);
        polls(&mut world, 15);
        let old = world.views.clone();
        world.drop_brokers(&[1]);
        world.links.insert(1, Link::Refuses);
        let before = told(&polls(&mut world, 6).events);
        for (id, late) in order {
            // What the brokers said before the loss arrives again, late; broker 1 itself says nothing any more.
            let at = world.now.minus(Span::seconds(6 + late));
            let from = Origin::Broker(BrokerId(id));
            for fact in [Fact::Metadata(Arc::new(old[&id].clone())), Fact::Groups(vec![])] {
                if id != 1 {
                    world.store.apply(Observation { from: from.clone(), asked: at.minus(Span(2)), at, fact });
                }
            }
        }
        let after = told(&polls(&mut world, 3).events);
        prop_assert_eq!(before, after);
    }
}

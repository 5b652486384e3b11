//! Lags: complete or marked partial, never negative, never of two reads that do not belong together.

use super::testbed::{Link, World, partition, topic};
use crate::model::cluster::Mode;
use crate::model::failure::{Failure, FailureKind};
use crate::model::group::{GroupKind, Lag};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::observation::{Ask, Fact, GroupView, SharePlace};
use crate::model::time::Span;

fn group(world: &mut World, committed: &[(i32, Option<i64>)]) {
    let commits = committed
        .iter()
        .map(|(partition, offset)| {
            (
                PartitionId {
                    topic: "orders".into(),
                    partition: *partition,
                },
                *offset,
            )
        })
        .collect();
    let view = GroupView {
        name: "billing".into(),
        kind: GroupKind::Classic,
        state: Some("Stable".into()),
        description: None,
        commits: Some(Ok(commits)),
        share: None,
    };
    world.say(Origin::Broker(BrokerId(2)), Fact::Groups(vec![view]));
}

#[test]
fn lag_is_complete_or_marked_partial_and_never_negative() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    group(
        &mut world,
        &[(0, Some(40)), (1, Some(90)), (2, None), (4, Some(500))],
    );
    world.now = world.now.plus(Span(500));
    let snapshot = {
        let mut snapshot = world.poll();
        // The polls of the testbed list no groups; the group is still within its time.
        snapshot.groups.unlisted.clear();
        snapshot
    };
    let billing = &snapshot.groups.table["billing"];
    let lags: Vec<Lag> = billing.partitions.iter().map(|place| place.lag).collect();
    assert_eq!(
        lags,
        [Lag::Known(60), Lag::Known(10), Lag::NoCommit, Lag::AboveEnd]
    );
    assert_eq!((billing.lag.records, billing.lag.complete), (Some(70), true));
    world.links.insert(1, Link::Refuses);
    let snapshot = world.poll();
    let billing = &snapshot.groups.table["billing"];
    assert_eq!(billing.partitions[0].lag, Lag::Unread, "its leader does not tell");
    assert_eq!((billing.lag.records, billing.lag.complete), (Some(10), false));
}

#[test]
fn an_end_read_before_the_commit_makes_no_lag_of_above_end() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    group(&mut world, &[(0, Some(100))]);
    world.poll();
    world.now = world.now.plus(Span(10));
    // The group moved on to 130 before the end beyond 100 was read.
    group(&mut world, &[(0, Some(130))]);
    let snapshot = world.store.publish(world.now);
    let place = &snapshot.groups.table["billing"].partitions[0];
    assert_eq!(
        (place.committed, place.lag),
        (Some(100), Lag::Known(0)),
        "the pair before stands"
    );
    world.end = 135;
    let snapshot = world.poll();
    let place = &snapshot.groups.table["billing"].partitions[0];
    assert_eq!((place.committed, place.lag), (Some(130), Lag::Known(5)));
}

#[test]
fn a_group_stays_while_its_coordinator_is_silent_and_goes_when_all_tell_otherwise() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    group(&mut world, &[(1, Some(90))]);
    world.links.insert(2, Link::Hangs);
    for _ in 0..30 {
        world.poll();
    }
    let snapshot = world.poll();
    assert!(snapshot.groups.table.contains_key("billing"));
    assert!(snapshot.groups.table["billing"].unlisted.is_some());
    assert_eq!(snapshot.groups.unlisted, [BrokerId(2)]);
    world.links.insert(2, Link::Answers);
    for _ in 0..12 {
        world.poll();
    }
    assert!(world.poll().groups.table.is_empty());
}

#[test]
fn only_brokers_that_lead_the_offsets_topic_are_needed_for_the_list() {
    let mut world = World::new(Mode::ZooKeeper);
    for view in world.views.values_mut() {
        let offsets = (0..3).map(|index| partition(index, Some(2), 0, &[2, 3, 1], &[2, 3, 1]));
        view.topics
            .insert(0, topic("__consumer_offsets", 8, offsets.collect()));
    }
    world.poll();
    group(&mut world, &[(1, Some(90))]);
    world.links.insert(1, Link::Refuses);
    world.drop_brokers(&[1]);
    world.poll();
    assert_eq!(world.poll().groups.unlisted, [], "broker 1 coordinated none");
    world.links.insert(2, Link::Refuses);
    assert_eq!(world.poll().groups.unlisted, [BrokerId(2)]);
}

#[test]
fn what_is_denied_of_groups_and_topics_is_named_and_the_rest_stays() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    let view = |number: i32, failure: fn() -> Failure| GroupView {
        name: format!("g{number}").into(),
        kind: GroupKind::Consumer,
        state: Some("Stable".into()),
        description: Some(Err(failure())),
        commits: Some(Err(failure())),
        share: None,
    };
    let mut views: Vec<GroupView> = (0..7).map(|number| view(number, not_allowed)).collect();
    views.push(view(7, moved));
    let from = Origin::Broker(BrokerId(2));
    world.say(from.clone(), Fact::Groups(views));
    world.say(
        from.clone(),
        Fact::MinIsr([("orders".into(), Err(not_allowed()))].into()),
    );
    world.say(from.clone(), Fact::Failed(Ask::AllGroups, not_allowed()));
    let snapshot = world.store.publish(world.now);
    let told: Vec<(Ask, Vec<String>)> = snapshot
        .intake
        .missing
        .iter()
        .map(|missing| {
            (
                missing.ask,
                missing.by.iter().map(|(name, _)| name.to_string()).collect(),
            )
        })
        .collect();
    let names = || {
        let first = (0..5).map(|number| format!("g{number}"));
        first.chain(["2 more".to_owned()]).collect::<Vec<_>>()
    };
    assert_eq!(
        told,
        [
            (Ask::MinIsr, vec!["orders".to_owned()]),
            (Ask::AllGroups, vec!["broker:2".to_owned()]),
            (Ask::Members, names()),
            (Ask::Commits, names()),
        ],
        "a coordinator that moved denies nothing"
    );
    assert_eq!(snapshot.groups.table.len(), 8);
    assert_eq!(
        snapshot.topics["orders"].min_isr.value(),
        Some(&2),
        "the last good value stays"
    );
    world.say(from, Fact::AllGroups);
    assert!(!world.store.publish(world.now).intake.lacks(Ask::AllGroups));
}

#[test]
fn the_lag_of_a_share_group_is_its_coordinators_word() {
    let mut world = World::new(Mode::Kraft);
    world.poll();
    let place = |partition, start, lag| SharePlace {
        place: PartitionId {
            topic: "orders".into(),
            partition,
        },
        start,
        lag,
    };
    let mut listed = |share| {
        let view = GroupView {
            name: "workers".into(),
            kind: GroupKind::Share,
            state: Some("Stable".into()),
            description: None,
            commits: None,
            share,
        };
        world.say(Origin::Broker(BrokerId(2)), Fact::Groups(vec![view]));
        let snapshot = world.store.publish(world.now);
        let group = &snapshot.groups.table["workers"];
        let places = group.partitions.iter();
        let places: Vec<_> = places
            .map(|place| (place.committed, place.end, place.lag))
            .collect();
        (places, group.lag.records, group.lag.complete, group.trend.age)
    };
    assert_eq!(listed(None), (vec![], None, true, None), "before 4.1");
    let told = vec![
        place(0, Some(40), Some(3)),
        place(1, None, None),
        place(2, Some(90), Some(0)),
    ];
    assert_eq!(
        listed(Some(Ok(told))),
        (
            vec![
                (Some(40), Some(100), Lag::Known(3)),
                (None, Some(100), Lag::NoCommit),
                (Some(90), Some(100), Lag::Known(0)),
            ],
            Some(3),
            true,
            None,
        ),
        "57 of the records from 40 on are done with"
    );
    assert_eq!(
        listed(Some(Ok(vec![place(0, Some(40), None)]))),
        (vec![(Some(40), Some(100), Lag::Untold)], None, true, None),
        "4.1 does not tell"
    );
    let (places, records, complete, _) = listed(Some(Err(not_allowed())));
    assert_eq!((places.len(), records, complete), (1, None, false));
}

fn not_allowed() -> Failure {
    Failure::new(FailureKind::Denied, "not allowed")
}

fn moved() -> Failure {
    Failure::new(FailureKind::Answered, "NOT_COORDINATOR")
}

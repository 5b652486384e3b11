//! Groups that come, go and change, and those that only seem to.

use crate::model::cluster::Mode;
use crate::model::group::GroupKind;
use crate::model::ids::BrokerId;
use crate::model::observation::GroupView;
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;
use crate::store::testbed::{Link, World, partition, topic, views};

use super::tests::{NONE, polls, told};

pub(super) fn group(name: &str, state: &str) -> GroupView {
    GroupView {
        name: name.into(),
        kind: GroupKind::Classic,
        state: Some(state.into()),
        description: None,
        commits: None,
        share: None,
    }
}

#[test]
fn groups_that_change_together_are_one_line_and_a_silent_coordinator_makes_none_gone() {
    let mut world = World::new(Mode::Kraft);
    let all = |state| {
        (0..40)
            .map(|number| group(&format!("g{number:02}"), state))
            .collect()
    };
    world.groups.insert(2, all("Stable"));
    polls(&mut world, 20);
    world.groups.insert(2, all("PreparingRebalance"));
    world.poll();
    world.groups.insert(2, all("Stable"));
    let snapshot = world.poll();
    assert_eq!(told(&snapshot.events), ["40 groups changed state: 40 to Stable"]);
    let line = snapshot.events.newest().expect("one");
    assert!(line.touches_group(&"g07".into()) && !line.touches_group(&"g".into()));
    polls(&mut world, 40);
    world.groups.insert(3, vec![group("late", "Empty")]);
    world.poll();
    world.groups.insert(3, vec![group("late", "Stable")]);
    world.poll();
    world.links.insert(2, Link::Refuses);
    let snapshot = polls(&mut world, 40);
    assert_eq!(
        told(&snapshot.events)[1..],
        [
            "group late appeared, Empty",
            "group late: Empty→Stable",
            "broker 2 unreachable from here",
            "  kaftop lost broker 2 (refused)",
        ]
    );
    world.links.insert(2, Link::Answers);
    world.groups.insert(2, all("Stable"));
    world.groups.remove(&3);
    let snapshot = polls(&mut world, 20);
    let told = told(&snapshot.events);
    assert_eq!(told.last().map(String::as_str), Some("group late is gone"));
}

#[test]
fn groups_whose_coordinator_moves_neither_go_nor_appear() {
    let mut world = World::new(Mode::Kraft);
    for view in world.views.values_mut() {
        let offsets = partition(0, Some(2), 0, &[2, 3, 1], &[2, 3, 1]);
        view.topics
            .insert(0, topic("__consumer_offsets", 8, vec![offsets]));
    }
    world.groups.insert(2, vec![group("billing", "Stable")]);
    polls(&mut world, 20);
    world.links.insert(2, Link::Refuses);
    polls(&mut world, 15);
    world.drop_brokers(&[2]);
    // The new coordinator has not read the groups, and does not say so.
    let snapshot = polls(&mut world, 8);
    let billing = &snapshot.groups.table["billing"];
    assert!(snapshot.groups.unlisted.is_empty() && billing.unlisted.is_some());
    assert!(billing.listed_at.age(world.now) > Span::seconds(20));
    world.groups.insert(3, vec![group("billing", "Stable")]);
    let snapshot = polls(&mut world, 20);
    let billing = &snapshot.groups.table["billing"];
    assert_eq!((billing.coordinator, &billing.unlisted), (BrokerId(3), &None));
    let of_groups = |snapshot: &Snapshot| {
        let told = told(&snapshot.events);
        told.into_iter()
            .filter(|line| line.contains("group"))
            .collect::<Vec<_>>()
    };
    assert_eq!(of_groups(&snapshot), NONE);
    world.groups.insert(3, vec![group("new", "Empty")]);
    let snapshot = polls(&mut world, 20);
    assert_eq!(
        of_groups(&snapshot),
        ["group new appeared, Empty", "group billing is gone"]
    );
    // Without a leader nobody lists what it holds, though every broker answers.
    for offsets in world
        .views
        .values_mut()
        .flat_map(|view| views(&mut view.topics[0]))
    {
        (offsets.leader, offsets.leader_epoch) = (None, Some(9));
    }
    world.groups.clear();
    let snapshot = polls(&mut world, 30);
    assert!(snapshot.groups.table.contains_key("new"));
    assert_eq!(of_groups(&snapshot).len(), 2);
}

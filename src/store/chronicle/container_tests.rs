//! Containers that end, pause and start, and the brokers that go with them.

use std::sync::Arc;

use crate::model::cluster::Mode;
use crate::model::container::ContainerState;
use crate::model::fleet::EngineFact;
use crate::model::time::{At, Span};
use crate::store::testbed::{Link, World};
use crate::store::testbed_engine::{container, id};

use super::tests::{NONE, polls, told};

fn turned(world: &mut World, state: ContainerState) {
    let at = Some(world.now);
    world.engine(EngineFact::Turned { id: id(1), state, at });
}

/// What the inspection after an event says.
fn inspected(world: &mut World, state: ContainerState, restarts: u64, ended: At, starved: bool) {
    let mut container = container(1, state, Some(ended));
    container.life.restarts = restarts;
    container.life.oom_killed = starved;
    // It was started three seconds before it ended last, or just now.
    container.life.started = Some(match state {
        ContainerState::Running => world.now,
        _ if restarts <= 1 => At(1),
        _ => ended.minus(Span::seconds(3)),
    });
    world.engine(EngineFact::Inspected(Arc::new(container)));
}

const EXITED: ContainerState = ContainerState::Exited { code: Some(137) };

#[test]
fn what_containers_did_before_kaftop_looked_is_no_event() {
    let mut world = World::with_engine(Mode::Kraft);
    let ended = world.now;
    inspected(&mut world, EXITED, 4, ended, true);
    let snapshot = polls(&mut world, 20);
    assert_eq!(told(&snapshot.events), NONE);
}

#[test]
fn the_end_of_a_container_is_the_first_of_what_befell_its_broker() {
    let mut world = World::with_engine(Mode::Kraft);
    polls(&mut world, 20);
    world.links.insert(1, Link::Refuses);
    let ended = world.now;
    turned(&mut world, EXITED);
    world.poll();
    // Why, and almost the same time, are told a moment later.
    inspected(&mut world, EXITED, 0, At(ended.0 + 40), true);
    polls(&mut world, 2);
    world.drop_brokers(&[1]);
    let snapshot = polls(&mut world, 10);
    let loss = [
        "broker 1 down",
        "  container kafka-1 (broker 1) exited 137, killed for want of memory",
        "  kaftop lost broker 1 (refused)",
        "  6 ISRs lost broker 1",
        "  2 leaders moved 1→2",
    ];
    assert_eq!(told(&snapshot.events), loss);
    let line = snapshot.events.newest().expect("one");
    let end = &line.consequences[0];
    assert_eq!((end.when.first, end.when.exact, end.times), (ended, true, 1));
    turned(&mut world, ContainerState::Running);
    world.poll();
    inspected(&mut world, ContainerState::Running, 0, ended, false);
    polls(&mut world, 3);
    world.links.insert(1, Link::Answers);
    world.heal();
    let snapshot = polls(&mut world, 10);
    assert_eq!(
        told(&snapshot.events)[5..9],
        [
            "broker 1 up again after 18s",
            "  container kafka-1 (broker 1) started",
            "  kaftop reads broker 1 again",
            "  6 ISRs regained broker 1",
        ]
    );
}

#[test]
fn a_container_that_its_engine_starts_again_and_again_is_two_lines() {
    let mut world = World::with_engine(Mode::Kraft);
    polls(&mut world, 20);
    world.links.insert(1, Link::Refuses);
    for restart in 1..=4 {
        let ended = world.now;
        turned(&mut world, ContainerState::Exited { code: Some(1) });
        world.poll();
        inspected(&mut world, ContainerState::Restarting, restart, ended, false);
        world.poll();
        inspected(&mut world, ContainerState::Running, restart, ended, false);
        polls(&mut world, 3);
    }
    let snapshot = world.poll();
    let told: Vec<String> = told(&snapshot.events)
        .into_iter()
        .filter(|line| line.contains("container"))
        .collect();
    assert_eq!(
        told,
        [
            "  container kafka-1 (broker 1) exited 1, 4 times in 15s",
            "  container kafka-1 (broker 1) restarted by its engine 4 times in 15s",
        ]
    );
}

#[test]
fn what_happened_between_two_looks_is_told_and_an_engine_that_is_lost_tells_nothing() {
    let mut world = World::with_engine(Mode::Kraft);
    polls(&mut world, 20);
    let ended = world.now;
    world.now = world.now.plus(Span(900));
    inspected(&mut world, ContainerState::Running, 1, ended, false);
    let snapshot = polls(&mut world, 2);
    assert_eq!(
        told(&snapshot.events),
        [
            "container kafka-1 (broker 1) ended",
            "container kafka-1 (broker 1) restarted by its engine",
        ]
    );
    let why = crate::model::failure::Failure::new(crate::model::failure::FailureKind::Reset, "gone");
    world.store.apply(crate::model::observation::Observation {
        from: crate::model::intake::Origin::Engine,
        asked: world.now,
        at: world.now,
        fact: crate::model::observation::Fact::Lost { why, retry_at: None },
    });
    let snapshot = polls(&mut world, 20);
    assert_eq!(snapshot.events.len(), 2);
    turned(&mut world, ContainerState::Paused);
    world.poll();
    turned(&mut world, ContainerState::Running);
    polls(&mut world, 3);
    turned(&mut world, ContainerState::Removed);
    let snapshot = polls(&mut world, 3);
    let told = told(&snapshot.events);
    for words in ["paused", "resumed", "removed"] {
        let line = format!("container kafka-1 (broker 1) {words}");
        assert!(told.iter().any(|told| told.trim() == line), "{words}: {told:?}");
    }
}

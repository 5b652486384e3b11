//! What an engine's word does to brokers: down at once and since exactly when, and never against what is seen.

use std::sync::Arc;

use crate::health::{Blocker, Cause, Council, stop_check};
use crate::model::broker::{BrokerState, Endpoint};
use crate::model::cluster::Mode;
use crate::model::container::{ContainerState, NodeSettings, Usage};
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::{EngineFact, Match, Node};
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Fact, Observation};
use crate::model::snapshot::Snapshot;
use crate::model::time::{At, Since};

use super::testbed::{Link, World};
use super::testbed_engine::{container, id};

fn state(snapshot: &Snapshot, broker: i32) -> (Option<BrokerState>, Since) {
    let broker = snapshot.broker(BrokerId(broker)).expect("known");
    (broker.state, broker.since)
}

#[test]
fn a_broker_whose_container_ended_is_down_before_kafka_or_the_wire_say_so() {
    let mut world = World::with_engine(Mode::Kraft);
    world.poll();
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1).0, Some(BrokerState::Up));
    assert!(matches!(
        snapshot.fleet.matches.get(&Node::Broker(BrokerId(1))),
        Some(Match::One(..))
    ));
    let finished = world.now;
    world.now = At(world.now.0 + 300);
    world.engine(EngineFact::Turned {
        id: id(1),
        state: ContainerState::Exited { code: Some(137) },
        at: Some(finished),
    });
    let snapshot = world.store.publish(world.now);
    assert_eq!(
        state(&snapshot, 1),
        (Some(BrokerState::Down), Since::Exactly(finished))
    );
    let health = crate::health::derive(&snapshot, None);
    let exited = format!("Broker 1 is down: container exited 137 at {}", finished.clock());
    assert!(
        health.verdict.sentence.contains(&exited),
        "{}",
        health.verdict.sentence
    );
    assert!(
        health.verdict.sentence.contains("has not dropped it yet"),
        "{}",
        health.verdict.sentence
    );
    assert!(
        health.verdict.next_step.contains("container kafka-1"),
        "{}",
        health.verdict.next_step
    );
    assert_eq!(health.verdict.since, Some(Since::Exactly(finished)));
    // Until the cluster drops it, writes hang: that follows from it being gone.
    assert_eq!(health.verdict.writes, crate::health::Writes::Stalled);
    // Its vote is gone as well, though the quorum's leader does not miss it yet.
    let quorum = snapshot.quorum.value().expect("told");
    assert_eq!(quorum.lost_voters(), []);
    let lost = vec![Cause::Broker(BrokerId(1))];
    assert_eq!(health.council, Council::MinorityLost { lost, voters: 3 });
    let check = stop_check(&snapshot, &health.survey, &health.council, BrokerId(2)).expect("known");
    assert!(
        check.blockers.contains(&Blocker::QuorumMajority),
        "{:?}",
        check.blockers
    );
}

#[test]
fn an_answer_after_the_end_shows_that_the_container_is_not_the_brokers() {
    let mut world = World::with_engine(Mode::Kraft);
    world.poll();
    let finished = world.now;
    world.engine(EngineFact::Inspected(Arc::new(container(
        1,
        ContainerState::Exited { code: Some(0) },
        Some(finished),
    ))));
    // It answers in this poll, after the word of the engine.
    world.poll();
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1).0, Some(BrokerState::Up));
    let council = crate::health::derive(&snapshot, None).council;
    assert_eq!(council, Council::Whole { voters: 3 });
}

#[test]
fn a_broker_that_was_gone_long_before_keeps_its_beginning() {
    let mut world = World::with_engine(Mode::Kraft);
    world.poll();
    world.poll();
    world.links.insert(1, Link::Hangs);
    let mut snapshot = world.poll();
    for _ in 0..30 {
        snapshot = world.poll();
    }
    let (before, since) = state(&snapshot, 1);
    assert_eq!(before, Some(BrokerState::Unreachable));
    world.engine(EngineFact::OutOfMemory(id(1)));
    world.engine(EngineFact::Turned {
        id: id(1),
        state: ContainerState::Exited { code: Some(137) },
        at: Some(world.now),
    });
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1), (Some(BrokerState::Down), since));
    let health = crate::health::derive(&snapshot, None);
    assert!(
        health.verdict.sentence.contains("killed for want of memory"),
        "{}",
        health.verdict.sentence
    );
    assert!(
        health.verdict.next_step.contains("more memory"),
        "{}",
        health.verdict.next_step
    );
}

#[test]
fn what_is_started_in_vain_has_been_gone_since_the_first_time() {
    let mut world = World::with_engine(Mode::ZooKeeper);
    world.poll();
    world.poll();
    let exit = |world: &mut World| {
        world.engine(EngineFact::Turned {
            id: id(1),
            state: ContainerState::Exited { code: Some(1) },
            at: Some(world.now),
        });
    };
    world.links.insert(1, Link::Refuses);
    let killed = world.now;
    exit(&mut world);
    let mut seen = Vec::new();
    for second in 1..=20 {
        // Started after two seconds it finds its own old session, and ends after four more.
        match second % 6 {
            3 => world.engine(EngineFact::Turned {
                id: id(1),
                state: ContainerState::Running,
                at: Some(world.now),
            }),
            0 => exit(&mut world),
            _ => {}
        }
        let (state, since) = state(&world.poll(), 1);
        assert_eq!(since, Since::Exactly(killed), "after {second} s: {state:?}");
        seen.push(state);
    }
    assert!(seen.contains(&Some(BrokerState::Unreachable)) && seen.contains(&Some(BrokerState::Down)));
    // An absence of its own begins anew.
    world.links.insert(1, Link::Answers);
    world.engine(EngineFact::Turned {
        id: id(1),
        state: ContainerState::Running,
        at: Some(world.now),
    });
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1).0, Some(BrokerState::Up));
    world.links.insert(1, Link::Refuses);
    let again = world.now;
    exit(&mut world);
    let snapshot = world.poll();
    assert_eq!(
        state(&snapshot, 1),
        (Some(BrokerState::Down), Since::Exactly(again))
    );
}

#[test]
fn a_broker_whose_container_is_started_again_and_again_is_told_so_all_the_while() {
    let mut world = World::with_engine(Mode::Kraft);
    world.poll();
    world.poll();
    world.links.insert(1, Link::Refuses);
    world.drop_brokers(&[1]);
    let told = |world: &mut World, state, finished| {
        let mut container = container(1, state, Some(finished));
        container.life.restarts = 7;
        container.life.started = Some(finished);
        world.engine(EngineFact::Inspected(Arc::new(container)));
        let verdict = crate::health::derive(&world.poll(), None).verdict.clone();
        (verdict.sentence.clone(), verdict.next_step.clone())
    };
    let now = world.now;
    for state in [ContainerState::Restarting, ContainerState::Running] {
        let (sentence, step) = told(&mut world, state, now);
        let words = "Broker 1 is down: container kafka-1 ends and is started again, 7 times so far";
        assert!(sentence.contains(words), "{state}: {sentence}");
        assert!(
            step.starts_with("Read in the log of container kafka-1 why it ends"),
            "{step}"
        );
    }
    // One that has run for a while has another trouble.
    let (sentence, _) = told(&mut world, ContainerState::Running, At(now.0 - 120_000));
    assert!(
        sentence.contains("Broker 1 is down: its port refuses connections"),
        "{sentence}"
    );
    world.engine(EngineFact::OutOfMemory(id(1)));
    let now = world.now;
    let (sentence, step) = told(&mut world, ContainerState::Restarting, now);
    assert!(sentence.contains("killed for want of memory"), "{sentence}");
    assert!(
        step.starts_with("Give container kafka-1 more memory, or its JVM a smaller heap"),
        "{step}"
    );
}

#[test]
fn a_frozen_container_is_told_before_the_broker_is_missed() {
    let mut world = World::with_engine(Mode::Kraft);
    world.poll();
    world.poll();
    world.engine(EngineFact::Turned {
        id: id(1),
        state: ContainerState::Paused,
        at: Some(world.now),
    });
    // Its last answer is from before.
    world.links.insert(1, Link::Hangs);
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 1).0, Some(BrokerState::Unreachable));
    let verdict = crate::health::derive(&snapshot, None).verdict;
    let words =
        "Broker 1 does not answer: container kafka-1 is paused, and the cluster has not dropped it yet.";
    assert!(verdict.sentence.starts_with(words), "{}", verdict.sentence);
    assert_eq!(verdict.writes, crate::health::Writes::Stalled);
    world.drop_brokers(&[1]);
    let verdict = crate::health::derive(&world.poll(), None).verdict;
    let words = "Broker 1 is down: container kafka-1 is paused.";
    assert!(verdict.sentence.starts_with(words), "{}", verdict.sentence);
    let step = "Resume broker 1: container kafka-1 is paused;";
    assert!(verdict.next_step.starts_with(step), "{}", verdict.next_step);
    // Without the engine nobody knows whether it still is.
    world.say(
        Origin::Engine,
        Fact::Lost {
            why: Failure::new(FailureKind::Refused, "no engine"),
            retry_at: None,
        },
    );
    let verdict = crate::health::derive(&world.poll(), None).verdict;
    let words = "Broker 1 is down: it does not answer, and the cluster dropped it.";
    assert!(verdict.sentence.starts_with(words), "{}", verdict.sentence);
}

#[test]
fn a_broker_whose_container_has_just_started_is_waited_for() {
    let mut world = World::with_engine(Mode::Kraft);
    world.poll();
    world.poll();
    world.links.insert(1, Link::Refuses);
    world.drop_brokers(&[1]);
    let mut container = container(1, ContainerState::Running, None);
    container.life.started = Some(world.now);
    world.engine(EngineFact::Inspected(Arc::new(container)));
    let verdict = crate::health::derive(&world.poll(), None).verdict;
    let words = "Broker 1 is down: container kafka-1 was started 1s ago.";
    assert!(verdict.sentence.starts_with(words), "{}", verdict.sentence);
    let step = "Wait for broker 1 to join: container kafka-1 was started 1s ago;";
    assert!(verdict.next_step.starts_with(step), "{}", verdict.next_step);
}

#[test]
fn a_process_killed_for_want_of_memory_is_news_for_a_while_and_longer_where_it_ended_the_container() {
    let mut world = World::with_engine(Mode::Kraft);
    let said = |world: &mut World| {
        let snapshot = world.poll();
        let hosted = snapshot.fleet.of_broker(BrokerId(1)).expect("known");
        hosted.is_out_of_memory(snapshot.now())
    };
    assert_eq!(said(&mut world), Some(false));
    world.engine(EngineFact::OutOfMemory(id(1)));
    assert_eq!(said(&mut world), Some(true));
    world.now = At(world.now.0 + 599_000);
    assert_eq!(said(&mut world), Some(false));
    // One whose engine tells of it only when it is looked at, and of which it may be long ago.
    let ended = |state, finished| {
        let mut container = container(1, state, Some(finished));
        container.life.oom_killed = true;
        Arc::new(container)
    };
    let long_ago = At(world.now.0 - 3_600_000);
    world.engine(EngineFact::Inspected(ended(ContainerState::Running, long_ago)));
    assert_eq!(said(&mut world), Some(false), "started again since");
    world.engine(EngineFact::Inspected(ended(
        ContainerState::Exited { code: Some(137) },
        long_ago,
    )));
    assert_eq!(said(&mut world), Some(true), "and never started again");
    let now = world.now;
    world.engine(EngineFact::Inspected(ended(ContainerState::Running, now)));
    assert_eq!(said(&mut world), Some(true), "started again by its engine");
}

#[test]
fn an_engine_that_is_lost_takes_nothing_away_and_says_so() {
    let mut world = World::with_engine(Mode::Kraft);
    world.engine(EngineFact::Used(
        id(1),
        Usage {
            memory: Some(7),
            ..Usage::default()
        },
    ));
    world.poll();
    world.store.apply(Observation {
        from: Origin::Engine,
        asked: world.now,
        at: world.now,
        fact: Fact::Lost {
            why: Failure::new(FailureKind::Timeout, "it hangs"),
            retry_at: None,
        },
    });
    let snapshot = world.poll();
    assert!(!snapshot.fleet.answers());
    let hosted = snapshot.fleet.of_broker(BrokerId(1)).expect("still known");
    assert!(hosted.container.value().is_some() && hosted.container.failing().is_some());
    assert_eq!(hosted.usage.value().and_then(|usage| usage.memory), Some(7));
    assert_eq!(state(&snapshot, 1).0, Some(BrokerState::Up));
}

#[test]
fn what_the_list_no_longer_names_is_gone_unless_it_is_newer() {
    let mut world = World::with_engine(Mode::Kraft);
    world.now = At(world.now.0 + 10);
    world.engine(EngineFact::Listed(vec![id(2), id(3)]));
    world.poll();
    let snapshot = world.poll();
    assert!(snapshot.fleet.of_broker(BrokerId(1)).is_none());
    assert!(snapshot.fleet.of_broker(BrokerId(2)).is_some());
    // Late news of before changes nothing.
    let asked = At(1);
    world.store.apply(Observation {
        from: Origin::Engine,
        asked,
        at: world.now,
        fact: Fact::Engine(EngineFact::Inspected(Arc::new(container(
            2,
            ContainerState::Dead,
            None,
        )))),
    });
    let snapshot = world.poll();
    assert_eq!(state(&snapshot, 2).0, Some(BrokerState::Up));
}

#[test]
fn a_controller_is_known_though_no_quorum_tells_of_it() {
    let mut world = World::with_engine(Mode::Kraft);
    world.quorum = None;
    let mut controller = container(101, ContainerState::Exited { code: Some(143) }, Some(At(5)));
    controller.make.settings = NodeSettings {
        node_id: Some(BrokerId(101)),
        cluster_id: Some("cluster".into()),
        roles: vec!["controller".into()],
        voters: vec![(
            BrokerId(101),
            Endpoint {
                host: "voter-1".into(),
                port: 9093,
            },
        )],
        ..NodeSettings::default()
    };
    world.engine(EngineFact::Inspected(Arc::new(controller.clone())));
    world.poll();
    let snapshot = world.poll();
    let node = Node::Controller(BrokerId(101));
    assert!(snapshot.fleet.stopped(&node).is_some());
    // One of another cluster is none of ours.
    controller.make.settings.cluster_id = Some("other".into());
    world.engine(EngineFact::Inspected(Arc::new(controller)));
    let snapshot = world.poll();
    assert!(snapshot.fleet.of(&node).is_none());
}

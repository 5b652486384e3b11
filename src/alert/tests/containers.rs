//! Containers that restart in a loop, and those that were killed for want of memory.

use std::sync::Arc;

use super::*;
use crate::model::container::ContainerState;
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::EngineFact;
use crate::model::intake::Origin;
use crate::model::observation::Fact;
use crate::store::testbed_engine::{container, id};

fn watch() -> Watch {
    Watch::at(World::with_engine(Mode::Kraft), &Rules::built_in())
}

impl Watch {
    /// The engine tells of the container of broker 1.
    fn tells(&mut self, state: ContainerState, restarts: u64) {
        let mut told = container(1, state, Some(self.world.now));
        told.life.restarts = restarts;
        told.life.started = Some(self.world.now);
        self.world.engine(EngineFact::Inspected(Arc::new(told)));
    }

    /// The process ends, and is started again after some seconds.
    fn restarts(&mut self, restarts: u64, after: i64) {
        self.tells(ContainerState::Exited { code: Some(1) }, restarts);
        self.stop(&[1]);
        self.seconds(after);
        self.tells(ContainerState::Running, restarts + 1);
        self.recover();
    }
}

#[test]
fn a_container_that_restarts_in_a_loop_is_one_alert_and_the_end_of_the_loop_its_end() {
    let mut watch = watch();
    for restarts in 0..3 {
        watch.restarts(restarts, 20);
        watch.seconds(20);
    }
    assert_eq!(watch.lines().len(), 1, "{:?}", watch.lines());
    let told = &watch.told[0].1.alert;
    assert_eq!(told.key.to_string(), "KafkaContainerRestarting container:kafka-1");
    assert_eq!(
        told.words.summary,
        "Container kafka-1 of broker 1 was restarted 3 times in the last 10 minutes"
    );
    // A broker that is then away for long is told inside it.
    watch.restarts(3, 200);
    assert_eq!(watch.lines().len(), 1, "{:?}", watch.lines());
    watch.seconds(100);
    assert_eq!(watch.lines().len(), 1, "not before it has run for 2 minutes");
    let now = &watch.alerts.firing[0].words;
    assert!(now.summary.contains("4 times"), "{now:?}");
    assert!(
        now.description.contains("is running now, and has run for 1m"),
        "{now:?}"
    );
    watch.seconds(30);
    assert_eq!(watch.lines().len(), 2, "{:?}", watch.lines());
    assert!(watch.lines()[1].ends_with("resolved KafkaContainerRestarting container:kafka-1"));
}

#[test]
fn what_happened_before_the_first_look_a_start_that_was_asked_for_and_one_restart_are_no_loop() {
    let mut world = World::with_engine(Mode::Kraft);
    let mut often = container(1, ContainerState::Running, None);
    often.life.restarts = 40;
    world.engine(EngineFact::Inspected(Arc::new(often)));
    let mut watch = Watch::at(world, &Rules::built_in());
    watch.tells(ContainerState::Running, 41);
    watch.seconds(5);
    // Started by hand: the engine counts anew.
    watch.tells(ContainerState::Running, 0);
    watch.seconds(5);
    watch.tells(ContainerState::Running, 1);
    watch.seconds(700);
    assert_eq!(watch.lines(), [""; 0]);
    assert!(watch.alerts.resolved.is_empty());
}

#[test]
fn a_broker_killed_for_want_of_memory_is_told_as_such_whether_it_is_back_at_once_or_not() {
    // Back within seconds: its own alert.
    let mut back = watch();
    back.world.engine(EngineFact::OutOfMemory(id(1)));
    back.restarts(0, 10);
    back.seconds(20);
    assert_eq!(back.lines().len(), 1, "{:?}", back.lines());
    assert!(back.lines()[0].ends_with("firing KafkaContainerOutOfMemory container:kafka-1"));
    back.seconds(600);
    assert_eq!(back.lines().len(), 2, "{:?}", back.lines());
    // Gone for good: inside the one about the broker.
    let mut gone = watch();
    gone.world.engine(EngineFact::OutOfMemory(id(1)));
    gone.tells(ContainerState::Exited { code: Some(137) }, 0);
    gone.stop(&[1]);
    gone.seconds(300);
    assert_eq!(gone.lines().len(), 1, "{:?}", gone.lines());
    let (_, told) = &gone.told[0];
    assert_eq!(told.alert.key.to_string(), "KafkaBrokerOffline broker:1");
    let line = "A process in container kafka-1 of broker 1 was killed for want of memory";
    assert!(
        told.inside.iter().any(|inside| inside == line),
        "{:?}",
        told.inside
    );
}

#[test]
fn while_the_engine_is_silent_nothing_of_containers_fires_or_is_over() {
    let mut watch = watch();
    watch.world.engine(EngineFact::OutOfMemory(id(1)));
    watch.seconds(20);
    assert_eq!(watch.lines().len(), 1);
    let why = Failure::new(FailureKind::Timeout, "it hangs");
    let lost = Fact::Lost { why, retry_at: None };
    watch.world.say(Origin::Engine, lost);
    watch.seconds(1_200);
    let lines = watch.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[1].ends_with("firing KaftopSourceFailing source:docker"),
        "{lines:?}"
    );
    assert!(
        watch
            .firing()
            .contains(&"KafkaContainerOutOfMemory container:kafka-1".to_owned())
    );
}

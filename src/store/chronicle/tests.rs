//! What becomes one line, and what does not.

use crate::model::cluster::Mode;
use crate::model::event::EventLog;
use crate::model::snapshot::Snapshot;
use crate::store::testbed::{Link, World};

/// The lines with their consequences indented.
fn told(log: &EventLog) -> Vec<String> {
    let mut lines = Vec::new();
    for event in log {
        lines.push(event.sentence());
        lines.extend(event.consequences.iter().map(|event| format!("  {event}")));
    }
    lines
}

fn polls(world: &mut World, seconds: u32) -> Snapshot {
    for _ in 1..seconds {
        world.poll();
    }
    world.poll()
}

#[test]
fn nothing_that_was_so_before_kaftop_looked_is_an_event() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let mut world = World::new(mode);
        world.links.insert(1, Link::Refuses);
        world.drop_brokers(&[1]);
        let snapshot = polls(&mut world, 30);
        assert_eq!(told(&snapshot.events), Vec::<String>::new(), "{mode:?}");
    }
}

#[test]
fn a_broker_that_dies_is_one_line_with_all_that_it_brings_about() {
    let mut world = World::new(Mode::Kraft);
    polls(&mut world, 20);
    world.links.insert(1, Link::Refuses);
    polls(&mut world, 3);
    world.drop_brokers(&[1]);
    let snapshot = polls(&mut world, 10);
    assert_eq!(
        told(&snapshot.events),
        [
            "broker 1 down",
            "  kaftop lost broker 1 (refused)",
            "  6 ISRs lost broker 1",
            "  2 leaders moved 1→2",
        ]
    );
}

//! What must hold whatever happens.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::super::*;
use super::kit::*;
use crate::model::cluster::Mode;

/// What may happen between two looks at the cluster.
#[derive(Debug, Clone)]
enum Step {
    Do(Act),
    Wait(u32),
    Write { partition: i32, all: bool },
}

fn node(zookeeper: bool) -> impl Strategy<Value = Node> {
    (1..=3, 0..4).prop_map(move |(id, kind)| {
        if zookeeper && kind == 0 {
            Node::ZooKeeper(id)
        } else {
            Node::Broker(id)
        }
    })
}

fn act(zookeeper: bool) -> impl Strategy<Value = Act> {
    let of = move || node(zookeeper);
    prop_oneof![
        of().prop_map(Act::Stop),
        of().prop_map(Act::Start),
        of().prop_map(Act::Start),
        of().prop_map(Act::Kill),
        of().prop_map(Act::Pause),
        of().prop_map(Act::Resume),
        of().prop_map(Act::Cut),
        of().prop_map(Act::Heal),
        (1..=3, 0..3_u8).prop_map(|(broker, third)| Act::Slow {
            broker,
            factor: f64::from(third) / 2.0
        }),
        Just(Act::ElectPreferred),
    ]
}

fn step(zookeeper: bool) -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => act(zookeeper).prop_map(Step::Do),
        3 => (1_u32..400).prop_map(Step::Wait),
        4 => (0..3, any::<bool>()).prop_map(|(partition, all)| Step::Write { partition, all }),
    ]
}

fn cluster(kind: u8) -> ClusterSpec {
    let mut spec = spec(if kind == 0 { Mode::ZooKeeper } else { Mode::Kraft });
    spec.timing.process.reconnect = (Duration::from_secs(1), Duration::from_secs(6));
    if kind == 1 {
        spec.release = Release::V3_9;
        spec.controllers = Controllers::Separate { count: 3 };
    }
    spec
}

/// A run with what was acknowledged, and the epochs seen.
struct Run {
    world: World,
    waiting: Vec<(i32, Place, Appended)>,
    acked: Vec<(Place, Appended)>,
    epochs: BTreeMap<Place, i32>,
}

impl Run {
    fn new(spec: &ClusterSpec, seed: u64) -> Self {
        Self {
            world: World::new(spec, seed, 0).unwrap(),
            waiting: Vec::new(),
            acked: Vec::new(),
            epochs: BTreeMap::new(),
        }
    }

    fn place(&self, partition: i32) -> Place {
        self.world.truth().topic("t").unwrap().place(partition).unwrap()
    }

    fn go(&mut self, step: &Step) {
        match step {
            Step::Do(act) => {
                let _ = self.world.act(act);
            }
            Step::Wait(ticks) => {
                for _ in 0..*ticks {
                    let next = self.world.now() + Duration::from_millis(STEP);
                    self.world.advance(next);
                    self.look();
                }
            }
            Step::Write { partition, all } => self.write(*partition, *all),
        }
        self.look();
    }

    /// Writes to everyone who believes that it leads and would answer.
    fn write(&mut self, partition: i32, all: bool) {
        let at = self.place(partition);
        for broker in 1..=3 {
            let process = self.world.process(Node::Broker(broker));
            if process.state != ProcessState::Running {
                continue;
            }
            let acks = if all { Acks::All } else { Acks::Leader };
            if let Ok(appended) = self.world.append(broker, at, batch(b"r"), acks)
                && all
            {
                self.waiting.push((broker, at, appended));
            }
        }
    }

    fn look(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for (broker, at, appended) in waiting {
            match self.world.acked(broker, at, &appended) {
                Acked::Yes => self.acked.push((at, appended)),
                Acked::NotYet => self.waiting.push((broker, at, appended)),
                _ => {}
            }
        }
        let truth = self.world.truth();
        for partition in 0..3 {
            let at = self.place(partition);
            let image = truth.topic("t").unwrap().partition(partition).unwrap();
            let epoch = self.epochs.entry(at).or_insert(0);
            assert!(image.leader_epoch >= *epoch, "the epoch of {at:?} went back");
            *epoch = image.leader_epoch;
            assert!(
                image.leader.is_none_or(|leader| image.isr.contains(&leader)),
                "{image:?}"
            );
            let Some(log) = image
                .leader
                .and_then(|leader| self.world.log(leader, at, None).ok())
            else {
                continue;
            };
            for member in image.isr.iter() {
                let end = self.world.replica(*member, at).map_or(i64::MAX, |log| log.end);
                assert!(
                    end >= log.high_watermark,
                    "{member} has {end} of {log:?}, {image:?}"
                );
            }
        }
    }

    /// Undoes every fault and waits until all is well.
    fn recover(&mut self) {
        for _ in 0..6 {
            for node in self.world.nodes() {
                let _ = self.world.act(&Act::Resume(node));
                let _ = self.world.act(&Act::Heal(node));
                let _ = self.world.act(&Act::Start(node));
                if let Node::Broker(broker) = node {
                    let _ = self.world.act(&Act::Slow { broker, factor: 1.0 });
                }
            }
            self.go(&Step::Wait(600));
        }
    }

    fn nothing_is_lost(&self) {
        let truth = self.world.truth();
        for partition in &truth.topic("t").unwrap().partitions {
            assert_eq!(partition.isr.len(), 3, "{partition:?}");
        }
        for (at, appended) in &self.acked {
            for broker in 1..=3 {
                let log = self.world.replica(broker, *at).unwrap();
                assert!(log.end > appended.last_offset, "{appended:?} is lost on {broker}");
            }
            let leader = truth
                .topic("t")
                .unwrap()
                .partition(at.partition)
                .unwrap()
                .leader
                .unwrap();
            let read = self.world.read(leader, *at, appended.base_offset, 1).unwrap();
            let found = read.first().is_some_and(|stored| {
                matches!(stored, Stored::Batch { base_offset, leader_epoch, .. }
                    if *base_offset == appended.base_offset && *leader_epoch == appended.leader_epoch)
            });
            assert!(found, "{appended:?} was replaced by {read:?}");
        }
    }
}

fn steps() -> impl Strategy<Value = (u8, u64, Vec<Step>)> {
    (0_u8..3).prop_flat_map(|kind| {
        let list = prop::collection::vec(step(kind == 0), 1..40);
        (Just(kind), any::<u64>(), list)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_acknowledged_by_all_is_never_lost_without_unclean_elections((kind, seed, steps) in steps()) {
        let mut run = Run::new(&cluster(kind), seed);
        for step in &steps {
            run.go(step);
        }
        run.recover();
        run.nothing_is_lost();
    }

    #[test]
    fn the_same_seed_and_acts_give_the_same_state((kind, seed, steps) in steps()) {
        let state = || {
            let mut run = Run::new(&cluster(kind), seed);
            for step in &steps {
                run.go(step);
            }
            run.world.state_text()
        };
        prop_assert_eq!(state(), state());
    }
}

#[test]
fn other_seeds_give_other_states() {
    let state = |seed| {
        let mut world = World::new(&ClusterSpec::guide(Mode::Kraft), seed, 0).unwrap();
        world.advance(SimTime::seconds(5));
        world.state_text()
    };
    assert_ne!(state(1), state(2));
}

//! The simulated cluster against the recordings of real ones: the same faults, one after the other and as long apart, on
//! the same assignment of replicas, give the same sequence of states of every partition: leader, leader epoch, ISR; of
//! every broker, whether it is fenced; and a producer with acks=all meets the same.
//!
//! What a comparison leaves out is told in `kit/recording/sequence.rs`. Here the raw facts are compared, as the model's
//! brokers would tell them; what kaftop makes of them is not.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends with a panic"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use kaftop::model::cluster::Mode;
use kaftop::sim::world::{
    Acked, Acks, Act, AppendError, Batch, ClusterSpec, Image, Node, ProcessState, Release, TopicSpec, World,
};
use recording::form::{Change, Event, Met, PartitionState, Recording, Row, Standing, What};
use recording::sequence::{Match, differences};

#[path = "kit/recording/mod.rs"]
mod recording;

/// How often the model is looked at, as the recorder looked at real clusters.
const LOOK: Duration = Duration::from_millis(500);
/// How long a producer waits for its records.
const PRODUCER: Duration = Duration::from_secs(8);
/// Seeds that are tried for one in which the same controllers follow each other: that is a race on real clusters.
const SEEDS: u64 = 400;

type Place = (String, i32);

/// What is compared of a real recording: from its first act on, without kaftop's own judgement.
fn raw(recording: &Recording) -> Recording {
    let mut states: BTreeMap<Place, PartitionState> = BTreeMap::new();
    let mut fenced: BTreeMap<String, Option<bool>> = BTreeMap::new();
    let mut events = Vec::new();
    let mut acted = false;
    for event in &recording.events {
        match &event.what {
            What::Act { .. } if !acted => {
                acted = true;
                for state in states.values_mut() {
                    state.bump = 0;
                }
                events.push(change(0, &states, &fenced));
                events.push(event.clone());
            }
            What::Change(seen) => {
                let mut now = BTreeMap::new();
                for row in &seen.partitions {
                    for (topic, numbers) in &row.of {
                        for number in numbers {
                            let state = PartitionState {
                                class: String::new(),
                                ..row.state.clone()
                            };
                            now.insert((topic.clone(), *number), state);
                        }
                    }
                }
                let told: BTreeMap<_, _> = seen
                    .brokers
                    .iter()
                    .map(|(id, standing)| (id.clone(), standing.fenced))
                    .collect();
                if acted {
                    events.push(change(event.ms, &now, &told));
                }
                states.extend(now);
                fenced.extend(told);
            }
            _ if acted => events.push(event.clone()),
            _ => {}
        }
    }
    Recording {
        head: recording.head.clone(),
        events,
    }
}

fn change(
    ms: u64,
    states: &BTreeMap<Place, PartitionState>,
    fenced: &BTreeMap<String, Option<bool>>,
) -> Event {
    let mut rows: BTreeMap<PartitionState, BTreeMap<String, Vec<i32>>> = BTreeMap::new();
    for ((topic, number), state) in states {
        rows.entry(state.clone())
            .or_default()
            .entry(topic.clone())
            .or_default()
            .push(*number);
    }
    let standing = |fenced: &Option<bool>| Standing {
        state: String::new(),
        fenced: *fenced,
    };
    Event {
        ms,
        what: What::Change(Change {
            brokers: fenced
                .iter()
                .map(|(id, fenced)| (id.clone(), standing(fenced)))
                .collect(),
            partitions: rows.into_iter().map(|(state, of)| Row { state, of }).collect(),
            ..Change::default()
        }),
    }
}

fn spec(recording: &Recording) -> ClusterSpec {
    let (mode, release) = match recording.head.mode.as_str() {
        "kraft" => (Mode::Kraft, Release::V4_1),
        _ => (Mode::ZooKeeper, Release::V3_9),
    };
    let mut spec = ClusterSpec::bare(mode, 3);
    spec.release = release;
    // Kafka's default.
    spec.election.auto_rebalance = true;
    spec.topics = recording
        .head
        .topics
        .iter()
        .map(|(name, head)| TopicSpec {
            replication: u32::try_from(head.replicas[0].len()).unwrap(),
            min_isr: u32::try_from(head.min_isr.unwrap_or(1)).unwrap(),
            assignment: Some(head.replicas.clone()),
            records_per_second: 20.0,
            internal: name.starts_with("__"),
            ..TopicSpec::named(name, u32::try_from(head.replicas.len()).unwrap())
        })
        .collect();
    spec
}

/// The acts that the rig's words stand for.
fn acts(verb: &str, nodes: &[String]) -> Vec<Act> {
    let node = |name: &String| -> Node {
        name.replace("kafka-", "broker:")
            .replace("zookeeper-", "zookeeper:")
            .parse()
            .unwrap()
    };
    let act = |node: Node| match verb {
        "stop" => Act::Stop(node),
        "start" => Act::Start(node),
        "kill" => Act::Kill(node),
        "pause" => Act::Pause(node),
        "unpause" => Act::Resume(node),
        "cut" => Act::Cut(node),
        "heal" => Act::Heal(node),
        other => panic!("{other} is no act"),
    };
    nodes.iter().map(node).map(act).collect()
}

/// The model at its play.
struct Play {
    world: World,
    events: Vec<Event>,
    acted: kaftop::sim::world::SimTime,
    epochs: BTreeMap<Place, i32>,
    states: BTreeMap<Place, PartitionState>,
    fenced: BTreeMap<String, Option<bool>>,
}

impl Play {
    fn ms(&self) -> u64 {
        u64::try_from(self.world.now().since(self.acted).as_millis()).unwrap()
    }

    /// What kaftop would accept: the newest word of a broker that runs and is not cut off.
    fn image(&self) -> std::sync::Arc<Image> {
        let words = (1..=3).filter_map(|id| {
            let process = self.world.process(Node::Broker(id));
            (process.state == ProcessState::Running && !process.cut).then(|| self.world.image(id))
        });
        words
            .max_by_key(|image| image.version)
            .unwrap_or_else(|| self.world.truth())
    }

    fn look(&mut self) {
        let image = self.image();
        let (mut states, mut fenced) = (BTreeMap::new(), BTreeMap::new());
        for topic in &image.topics {
            for (number, partition) in (0..).zip(&topic.partitions) {
                let place = (topic.name.to_string(), number);
                let mut isr: Vec<i32> = partition.isr.iter().copied().collect();
                isr.sort_unstable();
                let state = PartitionState {
                    leader: partition.leader.filter(|id| image.is_live(*id)),
                    bump: partition.leader_epoch
                        - self.epochs.get(&place).copied().unwrap_or(partition.leader_epoch),
                    isr,
                    class: String::new(),
                };
                if self.states.get(&place) != Some(&state) {
                    states.insert(place, state);
                }
            }
        }
        for id in 1..=3 {
            // On ZooKeeper a broker is listed, and then not fenced, or it is not listed.
            let told = match image.mode {
                Mode::Kraft => image.brokers.get(&id).map(|registration| registration.fenced),
                Mode::ZooKeeper => image.is_live(id).then_some(false),
            };
            if self.fenced.get(&id.to_string()) != Some(&told) {
                fenced.insert(id.to_string(), told);
            }
        }
        if !states.is_empty() || !fenced.is_empty() {
            self.events.push(change(self.ms(), &states, &fenced));
            self.states.extend(states);
            self.fenced.extend(fenced);
        }
    }

    fn until(&mut self, ms: u64) {
        while self.ms() < ms {
            self.world.advance(self.world.now() + LOOK);
            self.look();
        }
    }

    fn act(&mut self, verb: &str, nodes: &[String]) {
        let event = Event {
            ms: self.ms(),
            what: What::Act {
                verb: verb.to_owned(),
                nodes: nodes.to_vec(),
            },
        };
        self.events.push(event);
        self.acted = self.world.now();
        let image = self.image();
        for topic in &image.topics {
            for (number, partition) in (0..).zip(&topic.partitions) {
                self.epochs
                    .insert((topic.name.to_string(), number), partition.leader_epoch);
            }
        }
        for state in self.states.values_mut() {
            state.bump = 0;
        }
        for act in acts(verb, nodes) {
            self.world.act(&act).unwrap();
        }
    }

    /// What a producer with acks=all meets, one record to each partition of the users' topics.
    fn produce(&mut self) {
        let image = self.image();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut waiting = Vec::new();
        for topic in image.topics.iter().filter(|topic| !topic.internal) {
            for (number, partition) in (0..).zip(&topic.partitions) {
                let place = topic.place(number).unwrap();
                let leader = partition.leader.filter(|id| image.is_live(*id));
                let answers =
                    leader.filter(|id| self.world.process(Node::Broker(*id)).state == ProcessState::Running);
                let Some(leader) = answers else {
                    *counts.entry("stalled".to_owned()).or_default() += 1;
                    continue;
                };
                let batch = Batch {
                    bytes: Bytes::from_static(b"x"),
                    records: 1,
                    max_timestamp: self.world.wall(self.world.now()),
                    producer: None,
                };
                match self.world.append(leader, place, batch, Acks::All) {
                    Ok(appended) => waiting.push((leader, place, appended)),
                    Err(AppendError::NotEnoughReplicas) => {
                        *counts.entry("refused".to_owned()).or_default() += 1;
                    }
                    Err(_) => *counts.entry("stalled".to_owned()).or_default() += 1,
                }
            }
        }
        self.world.advance(self.world.now() + PRODUCER);
        for (leader, place, appended) in waiting {
            let word = match self.world.acked(leader, place, &appended) {
                Acked::Yes => "ok",
                Acked::NotEnoughReplicasAfterAppend => "refused",
                Acked::NotYet | Acked::NotLeader => "stalled",
            };
            *counts.entry(word.to_owned()).or_default() += 1;
        }
        self.look();
        let worst = ["refused", "stalled"]
            .into_iter()
            .find(|word| counts.contains_key(*word));
        let met = Met {
            writes: worst.unwrap_or("ok").to_owned(),
            counts,
        };
        self.events.push(Event {
            ms: self.ms(),
            what: What::Met(met),
        });
    }
}

/// Plays the acts of a recording on the model; nothing where other controllers follow each other than there.
fn play(recording: &Recording, seed: u64) -> Option<Recording> {
    let world = World::new(&spec(recording), seed, 1_700_000_000_000).unwrap();
    let acted = world.now();
    let mut play = Play {
        world,
        events: Vec::new(),
        acted,
        epochs: BTreeMap::new(),
        states: BTreeMap::new(),
        fenced: BTreeMap::new(),
    };
    let mut controller = String::new();
    let mut begun = false;
    for event in &recording.events {
        match &event.what {
            What::Change(seen) => controller = seen.controller.clone().unwrap_or(controller),
            What::Act { verb, nodes } => {
                let ours = play
                    .world
                    .truth()
                    .controller
                    .map_or("none".to_owned(), |id| id.to_string());
                if begun {
                    play.until(event.ms);
                } else {
                    play.look();
                    begun = true;
                }
                if controller.parse::<i32>().is_ok() && controller != ours {
                    return None;
                }
                play.act(verb, nodes);
            }
            What::Met(_) if begun => {
                play.until(event.ms);
                play.produce();
            }
            What::Met(_) => {}
        }
    }
    play.until(40_000);
    Some(Recording {
        head: recording.head.clone(),
        events: play.events,
    })
}

fn compare(text: &str) {
    let recording = Recording::from_lines(text).unwrap();
    let played = (0..SEEDS).find_map(|seed| play(&recording, seed));
    let Some(played) = played else {
        panic!("none of {SEEDS} seeds has the controllers of the recording");
    };
    let found = differences(&raw(&recording), &played, Match::ByName);
    assert!(found.is_empty(), "the second is the model:\n{}", found.join("\n"));
}

#[test]
fn kraft_as_recorded() {
    compare(include_str!("recordings/kraft.jsonl"));
}

#[test]
fn kraft_as_recorded_on_another_path() {
    compare(include_str!("recordings/kraft-2.jsonl"));
}

#[test]
fn zookeeper_as_recorded() {
    compare(include_str!("recordings/zookeeper.jsonl"));
}

#[test]
fn zookeeper_as_recorded_on_another_path() {
    compare(include_str!("recordings/zookeeper-2.jsonl"));
}

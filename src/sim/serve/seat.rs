//! From where a request is answered: one broker of the simulation, as a client reached it.

use super::door::Door;
use crate::model::cluster::Mode;
use crate::model::ids::TopicId;
use crate::sim::Traffic;
use crate::sim::world::{ClusterSpec, Forward, Image, Node, Place, Release, TopicImage, World};
use kafka_protocol::messages::{ApiKey, BrokerId};
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use uuid::Uuid;

/// Threads of a broker that serve requests: `num.io.threads` by default.
const THREADS: usize = 8;

/// What all brokers of a simulation share.
#[derive(Debug)]
pub(in crate::sim) struct Shared {
    world: Mutex<World>,
    spec: ClusterSpec,
    ports: BTreeMap<i32, u16>,
    pulse: watch::Sender<u64>,
    doors: BTreeMap<Node, watch::Sender<Door>>,
    /// The next producer id (KIP-98).
    pub(super) producer_ids: AtomicI64,
    /// Threads of each broker that wait for ZooKeeper or the disk.
    stuck: BTreeMap<i32, AtomicUsize>,
    /// What each broker was asked and has answered, by the key of the API.
    traffic: Mutex<BTreeMap<(i32, i16), Traffic>>,
}

impl Shared {
    /// A world whose brokers listen on these ports.
    pub(in crate::sim) fn new(world: World, ports: BTreeMap<i32, u16>) -> Self {
        let spec = world.spec().clone();
        let doors = world
            .nodes()
            .into_iter()
            .map(|node| (node, watch::Sender::new(Door::from(world.process(node)))));
        let doors = doors.collect();
        let stuck = ports.keys().map(|id| (*id, AtomicUsize::new(0))).collect();
        Self {
            world: Mutex::new(world),
            spec,
            ports,
            pulse: watch::Sender::new(0),
            doors,
            producer_ids: AtomicI64::new(1_000),
            stuck,
            traffic: Mutex::default(),
        }
    }

    /// The world, locked: never kept over an await.
    pub(in crate::sim) fn world(&self) -> MutexGuard<'_, World> {
        // A panic elsewhere leaves plain values behind; the simulation tells of the dead task by itself.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world, and lets everybody see it.
    pub(in crate::sim) fn change<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        let outcome = {
            let mut world = self.world();
            let outcome = with(&mut world);
            for (node, door) in &self.doors {
                let now = Door::from(world.process(*node));
                door.send_if_modified(|door| std::mem::replace(door, now) != now);
            }
            outcome
        };
        self.beat();
        outcome
    }

    /// How a node meets clients; none where it is not part of the cluster.
    pub(in crate::sim) fn door(&self, node: Node) -> Option<watch::Receiver<Door>> {
        self.doors.get(&node).map(watch::Sender::subscribe)
    }

    /// Wakes those who wait for the world to change.
    pub(in crate::sim) fn beat(&self) {
        self.pulse.send_modify(|beat| *beat = beat.wrapping_add(1));
    }

    /// What each broker was asked and has answered since the start, by broker and the key of the API.
    pub(in crate::sim) fn traffic(&self) -> BTreeMap<(i32, i16), Traffic> {
        self.tally().clone()
    }

    fn tally(&self) -> MutexGuard<'_, BTreeMap<(i32, i16), Traffic>> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of each change of the world.
    pub(super) fn pulse(&self) -> watch::Receiver<u64> {
        self.pulse.subscribe()
    }
}

/// One broker, as one connection reached it.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    /// The broker's id.
    pub(super) broker: i32,
    /// What all brokers share.
    pub(super) shared: Arc<Shared>,
    host: StrBytes,
}

impl Seat {
    /// A broker that a client reached under `host`, which is what it advertises for itself and the others.
    pub(super) fn new(broker: i32, shared: Arc<Shared>, host: String) -> Self {
        Self {
            broker,
            shared,
            host: host.into(),
        }
    }

    /// The world, locked: never kept over an await.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    /// Counts a request of so many bytes.
    pub(super) fn count_request(&self, api: ApiKey, bytes: usize) {
        self.count(api, 1, bytes);
    }

    /// Counts its answer.
    pub(super) fn count_answer(&self, api: ApiKey, bytes: usize) {
        self.count(api, 0, bytes);
    }

    fn count(&self, api: ApiKey, requests: u64, bytes: usize) {
        let mut tally = self.shared.tally();
        let traffic = tally.entry((self.broker, api as i16)).or_default();
        traffic.requests += requests;
        traffic.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    /// What this broker believes.
    pub(super) fn image(&self) -> Arc<Image> {
        self.world().image(self.broker)
    }

    /// What the cluster was made of.
    pub(super) fn spec(&self) -> &ClusterSpec {
        &self.shared.spec
    }

    /// What keeps the cluster's metadata.
    pub(super) fn mode(&self) -> Mode {
        self.shared.spec.mode
    }

    /// The line of releases.
    pub(super) fn release(&self) -> Release {
        self.shared.spec.release
    }

    /// The host that every broker advertises.
    pub(super) fn host(&self) -> StrBytes {
        self.host.clone()
    }

    /// The port that a broker advertises; 0 for one that is none.
    pub(super) fn port(&self, broker: i32) -> i32 {
        self.shared.ports.get(&broker).copied().unwrap_or(0).into()
    }

    /// Whether what is forwarded to a controller is answered now.
    pub(super) fn forwards(&self) -> bool {
        self.world().forward(self.broker) == Forward::Answers
    }

    /// Takes one of the broker's threads for a question that ZooKeeper or the disk does not answer.
    pub(super) fn lose_thread(&self) {
        if let Some(stuck) = self.shared.stuck.get(&self.broker) {
            stuck.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether a thread is left that does not wait for ZooKeeper or the disk. All come back once neither hangs.
    pub(super) fn has_thread(&self) -> bool {
        let Some(stuck) = self.shared.stuck.get(&self.broker) else {
            return true;
        };
        if stuck.load(Ordering::Relaxed) == 0 {
            return true;
        }
        let goes_on = {
            let world = self.world();
            world.settings_answered(self.broker) && !world.disk_hangs(self.broker)
        };
        if goes_on {
            stuck.store(0, Ordering::Relaxed);
        }
        stuck.load(Ordering::Relaxed) < THREADS
    }

    /// Whether only another broker may answer what is for the controller: in ZooKeeper mode clients go to it themselves.
    pub(super) fn is_not_controller(&self) -> bool {
        self.mode() == Mode::ZooKeeper && self.image().controller != Some(self.broker)
    }
}

/// A topic that a request names, by name or by id.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named<'a> {
    /// By name.
    Name(&'a str),
    /// By id (KIP-516).
    Id(Uuid),
}

impl Named<'_> {
    /// The topic in what a broker believes.
    pub(super) fn find(self, image: &Image) -> Option<&Arc<TopicImage>> {
        match self {
            Self::Name(name) => image.topic(name),
            Self::Id(id) => image.topic_of(TopicId(*id.as_bytes())),
        }
    }

    /// One partition of the topic, as the world addresses it.
    pub(super) fn place(self, image: &Image, partition: i32) -> Option<Place> {
        self.find(image)?.place(partition)
    }
}

/// Text as the codec takes it.
pub(super) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Ids as the codec takes them.
pub(super) fn ids(ids: &[i32]) -> Vec<BrokerId> {
    ids.iter().copied().map(BrokerId).collect()
}

/// An id as the codec takes it, -1 for none.
pub(super) fn id(id: Option<i32>) -> BrokerId {
    BrokerId(id.unwrap_or(-1))
}

/// A topic's id as the codec takes it.
pub(super) fn uuid(id: TopicId) -> Uuid {
    Uuid::from_bytes(id.0)
}

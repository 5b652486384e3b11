//! The model of the simulated cluster: brokers, controllers, ZooKeepers, logs, groups and what each believes.
//!
//! There is no I/O and no clock: time is an argument, and the whole state is a function of the specification,
//! the seed, and what was done at which tick. See [`World`].

mod act;
mod acts;
mod births;
mod check;
mod client;
mod control;
mod council;
mod delivery;
mod election;
mod ensemble;
mod group_store;
mod group_view;
mod groups;
mod groups_spec;
mod ids;
mod image;
mod logs;
mod machines;
mod marks;
mod node;
mod numbers;
mod presets;
mod quorum;
mod registry;
mod replica;
mod replication;
mod spec;
mod state_text;
mod stored;
#[cfg(test)]
mod tests;
mod time;
mod timing;
mod topic_logs;
mod topic_spec;
mod topics;
mod traffic;
mod views;

use std::sync::Arc;

pub use act::{Act, ActError};
pub use check::{MOST_BROKERS, MOST_GROUPS, MOST_MEMBERS, MOST_PARTITIONS, MOST_REPLICAS, MOST_VOTERS};
pub use group_view::{CommitsView, GroupError, GroupState, GroupView, MemberView};
pub use groups_spec::{Behaviour, GroupKind, GroupSpec};
pub use ids::Ids;
pub use image::{Image, PartitionImage, Place, Registration, TopicImage, TopicSlot};
pub use node::{Node, NodeNameError, Process, ProcessState};
pub use spec::{ClusterSpec, Controllers, ElectionSpec, FIRST_CONTROLLER, Release, SpecError};
pub use time::{STEP, SimTime};
pub use timing::{ProcessTiming, Timing};
pub use topic_spec::{Acks, Pattern, RetentionSpec, TopicSpec, TrafficSpec};
pub use topics::ElectError;
pub use views::{
    Acked, AppendError, Appended, Batch, EnsembleMode, EnsembleView, Forward, LogDirs, LogError, LogView,
    QuorumReplica, QuorumView, ReplicaDir, Stored, TopicError,
};

use council::Council;
use ensemble::Ensemble;
use group_store::Groups;
use machines::Machines;
use numbers::{draw, topic_of_chance};
use quorum::Quorum;
use registry::{Registry, place_of};
use replication::Replication;
use traffic::Producer;

use crate::model::cluster::Mode;

/// The clock of a world.
#[derive(Debug, Clone, Copy)]
struct Clock {
    tick: u64,
    started_at: i64,
}

/// Where each broker stands towards the truth.
#[derive(Debug)]
struct Standing {
    /// What each believes.
    beliefs: Vec<Arc<Image>>,
    /// Until when what each forwards to a controller gets no answer.
    silent_until: Vec<u64>,
    /// The controller that acted in the tick before.
    acting: Option<usize>,
}

/// A simulated cluster.
///
/// Each tick in order: processes begin and end; the quorum or the ensemble elects; the controller keeps sessions and
/// changes its image; brokers that reach it learn the image and change roles; followers copy and leaders count; leaders
/// ask the controller for other ISRs; producers write; groups commit; retention drops.
#[derive(Debug)]
pub struct World {
    spec: ClusterSpec,
    seed: u64,
    clock: Clock,
    machines: Machines,
    council: Council,
    registry: Registry,
    standing: Standing,
    replication: Replication,
    producers: Vec<Producer>,
    groups: Groups,
}

impl World {
    /// A cluster that is healthy and settled, with some history. `started_at` is the wall time of its beginning in
    /// milliseconds since the Unix epoch.
    pub fn new(spec: &ClusterSpec, seed: u64, started_at: i64) -> Result<World, SpecError> {
        spec.check()?;
        let mut spec = spec.clone();
        let topics = std::mem::take(&mut spec.topics);
        let groups = std::mem::take(&mut spec.groups);
        let machines = Machines::new(&spec);
        let council = match spec.mode {
            Mode::Kraft => Council::Quorum(Quorum::new(&spec, &machines, seed)),
            Mode::ZooKeeper => Council::Ensemble(Ensemble::new(&machines, seed)),
        };
        let brokers = machines.brokers();
        let registry = Registry::new(&spec, council.controller());
        let standing = Standing {
            beliefs: Vec::new(),
            silent_until: vec![0; brokers],
            acting: None,
        };
        let mut world = World {
            clock: Clock { tick: 0, started_at },
            replication: Replication::new(brokers),
            producers: Vec::with_capacity(topics.len()),
            groups: Groups::new(),
            spec,
            seed,
            machines,
            council,
            registry,
            standing,
        };
        for topic in &topics {
            world.add_topic(topic, true);
        }
        if !groups.is_empty() && topics.iter().all(|topic| topic.name != group_store::OFFSETS) {
            let replication = world.spec.brokers.min(3);
            let offsets = presets::offsets_topic(replication, replication.saturating_sub(1).max(1));
            world.add_topic(&offsets, true);
        }
        world.settle_at_birth();
        world.standing.acting = world.acting();
        for group in &groups {
            world.add_group(group);
        }
        Ok(world)
    }

    /// What it was made of, without the topics and groups.
    pub fn spec(&self) -> &ClusterSpec {
        &self.spec
    }

    /// Its time.
    pub fn now(&self) -> SimTime {
        SimTime(self.clock.tick * STEP)
    }

    /// Wall time in milliseconds since the Unix epoch.
    pub fn wall(&self, time: SimTime) -> i64 {
        self.clock
            .started_at
            .saturating_add(i64::try_from(time.0).unwrap_or(i64::MAX))
    }

    fn started_at(&self) -> i64 {
        self.clock.started_at
    }

    /// Lets it go on to this time, in whole ticks of [`STEP`] milliseconds.
    pub fn advance(&mut self, to: SimTime) {
        while self.clock.tick < to.tick() {
            self.clock.tick += 1;
            self.step();
        }
    }

    fn step(&mut self) {
        self.machines.step(self.clock.tick);
        self.refresh_abilities();
        let before = self.registry.truth.clone();
        self.deliberate();
        self.control();
        if !Arc::ptr_eq(&before, &self.registry.truth) {
            self.keep_stale_groups(&before);
        }
        self.deliver();
        self.settle();
        self.shrink();
        self.produce();
        self.commit_groups();
        self.expire();
        self.forget_topics();
    }

    /// The quorum or the ensemble elects; a controller that acts anew is asked for what was missed.
    fn deliberate(&mut self) {
        let now = self.clock.tick;
        match &mut self.council {
            Council::Quorum(quorum) => {
                if let Some(elected) = quorum.step(&self.machines, now) {
                    self.controller_elected(elected);
                }
            }
            Council::Ensemble(ensemble) => {
                if ensemble.step(&self.machines, now) {
                    // Sessions begin anew under another leader of the ensemble.
                    for session in &mut self.registry.sessions {
                        session.heard = now;
                    }
                }
            }
        }
        let acting = self.acting();
        if acting.is_some() && acting != self.standing.acting {
            self.stir_torn();
        }
        self.standing.acting = acting;
    }

    /// How it is with a process; one that is not part of the cluster is gone.
    pub fn process(&self, node: Node) -> Process {
        self.machines.process(node)
    }

    /// The processes: brokers, then separate controllers, then ZooKeepers.
    pub fn nodes(&self) -> Vec<Node> {
        self.machines.all.iter().map(|machine| machine.node).collect()
    }

    /// What a broker believes, stale or not.
    pub fn image(&self, broker: i32) -> Arc<Image> {
        place_of(broker)
            .and_then(|place| self.standing.beliefs.get(place))
            .unwrap_or(&self.registry.truth)
            .clone()
    }

    /// What the controller has decided, whoever knows of it.
    pub fn truth(&self) -> Arc<Image> {
        self.registry.truth.clone()
    }

    /// The controller that a broker names in Metadata: in ZooKeeper mode the one that it knows to act, in KRaft
    /// a random live broker (`KRaftMetadataCache.getRandomAliveBroker`).
    pub fn told_controller(&self, broker: i32) -> Option<i32> {
        let image = self.image(broker);
        if image.mode == Mode::ZooKeeper {
            return image.controller.filter(|id| image.is_live(*id));
        }
        let live: Vec<i32> = image.live().collect();
        let which = self.clock.tick ^ (u64::from(broker.unsigned_abs()) << 32);
        let count = u64::try_from(live.len()).unwrap_or(0);
        let chosen = draw(self.seed, topic_of_chance::TOLD, which, count);
        live.get(usize::try_from(chosen).ok()?).copied()
    }
}

//! The model of the simulated cluster: brokers, controllers, ZooKeepers, logs, groups and what each believes.
//!
//! There is no I/O and no clock: time is an argument, and the whole state is a function of the specification,
//! the seed, and what was done at which tick. See [`World`].

mod act;
mod check;
mod client;
mod council;
mod group_view;
mod groups;
mod groups_spec;
mod ids;
mod image;
mod logs;
mod node;
mod presets;
mod spec;
mod time;
mod timing;
mod topic_spec;
mod topics;
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

use crate::model::cluster::Mode;

/// A simulated cluster.
#[derive(Debug)]
pub struct World {
    spec: ClusterSpec,
    now: SimTime,
    started_at: i64,
    truth: Arc<Image>,
    groups: Vec<GroupView>,
}

impl World {
    /// A cluster that is healthy and settled, with some history. `started_at` is the wall time of its beginning in
    /// milliseconds since the Unix epoch.
    pub fn new(spec: &ClusterSpec, _seed: u64, started_at: i64) -> Result<World, SpecError> {
        spec.check()?;
        let brokers = (1..=i32::try_from(spec.brokers).unwrap_or(i32::MAX))
            .map(|id| {
                let registration = Registration {
                    rack: None,
                    fenced: false,
                    shutting_down: false,
                    epoch: 1,
                };
                (id, registration)
            })
            .collect();
        Ok(World {
            spec: spec.clone(),
            now: SimTime::default(),
            started_at,
            truth: Arc::new(Image {
                version: 1,
                cluster_id: spec.cluster_id.as_str().into(),
                mode: spec.mode,
                brokers,
                controller: Some(1),
                topics: Vec::new(),
            }),
            groups: Vec::new(),
        })
    }

    /// What it was made of.
    pub fn spec(&self) -> &ClusterSpec {
        &self.spec
    }

    /// Its time.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Wall time in milliseconds since the Unix epoch.
    pub fn wall(&self, time: SimTime) -> i64 {
        self.started_at
            .saturating_add(i64::try_from(time.0).unwrap_or(i64::MAX))
    }

    /// Lets it go on to this time, in whole ticks of [`STEP`] milliseconds.
    pub fn advance(&mut self, to: SimTime) {
        while self.now.0.saturating_add(STEP) <= to.0 {
            self.now = SimTime(self.now.0 + STEP);
        }
    }

    /// Does something to it, now.
    pub fn act(&mut self, _act: &Act) -> Result<(), ActError> {
        Ok(())
    }

    /// How it is with a process; one that is not part of the cluster is gone.
    pub fn process(&self, _node: Node) -> Process {
        Process {
            state: ProcessState::Running,
            reached: true,
            cut: false,
        }
    }

    /// The processes: brokers, then separate controllers, then ZooKeepers.
    pub fn nodes(&self) -> Vec<Node> {
        self.truth.brokers.keys().copied().map(Node::Broker).collect()
    }

    /// What a broker believes, stale or not.
    pub fn image(&self, _broker: i32) -> Arc<Image> {
        self.truth.clone()
    }

    /// The controller that a broker names in Metadata: in ZooKeeper mode the one that it knows to act, in KRaft
    /// a random live broker (`KRaftMetadataCache.getRandomAliveBroker`).
    pub fn told_controller(&self, broker: i32) -> Option<i32> {
        let image = self.image(broker);
        match image.mode {
            Mode::ZooKeeper => image.controller,
            Mode::Kraft => image.live().next(),
        }
    }

    /// The whole state in lines, the same for the same specification, seed and acts.
    pub fn state_text(&self) -> String {
        format!("{:?}", self.truth)
    }
}

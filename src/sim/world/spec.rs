//! What a simulated cluster is made of.

use super::groups_spec::GroupSpec;
use super::timing::Timing;
use super::topic_spec::TopicSpec;
use crate::model::cluster::Mode;

/// The line of releases that a cluster behaves like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Release {
    /// 3.9, the last one with ZooKeeper.
    V3_9,
    /// 4.1, with eligible leader replicas (KIP-966).
    V4_1,
}

/// The KRaft controllers; of no meaning in ZooKeeper mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Controllers {
    /// The first so many brokers are controllers, too.
    Combined {
        /// How many.
        voters: u32,
    },
    /// They run by themselves, with ids from [`FIRST_CONTROLLER`].
    Separate {
        /// How many.
        count: u32,
    },
}

/// The id of the first separate controller.
pub const FIRST_CONTROLLER: i32 = 3001;

/// How partitions get leaders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ElectionSpec {
    /// `unclean.leader.election.enable` of the brokers.
    pub unclean: bool,
    /// `auto.leader.rebalance.enable`.
    pub auto_rebalance: bool,
}

/// One simulated cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterSpec {
    /// What keeps its metadata.
    pub mode: Mode,
    /// What it behaves like.
    pub release: Release,
    /// Its id.
    pub cluster_id: String,
    /// How many brokers; their ids are 1 to this.
    pub brokers: u32,
    /// The KRaft controllers.
    pub controllers: Controllers,
    /// How many ZooKeepers; their ids are 1 to this. Of no meaning in KRaft.
    pub zookeepers: u32,
    /// The racks, given to the brokers in turn; none where empty.
    pub racks: Vec<String>,
    /// Its topics. `__consumer_offsets` is added where groups are and it is not named.
    pub topics: Vec<TopicSpec>,
    /// Its groups.
    pub groups: Vec<GroupSpec>,
    /// How long things take.
    pub timing: Timing,
    /// How partitions get leaders.
    pub election: ElectionSpec,
}

/// What is wrong with a specification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// More than the model takes.
    #[error("{what}: {asked} asked, at most {limit} are possible (this would take about {memory_mib} MiB)")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many were asked for.
        asked: u64,
        /// The limit.
        limit: u64,
        /// The memory it would take, in MiB.
        memory_mib: u64,
    },
    /// Something that cannot be.
    #[error("{what}: {why}")]
    Wrong {
        /// Of what, such as ``topic `a` ``.
        what: String,
        /// Why not.
        why: String,
    },
}

//! Facts on their way from a source to the store: who said what, and when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::broker::{Endpoint, LogDirs};
use super::cluster::Mode;
use super::ensemble::MemberReport;
use super::failure::Failure;
use super::fleet::EngineFact;
use super::group::{Description, GroupKind};
use super::ids::{BrokerId, PartitionId, TopicId};
use super::intake::Origin;
use super::quorum::Quorum;
use super::settings::TopicSettings;
use super::text::Name;
use super::time::{At, Span};
use super::topic::Reassignment;

/// One broker's word on which brokers there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBroker {
    /// Its id.
    pub id: BrokerId,
    /// Its advertised address.
    pub endpoint: Endpoint,
    /// Its rack.
    pub rack: Option<Name>,
}

/// One broker's word on a partition: who leads it and who has its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionView {
    /// The partition's number.
    pub index: i32,
    /// The leader, if it knows one.
    pub leader: Option<BrokerId>,
    /// The leader's epoch.
    pub leader_epoch: Option<i32>,
    /// Assigned replicas, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// In-sync replicas.
    pub isr: Vec<BrokerId>,
    /// Offline replicas.
    pub offline: Vec<BrokerId>,
}

/// One broker's word on a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicView {
    /// Its name.
    pub name: Name,
    /// Its id.
    pub id: Option<TopicId>,
    /// Its partitions by number.
    pub partitions: PartitionViews,
}

/// The partitions of one topic by number. Equal words of several brokers, and of one broker at several times, share one
/// value: of a large cluster's table there is then one copy, and comparing two tables is mostly comparing pointers.
pub type PartitionViews = Arc<Vec<Arc<PartitionView>>>;

/// One broker's word on the whole cluster (Metadata).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataView {
    /// The cluster id.
    pub cluster_id: Option<Name>,
    /// The controller that it names: real in ZooKeeper mode, a random live broker in KRaft.
    pub controller: Option<BrokerId>,
    /// The brokers that it lists.
    pub brokers: Vec<ListedBroker>,
    /// Its topics by name.
    pub topics: Vec<TopicView>,
    /// Topics that it could not tell of, and why.
    pub denied: Vec<(Name, Failure)>,
}

/// A group as its coordinator lists it, with what could be read beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub kind: GroupKind,
    /// Its state in the protocol's own word.
    pub state: Option<Name>,
    /// Members and assignor; `None` where the protocol does not tell, or they were not asked this time.
    pub description: Option<Result<Description, Failure>>,
    /// Committed offsets; `None` for share groups, which have none.
    pub commits: Option<Result<Commits, Failure>>,
    /// Where a share group is; `None` for others, and where the broker does not tell.
    pub share: Option<Result<Vec<SharePlace>, Failure>>,
}

/// Where a share group is on a partition (KIP-932).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharePlace {
    /// The partition.
    pub place: PartitionId,
    /// All records below this offset are done with; `None` where the group has not begun to read.
    pub start: Option<i64>,
    /// Records that are not done with, where the coordinator tells (KIP-1226).
    pub lag: Option<u64>,
}

/// Committed offsets of a group; a partition without a commit is `None`.
pub type Commits = Vec<(PartitionId, Option<i64>)>;

/// Offsets read from a leader, by topic, then by partition number.
pub type Offsets = BTreeMap<Name, Vec<(i32, Result<i64, Failure>)>>;

/// The sizes of the replicas on one broker, by topic, then by partition number.
pub type ReplicaSizes = BTreeMap<Name, Vec<(i32, u64)>>;

/// What was asked, to say what a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// Metadata of all topics.
    Metadata,
    /// `DescribeCluster`: fenced brokers.
    Fencing,
    /// `DescribeQuorum`.
    Quorum,
    /// Effective `min.insync.replicas` of all topics.
    MinIsr,
    /// Topics' own settings of `min.insync.replicas`, where the broker's default stands for them.
    TopicSettings,
    /// High watermarks of the partitions that this broker leads.
    EndOffsets,
    /// First offsets of the partitions that this broker leads.
    StartOffsets,
    /// Groups that this broker coordinates.
    Groups,
    /// Whether the listing names every group: Kafka leaves out, without a word, those that we may not describe.
    AllGroups,
    /// Members of a group that is listed.
    Members,
    /// Commits of a group that is listed.
    Commits,
    /// Log directories.
    LogDirs,
    /// Reassignments under way.
    Reassignments,
    /// Eligible leader replicas.
    Eligible,
    /// A ZooKeeper member's `srvr`.
    Member,
}

impl Ask {
    /// Whether any one broker tells it for the whole cluster.
    pub fn is_shared(self) -> bool {
        matches!(
            self,
            Self::Quorum
                | Self::MinIsr
                | Self::TopicSettings
                | Self::Reassignments
                | Self::Eligible
                | Self::Fencing
        )
    }

    /// What is missing when it fails, in the engineer's words.
    pub fn what(self) -> &'static str {
        match self {
            Self::Metadata => "brokers and partitions",
            Self::Fencing => "fenced brokers",
            Self::Quorum => "the controller quorum",
            Self::MinIsr => "min.insync.replicas",
            Self::TopicSettings => "topics' own min.insync.replicas",
            Self::EndOffsets => "end offsets",
            Self::StartOffsets => "start offsets",
            Self::Groups => "groups",
            Self::AllGroups => "groups that we may not describe",
            Self::Members => "members of groups",
            Self::Commits => "commits of groups",
            Self::LogDirs => "log sizes and disks",
            Self::Reassignments => "reassignments",
            Self::Eligible => "eligible leader replicas",
            Self::Member => "the ensemble member",
        }
    }
}

/// What the versions that a broker advertises (ApiVersions, KIP-35) tell of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// KRaft brokers advertise DescribeQuorum, brokers on ZooKeeper do not.
    pub mode: Option<Mode>,
    /// Whether it caps min ISR at the replica count: from 3.7 on (`Partition.effectiveMinIsr`), which is
    /// also the release that brought Fetch v16 (KIP-951).
    pub caps_min_isr: Option<bool>,
    /// What is odd about the versions: too old for some fact, or newer than any that kaftop was run against.
    pub note: Option<String>,
}

/// What was learnt.
#[derive(Clone, Debug)]
pub enum Fact {
    /// A connection is being made to this address.
    Connecting {
        /// HOST:PORT.
        address: Name,
    },
    /// The broker's Metadata is word for word what it told last.
    SameMetadata,
    /// The source answered a small request.
    Answered {
        /// The round trip.
        round_trip: Duration,
    },
    /// The source does not answer; the connection, if any, is gone.
    Lost {
        /// How.
        why: Failure,
        /// When it is tried again; `None` when it is not.
        retry_at: Option<At>,
    },
    /// This source keeps a slower pace than asked for, to spare the broker; `None` when it no longer does.
    Paced(Option<Span>),
    /// What the broker's advertised versions tell.
    Versions(Release),
    /// Metadata of all topics.
    Metadata(Arc<MetadataView>),
    /// Fenced brokers beside the listed ones: DescribeCluster v2. The flag is `true` for fenced.
    Fencing(Vec<(ListedBroker, bool)>),
    /// The quorum as its leader sees it, asked through this broker.
    Quorum(Quorum),
    /// Effective `min.insync.replicas` by topic.
    MinIsr(BTreeMap<Name, Result<i32, Failure>>),
    /// Settings of topics, the topics' own among them: nothing stands for them.
    TopicSettings(BTreeMap<Name, Result<TopicSettings, Failure>>),
    /// High watermarks of partitions that this broker leads.
    EndOffsets(Offsets),
    /// First offsets of partitions that this broker leads.
    StartOffsets(Offsets),
    /// All groups that this broker coordinates; a group not in the list is not coordinated here.
    Groups(Vec<GroupView>),
    /// The listing of groups names every group.
    AllGroups,
    /// Log directories summed, and the size of each replica.
    LogDirs(LogDirs, ReplicaSizes),
    /// All reassignments under way.
    Reassignments(BTreeMap<PartitionId, Reassignment>),
    /// Eligible leader replicas of all partitions that have the field set.
    Eligible(BTreeMap<PartitionId, Vec<BrokerId>>),
    /// A ZooKeeper member's report.
    Member(MemberReport),
    /// Something of the container engine.
    Engine(EngineFact),
    /// This read failed, the source as such still answers or its loss is told apart.
    Failed(Ask, Failure),
}

/// A fact with its stamps.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Who said it.
    pub from: Origin,
    /// When the request was sent: what the answer says was true at this moment or later.
    pub asked: At,
    /// When the answer came.
    pub at: At,
    /// What was learnt.
    pub fact: Fact,
}

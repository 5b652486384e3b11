//! Groups, as their coordinator tells them.

use std::sync::Arc;

use super::groups_spec::GroupKind;
use super::image::TopicSlot;

/// The state of a group, in the words of ListGroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupState {
    /// All members have their assignment.
    Stable,
    /// Members are awaited (classic groups).
    PreparingRebalance,
    /// The assignment is awaited (classic groups).
    CompletingRebalance,
    /// The assignment is being made (groups of the consumer protocol).
    Assigning,
    /// Members still change over to it (groups of the consumer protocol).
    Reconciling,
    /// No members; commits stay.
    Empty,
    /// Nothing is left.
    Dead,
}

impl GroupState {
    /// Kafka's own word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stable => "Stable",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::Empty => "Empty",
            Self::Dead => "Dead",
        }
    }
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// The member id.
    pub id: String,
    /// The client id.
    pub client_id: String,
    /// From where it connects.
    pub host: String,
    /// The partitions that it reads, by topic.
    pub assignment: Vec<(Arc<str>, Vec<i32>)>,
}

/// The commits of a group on one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitsView {
    /// The topic's name.
    pub topic: Arc<str>,
    /// Where its logs are kept.
    pub slot: TopicSlot,
    /// The committed offset of each partition; -1 where nothing was committed.
    pub offsets: Vec<i64>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its name.
    pub name: Arc<str>,
    /// Its protocol.
    pub kind: GroupKind,
    /// Its state.
    pub state: GroupState,
    /// The generation (classic) or group epoch.
    pub generation: i32,
    /// The assignor: `range`.
    pub assignor: &'static str,
    /// Its members.
    pub members: Vec<MemberView>,
    /// The topics that it subscribes to.
    pub subscription: Vec<Arc<str>>,
    /// Its commits by topic.
    pub commits: Vec<CommitsView>,
}

/// Why a broker tells nothing of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum GroupError {
    /// Another broker coordinates it (`NOT_COORDINATOR`).
    #[error("the broker does not coordinate this group")]
    NotCoordinator,
    /// The broker has just become coordinator, and reads the commits (`COORDINATOR_LOAD_IN_PROGRESS`).
    #[error("the coordinator still loads")]
    Loading,
    /// Nobody coordinates it (`COORDINATOR_NOT_AVAILABLE`).
    #[error("the group has no coordinator")]
    NotAvailable,
    /// There is no such group.
    #[error("there is no such group")]
    Unknown,
    /// The commit names a partition that is not there.
    #[error("the commit names an unknown partition")]
    UnknownPartition,
}

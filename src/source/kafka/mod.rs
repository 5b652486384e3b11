//! The eye: reads a Kafka cluster through its brokers.
//!
//! [`watch()`] reads for as long as someone listens: a supervisor, and a task with its own connections, deadlines and
//! backoff for each broker, so that the silence of one costs only its own rows. [`OneShot`] reads
//! everything once.
//! What is asked, how often and of whom is decided by pure code (`plan`, `roles`, `pace`); what comes back is turned
//! into facts by pure code (`convert`).

mod bootstrap;
mod broker;
mod config;
mod convert;
mod failure;
mod lane;
mod once;
mod pace;
mod peers;
mod pending;
mod plan;
mod read;
mod record;
mod release;
mod roles;
mod session;
mod stage;
mod supervisor;
mod table;
#[cfg(test)]
mod tests;

use super::clock::Clock;
use super::council::Ensemble;
use crate::model::observation::Observation;
use crate::wire::{Address, Options, Security};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

pub use config::topic_config;
pub use once::OneShot;
pub use record::record_time;
pub use supervisor::address;

/// How a cluster is read.
#[derive(Debug, Clone)]
pub struct EyeOptions {
    /// Addresses to find the brokers through; all are asked at once.
    pub bootstrap: Vec<Address>,
    /// Addresses to use for brokers instead of the advertised ones, by node id.
    pub overrides: BTreeMap<i32, Address>,
    /// Client id in every request.
    pub client_id: String,
    /// Time between cycles.
    pub refresh: Duration,
    /// Whether the ensemble serves: in ZooKeeper mode some requests block a broker without it.
    pub ensemble: watch::Receiver<Ensemble>,
    /// The clock that stamps what is learnt.
    pub clock: Clock,
}

impl EyeOptions {
    fn connection(&self) -> Options {
        Options {
            client_id: self.client_id.clone(),
            security: Security::Plaintext,
        }
    }
}

/// Reads the cluster and puts what it learns into the queue, until the queue is closed or the future is dropped.
///
/// A full queue makes the readers wait, each for itself.
pub async fn watch(options: EyeOptions, queue: mpsc::Sender<Observation>) {
    supervisor::watch(options, queue).await;
}

//! The eye: reads a Kafka cluster through its brokers.
//!
//! [`watch()`] reads for as long as someone listens: a supervisor, and a task with its own connections, deadlines and
//! backoff for each broker, so that the silence of one costs only its own rows. [`OneShot`] reads
//! everything once.
//! What is asked, how often and of whom is decided by pure code (`plan`, `roles`, `pace`); what comes back is turned
//! into facts by pure code (`convert`).
//!
//! # How cost grows
//!
//! Let there be B brokers and P partitions; `refresh` is the time between two cycles that is wanted (1 s).
//!
//! ## Requests
//!
//! | request | of whom | how often | how many at a time |
//! |---|---|---|---|
//! | DescribeCluster | every broker | each cycle | 1 |
//! | ListOffsets, ends | every broker that leads | each cycle | 1 |
//! | ListGroups, OffsetFetch | every broker | each second cycle | 1, and 1 for each 500 groups that it coordinates |
//! | DescribeGroups and its like | every broker | each fourth cycle | 1 for each 500 groups |
//! | Metadata | every broker where B <= 8, else 4 witnesses | each cycle | 1 |
//! | | the other brokers where B > 8 | 10 s, from 10,000 partitions on 1 s for each 1,000, at most 60 s | 1 |
//! | ListOffsets, starts | every broker that leads | 15 s | 1 |
//! | DescribeLogDirs | every broker | 15 s, twice as long each time it is not answered, up to 16 min | 1 |
//! | DescribeTopicPartitions | one broker | 5 s | 1 for each 2,000 partitions |
//! | DescribeConfigs | one broker | 60 s, and for a new topic | 1 for each 1,000 topics |
//! | DescribeQuorum | every broker where B <= 8, else 3 | 1 s, on a second connection | 1 |
//! | ListPartitionReassignments | one broker | 2 s, on a second connection | 1 |
//!
//! So a broker gets a few requests in a cycle whatever the size, and all together a number that grows with B. The brokers' limit is kept
//! by the pace: a cycle takes as long as `refresh`, but no less than one second for each 50 requests and each megabyte of the last one,
//! and one second for each 20,000 partitions. A slower pace is told with the source ([`Fact::Paced`](crate::model::observation::Fact::Paced)).
//!
//! ## Bytes, CPU and memory
//!
//! - **Brokers** add a connection, a task and a few small answers in each cycle. One Metadata answer holds the whole table, so that with
//!   B the bytes would grow as B x P: four witnesses and rare reads of the others end that. An answer that is word for word the one
//!   before is compared and not decoded.
//! - **Partitions** are what is paid for: each is in every Metadata answer and once in all ListOffsets answers of a cycle, and is judged
//!   anew in each snapshot. CPU grows with P up to 20,000 partitions; from there on the cycle becomes longer instead, and the share of a core
//!   stays.
//! - **Groups** add their commits: each is read each second cycle by its coordinator, once.
//! - **History** is a ring of 720 samples of 4 bytes for each series: 3 of the cluster, 3 of each broker, 2 of each topic, 1 of each group
//!   ([`History`](crate::model::history::History)), none of single partitions. It is full after an hour and grows no more. Events are at most
//!   1,000 lines that name 100,000 partitions at most.
//!
//! Measured on 2 cores of an AMD EPYC, Linux 6.18, with 60 simulated brokers, 50,000 partitions and 1,000 groups of 50 partitions
//! (`cargo bench --bench collection -- sim-hour`): watching takes 163 MB; an hour in which a broker leaves and joins 1,700 ISRs each 30 s
//! adds 37 MB to it, of which 6.4 MB are samples. `sim-requests` counts requests and bytes by broker and API, and `sim-growth` measures
//! the same cluster with fewer of something (here on a machine with other work, which makes all of it dearer):
//!
//! | brokers, partitions, groups | watching: share of a core | memory | a snapshot: CPU |
//! |---|---|---|---|
//! | 60, 50,000, 1,000 | 19 % | 158 MB | 0.56 s |
//! | 6, 50,000, 1,000 | 8 % | 120 MB | 0.40 s |
//! | 60, 5,000, 1,000 | 7 % | 79 MB | 0.11 s |
//! | 60, 50,000, 0 | 14 % | 132 MB | 0.48 s |
//! | 3, 200, 5 | 0.7 % | 20 MB | 0.01 s |

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

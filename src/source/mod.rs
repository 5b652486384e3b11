//! Where facts come from: Kafka brokers over the wire client, `ZooKeeper` members over their four-letter words, and the
//! engine that runs their containers.
//!
//! A source turns what it hears into stamped [`crate::model::observation::Observation`]s and judges nothing. A read that
//! fails is an observation too. Sources only read.

pub mod clock;
pub mod council;
pub mod docker;
#[cfg(test)]
mod docker_log_tests;
#[cfg(test)]
mod docker_tests;
pub mod kafka;
mod voice;
pub mod zookeeper;

pub use clock::Clock;

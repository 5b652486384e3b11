//! A simulated Kafka cluster, for the demo, for tests without Docker and for the largest sizes.
//!
//! [`world`] is the model of the cluster: pure, deterministic from a seed, with time as an argument. [`scenario`] is what happens to it and what there is
//! to learn from that, read from files.

pub mod scenario;
pub mod world;

//! A simulated Kafka cluster, for the demo, for tests without Docker and for the largest sizes.
//!
//! [`world`] is the model of the cluster: pure, deterministic from a seed, with time as an argument.

pub mod world;

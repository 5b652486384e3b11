//! Recordings: which states a cluster went through under faults, in order, and when.
//!
//! A recording is written while a real cluster is on its fault tour, and is what a simulated cluster is held against.
//! It has no wall clock and no addresses: only brokers by id, ZooKeepers by number, and milliseconds.

pub mod form;
pub mod recorder;
pub mod sequence;

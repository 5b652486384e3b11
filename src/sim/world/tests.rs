//! Tests of the world: each fault of a real cluster on the simulated clock, and what must hold whatever happens.

mod councils;
mod faults;
mod groups;
mod kit;
mod partitions;
mod properties;
mod traffic;

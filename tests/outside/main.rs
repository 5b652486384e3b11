//! kaftop from outside: the built binary against real clusters, bad input and a real terminal.
//!
//! One binary, so that the clusters take turns and the shared code is compiled once. What needs a cluster
//! fails where there is no Docker; nothing is skipped.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends with a panic, and its output is its log"
)]

mod acts;
mod bad_input;
mod clusters;
mod compare;
mod containers;
mod engines;
mod expected;
mod faults;
mod hands;
#[expect(dead_code, reason = "other tests use the rest of it")]
#[path = "../kit/mod.rs"]
mod kit;
mod monitor;
mod record;
#[path = "../kit/recording/mod.rs"]
mod recording;
mod rights;
mod sharing;
mod simulated;
mod stage;
mod tour;
mod tour_kraft;
mod tour_zookeeper;
mod walk;

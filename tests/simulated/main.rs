//! The simulated cluster from outside: kaftop's own binary, librdkafka, kcat and Prometheus on its ports, without Docker.
//!
//! The simulated clock moves only where a test says so; a test sleeps only where it waits for another program.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends with a panic, and its output is its log"
)]

mod acts;
mod clients;
#[expect(dead_code, reason = "the tests against real clusters use more of it")]
#[path = "../outside/expected.rs"]
mod expected;
mod exporter;
mod faults;
mod guide;
mod kcat;
#[expect(dead_code, reason = "the tests against real clusters use more of it")]
#[path = "../kit/mod.rs"]
mod kit;
mod ports;
mod prometheus;
mod simulated;

//! Alerts on the simulated cluster, in simulated time: scripted incidents, each alert at its time and none else; and the rules
//! for Prometheus, checked by its own tool.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends with a panic"
)]

mod cases;
mod feed;
mod incidents;
mod promtool;
mod samples;
mod shipped;

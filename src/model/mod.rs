//! Floor 0: the nouns of kaftop. No I/O, no clock, no runtime, no screen.
//!
//! Everything here is a value. A fact that could not be read is a [`reading::Reading`] that says so;
//! it is never zero, empty or a default. Invariant held by `tests/floors.rs`: this module imports
//! nothing of kaftop but itself.

pub mod act;
pub mod alert;
pub mod broker;
pub mod cluster;
pub mod container;
pub mod ensemble;
pub mod event;
pub mod failure;
pub mod fleet;
pub mod group;
pub mod history;
pub mod ids;
pub mod intake;
pub mod log;
pub mod notice;
pub mod observation;
pub mod plan;
pub mod progress;
pub mod question;
pub mod quorum;
pub mod reading;
pub mod settings;
pub mod severity;
pub mod sighting;
pub mod snapshot;
pub mod story;
pub mod text;
pub mod time;
pub mod topic;
pub mod ways;

//! The container engine's client: Docker, and Podman behind its Docker API. It knows no cluster.
//!
//! - [`discover`] says which engine is meant and why, as a value that can be shown.
//! - [`Engine::connect`] agrees on the API version before any other request.
//! - Every call has a deadline of its own ([`Deadlines`]), every answer a largest size, and every error says what was
//!   tried, on what, and how it went wrong ([`EngineError`]).
//!
//! Only this module names bollard. A request travels on a connection of its own, so that one that hangs holds up no
//! other. Streams ([`Events`], [`Output`]) are read here and not by bollard, whose readers keep a line of any length.

mod acts;
mod address;
mod client;
mod convert;
mod discover;
#[cfg(test)]
mod discover_tests;
mod error;
mod events;
mod exec;
#[cfg(test)]
pub(crate) mod fake;
mod frames;
mod logs;
mod nearness;
mod settings;
mod stats;
#[cfg(test)]
mod tests;
mod tls;
#[cfg(test)]
mod tls_tests;
mod transport;

pub use acts::{Attach, DEFAULT_GRACE};
pub use address::EngineAddress;
pub use client::{Deadlines, Engine, EngineVersion, Listed, NetworkReport, OLDEST_API};
pub use discover::{Choice, Surroundings, Why, discover};
pub use error::{EngineError, Operation, Trouble};
pub use events::{ContainerEvent, Events, Happening};
pub use exec::{Executed, Reached, Resolved};
pub use logs::{LogQuery, Output};
pub use nearness::shares_our_network;
pub use stats::Counters;

//! The Kafka wire client: one connection to one broker, typed requests with deadlines, answers as plain values.
//!
//! This module knows protocol and sockets, no cluster: who is asked what and how often is decided above it.
//! The types of the `kafka-protocol` crate never leave it; callers build a [`request`], hand it to
//! [`Connection::call`] and get a value of [`answer`] or a [`WireError`].
//!
//! Only flexible versions (KIP-482) of every API are spoken, which is what makes [`guard`] able to bound
//! each length that a hostile peer can name. One request changes something, the election of preferred leaders
//! ([`request::elect_preferred`]), and `act` alone sends it; nothing else that could change a cluster can be built here:
//! Metadata never creates topics, and `FindCoordinator`, which creates `__consumer_offsets`, does not exist.

pub mod address;
pub mod answer;
mod assignment;
pub mod backoff;
pub mod code;
pub mod connection;
pub mod deadline;
pub mod error;
mod fingerprint;
#[cfg(test)]
mod fixture;
mod frame;
pub mod guard;
pub mod request;
#[cfg(test)]
mod robustness;
mod transport;
pub mod versions;

pub use address::{Address, AddressError};
pub use backoff::Backoff;
pub use code::KafkaCode;
pub use connection::{Connection, Options, Ticket, Traffic};
pub use deadline::Deadline;
pub use error::{Kind, LooksLike, Moment, Waiting, WireError};
pub use fingerprint::Fingerprint;
pub use request::Ask;
pub use transport::Security;
pub use versions::{Api, VersionRange, Versions};

//! The state of each source that facts come from.

use std::fmt;

use super::failure::Failure;
use super::ids::BrokerId;
use super::text::Name;
use super::time::{At, Span};

/// Where a fact came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A broker, by its id.
    Broker(BrokerId),
    /// A ZooKeeper, by the address given.
    ZooKeeper(Name),
    /// A bootstrap address, before it is known which broker that is.
    Bootstrap(Name),
    /// The container engine.
    Engine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broker(id) => write!(f, "broker:{id}"),
            Self::ZooKeeper(address) => write!(f, "zookeeper:{address}"),
            Self::Bootstrap(address) => write!(f, "bootstrap:{address}"),
            Self::Engine => f.write_str("docker"),
        }
    }
}

/// Whether a source delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// The first try is under way.
    Connecting,
    /// It answers.
    Live,
    /// It failed, and is tried again.
    BackingOff {
        /// When it is tried again.
        until: At,
    },
    /// It failed, and nothing more is tried on its own.
    Failed,
}

/// One source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Which.
    pub origin: Origin,
    /// The address in use, HOST:PORT.
    pub address: Option<Name>,
    /// Whether it delivers.
    pub state: SourceState,
    /// Its last good answer.
    pub last_good: Option<At>,
    /// The newest failure, gone with the next good answer.
    pub error: Option<Failure>,
    /// The pace that the eye keeps here, where it slows itself below the asked refresh.
    pub slowed_to: Option<Span>,
}

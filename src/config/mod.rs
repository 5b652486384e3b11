//! The configuration: what was asked for, and where each value came from.
//!
//! Four layers are laid over each other: built-in values, the config file, the environment and the flags.
//! A later layer wins, and every resolved value carries its [`Origin`]. Nothing here reads a file or the
//! environment: `cli` passes texts and variables in, as [`Layers`], and [`resolve`] answers with the
//! [`Settings`] together with every fault that was found, not just the first.

mod address;
mod catalogue;
mod cluster_table;
mod config_file;
mod duration;
mod file_reader;
mod layers;
mod look;
mod name;
mod notify;
mod notify_rows;
mod notify_table;
mod origin;
mod printable;
mod problem;
mod properties_file;
mod property;
mod resolve;
#[cfg(test)]
mod resolve_tests;
mod secret;
mod settings;
mod shelf;
mod show;
#[cfg(test)]
mod tests;
mod thresholds;

pub use crate::model::text::printable;
pub use address::{Address, AddressList, KAFKA_PORT, ZOOKEEPER_PORT};
pub use catalogue::{PropertyUse, TLS_AND_SASL_REFUSED, is_secret, property_use};
pub use config_file::{ClusterEntry, ConfigFile};
pub use duration::{Period, parse_duration};
pub(crate) use file_reader::{FileReader, boolean, duration, join, lines, one_of, prose, whole, wrong};
pub use layers::{ClusterRequest, Environment, Flags, Layers, chosen_cluster};
pub use look::{Ascii, GivenLook, Graphs, Look};
pub(crate) use name::{advice, nearest, some};
pub use notify::{
    CommandHook, HookLine, NotifyFilter, NotifySettings, QuietHours, TerminalProtocol, TerminalSettings,
    WayUse, WebAddress, Webhook, WebhookFormat,
};
pub use origin::{Origin, Sourced};
pub use printable::printable_lines;
pub(crate) use printable::quoted;
pub use problem::{Mismatch, Problem};
pub use properties_file::PropertiesFile;
pub use property::{Property, PropertyValue};
pub use resolve::{Resolution, resolve};
pub use secret::Secret;
pub use settings::{ClientSettings, ClusterSettings, Docker, REFRESH_MAX, REFRESH_MIN, Settings};
pub(crate) use shelf::INHERITS;
pub use shelf::{Chain, Entry, Sheet, Shelf, UserFile};
pub use show::{Row, rows};
pub use thresholds::{GivenThresholds, Thresholds};

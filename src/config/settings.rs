//! The configuration in force: what the rest of the program reads.

use std::collections::BTreeMap;
use std::time::Duration;

use super::address::Address;
use super::look::Look;
use super::notify::NotifySettings;
use super::origin::Sourced;
use super::property::Property;
use super::thresholds::Thresholds;

/// The shortest refresh interval.
pub const REFRESH_MIN: Duration = Duration::from_millis(250);

/// The longest refresh interval.
pub const REFRESH_MAX: Duration = Duration::from_secs(60);

/// Everything that is set, each value with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The cluster to watch; none when nothing names one, and the screen then says how to connect.
    pub cluster: Option<ClusterSettings>,
    /// The names of the clusters that the config file holds, sorted.
    pub clusters: Vec<String>,
    /// Time between two reads of brokers and partitions, from [`REFRESH_MIN`] to [`REFRESH_MAX`].
    pub refresh: Sourced<Duration>,
    /// Whether kaftop must not change anything.
    pub read_only: Sourced<bool>,
    /// How the screen looks.
    pub look: Look,
    /// The thresholds, those of the cluster laid over the general ones.
    pub thresholds: Thresholds,
    /// Who is told of alerts; off where the cluster's own table says so.
    pub notify: NotifySettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cluster: None,
            clusters: Vec::new(),
            refresh: Sourced::default_value(Duration::from_secs(1)),
            read_only: Sourced::default_value(false),
            look: Look::default(),
            thresholds: Thresholds::default(),
            notify: NotifySettings::default(),
        }
    }
}

/// The cluster to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Its name in the config file; none when it was given by addresses alone.
    pub name: Option<Sourced<String>>,
    /// Where to begin; never empty.
    pub bootstrap: Sourced<Vec<Address>>,
    /// `ZooKeeper`'s members; empty when `ZooKeeper` is not watched.
    pub zookeeper: Sourced<Vec<Address>>,
    /// Docker's address, such as `unix:///var/run/docker.sock`.
    pub docker: Option<Sourced<String>>,
    /// Whether the cluster is marked as one that people depend on.
    pub production: Sourced<bool>,
    /// By broker id, the address to use in the place of the one that the broker advertises.
    pub address_overrides: BTreeMap<i32, Sourced<Address>>,
    /// What the client properties say of the connection.
    pub client: ClientSettings,
    /// Every client property given, the weakest layer first; for showing, not for use.
    pub properties: Vec<Property>,
}

/// What the client properties say of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSettings {
    /// The name under which brokers know kaftop.
    pub client_id: Sourced<String>,
    /// The longest wait for a connection; none leaves it to the refresh interval.
    pub connect_timeout: Option<Sourced<Duration>>,
    /// The longest wait for an answer; none leaves it to the refresh interval.
    pub request_timeout: Option<Sourced<Duration>>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            client_id: Sourced::default_value("kaftop".to_owned()),
            connect_timeout: None,
            request_timeout: None,
        }
    }
}

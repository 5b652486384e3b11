//! The configuration in force: what the rest of the program reads.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::address::Address;
use super::look::Look;
use super::notify::NotifySettings;
use super::origin::Sourced;
use super::problem::Mismatch;
use super::property::Property;
use super::thresholds::Thresholds;
use crate::model::text::needs_escape;

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
    /// The container engine.
    pub docker: Sourced<Docker>,
    /// By a broker's or controller's id or a ZooKeeper's address, the name of its container.
    pub containers: BTreeMap<String, Sourced<String>>,
    /// Whether the cluster is marked as one that people depend on.
    pub production: Sourced<bool>,
    /// By broker id, the address to use in the place of the one that the broker advertises.
    pub address_overrides: BTreeMap<i32, Sourced<Address>>,
    /// What the client properties say of the connection.
    pub client: ClientSettings,
    /// Every client property given, the weakest layer first; for showing, not for use.
    pub properties: Vec<Property>,
}

/// Which container engine is followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Docker {
    /// The one that Docker's own tools would take.
    #[default]
    Found,
    /// The one at this address, such as `unix:///var/run/docker.sock`.
    At(String),
    /// None.
    Off,
}

impl Docker {
    /// Reads an address, or `off`.
    pub(super) fn read(text: &str) -> Result<Self, Mismatch> {
        const SCHEMES: [&str; 5] = ["unix://", "tcp://", "http://", "https://", "ssh://"];
        const EXPECTED: &str = "Docker's address, such as \"unix:///var/run/docker.sock\", or \"off\"";
        if text == "off" {
            return Ok(Self::Off);
        }
        let fits = SCHEMES
            .iter()
            .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        let plain_ssh = text
            .strip_prefix("ssh://")
            .and_then(|rest| rest.split_once('@'))
            .is_some_and(|(user, rest)| !user.is_empty() && !user.contains(':') && !rest.contains('@'));
        if text.contains('@') && !plain_ssh {
            // What stands before an @ may be a password, so the text is not quoted.
            Err(Mismatch::described("a user name in the address", EXPECTED))
        } else if fits && !text.chars().any(needs_escape) {
            Ok(Self::At(text.to_owned()))
        } else {
            Err(Mismatch::text(text, EXPECTED))
        }
    }
}

impl fmt::Display for Docker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found => f.pad("found by itself"),
            Self::At(address) => f.pad(address),
            Self::Off => f.pad("off"),
        }
    }
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

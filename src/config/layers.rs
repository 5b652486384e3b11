//! What the layers hold before they are laid over each other, and which cluster they choose.

use super::catalogue::PropertyUse;
use super::config_file::ConfigFile;
use super::origin::{Origin, Sourced};
use super::properties_file::PropertiesFile;
use super::property::Property;
use super::secret::Secret;

/// The flags of the command line, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Each `--bootstrap`.
    pub bootstrap: Vec<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// Each `--zookeeper`.
    pub zookeeper: Vec<String>,
    /// Each `--address`.
    pub addresses: Vec<String>,
    /// Each `-X`; kept as secrets until their names are known.
    pub properties: Vec<Secret>,
    /// `--refresh`.
    pub refresh: Option<String>,
    /// `--docker`.
    pub docker: Option<String>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--keymap`.
    pub keymap: Option<String>,
    /// The flags without a value that were given, by their long spelling, such as `--read-only`.
    pub switches: Vec<&'static str>,
}

/// The environment variables that kaftop reads; an empty one counts as unset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `KAFKA_BOOTSTRAP_SERVERS`.
    pub bootstrap: Option<String>,
    /// `KAFTOP_CLUSTER`.
    pub cluster: Option<String>,
    /// `KAFTOP_REFRESH`.
    pub refresh: Option<String>,
    /// `KAFTOP_THEME`.
    pub theme: Option<String>,
    /// `KAFTOP_KEYMAP`.
    pub keymap: Option<String>,
    /// `NO_COLOR`.
    pub no_color: Option<String>,
    /// The locale of characters, with the variable that sets it: `LC_ALL`, else `LC_CTYPE`, else `LANG`.
    pub locale: Option<(&'static str, String)>,
}

impl Environment {
    /// The variable with bootstrap addresses, which other Kafka programs read too.
    pub const BOOTSTRAP: &'static str = "KAFKA_BOOTSTRAP_SERVERS";
    /// The variable with the config file's path.
    pub const CONFIG: &'static str = "KAFTOP_CONFIG";
    /// The variable with the name of a cluster of the config file.
    pub const CLUSTER: &'static str = "KAFTOP_CLUSTER";
    /// The variable with the refresh interval.
    pub const REFRESH: &'static str = "KAFTOP_REFRESH";
    /// The variable with the name of the theme.
    pub const THEME: &'static str = "KAFTOP_THEME";
    /// The variable with the name of the keymap.
    pub const KEYMAP: &'static str = "KAFTOP_KEYMAP";
    /// The variable that asks programs not to use colours.
    pub const NO_COLOR: &'static str = "NO_COLOR";

    /// The variables as the lookup gives them.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| lookup(name).filter(|value: &String| !value.is_empty());
        Self {
            bootstrap: set(Self::BOOTSTRAP),
            cluster: set(Self::CLUSTER),
            refresh: set(Self::REFRESH),
            theme: set(Self::THEME),
            keymap: set(Self::KEYMAP),
            no_color: set(Self::NO_COLOR),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .find_map(|name| Some((name, set(name)?))),
        }
    }
}

/// Everything that was given, layer by layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// The command line.
    pub flags: Flags,
    /// The environment.
    pub environment: Environment,
    /// The config file, if there is one.
    pub file: Option<ConfigFile>,
    /// Where a config file was looked for.
    pub searched: String,
    /// The client properties file of `--config-file`.
    pub client_file: Option<PropertiesFile>,
    /// The client properties file that the chosen cluster names; see [`chosen_cluster`].
    pub cluster_file: Option<PropertiesFile>,
}

/// How the cluster is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterRequest {
    /// By its name in the config file.
    Named(Sourced<String>),
    /// By addresses that a flag, or a file given by a flag, holds.
    FlagAddresses,
    /// By the addresses of `KAFKA_BOOTSTRAP_SERVERS`.
    EnvironmentAddresses,
    /// Not at all.
    Nothing,
}

/// Which cluster the layers ask for. `--cluster` names one, and addresses given by flags then take the place
/// of those in the file; addresses by flags alone ask for a cluster without a name; then come
/// `KAFTOP_CLUSTER`, `KAFKA_BOOTSTRAP_SERVERS` and the file's `default_cluster`.
pub fn chosen_cluster(layers: &Layers) -> ClusterRequest {
    let flags = &layers.flags;
    let environment = &layers.environment;
    if let Some(name) = &flags.cluster {
        let origin = Origin::Flag { name: "--cluster" };
        return ClusterRequest::Named(Sourced::new(name.clone(), origin));
    }
    let file_properties = layers
        .client_file
        .iter()
        .flat_map(|file| &file.properties)
        .cloned();
    let flag_properties = flags
        .properties
        .iter()
        .filter_map(|text| Property::from_flag(text).ok());
    let mut properties = file_properties.chain(flag_properties);
    if !flags.bootstrap.is_empty() || properties.any(|p| p.property_use() == PropertyUse::Bootstrap) {
        return ClusterRequest::FlagAddresses;
    }
    if let Some(name) = &environment.cluster {
        let origin = Origin::Environment {
            name: Environment::CLUSTER,
        };
        return ClusterRequest::Named(Sourced::new(name.clone(), origin));
    }
    if environment.bootstrap.is_some() {
        return ClusterRequest::EnvironmentAddresses;
    }
    match layers.file.as_ref().and_then(|file| file.default_cluster.clone()) {
        Some(name) => ClusterRequest::Named(name),
        None => ClusterRequest::Nothing,
    }
}

//! The config file, `kaftop/config.toml`: its top level. The tables of clusters are read beside it.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::DeTable;

use super::cluster_table::{self, CLUSTER_KEYS};
use super::file_reader::{FileReader, boolean, duration, is_name, join, name, refresh, whole};
use super::look::{Ascii, GivenLook, Graphs};
use super::name::advice;
use super::notify::NotifySettings;
use super::notify_table;
use super::origin::{Origin, Sourced};
use super::printable::quoted;
use super::problem::Problem;
use super::property::Property;
use super::thresholds::GivenThresholds;

pub use super::cluster_table::ClusterEntry;

/// The keys of the top level.
pub(super) const TOP_KEYS: &[&str] = &[
    "ascii",
    "clusters",
    "color",
    "default_cluster",
    "graphs",
    "keymap",
    "notify",
    "read_only",
    "refresh",
    "theme",
    "thresholds",
];

/// The keys of a `thresholds` table.
pub(super) const THRESHOLD_KEYS: &[&str] = &["disk_used_warn", "group_lag_age_warn", "group_lag_warn"];

/// What a config file sets, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFile {
    /// The path, for messages and origins.
    pub path: String,
    /// The cluster that is watched when nothing else names one.
    pub default_cluster: Option<Sourced<String>>,
    /// Time between two reads.
    pub refresh: Option<Sourced<Duration>>,
    /// Whether nothing may be changed.
    pub read_only: Option<Sourced<bool>>,
    /// How the screen looks.
    pub look: GivenLook,
    /// The thresholds of all clusters.
    pub thresholds: GivenThresholds,
    /// Who is told of alerts.
    pub notify: NotifySettings,
    /// The clusters by name.
    pub clusters: BTreeMap<String, ClusterEntry>,
    /// Every fault of the file, by line.
    pub problems: Vec<Problem>,
}

impl ConfigFile {
    /// Reads the text of a config file. When it is not TOML, the problems say so and nothing is set.
    pub fn parse(text: &str, path: &str) -> Self {
        let mut reader = FileReader::new(text, path);
        let (document, syntax) = DeTable::parse_recoverable(text);
        reader.syntax(text, &syntax);
        let mut file = if syntax.is_empty() {
            read_top(&mut reader, document.get_ref())
        } else {
            // What the parser recovers after a syntax error would add faults that are not there.
            Self::default()
        };
        path.clone_into(&mut file.path);
        file.problems = reader.problems;
        file.problems.sort();
        file.problems.dedup();
        file
    }

    /// Whether a client property in the file is a real secret.
    pub fn holds_secret(&self) -> bool {
        self.clusters
            .values()
            .flat_map(|cluster| &cluster.properties)
            .any(Property::holds_secret)
            || self.notify.holds_secret()
    }
}

fn read_top(reader: &mut FileReader<'_>, table: &DeTable<'_>) -> ConfigFile {
    reader.deny_unknown("", table, TOP_KEYS, |key| {
        if CLUSTER_KEYS.contains(&key) {
            Some("a cluster's table, such as [clusters.prod]")
        } else if THRESHOLD_KEYS.contains(&key) {
            Some("the table [thresholds]")
        } else {
            None
        }
    });
    let clusters = read_clusters(reader, table);
    let default_cluster = reader.field("", table, "default_cluster", name);
    if let Some(default) = &default_cluster {
        let known: Vec<&str> = table
            .get("clusters")
            .and_then(|v| v.get_ref().as_table())
            .map_or_else(Vec::new, |named| {
                named.keys().map(|key| key.get_ref().as_ref()).collect()
            });
        if !known.contains(&default.value.as_str()) {
            let hint = advice(&default.value, "name", &known);
            let message = format!("the file has no cluster {}; {hint}", quoted(&default.value));
            reader
                .problems
                .push(Problem::new(default.origin.clone(), "default_cluster", &message));
        }
    }
    ConfigFile {
        path: String::new(),
        default_cluster,
        refresh: reader.field("", table, "refresh", refresh),
        read_only: reader.field("", table, "read_only", boolean),
        look: GivenLook {
            theme: reader.field("", table, "theme", name),
            keymap: reader.field("", table, "keymap", name),
            color: reader.field("", table, "color", boolean),
            ascii: reader.field("", table, "ascii", Ascii::read),
            graphs: reader.field("", table, "graphs", Graphs::read),
        },
        thresholds: read_thresholds(reader, "", table),
        notify: notify_table::read(reader, table),
        clusters,
        problems: Vec::new(),
    }
}

fn read_clusters(reader: &mut FileReader<'_>, table: &DeTable<'_>) -> BTreeMap<String, ClusterEntry> {
    let mut clusters = BTreeMap::new();
    let Some(named) = reader.table("", table, "clusters") else {
        return clusters;
    };
    for (key, value) in named {
        let cluster = key.get_ref().as_ref();
        let scope = join("clusters", cluster);
        if !is_name(cluster) {
            reader.fault(
                &key.span(),
                &scope,
                "a cluster's name is 1 to 100 printable characters",
            );
            continue;
        }
        if let Some(inner) = reader.as_table(&scope, value) {
            let origin: Origin = reader.origin(&key.span());
            clusters.insert(
                cluster.to_owned(),
                cluster_table::read(reader, &scope, inner, origin),
            );
        }
    }
    clusters
}

/// Reads the `thresholds` table that stands in the table given.
pub(super) fn read_thresholds(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
) -> GivenThresholds {
    let Some(inner) = reader.table(scope, table, "thresholds") else {
        return GivenThresholds::default();
    };
    let scope = join(scope, "thresholds");
    reader.deny_unknown(&scope, inner, THRESHOLD_KEYS, |_| None);
    GivenThresholds {
        group_lag_warn: reader.field(&scope, inner, "group_lag_warn", |v| whole(v, 0..=u64::MAX)),
        group_lag_age_warn: reader.field(&scope, inner, "group_lag_age_warn", duration),
        disk_used_warn: reader.field(&scope, inner, "disk_used_warn", |v| {
            whole(v, 1..=100).map(|percent| u8::try_from(percent).unwrap_or(100))
        }),
    }
}

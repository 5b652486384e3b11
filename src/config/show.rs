//! The settings as rows of text: each value with where it came from, secrets masked.

use std::collections::BTreeMap;

use super::address::Address;
use super::duration::Period;
use super::file_reader::join;
use super::notify_rows::push_notify;
use super::origin::{Origin, Sourced};
use super::property::Property;
use super::settings::{ClusterSettings, Settings};
use crate::model::text::printable;

/// One value of the settings, printable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key, as the config file spells it where it has one.
    pub key: String,
    /// The value; a secret is shown as stars.
    pub value: String,
    /// Where the value came from.
    pub origin: String,
}

impl Row {
    pub(super) fn new(key: impl Into<String>, value: &str, origin: &Origin) -> Self {
        Self {
            key: key.into(),
            value: printable(value).into_owned(),
            origin: origin.to_string(),
        }
    }

    pub(super) fn of<T: ToString>(key: impl Into<String>, sourced: &Sourced<T>) -> Self {
        Self::new(key, &sourced.value.to_string(), &sourced.origin)
    }
}

/// Every value of the settings, the general ones first.
pub fn rows(settings: &Settings) -> Vec<Row> {
    let thresholds = &settings.thresholds;
    let mut rows = vec![
        Row::of("refresh", &settings.refresh.clone().map(Period)),
        Row::of("read_only", &settings.read_only),
        Row::of("theme", &settings.look.theme),
        Row::of("keymap", &settings.look.keymap),
        Row::of("color", &settings.look.color),
        Row::of("ascii", &settings.look.ascii),
        Row::of("graphs", &settings.look.graphs),
        Row::of("thresholds.group_lag_warn", &thresholds.group_lag_warn),
        Row::of(
            "thresholds.group_lag_age_warn",
            &thresholds.group_lag_age_warn.clone().map(Period),
        ),
        Row::of("thresholds.disk_used_warn", &thresholds.disk_used_warn),
    ];
    push_notify(&mut rows, &settings.notify);
    if let Some(cluster) = &settings.cluster {
        cluster_rows(&mut rows, cluster);
    }
    rows
}

fn cluster_rows(rows: &mut Vec<Row>, cluster: &ClusterSettings) {
    rows.push(match &cluster.name {
        Some(name) => Row::of("cluster", name),
        None => Row::new("cluster", "without a name", &cluster.bootstrap.origin),
    });
    rows.push(Row::of(
        "bootstrap",
        &cluster.bootstrap.clone().map(|list| joined(&list)),
    ));
    let zookeeper = cluster.zookeeper.clone().map(|list| {
        if list.is_empty() {
            "not watched".to_owned()
        } else {
            joined(&list)
        }
    });
    rows.push(Row::of("zookeeper", &zookeeper));
    rows.push(Row::of("docker", &cluster.docker));
    for (node, container) in &cluster.containers {
        rows.push(Row::of(join("containers", node), container));
    }
    rows.push(Row::of("production", &cluster.production));
    for (id, address) in &cluster.address_overrides {
        rows.push(Row::of(format!("addresses.{id}"), address));
    }
    if cluster.client.client_id.origin == Origin::Default {
        rows.push(Row::of("properties.\"client.id\"", &cluster.client.client_id));
    }
    // A later property takes the place of an earlier one.
    let last: BTreeMap<&str, &Property> = cluster
        .properties
        .iter()
        .map(|property| (property.name.as_str(), property))
        .collect();
    for property in last.into_values() {
        rows.push(Row::new(
            join("properties", &property.name),
            &property.shown(),
            &property.origin,
        ));
    }
}

fn joined(addresses: &[Address]) -> String {
    addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

//! One `[clusters.NAME]` table of the config file.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::address::{Address, AddressList, KAFKA_PORT, ZOOKEEPER_PORT};
use super::catalogue::{PropertyUse, is_secret};
use super::config_file::{THRESHOLD_KEYS, TOP_KEYS, read_thresholds};
use super::file_reader::{FileReader, boolean, join, wrong};
use super::origin::{Origin, Sourced};
use super::problem::{Mismatch, Problem};
use super::property::Property;
use super::settings::Docker;
use super::thresholds::GivenThresholds;
use crate::model::text::needs_escape as is_hostile;

/// The keys of a cluster's table.
pub(super) const CLUSTER_KEYS: &[&str] = &[
    "addresses",
    "bootstrap",
    "config_file",
    "containers",
    "docker",
    "notify",
    "production",
    "properties",
    "thresholds",
    "zookeeper",
];

const ADDRESSES_EXPECTED: &str = "an array of addresses, such as [\"kafka-1:9092\", \"kafka-2:9092\"]";

/// What the config file says of one cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterEntry {
    /// Where the cluster's table begins.
    pub origin: Origin,
    /// Where to begin; addresses that could not be read are faults, not members.
    pub bootstrap: Option<Sourced<Vec<Address>>>,
    /// `ZooKeeper`'s members.
    pub zookeeper: Option<Sourced<Vec<Address>>>,
    /// Docker's address.
    pub docker: Option<Sourced<Docker>>,
    /// By a broker's or controller's id or a ZooKeeper's address, the name of its container.
    pub containers: BTreeMap<String, Sourced<String>>,
    /// Whether people depend on the cluster.
    pub production: Option<Sourced<bool>>,
    /// Whether anybody is told of this cluster's alerts.
    pub notify: Option<Sourced<bool>>,
    /// A client properties file; a relative path starts at the config file's directory.
    pub config_file: Option<Sourced<String>>,
    /// By broker id, the address to use in the place of the advertised one.
    pub addresses: BTreeMap<i32, Sourced<Address>>,
    /// Client properties, sorted by name.
    pub properties: Vec<Property>,
    /// Thresholds of this cluster alone.
    pub thresholds: GivenThresholds,
    /// Addresses that ask for TLS or SASL; faults only when this cluster is chosen.
    pub refusals: Vec<Problem>,
}

/// Reads the table; `scope` is its name with the tables that it stands in.
pub(super) fn read(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
    origin: Origin,
) -> ClusterEntry {
    reader.deny_unknown(scope, table, CLUSTER_KEYS, |key| {
        if THRESHOLD_KEYS.contains(&key) {
            Some("the cluster's table of thresholds, such as [clusters.prod.thresholds]")
        } else if TOP_KEYS.contains(&key) {
            Some("the top level, above the first [table]")
        } else {
            None
        }
    });
    let mut refusals = Vec::new();
    let entry = ClusterEntry {
        bootstrap: read_addresses(reader, &mut refusals, scope, table, ("bootstrap", KAFKA_PORT)),
        zookeeper: read_addresses(reader, &mut refusals, scope, table, ("zookeeper", ZOOKEEPER_PORT)),
        docker: reader.field(scope, table, "docker", docker),
        containers: read_containers(reader, scope, table),
        production: reader.field(scope, table, "production", boolean),
        notify: reader.field(scope, table, "notify", boolean),
        config_file: reader.field(scope, table, "config_file", path),
        addresses: read_overrides(reader, scope, table),
        properties: read_properties(reader, scope, table),
        thresholds: read_thresholds(reader, scope, table),
        origin,
        refusals,
    };
    let has_address = table.contains_key("bootstrap")
        || table.contains_key("config_file")
        || entry
            .properties
            .iter()
            .any(|property| property.property_use() == PropertyUse::Bootstrap);
    if !has_address {
        let message = format!("\"bootstrap\" is missing, expected {ADDRESSES_EXPECTED}");
        reader
            .problems
            .push(Problem::new(entry.origin.clone(), scope, &message));
    }
    entry
}

/// Reads an array of addresses, each of which may hold several separated by commas, or one such string.
fn read_addresses(
    reader: &mut FileReader<'_>,
    refusals: &mut Vec<Problem>,
    scope: &str,
    table: &DeTable<'_>,
    (key, port): (&str, u16),
) -> Option<Sourced<Vec<Address>>> {
    let value = table.get(key)?;
    let name = join(scope, key);
    let mut list = AddressList::default();
    match value.get_ref() {
        DeValue::Array(items) => {
            for item in items {
                let Some(text) = item.get_ref().as_str() else {
                    reader.fault(
                        &item.span(),
                        &name,
                        wrong(item.get_ref(), "a string with HOST:PORT"),
                    );
                    continue;
                };
                let part = AddressList::parse(text, port);
                keep_faults(reader, refusals, &item.span(), &name, &part);
                list.extend(part);
            }
            if items.is_empty() && key == "bootstrap" {
                reader.fault(
                    &value.span(),
                    &name,
                    format!("found an empty array, expected {ADDRESSES_EXPECTED}"),
                );
            }
        }
        DeValue::String(text) => {
            list = AddressList::parse(text, port);
            keep_faults(reader, refusals, &value.span(), &name, &list);
        }
        other => reader.fault(&value.span(), &name, wrong(other, ADDRESSES_EXPECTED)),
    }
    Some(Sourced::new(list.addresses, reader.origin(&value.span())))
}

fn keep_faults(
    reader: &mut FileReader<'_>,
    refusals: &mut Vec<Problem>,
    span: &Range<usize>,
    name: &str,
    list: &AddressList,
) {
    for fault in &list.faults {
        match fault {
            Mismatch::Wrong { .. } => reader.fault(span, name, fault),
            Mismatch::Refused(sentence) => refusals.push(Problem::new(reader.origin(span), name, sentence)),
        }
    }
}

fn read_overrides(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
) -> BTreeMap<i32, Sourced<Address>> {
    let mut overrides = BTreeMap::new();
    let Some(inner) = reader.table(scope, table, "addresses") else {
        return overrides;
    };
    let scope = join(scope, "addresses");
    for (key, value) in inner {
        let id = broker_id(key.get_ref());
        let name = join(&scope, key.get_ref());
        if id.is_none() {
            reader.fault(
                &key.span(),
                &name,
                "the key is not a broker id, a whole number from 0 to 2147483647",
            );
        }
        let read = match value.get_ref().as_str() {
            Some(text) => Address::parse(text, KAFKA_PORT),
            None => Err(wrong(value.get_ref(), "a string with HOST:PORT")),
        };
        match (id, read) {
            (Some(id), Ok(address)) => {
                overrides.insert(id, Sourced::new(address, reader.origin(&value.span())));
            }
            (_, Err(mismatch)) => reader.fault(&value.span(), &name, mismatch),
            (None, Ok(_)) => {}
        }
    }
    overrides
}

fn read_containers(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
) -> BTreeMap<String, Sourced<String>> {
    let mut containers = BTreeMap::new();
    let Some(inner) = reader.table(scope, table, "containers") else {
        return containers;
    };
    let scope = join(scope, "containers");
    for (key, value) in inner {
        let name = join(&scope, key.get_ref());
        let is_address = Address::parse(key.get_ref(), ZOOKEEPER_PORT).is_ok() && key.get_ref().contains(':');
        if broker_id(key.get_ref()).is_none() && !is_address {
            reader.fault(
                &key.span(),
                &name,
                "the key is neither the id of a broker or controller, nor the HOST:PORT of a ZooKeeper",
            );
            continue;
        }
        let fits =
            |text: &&str| !text.is_empty() && !text.chars().any(|c| is_hostile(c) || c.is_whitespace());
        match value.get_ref().as_str().filter(fits) {
            Some(text) => {
                let sourced = Sourced::new(text.to_owned(), reader.origin(&value.span()));
                containers.insert(key.get_ref().to_string(), sourced);
            }
            None => reader.fault(
                &value.span(),
                &name,
                wrong(value.get_ref(), "the name of a container, such as \"kafka-1\""),
            ),
        }
    }
    containers
}

/// Reads a broker id: a whole number that is not negative.
pub(super) fn broker_id(text: &str) -> Option<i32> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn read_properties(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>) -> Vec<Property> {
    let mut properties = Vec::new();
    if let Some(inner) = reader.table(scope, table, "properties") {
        let scope = join(scope, "properties");
        // TOML reads an unquoted `client.id = "x"` as tables in tables: their names are joined again.
        let mut open: Vec<(String, &DeTable<'_>)> = vec![(String::new(), inner)];
        while let Some((prefix, level)) = open.pop() {
            for (key, value) in level {
                let key = key.get_ref();
                let name = if prefix.is_empty() {
                    key.to_string()
                } else {
                    format!("{prefix}.{key}")
                };
                if let DeValue::Table(deeper) = value.get_ref() {
                    open.push((name, deeper));
                    continue;
                }
                match property_text(value.get_ref(), &name) {
                    Ok(text) => properties.push(Property::new(&name, &text, reader.origin(&value.span()))),
                    Err(mismatch) => reader.fault(&value.span(), &join(&scope, &name), mismatch),
                }
            }
        }
    }
    for fault in properties.iter().flat_map(Property::faults) {
        let key = join(&join(scope, "properties"), fault.key());
        reader
            .problems
            .push(Problem::new(fault.origin().clone(), &key, fault.message()));
    }
    properties.sort_by(|a, b| a.name.cmp(&b.name));
    properties
}

fn property_text(value: &DeValue<'_>, name: &str) -> Result<String, Mismatch> {
    const EXPECTED: &str = "a string, an integer or a boolean";
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        _ if is_secret(name) => Err(Mismatch::described(
            format!("a value of type {}", value.type_str()),
            EXPECTED,
        )),
        _ => Err(wrong(value, EXPECTED)),
    }
}

fn docker(value: &DeValue<'_>) -> Result<Docker, Mismatch> {
    match value.as_str() {
        Some(text) => Docker::read(text),
        None => Err(wrong(
            value,
            "Docker's address, such as \"unix:///var/run/docker.sock\", or \"off\"",
        )),
    }
}

fn path(value: &DeValue<'_>) -> Result<String, Mismatch> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() && !text.contains('\0') => Ok(text.to_owned()),
        _ => Err(wrong(value, "a path of a client properties file")),
    }
}

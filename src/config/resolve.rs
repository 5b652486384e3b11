//! Laying the layers over each other.

use std::collections::BTreeMap;

use super::address::{Address, AddressList, KAFKA_PORT, ZOOKEEPER_PORT};
use super::catalogue::PropertyUse;
use super::cluster_table::{ClusterEntry, broker_id};
use super::duration::parse_within;
use super::file_reader::join;
use super::layers::{ClusterRequest, Environment, Layers, chosen_cluster};
use super::look;
use super::name::advice;
use super::origin::{Origin, Sourced};
use super::printable::quoted;
use super::problem::{Mismatch, Problem};
use super::property::Property;
use super::settings::{ClientSettings, ClusterSettings, Docker, REFRESH_MAX, REFRESH_MIN, Settings};
use super::thresholds::{GivenThresholds, Thresholds};

/// The settings in force, with what is wrong and what is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The settings; where there are problems they hold what could be read, for showing only.
    pub settings: Settings,
    /// Every fault; with one of them kaftop does not start.
    pub problems: Vec<Problem>,
    /// What was accepted and has no effect.
    pub notes: Vec<Problem>,
}

impl Resolution {
    /// The settings and the notes, or the faults when there are any.
    pub fn into_result(self) -> Result<(Settings, Vec<Problem>), Vec<Problem>> {
        if self.problems.is_empty() {
            Ok((self.settings, self.notes))
        } else {
            Err(self.problems)
        }
    }
}

/// Lays the layers over each other: built-in values, the config file, the environment, the flags.
pub fn resolve(layers: &Layers) -> Resolution {
    let mut work = Work::default();
    if let Some(file) = &layers.file {
        work.problems.extend(file.problems.iter().cloned());
    }
    for file in layers.client_file.iter().chain(&layers.cluster_file) {
        work.problems.extend(file.problems.iter().cloned());
    }
    let given = work.flag_values(layers);
    let entry = work.entry(layers);
    let mut settings = work.general(layers);
    let thresholds = entry
        .as_ref()
        .map_or_else(GivenThresholds::default, |(_, entry)| entry.thresholds.clone());
    settings.thresholds = settings.thresholds.overlaid(&thresholds);
    if let Some(own) = entry.as_ref().and_then(|(_, entry)| entry.notify.clone()) {
        settings.notify.enabled = own;
    }
    settings.cluster = work.cluster(layers, given, entry);
    work.problems.sort();
    work.problems.dedup();
    work.notes.sort();
    work.notes.dedup();
    Resolution {
        settings,
        problems: work.problems,
        notes: work.notes,
    }
}

/// What flags say of the cluster, read.
struct FlagValues {
    bootstrap: Option<Sourced<Vec<Address>>>,
    zookeeper: Option<Sourced<Vec<Address>>>,
    addresses: BTreeMap<i32, Sourced<Address>>,
    properties: Vec<Property>,
}

type NamedEntry<'a> = (Sourced<String>, &'a ClusterEntry);

#[derive(Default)]
struct Work {
    problems: Vec<Problem>,
    notes: Vec<Problem>,
}

impl Work {
    fn fault(&mut self, origin: &Origin, message: &str) {
        self.problems.push(Problem::new(origin.clone(), "", message));
    }

    fn general(&mut self, layers: &Layers) -> Settings {
        let mut settings = Settings::default();
        if let Some(file) = layers.file.clone() {
            settings = Settings {
                cluster: None,
                clusters: file.clusters.into_keys().collect(),
                refresh: file.refresh.unwrap_or(settings.refresh),
                read_only: file.read_only.unwrap_or(settings.read_only),
                look: settings.look,
                thresholds: Thresholds::default().overlaid(&file.thresholds),
                notify: file.notify,
            };
        }
        let environment = Origin::Environment {
            name: Environment::REFRESH,
        };
        let flag = Origin::Flag { name: "--refresh" };
        for (text, origin) in [
            (&layers.environment.refresh, environment),
            (&layers.flags.refresh, flag),
        ] {
            let Some(text) = text else { continue };
            match parse_within(text, REFRESH_MIN, REFRESH_MAX) {
                Ok(refresh) => settings.refresh = Sourced::new(refresh, origin),
                Err(mismatch) => self.fault(&origin, &mismatch.to_string()),
            }
        }
        if layers.flags.switches.contains(&"--read-only") {
            settings.read_only = Sourced::new(true, Origin::Flag { name: "--read-only" });
        }
        settings.look = look::resolve(layers);
        settings
    }

    fn flag_values(&mut self, layers: &Layers) -> FlagValues {
        let flags = &layers.flags;
        let mut properties: Vec<Property> = layers
            .client_file
            .iter()
            .flat_map(|file| &file.properties)
            .cloned()
            .collect();
        for text in &flags.properties {
            match Property::from_flag(text) {
                Ok(property) => properties.push(property),
                Err(problem) => self.problems.push(problem),
            }
        }
        self.check(&properties);
        FlagValues {
            bootstrap: self.address_flag(&flags.bootstrap, "--bootstrap", KAFKA_PORT),
            zookeeper: self.address_flag(&flags.zookeeper, "--zookeeper", ZOOKEEPER_PORT),
            addresses: self.override_flags(&flags.addresses),
            properties,
        }
    }

    fn address_flag(
        &mut self,
        texts: &[String],
        name: &'static str,
        port: u16,
    ) -> Option<Sourced<Vec<Address>>> {
        if texts.is_empty() {
            return None;
        }
        let origin = Origin::Flag { name };
        Some(Sourced::new(
            self.addresses(&texts.join(","), &origin, port),
            origin,
        ))
    }

    fn addresses(&mut self, text: &str, origin: &Origin, port: u16) -> Vec<Address> {
        let list = AddressList::parse(text, port);
        for fault in &list.faults {
            self.fault(origin, &fault.to_string());
        }
        list.addresses
    }

    fn override_flags(&mut self, texts: &[String]) -> BTreeMap<i32, Sourced<Address>> {
        const EXPECTED: &str = "ID=HOST:PORT, such as 2=localhost:19093";
        let origin = Origin::Flag { name: "--address" };
        let mut overrides = BTreeMap::new();
        for text in texts {
            let read = text
                .split_once('=')
                .and_then(|(id, address)| Some((broker_id(id.trim())?, Address::parse(address, KAFKA_PORT))));
            match read {
                Some((id, Ok(address))) => {
                    overrides.insert(id, Sourced::new(address, origin.clone()));
                }
                Some((_, Err(mismatch))) => self.fault(&origin, &mismatch.to_string()),
                None => self.fault(&origin, &Mismatch::text(text, EXPECTED).to_string()),
            }
        }
        overrides
    }

    /// Keeps the faults, refusals and notes of properties that are about to be used.
    fn check(&mut self, properties: &[Property]) {
        for property in properties {
            self.problems.extend(property.faults());
            self.problems.extend(property.refusal());
            self.notes.extend(property.note());
        }
    }

    /// The table of the cluster that the layers name, if they name one.
    fn entry<'a>(&mut self, layers: &'a Layers) -> Option<NamedEntry<'a>> {
        let ClusterRequest::Named(name) = chosen_cluster(layers) else {
            return None;
        };
        let Some(file) = &layers.file else {
            let message = format!(
                "there is no cluster {}, for there is no config file: looked for {}",
                quoted(&name.value),
                quoted(&layers.searched)
            );
            self.fault(&name.origin, &message);
            return None;
        };
        let entry = file.clusters.get(&name.value);
        // The file itself reports a default that it does not hold.
        if entry.is_none() && !matches!(name.origin, Origin::File { .. }) {
            let known: Vec<&str> = file.clusters.keys().map(String::as_str).collect();
            let hint = advice(&name.value, "name", &known);
            let path = quoted(&file.path);
            self.fault(
                &name.origin,
                &format!("there is no cluster {} in {path}; {hint}", quoted(&name.value)),
            );
        }
        entry.map(|entry| (name, entry))
    }

    fn docker(&mut self, layers: &Layers, entry: Option<&ClusterEntry>) -> Sourced<Docker> {
        if layers.flags.switches.contains(&"--no-docker") {
            return Sourced::new(Docker::Off, Origin::Flag { name: "--no-docker" });
        }
        let from_file = entry.and_then(|entry| entry.docker.clone());
        let from_flag = layers.flags.docker.as_ref().and_then(|text| {
            let origin = Origin::Flag { name: "--docker" };
            match Docker::read(text) {
                Ok(docker) => Some(Sourced::new(docker, origin)),
                Err(mismatch) => {
                    self.fault(&origin, &mismatch.to_string());
                    None
                }
            }
        });
        from_flag
            .or(from_file)
            .unwrap_or_else(|| Sourced::default_value(Docker::Found))
    }

    fn cluster(
        &mut self,
        layers: &Layers,
        flags: FlagValues,
        entry: Option<NamedEntry<'_>>,
    ) -> Option<ClusterSettings> {
        let (name, entry) = entry.map_or((None, None), |(name, entry)| (Some(name), Some(entry)));
        let mut properties: Vec<Property> = layers
            .cluster_file
            .iter()
            .flat_map(|file| &file.properties)
            .cloned()
            .collect();
        self.check(&properties);
        if let (Some(entry), Some(name)) = (entry, &name) {
            let scope = join(&join("clusters", &name.value), "properties");
            let full = |p: Problem| Problem::new(p.origin().clone(), &join(&scope, p.key()), p.message());
            // Their faults are known already, from the reading of the file.
            self.problems
                .extend(entry.properties.iter().filter_map(Property::refusal).map(full));
            self.problems.extend(entry.refusals.iter().cloned());
            self.notes
                .extend(entry.properties.iter().filter_map(Property::note).map(full));
            properties.extend(entry.properties.iter().cloned());
        }
        let file_bootstrap = entry
            .and_then(|e| e.bootstrap.clone())
            .or_else(|| bootstrap_of(&properties));
        let bootstrap = flags
            .bootstrap
            .or_else(|| bootstrap_of(&flags.properties))
            .or(file_bootstrap);
        let bootstrap = match (bootstrap, &layers.environment.bootstrap, chosen_cluster(layers)) {
            (Some(bootstrap), ..) => Some(bootstrap),
            (None, Some(text), ClusterRequest::EnvironmentAddresses) => {
                let origin = Origin::Environment {
                    name: Environment::BOOTSTRAP,
                };
                Some(Sourced::new(self.addresses(text, &origin, KAFKA_PORT), origin))
            }
            _ => None,
        };
        if let (None, Some(entry), Some(name)) = (&bootstrap, entry, &name) {
            let message = format!(
                "the cluster {} has no bootstrap address in any layer",
                quoted(&name.value)
            );
            self.fault(&entry.origin, &message);
        }
        let bootstrap = bootstrap.filter(|list| !list.value.is_empty())?;
        properties.extend(flags.properties);
        let mut address_overrides = entry.map_or_else(BTreeMap::new, |entry| entry.addresses.clone());
        address_overrides.extend(flags.addresses);
        let zookeeper = flags.zookeeper.or_else(|| entry?.zookeeper.clone());
        Some(ClusterSettings {
            name,
            bootstrap,
            zookeeper: zookeeper.unwrap_or_else(|| Sourced::default_value(Vec::new())),
            docker: self.docker(layers, entry),
            containers: entry.map_or_else(BTreeMap::new, |entry| entry.containers.clone()),
            production: entry
                .and_then(|entry| entry.production.clone())
                .unwrap_or_else(|| Sourced::default_value(false)),
            address_overrides,
            client: client(&properties),
            properties,
        })
    }
}

/// The addresses of the last property that holds some.
fn bootstrap_of(properties: &[Property]) -> Option<Sourced<Vec<Address>>> {
    let last = properties
        .iter()
        .rfind(|property| property.property_use() == PropertyUse::Bootstrap)?;
    Some(Sourced::new(last.addresses().addresses, last.origin.clone()))
}

/// The typed values of the properties; the last valid one of each kind counts.
fn client(properties: &[Property]) -> ClientSettings {
    let mut client = ClientSettings::default();
    for property in properties {
        let origin = property.origin.clone();
        match property.property_use() {
            PropertyUse::ClientId => {
                if let Ok(id) = property.client_id() {
                    client.client_id = Sourced::new(id, origin);
                }
            }
            PropertyUse::ConnectTimeout => {
                let timeout = property
                    .timeout()
                    .ok()
                    .map(|timeout| Sourced::new(timeout, origin));
                client.connect_timeout = timeout.or(client.connect_timeout);
            }
            PropertyUse::RequestTimeout => {
                let timeout = property
                    .timeout()
                    .ok()
                    .map(|timeout| Sourced::new(timeout, origin));
                client.request_timeout = timeout.or(client.request_timeout);
            }
            _ => {}
        }
    }
    client
}

//! From settings to what the sources are told.

use std::collections::BTreeMap;
use std::time::Duration;

use super::alerting::Alerting;
use super::notify::Telling;
use crate::config::{ClusterSettings, Docker, Settings};
use crate::engine::{Deadlines, Surroundings};
use crate::model::text::Name;
use crate::model::time::Span;
use tokio::sync::watch;

use crate::source::clock::Clock;
use crate::source::council::{Ensemble, ensemble};
use crate::source::docker::EngineOptions;
use crate::source::kafka::EyeOptions;
use crate::store::Store;
use crate::wire::{Address, AddressError};

/// What is to be read, in the words of the sources.
#[derive(Debug)]
pub struct Target {
    /// How the Kafka cluster is read.
    pub eye: EyeOptions,
    /// The ZooKeepers that are watched.
    pub zookeeper: Vec<Address>,
    /// The container engine that is followed; none where containers are not looked at.
    pub engine: Option<EngineOptions>,
    /// Names of containers from the configuration, by a broker's or controller's id or a ZooKeeper's address.
    pub containers: BTreeMap<String, Name>,
    /// Where the readers of ZooKeeper tell the eye whether the ensemble serves.
    pub ensemble: watch::Sender<Ensemble>,
    /// What is worth telling a person, and who is told.
    pub alerting: Alerting,
    /// Who is told of alerts; none where nobody is.
    pub telling: Option<Telling>,
}

/// Turns the settings of a cluster into a target, whose clock starts now.
pub fn target(cluster: &ClusterSettings, settings: &Settings) -> Result<Target, AddressError> {
    let address = |address: &crate::config::Address| Address::new(&address.host, i32::from(address.port));
    let all =
        |addresses: &[crate::config::Address]| addresses.iter().map(address).collect::<Result<Vec<_>, _>>();
    let overrides: Result<BTreeMap<i32, Address>, AddressError> = cluster
        .address_overrides
        .iter()
        .map(|(id, at)| Ok((*id, address(&at.value)?)))
        .collect();
    let zookeeper = all(&cluster.zookeeper.value)?;
    let (word, ensemble) = ensemble(zookeeper.len());
    let clock = Clock::start();
    Ok(Target {
        eye: EyeOptions {
            bootstrap: all(&cluster.bootstrap.value)?,
            overrides: overrides?,
            client_id: cluster.client.client_id.value.clone(),
            refresh: settings.refresh.value,
            ensemble,
            clock,
        },
        zookeeper,
        engine: engine(&cluster.docker.value, clock),
        containers: cluster
            .containers
            .iter()
            .map(|(node, name)| (node.clone(), Name::from(name.value.as_str())))
            .collect(),
        ensemble: word,
        alerting: Alerting::default(),
        telling: None,
    })
}

/// How the container engine is followed, if it is.
fn engine(docker: &Docker, clock: Clock) -> Option<EngineOptions> {
    let asked = match docker {
        Docker::Off => return None,
        Docker::Found => None,
        Docker::At(address) => Some(address.clone()),
    };
    Some(EngineOptions {
        asked,
        surroundings: Surroundings::of_this_process(),
        deadlines: Deadlines::default(),
        clock,
    })
}

impl Target {
    /// The store that takes what is learnt, in which every address is a row from the start.
    pub(super) fn store(&self, refresh: Duration) -> Store {
        let mut store = Store::new(self.eye.clock.now(), Span::from(refresh));
        for address in &self.eye.bootstrap {
            store.watch_bootstrap(&Name::from(address.to_string()));
        }
        store.watch_ensemble(
            self.zookeeper
                .iter()
                .map(|address| Name::from(address.to_string())),
        );
        store
    }
}

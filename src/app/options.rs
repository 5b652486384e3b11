//! From settings to what the sources are told.

use std::collections::BTreeMap;
use std::time::Duration;

use super::alerting::Alerting;
use super::notify::Telling;
use crate::config::{ClusterSettings, Settings};
use crate::model::text::Name;
use crate::model::time::Span;
use tokio::sync::watch;

use crate::source::clock::Clock;
use crate::source::council::{Ensemble, ensemble};
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
    Ok(Target {
        eye: EyeOptions {
            bootstrap: all(&cluster.bootstrap.value)?,
            overrides: overrides?,
            client_id: cluster.client.client_id.value.clone(),
            refresh: settings.refresh.value,
            ensemble,
            clock: Clock::start(),
        },
        zookeeper,
        ensemble: word,
        alerting: Alerting::default(),
        telling: None,
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

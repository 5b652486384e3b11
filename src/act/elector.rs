//! What is done by Kafka itself: the election of preferred leaders.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use crate::health::Bulletin;
use crate::model::cluster::Mode;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::text::printable;
use crate::source::kafka;
use crate::wire::request::{TopicPartitions, elect_preferred};
use crate::wire::{Address, Connection, Deadline, KafkaCode, Options, WireError};

/// How long one broker may take over an election.
const WITHIN: Duration = Duration::from_secs(10);

/// Partitions that were not elected, each with why.
pub type Unelected = Vec<(PartitionId, String)>;

/// Who lets preferred leaders be elected.
pub trait Elector: Send + Sync + 'static {
    /// Lets the first replica of each of these partitions become its leader; those that did not, with why. An error is why
    /// nobody could be asked; safe to print.
    fn elect(
        &self,
        partitions: Vec<PartitionId>,
        bulletin: &Bulletin,
    ) -> impl Future<Output = Result<Unelected, String>> + Send;
}

/// Kafka's own controller, asked through a broker.
#[derive(Clone, Debug)]
pub struct ThroughKafka {
    /// By broker id, the address to use in the place of the advertised one.
    pub overrides: BTreeMap<i32, Address>,
    /// How connections are made.
    pub options: Options,
}

impl ThroughKafka {
    /// Whom to ask, the best first: the controller where it is known, which in ZooKeeper mode is the only one that takes it.
    fn addresses(&self, bulletin: &Bulletin) -> Vec<(BrokerId, Address)> {
        let snapshot = &bulletin.snapshot;
        let controller = snapshot.cluster.controller.id();
        let only_controller = snapshot.cluster.mode == Some(Mode::ZooKeeper) && controller.is_some();
        let mut brokers: Vec<_> = snapshot
            .brokers
            .values()
            .filter(|broker| broker.is_up() && (!only_controller || Some(broker.id) == controller))
            .collect();
        brokers.sort_by_key(|broker| (Some(broker.id) != controller, broker.id));
        let address = |broker: &&crate::model::broker::Broker| {
            let endpoint = broker.endpoint.as_ref()?;
            Some((broker.id, kafka::address(broker.id, endpoint, &self.overrides)?))
        };
        brokers.iter().filter_map(address).collect()
    }

    async fn ask(&self, address: &Address, partitions: &[PartitionId]) -> Result<Unelected, (bool, String)> {
        let deadline = || Deadline::after(WITHIN);
        let failed = |error: WireError| {
            let elsewhere = matches!(
                error,
                WireError::Broker {
                    code: KafkaCode::NOT_CONTROLLER,
                    ..
                }
            );
            (elsewhere, printable(&error.to_string()).into_owned())
        };
        let mut connection = Connection::open(address, deadline(), &self.options)
            .await
            .map_err(|error| (true, failed(error).1))?;
        let request = elect_preferred(Some(by_topic(partitions)));
        let elections = connection.call(&request, deadline()).await.map_err(failed)?;
        let failed = elections.partitions.into_iter().filter_map(|election| {
            // Somebody was quicker.
            let code = election
                .error
                .filter(|code| *code != KafkaCode::ELECTION_NOT_NEEDED)?;
            let words = election.words.filter(|words| !words.is_empty());
            let why = words.map_or_else(|| code.to_string(), |words| format!("{code}: {words}"));
            let id = PartitionId {
                topic: election.topic.into(),
                partition: election.partition,
            };
            Some((id, printable(&why).into_owned()))
        });
        Ok(failed.collect())
    }
}

fn by_topic(partitions: &[PartitionId]) -> Vec<TopicPartitions> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for id in partitions {
        topics.entry(id.topic.raw()).or_default().push(id.partition);
    }
    topics
        .into_iter()
        .map(|(topic, numbers)| TopicPartitions::new(topic, numbers))
        .collect()
}

impl Elector for ThroughKafka {
    async fn elect(&self, partitions: Vec<PartitionId>, bulletin: &Bulletin) -> Result<Unelected, String> {
        let mut last = "no broker that answers can be asked for an election".to_owned();
        for (id, address) in self.addresses(bulletin) {
            match self.ask(&address, &partitions).await {
                Ok(unelected) => return Ok(unelected),
                Err((elsewhere, why)) => {
                    last = format!("broker {id}: {why}");
                    if !elsewhere {
                        break;
                    }
                }
            }
        }
        Err(last)
    }
}

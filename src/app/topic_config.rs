//! The whole configuration of a topic: which broker is asked for it.

use std::time::Duration;

use crate::model::broker::{Answers, Broker};
use crate::model::cluster::Mode;
use crate::model::failure::Failure;
use crate::model::question::ConfigEntry;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::source::council::Ensemble;
use crate::source::kafka::{self, EyeOptions};

use super::oldest::not_asked;

/// Reads it from the broker that answers fastest.
pub(super) async fn read(
    options: &EyeOptions,
    snapshot: Option<&Snapshot>,
    topic: &Name,
    limit: Duration,
) -> Result<Vec<ConfigEntry>, Failure> {
    let snapshot = snapshot.filter(|snapshot| snapshot.topics.contains_key(topic));
    let snapshot = snapshot.ok_or_else(|| not_asked("no broker lists the topic any more"))?;
    let broker = choose(snapshot, *options.ensemble.borrow())?;
    let address = broker
        .endpoint
        .as_ref()
        .and_then(|endpoint| kafka::address(broker.id, endpoint, &options.overrides));
    let address = address.ok_or_else(|| {
        let id = broker.id;
        not_asked(&format!("the advertised address of broker {id} is no address"))
    })?;
    kafka::topic_config(options, &address, topic, limit).await
}

/// The broker to ask: one that takes part, for one that was cut off would ask an ensemble that it does not reach.
fn choose(snapshot: &Snapshot, ensemble: Ensemble) -> Result<&Broker, Failure> {
    if snapshot.cluster.mode != Some(Mode::Kraft) && ensemble != Ensemble::Serves {
        let why = match ensemble {
            Ensemble::NotWatched => "name the ZooKeepers with --zookeeper to have it read",
            Ensemble::NotRead | Ensemble::Serves => "the ensemble was not read yet",
            Ensemble::Lost => "no majority of the ZooKeepers serves",
        };
        let detail = format!(
            "a topic's configuration is not asked for, since that can block a broker on ZooKeeper ({why})"
        );
        return Err(not_asked(&detail));
    }
    let round_trip = |broker: &Broker| match broker.answers {
        Answers::Yes { round_trip, .. } => round_trip,
        _ => None,
    };
    let up = snapshot.brokers.values().filter(|broker| broker.is_up());
    // One whose round trip is not known is the last resort.
    up.min_by_key(|broker| (round_trip(broker).unwrap_or(Duration::MAX), broker.id))
        .ok_or_else(|| not_asked("no broker is up to ask for it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::FailureKind;
    use crate::model::ids::BrokerId;
    use crate::ui::fixture;

    #[test]
    fn the_fastest_broker_that_takes_part_is_asked_and_on_zookeeper_only_while_the_ensemble_serves() {
        // The fixture's brokers answer in the order of their ids.
        let mut bulletin = fixture::degraded();
        let chosen = |ensemble| choose(&bulletin.snapshot, ensemble).map(|broker| broker.id);
        assert_eq!(chosen(Ensemble::Serves), Ok(BrokerId(2)));
        for lost in [Ensemble::NotWatched, Ensemble::NotRead, Ensemble::Lost] {
            assert_eq!(
                chosen(lost).map_err(|why| why.kind),
                Err(FailureKind::NotAsked),
                "{lost:?}"
            );
        }
        let snapshot = std::sync::Arc::make_mut(&mut bulletin.snapshot);
        snapshot.cluster.mode = Some(Mode::Kraft);
        assert_eq!(
            choose(snapshot, Ensemble::NotWatched).map(|broker| broker.id),
            Ok(BrokerId(2))
        );
        snapshot.brokers.clear();
        assert!(choose(snapshot, Ensemble::NotWatched).is_err());
    }
}

//! Metrics by broker that are kaftop's own: state, round trip, load, disk.

use crate::health::Bulletin;
use crate::model::broker::{Answers, Broker, LogDirs};

use super::text::{Text, count, truth};

/// The states of a broker, as everywhere in kaftop.
const STATES: [&str; 4] = ["up", "cut_off", "unreachable", "down"];

/// Writes them.
pub(super) fn write(text: &mut Text, bulletin: &Bulletin) {
    let brokers: Vec<(&Broker, String)> = bulletin
        .snapshot
        .brokers
        .values()
        .map(|broker| (broker, broker.id.to_string()))
        .collect();
    let mut states = text.gauge(
        "kaftop_broker_state",
        "1 for the state of the broker: up, cut_off (answers, but its peers dropped it), unreachable (listed, no answer), down.",
    );
    for (broker, id) in &brokers {
        if let Some(state) = broker.state {
            states.states(&[("broker_id", id)], &STATES, state.word());
        }
    }
    let mut each = |name, help, of: &dyn Fn(&Broker) -> Option<f64>| {
        let mut family = text.gauge(name, help);
        for (broker, id) in &brokers {
            family.known(&[("broker_id", id)], of(broker));
        }
    };
    each(
        "kaftop_broker_round_trip_seconds",
        "Round trip of the newest small request to the broker.",
        &|broker| match broker.answers {
            Answers::Yes { round_trip, .. } => round_trip.map(|taken| taken.as_secs_f64()),
            _ => None,
        },
    );
    each(
        "kaftop_broker_fenced",
        "Whether the controller has fenced the broker (1); absent where no broker tells.",
        &|broker| broker.listing.fenced.map(truth),
    );
    each(
        "kaftop_broker_leaders",
        "Partitions that the broker leads.",
        &|broker| broker.load.map(|load| f64::from(load.leaders)),
    );
    each(
        "kaftop_broker_preferred_leaders",
        "Partitions of which the broker is the preferred leader.",
        &|broker| broker.load.map(|load| f64::from(load.preferred)),
    );
    each(
        "kaftop_broker_replicas",
        "Replicas assigned to the broker.",
        &|broker| broker.load.map(|load| f64::from(load.replicas)),
    );
    each(
        "kaftop_broker_in_sync_replicas",
        "Replicas on the broker that are in the ISR, as reported.",
        &|broker| broker.load.map(|load| f64::from(load.in_sync)),
    );
    let disk = |broker: &Broker, of: fn(&LogDirs) -> Option<u64>| {
        let dirs = &broker.log_dirs;
        dirs.failing()
            .is_none()
            .then(|| dirs.value().and_then(of))
            .flatten()
            .map(count)
    };
    each(
        "kaftop_broker_log_size_bytes",
        "Bytes of all replicas on the broker.",
        &|broker| disk(broker, |dirs| Some(dirs.log_bytes)),
    );
    each(
        "kaftop_broker_disk_size_bytes",
        "Bytes of the volumes of the broker's log directories.",
        &|broker| disk(broker, |dirs| dirs.total),
    );
    each(
        "kaftop_broker_disk_usable_bytes",
        "Bytes still usable on the volumes of the broker's log directories.",
        &|broker| disk(broker, |dirs| dirs.usable),
    );
    let safe = bulletin.health.verdict.safe_to_stop.as_ref();
    each(
        "kaftop_broker_safe_to_stop",
        "Whether the broker alone may be stopped without losing service (1); absent where that cannot be judged.",
        &|broker| safe.map(|safe| truth(safe.contains(&broker.id))),
    );
    each(
        "kaftop_broker_loss_refused_partitions",
        "Partitions that would refuse writes if the broker were lost now.",
        &|broker| {
            let lost = bulletin.health.survey.if_lost.get(&broker.id)?;
            safe.map(|_| f64::from(lost.refuse))
        },
    );
    each(
        "kaftop_broker_loss_offline_partitions",
        "Partitions that would go offline if the broker were lost now.",
        &|broker| {
            let lost = bulletin.health.survey.if_lost.get(&broker.id)?;
            safe.map(|_| f64::from(lost.offline))
        },
    );
}

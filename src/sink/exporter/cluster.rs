//! Metrics of the cluster as a whole that are kaftop's own: verdict, writes, controller, events.

use crate::health::{Bulletin, Level, Writes};
use crate::model::cluster::Controller;

use super::text::{Text, count, label, truth};
use super::topics::is_read;

const LEVELS: [Level; 4] = [Level::Ok, Level::Degraded, Level::Critical, Level::Unknown];
const WRITES: [Writes; 4] = [Writes::Ok, Writes::Stalled, Writes::Refused, Writes::Unknown];

/// Writes them.
pub(super) fn write(text: &mut Text, bulletin: &Bulletin) {
    let (snapshot, verdict) = (&bulletin.snapshot, &bulletin.health.verdict);
    let cluster = &snapshot.cluster;
    let id = cluster.id.as_ref().map(label).unwrap_or_default();
    let mode = cluster.mode.map_or("unknown", |mode| mode.word());
    text.gauge(
        "kaftop_cluster_info",
        "The cluster's id and what keeps its metadata.",
    )
    .sample(&[("cluster_id", &id), ("mode", mode)], 1.0);
    text.gauge("kaftop_verdict_level", "1 for the level of the verdict.")
        .states(&[], &LEVELS.map(Level::word), verdict.level.word());
    text.gauge(
        "kaftop_writes_state",
        "1 for what producers with acks=all meet, the worst over all partitions.",
    )
    .states(&[], &WRITES.map(Writes::word), verdict.writes.word());
    let acts = match &cluster.controller {
        Controller::Known(_) => Some(true),
        Controller::None { .. } => Some(false),
        Controller::Unknown | Controller::NoAnswer { .. } => None,
    };
    text.gauge(
        "kaftop_controller_active",
        "Whether the cluster has an active controller (1); absent where nobody tells.",
    )
    .known(&[], acts.map(truth));
    text.gauge("kaftop_controller_id", "Id of the active controller.")
        .known(&[], cluster.controller.id().map(|id| f64::from(id.0)));
    if is_read(snapshot) {
        let tallies = &bulletin.health.survey.tallies;
        text.gauge(
            "kaftop_not_preferred_leader_partitions",
            "Partitions that are not led by their preferred replica.",
        )
        .sample(&[], f64::from(tallies.not_preferred));
        text.gauge(
            "kaftop_disputed_partitions",
            "Partitions on which answering brokers contradict each other.",
        )
        .sample(&[], f64::from(snapshot.metadata.disputed));
        let moves = &snapshot.metadata.reassignments;
        if moves.failing().is_none() {
            text.gauge("kaftop_reassigned_partitions", "Reassignments under way.")
                .known(&[], moves.value().map(|all| super::text::length(all.len())));
        }
    }
    let churn = &snapshot.churn.total;
    for (name, help, tally) in [
        (
            "kaftop_isr_shrinks_total",
            "Times that an ISR lost replicas, over all partitions, since kaftop looks.",
            churn.shrinks,
        ),
        (
            "kaftop_isr_expands_total",
            "Times that an ISR gained replicas, over all partitions, since kaftop looks.",
            churn.expands,
        ),
        (
            "kaftop_leader_changes_total",
            "Changes of a leader, over all partitions, since kaftop looks.",
            churn.leader_changes,
        ),
    ] {
        text.counter(name, help).sample(&[], count(tally.total));
    }
}

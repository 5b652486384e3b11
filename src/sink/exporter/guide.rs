//! The six metrics of the HA guide's health monitor: its names, its labels, its meaning.

use crate::health::Bulletin;
use crate::model::broker::Broker;
use crate::model::ids::PartitionId;
use crate::model::snapshot::Snapshot;

use super::selection::{Budget, Selection};
use super::text::{Text, count, label, length, truth};
use super::topics::{TopicTable, is_read};

/// How many brokers are online, of how many that were ever seen; `None` while nothing is known of any.
pub(super) fn brokers(snapshot: &Snapshot) -> Option<(usize, usize)> {
    let known = || snapshot.brokers.values().filter(|broker| broker.state.is_some());
    let up = known().filter(|broker| broker.is_up()).count();
    (known().count() > 0).then_some((up, known().count()))
}

/// Writes them; how many series by partition were left out.
pub(super) fn write(
    text: &mut Text,
    bulletin: &Bulletin,
    topics: &TopicTable<'_>,
    selection: &Selection,
) -> u64 {
    let snapshot = &bulletin.snapshot;
    text.gauge("kafka_cluster_brokers", "Number of online brokers.")
        .known(&[], brokers(snapshot).map(|(up, _)| length(up)));
    let mut online = text.gauge(
        "kafka_broker_online",
        "Whether the broker is listed, unfenced and answers (1), or not (0).",
    );
    for broker in snapshot.brokers.values().filter(|broker| broker.state.is_some()) {
        let (host, port) = endpoint(broker);
        let id = broker.id.to_string();
        online.sample(
            &[("broker_id", &id), ("host", &host), ("port", &port)],
            truth(broker.is_up()),
        );
    }
    if is_read(snapshot) {
        topics.with_total(
            text,
            "kafka_under_replicated_partitions",
            "Partitions with fewer in-sync replicas than replicas.",
            |sums| sums.under_replicated,
        );
        topics.with_total(
            text,
            "kafka_offline_partitions",
            "Partitions without a leader that serves.",
            |sums| sums.offline,
        );
        text.gauge("kafka_cluster_topics", "Total topics in the cluster.")
            .sample(&[], length(snapshot.topics.len()));
    }
    shrinks(text, snapshot, topics, selection)
}

/// Where the cluster says that the broker is; empty labels, which are no labels, where nobody says.
fn endpoint(broker: &Broker) -> (String, String) {
    broker
        .endpoint
        .as_ref()
        .map_or_else(Default::default, |endpoint| {
            (label(&endpoint.host), endpoint.port.to_string())
        })
}

/// The counter of every partition, from 0 on. Those that ever shrank come before the limit, whatever their name.
fn shrinks(text: &mut Text, snapshot: &Snapshot, topics: &TopicTable<'_>, selection: &Selection) -> u64 {
    let mut family = text.counter(
        "kafka_isr_shrink_events",
        "Times that the ISR of the partition lost replicas, since the monitor started.",
    );
    let mut budget = Budget::new(selection.partition_series);
    let by_partition = &snapshot.churn.by_partition;
    for quiet in [false, true] {
        for (topic, label, _) in &topics.rows {
            let mut id = PartitionId {
                topic: topic.name.clone(),
                partition: 0,
            };
            for partition in &topic.partitions {
                id.partition = partition.index;
                let events = by_partition.get(&id).map_or(0, |churn| churn.shrinks.total);
                if (events == 0) == quiet && budget.take() {
                    let number = partition.index.to_string();
                    family.sample(&[("topic", label), ("partition", &number)], count(events));
                }
            }
        }
    }
    budget.left_out
}

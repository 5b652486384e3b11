//! Metrics by partition that are kaftop's own: offsets, and the replicas that are in sync.

use crate::health::Judge;
use crate::model::snapshot::Snapshot;
use crate::model::topic::{Partition, Topic};

use super::selection::{Budget, Selection};
use super::text::{Text, offset};
use super::topics::{TopicTable, is_read};

/// What is told of a partition.
type Told<'a> = &'a dyn Fn(&Topic, &Partition) -> Option<f64>;

/// Writes them; how many series of each metric were left out.
pub(super) fn write(
    text: &mut Text,
    snapshot: &Snapshot,
    topics: &TopicTable<'_>,
    selection: &Selection,
) -> Vec<(&'static str, u64)> {
    if !is_read(snapshot) {
        return Vec::new();
    }
    let judge = Judge::of(snapshot);
    let all: [(&'static str, &'static str, Told<'_>); 3] = [
        (
            "kaftop_partition_in_sync_replicas",
            "Replicas of the partition that count as in sync: in the ISR, and not known to be gone.",
            &|topic, partition| Some(f64::from(judge.partition(topic, partition).in_sync)),
        ),
        (
            "kaftop_partition_end_offset",
            "High watermark of the partition.",
            &|_, partition| {
                let end = &partition.end;
                end.value()
                    .filter(|_| end.failing().is_none())
                    .map(|end| offset(*end))
            },
        ),
        (
            "kaftop_partition_start_offset",
            "First offset that the partition keeps.",
            &|_, partition| {
                let start = &partition.start;
                start
                    .value()
                    .filter(|_| start.failing().is_none())
                    .map(|start| offset(*start))
            },
        ),
    ];
    all.map(|(name, help, told)| {
        let mut family = text.gauge(name, help);
        let mut budget = Budget::new(selection.partition_series);
        for (topic, label, _) in &topics.rows {
            for partition in &topic.partitions {
                let Some(value) = told(topic, partition) else {
                    continue;
                };
                if budget.take() {
                    let number = partition.index.to_string();
                    family.sample(&[("topic", label), ("partition", &number)], value);
                }
            }
        }
        (name, budget.left_out)
    })
    .to_vec()
}

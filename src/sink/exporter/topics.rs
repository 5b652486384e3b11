//! One pass over all partitions: what is true of each topic.

use std::collections::BTreeMap;

use crate::health::{Class, Judge, Writes};
use crate::model::snapshot::Snapshot;
use crate::model::topic::Topic;

use super::selection::{Selection, TOTAL};
use super::text::{Text, count, label, length};

/// What is true of one topic, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    /// Partitions.
    pub partitions: u64,
    /// Partitions with fewer in-sync replicas than replicas.
    pub under_replicated: u64,
    /// Partitions without a leader that serves.
    pub offline: u64,
    under_min_isr: u64,
    at_min_isr: u64,
    refused: u64,
    stalled: u64,
    /// Appended per second, and of how many partitions that is known.
    rate: (f64, u64),
    /// Bytes of the leaders' replicas, and of how many partitions that is known.
    bytes: (u64, u64),
}

impl Sums {
    fn of(judge: &Judge<'_>, topic: &Topic) -> Self {
        let mut sums = Self::default();
        for partition in &topic.partitions {
            let judged = judge.partition(topic, partition);
            // A full ISR of no more replicas than min ISR is the configuration, and no loss.
            let short = length(partition.replicas.len()) > f64::from(judged.in_sync);
            let class = |class: Class| u64::from(judged.class == class && short);
            sums.partitions += 1;
            sums.under_replicated += u64::from(short);
            sums.offline += u64::from(judged.class == Class::Offline);
            sums.under_min_isr += class(Class::UnderMinIsr);
            sums.at_min_isr += class(Class::AtMinIsr);
            sums.refused += u64::from(judged.writes == Writes::Refused);
            sums.stalled += u64::from(judged.writes == Writes::Stalled);
            if let Some(rate) = partition.rate {
                sums.rate = (sums.rate.0 + rate, sums.rate.1 + 1);
            }
            if let Some(bytes) = partition.bytes {
                sums.bytes = (sums.bytes.0.saturating_add(bytes), sums.bytes.1 + 1);
            }
        }
        sums
    }

    fn add(&mut self, other: &Self) {
        self.partitions += other.partitions;
        self.under_replicated += other.under_replicated;
        self.offline += other.offline;
        self.under_min_isr += other.under_min_isr;
        self.at_min_isr += other.at_min_isr;
        self.refused += other.refused;
        self.stalled += other.stalled;
        self.rate = (self.rate.0 + other.rate.0, self.rate.1 + other.rate.1);
        self.bytes = (
            self.bytes.0.saturating_add(other.bytes.0),
            self.bytes.1 + other.bytes.1,
        );
    }

    /// A sum over partitions is known only where it is known of each of them.
    fn whole<T>(&self, (sum, known): (T, u64)) -> Option<T> {
        (known == self.partitions).then_some(sum)
    }
}

/// What is true of all topics, and of each that has series.
#[derive(Debug, Default)]
pub(super) struct TopicTable<'a> {
    /// Over all topics, those without series included.
    pub total: Sums,
    /// By topic, with its label's value.
    pub rows: Vec<(&'a Topic, String, Sums)>,
    /// Topics without series.
    pub left_out: u64,
}

/// Whether the partition table is read now, and not only known from before.
pub(super) fn is_read(snapshot: &Snapshot) -> bool {
    snapshot.metadata.read.value().is_some() && snapshot.metadata.read.failing().is_none()
}

impl<'a> TopicTable<'a> {
    pub fn of(snapshot: &'a Snapshot, selection: &Selection) -> Self {
        let judge = Judge::of(snapshot);
        let mut table = Self::default();
        for topic in snapshot.topics.values() {
            let sums = Sums::of(&judge, topic);
            table.total.add(&sums);
            if selection.takes_topic(&topic.name) {
                table.rows.push((topic, label(&topic.name), sums));
            } else {
                table.left_out += 1;
            }
        }
        table
    }

    /// A family by topic with the sum over all.
    pub fn with_total(&self, text: &mut Text, name: &'static str, help: &'static str, of: fn(&Sums) -> u64) {
        let mut family = text.gauge(name, help);
        family.sample(&[("topic", TOTAL)], count(of(&self.total)));
        for (_, label, sums) in &self.rows {
            family.sample(&[("topic", label)], count(of(sums)));
        }
    }

    fn by_topic(
        &self,
        text: &mut Text,
        name: &'static str,
        help: &'static str,
        of: impl Fn(&Topic, &Sums) -> Option<f64>,
    ) {
        let mut family = text.gauge(name, help);
        for (topic, label, sums) in &self.rows {
            family.known(&[("topic", label)], of(topic, sums));
        }
    }
}

/// The metrics by topic that are kaftop's own.
pub(super) fn write(text: &mut Text, snapshot: &Snapshot, table: &TopicTable<'_>) {
    if is_read(snapshot) {
        state(text, table);
    }
    let mut shrinks: BTreeMap<&str, u64> = BTreeMap::new();
    for (id, churn) in &snapshot.churn.by_partition {
        *shrinks.entry(id.topic.raw()).or_default() += churn.shrinks.total;
    }
    let mut family = text.counter(
        "kaftop_topic_isr_shrinks_total",
        "Times that an ISR of the topic lost replicas, since kaftop looks.",
    );
    for (topic, label, _) in &table.rows {
        let total = shrinks.get(topic.name.raw()).copied().unwrap_or(0);
        family.sample(&[("topic", label)], count(total));
    }
}

fn state(text: &mut Text, table: &TopicTable<'_>) {
    table.by_topic(
        text,
        "kaftop_topic_partitions",
        "Partitions of the topic.",
        |_, sums| Some(count(sums.partitions)),
    );
    table.by_topic(
        text,
        "kaftop_topic_min_isr",
        "Effective min.insync.replicas of the topic.",
        |topic, _| topic.min_isr.value().map(|min| f64::from(*min)),
    );
    table.by_topic(
        text,
        "kaftop_topic_under_min_isr_partitions",
        "Partitions with fewer in-sync replicas than min ISR: acks=all is refused.",
        |_, sums| Some(count(sums.under_min_isr)),
    );
    table.by_topic(
        text,
        "kaftop_topic_at_min_isr_partitions",
        "Partitions with a replica out of sync that are one loss from refusing writes.",
        |_, sums| Some(count(sums.at_min_isr)),
    );
    table.by_topic(
        text,
        "kaftop_topic_writes_refused_partitions",
        "Partitions on which acks=all fails at once.",
        |_, sums| Some(count(sums.refused)),
    );
    table.by_topic(
        text,
        "kaftop_topic_writes_stalled_partitions",
        "Partitions on which acks=all hangs.",
        |_, sums| Some(count(sums.stalled)),
    );
    table.by_topic(
        text,
        "kaftop_topic_appended_records_per_second",
        "Records appended per second, by the two newest reads of every partition's end.",
        |_, sums| sums.whole(sums.rate),
    );
    table.by_topic(
        text,
        "kaftop_topic_size_bytes",
        "Bytes of the leaders' replicas on disk.",
        |_, sums| sums.whole(sums.bytes).map(count),
    );
    let total = &table.total;
    let mut one = |name, help, value: Option<f64>| text.gauge(name, help).known(&[], value);
    one(
        "kaftop_partitions",
        "Partitions in the cluster.",
        Some(count(total.partitions)),
    );
    one(
        "kaftop_under_min_isr_partitions",
        "Partitions with fewer in-sync replicas than min ISR: acks=all is refused.",
        Some(count(total.under_min_isr)),
    );
    one(
        "kaftop_at_min_isr_partitions",
        "Partitions with a replica out of sync that are one loss from refusing writes.",
        Some(count(total.at_min_isr)),
    );
    one(
        "kaftop_writes_refused_partitions",
        "Partitions on which acks=all fails at once.",
        Some(count(total.refused)),
    );
    one(
        "kaftop_writes_stalled_partitions",
        "Partitions on which acks=all hangs.",
        Some(count(total.stalled)),
    );
    one(
        "kaftop_appended_records_per_second",
        "Records appended per second in the whole cluster.",
        total.whole(total.rate),
    );
}

//! The page of `/metrics`: every family, of one bulletin.

use crate::health::Bulletin;

use super::selection::Selection;
use super::sources::Failures;
use super::text::{Text, count, truth};
use super::topics::TopicTable;
use super::{alerts, brokers, cluster, containers, council, groups, guide, partitions, sources, topics};

/// What a page is made of.
#[derive(Clone, Debug)]
pub(super) struct Material {
    /// The facts and their meaning; `None` before the first.
    pub bulletin: Option<Bulletin>,
    /// How often sources began to fail by then.
    pub failures: Failures,
    /// How many bulletins there were by then.
    pub bulletins: u64,
    /// Lines that nobody took from the log, and that are lost.
    pub lost_lines: u64,
}

/// Writes the page.
pub(super) fn write(material: &Material, selection: &Selection) -> String {
    let mut text = Text::default();
    let Some(bulletin) = &material.bulletin else {
        own(&mut text, material, None);
        return text.finish();
    };
    let snapshot = &bulletin.snapshot;
    let table = TopicTable::of(snapshot, selection);
    let mut series = vec![(
        "kafka_isr_shrink_events",
        guide::write(&mut text, bulletin, &table, selection),
    )];
    cluster::write(&mut text, bulletin);
    topics::write(&mut text, snapshot, &table);
    brokers::write(&mut text, bulletin);
    council::write(&mut text, bulletin);
    containers::write(&mut text, snapshot);
    let of_groups = groups::write(&mut text, snapshot, selection);
    series.push(("kaftop_group_partition_lag_records", of_groups.series));
    series.extend(partitions::write(&mut text, snapshot, &table, selection));
    sources::write(&mut text, snapshot, &material.failures);
    alerts::write(&mut text, &bulletin.alerts);
    own(&mut text, material, Some(bulletin));
    left_out(&mut text, table.left_out, of_groups.groups, &series);
    text.finish()
}

/// What the exporter tells of itself.
fn own(text: &mut Text, material: &Material, bulletin: Option<&Bulletin>) {
    text.gauge("kaftop_build_info", "The version of kaftop.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    let taken = bulletin.map(|bulletin| bulletin.snapshot.now());
    text.gauge(
        "kaftop_exporter_taken_timestamp_seconds",
        "When the values of this page were taken.",
    )
    .known(&[], taken.map(|at| super::text::offset(at.0) / 1000.0));
    text.gauge(
        "kaftop_exporter_read",
        "Whether the brokers and partitions of the cluster are read (1), or not (0).",
    )
    .sample(
        &[],
        truth(bulletin.is_some_and(|bulletin| topics::is_read(&bulletin.snapshot))),
    );
    text.counter(
        "kaftop_exporter_bulletins_total",
        "Times that the facts were judged, since kaftop looks.",
    )
    .sample(&[], count(material.bulletins));
    text.counter(
        "kaftop_exporter_log_lines_lost_total",
        "Lines of the log that could not be written.",
    )
    .sample(&[], count(material.lost_lines));
}

/// What the options leave out, so that nothing is missing in silence.
fn left_out(text: &mut Text, topics: u64, groups: u64, series: &[(&'static str, u64)]) {
    text.gauge(
        "kaftop_exporter_topics_left_out",
        "Topics without series of their own, by the options.",
    )
    .sample(&[], count(topics));
    text.gauge(
        "kaftop_exporter_groups_left_out",
        "Groups without series of their own, by the options.",
    )
    .sample(&[], count(groups));
    let mut family = text.gauge(
        "kaftop_exporter_series_left_out",
        "Series with a label partition above the limit of the metric, which are not on this page.",
    );
    for (metric, number) in series {
        family.sample(&[("metric", metric)], count(*number));
    }
}

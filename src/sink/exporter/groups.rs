//! Metrics of consumer groups: how far they are behind, in records and in seconds.

use crate::model::group::{Group, LagAge};
use crate::model::snapshot::Snapshot;

use super::selection::{Budget, Selection};
use super::text::{Text, count, label, length, truth};

/// What was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// Groups that the options leave out.
    pub groups: u64,
    /// Series by partition above the limit.
    pub series: u64,
}

/// Writes them; what was left out.
pub(super) fn write(text: &mut Text, snapshot: &Snapshot, selection: &Selection) -> LeftOut {
    let mut left_out = LeftOut::default();
    if !snapshot.groups.read {
        return left_out;
    }
    let (mut rows, mut all): (Vec<(&Group, String)>, u64) = (Vec::new(), 0);
    for (name, group) in &snapshot.groups.table {
        all += 1;
        if selection.takes_group(name) {
            rows.push((group, label(name)));
        } else {
            left_out.groups += 1;
        }
    }
    if snapshot.groups.unlisted.is_empty() {
        text.gauge(
            "kaftop_groups",
            "Groups in the cluster; absent while a coordinator does not tell its own.",
        )
        .sample(&[], count(all));
    }
    sums(text, &rows);
    let mut states = text.gauge(
        "kaftop_group_state",
        "The type and the state of the group, in the protocol's own word.",
    );
    for (group, name) in rows.iter().filter(|(group, _)| group.unlisted.is_none()) {
        let (kind, state) = (group.kind.word(), group.state.as_ref().map(label));
        let state = state.unwrap_or_default();
        states.sample(&[("group", name), ("type", &kind), ("state", &state)], 1.0);
    }
    left_out.series = by_partition(text, &rows, selection);
    left_out
}

fn sums(text: &mut Text, rows: &[(&Group, String)]) {
    let mut each = |name, help, of: &dyn Fn(&Group) -> Option<f64>| {
        let mut family = text.gauge(name, help);
        for (group, label) in rows {
            family.known(&[("group", label)], of(group));
        }
    };
    each(
        "kaftop_group_lag_records",
        "Records by which the group is behind, summed over its partitions; absent while a part of the sum is not read.",
        &|group| whole(group).map(count),
    );
    each(
        "kaftop_group_lag_seconds",
        "Age of the oldest record that the group has not read, from the history of end offsets.",
        &|group| lag_seconds(group),
    );
    each(
        "kaftop_group_lag_seconds_at_least",
        "Whether the age is a lower bound (1), since the history does not reach further back.",
        &|group| {
            lag_seconds(group)?;
            Some(truth(matches!(group.trend.age, Some(LagAge::AtLeast(_)))))
        },
    );
    each(
        "kaftop_group_lag_slope_records_per_second",
        "How the lag moves; positive means falling behind.",
        &|group| whole(group).and(group.trend.slope),
    );
    each(
        "kaftop_group_lost_records",
        "Records that retention took before the group had read them.",
        &|group| {
            whole(group)?;
            Some(count(group.partitions.iter().map(|place| place.lost).sum()))
        },
    );
    each("kaftop_group_members", "Members of the group.", &|group| {
        let told = &group.description;
        let value = told.value().map(|described| length(described.members.len()));
        value.filter(|_| told.failing().is_none() && group.unlisted.is_none())
    });
}

/// The lag, where every part of it is read.
fn whole(group: &Group) -> Option<u64> {
    group.lag.records.filter(|_| group.lag.complete)
}

fn lag_seconds(group: &Group) -> Option<f64> {
    match (whole(group)?, group.trend.age) {
        (0, _) => Some(0.0),
        (_, Some(LagAge::About(age) | LagAge::AtLeast(age))) => Some(age.as_seconds()),
        (_, None) => None,
    }
}

fn by_partition(text: &mut Text, rows: &[(&Group, String)], selection: &Selection) -> u64 {
    let mut family = text.gauge(
        "kaftop_group_partition_lag_records",
        "Records by which the group is behind on the partition.",
    );
    let mut budget = Budget::new(selection.partition_series);
    for (group, name) in rows
        .iter()
        .filter(|(group, _)| group.unlisted.is_none() && group.commits.failing().is_none())
    {
        for place in group
            .partitions
            .iter()
            .filter(|place| selection.takes_topic(&place.topic))
        {
            let Some(lag) = place.lag.known() else { continue };
            if budget.take() {
                let (topic, partition) = (label(&place.topic), place.partition.to_string());
                family.sample(
                    &[("group", name), ("topic", &topic), ("partition", &partition)],
                    count(lag),
                );
            }
        }
    }
    budget.left_out
}

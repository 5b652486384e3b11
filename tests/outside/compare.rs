//! A snapshot held against Kafka's own tools.

use std::collections::{BTreeMap, BTreeSet};

use crate::kit::scripts::{Placement, Progress, Quorum, Topics};
use crate::kit::snapshot::{Partition, Snapshot};
use crate::kit::{Checked, ensure};

/// The min ISR of every topic in the rig's clusters.
const MIN_ISR: usize = 2;

/// Differences, of which the first few are told.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn expect_same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &dyn std::fmt::Display,
        ours: &T,
        theirs: &T,
    ) {
        if ours != theirs {
            self.0
                .push(format!("{what}: kaftop says {ours:?}, Kafka {theirs:?}"));
        }
    }

    fn into_checked(self) -> Checked {
        let count = self.0.len();
        let first: Vec<String> = self.0.into_iter().take(8).collect();
        ensure!(count == 0, "{count} differences: {}", first.join("; "));
        Ok(())
    }
}

fn name(partition: &Partition) -> String {
    format!("{}-{}", partition.0, partition.1)
}

/// Leaders and ISR, as reported.
pub fn leadership(snapshot: &Snapshot, topics: &Topics) -> Checked {
    let ours = snapshot.table();
    let mut differences = Differences::default();
    for (partition, theirs) in &topics.partitions {
        let row = ours.get(partition).map(|row| {
            let mut isr = row.isr.clone();
            isr.sort_unstable();
            (row.leader, isr)
        });
        let theirs = Some((theirs.leader, theirs.isr.clone()));
        differences.expect_same(&format!("{} leader and ISR", name(partition)), &row, &theirs);
    }
    differences.into_checked()
}

/// Topic ids, leaders, replicas, ISR, and the classes that follow from them by definition. `capped` says
/// whether these brokers cap min ISR at the replica count (3.7 and later).
pub fn placement(snapshot: &Snapshot, topics: &Topics, capped: bool) -> Checked {
    let ours = snapshot.table();
    let mut differences = Differences::default();
    differences.expect_same(
        &"the partitions",
        &ours.keys().cloned().collect::<BTreeSet<_>>(),
        &topics.partitions.keys().cloned().collect(),
    );
    for (partition, theirs) in &topics.partitions {
        let Some(row) = ours.get(partition) else {
            continue;
        };
        let what = name(partition);
        let mut isr = row.isr.clone();
        isr.sort_unstable();
        differences.expect_same(&format!("{what} leader"), &row.leader, &theirs.leader);
        differences.expect_same(&format!("{what} replicas"), &row.replicas, &theirs.replicas);
        differences.expect_same(&format!("{what} ISR"), &isr, &theirs.isr);
        if let Some(id) = topics.ids.get(&partition.0) {
            differences.expect_same(&format!("{what} topic id"), &row.topic_id.as_ref(), &Some(id));
        }
        let class = class(theirs.leader, theirs.isr.len(), theirs.replicas.len(), capped);
        differences.expect_same(&format!("{what} class"), &row.class.as_str(), &class);
        differences.expect_same(&format!("{what} inferred"), &row.inferred, &false);
        differences.expect_same(&format!("{what} min ISR"), &row.min_isr, &Some(MIN_ISR));
        let elected = row.leader_epoch.is_some_and(|epoch| epoch >= 0);
        differences.expect_same(&format!("{what} leader epoch known"), &elected, &true);
    }
    for broker in snapshot.brokers.iter().flatten() {
        let count = |holds: &dyn Fn(&Placement) -> bool| {
            topics
                .partitions
                .values()
                .filter(|placement| holds(placement))
                .count()
        };
        let ours = [broker.leaders, broker.replicas, broker.in_sync];
        let theirs = [
            Some(count(&|placement| placement.leader == Some(broker.id))),
            Some(count(&|placement| placement.replicas.contains(&broker.id))),
            Some(count(&|placement| placement.isr.contains(&broker.id))),
        ];
        let what = format!("leaders, replicas, in sync of broker {}", broker.id);
        differences.expect_same(&what, &ours, &theirs);
    }
    differences.into_checked()
}

fn class(leader: Option<i32>, in_sync: usize, replicas: usize, capped: bool) -> &'static str {
    let min_isr = if capped { MIN_ISR.min(replicas) } else { MIN_ISR };
    match in_sync {
        _ if leader.is_none() => "offline",
        below if below < min_isr => "under_min_isr",
        at if at == min_isr => "at_min_isr",
        short if short < replicas => "under_replicated",
        _ => "healthy",
    }
}

/// Who the cluster is, and where its brokers that are up are, by the rig's own word.
pub fn identity(snapshot: &Snapshot, id: &str, addresses: &[String]) -> Checked {
    let mut differences = Differences::default();
    differences.expect_same(&"cluster id", &snapshot.cluster.id.as_deref(), &Some(id));
    for (address, number) in addresses.iter().zip(1..) {
        let row = snapshot
            .broker(number)
            .filter(|row| row.state.as_deref() == Some("up"));
        let Some(row) = row else {
            continue;
        };
        let ours = format!("{}:{}", row.host.as_deref().unwrap_or("?"), row.port.unwrap_or(0));
        differences.expect_same(&format!("address of broker {number}"), &ours, address);
    }
    differences.into_checked()
}

/// End offsets, asked for before and after the snapshot: where nothing is written both are the same.
pub fn ends(
    snapshot: &Snapshot,
    before: &BTreeMap<Partition, i64>,
    after: &BTreeMap<Partition, i64>,
) -> Checked {
    let ours = snapshot.table();
    let mut differences = Differences::default();
    for (partition, most) in after {
        let least = before.get(partition).copied().unwrap_or(0);
        let end = ours.get(partition).and_then(|row| row.end_offset);
        if end.is_none_or(|end| end < least || end > *most) {
            differences.expect_same(
                &format!("{} end", name(partition)),
                &format!("{end:?}"),
                &format!("{least} to {most}"),
            );
        }
    }
    differences.into_checked()
}

/// First offsets.
pub fn starts(snapshot: &Snapshot, theirs: &BTreeMap<Partition, i64>) -> Checked {
    let ours = snapshot.table();
    let mut differences = Differences::default();
    for (partition, start) in theirs {
        let row = ours.get(partition).and_then(|row| row.start_offset);
        differences.expect_same(&format!("{} start", name(partition)), &row, &Some(*start));
    }
    differences.into_checked()
}

/// Groups, while nothing is written to what they read: commits, ends, lags. Where Kafka's tool subtracts a
/// commit above the end to a negative lag, kaftop has none.
pub fn groups(snapshot: &Snapshot, theirs: &BTreeMap<String, BTreeMap<Partition, Progress>>) -> Checked {
    groups_of_types(snapshot, theirs, &|_| "classic")
}

/// The same, where groups are of the types that the function names.
pub fn groups_of_types(
    snapshot: &Snapshot,
    theirs: &BTreeMap<String, BTreeMap<Partition, Progress>>,
    types: &dyn Fn(&str) -> &'static str,
) -> Checked {
    let mut differences = Differences::default();
    // The tool tells of groups of consumers alone, and has no row for a group with neither commits nor members that are assigned something.
    let told = snapshot.groups.iter().flatten();
    let told = told.filter(|group| !matches!(group.kind.as_str(), "share" | "streams"));
    let shown = told.filter(|group| {
        group
            .partitions
            .as_ref()
            .is_none_or(|partitions| !partitions.is_empty())
    });
    let names = shown.map(|group| group.name.clone());
    differences.expect_same(
        &"the groups",
        &names.collect::<BTreeSet<_>>(),
        &theirs.keys().cloned().collect(),
    );
    for (group, progress) in theirs {
        let Some(ours) = snapshot.group(group) else {
            continue;
        };
        let honest = |progress: &Progress| Progress {
            lag: progress.lag.filter(|lag| *lag >= 0),
            ..*progress
        };
        let expected: BTreeMap<Partition, Progress> = progress
            .iter()
            .map(|(partition, progress)| (partition.clone(), honest(progress)))
            .collect();
        let rows: BTreeMap<Partition, Progress> = ours
            .partitions
            .iter()
            .flatten()
            .map(|row| {
                let progress = Progress {
                    committed: row.committed,
                    end: row.end_offset,
                    lag: row.lag,
                };
                ((row.topic.clone(), row.partition), progress)
            })
            .collect();
        differences.expect_same(&format!("group {group}"), &rows, &expected);
        let lags: Vec<i64> = expected.values().filter_map(|progress| progress.lag).collect();
        let sum = u64::try_from(lags.iter().sum::<i64>()).ok();
        let total = sum.filter(|_| !lags.is_empty());
        differences.expect_same(&format!("lag of {group}"), &ours.lag, &total);
        differences.expect_same(&format!("type of {group}"), &ours.kind.as_str(), &types(group));
        differences.expect_same(&format!("completeness of {group}"), &ours.complete, &true);
    }
    differences.into_checked()
}

/// The KRaft quorum, asked for after the snapshot. `living` follow their leader.
pub fn quorum(snapshot: &Snapshot, theirs: &Quorum, living: &[i32]) -> Checked {
    let Some(ours) = &snapshot.quorum else {
        return Err("kaftop read no quorum".to_owned());
    };
    let mut differences = Differences::default();
    differences.expect_same(&"quorum leader", &ours.leader, &Some(theirs.leader));
    differences.expect_same(&"controller", &snapshot.cluster.controller, &Some(theirs.leader));
    differences.expect_same(&"quorum epoch", &ours.epoch, &theirs.epoch);
    let voters = ours.voters.iter().map(|voter| voter.id).collect();
    differences.expect_same(&"voters", &voters, &theirs.voters);
    let observers = ours.observers.iter().map(|observer| observer.id).collect();
    differences.expect_same(&"observers", &observers, &theirs.observers);
    for replica in ours.voters.iter().chain(&ours.observers) {
        let most = theirs.lags.get(&replica.id).copied().flatten();
        // The log moves twice a second: one that follows is a few records behind at any moment, and one
        // that is gone only falls back further.
        let most = most.map(|lag| if living.contains(&replica.id) { 20 } else { lag });
        if replica.lag.is_some() != most.is_some() || replica.lag > most {
            differences.expect_same(
                &format!("lag of {}", replica.id),
                &format!("{:?}", replica.lag),
                &format!("at most {most:?}"),
            );
        }
    }
    differences.into_checked()
}

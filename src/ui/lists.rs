//! The rows of every list and their order, made once per bulletin, so that a frame builds only what it shows.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::health::{AtRisk, Bulletin, Class, Judged};
use crate::model::group::{Group, LagAge};
use crate::model::ids::PartitionId;
use crate::model::snapshot::{Churn, Snapshot};
use crate::model::text::Name;
use crate::model::time::Span;
use crate::model::topic::{Partition, Topic};

use super::screen::{GroupSort, ListId, PartitionSort, PartitionView, RowKey, Scope, Sort};

/// The rows of every list.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    brokers: Vec<RowKey>,
    topics: Vec<RowKey>,
    worst_groups: Vec<RowKey>,
    partitions: Vec<RowKey>,
    groups: Vec<RowKey>,
    /// The topics with partitions at risk.
    pub at_risk: BTreeMap<Name, TopicRisk>,
    /// Partitions that scope and filter hide.
    pub hidden: usize,
    /// Groups that lose data or fall behind.
    pub behind: usize,
}

/// What is at risk in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicRisk {
    /// How many of its partitions are at risk.
    pub partitions: u32,
    /// The worst of their classes.
    pub worst: Class,
}

/// Whether a partition counts as at risk: not healthy, and not only so because it has no more replicas than
/// min ISR, which is how it was made.
pub fn at_risk(judged: Judged, partition: &Partition) -> bool {
    judged.class != Class::Healthy && !is_thin(judged, partition)
}

/// Whether a partition has a full ISR and yet no replica to spare.
pub fn is_thin(judged: Judged, partition: &Partition) -> bool {
    judged.class == Class::AtMinIsr && judged.in_sync as usize == partition.replicas.len()
}

/// Whether a group falls behind, and not only for a moment: its lag has grown old while it grows.
pub fn falls_behind(group: &Group) -> bool {
    let old = match group.trend.age {
        Some(LagAge::About(age) | LagAge::AtLeast(age)) => age >= Span::seconds(60),
        None => false,
    };
    old && group.trend.slope.is_some_and(|slope| slope >= 1.0)
}

/// Whether a group loses data or falls behind.
pub fn needs_eyes(group: &Group) -> bool {
    falls_behind(group) || lost(group) > 0
}

/// Records that retention deleted before the group read them.
pub fn lost(group: &Group) -> u64 {
    group
        .partitions
        .iter()
        .fold(0, |sum: u64, partition| sum.saturating_add(partition.lost))
}

impl Lists {
    /// The rows of a bulletin, narrowed and sorted.
    pub fn of(bulletin: &Bulletin, view: &PartitionView, groups: Sort<GroupSort>) -> Self {
        let snapshot = &bulletin.snapshot;
        let risks = risks(bulletin);
        let at_risk = topics_at_risk(&risks);
        let (partitions, hidden) = partitions(snapshot, &risks, view);
        Self {
            brokers: snapshot.brokers.keys().copied().map(RowKey::Broker).collect(),
            topics: topics(snapshot, &at_risk),
            worst_groups: sorted_groups(snapshot, Sort::default()),
            groups: sorted_groups(snapshot, groups),
            behind: snapshot
                .groups
                .table
                .values()
                .filter(|group| needs_eyes(group))
                .count(),
            partitions,
            at_risk,
            hidden,
        }
    }

    /// How many partitions are at risk.
    pub fn partitions_at_risk(&self) -> u32 {
        self.at_risk.values().map(|risk| risk.partitions).sum()
    }

    /// The rows of a list; texts that are only scrolled have none.
    pub fn rows(&self, list: ListId) -> &[RowKey] {
        match list {
            ListId::Brokers => &self.brokers,
            ListId::Topics => &self.topics,
            ListId::WorstGroups => &self.worst_groups,
            ListId::Partitions => &self.partitions,
            ListId::Groups => &self.groups,
            ListId::Help | ListId::Sources | ListId::Story => &[],
        }
    }

    /// The same rows in the order of an earlier making, new ones last.
    #[must_use]
    pub fn in_order_of(mut self, before: &Self) -> Self {
        hold(&mut self.topics, &before.topics);
        hold(&mut self.worst_groups, &before.worst_groups);
        hold(&mut self.partitions, &before.partitions);
        hold(&mut self.groups, &before.groups);
        self
    }
}

fn hold(rows: &mut Vec<RowKey>, before: &[RowKey]) {
    if rows == before {
        return;
    }
    let mut fresh: HashSet<RowKey> = rows.iter().cloned().collect();
    let mut held: Vec<RowKey> = before.iter().filter(|row| fresh.remove(*row)).cloned().collect();
    held.extend(rows.drain(..).filter(|row| fresh.contains(row)));
    *rows = held;
}

/// The partitions at risk with their rank, the worst first, and their class.
type Risks<'a> = HashMap<&'a PartitionId, (usize, Class)>;

fn risks(bulletin: &Bulletin) -> Risks<'_> {
    let counts = |risk: &&AtRisk| {
        bulletin
            .snapshot
            .partition(&risk.id)
            .is_none_or(|partition| at_risk(risk.judged, partition))
    };
    let ranked = bulletin.health.survey.at_risk.iter().filter(counts).enumerate();
    ranked
        .map(|(rank, risk)| (&risk.id, (rank, risk.judged.class)))
        .collect()
}

fn topics_at_risk(risks: &Risks) -> BTreeMap<Name, TopicRisk> {
    let mut topics: BTreeMap<Name, TopicRisk> = BTreeMap::new();
    for (id, (_, class)) in risks {
        let first = TopicRisk {
            partitions: 0,
            worst: *class,
        };
        let risk = topics.entry(id.topic.clone()).or_insert(first);
        risk.partitions += 1;
        risk.worst = risk.worst.max(*class);
    }
    topics
}

/// Topics at risk by their worst class and how many partitions are at risk, then the others by name; Kafka's
/// own after those of the users.
fn topics(snapshot: &Snapshot, at_risk: &BTreeMap<Name, TopicRisk>) -> Vec<RowKey> {
    let mut topics: Vec<&Topic> = snapshot.topics.values().map(|topic| &**topic).collect();
    topics.sort_by_key(|topic| {
        let risk = at_risk.get(&topic.name);
        let worst = Reverse(risk.map(|risk| risk.worst));
        (
            worst,
            topic.is_internal(),
            Reverse(risk.map(|risk| risk.partitions)),
        )
    });
    topics
        .into_iter()
        .map(|topic| RowKey::Topic(topic.name.clone()))
        .collect()
}

fn partitions(snapshot: &Snapshot, risks: &Risks, view: &PartitionView) -> (Vec<RowKey>, usize) {
    let in_scope = |topic: &Topic, partition: &Partition| match &view.scope {
        Scope::All => true,
        Scope::Topic(name) => topic.name == *name,
        Scope::Broker(id) => partition.replicas.contains(id),
    };
    let mut hidden = 0;
    let mut rows: Vec<(PartitionId, &Partition, usize)> = Vec::new();
    for (topic, partition) in snapshot.partitions() {
        if !in_scope(topic, partition) {
            hidden += 1;
            continue;
        }
        let id = PartitionId {
            topic: topic.name.clone(),
            partition: partition.index,
        };
        let rank = risks.get(&id).map_or(usize::MAX, |(rank, _)| *rank);
        if view.only_at_risk && rank == usize::MAX {
            hidden += 1;
        } else {
            rows.push((id, partition, rank));
        }
    }
    // The rows stand by name and number; each sort is stable, so equal rows keep that order.
    let churn = |id: &PartitionId| snapshot.churn.by_partition.get(id).map_or(0, restless);
    match view.sort.by {
        PartitionSort::Name => {}
        PartitionSort::Harm => rows.sort_by_key(|(_, _, rank)| *rank),
        PartitionSort::InSync => rows.sort_by_key(|(_, partition, _)| {
            Reverse(partition.replicas.len().saturating_sub(partition.isr.len()))
        }),
        PartitionSort::Rate => rows.sort_by(|a, b| descending(a.1.rate, b.1.rate)),
        PartitionSort::Size => rows.sort_by_key(|(_, partition, _)| Reverse(partition.bytes)),
        PartitionSort::Churn => rows.sort_by_cached_key(|(id, _, _)| Reverse(churn(id))),
    }
    if view.sort.reversed {
        rows.reverse();
    }
    let keys = rows.into_iter().map(|(id, _, _)| RowKey::Partition(id));
    (keys.collect(), hidden)
}

/// How restless a partition was in the last 15 minutes.
pub fn restless(churn: &Churn) -> u64 {
    u64::from(churn.shrinks.fifteen)
        + u64::from(churn.expands.fifteen)
        + u64::from(churn.leader_changes.fifteen)
}

/// The larger number first, what is not known last.
fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn sorted_groups(snapshot: &Snapshot, sort: Sort<GroupSort>) -> Vec<RowKey> {
    let mut groups: Vec<&Group> = snapshot.groups.table.values().map(|group| &**group).collect();
    let age = |group: &&Group| match group.trend.age {
        Some(LagAge::About(age) | LagAge::AtLeast(age)) => Reverse(Some(age)),
        None => Reverse(None),
    };
    match sort.by {
        GroupSort::Name => {}
        GroupSort::Worst => groups.sort_by_key(|group| {
            (
                Reverse(lost(group) > 0),
                Reverse(falls_behind(group)),
                Reverse(group.lag.records),
            )
        }),
        GroupSort::Lag => groups.sort_by_key(|group| Reverse(group.lag.records)),
        GroupSort::Slope => groups.sort_by(|a, b| descending(a.trend.slope, b.trend.slope)),
        GroupSort::Age => groups.sort_by_key(age),
    }
    if sort.reversed {
        groups.reverse();
    }
    groups
        .into_iter()
        .map(|group| RowKey::Group(group.name.clone()))
        .collect()
}

//! What the columns of a partition hold.

use std::cell::Cell;

use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::{Bulletin, Class, Judge, Judged, Writes};
use crate::model::ids::PartitionId;
use crate::model::snapshot::Churn;
use crate::model::topic::{Partition, Topic};
use crate::ui::field::{Field, Subject};
use crate::ui::lists::{Risks, is_thin};
use crate::ui::screen::{RowKey, Scope};

/// A partition with what else is known of it.
struct Of<'a> {
    topic: &'a Topic,
    partition: &'a Partition,
    /// Its place among those at risk, the worst first.
    rank: usize,
    bulletin: &'a Bulletin,
    judge: &'a Judge<'a>,
    /// The judgement, made where a column asks for it.
    judged: Cell<Option<Judged>>,
}

impl Of<'_> {
    fn id(&self) -> PartitionId {
        PartitionId {
            topic: self.topic.name.clone(),
            partition: self.partition.index,
        }
    }

    fn judged(&self) -> Judged {
        let judged = self
            .judged
            .get()
            .unwrap_or_else(|| self.judge.partition(self.topic, self.partition));
        self.judged.set(Some(judged));
        judged
    }
}

/// Partitions at risk first, then the others by topic and number; only those of the scope.
pub fn rows(bulletin: &Bulletin, risks: &Risks<'_>, scope: &Scope, view: &View, marks: &Marks) -> Narrowed {
    let in_scope = |topic: &Topic, partition: &Partition| match scope {
        Scope::All => true,
        Scope::Topic(name) => topic.name == *name,
        Scope::Broker(id) => partition.replicas.contains(id),
    };
    let judge = Judge::of(&bulletin.snapshot);
    let mut hidden = 0;
    let mut rows: Vec<Of<'_>> = Vec::new();
    for (topic, partition) in bulletin.snapshot.partitions() {
        if !in_scope(topic, partition) {
            hidden += 1;
            continue;
        }
        rows.push(Of {
            topic,
            partition,
            rank: risks.rank(&topic.name, partition.index),
            bulletin,
            judge: &judge,
            judged: Cell::new(None),
        });
    }
    // The rows stand by name and number, and the sort is stable: equal rows keep that order.
    if view.sort.by.is_none() {
        rows.sort_by_key(|row| row.rank);
    }
    narrow(rows, Subject::Partition, view, marks, hidden)
}

/// Shows a partition to `look`, where it exists.
pub fn with(bulletin: &Bulletin, id: &PartitionId, look: &mut dyn FnMut(&dyn Row)) {
    let snapshot = &bulletin.snapshot;
    if let (Some(topic), Some(partition)) = (snapshot.topics.get(&id.topic), snapshot.partition(id)) {
        look(&Of {
            topic,
            partition,
            rank: usize::MAX,
            bulletin,
            judge: &Judge::of(snapshot),
            judged: Cell::new(None),
        });
    }
}

/// The class in the words of the table and of filters.
pub fn class_word(judged: Judged, partition: &Partition) -> &'static str {
    match judged.class {
        Class::Offline => "offline",
        Class::AtMinIsr if is_thin(judged, partition) && judged.writes != Writes::Stalled => "no spare",
        _ if judged.writes == Writes::Stalled => "writes stalled",
        Class::UnderMinIsr => "writes refused",
        Class::AtMinIsr => "one loss away",
        Class::UnderReplicated => "out of sync",
        Class::Healthy => "healthy",
    }
}

/// How restless a partition was in the last 15 minutes.
pub fn restless(churn: &Churn) -> u64 {
    u64::from(churn.shrinks.fifteen)
        + u64::from(churn.expands.fifteen)
        + u64::from(churn.leader_changes.fifteen)
}

impl Row for Of<'_> {
    fn value(&self, field: Field) -> Value<'_> {
        let partition = self.partition;
        let offset =
            |offset: Option<&i64>| Value::counted(offset.map(|offset| u64::try_from(*offset).unwrap_or(0)));
        match field {
            Field::Name => Value::text(self.topic.name.raw()),
            Field::Number => Value::Number(f64::from(partition.index)),
            Field::Leader => partition
                .leader
                .map_or(Value::Nothing, |leader| Value::Number(f64::from(leader.0))),
            Field::Epoch => Value::known(partition.leader_epoch.map(f64::from)),
            Field::InSync => Value::count(self.judged().in_sync.into()),
            Field::Replicas => Value::count(partition.replicas.len() as u64),
            Field::MinIsr => Value::known(self.topic.min_isr.value().map(|least| f64::from(*least))),
            Field::Class => Value::text(class_word(self.judged(), partition)),
            Field::Start => offset(partition.start.value()),
            Field::End => offset(partition.end.value()),
            Field::Rate => Value::known(partition.rate),
            Field::Size => Value::counted(partition.bytes),
            Field::Churn => {
                let churn = &self.bulletin.snapshot.churn.by_partition;
                if churn.is_empty() {
                    return Value::Number(0.0);
                }
                Value::count(churn.get(&self.id()).map_or(0, restless))
            }
            _ => Value::Unknown,
        }
    }

    fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool {
        passes(self.topic.name.raw())
    }
}

impl Listed for Of<'_> {
    fn key(&self) -> RowKey {
        RowKey::Partition(self.id())
    }

    fn is_bad(&self) -> bool {
        self.rank != usize::MAX
    }
}

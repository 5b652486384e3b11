//! What the columns of a topic hold.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::brokers::minute;
use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::{Bulletin, Judge};
use crate::model::text::Name;
use crate::model::topic::Topic;
use crate::ui::field::{Field, Subject};
use crate::ui::lists::TopicRisk;
use crate::ui::screen::RowKey;

/// A topic with what else is known of it.
struct Of<'a> {
    topic: &'a Topic,
    risk: Option<&'a TopicRisk>,
    bulletin: &'a Bulletin,
}

/// Topics at risk by their worst class and how many partitions are at risk, then the others by name; Kafka's own after
/// those of the users.
pub fn rows(
    bulletin: &Bulletin,
    at_risk: &BTreeMap<Name, TopicRisk>,
    view: &View,
    marks: &Marks,
) -> Narrowed {
    let mut topics: Vec<Of<'_>> = bulletin
        .snapshot
        .topics
        .values()
        .map(|topic| Of {
            topic,
            risk: at_risk.get(&topic.name),
            bulletin,
        })
        .collect();
    topics.sort_by_key(|of| {
        let worst = Reverse(of.risk.map(|risk| risk.worst));
        (
            worst,
            of.topic.is_internal(),
            Reverse(of.risk.map(|risk| risk.partitions)),
        )
    });
    narrow(topics, Subject::Topic, view, marks, 0)
}

/// Shows a topic to `look`, where it exists.
pub fn with(
    bulletin: &Bulletin,
    at_risk: &BTreeMap<Name, TopicRisk>,
    name: &Name,
    look: &mut dyn FnMut(&dyn Row),
) {
    if let Some(topic) = bulletin.snapshot.topics.get(name) {
        look(&Of {
            topic,
            risk: at_risk.get(name),
            bulletin,
        });
    }
}

/// Replicas in sync and replicas of the worst partition.
pub fn worst(bulletin: &Bulletin, topic: &Topic) -> Option<(usize, usize)> {
    let judge = Judge::of(&bulletin.snapshot);
    topic
        .partitions
        .iter()
        .map(|partition| {
            let judged = judge.partition(topic, partition);
            (judged.in_sync as usize, partition.replicas.len())
        })
        .max_by_key(|(in_sync, replicas)| (replicas.saturating_sub(*in_sync), *replicas))
}

/// Records per second over all partitions; unknown where one is.
pub fn rate(topic: &Topic) -> Option<f64> {
    topic.partitions.iter().map(|partition| partition.rate).sum()
}

/// Bytes of all leaders' logs; unknown where one is.
pub fn bytes(topic: &Topic) -> Option<u64> {
    topic.partitions.iter().try_fold(0, |sum: u64, partition| {
        Some(sum.saturating_add(partition.bytes?))
    })
}

impl Row for Of<'_> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds as seconds")]
    fn value(&self, field: Field) -> Value<'_> {
        let topic = self.topic;
        match field {
            Field::Name => Value::text(topic.name.raw()),
            Field::Partitions => Value::count(topic.partitions.len() as u64),
            Field::AtRisk => Value::count(self.risk.map_or(0, |risk| risk.partitions.into())),
            Field::Worst => {
                let worst = worst(self.bulletin, topic);
                worst.map_or(Value::Nothing, |(in_sync, _)| Value::count(in_sync as u64))
            }
            Field::Replicas => {
                let replicas = topic.partitions.iter().map(|partition| partition.replicas.len());
                replicas
                    .max()
                    .map_or(Value::Nothing, |most| Value::count(most as u64))
            }
            Field::MinIsr => Value::known(topic.min_isr.value().map(|least| f64::from(*least))),
            Field::Rate => Value::known(rate(topic)),
            Field::Size => Value::counted(bytes(topic)),
            Field::Shrinks => {
                let of = self.bulletin.snapshot.history.topics.get(&topic.name);
                Value::known(of.and_then(|of| minute(&of.shrinks)).map(f64::from))
            }
            Field::Keeps => {
                let kept = topic.settings.value().and_then(|settings| settings.retention);
                match kept.map(|kept| kept.value) {
                    Some(Some(span)) => Value::Number(span.0 as f64 / 1_000.0),
                    Some(None) => Value::Number(f64::INFINITY),
                    None => Value::Unknown,
                }
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
        RowKey::Topic(self.topic.name.clone())
    }

    fn is_bad(&self) -> bool {
        self.risk.is_some()
    }
}

//! The place of a group on a partition: what it committed against where the partition ends.

use std::cmp::Ordering;

use crate::model::group::{GroupPartition, Lag};
use crate::model::ids::PartitionId;
use crate::model::observation::SharePlace;
use crate::model::text::Name;
use crate::model::time::{At, Span};

use super::partitions::{NumberTable, Numbers, TopicNumbers};

/// Looks numbers up for partitions that stand by topic: each topic is then searched for once.
pub(super) struct Lookup<'a> {
    numbers: &'a NumberTable,
    topic: Option<(Name, Option<&'a TopicNumbers>)>,
}

impl<'a> Lookup<'a> {
    pub fn new(numbers: &'a NumberTable) -> Self {
        Self { numbers, topic: None }
    }

    pub fn numbers(&mut self, topic: &Name, partition: i32) -> Option<&'a Numbers> {
        let found = match &self.topic {
            Some((name, found)) if name == topic => *found,
            _ => {
                let found = self.numbers.topic(topic);
                self.topic = Some((topic.clone(), found));
                found
            }
        };
        found?.partition(partition)
    }
}

pub(super) fn by_place(a: &GroupPartition, b: &GroupPartition) -> Ordering {
    a.topic.cmp(&b.topic).then(a.partition.cmp(&b.partition))
}

/// The place of a partition, which as a rule is at the position `guess`.
pub(super) fn find<'a>(
    places: &'a [GroupPartition],
    guess: usize,
    id: &PartitionId,
) -> Option<&'a GroupPartition> {
    let is = |place: &&GroupPartition| place.partition == id.partition && place.topic == id.topic;
    places.get(guess).filter(is).or_else(|| {
        let search = |place: &GroupPartition| {
            place
                .topic
                .cmp(&id.topic)
                .then(place.partition.cmp(&id.partition))
        };
        places.binary_search_by(search).ok().and_then(|at| places.get(at))
    })
}

/// A share group's place: its lag is the coordinator's word, for only that one knows what is done with.
pub(super) fn share_place(place: &SharePlace, facts: Option<&Numbers>) -> GroupPartition {
    let id = &place.place;
    let lag = match (place.start, place.lag) {
        (None, _) => Lag::NoCommit,
        (Some(_), None) => Lag::Untold,
        (Some(_), Some(lag)) => Lag::Known(lag),
    };
    GroupPartition {
        topic: id.topic.clone(),
        partition: id.partition,
        committed: place.start,
        end: facts.and_then(|facts| facts.end.value().copied()),
        lag,
        lost: 0,
    }
}

pub(super) fn place_of(
    id: &PartitionId,
    committed: Option<i64>,
    committed_at: At,
    facts: Option<&Numbers>,
    before: Option<&GroupPartition>,
    patience: Span,
    now: At,
) -> GroupPartition {
    let end = facts.and_then(|facts| facts.end.value().copied());
    let mut place = GroupPartition {
        topic: id.topic.clone(),
        partition: id.partition,
        committed,
        end,
        lag: Lag::Unread,
        lost: 0,
    };
    let Some(committed) = committed else {
        place.lag = Lag::NoCommit;
        return place;
    };
    if let Some(start) = facts.and_then(|facts| facts.start.value()) {
        place.lost = u64::try_from(start.saturating_sub(committed)).unwrap_or(0);
    }
    let (Some(facts), Some(end)) = (facts, end) else {
        return place;
    };
    if facts.end.failing().is_some() {
        return place;
    }
    let after_commit = facts.end_asked.is_some_and(|asked| asked >= committed_at);
    if after_commit {
        place.lag = u64::try_from(end.saturating_sub(committed)).map_or(Lag::AboveEnd, Lag::Known);
    } else if let Some(before) = before.filter(|_| committed_at.age(now) <= patience) {
        // The end asked for after this commit is still on its way: the pair before it stands.
        return before.clone();
    } else if let Ok(lag) = u64::try_from(end.saturating_sub(committed)) {
        place.lag = Lag::Known(lag);
    }
    place
}

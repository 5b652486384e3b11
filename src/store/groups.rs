//! Groups: who coordinates them, what they committed, how far they are behind.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::model::failure::Failure;
use crate::model::group::{Description, Group, GroupKind, GroupPartition, Lag, LagAge, LagSum, Trend};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::observation::{Ask, Commits, GroupView, SharePlace};
use crate::model::reading::Reading;
use crate::model::snapshot::Groups;
use crate::model::text::Name;
use crate::model::time::{At, Span};

use super::ends::Written;
use super::partitions::{NumberTable, Numbers, TopicNumbers};

/// A group that nobody lists any more is dropped after this long, for the coordinator may be moving.
const MOVING: Span = Span::seconds(10);
/// The slope of a lag is taken over this long.
const SLOPE_OVER: Span = Span::seconds(60);
/// A slope needs two complete sums at least this far apart.
const SLOPE_LEAST: Span = Span::seconds(3);

/// What is kept of one group.
#[derive(Clone, Debug)]
struct Kept {
    view: GroupView,
    coordinator: BrokerId,
    listed_at: At,
    description: Reading<Description>,
    commits: Reading<Commits>,
    share: Reading<Vec<SharePlace>>,
    /// Each partition that it committed or is assigned, by topic and number.
    places: Vec<GroupPartition>,
    sums: VecDeque<(At, u64)>,
    /// The newest complete sum; none where nothing is committed.
    settled: Option<(At, Option<u64>)>,
    /// The sum of its commits, and since when that is seen not to change.
    committed: Option<(i64, At)>,
}

/// All groups, and how their coordinators' lists were read.
#[derive(Debug, Default)]
pub(super) struct GroupBook {
    kept: BTreeMap<Name, Kept>,
    lists: BTreeMap<BrokerId, Reading<()>>,
}

impl GroupBook {
    /// Takes the whole list of the groups that `broker` coordinates.
    pub fn listed(&mut self, broker: BrokerId, views: Vec<GroupView>, at: At) {
        self.lists.entry(broker).or_default().succeed((), at);
        for mut view in views {
            let description = view.description.take();
            let commits = view.commits.take();
            let share = view.share.take();
            let kept = self.kept.entry(view.name.clone()).or_insert_with(|| Kept {
                view: view.clone(),
                coordinator: broker,
                listed_at: at,
                description: Reading::default(),
                commits: Reading::default(),
                share: Reading::default(),
                places: Vec::new(),
                sums: VecDeque::new(),
                settled: None,
                committed: None,
            });
            kept.view = view;
            kept.coordinator = broker;
            kept.listed_at = at;
            match description {
                Some(Ok(description)) => kept.description.succeed(description, at),
                Some(Err(why)) => kept.description.fail(why, at),
                None => {}
            }
            match commits {
                Some(Ok(mut commits)) => {
                    commits.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
                    commits.dedup_by(|(a, _), (b, _)| a == b);
                    kept.commits.succeed(commits, at);
                }
                Some(Err(why)) => kept.commits.fail(why, at),
                None => {}
            }
            match share {
                Some(Ok(mut places)) => {
                    places.sort_unstable_by(|a, b| a.place.cmp(&b.place));
                    places.dedup_by(|a, b| a.place == b.place);
                    kept.share.succeed(places, at);
                }
                Some(Err(why)) => kept.share.fail(why, at),
                None => {}
            }
        }
    }

    /// The list of `broker` could not be read.
    pub fn unlisted(&mut self, broker: BrokerId, why: Failure, at: At) {
        self.lists.entry(broker).or_default().fail(why, at);
    }

    /// The sum of each group that was complete at `earliest` or later, and the sum over all, where every one was.
    /// `unlisted` says whether groups may be missing.
    pub fn lags(&self, earliest: At, unlisted: bool) -> (Option<u64>, BTreeMap<Name, Option<u64>>) {
        let read = self.lists.values().any(|list| list.value().is_some());
        let mut total = Some(0_u64).filter(|_| read && !unlisted);
        let mut lags = BTreeMap::new();
        for (name, kept) in &self.kept {
            let settled = kept.settled.filter(|(at, _)| *at >= earliest);
            let sum = settled.map(|(_, sum)| sum.unwrap_or(0));
            total = total.zip(sum).map(|(total, sum)| total.saturating_add(sum));
            lags.insert(name.clone(), settled.and_then(|(_, sum)| sum));
        }
        (total, lags)
    }

    /// What we are denied of groups that are listed.
    pub fn denied(&self) -> impl Iterator<Item = (Ask, &Name, &Failure)> {
        self.kept.iter().flat_map(|(name, kept)| {
            let members = kept.description.denied().map(|why| (Ask::Members, name, why));
            let commits = kept.commits.denied().or(kept.share.denied());
            let commits = commits.map(|why| (Ask::Commits, name, why));
            members.into_iter().chain(commits)
        })
    }

    /// Drops groups that every coordinator had the chance to list and none did.
    fn forget(&mut self, unlisted: &[BrokerId], now: At) {
        if unlisted.is_empty() {
            let newest = self
                .lists
                .values()
                .filter_map(|list| list.last().map(|last| last.at))
                .max();
            // Compared with the newest list, not with the clock: nothing goes while nobody is asked.
            self.kept
                .retain(|_, kept| kept.listed_at.age(newest.unwrap_or(now)) < MOVING);
        }
    }

    /// Computes lags against the present ends, and the table as it is published. `gone` are brokers that
    /// do not answer; `coordinators` are those whose lists are needed for the table to be whole.
    pub fn publish(
        &mut self,
        numbers: &NumberTable,
        gone: &BTreeMap<BrokerId, Failure>,
        coordinators: &BTreeSet<BrokerId>,
        patience: Span,
        now: At,
    ) -> Groups {
        for (broker, why) in gone {
            self.lists.entry(*broker).or_default().fail(why.clone(), now);
        }
        let unread = |id: &&BrokerId| self.lists.get(id).is_none_or(|list| list.failing().is_some());
        let unlisted: Vec<BrokerId> = coordinators.iter().filter(unread).copied().collect();
        self.forget(&unlisted, now);
        let mut table = BTreeMap::new();
        for (name, kept) in &mut self.kept {
            let list = self.lists.get(&kept.coordinator);
            let unlisted = list
                .and_then(|list| list.failing())
                .map(|failing| failing.why.clone());
            table.insert(
                name.clone(),
                Arc::new(kept.publish(numbers, unlisted, patience, now)),
            );
        }
        Groups {
            table,
            read: self.lists.values().any(|list| list.value().is_some()),
            unlisted,
        }
    }
}

impl Kept {
    fn publish(
        &mut self,
        numbers: &NumberTable,
        unlisted: Option<Failure>,
        patience: Span,
        now: At,
    ) -> Group {
        let read = if self.view.kind == GroupKind::Share {
            self.share.map(|_| ())
        } else {
            self.commits.map(|_| ())
        };
        let commits_failing = unlisted.is_some() || read.failing().is_some();
        self.place(numbers, patience, now);
        let partitions = self.places.clone();
        let records = partitions
            .iter()
            .filter_map(|place| place.lag.known())
            .fold(None, |sum, lag| Some(sum.unwrap_or(0_u64).saturating_add(lag)));
        let complete = !commits_failing
            // A share group of which nothing is told lacks nothing.
            && (read.value().is_some() || self.view.kind == GroupKind::Share)
            && !partitions.iter().any(|place| place.lag == Lag::Unread);
        if complete {
            self.settled = Some((now, records));
            self.watch_commits(now);
        }
        self.remember(records.filter(|_| complete), now);
        Group {
            name: self.view.name.clone(),
            kind: self.view.kind.clone(),
            state: self.view.state.clone(),
            coordinator: self.coordinator,
            listed_at: self.listed_at,
            unlisted,
            description: self.description.clone(),
            commits: read,
            lag: LagSum { records, complete },
            trend: Trend {
                slope: self.slope(),
                age: self.age(numbers, now),
                still: self.committed.map(|(_, since)| since.age(now)),
            },
            partitions,
        }
    }

    /// Brings each partition's place up to date. An end counts only if it was asked for after the commit
    /// was read: the other way round a busy group would seem to be ahead of its topic.
    fn place(&mut self, numbers: &NumberTable, patience: Span, now: At) {
        let mut lookup = Lookup::new(numbers);
        let mut places: Vec<GroupPartition> = Vec::new();
        if let Some(share) = self.share.value() {
            for place in share {
                let facts = lookup.numbers(&place.place.topic, place.place.partition);
                places.push(share_place(place, facts));
            }
        } else if let Some(commits) = self.commits.last() {
            places.reserve(commits.value.len());
            for (id, committed) in &commits.value {
                let facts = lookup.numbers(&id.topic, id.partition);
                let before = find(&self.places, places.len(), id);
                places.push(place_of(id, *committed, commits.at, facts, before, patience, now));
            }
        } else {
            return;
        }
        let committed = places.len();
        let assigned = self
            .description
            .value()
            .into_iter()
            .flat_map(|description| &description.members);
        for (topic, partitions) in assigned.filter_map(|member| member.assignment.as_ref()).flatten() {
            for partition in partitions {
                let id = PartitionId {
                    topic: topic.clone(),
                    partition: *partition,
                };
                // Members' partitions follow each other in another order than the commits do.
                if find(places.get(..committed).unwrap_or_default(), 0, &id).is_some() {
                    continue;
                }
                let facts = lookup.numbers(topic, *partition);
                places.push(GroupPartition {
                    topic: id.topic,
                    partition: id.partition,
                    committed: None,
                    end: facts.and_then(|facts| facts.end.value().copied()),
                    lag: Lag::NoCommit,
                    lost: 0,
                });
            }
        }
        if places.len() > committed {
            places.sort_by(by_place);
            places.dedup_by(|a, b| by_place(a, b) == Ordering::Equal);
        }
        self.places = places;
    }

    /// Keeps the complete sums of the last minute, and one older.
    fn remember(&mut self, complete: Option<u64>, now: At) {
        let Some(sum) = complete else {
            self.sums.clear();
            return;
        };
        if self
            .sums
            .back()
            .is_some_and(|(at, _)| at.age(now) < Span::seconds(1))
        {
            return;
        }
        self.sums.push_back((now, sum));
        while self.sums.get(1).is_some_and(|(at, _)| at.age(now) >= SLOPE_OVER) {
            self.sums.pop_front();
        }
    }

    fn watch_commits(&mut self, now: At) {
        let commits = self.places.iter().filter_map(|place| place.committed);
        let sum = commits.fold(0_i64, i64::saturating_add);
        if self.committed.is_none_or(|(known, _)| known != sum) {
            self.committed = Some((sum, now));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a slope for people")]
    fn slope(&self) -> Option<f64> {
        let ((from, first), (to, last)) = (self.sums.front()?, self.sums.back()?);
        let elapsed = from.age(*to);
        (elapsed >= SLOPE_LEAST).then(|| (*last as f64 - *first as f64) / elapsed.as_seconds())
    }

    fn age(&self, numbers: &NumberTable, now: At) -> Option<LagAge> {
        // Which of the records above its start offset a share group is done with is not told.
        if self.view.kind == GroupKind::Share {
            return None;
        }
        let mut lookup = Lookup::new(numbers);
        let behind = self
            .places
            .iter()
            .filter(|place| place.lag.known().is_some_and(|lag| lag > 0));
        let written = behind.filter_map(|place| {
            let facts = lookup.numbers(&place.topic, place.partition)?;
            facts.history.written(place.committed?)
        });
        let oldest = written.min_by_key(|written| match written {
            Written::About(at) | Written::Before(at) => *at,
        })?;
        Some(match oldest {
            Written::About(at) => LagAge::About(at.age(now)),
            Written::Before(at) => LagAge::AtLeast(at.age(now)),
        })
    }
}

/// Looks numbers up for partitions that stand by topic: each topic is then searched for once.
struct Lookup<'a> {
    numbers: &'a NumberTable,
    topic: Option<(Name, Option<&'a TopicNumbers>)>,
}

impl<'a> Lookup<'a> {
    fn new(numbers: &'a NumberTable) -> Self {
        Self { numbers, topic: None }
    }

    fn numbers(&mut self, topic: &Name, partition: i32) -> Option<&'a Numbers> {
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

fn by_place(a: &GroupPartition, b: &GroupPartition) -> Ordering {
    a.topic.cmp(&b.topic).then(a.partition.cmp(&b.partition))
}

/// The place of a partition, which as a rule is at the position `guess`.
fn find<'a>(places: &'a [GroupPartition], guess: usize, id: &PartitionId) -> Option<&'a GroupPartition> {
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
fn share_place(place: &SharePlace, facts: Option<&Numbers>) -> GroupPartition {
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

fn place_of(
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

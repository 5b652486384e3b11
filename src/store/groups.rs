//! Groups: who coordinates them, what they committed, how far they are behind.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::model::failure::{Failure, FailureKind};
use crate::model::group::{Description, Group, GroupKind, GroupPartition, Lag, LagAge, LagSum, Trend};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::observation::{Ask, Commits, GroupView, SharePlace};
use crate::model::reading::Reading;
use crate::model::snapshot::Groups;
use crate::model::text::Name;
use crate::model::time::{At, Span};

use super::ends::Written;
use super::offices::{Coordinators, Offices, SETTLED};
use super::partitions::NumberTable;
use super::places::{Lookup, by_place, find, place_of, share_place};

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
    offices: Offices,
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

    /// Whether what is new in a list is new, too, and not only found.
    pub fn is_settled(&self, now: At) -> bool {
        self.offices.is_settled(now)
    }

    /// Drops groups that complete lists lacked for a while, in which nobody took over from another.
    fn forget(&mut self, coordinators: &Coordinators) {
        let Some(since) = self.offices.whole_since() else {
            return;
        };
        let read = |id| Some(self.lists.get(id)?.last()?.at);
        // Compared with the lists, not with the clock: nothing goes while nobody is asked.
        let oldest = coordinators.brokers.iter().map(read).min().flatten();
        if let Some(oldest) = oldest {
            self.kept
                .retain(|_, kept| kept.listed_at.max(since).age(oldest) < SETTLED);
        }
    }

    /// Computes lags against the present ends, and the table as it is published. `gone` are brokers that
    /// do not answer; `coordinators` are those whose lists are needed for the table to be whole.
    pub fn publish(
        &mut self,
        numbers: &NumberTable,
        gone: &BTreeMap<BrokerId, Failure>,
        coordinators: &Coordinators,
        patience: Span,
        now: At,
    ) -> Groups {
        for (broker, why) in gone {
            self.lists.entry(*broker).or_default().fail(why.clone(), now);
        }
        let unread = |id: &&BrokerId| self.lists.get(id).is_none_or(|list| list.failing().is_some());
        let unlisted: Vec<BrokerId> = coordinators.brokers.iter().filter(unread).copied().collect();
        self.offices.take(coordinators, unlisted.is_empty(), now);
        self.forget(coordinators);
        let mut table = BTreeMap::new();
        for (name, kept) in &mut self.kept {
            let list = self.lists.get(&kept.coordinator);
            let unlisted = list.and_then(|list| kept.unlisted(list, patience));
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
    /// Why its coordinator does not tell of it.
    fn unlisted(&self, list: &Reading<()>, patience: Span) -> Option<Failure> {
        if let Some(failing) = list.failing() {
            return Some(failing.why.clone());
        }
        let missed = list
            .last()
            .is_some_and(|last| self.listed_at.age(last.at) > patience);
        missed.then(|| {
            let detail = format!(
                "broker {} lists it no more: another broker may be taking over, or the group is gone",
                self.coordinator
            );
            Failure::new(FailureKind::Answered, &detail)
        })
    }

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

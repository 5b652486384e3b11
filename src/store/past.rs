//! What is kept of the past: counts, the samples of the last hour, and what happened.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::broker::Broker;
use crate::model::cluster::Cluster;
use crate::model::fleet::Fleet;
use crate::model::history::STEP;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Source;
use crate::model::quorum::Quorum;
use crate::model::reading::Reading;
use crate::model::snapshot::Groups;
use crate::model::text::Name;
use crate::model::time::{At, Span};

use super::Store;
use super::chronicle::Moves;
use super::churn::Change;
use super::publish::Word;
use super::reconcile::{Agreed, find};
use super::recorder::Samples;

/// What changed in the accepted table, and when the newer one was read.
pub(super) struct Changes {
    moves: Moves,
    at: At,
}

/// What a publication is about to say.
#[derive(Clone, Copy)]
pub(super) struct Present<'a> {
    pub words: &'a [Word],
    pub brokers: &'a BTreeMap<BrokerId, Broker>,
    pub cluster: &'a Cluster,
    pub quorum: &'a Reading<Quorum>,
    pub groups: &'a Groups,
    pub sources: &'a [Source],
    pub fleet: &'a Fleet,
}

impl Store {
    /// Keeps what differs from the publication before, and ends a step of the history where one is over.
    pub(super) fn keep(&mut self, changes: Option<Changes>, present: Present<'_>, now: At) {
        let chronicle = &mut self.chronicle;
        // Lost brokers first: they are the causes of the rest.
        chronicle.brokers(present.brokers, now);
        chronicle.containers(present.fleet, now);
        chronicle.council(&present.cluster.controller, present.quorum, &self.ensemble, now);
        if let Some(changes) = changes {
            let denied = present.words.iter().flat_map(|word| &word.content.denied);
            let untold: BTreeSet<&Name> = denied.map(|(topic, _)| topic).collect();
            chronicle.table(changes.moves, &untold, changes.at);
        }
        chronicle.disputed(self.accepted.disputed, now);
        chronicle.groups(present.groups, self.groups.is_settled(now), now);
        chronicle.sources(present.sources, now);
        if self.recorder.is_due(now) {
            self.record(present.brokers, !present.groups.unlisted.is_empty(), now);
        }
    }

    /// Ends a step of the history. What was read no longer ago than the step, or than what is read at each refresh may be,
    /// counts as read in it.
    fn record(&mut self, brokers: &BTreeMap<BrokerId, Broker>, unlisted: bool, now: At) {
        let patience = Span(STEP.0.max(self.patience().0.saturating_mul(2)));
        let earliest = now.minus(patience);
        let table = self.accepted.read.fresh_value(now, patience).is_some();
        let (lag, groups) = self.groups.lags(earliest, unlisted);
        let mut rates = self.numbers.step(&self.accepted.topics, now, patience);
        rates.total = rates.total.filter(|_| table);
        let broker = |broker: &Broker| {
            let link = self.links.broker(broker.id);
            let round_trip = link.and_then(|link| link.round_trip_since(earliest));
            (
                broker.is_up(),
                round_trip.map(|round_trip| round_trip.as_secs_f32() * 1000.0),
            )
        };
        let samples = Samples {
            table,
            lag,
            groups,
            rates,
            brokers: brokers.values().map(|row| (row.id, broker(row))).collect(),
        };
        self.recorder.step(now, &samples);
    }

    /// Compares the accepted table with the next one: counts, and tells what changed.
    pub(super) fn compare(&mut self, topics: &BTreeMap<Name, Agreed>, at: At) -> Changes {
        let mut moves = Moves::default();
        for (name, agreed) in topics {
            let Some(before) = self.accepted.topics.get(name) else {
                moves.created.push(name.clone());
                continue;
            };
            if before.id != agreed.id {
                moves.recreated.push(name.clone());
                continue;
            }
            if before.partitions == agreed.partitions {
                continue;
            }
            if agreed.partitions.len() > before.partitions.len() {
                moves.grown.push(name.clone());
            }
            for view in agreed.partitions.iter() {
                let Some(old) = find(&before.partitions, view.index) else {
                    continue;
                };
                let lost = || old.isr.iter().copied().filter(|id| !view.isr.contains(id));
                let change = Change {
                    shrunk: lost().next().is_some(),
                    expanded: view.isr.iter().any(|id| !old.isr.contains(id)),
                    leader_changed: view.leader != old.leader && view.leader.is_some(),
                };
                let left = view.leader != old.leader && view.leader.is_none();
                if !(change.shrunk || change.expanded || change.leader_changed || left) {
                    continue;
                }
                let id = PartitionId {
                    topic: name.clone(),
                    partition: view.index,
                };
                moves.partition(&id, old, view);
                if change.shrunk {
                    self.recorder.shrank(name, lost());
                }
                if change.shrunk || change.expanded || change.leader_changed {
                    self.churn.count(id, change);
                }
            }
        }
        // As many as before, and none that is new: then none is gone.
        if self.accepted.topics.len() != topics.len() || !moves.created.is_empty() {
            let known = self.accepted.topics.keys();
            let gone = known.filter(|name| !topics.contains_key(*name));
            moves.deleted.extend(gone.cloned());
            self.churn.retain(|id| topics.contains_key(&id.topic));
        }
        Changes { moves, at }
    }
}

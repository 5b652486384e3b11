//! What rules look at: the subjects of one snapshot, each with its facts and with the brokers that explain them.

use std::collections::{BTreeMap, BTreeSet};

use super::berths::{self, Berth};
use super::expr::Fact;
use super::memory::{Memory, Watched};
use super::word::{Scope, Word};
use crate::health::{Cause, Class, Council, Health, Writes};
use crate::model::alert::Subject;
use crate::model::broker::Broker;
use crate::model::group::Group;
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::At;
use crate::model::topic::Topic;

/// What is wrong with a topic.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    pub offline: u32,
    pub under_replicated: u32,
    pub under_min_isr: u32,
    pub at_min_isr: u32,
    pub refused: u32,
    pub stalled: u32,
    pub shrinks: u32,
    pub worst_shrinks: u32,
    /// Brokers whose replicas are missing.
    pub blames: BTreeSet<BrokerId>,
}

/// One snapshot, made ready for all rules.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub snapshot: &'a Snapshot,
    pub health: &'a Health,
    pub memory: &'a Memory,
    pub now: At,
    /// Whether the partitions are read, and lately.
    pub read: bool,
    /// By topic, where anything is wrong.
    pub troubles: BTreeMap<&'a Name, Trouble>,
    /// Partitions that refuse writes, without those that always do.
    pub refused: u32,
    /// What the verdict is traced to, as far as it is brokers.
    pub causes: BTreeSet<BrokerId>,
}

/// One subject.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    Cluster,
    Quorum,
    Broker(&'a Broker),
    Topic(&'a Topic),
    Group(&'a Group),
    Container(&'a Berth),
    Source(&'a Watched),
}

impl Place<'_> {
    /// Its name as every sink has it.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Cluster => Subject::Cluster,
            Self::Quorum => Subject::Quorum,
            Self::Broker(broker) => Subject::Broker(broker.id),
            Self::Topic(topic) => Subject::Topic(topic.name.clone()),
            Self::Group(group) => Subject::Group(group.name.clone()),
            Self::Container(berth) => Subject::Container(berth.name.clone()),
            Self::Source(source) => Subject::Source(source.name.clone()),
        }
    }
}

impl<'a> Scene<'a> {
    /// Counts what rules ask for more than once.
    pub fn of(snapshot: &'a Snapshot, health: &'a Health, memory: &'a Memory) -> Self {
        let now = snapshot.now();
        let metadata = &snapshot.metadata.read;
        // Where every broker refuses, nothing runs: that is known, and not a failure to read.
        let all_refuse = metadata
            .failing()
            .is_some_and(|failing| failing.why.kind == crate::model::failure::FailureKind::Refused);
        let fresh = metadata.fresh_value(now, snapshot.times.patience).is_some();
        let mut scene = Self {
            snapshot,
            health,
            memory,
            now,
            read: fresh || (all_refuse && metadata.value().is_some()),
            troubles: BTreeMap::new(),
            refused: 0,
            causes: health.verdict.cause.iter().filter_map(node).collect(),
        };
        scene.count();
        scene
    }

    fn count(&mut self) {
        let snapshot = self.snapshot;
        for at_risk in &self.health.survey.at_risk {
            let Some(topic) = snapshot.topics.get(&at_risk.id.topic) else {
                continue;
            };
            let Some(partition) = snapshot.partition(&at_risk.id) else {
                continue;
            };
            let trouble = self.troubles.entry(&topic.name).or_default();
            let judged = at_risk.judged;
            let short = (judged.in_sync as usize) < partition.replicas.len();
            trouble.under_replicated += u32::from(short);
            trouble.offline += u32::from(judged.class == Class::Offline);
            trouble.under_min_isr += u32::from(judged.class == Class::UnderMinIsr);
            trouble.at_min_isr += u32::from(judged.class == Class::AtMinIsr);
            trouble.refused += u32::from(judged.writes == Writes::Refused);
            trouble.stalled += u32::from(judged.writes == Writes::Stalled);
            self.refused += u32::from(judged.writes == Writes::Refused);
            let gone = |id: &BrokerId| snapshot.broker(*id).is_some_and(|broker| !broker.is_up());
            let absent = partition.replicas.iter().copied().filter(gone);
            trouble.blames.extend(partition.missing().chain(absent));
        }
        for (id, churn) in &snapshot.churn.by_partition {
            let five = churn.shrinks.five;
            if five > 0
                && let Some(topic) = snapshot.topics.get(&id.topic)
            {
                let trouble = self.troubles.entry(&topic.name).or_default();
                trouble.shrinks += five;
                trouble.worst_shrinks = trouble.worst_shrinks.max(five);
            }
        }
    }

    /// The subjects of a scope, and whether they are all: one that is missing is then gone.
    pub fn places(&self, scope: Scope) -> (Vec<Place<'a>>, bool) {
        let snapshot = self.snapshot;
        match scope {
            Scope::Cluster => (vec![Place::Cluster], true),
            Scope::Quorum => (vec![Place::Quorum], true),
            Scope::Broker => (snapshot.brokers.values().map(Place::Broker).collect(), true),
            Scope::Topic => {
                let topics = snapshot.topics.values().map(|topic| Place::Topic(topic));
                (topics.collect(), self.read)
            }
            Scope::Group => {
                let groups = snapshot.groups.table.values().map(|group| Place::Group(group));
                let whole = snapshot.groups.read && snapshot.groups.unlisted.is_empty();
                (groups.collect(), whole)
            }
            Scope::Container => {
                let berths = self.memory.berths.known.iter().map(Place::Container);
                (berths.collect(), snapshot.fleet.answers())
            }
            Scope::Source => (self.memory.sources.iter().map(Place::Source).collect(), true),
        }
    }

    /// The brokers that explain what is wrong with a subject; empty where nothing is known to.
    pub fn blames(&self, place: Place<'_>) -> BTreeSet<BrokerId> {
        match place {
            Place::Cluster => self.causes.clone(),
            Place::Quorum => self.health.council.lost().iter().filter_map(node).collect(),
            Place::Broker(broker) => BTreeSet::from([broker.id]),
            Place::Topic(topic) => self
                .troubles
                .get(&topic.name)
                .map(|trouble| trouble.blames.clone())
                .unwrap_or_default(),
            Place::Group(group) => self.blamed_for_group(group),
            Place::Container(berth) => berth.brokers().collect(),
            Place::Source(source) => source.brokers.iter().copied().collect(),
        }
    }

    /// A group stands still where its coordinator is gone, or where what it reads is offline.
    fn blamed_for_group(&self, group: &Group) -> BTreeSet<BrokerId> {
        let mut blames = BTreeSet::new();
        let up = |id| self.snapshot.broker(id).is_none_or(Broker::is_up);
        if !up(group.coordinator) {
            blames.insert(group.coordinator);
        }
        let topics: BTreeSet<&Name> = group
            .partitions
            .iter()
            .map(|partition| &partition.topic)
            .collect();
        for topic in topics {
            let trouble = self.troubles.get(topic).filter(|trouble| trouble.offline > 0);
            blames.extend(trouble.iter().flat_map(|trouble| &trouble.blames));
        }
        blames
    }

    /// What is known of a word for this subject.
    pub fn fact<'f>(&'f self, place: Place<'f>, word: Word) -> Fact<'f> {
        use super::facts;
        match (word.entry().scope, place) {
            (Scope::Cluster, _) => facts::cluster(self, word),
            (Scope::Quorum, _) => facts::quorum(self, word),
            (Scope::Broker, Place::Broker(broker)) => facts::broker(self, broker, word),
            (Scope::Topic, Place::Topic(topic)) => facts::topic(self, topic, word),
            (Scope::Group, Place::Group(group)) => facts::group(self, group, word),
            (Scope::Container, Place::Container(berth)) => berths::fact(self, berth, word),
            (Scope::Source, Place::Source(source)) => facts::source(self, source, word),
            // The reader of conditions lets no rule name what its subject does not have.
            _ => Fact::Unknown,
        }
    }

    /// Whether a majority of those who elect is known to be there or not.
    pub fn council(&self) -> &Council {
        &self.health.council
    }
}

fn node(cause: &Cause) -> Option<BrokerId> {
    match cause {
        Cause::Broker(id) | Cause::Controller(id) => Some(*id),
        Cause::ZooKeeper(_) => None,
    }
}

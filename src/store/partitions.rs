//! What is read of partitions beside the metadata: offsets, sizes, min ISR; kept by topic id.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::{BrokerId, TopicId};
use crate::model::observation::{Offsets, PartitionView, ReplicaSizes};
use crate::model::reading::{Failing, Reading};
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::model::topic::{Partition, Topic};

use super::ends::EndHistory;
use super::reconcile::{Agreed, find};
use super::settings::{KeptSettings, SettingMoves, SettingsRead};

/// Both moments of a read of offsets: asked and answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadAt {
    pub asked: At,
    pub at: At,
}

/// What is kept of one partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    pub start: Reading<i64>,
    pub end: Reading<i64>,
    /// When the newest good end was asked for.
    pub end_asked: Option<At>,
    pub history: EndHistory,
    /// The two newest intervals in which the high watermark was seen to move, the newest first. The older
    /// one can be confirmed by a view asked for after it, also while the watermark moves all the time.
    advances: [Option<(At, At)>; 2],
    bytes: Option<u64>,
}

/// What is kept of one topic.
#[derive(Clone, Debug, Default)]
pub(super) struct TopicNumbers {
    id: Option<TopicId>,
    min_isr: Reading<i32>,
    settings: KeptSettings,
    /// By partition number, as the accepted table has them.
    partitions: Vec<(i32, Numbers)>,
}

impl TopicNumbers {
    /// Where a partition stands: as a rule at the place of its number.
    fn place(&self, partition: i32) -> Option<usize> {
        let guess = usize::try_from(partition).ok()?;
        match self.partitions.get(guess) {
            Some((index, _)) if *index == partition => Some(guess),
            _ => self
                .partitions
                .binary_search_by_key(&partition, |(index, _)| *index)
                .ok(),
        }
    }

    /// The numbers of a partition.
    pub fn partition(&self, partition: i32) -> Option<&Numbers> {
        Some(&self.partitions.get(self.place(partition)?)?.1)
    }

    fn partition_mut(&mut self, partition: i32) -> Option<&mut Numbers> {
        let place = self.place(partition)?;
        Some(&mut self.partitions.get_mut(place)?.1)
    }

    /// Brings the partitions in line with those of the accepted table.
    fn follow(&mut self, agreed: &Agreed) {
        let indexes = || agreed.partitions.iter().map(|view| view.index);
        if self.partitions.len() == agreed.partitions.len()
            && self.partitions.iter().map(|(index, _)| *index).eq(indexes())
        {
            return;
        }
        let mut known: BTreeMap<i32, Numbers> = std::mem::take(&mut self.partitions).into_iter().collect();
        self.partitions = indexes()
            .map(|index| (index, known.remove(&index).unwrap_or_default()))
            .collect();
    }
}

/// Records per second that come in; `None` where a partition that has a leader was not read twice.
#[derive(Debug, PartialEq)]
pub(super) struct Rates {
    pub total: Option<f64>,
    pub topics: BTreeMap<Name, Option<f64>>,
    /// Of brokers that lead anything.
    pub brokers: BTreeMap<BrokerId, Option<f64>>,
}

/// Numbers of all topics.
#[derive(Debug, Default)]
pub(super) struct NumberTable(BTreeMap<Name, TopicNumbers>);

impl NumberTable {
    /// Brings the table in line with the accepted topics: gone ones go, those made anew start anew.
    pub fn follow(&mut self, topics: &BTreeMap<Name, Agreed>) {
        self.0.retain(|name, _| topics.contains_key(name));
        for (name, agreed) in topics {
            let numbers = self.0.entry(name.clone()).or_default();
            if numbers.id.is_some() && numbers.id != agreed.id {
                numbers.partitions.clear();
                numbers.settings = KeptSettings::default();
            }
            numbers.id = agreed.id;
            numbers.follow(agreed);
        }
    }

    /// The numbers of a topic.
    pub fn topic(&self, topic: &Name) -> Option<&TopicNumbers> {
        self.0.get(topic)
    }

    pub fn min_isr(&mut self, read: BTreeMap<Name, Result<i32, Failure>>, at: At) {
        for (name, result) in read {
            let Some(topic) = self.0.get_mut(&name) else {
                continue;
            };
            match result {
                Ok(value) => topic.min_isr.succeed(value, at),
                Err(why) => topic.min_isr.fail(why, at),
            }
        }
    }

    /// Topics whose own min ISR we are denied.
    pub fn denied(&self) -> impl Iterator<Item = (&Name, &Failure)> {
        self.0
            .iter()
            .filter_map(|(name, topic)| Some((name, topic.min_isr.denied()?)))
    }

    pub fn min_isr_failed(&mut self, why: &Failure, at: At) {
        for topic in self.0.values_mut() {
            topic.min_isr.fail(why.clone(), at);
            topic.settings.fail(why, at);
        }
    }

    /// Takes settings that `broker` told, and says what differs from before.
    pub fn settings(&mut self, broker: BrokerId, read: SettingsRead, at: At) -> SettingMoves {
        let mut moves = SettingMoves::new();
        for (name, result) in read {
            if let Some(topic) = self.0.get_mut(&name) {
                topic.settings.take(&name, result, broker, at, &mut moves);
            }
        }
        moves
    }

    pub fn settings_failed(&mut self, why: &Failure, at: At) {
        for topic in self.0.values_mut() {
            topic.settings.fail(why, at);
        }
    }

    /// Takes high watermarks from `broker`, of those partitions that it leads by the accepted table.
    pub fn ends(&mut self, topics: &BTreeMap<Name, Agreed>, broker: BrokerId, ends: &Offsets, read: ReadAt) {
        self.offsets(topics, broker, ends, |numbers, result| match result {
            Ok(end) => {
                if let Some(last) = numbers.end.last()
                    && *end > last.value
                    && numbers.end.failing().is_none()
                {
                    let [newest, _] = numbers.advances;
                    numbers.advances = [Some((last.at, read.at)), newest];
                }
                numbers.history.push(read.at, *end);
                numbers.end.succeed(*end, read.at);
                numbers.end_asked = Some(read.asked);
            }
            Err(why) => {
                numbers.history.gap();
                numbers.end.fail(why.clone(), read.at);
            }
        });
    }

    /// Takes first offsets from `broker`, of those partitions that it leads by the accepted table.
    pub fn starts(&mut self, topics: &BTreeMap<Name, Agreed>, broker: BrokerId, starts: &Offsets, at: At) {
        self.offsets(topics, broker, starts, |numbers, result| match result {
            Ok(start) => numbers.start.succeed(*start, at),
            Err(why) => numbers.start.fail(why.clone(), at),
        });
    }

    fn offsets(
        &mut self,
        topics: &BTreeMap<Name, Agreed>,
        broker: BrokerId,
        offsets: &Offsets,
        mut take: impl FnMut(&mut Numbers, &Result<i64, Failure>),
    ) {
        for (name, partitions) in offsets {
            let (Some(topic), Some(agreed)) = (self.0.get_mut(name), topics.get(name)) else {
                continue;
            };
            for (index, result) in partitions {
                let leads = find(&agreed.partitions, *index).is_some_and(|view| view.leader == Some(broker));
                if leads && let Some(numbers) = topic.partition_mut(*index) {
                    take(numbers, result);
                }
            }
        }
    }

    /// Takes replica sizes from `broker`, of those partitions that it leads by the accepted table.
    pub fn sizes(&mut self, topics: &BTreeMap<Name, Agreed>, broker: BrokerId, sizes: &ReplicaSizes) {
        for (name, partitions) in sizes {
            let (Some(topic), Some(agreed)) = (self.0.get_mut(name), topics.get(name)) else {
                continue;
            };
            for (index, bytes) in partitions {
                let leads = find(&agreed.partitions, *index).is_some_and(|view| view.leader == Some(broker));
                if leads && let Some(numbers) = topic.partition_mut(*index) {
                    numbers.bytes = Some(*bytes);
                }
            }
        }
    }

    /// Marks the ends as failing of every partition whose leader `failing` names a reason for.
    pub fn fail_ends(
        &mut self,
        topics: &BTreeMap<Name, Agreed>,
        failing: &BTreeMap<BrokerId, Arc<Failing>>,
        now: At,
    ) {
        let no_leader = Arc::new(Failing {
            since: now,
            why: Failure::new(FailureKind::NotAsked, "the partition has no leader to ask"),
        });
        for (name, agreed) in topics {
            let Some(topic) = self.0.get_mut(name) else {
                continue;
            };
            for view in agreed.partitions.iter() {
                let why = match view.leader {
                    None => Some(&no_leader),
                    Some(leader) => failing.get(&leader),
                };
                if let Some(why) = why
                    && let Some(numbers) = topic.partition_mut(view.index)
                {
                    numbers.history.gap();
                    numbers.end.fail_with(why);
                }
            }
        }
    }

    /// Silent brokers that are seen to replicate: a high watermark moved, wholly after `silent` says that
    /// they fell silent, on a partition whose ISR names them and was read from its leader after the move.
    /// A high watermark cannot pass a member of the ISR that does not fetch (`Partition.maybeIncrementLeaderHW`).
    pub fn replicating(
        &self,
        topics: &BTreeMap<Name, Agreed>,
        silent: &BTreeMap<BrokerId, At>,
        viewed_asked: &BTreeMap<BrokerId, At>,
    ) -> Vec<BrokerId> {
        const MARGIN: Span = Span::seconds(1);
        let mut seen = Vec::new();
        if silent.is_empty() {
            return seen;
        }
        for (name, agreed) in topics {
            let Some(topic) = self.0.get(name) else { continue };
            for view in agreed.partitions.iter() {
                let Some(numbers) = topic.partition(view.index) else {
                    continue;
                };
                let asked = view.leader.and_then(|leader| viewed_asked.get(&leader));
                for (broker, since) in silent {
                    let replicates = numbers.advances.iter().flatten().any(|(from, to)| {
                        *from >= since.plus(MARGIN) && asked.is_some_and(|asked| asked >= to)
                    });
                    let member = view.leader != Some(*broker) && view.isr.contains(broker);
                    if member && replicates && !seen.contains(broker) {
                        seen.push(*broker);
                    }
                }
            }
        }
        seen
    }

    /// Ends a step of the history: the rates of records coming in.
    pub fn step(&mut self, topics: &BTreeMap<Name, Agreed>, now: At, patience: Span) -> Rates {
        let mut rates = Rates {
            total: Some(0.0),
            topics: BTreeMap::new(),
            brokers: BTreeMap::new(),
        };
        for (name, agreed) in topics {
            let mut of_topic = Some(0.0);
            let mut numbers = self.0.get_mut(name);
            for view in agreed.partitions.iter() {
                // Without a leader a partition takes no records.
                let Some(leader) = view.leader else { continue };
                let numbers = numbers
                    .as_deref_mut()
                    .and_then(|topic| topic.partition_mut(view.index));
                let rate = numbers.and_then(|numbers| numbers.history.step(now, patience));
                of_topic = of_topic.zip(rate).map(|(sum, rate)| sum + rate);
                let of_leader = rates.brokers.entry(leader).or_insert(Some(0.0));
                *of_leader = of_leader.zip(rate).map(|(sum, rate)| sum + rate);
            }
            rates.total = rates.total.zip(of_topic).map(|(sum, rate)| sum + rate);
            rates.topics.insert(name.clone(), of_topic);
        }
        rates
    }

    /// The topics as they are published.
    pub fn topics(&self, topics: &BTreeMap<Name, Agreed>) -> BTreeMap<Name, Arc<Topic>> {
        let build = |(name, agreed): (&Name, &Agreed)| {
            let numbers = self.0.get(name);
            let partitions = agreed.partitions.iter();
            let topic = Topic {
                name: name.clone(),
                id: agreed.id,
                min_isr: numbers.map(|numbers| numbers.min_isr.clone()).unwrap_or_default(),
                settings: numbers
                    .map(|numbers| numbers.settings.reading())
                    .unwrap_or_default(),
                partitions: partitions
                    .map(|view| partition(view, numbers.and_then(|all| all.partition(view.index))))
                    .collect(),
            };
            (name.clone(), Arc::new(topic))
        };
        topics.iter().map(build).collect()
    }
}

fn partition(view: &Arc<PartitionView>, numbers: Option<&Numbers>) -> Partition {
    Partition {
        view: Arc::clone(view),
        start: numbers.map(|numbers| numbers.start.clone()).unwrap_or_default(),
        end: numbers.map(|numbers| numbers.end.clone()).unwrap_or_default(),
        rate: numbers.and_then(|numbers| numbers.history.rate()),
        bytes: numbers.and_then(|numbers| numbers.bytes),
    }
}

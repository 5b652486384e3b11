//! From what is known at the end of each step to the series of the last hour.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::history::{BrokerHistory, ClusterHistory, History, STEP, STEPS, Series, TopicHistory};
use crate::model::ids::BrokerId;
use crate::model::text::Name;
use crate::model::time::{At, Span};

use super::partitions::Rates;

/// What was read in one step; whatever was not is `None` or left out.
#[derive(Debug)]
pub(super) struct Samples {
    /// Whether the partition table was read, so that what shrank was seen.
    pub table: bool,
    /// What all groups are behind, where every one is complete.
    pub lag: Option<u64>,
    /// What each group is behind.
    pub groups: BTreeMap<Name, Option<u64>>,
    /// Records coming in.
    pub rates: Rates,
    /// Every known broker: whether it is up, and its round trip in milliseconds.
    pub brokers: BTreeMap<BrokerId, (bool, Option<f32>)>,
}

/// What was counted in the step that is running.
#[derive(Debug, Default)]
struct Counts {
    total: u32,
    topics: BTreeMap<Name, u32>,
    brokers: BTreeMap<BrokerId, u32>,
}

/// The history as it is published, and the step that is running.
#[derive(Debug)]
pub(super) struct Recorder {
    /// The end of the newest step that is over.
    until: At,
    running: Counts,
    published: Arc<History>,
}

impl Recorder {
    /// The first step is the first whole one.
    pub fn new(started: At) -> Self {
        let step = i64::try_from(STEP.0).unwrap_or(i64::MAX);
        Self {
            until: At(started.0.div_euclid(step).saturating_add(1).saturating_mul(step)),
            running: Counts::default(),
            published: Arc::default(),
        }
    }

    /// Counts an ISR of a topic that lost these brokers.
    pub fn shrank(&mut self, topic: &Name, lost: impl Iterator<Item = BrokerId>) {
        self.running.total += 1;
        *self.running.topics.entry(topic.clone()).or_default() += 1;
        for broker in lost {
            *self.running.brokers.entry(broker).or_default() += 1;
        }
    }

    /// Whether a step is over.
    pub fn is_due(&self, now: At) -> bool {
        now >= self.until.plus(STEP)
    }

    /// Ends the steps that are over: the newest has these samples, of others before it nothing is known.
    pub fn step(&mut self, now: At, samples: &Samples) {
        let steps = self.until.age(now).0 / STEP.0;
        if steps == 0 {
            return;
        }
        self.until = self.until.plus(Span(STEP.0.saturating_mul(steps)));
        let missed = usize::try_from(steps - 1).unwrap_or(STEPS);
        let next = Next {
            missed,
            samples,
            counts: std::mem::take(&mut self.running),
        };
        self.published = Arc::new(next.history(&self.published, self.until));
    }

    /// The history as every sink shows it.
    pub fn history(&self) -> Arc<History> {
        Arc::clone(&self.published)
    }
}

/// How one history becomes the next.
struct Next<'a> {
    missed: usize,
    samples: &'a Samples,
    counts: Counts,
}

impl Next<'_> {
    fn history(&self, before: &History, until: At) -> History {
        let samples = self.samples;
        History {
            until: Some(until),
            cluster: ClusterHistory {
                lag: self.then(&before.cluster.lag, samples.lag.map(records)),
                shrinks: self.then(&before.cluster.shrinks, self.counted(Some(&self.counts.total))),
                records_in: self.then(&before.cluster.records_in, samples.rates.total.map(rate)),
            },
            topics: self.topics(before),
            brokers: self.brokers(before),
            groups: self.groups(before),
        }
    }

    fn then(&self, series: &Series, sample: Option<f32>) -> Series {
        series.then(self.missed, sample)
    }

    /// A count of what is seen in the table only; nothing where the table was not read.
    #[expect(clippy::cast_precision_loss, reason = "a count for people")]
    fn counted(&self, count: Option<&u32>) -> Option<f32> {
        self.samples.table.then(|| count.copied().unwrap_or(0) as f32)
    }

    /// Topics that are gone have no history any more.
    fn topics(&self, before: &History) -> BTreeMap<Name, TopicHistory> {
        let none = TopicHistory::default();
        let topic = |(name, rate_in): (&Name, &Option<f64>)| {
            let known = before.topics.get(name).unwrap_or(&none);
            let topic = TopicHistory {
                shrinks: self.then(&known.shrinks, self.counted(self.counts.topics.get(name))),
                records_in: self.then(&known.records_in, rate_in.map(rate)),
            };
            (name.clone(), topic)
        };
        self.samples.rates.topics.iter().map(topic).collect()
    }

    fn brokers(&self, before: &History) -> BTreeMap<BrokerId, BrokerHistory> {
        let none = BrokerHistory::default();
        let broker = |(id, (up, round_trip)): (&BrokerId, &(bool, Option<f32>))| {
            let known = before.brokers.get(id).unwrap_or(&none);
            // That a broker which is up leads nothing was read; of one that is not, nothing was.
            let leads = self.samples.rates.brokers.get(id).copied();
            let records_in = leads.unwrap_or(Some(0.0).filter(|_| *up && self.samples.table));
            let broker = BrokerHistory {
                shrinks: self.then(&known.shrinks, self.counted(self.counts.brokers.get(id))),
                records_in: self.then(&known.records_in, records_in.map(rate)),
                round_trip: self.then(&known.round_trip, *round_trip),
            };
            (*id, broker)
        };
        self.samples.brokers.iter().map(broker).collect()
    }

    fn groups(&self, before: &History) -> BTreeMap<Name, Series> {
        let none = Series::default();
        let group = |(name, lag): (&Name, &Option<u64>)| {
            let known = before.groups.get(name).unwrap_or(&none);
            (name.clone(), self.then(known, lag.map(records)))
        };
        self.samples.groups.iter().map(group).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "drawn, not counted with")]
fn records(records: u64) -> f32 {
    records as f32
}

#[expect(clippy::cast_possible_truncation, reason = "drawn, not counted with")]
fn rate(rate: f64) -> f32 {
    rate as f32
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// What was read of so many topics, brokers and groups.
    fn samples(topics: u32, brokers: i32, groups: u32) -> Samples {
        Samples {
            table: true,
            lag: Some(7),
            groups: (0..groups)
                .map(|group| (Name::from(format!("g{group}")), Some(3)))
                .collect(),
            rates: Rates {
                total: Some(2.0),
                topics: (0..topics)
                    .map(|topic| (Name::from(format!("t{topic}")), Some(1.0)))
                    .collect(),
                brokers: (0..brokers).map(|id| (BrokerId(id), Some(1.0))).collect(),
            },
            brokers: (0..brokers).map(|id| (BrokerId(id), (true, Some(0.5)))).collect(),
        }
    }

    fn all(series: &Series) -> Vec<Option<f32>> {
        series.iter().collect()
    }

    /// A recorder with a whole hour of so many topics, brokers and groups.
    fn full(topics: u32, brokers: i32, groups: u32) -> Recorder {
        let hour = || (0..STEPS).map(|_| Some(1.0)).collect::<Series>();
        let history = History {
            until: Some(At(3_600_000)),
            cluster: ClusterHistory {
                lag: hour(),
                shrinks: hour(),
                records_in: hour(),
            },
            topics: (0..topics)
                .map(|topic| {
                    let history = TopicHistory {
                        shrinks: hour(),
                        records_in: hour(),
                    };
                    (Name::from(format!("t{topic}")), history)
                })
                .collect(),
            brokers: (0..brokers)
                .map(|id| {
                    let history = BrokerHistory {
                        shrinks: hour(),
                        records_in: hour(),
                        round_trip: hour(),
                    };
                    (BrokerId(id), history)
                })
                .collect(),
            groups: (0..groups)
                .map(|group| (Name::from(format!("g{group}")), hour()))
                .collect(),
        };
        Recorder {
            until: At(3_600_000),
            running: Counts::default(),
            published: Arc::new(history),
        }
    }

    #[test]
    fn an_hour_of_the_largest_cluster_takes_seven_megabytes_and_no_more_later() {
        let mut recorder = full(500, 60, 1_000);
        let bytes = recorder.history().bytes();
        assert!((6_000_000..7_000_000).contains(&bytes), "{bytes} bytes");
        recorder.step(At(3_605_000), &samples(500, 60, 1_000));
        assert_eq!(recorder.history().bytes(), bytes);
        recorder.step(At(7_205_000), &samples(500, 60, 1_000));
        assert_eq!(recorder.history().bytes(), bytes, "after an hour without a word");
    }

    #[test]
    fn nothing_is_made_anew_before_a_step_is_over() {
        let mut recorder = Recorder::new(At(1_000));
        let samples = samples(1, 1, 1);
        assert!(!recorder.is_due(At(9_999)), "the first step is a whole one");
        assert!(recorder.is_due(At(10_000)));
        recorder.step(At(10_300), &samples);
        let before = recorder.history();
        assert_eq!(before.until, Some(At(10_000)));
        recorder.step(At(14_900), &samples);
        assert!(Arc::ptr_eq(&before, &recorder.history()));
    }

    #[test]
    fn what_was_not_read_is_a_gap_and_counts_are_of_the_step_in_which_they_were_seen() {
        let mut recorder = Recorder::new(At(0));
        let topic = Name::from("t0");
        recorder.shrank(&topic, [BrokerId(0)].into_iter());
        recorder.shrank(&topic, [BrokerId(0), BrokerId(9)].into_iter());
        recorder.step(At(10_000), &samples(1, 1, 1));
        let unread = Samples {
            table: false,
            lag: None,
            groups: [(Name::from("g0"), None)].into(),
            rates: Rates {
                total: None,
                topics: [(topic.clone(), None)].into(),
                brokers: BTreeMap::new(),
            },
            brokers: [(BrokerId(0), (false, None))].into(),
        };
        recorder.step(At(15_000), &unread);
        // Two steps went by while nothing was published.
        recorder.step(At(30_000), &samples(1, 1, 1));
        let history = recorder.history();
        let gapped = |one: f32, last: f32| vec![Some(one), None, None, None, Some(last)];
        assert_eq!(all(&history.cluster.shrinks), gapped(2.0, 0.0));
        assert_eq!(all(&history.topics[&topic].shrinks), gapped(2.0, 0.0));
        assert_eq!(all(&history.brokers[&BrokerId(0)].shrinks), gapped(2.0, 0.0));
        assert_eq!(all(&history.brokers[&BrokerId(0)].records_in), gapped(1.0, 1.0));
        assert_eq!(all(&history.brokers[&BrokerId(0)].round_trip), gapped(0.5, 0.5));
        assert_eq!(all(&history.groups["g0"]), gapped(3.0, 3.0));
        assert_eq!(all(&history.cluster.lag), gapped(7.0, 7.0));
    }

    #[test]
    fn what_is_gone_has_no_history_and_a_broker_that_leads_nothing_takes_no_records() {
        let mut recorder = Recorder::new(At(0));
        recorder.step(At(10_000), &samples(2, 2, 2));
        let mut fewer = samples(1, 2, 1);
        fewer.rates.brokers.remove(&BrokerId(1));
        recorder.step(At(15_000), &fewer);
        let history = recorder.history();
        assert_eq!((history.topics.len(), history.groups.len()), (1, 1));
        assert_eq!(
            all(&history.brokers[&BrokerId(1)].records_in),
            [Some(1.0), Some(0.0)]
        );
    }
}

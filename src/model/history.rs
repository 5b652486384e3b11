//! What the last hour looked like: a sample each 5 s of what is worth a sparkline.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ids::BrokerId;
use super::text::Name;
use super::time::{At, Span};

/// The time between two samples, the same for every series. Steps end at whole multiples of it, on the wall clock.
pub const STEP: Span = Span::seconds(5);

/// The most samples of a series: one hour.
pub const STEPS: usize = 720;

/// Samples of one number, the newest last, one for each [`STEP`].
///
/// A sample is `None` where the number was not read: that is neither zero nor what stands beside it. Samples are of
/// 32 bits, exact up to 16 million and good to seven digits above: they are drawn, the present number stands elsewhere.
#[derive(Clone, Debug)]
pub struct Series {
    /// A gap is NaN, so that a sample takes four bytes.
    samples: Arc<[f32]>,
}

/// Equal where samples and gaps are equal.
impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.samples, &other.samples) || self.iter().eq(other.iter())
    }
}

impl Default for Series {
    fn default() -> Self {
        Self {
            samples: Arc::from([]),
        }
    }
}

impl FromIterator<Option<f32>> for Series {
    /// The last [`STEPS`] of the samples, the newest last.
    fn from_iter<I: IntoIterator<Item = Option<f32>>>(samples: I) -> Self {
        let all: Vec<f32> = samples
            .into_iter()
            .map(|sample| sample.unwrap_or(f32::NAN))
            .collect();
        let kept = all.get(all.len().saturating_sub(STEPS)..).unwrap_or_default();
        Self {
            samples: Arc::from(kept),
        }
    }
}

impl Series {
    /// This series and one more sample, after `missed` steps of which nothing is known.
    #[must_use]
    pub fn then(&self, missed: usize, sample: Option<f32>) -> Self {
        let missed = missed.min(STEPS - 1);
        let kept = self.samples.len().min(STEPS - 1 - missed);
        let old = self.samples.get(self.samples.len() - kept..).unwrap_or_default();
        let gap = std::iter::repeat_n(f32::NAN, missed);
        let samples = old.iter().copied().chain(gap).chain([sample.unwrap_or(f32::NAN)]);
        Self {
            samples: samples.collect(),
        }
    }

    /// How many steps it reaches back.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether it holds no step at all.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// All samples, the newest last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Option<f32>> + ExactSizeIterator + '_ {
        self.samples
            .iter()
            .map(|sample| (!sample.is_nan()).then_some(*sample))
    }

    /// The sample of the newest step; `None` where there is none.
    pub fn last(&self) -> Option<f32> {
        self.iter().next_back().flatten()
    }

    /// The samples of the last `span`, the newest last: always as many as the span has steps. Before the series began
    /// there are gaps.
    pub fn window(&self, span: Span) -> impl DoubleEndedIterator<Item = Option<f32>> + '_ {
        let steps = steps_in(span);
        let known = steps.min(self.samples.len());
        let before = std::iter::repeat_n(None, steps - known);
        before.chain(self.iter().skip(self.samples.len() - known))
    }

    /// The sum over the last `span` of what was read; `None` where nothing was.
    pub fn sum(&self, span: Span) -> Option<f32> {
        let known = self.window(span).flatten();
        known.fold(None, |sum, sample| Some(sum.unwrap_or(0.0) + sample))
    }

    /// Bytes on the heap, for the bound on what an hour takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.samples) + 2 * size_of::<usize>()
    }
}

/// The steps of a span, at least one and at most [`STEPS`].
fn steps_in(span: Span) -> usize {
    usize::try_from(span.0.div_ceil(STEP.0)).map_or(STEPS, |steps| steps.clamp(1, STEPS))
}

/// What one column says of the several steps that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their mean: of rates and lags.
    Mean,
    /// The highest: of round trips.
    Max,
    /// Their sum: of counts.
    Sum,
}

impl Fold {
    /// The value of one column; a gap where fewer than half of its steps were read.
    #[expect(clippy::cast_precision_loss, reason = "a column stands for some steps")]
    fn column(self, steps: &[Option<f32>]) -> Option<f32> {
        let known = || steps.iter().flatten().copied();
        let count = known().count();
        if count == 0 || count * 2 < steps.len() {
            return None;
        }
        Some(match self {
            Self::Mean => known().sum::<f32>() / count as f32,
            Self::Max => known().fold(f32::MIN, f32::max),
            Self::Sum => known().sum(),
        })
    }
}

/// The series of the cluster as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterHistory {
    /// Records that all groups together are behind; a sample only where every group's lag was complete.
    pub lag: Series,
    /// ISRs that lost replicas, in each step.
    pub shrinks: Series,
    /// Records appended per second; a sample only where every partition that has a leader was read twice.
    pub records_in: Series,
}

/// The series of one topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicHistory {
    /// ISRs of it that lost replicas, in each step.
    pub shrinks: Series,
    /// Records appended per second.
    pub records_in: Series,
}

/// The series of one broker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerHistory {
    /// ISRs that lost this broker, in each step.
    pub shrinks: Series,
    /// Records appended per second to the partitions that it leads.
    pub records_in: Series,
    /// The round trip of a small request, in milliseconds.
    pub round_trip: Series,
}

/// The last hour, made anew when a step is over and shared until the next one is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The end of the newest step, a whole multiple of [`STEP`]; `None` before the first step is over.
    pub until: Option<At>,
    /// Of the cluster as a whole.
    pub cluster: ClusterHistory,
    /// Of each topic.
    pub topics: BTreeMap<Name, TopicHistory>,
    /// Of each broker.
    pub brokers: BTreeMap<BrokerId, BrokerHistory>,
    /// Records that each group is behind; a sample only where its sum was complete.
    pub groups: BTreeMap<Name, Series>,
}

impl History {
    /// `series` over the last `span` as `width` columns, the newest last.
    ///
    /// Each column stands for the same number of steps, and always for the same ones: while time goes on a column moves
    /// to the left and keeps its value. So the newest column is a whole one only at times, and the columns reach back
    /// as far as the span or a little further.
    pub fn columns(&self, series: &Series, span: Span, width: usize, fold: Fold) -> Vec<Option<f32>> {
        let width = width.clamp(1, STEPS);
        let each = steps_in(span).div_ceil(width);
        let until = self
            .until
            .map_or(0, |until| until.0.max(0).unsigned_abs() / STEP.0);
        let number = usize::try_from(until).unwrap_or(0);
        // The steps of the newest column that are over.
        let newest = match number % each {
            0 => each,
            begun => begun,
        };
        let samples: Vec<Option<f32>> = series.iter().collect();
        let mut columns = Vec::with_capacity(width);
        let (mut rest, mut take) = (samples.as_slice(), newest);
        while columns.len() < width {
            let (before, column) = rest.split_at(rest.len().saturating_sub(take));
            columns.push(fold.column(column));
            (rest, take) = (before, each);
        }
        columns.reverse();
        columns
    }

    /// ISRs that lost replicas in the last minute, as far as it was watched.
    pub fn shrinks_last_minute(&self) -> Option<f32> {
        self.cluster.shrinks.sum(Span::seconds(60))
    }

    /// Bytes on the heap, without the names, which are shared.
    pub fn bytes(&self) -> usize {
        const ENTRY: usize = 3 * size_of::<usize>();
        let cluster = [&self.cluster.lag, &self.cluster.shrinks, &self.cluster.records_in];
        let topics = self
            .topics
            .values()
            .flat_map(|topic| [&topic.shrinks, &topic.records_in]);
        let brokers = self.brokers.values();
        let brokers = brokers.flat_map(|broker| [&broker.shrinks, &broker.records_in, &broker.round_trip]);
        let all = cluster
            .into_iter()
            .chain(topics)
            .chain(brokers)
            .chain(self.groups.values());
        let series = all
            .map(|series| series.bytes() + size_of::<Series>())
            .sum::<usize>();
        series + ENTRY * (self.topics.len() + self.brokers.len() + self.groups.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(samples: &[Option<u8>]) -> Series {
        samples.iter().map(|sample| sample.map(f32::from)).collect()
    }

    #[test]
    fn a_series_holds_one_hour_and_a_gap_stays_a_gap() {
        let mut long = Series::default();
        for sample in 0..1_000_u16 {
            long = long.then(0, Some(f32::from(sample)));
        }
        assert_eq!((long.len(), long.last()), (STEPS, Some(999.0)));
        assert_eq!(long.iter().next(), Some(Some(280.0)));
        let gapped = series(&[Some(1)]).then(2, Some(4.0)).then(0, None);
        assert_eq!(gapped, series(&[Some(1), None, None, Some(4), None]));
        assert_eq!(gapped.last(), None);
        assert_eq!(
            long.then(100_000, Some(1.0)).iter().flatten().collect::<Vec<_>>(),
            [1.0]
        );
        assert_eq!(long.then(100_000, None).len(), STEPS);
    }

    #[test]
    fn a_window_has_as_many_samples_as_its_span_has_steps() {
        let short = series(&[Some(1), None, Some(3)]);
        let window: Vec<_> = short.window(Span::seconds(20)).collect();
        assert_eq!(window, [None, Some(1.0), None, Some(3.0)]);
        assert_eq!(short.window(Span::seconds(5)).collect::<Vec<_>>(), [Some(3.0)]);
        assert_eq!(short.window(Span(0)).count(), 1);
        assert_eq!(short.window(Span(u64::MAX)).count(), STEPS);
        assert_eq!(short.sum(Span::seconds(10)), Some(3.0));
        assert_eq!(series(&[None, None]).sum(Span::seconds(10)), None);
    }

    #[test]
    fn columns_keep_their_steps_while_time_goes_on() {
        let mut history = History::default();
        let mut series = Series::default();
        let mut before: Option<Vec<Option<f32>>> = None;
        for step in 1..100_u16 {
            history.until = Some(At(i64::from(step) * 5_000));
            series = series.then(0, Some(f32::from(step)));
            let columns = history.columns(&series, Span::seconds(60), 4, Fold::Sum);
            assert_eq!(columns.len(), 4);
            if let Some(before) = before.filter(|_| step > 12) {
                // Three steps a column: the finished ones stand still, or move on by one as a whole.
                if (step - 1) % 3 == 0 {
                    assert_eq!(columns[..3], before[1..], "step {step}");
                } else {
                    assert_eq!(columns[..3], before[..3], "step {step}");
                }
            }
            before = Some(columns);
        }
    }

    #[test]
    fn a_column_is_a_gap_where_most_of_it_was_not_read() {
        let steps = [Some(2.0), None, Some(4.0)];
        assert_eq!(Fold::Mean.column(&steps), Some(3.0));
        assert_eq!(Fold::Max.column(&steps), Some(4.0));
        assert_eq!(Fold::Sum.column(&steps), Some(6.0));
        assert_eq!(Fold::Sum.column(&[Some(2.0), None, None]), None);
        assert_eq!(Fold::Max.column(&[]), None);
    }
}

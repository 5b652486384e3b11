//! The history of a partition's high watermark: its rate, and when an offset was written.

use crate::model::time::{At, Span};

const CAPACITY: usize = 32;
/// A rate is never taken across a gap longer than this.
const GAP: Span = Span::seconds(10);

/// A bounded history of one high watermark: 32 samples. When it is full, every other sample is
/// dropped, so that it reaches back ever further at a coarser grain.
#[derive(Clone, Debug, Default)]
pub(super) struct EndHistory {
    samples: Vec<(At, i64)>,
    grain: Span,
    newest: Option<(At, i64)>,
    rate: Option<f64>,
    /// The newest read at the end of the last step of the history, and the rate of that step.
    stepped: Option<(At, i64)>,
    step_rate: Option<f64>,
}

/// When the record at an offset was written, as far as the history tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// About then.
    About(At),
    /// Before the history began.
    Before(At),
}

impl EndHistory {
    /// Takes a complete read of the high watermark.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn push(&mut self, at: At, end: i64) {
        if let Some((before, previous)) = self.newest {
            if at <= before {
                return;
            }
            let elapsed = before.age(at);
            // A watermark that went back was truncated or belongs to a topic made anew: no rate, new history.
            if end < previous {
                self.samples.clear();
                self.forget_rates();
            } else if elapsed > GAP {
                self.forget_rates();
            } else if elapsed >= Span(200) {
                self.rate = Some((end - previous) as f64 / elapsed.as_seconds());
            } else {
                return;
            }
        }
        self.newest = Some((at, end));
        if self
            .samples
            .last()
            .is_none_or(|(last, _)| last.age(at) >= self.grain)
        {
            if self.samples.len() >= CAPACITY {
                let mut index = 0;
                self.samples.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.grain = Span((self.grain.0 * 2).max(2_000));
            }
            self.samples.push((at, end));
        }
    }

    /// A failed read: the next rate does not reach across it.
    pub fn gap(&mut self) {
        self.forget_rates();
        self.newest = None;
    }

    fn forget_rates(&mut self) {
        (self.rate, self.stepped, self.step_rate) = (None, None, None);
    }

    /// Ends a step of the history: records per second between the newest read of the step before and that of this one.
    ///
    /// Where nothing was read in this step the rate before holds for as long as the newest read is no older than
    /// `patience`.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn step(&mut self, now: At, patience: Span) -> Option<f64> {
        let (at, end) = self.newest?;
        match self.stepped {
            Some((before, previous)) if at > before => {
                self.step_rate = Some((end - previous) as f64 / before.age(at).as_seconds());
            }
            Some(_) if at.age(now) <= patience => {}
            _ => self.step_rate = None,
        }
        self.stepped = Some((at, end));
        self.step_rate
    }

    /// Records per second between the two newest reads.
    pub fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// When the record at `offset` was written.
    pub fn written(&self, offset: i64) -> Option<Written> {
        let (first_at, first_end) = *self.samples.first()?;
        if first_end > offset {
            return Some(Written::Before(first_at));
        }
        let newest = self.newest.into_iter();
        let mut below = (first_at, first_end);
        for (at, end) in self.samples.iter().copied().chain(newest) {
            if end > offset {
                return Some(Written::About(between(below, (at, end), offset)));
            }
            below = (at, end);
        }
        None
    }
}

/// The moment between two samples at which the watermark passed `offset`, taken as a straight line.
fn between((from, low): (At, i64), (to, high): (At, i64), offset: i64) -> At {
    let span = i128::from(to.0.saturating_sub(from.0));
    let share = i128::from(offset - low + 1);
    let moved = span * share / i128::from((high - low).max(1));
    At(from.0.saturating_add(i64::try_from(moved).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_never_negative_and_never_cross_a_gap() {
        let mut history = EndHistory::default();
        history.push(At(0), 100);
        assert_eq!(history.rate(), None);
        history.push(At(1000), 150);
        assert_eq!(history.rate(), Some(50.0));
        history.gap();
        assert_eq!(history.rate(), None);
        history.push(At(61_000), 9_000);
        assert_eq!(history.rate(), None, "one read after a gap is no rate");
        history.push(At(62_000), 9_010);
        assert_eq!(history.rate(), Some(10.0));
        history.push(At(63_000), 40);
        assert_eq!(history.rate(), None, "truncated");
    }

    #[test]
    fn the_rate_of_a_step_needs_a_read_before_and_none_in_between_may_fail() {
        let mut history = EndHistory::default();
        let patience = Span::seconds(3);
        assert_eq!(history.step(At(0), patience), None);
        history.push(At(1_000), 100);
        assert_eq!(history.step(At(5_000), patience), None, "one read");
        history.push(At(6_000), 200);
        history.push(At(9_000), 500);
        assert_eq!(history.step(At(10_000), patience), Some(50.0), "400 in 8 s");
        assert_eq!(
            history.step(At(12_000), patience),
            Some(50.0),
            "nothing newer yet"
        );
        assert_eq!(history.step(At(15_000), patience), None, "too old");
        history.push(At(16_000), 500);
        assert_eq!(history.step(At(20_000), patience), Some(0.0));
        history.gap();
        history.push(At(21_000), 900);
        assert_eq!(
            history.step(At(25_000), patience),
            None,
            "a read failed in between"
        );
        history.push(At(26_000), 10);
        assert_eq!(history.step(At(30_000), patience), None, "truncated");
    }

    #[test]
    fn an_offset_is_dated_between_two_reads_or_bounded() {
        let mut history = EndHistory::default();
        for second in 0..20 {
            history.push(At(second * 1000), 100 + second * 10);
        }
        assert_eq!(history.written(50), Some(Written::Before(At(0))));
        assert_eq!(history.written(149), Some(Written::About(At(5000))));
        assert_eq!(history.written(1_000), None, "not written yet");
    }

    #[test]
    fn the_history_is_bounded_and_reaches_back() {
        let mut history = EndHistory::default();
        for second in 0..3600 {
            history.push(At(second * 1000), second);
        }
        assert!(history.samples.len() <= CAPACITY);
        let Some(Written::About(at)) = history.written(600) else {
            panic!("not dated")
        };
        assert!((590_000..=620_000).contains(&at.0), "{at:?}");
    }
}

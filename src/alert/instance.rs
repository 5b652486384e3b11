//! One alert in the making: how long its condition has held, and when it fires and is over.
//!
//! Time counts only while it is seen to pass: of a gap between two looks, such as a suspended machine or a clock that
//! jumped, a few seconds count at most, and nothing of it while the condition is unknown.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::rule::Rule;
use crate::model::alert::{Alert, AlertKey, Sample, Truth, Words};
use crate::model::ids::BrokerId;
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// The most of the time between two looks that counts.
pub(super) const LONGEST_STEP: Span = Span::seconds(10);
/// Between two samples of a condition.
const SAMPLE_EVERY: Span = Span::seconds(5);
/// Samples that are kept.
const MOST_SAMPLES: usize = 60;
/// So many times within [`FLAP_WITHIN`] an alert fires until it counts as flapping.
const FLAPS: usize = 3;
const FLAP_WITHIN: Span = Span::seconds(30 * 60);
/// What flaps must be over for so long at least.
const FLAP_CLEAR: Span = Span::seconds(5 * 60);

/// What was found of a condition in one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Whether the alert's condition holds.
    pub truth: Truth,
    /// Whether it is over; not the opposite of the first where there is a clear level.
    pub clear: Truth,
}

impl Finding {
    /// Nothing could be read.
    pub const UNKNOWN: Self = Self {
        truth: Truth::Unknown,
        clear: Truth::Unknown,
    };
    /// Its subject is gone.
    pub const GONE: Self = Self {
        truth: Truth::No,
        clear: Truth::Yes,
    };
}

/// When an alert of one rule and subject fired lately.
pub(super) type Fires = VecDeque<At>;

/// Whether it fires so often that its end is not believed at once; forgets what is long ago.
pub(super) fn flaps(fires: &mut Fires, now: At) -> bool {
    while fires.front().is_some_and(|at| at.age(now) > FLAP_WITHIN) || fires.len() > FLAPS {
        fires.pop_front();
    }
    fires.len() >= FLAPS
}

/// One alert in the making.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// Since when its condition holds, as it was seen.
    pub since: At,
    /// How long that was seen.
    held: Span,
    /// How long it was seen to be over.
    cleared: Span,
    last: Finding,
    /// When it began to fire.
    pub fired: Option<At>,
    /// When its rule found it over; it may still wait for its consequences.
    pub over: Option<At>,
    pub samples: VecDeque<Sample>,
    /// How its values are shown.
    pub values: Vec<(&'static str, String)>,
    pub words: Words,
    /// The brokers that explain it.
    pub blames: BTreeSet<BrokerId>,
    /// What it is a consequence of.
    pub cause: Option<AlertKey>,
    /// What holds it back.
    pub inhibited_by: Option<Name>,
    pub flapping: bool,
    /// What a person was told of it.
    pub told: Option<Told>,
    /// The look in which it was last seen.
    pub look: u64,
    /// As it was published last.
    pub published: Option<Arc<Alert>>,
}

/// What a person was told of an alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// So many grave consequences.
    pub grave: usize,
}

impl Instance {
    /// A condition that was just found to hold.
    pub fn new(now: At) -> Self {
        Self {
            since: now,
            held: Span(0),
            cleared: Span(0),
            // What it was before is not known to have been the same: its time begins now.
            last: Finding::UNKNOWN,
            fired: None,
            over: None,
            samples: VecDeque::new(),
            values: Vec::new(),
            words: Words::default(),
            blames: BTreeSet::new(),
            cause: None,
            inhibited_by: None,
            flapping: false,
            told: None,
            look: 0,
            published: None,
        }
    }

    /// Whether its condition holds, as it was last found.
    pub fn truth(&self) -> Truth {
        self.last.truth
    }

    /// When it fires, if the condition goes on to hold.
    pub fn due(&self, rule: &Rule, now: At) -> At {
        now.plus(Span(rule.times.hold.0.saturating_sub(self.held.0)))
    }

    /// Takes what was found after `passed`; whether the alert is still there.
    pub fn find(&mut self, rule: &Rule, finding: Finding, passed: Span, now: At) -> bool {
        let passed = passed.min(LONGEST_STEP);
        let before = std::mem::replace(&mut self.last, finding);
        if finding.truth == Truth::Yes {
            (self.cleared, self.over) = (Span(0), None);
            if before.truth == Truth::Yes {
                self.held = Span(self.held.0.saturating_add(passed.0));
            }
            if self.fired.is_none() && self.held >= rule.times.hold {
                self.fired = Some(now);
            }
            return true;
        }
        if self.fired.is_none() {
            return finding.truth == Truth::Unknown;
        }
        match finding.clear {
            Truth::Yes => {
                if before.clear == Truth::Yes {
                    self.cleared = Span(self.cleared.0.saturating_add(passed.0));
                }
                let needed = if self.flapping {
                    rule.times.clear.max(FLAP_CLEAR)
                } else {
                    rule.times.clear
                };
                if self.cleared >= needed && self.over.is_none() {
                    self.over = Some(now);
                }
            }
            Truth::No => (self.cleared, self.over) = (Span(0), None),
            Truth::Unknown => {}
        }
        true
    }

    /// Keeps the value of its condition, once in a while.
    pub fn sample(&mut self, value: Option<f64>, now: At) {
        let due = |last: &Sample| last.at.age(now) >= SAMPLE_EVERY;
        if let Some(value) = value
            && self.samples.back().is_none_or(due)
        {
            if self.samples.len() == MOST_SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back(Sample { at: now, value });
        }
    }
}

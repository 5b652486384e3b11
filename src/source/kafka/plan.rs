//! What a cycle asks of a broker, decided from the time and its roles alone.

use super::table::Born;
use crate::model::ids::TopicId;
use crate::model::observation::Ask;
use crate::model::time::{At, Span};
use std::collections::BTreeMap;

/// Between reads of log directories and start offsets.
const DISKS: Span = Span::seconds(15);
/// How often the time between reads of log directories is doubled at most while they are not told: to 16 minutes.
const DOUBLED: u32 = 6;
/// Between reads of configuration by the scribe.
const CONFIGS: Span = Span::seconds(60);
/// How much of that counts as over after the first read of a new topic: 5 s later it is read once more.
const HEAD_START: Span = Span::seconds(55);
/// Between reads of eligible replicas by the scribe.
const ELIGIBLE: Span = Span::seconds(5);
/// Between reads of Metadata of a broker that is no witness, up to 10,000 partitions; with more it is rarer in proportion,
/// since that many more bytes are read each time.
const FAR_METADATA: Span = Span::seconds(10);
const FAR_PARTITIONS: u64 = 10_000;
/// The longest time between them.
const FARTHEST: Span = Span::seconds(60);
/// Refreshes between reads of groups.
const GROUPS: u64 = 2;
/// Refreshes between reads of members.
const MEMBERS: u64 = 4;

/// What a cycle asks, in the order in which it asks. Whether the broker answers is seen by the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// `DescribeCluster`, which is small.
    Fencing,
    /// Metadata.
    Metadata,
    /// Groups with their commits, and where the flag is set with their members.
    Groups(bool),
    /// End offsets; after the commits, so that no lag comes out negative.
    EndOffsets,
    /// Start offsets.
    StartOffsets,
    /// Log directories.
    LogDirs,
}

impl Step {
    /// What it asks for.
    pub(super) fn ask(self) -> Ask {
        match self {
            Self::Fencing => Ask::Fencing,
            Self::Metadata => Ask::Metadata,
            Self::Groups(_) => Ask::Groups,
            Self::EndOffsets => Ask::EndOffsets,
            Self::StartOffsets => Ask::StartOffsets,
            Self::LogDirs => Ask::LogDirs,
        }
    }
}

/// The brokers' place in the plan: what it is asked for others, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Asked for Metadata at each refresh.
    pub(super) witness: bool,
    /// Asked for what one broker can answer for all.
    pub(super) scribe: bool,
}

/// What was asked of one broker and when.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    cycles: u64,
    metadata: Option<At>,
    starts: Option<At>,
    disks: Option<At>,
    /// Reads of log directories in a row that were not answered.
    untold: u32,
    configs: Option<At>,
    eligible: Option<At>,
    known: BTreeMap<String, Option<TopicId>>,
    /// Between reads of Metadata while the broker is no witness.
    far: Span,
    /// Set when an answer showed that the last Metadata is out of date.
    stale: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            cycles: 0,
            metadata: None,
            starts: None,
            disks: None,
            untold: 0,
            configs: None,
            eligible: None,
            known: BTreeMap::new(),
            far: FAR_METADATA,
            stale: false,
        }
    }
}

impl Plan {
    /// Takes how many partitions the cluster has.
    pub(super) fn size(&mut self, partitions: u64) {
        let far = FAR_METADATA.0.saturating_mul(partitions) / FAR_PARTITIONS;
        self.far = Span(far).clamp(FAR_METADATA, FARTHEST);
    }

    /// Takes Metadata for read some time ago, `share` thousandths of the time between two reads: those of many brokers
    /// are then not read all at once.
    pub(super) fn postpone(&mut self, now: At, share: u32) {
        let ago = self.far.0.saturating_mul(u64::from(share)) / 1000;
        self.metadata = Some(At(now.0.saturating_sub(i64::try_from(ago).unwrap_or(0))));
    }

    /// The steps of the next cycle.
    pub(super) fn next(&mut self, now: At, part: Part) -> Vec<Step> {
        let cycle = self.cycles;
        self.cycles += 1;
        let mut steps = vec![Step::Fencing];
        let stale = std::mem::take(&mut self.stale);
        if part.witness || stale || due(self.metadata, now, self.far) {
            self.metadata = Some(now);
            steps.push(Step::Metadata);
        }
        if cycle.is_multiple_of(GROUPS) {
            steps.push(Step::Groups(cycle.is_multiple_of(MEMBERS)));
        }
        steps.push(Step::EndOffsets);
        if due(self.starts, now, DISKS) {
            self.starts = Some(now);
            steps.push(Step::StartOffsets);
        }
        if due(self.disks, now, Span(DISKS.0 << self.untold.min(DOUBLED))) {
            self.disks = Some(now);
            steps.push(Step::LogDirs);
        }
        steps
    }

    /// Takes whether log directories were told. A broker that does not tell them may still be at it, on one of its few
    /// threads, for as long as its disk hangs: it is asked again after ever longer times.
    pub(super) fn disks_told(&mut self, told: bool) {
        self.untold = if told { 0 } else { self.untold.saturating_add(1) };
    }

    /// Whether the scribe is to read the configuration of these topics now: when it is due, and at once when a topic
    /// is among them that was not asked for, or that was made anew since.
    pub(super) fn configs(&mut self, now: At, part: Part, topics: &[Born]) -> bool {
        if !part.scribe {
            self.configs = None;
            self.known.clear();
            return false;
        }
        let new = topics.iter().any(|(name, id)| self.known.get(name) != Some(id));
        if !new && !due(self.configs, now, CONFIGS) {
            return false;
        }
        // Who keeps the table may not have heard of a new topic yet, and then keeps nothing of it: once more, soon.
        self.configs = Some(if new { now.minus(HEAD_START) } else { now });
        self.known = topics.iter().cloned().collect();
        true
    }

    /// Has the configuration asked for again soon: it could not be read in full.
    pub(super) fn ask_configs_again(&mut self) {
        self.configs = None;
    }

    /// Whether the scribe is to read eligible replicas now.
    pub(super) fn eligible(&mut self, now: At, part: Part) -> bool {
        let now_due = part.scribe && due(self.eligible, now, ELIGIBLE);
        if now_due {
            self.eligible = Some(now);
        }
        now_due
    }

    /// Notes that the leaders of the last Metadata are out of date, so the next cycle reads it.
    pub(super) fn mark_stale(&mut self) {
        self.stale = true;
    }
}

fn due(last: Option<At>, now: At, every: Span) -> bool {
    last.is_none_or(|last| last.age(now) >= every)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{EndOffsets, Fencing, Groups, LogDirs, Metadata, StartOffsets};

    const WITNESS: Part = Part {
        witness: true,
        scribe: false,
    };
    const FAR: Part = Part {
        witness: false,
        scribe: false,
    };
    const SCRIBE: Part = Part {
        witness: true,
        scribe: true,
    };

    #[test]
    fn the_first_cycle_asks_everything_and_later_ones_what_is_due() {
        let mut plan = Plan::default();
        let expected: [(i64, &[Step]); 6] = [
            (
                0,
                &[Fencing, Metadata, Groups(true), EndOffsets, StartOffsets, LogDirs],
            ),
            (1, &[Fencing, Metadata, EndOffsets]),
            (2, &[Fencing, Metadata, Groups(false), EndOffsets]),
            (3, &[Fencing, Metadata, EndOffsets]),
            (4, &[Fencing, Metadata, Groups(true), EndOffsets]),
            (15, &[Fencing, Metadata, EndOffsets, StartOffsets, LogDirs]),
        ];
        for (second, steps) in expected {
            assert_eq!(plan.next(At(second * 1000), WITNESS), steps, "second {second}");
        }
    }

    #[test]
    fn log_directories_that_are_not_told_are_asked_for_ever_more_rarely() {
        let mut plan = Plan::default();
        let (mut asked, mut starts) = (Vec::new(), 0);
        for second in 0..4_000 {
            let steps = plan.next(At(second * 1000), WITNESS);
            starts += usize::from(steps.contains(&StartOffsets));
            if steps.contains(&LogDirs) {
                asked.push(second);
                plan.disks_told(second > 3_000);
            }
        }
        assert_eq!(asked[..9], [0, 30, 90, 210, 450, 930, 1_890, 2_850, 3_810]);
        assert_eq!(asked[9..12], [3_825, 3_840, 3_855], "once they were told");
        assert_eq!(starts, 4_000_usize.div_ceil(15));
    }

    #[test]
    fn a_broker_that_is_no_witness_is_asked_for_metadata_rarely_or_when_it_is_out_of_date() {
        let mut plan = Plan::default();
        let asked: Vec<i64> = (0..25)
            .filter(|second| {
                if *second == 13 {
                    plan.mark_stale();
                }
                plan.next(At(second * 1000), FAR).contains(&Metadata)
            })
            .collect();
        assert_eq!(asked, [0, 10, 13, 23]);
    }

    #[test]
    fn what_was_borrowed_is_read_within_the_time_between_two_reads() {
        for share in [0, 400, 999] {
            let mut plan = Plan::default();
            plan.postpone(At(100_000), share);
            let first =
                (0..20).find(|second| plan.next(At(100_000 + second * 1000), FAR).contains(&Metadata));
            let expected = (10_000 - i64::from(share) * 10 + 999) / 1000;
            assert_eq!(first, Some(expected), "{share}");
        }
    }

    #[test]
    fn the_larger_the_table_the_more_rarely_it_is_read_of_those_that_are_no_witness() {
        for (partitions, every) in [(0, 10), (10_000, 10), (25_000, 25), (50_000, 50), (9_000_000, 60)] {
            let mut plan = Plan::default();
            plan.size(partitions);
            let asked: Vec<i64> = (0..100)
                .filter(|second| plan.next(At(second * 1000), FAR).contains(&Metadata))
                .collect();
            assert_eq!(asked.get(1), Some(&every), "{partitions} partitions");
        }
    }

    #[test]
    fn the_scribe_reads_configuration_when_due_and_for_a_new_topic() {
        let mut plan = Plan::default();
        let born = |name: &str, id: u8| (name.to_owned(), Some(TopicId([id; 16])));
        let (a, ab) = (vec![born("a", 1)], vec![born("a", 1), born("b", 2)]);
        let anew = vec![born("a", 3)];
        let cases = [
            (0, SCRIBE, &a, true),
            (1, SCRIBE, &a, false),
            // Once more, for those who had not heard of it yet.
            (5, SCRIBE, &a, true),
            (6, SCRIBE, &ab, true),
            (7, SCRIBE, &ab, false),
            // A topic that is gone is no reason to ask.
            (8, SCRIBE, &a, false),
            (11, SCRIBE, &a, true),
            (70, SCRIBE, &a, false),
            (71, SCRIBE, &a, true),
            // The role went away and came back.
            (72, WITNESS, &a, false),
            (73, SCRIBE, &a, true),
            (74, SCRIBE, &anew, true),
            (75, SCRIBE, &anew, false),
            (79, SCRIBE, &anew, true),
        ];
        for (second, part, topics, expected) in cases {
            assert_eq!(
                plan.configs(At(second * 1000), part, topics),
                expected,
                "second {second}"
            );
        }
        let eligible: Vec<i64> = (0..12)
            .filter(|second| plan.eligible(At(second * 1000), SCRIBE))
            .collect();
        assert_eq!(eligible, [0, 5, 10]);
        assert!(!plan.eligible(At(99_000), WITNESS));
    }
}

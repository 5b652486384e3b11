//! What is wrong with a consumer group, in the order in which it hurts, with the sentence and the next step for it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::group::{Group, Lag, LagAge};
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::Span;

/// A lag is looked at once its oldest record waits for this long: a burst is no trouble.
const OLD: Span = Span::seconds(60);
/// A lag that grows by fewer records a second stands still.
pub(super) const GROWS: f64 = 1.0;
/// Below this share of what comes in a growing lag may as well stand still, seen for a moment only.
const GROWING: f64 = 0.05;

/// A group reads nothing that was not seen to commit for this long although it lags; consumers commit every 5 s by default.
pub(super) const STILL: Span = Span::seconds(15);
/// From this share of retention on a record that waits is told as about to be deleted, in percent.
const NEAR: u64 = 80;

/// What is wrong with a group; the worst first.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupTrouble {
    /// Retention deleted so many records before the group read them.
    LosesData {
        /// Whether it has members: one that nobody uses any more loses nothing that is missed.
        members: bool,
        /// The records.
        records: u64,
    },
    /// Retention is about to delete what it has not read; with its lag.
    NearRetention(u64),
    /// It reads nothing: no member, or none that commits; with its lag.
    Stalled {
        /// Whether it has members.
        members: bool,
        /// Records behind.
        lag: u64,
    },
    /// It reads slower than is written; with its lag.
    FallsBehind(u64),
    /// Its commits lie above the end of this topic, which was made anew or truncated.
    AboveEnd(Name),
}

/// Records that retention deleted before the group read them.
pub fn lost_records(group: &Group) -> u64 {
    group
        .partitions
        .iter()
        .fold(0, |sum: u64, partition| sum.saturating_add(partition.lost))
}

/// How long the oldest unread record of a group waits. Before kaftop has watched for so long itself, that is what its
/// lag takes to come in at the present rate.
enum Waits {
    /// What the store worked out.
    Known(LagAge),
    /// What the rate says.
    Estimated(Span),
}

impl Waits {
    fn of(snapshot: &Snapshot, group: &Group) -> Option<Self> {
        match (group.trend.age, estimate(snapshot, group)) {
            (Some(LagAge::AtLeast(watched)), Some(span)) if span > watched => Some(Self::Estimated(span)),
            (Some(age), _) => Some(Self::Known(age)),
            (None, span) => span.map(Self::Estimated),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Known(LagAge::About(span)) => span.to_string(),
            Self::Known(LagAge::AtLeast(span)) => format!("at least {span}"),
            Self::Estimated(span) => format!("about {}", roughly(*span)),
        }
    }

    /// The least that it can be, of what was worked out.
    fn least(&self) -> Span {
        match self {
            Self::Known(LagAge::About(span) | LagAge::AtLeast(span)) | Self::Estimated(span) => *span,
        }
    }
}

/// A length of time that a rate was taken from, no finer than such a rate can tell: it would jump from second to second.
pub(super) fn roughly(span: Span) -> Span {
    let step = match span.0 / 1_000 {
        ..120 => 10,
        120..600 => 60,
        600..3_600 => 300,
        3_600..86_400 => 1_800,
        _ => 86_400,
    };
    Span::seconds((span.0 / 1_000 + step / 2) / step * step)
}

/// What the lag of a group takes to come in at the present rate; not said of a lag that hardly grows, for which a
/// moment's rate says little.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate for people"
)]
fn estimate(snapshot: &Snapshot, group: &Group) -> Option<Span> {
    let rate = incoming(snapshot, group).filter(|rate| *rate >= GROWS)?;
    let slope = group.trend.slope.filter(|slope| *slope >= rate * GROWING)?;
    // A lag cannot grow by more than comes in: where it seems to, the rate is the older of the two.
    let seconds = group.lag.records? as f64 / rate.max(slope);
    Some(Span::seconds(seconds as u64))
}

/// Whether a group falls behind, and not only for a moment: its lag has grown old while it grows.
fn falls_behind(snapshot: &Snapshot, group: &Group) -> bool {
    if group.trend.slope.is_none_or(|slope| slope < GROWS) {
        return false;
    }
    // The rates of all partitions are added up only where what is known does not settle it.
    match group.trend.age {
        Some(LagAge::About(age)) => age >= OLD,
        Some(LagAge::AtLeast(age)) if age >= OLD => true,
        Some(LagAge::AtLeast(_)) | None => estimate(snapshot, group).is_some_and(|age| age >= OLD),
    }
}

/// What is wrong with each group that is in trouble.
pub(super) fn group_troubles(snapshot: &Snapshot) -> BTreeMap<Name, GroupTrouble> {
    let groups = snapshot.groups.table.iter();
    groups
        .filter_map(|(name, group)| Some((name.clone(), group_trouble(snapshot, group)?)))
        .collect()
}

/// What is wrong with a group, if anything; the worst of it.
fn group_trouble(snapshot: &Snapshot, group: &Group) -> Option<GroupTrouble> {
    let members = group
        .description
        .value()
        .map_or(!is_empty(group), |told| !told.members.is_empty());
    let records = lost_records(group);
    if records > 0 {
        return Some(GroupTrouble::LosesData { members, records });
    }
    let lag = group.lag.records.unwrap_or(0);
    let is_behind = falls_behind(snapshot, group);
    if members && (is_behind || lag > 0 && reads_nothing(group)) && is_near_retention(snapshot, group) {
        return Some(GroupTrouble::NearRetention(lag));
    }
    if is_behind {
        return Some(if !members || reads_nothing(group) {
            GroupTrouble::Stalled { members, lag }
        } else {
            GroupTrouble::FallsBehind(lag)
        });
    }
    let above = group
        .partitions
        .iter()
        .find(|partition| partition.lag == Lag::AboveEnd)?;
    Some(GroupTrouble::AboveEnd(above.topic.clone()))
}

/// Whether the oldest record that it has not read is almost as old as its topics keep records.
fn is_near_retention(snapshot: &Snapshot, group: &Group) -> bool {
    let lagging = group
        .partitions
        .iter()
        .filter(|place| place.lag.known().is_some_and(|lag| lag > 0));
    let kept = lagging.filter_map(|place| {
        let settings = snapshot.topics.get(&place.topic)?.settings.value()?;
        let deletes = settings.cleanup.is_none_or(|cleanup| cleanup.value.delete);
        settings.retention?.value.filter(|_| deletes)
    });
    let Some(shortest) = kept.min() else { return false };
    let waits = Waits::of(snapshot, group).map(|waits| waits.least());
    waits.is_some_and(|waits| waits.0.saturating_mul(100) >= shortest.0.saturating_mul(NEAR))
}

fn is_empty(group: &Group) -> bool {
    group
        .state
        .as_ref()
        .is_some_and(|state| matches!(state.raw(), "Empty" | "Dead"))
}

/// Records that come in to all that a group reads, a second; not known where one rate is not.
fn incoming(snapshot: &Snapshot, group: &Group) -> Option<f64> {
    group
        .partitions
        .iter()
        .map(|place| {
            let topic = snapshot.topics.get(&place.topic)?;
            let found = topic
                .partitions
                .binary_search_by_key(&place.partition, |partition| partition.index);
            topic.partitions.get(found.ok()?)?.rate
        })
        .sum()
}

/// Whether it is seen to commit nothing.
fn reads_nothing(group: &Group) -> bool {
    group.trend.still.is_some_and(|still| still >= STILL)
}

/// The group that is worst off, and how many others are in trouble.
pub(super) struct Worst<'a> {
    group: &'a Group,
    trouble: &'a GroupTrouble,
    waits: Option<Waits>,
    others: usize,
}

impl<'a> Worst<'a> {
    /// The worst of those in trouble.
    pub fn of(snapshot: &'a Snapshot, troubles: &'a BTreeMap<Name, GroupTrouble>) -> Option<Self> {
        let known = troubles
            .iter()
            .filter_map(|(name, trouble)| Some((snapshot.groups.table.get(name)?, trouble)));
        let (group, trouble) =
            known.min_by_key(|(group, trouble)| (trouble.rank(), Reverse(group.lag.records.unwrap_or(0))))?;
        Some(Self {
            group,
            trouble,
            waits: Waits::of(snapshot, group),
            others: troubles.len().saturating_sub(1),
        })
    }

    /// Whether it misses records that are deleted.
    pub fn loses(&self) -> bool {
        self.trouble.loses()
    }

    /// What is wrong, in a sentence; others are counted.
    pub fn sentence(&self) -> String {
        let name = &self.group.name;
        let waits = self
            .waits
            .as_ref()
            .map_or_else(|| "some time".to_owned(), Waits::words);
        let others = match self.others {
            0 => String::new(),
            1 => " One more group needs eyes.".to_owned(),
            more => format!(" {more} more groups need eyes."),
        };
        let said = match self.trouble {
            GroupTrouble::LosesData { records, .. } => {
                format!("Group {name} has lost {records} records: retention deleted them unread.")
            }
            GroupTrouble::NearRetention(lag) => format!(
                "Group {name} is about to lose records: {lag} wait, the oldest {waits}, and retention deletes what is that old."
            ),
            GroupTrouble::Stalled { members: true, lag } => {
                format!(
                    "Group {name} reads nothing: {lag} wait, the oldest {waits}; its members commit nothing."
                )
            }
            GroupTrouble::Stalled { members: false, lag } => {
                format!("Group {name} reads nothing: {lag} wait, the oldest {waits}; it has no member.")
            }
            GroupTrouble::FallsBehind(lag) => {
                format!(
                    "Group {name} is {waits} behind and falls further: {lag} wait, more come in than it reads."
                )
            }
            GroupTrouble::AboveEnd(topic) => {
                format!(
                    "Group {name} has committed beyond the end of {topic}: it was made anew or truncated."
                )
            }
        };
        format!("{said}{others}")
    }

    /// What to do about it.
    pub fn next_step(&self) -> String {
        let name = &self.group.name;
        match self.trouble {
            GroupTrouble::LosesData { .. } | GroupTrouble::NearRetention(_) => {
                format!(
                    "Keep the records of its topics for longer (retention.ms), then speed group {name} up."
                )
            }
            GroupTrouble::Stalled { members: true, .. } => {
                format!("Look at what the consumers of {name} wait for; restart one and watch its lag.")
            }
            GroupTrouble::Stalled { members: false, .. } => {
                format!("Start the consumers of {name}; if it is no longer used, delete the group.")
            }
            GroupTrouble::FallsBehind(_) => {
                format!("Add consumers to {name}, up to one a partition, or look at what slows them down.")
            }
            GroupTrouble::AboveEnd(_) => {
                format!(
                    "Set the offsets of {name} anew (to the earliest, to miss nothing), and restart its consumers."
                )
            }
        }
    }
}

impl GroupTrouble {
    /// Whether members of the group miss records that are deleted.
    pub fn loses(&self) -> bool {
        matches!(self, Self::LosesData { members: true, .. })
    }

    /// How bad it is: the lowest is worst.
    pub fn rank(&self) -> u8 {
        match self {
            // A group without members may have been left behind long ago.
            Self::LosesData { members: true, .. } => 0,
            Self::NearRetention(_) => 1,
            Self::LosesData { members: false, .. } => 2,
            // Members that read nothing are a fault.
            Self::Stalled { members: true, .. } => 3,
            Self::Stalled { members: false, .. } => 4,
            Self::FallsBehind(_) => 5,
            Self::AboveEnd(_) => 6,
        }
    }
}

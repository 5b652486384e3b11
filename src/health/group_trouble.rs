//! What is wrong with a consumer group, in the order in which it hurts, with the sentence and the next step for it.

use crate::model::group::{Group, Lag, LagAge};
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::Span;

/// A lag is looked at once its oldest record waits for this long: a burst is no trouble.
const OLD: Span = Span::seconds(60);
/// A lag that grows by fewer records a second stands still.
const GROWS: f64 = 1.0;
/// A group whose lag grows by this share of what comes in reads nothing.
const NOTHING_READ: f64 = 0.95;

/// What is wrong with a group; the worst first.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupTrouble {
    /// Retention deleted so many records before the group read them.
    LosesData(u64),
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

/// Whether a group falls behind, and not only for a moment: its lag has grown old while it grows.
pub fn falls_behind(group: &Group) -> bool {
    let old = match group.trend.age {
        Some(LagAge::About(age) | LagAge::AtLeast(age)) => age >= OLD,
        None => false,
    };
    old && group.trend.slope.is_some_and(|slope| slope >= GROWS)
}

/// What is wrong with a group, if anything; the worst of it.
pub fn group_trouble(snapshot: &Snapshot, group: &Group) -> Option<GroupTrouble> {
    let lost = lost_records(group);
    if lost > 0 {
        return Some(GroupTrouble::LosesData(lost));
    }
    if falls_behind(group) {
        let lag = group.lag.records.unwrap_or(0);
        let members = group
            .description
            .value()
            .map_or(!is_empty(group), |told| !told.members.is_empty());
        let stalled = !members || reads_nothing(snapshot, group);
        return Some(if stalled {
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

fn is_empty(group: &Group) -> bool {
    group
        .state
        .as_ref()
        .is_some_and(|state| matches!(state.raw(), "Empty" | "Dead"))
}

/// Whether the lag grows as fast as records come in; not said where a rate is not known.
fn reads_nothing(snapshot: &Snapshot, group: &Group) -> bool {
    let rates: Option<f64> = group
        .partitions
        .iter()
        .map(|place| {
            let topic = snapshot.topics.get(&place.topic)?;
            let found = topic
                .partitions
                .binary_search_by_key(&place.partition, |partition| partition.index);
            topic.partitions.get(found.ok()?)?.rate
        })
        .sum();
    match (rates, group.trend.slope) {
        (Some(incoming), Some(slope)) => incoming >= GROWS && slope >= incoming * NOTHING_READ,
        _ => false,
    }
}

/// The group that is worst off, and how many others are in trouble.
pub(super) struct Worst<'a> {
    group: &'a Group,
    trouble: GroupTrouble,
    others: usize,
}

impl<'a> Worst<'a> {
    /// Looks at every group.
    pub fn of(snapshot: &'a Snapshot) -> Option<Self> {
        let mut worst: Option<(GroupTrouble, u64, &Group)> = None;
        let mut all = 0_usize;
        for group in snapshot.groups.table.values() {
            let Some(trouble) = group_trouble(snapshot, group) else {
                continue;
            };
            all += 1;
            let lag = group.lag.records.unwrap_or(0);
            let worse = worst.as_ref().is_none_or(|(known, most, _)| {
                let (rank, known) = (trouble.rank(), known.rank());
                (rank, std::cmp::Reverse(lag)) < (known, std::cmp::Reverse(*most))
            });
            if worse {
                worst = Some((trouble, lag, group));
            }
        }
        worst.map(|(trouble, _, group)| Self {
            group,
            trouble,
            others: all.saturating_sub(1),
        })
    }

    /// What is wrong, in a sentence; others are counted.
    pub fn sentence(&self) -> String {
        let name = &self.group.name;
        let since = match self.group.trend.age {
            Some(LagAge::About(age)) => format!("for {age}"),
            Some(LagAge::AtLeast(age)) => format!("for at least {age}"),
            None => "for some time".to_owned(),
        };
        let others = match self.others {
            0 => String::new(),
            1 => " One more is in trouble.".to_owned(),
            more => format!(" {more} more are in trouble."),
        };
        let said = match &self.trouble {
            GroupTrouble::LosesData(records) => {
                format!("Group {name} has lost {records} records: retention deleted them unread.")
            }
            GroupTrouble::Stalled { members: true, lag } => {
                format!("Group {name} has read nothing {since}: {lag} wait, its members commit nothing.")
            }
            GroupTrouble::Stalled { members: false, lag } => {
                format!("Group {name} has read nothing {since}: {lag} wait, it has no member.")
            }
            GroupTrouble::FallsBehind(lag) => {
                format!("Group {name} has fallen behind {since}: {lag} wait, more come in than it reads.")
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
        match &self.trouble {
            GroupTrouble::LosesData(_) => {
                format!("Speed group {name} up, or keep the records of its topics for longer (retention.ms).")
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
    /// How bad it is: the lowest is worst.
    fn rank(&self) -> u8 {
        match self {
            Self::LosesData(_) => 0,
            Self::Stalled { .. } => 1,
            Self::FallsBehind(_) => 2,
            Self::AboveEnd(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::health::{Level, derive};
    use crate::ui::fixture;

    /// A healthy cluster with one group alone.
    fn with(change: impl FnOnce(&mut Group)) -> Snapshot {
        let mut snapshot = Snapshot::clone(&fixture::healthy().snapshot);
        let mut group = fixture::group("router", "Stable", 5_000, Some(0.0), 2);
        change(&mut group);
        snapshot.groups.table.clear();
        snapshot.groups.table.insert(group.name.clone(), Arc::new(group));
        snapshot
    }

    fn said(snapshot: &Snapshot) -> (Level, String, String) {
        let verdict = derive(snapshot, None).verdict;
        (verdict.level, verdict.sentence, verdict.next_step)
    }

    fn old(group: &mut Group, slope: f64) {
        group.trend.age = Some(LagAge::About(Span::seconds(90)));
        group.trend.slope = Some(slope);
    }

    /// What is done to a group.
    type Change = Box<dyn FnOnce(&mut Group)>;

    #[test]
    fn each_trouble_is_said_with_what_to_do_and_the_level_stays() {
        let incoming: f64 = {
            let snapshot = with(|_| ());
            let group = snapshot.groups.table.values().next().unwrap();
            let rate = |place: &crate::model::group::GroupPartition| {
                snapshot.topics[&place.topic].partitions[usize::try_from(place.partition).unwrap()].rate
            };
            group.partitions.iter().map(rate).sum::<Option<f64>>().unwrap()
        };
        assert!(incoming >= GROWS, "the fixture's records flow: {incoming}");
        let table: [(Change, &str, &str); 6] = [
            (
                Box::new(|group| group.partitions[0].lost = 7),
                "Group router has lost 7 records: retention deleted them unread.",
                "Speed group router up",
            ),
            (
                Box::new(move |group| old(group, incoming)),
                "Group router has read nothing for 1m30s: 5000 wait, its members commit nothing.",
                "Look at what the consumers of router wait for",
            ),
            (
                Box::new(move |group| {
                    old(group, incoming);
                    group.state = Some(Name::from("Empty"));
                    group.description = crate::model::reading::Reading::default();
                }),
                "Group router has read nothing for 1m30s: 5000 wait, it has no member.",
                "Start the consumers of router",
            ),
            (
                Box::new(move |group| old(group, incoming / 2.0)),
                "Group router has fallen behind for 1m30s: 5000 wait, more come in than it reads.",
                "Add consumers to router",
            ),
            (
                Box::new(|group| group.partitions[0].lag = Lag::AboveEnd),
                "Group router has committed beyond the end of messages: it was made anew or truncated.",
                "Set the offsets of router anew",
            ),
            (Box::new(|_| ()), "on 3 of 3 replicas.", "Nothing to do."),
        ];
        for (change, sentence, step) in table {
            let (level, said, next) = said(&with(change));
            assert_eq!(level, Level::Ok);
            assert!(said.ends_with(sentence), "{said}");
            assert!(next.starts_with(step), "{next}");
        }
    }

    #[test]
    fn the_worst_group_is_named_and_the_others_are_counted() {
        let mut snapshot = with(|group| old(group, 0.5 + GROWS));
        for (name, lag) in [("a", 9_000), ("z", 10_000)] {
            let mut group = fixture::group(name, "Stable", lag, None, 1);
            old(&mut group, GROWS);
            snapshot.groups.table.insert(group.name.clone(), Arc::new(group));
        }
        let (_, sentence, _) = said(&snapshot);
        assert!(sentence.contains("Group z "), "the largest lag: {sentence}");
        assert!(sentence.ends_with("2 more are in trouble."), "{sentence}");
    }
}

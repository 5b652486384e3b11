//! The groups of the world: what they have read, and the copies that stale coordinators keep.

use std::collections::HashMap;
use std::sync::Arc;

use super::group_view::{CommitsView, GroupState, GroupView, MemberView};
use super::groups_spec::{Behaviour, GroupKind, GroupSpec};
use super::image::{TopicImage, TopicSlot};

/// The topic that holds the commits.
pub(super) const OFFSETS: &str = "__consumer_offsets";

/// One group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) view: GroupView,
    pub(super) behaviour: Behaviour,
    /// Since when it behaves so, as a tick.
    pub(super) since: u64,
    /// The partition of `__consumer_offsets` that holds it.
    pub(super) home: u32,
    /// The turn of its behaviour that it was in at its last commit.
    pub(super) turn: u64,
    /// Of each topic in `commits`, the ends that it saw last.
    pub(super) seen: Vec<Vec<i64>>,
}

/// All groups.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) all: Vec<Group>,
    by_name: HashMap<Arc<str>, usize>,
    /// What coordinators that lost their part without knowing it go on telling: broker and group.
    stale: Vec<(i32, GroupView)>,
}

impl Groups {
    pub(super) fn new() -> Self {
        Self {
            all: Vec::new(),
            by_name: HashMap::new(),
            stale: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, group: Group) {
        self.by_name.insert(group.view.name.clone(), self.all.len());
        self.all.push(group);
    }

    pub(super) fn named(&self, name: &str) -> Option<&Group> {
        self.all.get(*self.by_name.get(name)?)
    }

    pub(super) fn named_mut(&mut self, name: &str) -> Option<&mut Group> {
        self.all.get_mut(*self.by_name.get(name)?)
    }

    /// A group behaves otherwise from now on; whether it is there.
    pub(super) fn behave(&mut self, name: &str, behaviour: Behaviour, now: u64) -> bool {
        let Some(group) = self.named_mut(name) else {
            return false;
        };
        let empty = behaviour == Behaviour::Empty;
        let was_empty = group.behaviour == Behaviour::Empty;
        group.behaviour = behaviour;
        group.since = now;
        group.turn = 0;
        for seen in &mut group.seen {
            seen.clear();
        }
        if empty {
            group.view.members.clear();
            group.view.state = GroupState::Empty;
            group.view.generation = group.view.generation.saturating_add(1);
        } else if was_empty || group.view.members.is_empty() {
            group.view.members = members(&group.view, 1);
            group.view.state = GroupState::Stable;
            group.view.generation = group.view.generation.saturating_add(1);
        }
        true
    }

    /// A topic was deleted, and its commits with it.
    pub(super) fn forget_topic(&mut self, slot: TopicSlot) {
        for group in &mut self.all {
            let Some(at) = group.view.commits.iter().position(|commits| commits.slot == slot) else {
                continue;
            };
            let gone = group.view.commits.remove(at);
            if at < group.seen.len() {
                group.seen.remove(at);
            }
            for member in &mut group.view.members {
                member.assignment.retain(|(topic, _)| *topic != gone.topic);
            }
        }
    }

    /// A coordinator has lost these groups without knowing it: it goes on telling what they are now.
    pub(super) fn keep_stale(&mut self, broker: i32, home: u32) {
        let kept = self
            .all
            .iter()
            .filter(|group| group.home == home)
            .map(|group| (broker, group.view.clone()));
        self.stale.extend(kept);
    }

    /// A broker has learned the truth.
    pub(super) fn forget_stale(&mut self, broker: i32) {
        self.stale.retain(|(other, _)| *other != broker);
    }

    /// What a broker tells of a group that it has lost without knowing it.
    pub(super) fn stale(&self, broker: i32, name: &str) -> Option<&GroupView> {
        self.stale
            .iter()
            .find(|(other, view)| *other == broker && view.name.as_ref() == name)
            .map(|(_, view)| view)
    }
}

/// A group as its specification says it.
pub(super) fn group(spec: &GroupSpec, topics: &[Arc<TopicImage>], home: u32, now: u64) -> Group {
    let commits: Vec<CommitsView> = topics
        .iter()
        .map(|topic| {
            let whole = topic.partitions.len();
            let count = spec.partitions.map_or(whole, |count| whole.min(count as usize));
            CommitsView {
                topic: topic.name.clone(),
                slot: topic.slot,
                offsets: vec![-1; count],
            }
        })
        .collect();
    let empty = spec.behaviour == Behaviour::Empty || spec.members == 0;
    let mut view = GroupView {
        name: spec.name.as_str().into(),
        kind: spec.kind,
        state: if empty {
            GroupState::Empty
        } else {
            GroupState::Stable
        },
        generation: 3,
        assignor: "range",
        members: Vec::new(),
        subscription: topics.iter().map(|topic| topic.name.clone()).collect(),
        commits,
    };
    if !empty {
        view.members = members(&view, spec.members);
    }
    Group {
        seen: vec![Vec::new(); view.commits.len()],
        view,
        behaviour: spec.behaviour,
        since: now,
        home,
        turn: 0,
    }
}

/// So many members, with the partitions as the range assignor gives them.
fn members(view: &GroupView, count: u32) -> Vec<MemberView> {
    let client = match view.kind {
        GroupKind::Classic => "consumer",
        GroupKind::Consumer => "app",
    };
    (0..count)
        .map(|number| MemberView {
            id: format!(
                "{client}-{}-{number}-{:08x}",
                view.name,
                home_of(&view.name, u32::MAX) ^ number
            ),
            client_id: format!("{client}-{}-{number}", view.name),
            host: format!("/10.0.{}.{}", number / 250, number % 250 + 1),
            assignment: view
                .commits
                .iter()
                .map(|commits| {
                    let range = range(commits.offsets.len(), count as usize, number as usize);
                    let partitions = range.filter_map(|partition| i32::try_from(partition).ok());
                    (commits.topic.clone(), partitions.collect())
                })
                .filter(|(_, partitions): &(_, Vec<i32>)| !partitions.is_empty())
                .collect(),
        })
        .collect()
}

/// The partitions of one member (`RangeAssignor`).
fn range(partitions: usize, members: usize, number: usize) -> std::ops::Range<usize> {
    let each = partitions.checked_div(members).unwrap_or(0);
    let more = partitions.checked_rem(members).unwrap_or(0);
    let start = number * each + number.min(more);
    start..start + each + usize::from(number < more)
}

/// The partition of `__consumer_offsets` that holds a group (`GroupMetadataManager.partitionFor`: the absolute value
/// of Java's hash of the name, modulo the number of partitions).
pub(super) fn home_of(name: &str, partitions: u32) -> u32 {
    let hash = name.encode_utf16().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    });
    // `Utils.abs` makes zero of the smallest number.
    let positive = if hash == i32::MIN { 0 } else { hash.unsigned_abs() };
    positive.checked_rem(partitions).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_live_where_java_puts_them() {
        // "hello".hashCode() is 99162322.
        assert_eq!(home_of("hello", u32::MAX), 99_162_322);
        assert_eq!(home_of("hello", 50), 22);
        // "polygenelubricants".hashCode() is Integer.MIN_VALUE.
        assert_eq!(home_of("polygenelubricants", 50), 0);
    }

    #[test]
    fn ranges_cover_every_partition_once() {
        for (partitions, members) in [(10, 3), (3, 5), (0, 2), (7, 7)] {
            let all: Vec<usize> = (0..members)
                .flat_map(|number| range(partitions, members, number))
                .collect();
            assert_eq!(all, (0..partitions).collect::<Vec<_>>());
        }
    }
}

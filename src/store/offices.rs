//! Who coordinates groups, and since when their lists can be taken at their word.
//!
//! A broker that became coordinator reads the groups first. Meanwhile it answers `COORDINATOR_LOAD_IN_PROGRESS`, but not from
//! the first moment on: until it has begun to read a partition it does not know that it lacks the groups of it, and names the
//! others without an error (`GroupCoordinatorService.listGroups` asks the partitions that are there).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::ids::BrokerId;
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::model::topic::Topic;

/// Lists that were whole for this long, while no office moved, lack only groups that are gone.
pub(super) const SETTLED: Span = Span::seconds(10);

/// Who coordinates groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Coordinators {
    /// The brokers whose lists are needed for the table to be whole.
    pub brokers: BTreeSet<BrokerId>,
    /// Who leads each partition of the offsets topic; none where that topic is not to be seen.
    leaders: Vec<Option<BrokerId>>,
}

impl Coordinators {
    /// Those that lead a partition of the offsets topic (`GroupCoordinator.partitionFor`), or led it last where nobody
    /// does. `None` where the topic is not to be seen.
    pub fn of(topics: &BTreeMap<Name, Arc<Topic>>) -> Option<Self> {
        let partitions = &topics.get("__consumer_offsets")?.partitions;
        let leader_or_last = partitions
            .iter()
            .filter_map(|partition| partition.leader.or(partition.preferred()));
        Some(Self {
            brokers: leader_or_last.collect(),
            leaders: partitions.iter().map(|partition| partition.leader).collect(),
        })
    }

    /// Any of these may coordinate groups.
    pub fn any_of(brokers: impl IntoIterator<Item = BrokerId>) -> Self {
        Self {
            brokers: brokers.into_iter().collect(),
            leaders: Vec::new(),
        }
    }
}

/// The offices as they stood last.
#[derive(Debug, Default)]
pub(super) struct Offices {
    known: Coordinators,
    whole_since: Option<At>,
}

impl Offices {
    /// Takes who coordinates now, and whether the newest list of each could be read.
    pub fn take(&mut self, coordinators: &Coordinators, whole: bool, now: At) {
        let led = coordinators.leaders.iter().all(Option::is_some);
        if self.known != *coordinators {
            self.known = coordinators.clone();
            self.whole_since = None;
        }
        self.whole_since = self.whole_since.or(Some(now)).filter(|_| whole && led);
    }

    /// Since when every list was whole while no office moved.
    pub fn whole_since(&self) -> Option<At> {
        self.whole_since
    }

    /// Whether that is long enough for what is new in a list to be new, too.
    pub fn is_settled(&self, now: At) -> bool {
        self.whole_since.is_some_and(|since| since.age(now) >= SETTLED)
    }
}

//! What changed between two accepted partition tables, sorted by who lost and who gained.

use std::collections::BTreeMap;

use crate::model::event::{Members, Route, TopicChange, What};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::observation::PartitionView;
use crate::model::text::Name;

/// The differences between two tables.
#[derive(Debug, Default)]
pub(in crate::store) struct Moves {
    lost: BTreeMap<BrokerId, Vec<PartitionId>>,
    gained: BTreeMap<BrokerId, Vec<PartitionId>>,
    leaders: BTreeMap<(Option<BrokerId>, Option<BrokerId>), Vec<PartitionId>>,
    /// Topics that are in the newer table only.
    pub created: Vec<Name>,
    /// Topics that are in the older table only.
    pub deleted: Vec<Name>,
    /// Topics with another id.
    pub recreated: Vec<Name>,
    /// Topics with more partitions.
    pub grown: Vec<Name>,
}

impl Moves {
    /// Takes one partition as it was and as it is.
    pub fn partition(&mut self, id: &PartitionId, old: &PartitionView, new: &PartitionView) {
        for broker in old.isr.iter().filter(|broker| !new.isr.contains(broker)) {
            self.lost.entry(*broker).or_default().push(id.clone());
        }
        for broker in new.isr.iter().filter(|broker| !old.isr.contains(broker)) {
            self.gained.entry(*broker).or_default().push(id.clone());
        }
        if old.leader != new.leader {
            let way = (old.leader, new.leader);
            self.leaders.entry(way).or_default().push(id.clone());
        }
    }

    /// What happened, what was lost first.
    pub fn into_whats(self) -> impl Iterator<Item = What> {
        let set = |ids: Vec<PartitionId>| ids.into_iter().collect::<Members<_>>();
        let lost = self.lost.into_iter().map(move |(broker, ids)| What::IsrsLost {
            broker,
            partitions: set(ids),
        });
        let leaders = self.leaders.into_iter().map(move |((from, to), ids)| {
            let routes = vec![Route {
                from,
                to,
                partitions: set(ids),
            }];
            match (from, to) {
                (Some(_), Some(_)) => What::LeadersMoved(routes),
                (_, None) => What::LeadersLost(routes),
                (None, Some(_)) => What::LeadersFound(routes),
            }
        });
        let gained = self
            .gained
            .into_iter()
            .map(move |(broker, ids)| What::IsrsGained {
                broker,
                partitions: set(ids),
            });
        let topics = [
            (TopicChange::Deleted, self.deleted),
            (TopicChange::Created, self.created),
            (TopicChange::Recreated, self.recreated),
            (TopicChange::Grown, self.grown),
        ];
        let topics = topics.into_iter().filter(|(_, names)| !names.is_empty());
        let topics = topics.map(|(change, names)| What::Topics {
            change,
            names: names.into_iter().collect(),
        });
        lost.chain(leaders).chain(gained).chain(topics)
    }
}

//! The rows of the lists that the open page shows, made once per bulletin, so that a frame builds only what it shows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::health::{AtRisk, Bulletin, Class, Judged};
use crate::model::ids::PartitionId;
use crate::model::text::Name;
use crate::model::topic::Partition;

use super::rows::{Marks, Narrowed, View, alerts, brokers, events, groups, keepers, partitions, topics};
use super::screen::{ListId, Page, RowKey, Scope};

/// What the rows of a screen are made by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The open page.
    pub page: Page,
    /// Which partitions the Partitions page is about.
    pub scope: Scope,
    /// How each list is narrowed and sorted.
    pub views: BTreeMap<ListId, View>,
    /// The rows that are watched.
    pub marks: Arc<Marks>,
}

/// The rows of every list of a page.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    made: BTreeMap<ListId, Narrowed>,
    /// The topics with partitions at risk.
    pub at_risk: BTreeMap<Name, TopicRisk>,
}

/// What is at risk in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicRisk {
    /// How many of its partitions are at risk.
    pub partitions: u32,
    /// The worst of their classes.
    pub worst: Class,
}

/// Whether a partition counts as at risk: not healthy, and not only so because it has no more replicas than
/// min ISR, which is how it was made.
pub fn at_risk(judged: Judged, partition: &Partition) -> bool {
    judged.class != Class::Healthy && !is_thin(judged, partition)
}

/// Whether a partition has a full ISR and yet no replica to spare.
pub fn is_thin(judged: Judged, partition: &Partition) -> bool {
    judged.class == Class::AtMinIsr && judged.in_sync as usize == partition.replicas.len()
}

impl Lists {
    /// The rows of a bulletin for the lists of the page that is asked for, narrowed and sorted.
    pub fn of(bulletin: &Bulletin, asked: &Asked) -> Self {
        let risks = Risks::of(bulletin);
        let at_risk = risks.by_topic();
        let plain = View::default();
        let mut made = BTreeMap::new();
        for list in asked.page.lists() {
            let view = asked.views.get(list).unwrap_or(&plain);
            let marks = &asked.marks;
            let rows = match list {
                ListId::Brokers | ListId::AllBrokers => brokers::rows(bulletin, view, marks),
                ListId::Topics | ListId::AllTopics => topics::rows(bulletin, &at_risk, view, marks),
                ListId::WorstGroups | ListId::Groups => groups::rows(bulletin, view, marks),
                ListId::Partitions => partitions::rows(bulletin, &risks, &asked.scope, view, marks),
                ListId::Latest | ListId::Events => events::rows(bulletin, view, marks),
                ListId::Keepers => keepers::rows(bulletin, view, marks),
                ListId::Alerts => alerts::rows(bulletin, view, marks),
                ListId::Detail | ListId::Help | ListId::Sources | ListId::Story | ListId::Log => {
                    Narrowed::default()
                }
            };
            made.insert(*list, rows);
        }
        Self { made, at_risk }
    }

    /// How many partitions are at risk.
    pub fn partitions_at_risk(&self) -> u32 {
        self.at_risk.values().map(|risk| risk.partitions).sum()
    }

    /// The rows of a list; none where it is not on the page that these were made for.
    pub fn rows(&self, list: ListId) -> &[RowKey] {
        self.made.get(&list).map_or(&[], |made| &made.keys)
    }

    /// Whether the rows of a list were made.
    pub fn has(&self, list: ListId) -> bool {
        self.made.contains_key(&list)
    }

    /// How many rows of a list its scope and its filter hide.
    pub fn hidden(&self, list: ListId) -> usize {
        self.made.get(&list).map_or(0, |made| made.hidden)
    }

    /// How many rows of a list are marked: its first ones.
    pub fn marked(&self, list: ListId) -> usize {
        self.made.get(&list).map_or(0, |made| made.marked)
    }

    /// The same rows in the order of an earlier making, new ones last.
    #[must_use]
    pub fn in_order_of(mut self, before: &Self) -> Self {
        for (list, made) in &mut self.made {
            if let Some(before) = before
                .made
                .get(list)
                .filter(|before| before.marked == made.marked)
            {
                hold(&mut made.keys, &before.keys);
            }
        }
        self
    }
}

fn hold(rows: &mut Vec<RowKey>, before: &[RowKey]) {
    if rows == before {
        return;
    }
    let mut fresh: HashSet<RowKey> = rows.iter().cloned().collect();
    let mut held: Vec<RowKey> = before.iter().filter(|row| fresh.remove(*row)).cloned().collect();
    held.extend(rows.drain(..).filter(|row| fresh.contains(row)));
    *rows = held;
}

/// The partitions at risk with their rank, the worst first, and their class.
pub struct Risks<'a> {
    ranks: HashMap<&'a Name, HashMap<i32, (usize, Class)>>,
}

impl<'a> Risks<'a> {
    /// Ranks the partitions at risk of a bulletin.
    pub fn of(bulletin: &'a Bulletin) -> Self {
        let counts = |risk: &&AtRisk| {
            bulletin
                .snapshot
                .partition(&risk.id)
                .is_none_or(|partition| at_risk(risk.judged, partition))
        };
        let mut ranks: HashMap<&Name, HashMap<i32, (usize, Class)>> = HashMap::new();
        let survey = &bulletin.health.survey;
        for (rank, risk) in survey.at_risk.iter().filter(counts).enumerate() {
            let PartitionId { topic, partition } = &risk.id;
            ranks
                .entry(topic)
                .or_default()
                .insert(*partition, (rank, risk.judged.class));
        }
        Self { ranks }
    }

    /// The place of a partition among those at risk; the last one of all where it is not.
    pub fn rank(&self, topic: &Name, partition: i32) -> usize {
        let found = self.ranks.get(topic).and_then(|ranks| ranks.get(&partition));
        found.map_or(usize::MAX, |(rank, _)| *rank)
    }

    /// The topics that they belong to.
    pub fn by_topic(&self) -> BTreeMap<Name, TopicRisk> {
        let risk = |ranks: &HashMap<i32, (usize, Class)>| {
            let worst = ranks.values().map(|(_, class)| *class).max()?;
            Some(TopicRisk {
                partitions: u32::try_from(ranks.len()).unwrap_or(u32::MAX),
                worst,
            })
        };
        self.ranks
            .iter()
            .filter_map(|(name, ranks)| Some(((*name).clone(), risk(ranks)?)))
            .collect()
    }
}

//! One partition table out of what several brokers say.
//!
//! Brokers contradict each other while a cluster falls apart, and metadata epochs alone do not settle
//! it: a cut-off broker goes on claiming leadership at an old epoch, and on partitions that it only
//! follows the epoch is the same on both sides while the ISR differs. Hence, per partition: the topic
//! id that most brokers of the accepted side name, then the higher leader epoch, then the word of the
//! partition's own leader, then the side with more brokers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::ids::{BrokerId, TopicId};
use crate::model::observation::{MetadataView, PartitionView, PartitionViews, TopicView};
use crate::model::text::Name;

/// One broker's newest word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Witness<'a> {
    /// Who says it.
    pub broker: BrokerId,
    /// What it says.
    pub view: &'a MetadataView,
}

/// Which brokers the answering brokers list, and which of them are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sides {
    /// The witnesses that are believed, as far as they can be told apart.
    pub accepted: BTreeSet<BrokerId>,
    /// The brokers that the accepted witnesses list, by majority.
    pub listed: BTreeSet<BrokerId>,
    /// Witnesses that answer although the accepted ones no longer list them.
    pub dropped: BTreeSet<BrokerId>,
}

/// Tells the sides of a split apart: a witness is believed the more, the more witnesses list it.
///
/// A cut-off broker's frozen list still names everybody, so its peers lose nothing by it, while they
/// have dropped it from theirs.
pub(super) fn sides(witnesses: &[Witness<'_>]) -> Sides {
    let lists: Vec<(BrokerId, BTreeSet<BrokerId>)> = witnesses
        .iter()
        .map(|witness| {
            (
                witness.broker,
                witness.view.brokers.iter().map(|broker| broker.id).collect(),
            )
        })
        .collect();
    let support = |id: BrokerId| lists.iter().filter(|(_, list)| list.contains(&id)).count();
    let best = lists.iter().map(|(id, _)| support(*id)).max().unwrap_or(0);
    let accepted: BTreeSet<BrokerId> = lists
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| support(*id) == best)
        .collect();
    let judges: Vec<&BTreeSet<BrokerId>> = lists
        .iter()
        .filter(|(id, _)| accepted.contains(id))
        .map(|(_, list)| list)
        .collect();
    let everybody: BTreeSet<BrokerId> = judges.iter().flat_map(|list| list.iter().copied()).collect();
    let listed: BTreeSet<BrokerId> = everybody
        .into_iter()
        .filter(|id| judges.iter().filter(|list| list.contains(id)).count() * 2 > judges.len())
        .collect();
    let dropped = lists
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| !listed.contains(id))
        .collect();
    Sides {
        accepted,
        listed,
        dropped,
    }
}

/// A reconciled topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    /// The topic's id.
    pub id: Option<TopicId>,
    /// Its partitions by number.
    pub partitions: PartitionViews,
}

/// The reconciled table, and who contradicts it.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Topics by name.
    pub topics: BTreeMap<Name, Agreed>,
    /// For each witness that contradicts the table, the number of partitions on which it does so.
    pub contradictions: BTreeMap<BrokerId, u32>,
    /// For each witness, the number of partitions on which its leader epoch or topic id is out of date.
    pub outdated: BTreeMap<BrokerId, u32>,
}

/// Lets a view share what it says with the table that is accepted already, wherever it says the same.
pub(super) fn share(view: &mut MetadataView, accepted: &BTreeMap<Name, Agreed>) {
    for topic in &mut view.topics {
        let Some(known) = accepted.get(&topic.name).filter(|known| known.id == topic.id) else {
            continue;
        };
        if topic.partitions == known.partitions {
            topic.partitions = Arc::clone(&known.partitions);
            continue;
        }
        for partition in Arc::make_mut(&mut topic.partitions) {
            if let Some(same) = find(&known.partitions, partition.index).filter(|same| *same == partition) {
                *partition = Arc::clone(same);
            }
        }
    }
}

/// Reconciles the witnesses. `previous` is the last table: a leader epoch never goes backwards there.
pub(super) fn reconcile(
    witnesses: &[Witness<'_>],
    sides: &Sides,
    previous: &BTreeMap<Name, Agreed>,
) -> Table {
    let mut table = Table::default();
    let mut by_topic: BTreeMap<&Name, Vec<(BrokerId, &TopicView)>> = BTreeMap::new();
    for witness in witnesses {
        for topic in &witness.view.topics {
            by_topic
                .entry(&topic.name)
                .or_default()
                .push((witness.broker, topic));
        }
    }
    for (name, said) in by_topic {
        let on_side = said
            .iter()
            .filter(|(broker, _)| sides.accepted.contains(broker))
            .count();
        // A topic that most of the accepted side no longer knows was deleted.
        if on_side * 2 < sides.accepted.len() {
            continue;
        }
        let id = topic_id(&said, sides);
        let believed: Vec<(BrokerId, &TopicView)> =
            said.iter().copied().filter(|(_, topic)| topic.id == id).collect();
        let before = previous.get(name).filter(|agreed| agreed.id == id);
        let partitions = agree(&believed, sides, before);
        for (broker, topic) in &said {
            let (contradicted, outdated) = compare(topic, id, &partitions);
            if contradicted > 0 {
                *table.contradictions.entry(*broker).or_default() += contradicted;
            }
            if outdated > 0 {
                *table.outdated.entry(*broker).or_default() += outdated;
            }
        }
        table.topics.insert(name.clone(), Agreed { id, partitions });
    }
    table
}

/// The topic id that most of the accepted side names; on a tie, one that any witness names more often.
fn topic_id(said: &[(BrokerId, &TopicView)], sides: &Sides) -> Option<TopicId> {
    let mut votes: BTreeMap<Option<TopicId>, (usize, usize)> = BTreeMap::new();
    for (broker, topic) in said {
        let vote = votes.entry(topic.id).or_default();
        vote.0 += usize::from(sides.accepted.contains(broker));
        vote.1 += 1;
    }
    votes
        .into_iter()
        .max_by_key(|(_, vote)| *vote)
        .and_then(|(id, _)| id)
}

fn agree(believed: &[(BrokerId, &TopicView)], sides: &Sides, before: Option<&Agreed>) -> PartitionViews {
    // The usual case: everybody says the same, and nothing has to be weighed.
    if let Some(((_, first), rest)) = believed.split_first()
        && rest.iter().all(|(_, topic)| topic.partitions == first.partitions)
        && before.is_none_or(|before| !goes_back(&first.partitions, before))
    {
        return Arc::clone(&first.partitions);
    }
    let mut candidates: BTreeMap<i32, Vec<(BrokerId, &Arc<PartitionView>)>> = BTreeMap::new();
    for (broker, topic) in believed {
        for partition in topic.partitions.iter() {
            candidates
                .entry(partition.index)
                .or_default()
                .push((*broker, partition));
        }
    }
    let weighed = candidates.into_iter().filter_map(|(index, said)| {
        let chosen = weigh(&said, sides)?;
        let known = before.and_then(|before| find(&before.partitions, index));
        // Who knows a newer epoch may be silent now; an older word is no news.
        let accepted = known
            .filter(|known| known.leader_epoch > chosen.leader_epoch)
            .unwrap_or(chosen);
        Some(Arc::clone(accepted))
    });
    let weighed: Vec<_> = weighed.collect();
    match before {
        Some(before) if *before.partitions == weighed => Arc::clone(&before.partitions),
        _ => Arc::new(weighed),
    }
}

fn goes_back(partitions: &PartitionViews, before: &Agreed) -> bool {
    if Arc::ptr_eq(partitions, &before.partitions) {
        return false;
    }
    partitions.iter().any(|partition| {
        find(&before.partitions, partition.index)
            .is_some_and(|known| known.leader_epoch > partition.leader_epoch)
    })
}

/// The partition of that number: as a rule it stands at the place of its number.
pub(super) fn find(partitions: &[Arc<PartitionView>], index: i32) -> Option<&Arc<PartitionView>> {
    let guess = usize::try_from(index).ok()?;
    match partitions.get(guess) {
        Some(partition) if partition.index == index => Some(partition),
        _ => partitions
            .binary_search_by_key(&index, |partition| partition.index)
            .ok()
            .and_then(|at| partitions.get(at)),
    }
}

fn weigh<'a>(said: &[(BrokerId, &'a Arc<PartitionView>)], sides: &Sides) -> Option<&'a Arc<PartitionView>> {
    let newest = said.iter().map(|(_, partition)| partition.leader_epoch).max()?;
    let newest: Vec<(BrokerId, &Arc<PartitionView>)> = said
        .iter()
        .copied()
        .filter(|(_, partition)| partition.leader_epoch == newest)
        .collect();
    let own_word = newest
        .iter()
        .find(|(broker, partition)| partition.leader == Some(*broker) && sides.accepted.contains(broker));
    if let Some((_, partition)) = own_word {
        return Some(*partition);
    }
    let votes = |candidate: &Arc<PartitionView>| {
        let same = newest.iter().filter(|(_, partition)| *partition == candidate);
        let (mut on_side, mut all) = (0, 0);
        for (broker, _) in same {
            on_side += usize::from(sides.accepted.contains(broker));
            all += 1;
        }
        (on_side, all)
    };
    newest
        .iter()
        .map(|(_, partition)| *partition)
        .max_by_key(|partition| votes(partition))
}

fn compare(topic: &TopicView, id: Option<TopicId>, agreed: &PartitionViews) -> (u32, u32) {
    let (mut contradicted, mut outdated) = (0, 0);
    if topic.id == id && Arc::ptr_eq(&topic.partitions, agreed) {
        return (0, 0);
    }
    for partition in topic.partitions.iter() {
        let Some(truth) = find(agreed, partition.index) else {
            continue;
        };
        let old = topic.id != id || partition.leader_epoch < truth.leader_epoch;
        outdated += u32::from(old);
        let same_isr = partition.isr.len() == truth.isr.len()
            && partition.isr.iter().all(|replica| truth.isr.contains(replica));
        contradicted += u32::from(old || partition.leader != truth.leader || !same_isr);
    }
    (contradicted, outdated)
}

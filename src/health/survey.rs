//! One pass over all partitions: what the verdict, the counts and the stop check rest on.

use std::collections::BTreeMap;

use crate::model::ids::{BrokerId, PartitionId};
use crate::model::snapshot::Snapshot;

use super::class::{Judge, effective_min_isr, is_thin};
use super::{AtRisk, Class, Tallies, Writes};

/// What the loss of one broker would do beyond what is already so, and what it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IfLost {
    /// Partitions that would refuse writes.
    pub refuse: u32,
    /// Partitions that would go offline.
    pub offline: u32,
    /// Partitions with no more replicas than min ISR that have one here.
    pub thin: u32,
    /// Partitions that are short only of their replica here: out of sync, or gone with the broker.
    pub short_only_here: u32,
    /// Replicas here that are out of sync although the broker is not gone.
    pub lagging: u32,
    /// The least min ISR among the partitions that would refuse or go offline.
    pub min_isr: Option<usize>,
}

/// What one pass over all partitions found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Partitions by class.
    pub tallies: Tallies,
    /// The partitions that are not healthy.
    pub at_risk: Vec<AtRisk>,
    /// By broker.
    pub if_lost: BTreeMap<BrokerId, IfLost>,
    /// Partitions with a replica that does not count as in sync, reported or gone.
    pub short: u32,
    /// The replica counts that partitions have: the least and the most.
    pub replicas: Option<(usize, usize)>,
    /// The replica counts that short partitions have: the least and the most.
    pub short_of: Option<(usize, usize)>,
    /// The in-sync counts of the short partitions: the least and the most.
    pub in_sync: Option<(u32, u32)>,
    /// Partitions judged offline that have no leader as reported.
    pub leaderless: u32,
    /// Topics whose min ISR is not known.
    pub min_isr_unread: u32,
    /// Partitions that refuse acks=all at once, beyond those that always do by configuration.
    pub refusing: u32,
    /// Partitions that refuse acks=all with a full ISR: fewer replicas than min ISR, on releases that do not
    /// cap it.
    pub always_refusing: u32,
}

/// Looks at every partition once.
pub fn survey(snapshot: &Snapshot) -> Survey {
    let mut survey = Survey::default();
    let judge = Judge::of(snapshot);
    let unread = snapshot
        .topics
        .values()
        .filter(|topic| topic.min_isr.value().is_none());
    survey.min_isr_unread = u32::try_from(unread.count()).unwrap_or(u32::MAX);
    for (topic, partition) in snapshot.partitions() {
        let judged = judge.partition(topic, partition);
        let thin = is_thin(snapshot, topic, partition, judged);
        let tallies = &mut survey.tallies;
        tallies.total += 1;
        tallies.out_of_sync += u32::from(partition.missing().next().is_some());
        tallies.stalled += u32::from(judged.writes == Writes::Stalled);
        tallies.not_preferred +=
            u32::from(partition.leader.is_some() && partition.leader != partition.preferred());
        tallies.thin += u32::from(thin);
        if !thin {
            match judged.class {
                Class::Offline => tallies.offline += 1,
                Class::UnderMinIsr => tallies.under_min_isr += 1,
                Class::AtMinIsr => tallies.at_min_isr += 1,
                Class::UnderReplicated => tallies.under_replicated += 1,
                Class::Healthy => {}
            }
        } else if judged.class == Class::Offline {
            tallies.offline += 1;
        }
        let refuses_whole = thin && judged.writes == Writes::Refused && partition.leader.is_some();
        survey.always_refusing += u32::from(refuses_whole);
        survey.refusing += u32::from(judged.writes == Writes::Refused && !refuses_whole);
        survey.leaderless += u32::from(partition.leader.is_none());
        let replicas = partition.replicas.len();
        let (least, most) = survey.replicas.unwrap_or((replicas, replicas));
        survey.replicas = Some((least.min(replicas), most.max(replicas)));

        let counts = |id: &BrokerId| partition.isr.contains(id) && !judge.is_gone(*id);
        let min_isr = effective_min_isr(snapshot, topic, partition);
        let short: Vec<BrokerId> = partition
            .replicas
            .iter()
            .copied()
            .filter(|id| !counts(id))
            .collect();
        if !short.is_empty() {
            survey.short += 1;
            let (least, most) = survey.short_of.unwrap_or((replicas, replicas));
            survey.short_of = Some((least.min(replicas), most.max(replicas)));
            let (least, most) = survey.in_sync.unwrap_or((judged.in_sync, judged.in_sync));
            survey.in_sync = Some((least.min(judged.in_sync), most.max(judged.in_sync)));
        }
        for id in &partition.replicas {
            let entry = survey.if_lost.entry(*id).or_default();
            if short.contains(id) {
                entry.lagging += u32::from(!judge.is_gone(*id));
                entry.short_only_here += u32::from(short.len() == 1);
            }
            if replicas <= min_isr {
                entry.thin += 1;
                continue;
            }
            if judged.class == Class::Offline || short.contains(id) {
                continue;
            }
            let remaining = judged.in_sync.saturating_sub(1) as usize;
            // One that refuses writes already is still read.
            if remaining == 0 {
                entry.offline += 1;
            } else if remaining < min_isr && judged.writes != Writes::Refused {
                entry.refuse += 1;
            } else {
                continue;
            }
            entry.min_isr = Some(entry.min_isr.map_or(min_isr, |known| known.min(min_isr)));
        }
        let hangs = judged.writes == Writes::Stalled;
        if !short.is_empty() || hangs || judged.class >= Class::UnderMinIsr && !refuses_whole {
            let id = PartitionId {
                topic: topic.name.clone(),
                partition: partition.index,
            };
            survey.at_risk.push(AtRisk { id, judged });
        }
    }
    survey.at_risk.sort_by(|a, b| {
        b.judged
            .class
            .cmp(&a.judged.class)
            .then_with(|| internal_last(a).cmp(&internal_last(b)))
    });
    survey
}

/// The order among partitions of one class: Kafka's own topics after the users', then by topic and number.
fn internal_last(at_risk: &AtRisk) -> (bool, &PartitionId) {
    (at_risk.id.topic.raw().starts_with("__"), &at_risk.id)
}

//! The class of a partition, and what a producer with acks=all meets on it.

use crate::model::broker::BrokerState;
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::topic::{Partition, Topic};

use super::council::{apart, is_blind};

/// How far a partition is from losing service; ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The ISR is full and above min ISR.
    Healthy,
    /// A replica is out of sync, and more than one loss away from refusing writes.
    UnderReplicated,
    /// One loss from refusing writes.
    AtMinIsr,
    /// Fewer in-sync replicas than min ISR: acks=all is refused.
    UnderMinIsr,
    /// No leader that serves: neither reads nor writes.
    Offline,
}

impl Class {
    /// The word of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::UnderReplicated => "under_replicated",
            Self::AtMinIsr => "at_min_isr",
            Self::UnderMinIsr => "under_min_isr",
            Self::Offline => "offline",
        }
    }
}

/// What a producer with acks=all meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Writes {
    /// Writes are acknowledged.
    Ok,
    /// Not known.
    Unknown,
    /// Writes hang until they time out: the ISR names a broker that does not answer, or does not reach its peers.
    Stalled,
    /// Writes fail at once.
    Refused,
}

impl Writes {
    /// The word of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Stalled => "stalled",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// The judgement of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its class.
    pub class: Class,
    /// Whether the class rests on who answers us, beyond what the cluster reports.
    pub inferred: bool,
    /// What a producer with acks=all meets on it.
    pub writes: Writes,
    /// In-sync replicas that count: reported in the ISR, and not known to be gone.
    pub in_sync: u32,
}

/// Partitions counted by class. `out_of_sync` counts every partition with a replica outside its ISR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// All partitions.
    pub total: u32,
    /// No leader that serves.
    pub offline: u32,
    /// acks=all refused.
    pub under_min_isr: u32,
    /// One loss from refusing, with a replica out of sync.
    pub at_min_isr: u32,
    /// More than one loss away, with a replica out of sync.
    pub under_replicated: u32,
    /// Full ISR, but no more replicas than min ISR: one loss from refusing by configuration.
    pub thin: u32,
    /// Partitions with a replica outside the ISR, as reported.
    pub out_of_sync: u32,
    /// Partitions on which acks=all hangs.
    pub stalled: u32,
    /// Partitions not led by their preferred replica.
    pub not_preferred: u32,
}

/// Whether a replica on this broker is gone for its peers: it does not answer us, or they dropped it.
///
/// While no broker at all answers, silence tells nothing of a single one, unless every one refuses.
pub fn is_gone(snapshot: &Snapshot, id: BrokerId) -> bool {
    let blind = is_blind(snapshot);
    snapshot.broker(id).is_some_and(|broker| match broker.state {
        Some(BrokerState::CutOff | BrokerState::Down) => true,
        Some(BrokerState::Unreachable) => !broker.replicates && !blind,
        Some(BrokerState::Up) | None => false,
    })
}

/// Judges one partition, see [`Judge::partition`].
pub fn judge(snapshot: &Snapshot, topic: &Topic, partition: &Partition) -> Judged {
    Judge::of(snapshot).partition(topic, partition)
}

/// Judges the partitions of one snapshot.
#[derive(Debug)]
pub struct Judge<'a> {
    snapshot: &'a Snapshot,
    /// In order.
    gone: Vec<BrokerId>,
    /// Those that their peers no longer hear of, in order.
    apart: Vec<BrokerId>,
}

impl<'a> Judge<'a> {
    /// Looks once at who is gone.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let brokers = snapshot.brokers.keys().copied();
        Self {
            snapshot,
            gone: brokers.filter(|id| is_gone(snapshot, *id)).collect(),
            apart: apart(snapshot),
        }
    }

    /// Whether a replica on this broker is gone for its peers, as [`is_gone`] says.
    pub fn is_gone(&self, id: BrokerId) -> bool {
        self.gone.binary_search(&id).is_ok()
    }

    /// Judges one partition against min ISR and the state of its brokers.
    ///
    /// Leader and ISR are taken as reported; a broker that is known to be gone counts neither as leader nor
    /// as in sync, and the class is then marked as inferred.
    pub fn partition(&self, topic: &Topic, partition: &Partition) -> Judged {
        let mut judged = judged(self.snapshot, |id| self.is_gone(*id), topic, partition);
        // Leader and followers wait for each other where one of them does not reach the rest.
        let waits = partition.isr.len() > 1 && partition.isr.iter().any(|id| self.apart.contains(id));
        if waits && judged.writes == Writes::Ok {
            judged.writes = Writes::Stalled;
        }
        judged
    }
}

fn judged(
    snapshot: &Snapshot,
    gone: impl Fn(&BrokerId) -> bool,
    topic: &Topic,
    partition: &Partition,
) -> Judged {
    let replicas = partition.replicas.len();
    let in_sync = partition.isr.iter().filter(|id| !gone(id)).count();
    let min_isr = effective_min_isr(snapshot, topic, partition);
    let leads = partition.leader.filter(|leader| !gone(leader));
    let reported = class_of(partition.leader.is_some(), partition.isr.len(), replicas, min_isr);
    let class = class_of(leads.is_some(), in_sync, replicas, min_isr);
    // Without a leader there is nobody to refuse: producers look for one until their delivery times out.
    let writes = if leads.is_some() && partition.isr.len() < min_isr {
        Writes::Refused
    } else if in_sync < partition.isr.len() || leads.is_none() {
        Writes::Stalled
    } else {
        Writes::Ok
    };
    Judged {
        class,
        // Also where it rests on an assumption: min ISR was never read.
        inferred: class != reported || topic.min_isr.value().is_none(),
        writes,
        in_sync: u32::try_from(in_sync).unwrap_or(u32::MAX),
    }
}

fn class_of(led: bool, in_sync: usize, replicas: usize, min_isr: usize) -> Class {
    if !led {
        Class::Offline
    } else if in_sync < min_isr {
        Class::UnderMinIsr
    } else if in_sync == min_isr {
        Class::AtMinIsr
    } else if in_sync < replicas {
        Class::UnderReplicated
    } else {
        Class::Healthy
    }
}

/// Min ISR as the leader enforces it: from 3.7 on capped at the replica count (`Partition.effectiveMinIsr`).
/// Where it could not be read, 1 is assumed, Kafka's own default: no refusal is claimed that is not known.
pub fn effective_min_isr(snapshot: &Snapshot, topic: &Topic, partition: &Partition) -> usize {
    let configured = topic
        .min_isr
        .value()
        .copied()
        .map_or(1, |value| usize::try_from(value).unwrap_or(1))
        .max(1);
    let leader = partition.leader.or(partition.preferred());
    let capped = leader
        .and_then(|id| snapshot.broker(id))
        .and_then(|broker| broker.caps_min_isr)
        .unwrap_or(true);
    if capped {
        configured.min(partition.replicas.len().max(1))
    } else {
        configured
    }
}

/// Whether a full ISR is all that this partition can have above or at min ISR: one loss from refusing by
/// configuration, which is no incident.
pub(super) fn is_thin(snapshot: &Snapshot, topic: &Topic, partition: &Partition, judged: Judged) -> bool {
    let full = judged.in_sync as usize >= partition.replicas.len();
    full && partition.replicas.len() <= effective_min_isr(snapshot, topic, partition)
}

//! What is wrong, traced to what: the facts behind the verdict's words.

use std::collections::BTreeMap;

use crate::model::broker::{Answers, Broker, BrokerState};
use crate::model::failure::Failure;
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::Since;

use super::council::{Council, apart};
use super::survey::Survey;
use super::{Cause, GroupTrouble, Level, Tallies, Writes};

/// Everything that is wrong at one moment.
#[derive(Clone, Debug)]
pub(super) struct Faults<'a> {
    pub snapshot: &'a Snapshot,
    pub survey: &'a Survey,
    pub council: &'a Council,
    /// Brokers with replicas that are not up, by id.
    pub absent: Vec<&'a Broker>,
    /// Brokers that are up and that the controllers no longer hear of.
    pub apart: Vec<BrokerId>,
    /// Other brokers that are not gone and have replicas out of sync, with how many.
    pub lagging: Vec<(BrokerId, u32)>,
    /// The consumer groups in trouble.
    pub groups: &'a BTreeMap<Name, GroupTrouble>,
    /// Why the partitions cannot be read at all now.
    pub unread: Option<&'a Failure>,
}

impl<'a> Faults<'a> {
    pub fn of(
        snapshot: &'a Snapshot,
        survey: &'a Survey,
        council: &'a Council,
        groups: &'a BTreeMap<Name, GroupTrouble>,
    ) -> Self {
        let absent = snapshot
            .brokers
            .values()
            .filter(|broker| broker.holds_replicas() && !broker.is_up() && broker.state.is_some())
            .collect();
        let apart = apart(snapshot);
        let is_slow = |id: &BrokerId| snapshot.broker(*id).is_none_or(Broker::is_up) && !apart.contains(id);
        let lagging = survey
            .if_lost
            .iter()
            .filter(|(id, held)| held.lagging > 0 && is_slow(id))
            .map(|(id, held)| (*id, held.lagging))
            .collect();
        let unread = snapshot.metadata.read.failing().map(|failing| &failing.why);
        Self {
            snapshot,
            survey,
            council,
            absent,
            apart,
            lagging,
            groups,
            unread,
        }
    }

    pub fn tallies(&self) -> &Tallies {
        &self.survey.tallies
    }

    /// Whether the partitions were never read, and nothing failed yet either.
    pub fn nothing_yet(&self) -> bool {
        self.unread.is_none() && self.snapshot.metadata.read.value().is_none()
    }

    /// Brokers with replicas that were not tried yet.
    pub fn untried(&self) -> usize {
        let brokers = self.snapshot.brokers.values();
        brokers
            .filter(|broker| broker.state.is_none() && broker.holds_replicas())
            .count()
    }

    /// Whether the failure to read anything is a refusal by everybody: nothing listens anywhere.
    pub fn all_refuse(&self) -> bool {
        self.unread
            .is_some_and(|why| why.kind == crate::model::failure::FailureKind::Refused)
    }

    pub fn level(&self) -> Level {
        let tallies = self.tallies();
        if self.nothing_yet() {
            return Level::Unknown;
        }
        let majority_lost = matches!(self.council, Council::MajorityLost { .. });
        if self.unread.is_some() {
            return if self.all_refuse() || majority_lost {
                Level::Critical
            } else {
                Level::Unknown
            };
        }
        if tallies.offline > 0 || tallies.under_min_isr > 0 || tallies.stalled > 0 || majority_lost {
            return Level::Critical;
        }
        let minority_lost = matches!(self.council, Council::MinorityLost { .. });
        let loses_data = self.groups.values().any(GroupTrouble::loses);
        let missed = !self.absent.is_empty() || !self.apart.is_empty() || minority_lost;
        if missed || tallies.out_of_sync > 0 || loses_data {
            return Level::Degraded;
        }
        // Metadata alone is never green: every broker that it names must have been tried.
        let kraft = self.snapshot.cluster.mode == Some(crate::model::cluster::Mode::Kraft);
        let quorum_unread = kraft && self.council.elects().is_none();
        if self.untried() > 0 || quorum_unread || self.snapshot.cluster.mode.is_none() {
            Level::Unknown
        } else {
            Level::Ok
        }
    }

    pub fn writes(&self) -> Writes {
        let tallies = self.tallies();
        if self.nothing_yet() || (self.unread.is_some() && (!self.all_refuse() || tallies.total == 0)) {
            Writes::Unknown
        } else if self.refusing() > 0 {
            Writes::Refused
        } else if tallies.stalled > 0 {
            Writes::Stalled
        } else {
            Writes::Ok
        }
    }

    /// Partitions that refuse acks=all at once, beyond those that always do by configuration.
    pub fn refusing(&self) -> u32 {
        self.survey.refusing
    }

    /// What the faults are traced to. Lagging replicas are a cause only where no absent broker is.
    pub fn causes(&self) -> Vec<Cause> {
        let mut causes: Vec<Cause> = self
            .absent
            .iter()
            .map(|broker| Cause::Broker(broker.id))
            .collect();
        causes.extend(self.apart.iter().map(|id| Cause::Broker(*id)));
        if causes.is_empty() {
            causes.extend(self.lagging.iter().map(|(id, _)| Cause::Broker(*id)));
        }
        for lost in self.council.lost() {
            if !causes.contains(lost) {
                causes.push(lost.clone());
            }
        }
        causes
    }

    /// The one ZooKeeper that is lost, where it answers all the same: it has not joined the others.
    pub fn joins(&self) -> Option<&Name> {
        let [Cause::ZooKeeper(address)] = self.council.lost() else {
            return None;
        };
        let mut members = self.snapshot.ensemble.members.iter();
        let member = members.find(|member| member.address == *address)?;
        member.report.failing().is_none().then_some(&member.address)
    }

    /// Since when the first of the absent brokers or ensemble members is gone.
    pub fn since(&self) -> Option<Since> {
        let brokers = self.absent.iter().map(|broker| broker.since);
        let members = self
            .snapshot
            .ensemble
            .members
            .iter()
            .filter(|member| member.is_lost());
        let members = members.filter_map(|member| {
            let failing = member.report.failing()?;
            let seen_alive = member.report.value().is_some();
            Some(if seen_alive {
                Since::Exactly(failing.since)
            } else {
                Since::AtLeast(failing.since)
            })
        });
        brokers.chain(members).min_by_key(|since| since.at())
    }
}

/// The states of absent brokers, told apart where the words differ.
pub(super) fn in_state<'a>(absent: &[&'a Broker], state: BrokerState) -> Vec<&'a Broker> {
    absent
        .iter()
        .copied()
        .filter(|broker| broker.state == Some(state))
        .collect()
}

/// How a broker fails to answer, if it does.
pub(super) fn failure_of(broker: &Broker) -> Option<&Failure> {
    match &broker.answers {
        Answers::No { why, .. } => Some(why),
        Answers::Untried | Answers::Yes { .. } => None,
    }
}

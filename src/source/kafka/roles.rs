//! Who is asked what only one or a few brokers need to be asked.

use crate::model::ids::BrokerId;
use std::collections::BTreeSet;

/// Up to this many brokers, each is asked everything.
pub(super) const SMALL: usize = 8;
/// Brokers of a large cluster whose Metadata is read each refresh; always the same ones while they live.
pub(super) const WITNESSES: usize = 4;
/// Brokers of a large cluster that are asked for the quorum.
const QUORUM_ASKERS: usize = 3;

/// The roles of the brokers that answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Roles {
    scribe: Option<BrokerId>,
    /// Empty where every broker is a witness.
    witnesses: Vec<BrokerId>,
    large: bool,
}

impl Roles {
    /// The roles among the brokers that answer, of `known` brokers in all.
    ///
    /// A broker keeps its role while it answers, so that a broker that comes back changes nothing.
    pub(super) fn assign(&self, live: &BTreeSet<BrokerId>, known: usize) -> Self {
        let large = known > SMALL;
        let scribe = self
            .scribe
            .filter(|scribe| live.contains(scribe))
            .or(live.first().copied());
        let mut witnesses: Vec<BrokerId> = Vec::new();
        if large {
            let kept = self.witnesses.iter().filter(|witness| live.contains(witness));
            for id in scribe.iter().chain(kept).chain(live) {
                if witnesses.len() < WITNESSES && !witnesses.contains(id) {
                    witnesses.push(*id);
                }
            }
        }
        Self {
            scribe,
            witnesses,
            large,
        }
    }

    /// Asks what one broker can answer for all: configuration, eligible replicas, reassignments.
    pub(super) fn is_scribe(&self, id: BrokerId) -> bool {
        self.scribe == Some(id)
    }

    /// Asks for Metadata at every refresh.
    pub(super) fn is_witness(&self, id: BrokerId) -> bool {
        !self.large || self.witnesses.contains(&id)
    }

    /// Asks for the quorum.
    pub(super) fn asks_quorum(&self, id: BrokerId) -> bool {
        !self.large
            || self
                .witnesses
                .iter()
                .take(QUORUM_ASKERS)
                .any(|witness| *witness == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(ids: &[i32]) -> BTreeSet<BrokerId> {
        ids.iter().copied().map(BrokerId).collect()
    }

    #[test]
    fn in_a_small_cluster_everyone_is_asked_and_the_lowest_is_scribe() {
        let roles = Roles::default().assign(&live(&[2, 1, 3]), 3);
        assert!(roles.is_scribe(BrokerId(1)) && !roles.is_scribe(BrokerId(2)));
        assert!(roles.is_witness(BrokerId(3)) && roles.asks_quorum(BrokerId(3)));
        // The scribe falls silent, and comes back.
        let roles = roles.assign(&live(&[2, 3]), 3);
        assert!(roles.is_scribe(BrokerId(2)));
        let roles = roles.assign(&live(&[1, 2, 3]), 3);
        assert!(roles.is_scribe(BrokerId(2)), "a role is not taken back");
        assert_eq!(roles.assign(&live(&[]), 3).scribe, None);
    }

    #[test]
    fn in_a_large_cluster_a_few_witness_and_stay() {
        let all: Vec<i32> = (0..12).collect();
        let roles = Roles::default().assign(&live(&all), 12);
        let witnesses = |roles: &Roles| {
            (0..12)
                .filter(|id| roles.is_witness(BrokerId(*id)))
                .collect::<Vec<_>>()
        };
        assert_eq!(witnesses(&roles), [0, 1, 2, 3]);
        assert_eq!((0..12).filter(|id| roles.asks_quorum(BrokerId(*id))).count(), 3);
        let without: Vec<i32> = all.iter().copied().filter(|id| *id != 1).collect();
        let roles = roles.assign(&live(&without), 12);
        assert_eq!(witnesses(&roles), [0, 2, 3, 4]);
        let roles = roles.assign(&live(&all), 12);
        assert_eq!(
            witnesses(&roles),
            [0, 2, 3, 4],
            "the one that comes back does not push another out"
        );
        assert!(roles.is_witness(BrokerId(0)) && roles.is_scribe(BrokerId(0)));
    }
}

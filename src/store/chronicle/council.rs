//! Who governs: the controller, the voters of the quorum, the members of the ensemble.

use std::collections::BTreeMap;

use crate::model::cluster::Controller;
use crate::model::ensemble::Ensemble;
use crate::model::event::{Chair, What, When};
use crate::model::ids::BrokerId;
use crate::model::quorum::Quorum;
use crate::model::reading::Reading;
use crate::model::text::Name;
use crate::model::time::At;

use super::Chronicle;

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Council {
    chair: Option<Chair>,
    /// Of each voter whether it was lost.
    voters: BTreeMap<BrokerId, bool>,
    /// Of each member whether it was lost.
    keepers: BTreeMap<Name, bool>,
}

impl Chronicle {
    /// Takes who governs now.
    pub fn council(
        &mut self,
        controller: &Controller,
        quorum: &Reading<Quorum>,
        ensemble: &Ensemble,
        now: At,
    ) {
        self.controller(controller, now);
        self.voters(quorum, now);
        self.keepers(ensemble, now);
    }

    fn controller(&mut self, controller: &Controller, now: At) {
        let (chair, at) = match controller {
            Controller::Unknown => return,
            Controller::Known(id) => (Chair::Taken(*id), now),
            Controller::None { since } => (Chair::Empty, *since),
            Controller::NoAnswer { since, .. } => (Chair::NoAnswer, *since),
        };
        let before = self.council.chair.replace(chair);
        if let Some(from) = before.filter(|from| *from != chair) {
            self.folder
                .take(When::polled(at.min(now)), What::Controller { from, to: chair });
        }
    }

    /// While nobody tells of the quorum its voters stand as they did.
    fn voters(&mut self, quorum: &Reading<Quorum>, now: At) {
        if quorum.failing().is_some() {
            return;
        }
        let Some(last) = quorum.last() else { return };
        let lost = last.value.lost_voters();
        let seen = std::mem::take(&mut self.council.voters);
        for voter in &last.value.voters {
            let is_lost = lost.contains(&voter.id);
            if seen.get(&voter.id).is_some_and(|was| *was != is_lost) {
                let what = What::Voter {
                    id: voter.id,
                    lost: is_lost,
                };
                self.folder.take(When::polled(last.at.min(now)), what);
            }
            self.council.voters.insert(voter.id, is_lost);
        }
    }

    fn keepers(&mut self, ensemble: &Ensemble, now: At) {
        for member in &ensemble.members {
            let Some(serves) = member.serves() else { continue };
            let before = self.council.keepers.insert(member.address.clone(), !serves);
            if before.is_some_and(|was_lost| was_lost == serves) {
                let failed = member.report.failing().map(|failing| failing.since);
                let at = failed.or(member.report.last().map(|last| last.at)).unwrap_or(now);
                let what = What::Keeper {
                    address: member.address.clone(),
                    lost: !serves,
                };
                self.folder.take(When::polled(at.min(now)), what);
            }
        }
    }
}

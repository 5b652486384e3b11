//! The post from which one act is carried out: what it may use, and to whom it tells what happens.

use std::sync::Arc;

use tokio::sync::watch;

use super::hand::Hand;
use super::records::Records;
use crate::gate::Mandate;
use crate::health::Bulletin;
use crate::model::act::Act;
use crate::model::alert::Works;
use crate::model::cluster::Mode;
use crate::model::progress::{Control, Happening, Progress};
use crate::model::time::{At, Span};
use crate::source::clock::Clock;

/// To whom news of an act goes; it must not block.
pub type Tell<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// What every act may use.
#[derive(Debug)]
pub(super) struct Means<H> {
    pub(super) hand: H,
    pub(super) mandate: Mandate,
    pub(super) bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    pub(super) records: Records,
    pub(super) clock: Clock,
    /// How long a node must stay whole that was out of reach.
    pub(super) steady: Span,
    /// What goes on, for those who tell of alerts.
    pub(super) works: watch::Sender<Works>,
}

/// The post from which one act is carried out.
pub(super) struct Post<'a, H> {
    pub(super) means: &'a Means<H>,
    pub(super) act: Act,
    pub(super) number: u64,
    pub(super) began: At,
    pub(super) steer: watch::Receiver<Control>,
    pub(super) tell: Tell<'a>,
}

impl<'a, H: Hand> Post<'a, H> {
    pub(super) fn hand(&self) -> &'a H {
        &self.means.hand
    }

    pub(super) fn now(&self) -> At {
        self.means.clock.now()
    }

    pub(super) fn steady(&self) -> Span {
        self.means.steady
    }

    /// The newest that is known of the cluster.
    pub(super) fn bulletin(&self) -> Option<Arc<Bulletin>> {
        self.means.bulletins.borrow().clone()
    }

    pub(super) fn mode(&self) -> Option<Mode> {
        self.bulletin()?.snapshot.cluster.mode
    }

    /// Tells that something happened.
    pub(super) fn say(&self, words: impl Into<String>) {
        self.happened(Happening::Step(words.into()));
    }

    /// Tells that something is waited for.
    pub(super) fn waits(&self, what: &str, at_most: std::time::Duration) {
        self.happened(Happening::Waiting {
            what: what.to_owned(),
            until: self.now().plus(Span::from(at_most)),
        });
    }

    pub(super) fn happened(&self, what: Happening) {
        (self.tell)(Progress {
            number: self.number,
            act: self.act.clone(),
            began: self.began,
            at: self.now(),
            what,
        });
    }
}

//! What this kaftop did, as events.

use crate::model::act::{Deed, Node};
use crate::model::ids::BrokerId;
use crate::model::progress::Ending;
use crate::model::time::Span;

/// An act of this kaftop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActMove {
    /// Its number in this run.
    pub number: u64,
    /// What is done.
    pub deed: Deed,
    /// How it ended, and how long it took; none while it goes on.
    pub outcome: Option<(Ending, Span)>,
}

impl ActMove {
    /// Whether it is done to the broker or controller of this id.
    pub fn is_on(&self, id: BrokerId) -> bool {
        matches!(self.node(), Some(Node::Broker(own) | Node::Controller(own)) if *own == id)
    }

    /// Whether it was not done, or not seen to have taken effect.
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Some((Ending::Failed | Ending::Unverified, _)))
    }

    /// The node that it is done to, where it is one.
    pub fn node(&self) -> Option<&Node> {
        match &self.deed {
            Deed::Node(_, node) => Some(node),
            Deed::Elect(_) | Deed::Roll => None,
        }
    }

    /// What is done and how it ended, in a sentence.
    pub fn sentence(&self) -> String {
        let deed = &self.deed;
        match self.outcome {
            None => format!("kaftop: {deed}: under way"),
            Some((Ending::Done, took)) => format!("kaftop: {deed}: done in {took}"),
            Some((Ending::Failed, took)) => format!("kaftop: {deed}: failed after {took}"),
            Some((Ending::Unverified, took)) => {
                format!("kaftop: {deed}: done, and not seen to have taken effect in {took}")
            }
            Some((Ending::Aborted, took)) => format!("kaftop: {deed}: ended on request after {took}"),
        }
    }
}

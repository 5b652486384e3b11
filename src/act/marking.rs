//! That an act of our own goes on, for those who tell of alerts: what it does is no news.

use tokio::sync::watch;

use crate::model::act::{Node, Verb};
use crate::model::alert::{Maintenance, Works};
use crate::model::time::{At, Span};

/// For so long what was stopped, paused or cut off on purpose is no news; whoever forgot it is told then.
const ON_PURPOSE: Span = Span::seconds(10 * 60);

/// A mark that is there for as long as it is held.
#[derive(Debug)]
pub(super) struct Mark {
    works: watch::Sender<Works>,
    name: String,
    verb: Verb,
}

impl Mark {
    /// Marks that this is done to that node. An older mark of the same node ends, and with it what it left.
    pub(super) fn begin(works: &watch::Sender<Works>, verb: Verb, node: &Node) -> Self {
        let name = node.to_string();
        let brokers = match node {
            Node::Broker(id) | Node::Controller(id) => vec![*id],
            Node::ZooKeeper(_) => Vec::new(),
        };
        let why = format!("{} {name}", verb.word());
        works.send_modify(|works| {
            let until = None;
            works.insert(name.clone(), Maintenance { brokers, why, until });
        });
        let works = works.clone();
        Self { works, name, verb }
    }

    /// The act was seen to have taken effect. What it took away on purpose stays marked for a while.
    pub(super) fn done(self, now: At) {
        if matches!(self.verb, Verb::Stop | Verb::Kill | Verb::Pause | Verb::Cut) {
            self.works.send_modify(|works| {
                if let Some(work) = works.get_mut(&self.name) {
                    work.until = Some(now.plus(ON_PURPOSE));
                }
            });
        }
    }
}

impl Drop for Mark {
    /// However the act ended: what is not known to be meant is news.
    fn drop(&mut self) {
        self.works.send_if_modified(|works| {
            let goes_on = works.get(&self.name).is_some_and(|work| work.until.is_none());
            goes_on && works.remove(&self.name).is_some()
        });
    }
}

//! How a task says what it learnt.

use super::clock::Clock;
use crate::model::intake::Origin;
use crate::model::observation::{Fact, Observation};
use crate::model::time::At;
use tokio::sync::mpsc;

/// Nobody listens any more: the task is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed;

/// One origin's way into the bounded queue of observations.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    pub(super) origin: Origin,
    pub(super) clock: Clock,
    queue: mpsc::Sender<Observation>,
}

impl Voice {
    /// A voice of an origin.
    pub(super) fn new(origin: Origin, clock: Clock, queue: mpsc::Sender<Observation>) -> Self {
        Self { origin, clock, queue }
    }

    /// Says a fact that was asked for at `asked` and is known now; waits while the queue is full.
    pub(super) async fn say(&self, asked: At, fact: Fact) -> Result<(), Closed> {
        self.pass(Observation {
            from: self.origin.clone(),
            asked,
            at: self.clock.now(),
            fact,
        })
        .await
    }

    /// Says a fact that was not asked for, now.
    pub(super) async fn tell(&self, fact: Fact) -> Result<(), Closed> {
        self.say(self.clock.now(), fact).await
    }

    /// Passes an observation on; waits while the queue is full.
    pub(super) async fn pass(&self, observation: Observation) -> Result<(), Closed> {
        self.queue.send(observation).await.map_err(|_| Closed)
    }
}

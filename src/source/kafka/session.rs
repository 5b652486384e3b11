//! An open connection to a broker of which the id is known, and the stamping of what it answers.

use super::failure::failure;
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Ask, Fact, Observation};
use crate::model::time::At;
use crate::source::clock::Clock;
use crate::wire::{self, Connection, Deadline, Fingerprint, Ticket, Traffic, WireError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an answer that has begun may take to come in.
const FLOW: Duration = Duration::from_secs(5);

/// How long answers are waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For the first byte of each answer, and for connecting.
    pub(super) answer: Duration,
    /// The end of everything, where there is one.
    pub(super) end: Option<Instant>,
}

impl Patience {
    /// Below the refresh interval, so that a silent broker is told in the cycle in which it fell silent.
    pub(super) fn of_refresh(refresh: Duration) -> Self {
        let answer = (refresh * 9 / 10).clamp(Duration::from_millis(500), Duration::from_secs(5));
        Self { answer, end: None }
    }

    /// A deadline that begins now.
    pub(super) fn deadline(self) -> Deadline {
        let deadline = Deadline::after(self.answer).with_flow(FLOW);
        match self.end {
            Some(end) => deadline.no_later_than(end),
            None => deadline,
        }
    }
}

/// A request that is under way.
pub(super) struct Sent<R> {
    ticket: Ticket<R>,
    pub(super) asked: At,
    deadline: Deadline,
}

/// An open connection to a broker.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: BrokerId,
    pub(super) connection: Connection,
    pub(super) clock: Clock,
    pub(super) patience: Patience,
    /// Whether we may describe the cluster as a whole, by the broker's newest word.
    pub(super) describes_cluster: Option<bool>,
}

impl Session {
    /// Sends a request. Answers come in the order of the requests.
    pub(super) async fn send<R: wire::Ask>(&mut self, request: &R) -> Result<Sent<R>, WireError> {
        let asked = self.clock.now();
        let deadline = self.patience.deadline();
        let ticket = self.connection.send(request, deadline).await?;
        Ok(Sent {
            ticket,
            asked,
            deadline,
        })
    }

    /// Waits for the answer to a request.
    pub(super) async fn answer<R: wire::Ask>(&mut self, sent: Sent<R>) -> Result<R::Answer, WireError> {
        self.connection.receive(sent.ticket, sent.deadline).await
    }

    /// Waits for the answer to a request, unless it is the one of that fingerprint.
    pub(super) async fn answer_unless<R: wire::Ask>(
        &mut self,
        sent: Sent<R>,
        known: Option<Fingerprint>,
    ) -> Result<(Fingerprint, Option<R::Answer>), WireError> {
        self.connection
            .receive_unless(sent.ticket, sent.deadline, known)
            .await
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn ask<R: wire::Ask>(&mut self, request: &R) -> Result<(At, R::Answer), WireError> {
        let sent = self.send(request).await?;
        let asked = sent.asked;
        Ok((asked, self.answer(sent).await?))
    }

    /// A fact with its stamps, known now.
    pub(super) fn observation(&self, asked: At, fact: Fact) -> Observation {
        Observation {
            from: Origin::Broker(self.id),
            asked,
            at: self.clock.now(),
            fact,
        }
    }

    /// The observation that an outcome gives: its fact, or that the read failed.
    ///
    /// An error that ends the connection is passed on, since what it means is for the caller to say.
    pub(super) fn observe(
        &self,
        ask: Ask,
        asked: At,
        outcome: Result<Fact, WireError>,
    ) -> Result<Observation, WireError> {
        match outcome {
            Ok(fact) => Ok(self.observation(asked, fact)),
            Err(error) if error.leaves_connection() => {
                Ok(self.observation(asked, Fact::Failed(ask, failure(&error))))
            }
            Err(error) => Err(error),
        }
    }

    /// Bytes and requests so far.
    pub(super) fn traffic(&self) -> Traffic {
        self.connection.traffic()
    }

    /// Whether the broker offers an API in a version that kaftop speaks.
    pub(super) fn speaks(&self, api: wire::Api) -> bool {
        self.connection.version(api).is_ok()
    }
}

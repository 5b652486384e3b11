//! A read of which the request is under way: several may be, so that the broker never waits for the next one.

use super::session::{Sent, Session};
use crate::model::observation::{Ask, Fact, Observation};
use crate::model::time::At;
use crate::wire::{self, WireError};

/// One request under way, with what its answer is to become.
pub(super) struct Pending<R: wire::Ask> {
    ask: Ask,
    asked: At,
    sent: Result<Sent<R>, WireError>,
    fact: fn(R::Answer) -> Fact,
}

impl<R: wire::Ask> Pending<R> {
    /// Sends the request. That it could not be sent is told by [`Pending::finish`].
    pub(super) async fn begin(
        session: &mut Session,
        ask: Ask,
        request: &R,
        fact: fn(R::Answer) -> Fact,
    ) -> Self {
        let asked = session.clock.now();
        let sent = session.send(request).await;
        Self {
            ask,
            asked,
            sent,
            fact,
        }
    }

    /// Waits for the answer. An error that comes back ended the connection; any other failure is an observation.
    pub(super) async fn finish(self, session: &mut Session) -> Result<Observation, WireError> {
        self.finish_seeing(session, |_, _| {}).await
    }

    /// The same, where the session is to see the answer first.
    pub(super) async fn finish_seeing(
        self,
        session: &mut Session,
        see: impl FnOnce(&mut Session, &R::Answer),
    ) -> Result<Observation, WireError> {
        let answer = match self.sent {
            Ok(sent) => session.answer(sent).await,
            Err(error) => Err(error),
        };
        if let Ok(answer) = &answer {
            see(session, answer);
        }
        session.observe(self.ask, self.asked, answer.map(self.fact))
    }
}

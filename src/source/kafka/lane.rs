//! The controller lane of a broker: a second connection for what the broker passes on to the controller.
//!
//! Its failures are failed reads, never the loss of the broker. It rests while the main lane has lost the broker, and
//! holds no connection where the broker has none of these duties.

use super::failure::failure;
use super::read;
use super::roles::Roles;
use super::session::{Patience, Session};
use crate::model::cluster::Mode;
use crate::model::ids::BrokerId;
use crate::model::observation::{Ask, Fact};
use crate::model::time::{At, Span};
use crate::source::voice::{Closed, Voice};
use crate::wire::{Address, Backoff, Connection, Options, WireError};
use std::time::Duration;
use tokio::sync::watch;

/// Between reads of the quorum.
const QUORUM: Duration = Duration::from_secs(1);
/// Between reads of reassignments.
const REASSIGNMENTS: Span = Span::seconds(2);

/// What the main lane knows that decides the duties of this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Duty {
    /// Where the broker answers; none while it does not.
    pub(super) address: Option<Address>,
    /// What keeps the cluster's metadata.
    pub(super) mode: Option<Mode>,
    /// Whether its own Metadata names the broker as the controller.
    pub(super) named_controller: bool,
}

/// What is to be asked of the broker on this lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    quorum: bool,
    reassignments: bool,
}

fn wanted(id: BrokerId, duty: &Duty, roles: &Roles) -> Wanted {
    let kraft = duty.mode == Some(Mode::Kraft);
    Wanted {
        quorum: kraft && roles.asks_quorum(id),
        // In KRaft any broker passes it on; in ZooKeeper mode only the controller itself answers.
        reassignments: if kraft {
            roles.is_scribe(id)
        } else {
            duty.named_controller
        },
    }
}

/// Runs the lane until nobody listens.
pub(super) async fn run(
    id: BrokerId,
    voice: Voice,
    mut duty: watch::Receiver<Duty>,
    mut roles: watch::Receiver<Roles>,
    patience: Patience,
    options: Options,
) -> Closed {
    let mut session: Option<Session> = None;
    let mut backoff = Backoff::new();
    let mut reassigned: Option<At> = None;
    loop {
        let current = duty.borrow_and_update().clone();
        let asks = wanted(id, &current, &roles.borrow_and_update());
        let Some(address) = current.address.filter(|_| asks.quorum || asks.reassignments) else {
            session = None;
            let changed = tokio::select! {
                changed = duty.changed() => changed,
                changed = roles.changed() => changed,
            };
            if changed.is_err() {
                return Closed;
            }
            continue;
        };
        let round = Round {
            id,
            voice: &voice,
            patience,
            options: &options,
            address: &address,
        };
        let outcome = round.run(&mut session, asks, &mut reassigned).await;
        let wait = match outcome {
            Err(closed) => return closed,
            Ok(true) => {
                backoff.succeeded();
                QUORUM.mul_f64(0.9 + fastrand::f64() * 0.2)
            }
            // Each try leaves a request waiting on the broker, so they become rarer while no controller answers.
            Ok(false) => backoff.failed(&mut fastrand::Rng::new()),
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = duty.changed() => if changed.is_err() {
                return Closed;
            },
        }
    }
}

/// One round of reads.
struct Round<'a> {
    id: BrokerId,
    voice: &'a Voice,
    patience: Patience,
    options: &'a Options,
    address: &'a Address,
}

impl Round<'_> {
    /// Asks what is wanted; whether the connection outlived it.
    async fn run(
        &self,
        session: &mut Option<Session>,
        asks: Wanted,
        reassigned: &mut Option<At>,
    ) -> Result<bool, Closed> {
        let now = self.voice.clock.now();
        let list = asks.reassignments && reassigned.is_none_or(|last| last.age(now) >= REASSIGNMENTS);
        let due = [(Ask::Quorum, asks.quorum), (Ask::Reassignments, list)];
        for ask in due.into_iter().filter(|(_, due)| *due).map(|(ask, _)| ask) {
            let asked = self.voice.clock.now();
            if ask == Ask::Reassignments {
                *reassigned = Some(asked);
            }
            if let Err(error) = self.ask(session, ask).await? {
                *session = None;
                self.voice.say(asked, Fact::Failed(ask, failure(&error))).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn ask(&self, session: &mut Option<Session>, ask: Ask) -> Result<Result<(), WireError>, Closed> {
        let open = match session.take() {
            Some(open) if open.connection.address() == self.address => open,
            _ => match Connection::open(self.address, self.patience.deadline(), self.options).await {
                Ok(connection) => Session {
                    id: self.id,
                    connection,
                    clock: self.voice.clock,
                    patience: self.patience,
                    describes_cluster: None,
                },
                Err(error) => return Ok(Err(error)),
            },
        };
        let open = session.insert(open);
        let outcome = match ask {
            Ask::Quorum => read::begin_quorum(open).await.finish(open).await,
            _ => read::begin_reassignments(open).await.finish(open).await,
        };
        match outcome {
            Ok(observation) => {
                self.voice.pass(observation).await?;
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn duties_follow_from_mode_and_roles() {
        let live: BTreeSet<BrokerId> = (1..=3).map(BrokerId).collect();
        let roles = Roles::default().assign(&live, 3);
        let duty = |mode, named_controller| Duty {
            address: None,
            mode: Some(mode),
            named_controller,
        };
        let cases = [
            // Broker, mode, named as controller; asks quorum, asks reassignments.
            (1, Mode::Kraft, false, true, true),
            (2, Mode::Kraft, true, true, false),
            (1, Mode::ZooKeeper, false, false, false),
            (2, Mode::ZooKeeper, true, false, true),
        ];
        for (id, mode, named, quorum, reassignments) in cases {
            let expected = Wanted {
                quorum,
                reassignments,
            };
            assert_eq!(
                wanted(BrokerId(id), &duty(mode, named), &roles),
                expected,
                "broker {id} {mode:?}"
            );
        }
        let unknown = wanted(BrokerId(1), &Duty::default(), &roles);
        assert!(!unknown.quorum && !unknown.reassignments);
    }
}

//! The task of one bootstrap address: finds the brokers behind it, and rests while any of them answers by itself.

use super::EyeOptions;
use super::convert;
use super::failure::failure;
use super::release::release;
use super::session::Patience;
use super::supervisor::Report;
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::{Fact, MetadataView};
use crate::model::text::Name;
use crate::model::time::At;
use crate::source::voice::{Closed, Voice};
use crate::wire::{Address, Backoff, Connection, Options, WireError, request};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// Between looks through a bootstrap address while none of the brokers behind it answers by itself.
const AGAIN: Duration = Duration::from_secs(5);

/// So many addresses are looked through at once; of a long list each further one is, after so long, where those before
/// it have led to nobody yet. Every look asks for the whole table, which is large where there are many brokers.
const AT_ONCE: u32 = 3;
const APART: Duration = Duration::from_millis(50);

/// How long an address waits for those before it in the list.
fn turn(place: usize) -> Duration {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    APART.saturating_mul(place.saturating_sub(AT_ONCE - 1))
}

/// What one look through a bootstrap address gave.
pub(super) struct Found {
    /// The address.
    pub(super) address: Address,
    /// What the broker that listens there can go on with.
    pub(super) open: Inherited,
}

/// An open connection to a broker, and what it told.
pub(super) struct Inherited {
    /// The connection.
    pub(super) connection: Connection,
    /// The round trip of its handshake.
    pub(super) round_trip: Option<Duration>,
    /// When Metadata was asked for.
    pub(super) asked: At,
    /// What the broker there knows.
    pub(super) view: Arc<MetadataView>,
}

/// The cluster that is read: the one that the first answer named. Brokers of another are not to be mixed in.
#[derive(Debug, Default)]
pub(super) struct OneCluster(Option<(Name, Address)>);

impl OneCluster {
    /// Why a view from this address is of another cluster, where it is.
    pub(super) fn refuses(&mut self, address: &Address, view: &MetadataView) -> Option<Failure> {
        let theirs = view.cluster_id.as_ref()?;
        let (ours, first) = self.0.get_or_insert_with(|| (theirs.clone(), address.clone()));
        (ours != theirs).then(|| {
            let detail = format!(
                "{address} belongs to cluster {theirs} and {first} to cluster {ours}, which is the one that is read: name the addresses of one cluster"
            );
            Failure::new(FailureKind::NotAsked, &detail)
        })
    }
}

/// Looks through an address once.
pub(super) async fn look(
    address: &Address,
    options: &Options,
    patience: Patience,
    voice: &Voice,
) -> Result<Result<Found, WireError>, Closed> {
    let shown = Name::from(address.to_string());
    voice.tell(Fact::Connecting { address: shown }).await?;
    let opened = Connection::open(address, patience.deadline(), options).await;
    let mut connection = match opened {
        Ok(connection) => connection,
        Err(error) => return Ok(Err(error)),
    };
    voice.tell(Fact::Versions(release(connection.versions()))).await?;
    // The round trip of the handshake, which is small.
    let round_trip = connection.round_trip();
    if let Some(round_trip) = round_trip {
        voice.tell(Fact::Answered { round_trip }).await?;
    }
    let asked = voice.clock.now();
    let answer = connection
        .call(&request::metadata_all_topics(), patience.deadline())
        .await;
    let view = match answer {
        Ok(answer) => Arc::new(convert::metadata(&answer)),
        Err(error) => return Ok(Err(error)),
    };
    voice.say(asked, Fact::Metadata(view.clone())).await?;
    Ok(Ok(Found {
        address: address.clone(),
        open: Inherited {
            connection,
            round_trip,
            asked,
            view,
        },
    }))
}

/// Looks whenever `seek` says so, until nobody listens; `place` is that of the address in the list of all.
pub(super) async fn run(
    address: Address,
    place: usize,
    options: Arc<EyeOptions>,
    voice: Voice,
    mut seek: watch::Receiver<bool>,
    reports: mpsc::Sender<Report>,
) {
    let patience = Patience::of_refresh(options.refresh);
    let mut backoff = Backoff::new();
    loop {
        if seek.wait_for(|seek| *seek).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(turn(place)) => {}
            // Whoever sought has found: it is looked again for when the next one seeks.
            rest = seek.wait_for(|seek| !*seek) => match rest {
                Ok(_) => continue,
                Err(_) => return,
            },
        }
        match look(&address, &options.connection(), patience, &voice).await {
            Err(Closed) => return,
            Ok(Ok(found)) => {
                backoff.succeeded();
                if reports.send(Report::Found(Box::new(found))).await.is_err() {
                    return;
                }
                // As a rule a broker takes over now. Where none does, the view from here is better than none.
                tokio::select! {
                    () = sleep(AGAIN) => {}
                    rest = seek.wait_for(|seek| !*seek) => if rest.is_err() {
                        return;
                    },
                }
            }
            Ok(Err(error)) => {
                let retry = Instant::now() + backoff.failed(&mut fastrand::Rng::new());
                let lost = |retry_at| Fact::Lost {
                    why: failure(&error),
                    retry_at,
                };
                if voice.tell(lost(Some(voice.clock.at(retry)))).await.is_err() {
                    return;
                }
                sleep_until(retry).await;
                // Another address led to the brokers meanwhile: this one is not tried again.
                if !*seek.borrow() && voice.tell(lost(None)).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_addresses_do_not_wait_and_a_long_list_is_gone_through_in_turn() {
        let turns = [0, 1, 2, 3, 4, 59].map(|place| turn(place).as_millis());
        assert_eq!(turns, [0, 0, 0, 50, 100, 2_850]);
        assert!(turn(usize::MAX) > turn(59));
    }
}

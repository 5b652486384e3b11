//! Reads members of a `ZooKeeper` ensemble by the four-letter word `srvr`, the only one that is allowed by default.
//!
//! Each member answers for itself, also one that sees no majority: so each address is asked, by a task of its own.

mod srvr;

use super::clock::Clock;
use super::council::Ensemble;
use super::voice::{Closed, Voice};
use crate::model::ensemble::{MemberMode, MemberReport};
use crate::model::failure::{Failure, FailureKind};
use crate::model::intake::Origin;
use crate::model::observation::{Ask, Fact, Observation};
use crate::model::text::Name;
use crate::model::time::At;
use crate::wire::{Address, Backoff};
use srvr::Answer;
use std::collections::HashMap;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

/// How long one look at a member may take.
const PATIENCE: Duration = Duration::from_millis(900);
/// Most bytes of an answer that are read; `srvr` takes some 250.
const MOST_BYTES: u64 = 64 * 1024;
/// Observations of one reading that may wait to be taken.
const QUEUE: usize = 64;

/// Looks at each member again and again, until the queue is closed or the future is dropped.
pub async fn watch(
    addresses: Vec<Address>,
    clock: Clock,
    refresh: Duration,
    queue: mpsc::Sender<Observation>,
    word: watch::Sender<Ensemble>,
) {
    let members = addresses.len();
    let (looks, mut looked) = mpsc::channel(QUEUE);
    let mut serving: HashMap<Address, bool> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut watched = HashMap::new();
    for address in addresses {
        let task = tasks.spawn(member(
            address.clone(),
            clock,
            refresh,
            queue.clone(),
            looks.clone(),
        ));
        watched.insert(task.id(), address);
    }
    loop {
        let died = tokio::select! {
            () = queue.closed() => return,
            Some((address, serves)) = looked.recv() => {
                serving.insert(address, serves);
                let count = serving.values().filter(|serves| **serves).count();
                // Before every member was looked at once, only a majority says something.
                let next = Ensemble::of(count, members);
                if serving.len() == members || next == Ensemble::Serves {
                    word.send_if_modified(|word| std::mem::replace(word, next) != next);
                }
                continue;
            }
            Some(Err(error)) = tasks.join_next() => error,
        };
        // A reader that died of a fault of its own is told as a failed read, and started again.
        let Some(address) = watched.remove(&died.id()) else {
            continue;
        };
        let why = Failure::new(
            FailureKind::NotAsked,
            &format!("the reader of {address} stopped by a fault of kaftop ({died}); it is started again"),
        );
        let voice = voice(&address, clock, queue.clone());
        if tell(&voice, &address, clock.now(), Err(why), None).await.is_err() {
            return;
        }
        serving.insert(address.clone(), false);
        sleep_until(Instant::now() + refresh).await;
        let task = tasks.spawn(member(
            address.clone(),
            clock,
            refresh,
            queue.clone(),
            looks.clone(),
        ));
        watched.insert(task.id(), address);
    }
}

/// Looks at each member once, all at the same time; done within a second.
///
/// `word` is told as soon as a majority serves, or when all were looked at.
pub async fn collect(
    addresses: &[Address],
    clock: Clock,
    word: &watch::Sender<Ensemble>,
) -> Vec<Observation> {
    let (queue, mut incoming) = mpsc::channel(QUEUE);
    let mut tasks = JoinSet::new();
    for address in addresses {
        let voice = voice(address, clock, queue.clone());
        let address = address.clone();
        tasks.spawn(async move {
            let asked = clock.now();
            let outcome = look(&address).await;
            let serves = serves(&outcome);
            // Nobody listening means that the reading is over.
            let _ = tell(&voice, &address, asked, outcome, None).await;
            serves
        });
    }
    drop(queue);
    let (mut observations, mut serving) = (Vec::new(), 0);
    loop {
        tokio::select! {
            Some(observation) = incoming.recv() => observations.push(observation),
            Some(served) = tasks.join_next() => {
                serving += usize::from(served.unwrap_or(false));
                let next = Ensemble::of(serving, addresses.len());
                if next == Ensemble::Serves || tasks.is_empty() {
                    word.send_replace(next);
                }
            }
            else => return observations,
        }
    }
}

fn voice(address: &Address, clock: Clock, queue: mpsc::Sender<Observation>) -> Voice {
    let origin = Origin::ZooKeeper(Name::from(address.to_string()));
    Voice::new(origin, clock, queue)
}

async fn member(
    address: Address,
    clock: Clock,
    refresh: Duration,
    queue: mpsc::Sender<Observation>,
    looks: mpsc::Sender<(Address, bool)>,
) {
    let voice = voice(&address, clock, queue);
    let shown = Name::from(address.to_string());
    let mut backoff = Backoff::new();
    if voice.tell(Fact::Connecting { address: shown }).await.is_err() {
        return;
    }
    loop {
        let (began, asked) = (Instant::now(), clock.now());
        let outcome = look(&address).await;
        if looks.send((address.clone(), serves(&outcome))).await.is_err() {
            return;
        }
        let wait = if outcome.is_ok() {
            backoff.succeeded();
            refresh.mul_f64(0.9 + fastrand::f64() * 0.2)
        } else {
            refresh.max(backoff.failed(&mut fastrand::Rng::new()))
        };
        let next = began + wait;
        if tell(&voice, &address, asked, outcome, Some(clock.at(next)))
            .await
            .is_err()
        {
            return;
        }
        sleep_until(next).await;
    }
}

/// What one look came to: the answer and its round trip.
type Outcome = Result<(Answer, Duration), Failure>;

fn serves(outcome: &Outcome) -> bool {
    matches!(outcome, Ok((Answer::Report(report), _)) if report.mode != MemberMode::NotServing)
}

async fn tell(
    voice: &Voice,
    address: &Address,
    asked: At,
    outcome: Outcome,
    retry_at: Option<At>,
) -> Result<(), Closed> {
    match outcome {
        Ok((answer, round_trip)) => {
            voice.say(asked, Fact::Answered { round_trip }).await?;
            voice.say(asked, fact(address, answer, round_trip)).await
        }
        Err(why) => {
            voice.say(asked, Fact::Failed(Ask::Member, why.clone())).await?;
            voice.say(asked, Fact::Lost { why, retry_at }).await
        }
    }
}

/// What an answer tells of the member.
fn fact(address: &Address, answer: Answer, round_trip: Duration) -> Fact {
    let failed = |kind, detail: String| Fact::Failed(Ask::Member, Failure::new(kind, &detail));
    match answer {
        Answer::Report(report) => Fact::Member(MemberReport {
            mode: report.mode,
            version: report.version,
            latency_ms: report.latency_ms,
            connections: report.connections,
            round_trip,
        }),
        Answer::Forbidden => failed(
            FailureKind::Denied,
            format!("{address} does not allow srvr: add srvr to 4lw.commands.whitelist in its configuration"),
        ),
        Answer::Unknown(text) => failed(
            FailureKind::Rubbish,
            format!("{address} answered srvr with something else: {text}"),
        ),
    }
}

async fn look(address: &Address) -> Outcome {
    let began = Instant::now();
    match timeout(PATIENCE, exchange(address)).await {
        Ok(Ok(bytes)) if bytes.is_empty() => Err(Failure::new(
            FailureKind::Reset,
            &format!("{address} closed the connection without an answer to srvr"),
        )),
        Ok(Ok(bytes)) => Ok((srvr::parse(&String::from_utf8_lossy(&bytes)), began.elapsed())),
        Ok(Err(error)) => Err(failure(address, &error)),
        Err(_) => Err(Failure::new(
            FailureKind::Timeout,
            &format!("{address} did not answer srvr within {} ms", PATIENCE.as_millis()),
        )),
    }
}

async fn exchange(address: &Address) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((address.host(), address.port())).await?;
    stream.write_all(b"srvr").await?;
    let mut bytes = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn failure(address: &Address, error: &io::Error) -> Failure {
    use io::ErrorKind as Io;
    let (kind, what) = match error.kind() {
        Io::ConnectionRefused => (FailureKind::Refused, "refused the connection"),
        Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => {
            (FailureKind::Reset, "reset the connection")
        }
        Io::TimedOut => (FailureKind::Timeout, "did not take the connection"),
        Io::NetworkUnreachable | Io::HostUnreachable | Io::AddrNotAvailable => {
            (FailureKind::NoRoute, "cannot be reached")
        }
        // What remains while connecting comes from the resolver.
        _ => (FailureKind::Unresolved, "could not be asked"),
    };
    Failure::new(kind, &format!("{address} {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ensemble::MemberMode;
    use crate::sim::testbed::Testbed;
    use crate::sim::world::{Act, Node};
    use crate::source::council::ensemble;
    use tokio::net::TcpListener;

    /// A member that answers every connection with the given text, which is none that a ZooKeeper says.
    async fn member_saying(text: &'static [u8]) -> Address {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut word = [0; 4];
                stream.read_exact(&mut word).await.unwrap();
                assert_eq!(&word, b"srvr");
                stream.write_all(text).await.unwrap();
            }
        });
        Address::new("127.0.0.1", i32::from(port)).unwrap()
    }

    fn shown(observations: &[Observation]) -> Vec<String> {
        let facts = observations.iter().map(|observation| match &observation.fact {
            Fact::Answered { .. } => "answered".to_owned(),
            Fact::Member(report) => format!("member {}", report.mode.word()),
            Fact::Failed(Ask::Member, why) => format!("failed {}", why.kind.word()),
            Fact::Lost { why, .. } => format!("lost {}", why.kind.word()),
            other => format!("{other:?}"),
        });
        facts.collect()
    }

    #[tokio::test]
    async fn members_are_told_by_what_they_say() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = i32::from(listener.local_addr().unwrap().port());
        drop(listener);
        let closed = Address::new("127.0.0.1", port).unwrap();
        let cases = [
            (
                member_saying(b"srvr is not executed because it is not in the whitelist.\n").await,
                vec!["answered", "failed denied"],
            ),
            (
                member_saying(b"HTTP/1.1 400 Bad Request\r\n").await,
                vec!["answered", "failed rubbish"],
            ),
            (member_saying(b"").await, vec!["failed reset", "lost reset"]),
            (closed, vec!["failed refused", "lost refused"]),
        ];
        for (address, expected) in cases {
            let observations = look_at(&address).await;
            assert_eq!(shown(&observations), expected);
            let origin = Origin::ZooKeeper(Name::from(address.to_string()));
            assert!(observations.iter().all(|observation| observation.from == origin));
        }
    }

    async fn look_at(address: &Address) -> Vec<Observation> {
        collect(std::slice::from_ref(address), Clock::start(), &ensemble(1).0).await
    }

    #[tokio::test]
    async fn members_of_an_ensemble_tell_what_they_are_and_that_they_serve_nobody_without_the_others() {
        let cluster = Testbed::start_on_zookeeper(1).await;
        let members = cluster.zookeepers();
        let (word, heard) = ensemble(3);
        let observations = collect(&members, Clock::start(), &word).await;
        let mut told = shown(&observations);
        told.retain(|told| told != "answered");
        told.sort();
        assert_eq!(told, ["member follower", "member follower", "member leader"]);
        assert_eq!(*heard.borrow(), Ensemble::Serves);

        for id in [1, 2] {
            cluster.act(&Act::Kill(Node::ZooKeeper(id)));
        }
        cluster.seconds(30);
        assert_eq!(
            shown(&look_at(&members[2]).await),
            ["answered", "member not_serving"]
        );
        let observations = collect(&members, Clock::start(), &word).await;
        let refused = shown(&observations)
            .into_iter()
            .filter(|told| told == "lost refused");
        assert_eq!(refused.count(), 2);
        assert_eq!(*heard.borrow(), Ensemble::Lost);
    }

    #[tokio::test]
    async fn a_watched_member_is_looked_at_again() {
        let cluster = Testbed::start_on_zookeeper(1).await;
        let (queue, mut incoming) = mpsc::channel(8);
        let (word, ensemble) = ensemble(3);
        let watching = tokio::spawn(watch(
            cluster.zookeepers(),
            Clock::start(),
            Duration::from_millis(10),
            queue,
            word,
        ));
        let mut leaders = 0;
        let mut ensemble = ensemble;
        while leaders < 3 {
            if let Fact::Member(report) = incoming.recv().await.unwrap().fact {
                leaders += usize::from(report.mode == MemberMode::Leader);
            }
        }
        let word = ensemble.wait_for(|word| *word != Ensemble::NotRead).await;
        assert_eq!(*word.unwrap(), Ensemble::Serves);
        // Nobody listens any more: the task ends by itself.
        drop(incoming);
        watching.await.unwrap();
    }
}

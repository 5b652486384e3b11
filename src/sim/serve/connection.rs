//! One connection of a client to a broker: its requests are answered one after the other.

use super::answer;
use super::call::{self, Asked, Garbage, Later, Outcome};
use super::door::{Door, opened};
use super::frame::{End, Held, Inbox};
use super::seat::{Seat, Shared};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// How long a connection may be idle (`connections.max.idle.ms`), also while it waits for a silent controller.
const IDLE: Duration = Duration::from_secs(600);

/// Bytes of the length in front of a request.
const LENGTH: usize = 4;

/// Where a connection ends up.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The broker.
    pub(super) broker: i32,
    /// What all brokers share.
    pub(super) shared: Arc<Shared>,
    /// Whether the broker answers.
    pub(super) door: watch::Receiver<Door>,
    /// Bytes that all connections hold.
    pub(super) held: Held,
}

/// Why a connection is closed.
#[derive(Debug)]
enum Closed {
    Ended,
    Garbage,
}

impl From<End> for Closed {
    fn from(_: End) -> Self {
        Self::Ended
    }
}

impl From<Garbage> for Closed {
    fn from(_: Garbage) -> Self {
        Self::Garbage
    }
}

impl From<std::io::Error> for Closed {
    fn from(_: std::io::Error) -> Self {
        Self::Ended
    }
}

impl From<tokio::time::error::Elapsed> for Closed {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Ended
    }
}

/// Answers a client until it leaves, sends what is no request, or is idle for too long.
pub(super) async fn serve(stream: TcpStream, place: Place) {
    let Ok(own) = stream.local_addr() else {
        return;
    };
    // Answers are whole frames: nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    // What a broker advertises is reached as the broker itself was.
    let seat = Seat::new(place.broker, place.shared, own.ip().to_canonical().to_string());
    let mut connection = Connection {
        stream,
        inbox: Inbox::new(place.held),
        door: place.door,
        seat,
    };
    // However it ended, the client sees a closed connection, as with a real broker.
    while connection.exchange().await.is_ok() {}
}

struct Connection {
    stream: TcpStream,
    inbox: Inbox,
    door: watch::Receiver<Door>,
    seat: Seat,
}

impl Connection {
    async fn exchange(&mut self) -> Result<(), Closed> {
        let frame = self.request().await?;
        self.await_thread().await?;
        let length = frame.len() + LENGTH;
        let asked = call::read(frame, &self.seat)?;
        let api = asked.api();
        self.seat.count_request(api, length);
        let outcome = match asked {
            Asked::Call(call) => answer::answer(&self.seat, &call)?,
            Asked::NewerApiVersions(correlation) => {
                let response = answer::unknown_api_versions(&self.seat);
                Outcome::Now(call::newer_api_versions(correlation, &response))
            }
        };
        let bytes = match outcome {
            Outcome::Now(bytes) => bytes?,
            Outcome::Later(later) => self.settle(later).await??,
            Outcome::Nothing => return Ok(()),
            Outcome::Close => return Err(Closed::Ended),
        };
        opened(&mut self.door).await;
        timeout(IDLE, self.stream.write_all(&bytes)).await??;
        self.seat.count_answer(api, bytes.len());
        Ok(())
    }

    /// The next request that the broker reads.
    async fn request(&mut self) -> Result<Bytes, Closed> {
        loop {
            opened(&mut self.door).await;
            tokio::select! {
                biased;
                _ = self.door.changed() => {}
                frame = timeout(IDLE, self.inbox.next(&mut self.stream)) => {
                    let frame = frame??;
                    opened(&mut self.door).await;
                    return Ok(frame);
                }
            }
        }
    }

    /// Waits until the broker has a thread left that does not wait for ZooKeeper or the disk.
    async fn await_thread(&mut self) -> Result<(), Closed> {
        let mut pulse = self.seat.shared.pulse();
        let given_up = Instant::now() + IDLE;
        while !self.seat.has_thread() {
            tokio::select! {
                _ = pulse.changed() => {}
                end = self.inbox.ahead(&mut self.stream) => return Err(end.into()),
                () = sleep_until(given_up) => return Err(Closed::Ended),
            }
        }
        Ok(())
    }

    /// Waits until the world allows an answer, or its time is over.
    async fn settle<A>(&mut self, mut later: Later<A>) -> Result<A, Closed> {
        let mut pulse = self.seat.shared.pulse();
        let (began, simulated) = (Instant::now(), self.seat.world().now());
        let limit = later.limit.unwrap_or(IDLE).min(IDLE);
        loop {
            let over = tokio::select! {
                biased;
                _ = pulse.changed() => {
                    let passed = self.seat.world().now().since(simulated);
                    later.limit.is_some_and(|limit| passed >= limit)
                }
                () = sleep_until(began + limit) => {
                    if later.limit.is_none() {
                        return Err(Closed::Ended);
                    }
                    true
                }
                end = self.inbox.ahead(&mut self.stream) => return Err(end.into()),
            };
            // A frozen process notices nothing.
            opened(&mut self.door).await;
            if let Some(answer) = (later.again)(over) {
                return Ok(answer);
            }
            if over {
                return Err(Closed::Ended);
            }
        }
    }
}

impl Inbox {
    /// Reads ahead while an answer is awaited, so that a client that leaves is noticed; ends only then.
    async fn ahead(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> End {
        match self.fill(stream).await {
            Ok(()) => std::future::pending().await,
            Err(end) => end,
        }
    }
}

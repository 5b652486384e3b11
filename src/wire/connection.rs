//! One connection to one broker: connect, agree on versions, ask with a deadline.
//!
//! Kafka answers the requests of a connection in their order, so several may be under way at once. Whatever leaves
//! it unclear where the next answer begins (a missed deadline, a call given up half way, bytes that break the
//! protocol) ends the connection for good: every later call returns the error that ended it.

use super::address::Address;
use super::answer::Fault;
use super::deadline::Deadline;
use super::error::{Moment, Waiting, WireError};
use super::fingerprint::Fingerprint;
use super::frame::{Head, Inbox};
use super::request::{Ask, guarded};
use super::transport::{Security, Transport};
use super::versions::{Api, VersionRange, Versions};
use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages::ResponseHeader;
use kafka_protocol::protocol::{Decodable, StrBytes};
use std::collections::VecDeque;
use std::hash::RandomState;
use std::io;
use std::marker::PhantomData;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

mod connect;
mod handshake;
#[cfg(test)]
mod tests;

/// Most requests that may be under way on one connection, answers that wait to be taken included.
pub const MOST_UNDER_WAY: usize = 32;

/// How connections are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Client id in every request; brokers show it in logs and use it for quotas.
    pub client_id: String,
    /// Encryption and authentication.
    pub security: Security,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: "kaftop".to_owned(),
            security: Security::Plaintext,
        }
    }
}

/// Bytes and requests that went over a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent, the handshake's included.
    pub requests: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

/// A request that is under way, to be exchanged for its answer by [`Connection::receive`].
#[derive(Debug)]
#[must_use = "the answer waits to be received"]
pub struct Ticket<R> {
    correlation: i32,
    version: i16,
    request: PhantomData<fn() -> R>,
}

/// A request whose answer has not come yet.
#[derive(Debug)]
struct UnderWay {
    correlation: i32,
    api: Api,
    sent: Instant,
    /// Whether nothing else was under way, so that the wait is a round trip of this request alone.
    alone: bool,
}

/// A connection to one broker.
#[derive(Debug)]
pub struct Connection {
    address: Address,
    client_id: StrBytes,
    /// Taken out while bytes move, so that a call that is dropped half way takes the stream with it.
    stream: Option<Transport>,
    ended: Option<WireError>,
    versions: Versions,
    inbox: Inbox,
    correlation: i32,
    under_way: VecDeque<UnderWay>,
    arrived: VecDeque<(i32, Bytes)>,
    traffic: Traffic,
    round_trip: Option<Duration>,
    answers: u64,
    hasher: RandomState,
}

impl Connection {
    /// Connects to a broker and learns which versions it speaks, all within the deadline.
    pub async fn open(address: &Address, deadline: Deadline, options: &Options) -> Result<Self, WireError> {
        let stream = connect::connect(address, deadline).await?;
        let mut connection = Self {
            address: address.clone(),
            client_id: StrBytes::from_string(options.client_id.clone()),
            stream: Some(Transport::establish(stream, options.security)),
            ended: None,
            versions: Versions::default(),
            inbox: Inbox::default(),
            correlation: 0,
            under_way: VecDeque::new(),
            arrived: VecDeque::new(),
            traffic: Traffic::default(),
            round_trip: None,
            answers: 0,
            hasher: RandomState::new(),
        };
        connection.versions = connection.shake_hands(deadline).await?;
        Ok(connection)
    }

    /// The broker's address as it was asked for.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The versions and features that the broker told in the handshake.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// Bytes and requests so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// How long the latest answer took whose request had the connection for itself.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Whether the connection can still be used.
    pub fn is_open(&self) -> bool {
        self.stream.is_some()
    }

    /// Sends one request and waits for its answer.
    pub async fn call<R: Ask>(&mut self, request: &R, deadline: Deadline) -> Result<R::Answer, WireError> {
        let ticket = self.send(request, deadline).await?;
        self.receive(ticket, deadline).await
    }

    /// Sends one request in the highest version that both sides speak, without waiting for the answer.
    pub async fn send<R: Ask>(&mut self, request: &R, deadline: Deadline) -> Result<Ticket<R>, WireError> {
        self.check_open()?;
        let version = self.version_below(R::API, request.highest())?;
        self.send_as(request, version, deadline).await
    }

    /// Waits for the answer to a request; answers that come before it are kept for their own tickets.
    ///
    /// A ticket of another connection is answered with an error at its deadline at the latest.
    pub async fn receive<R: Ask>(
        &mut self,
        ticket: Ticket<R>,
        deadline: Deadline,
    ) -> Result<R::Answer, WireError> {
        let body = self.body(&ticket, deadline).await?;
        self.read_answer::<R>(ticket.version, body)
    }

    /// Waits for the answer to a request and reads it, unless it is byte for byte the one of that fingerprint, but for what
    /// the broker chooses anew each time: large answers that change rarely then cost next to nothing.
    pub async fn receive_unless<R: Ask>(
        &mut self,
        ticket: Ticket<R>,
        deadline: Deadline,
        known: Option<Fingerprint>,
    ) -> Result<(Fingerprint, Option<R::Answer>), WireError> {
        let body = self.body(&ticket, deadline).await?;
        let kraft = self.version(Api::DescribeQuorum).is_ok();
        let whim = R::whim(&body).filter(|_| kraft).unwrap_or(0..0);
        let fingerprint = Fingerprint::of(&self.hasher, &body, &whim);
        if known == Some(fingerprint) {
            return Ok((fingerprint, None));
        }
        let answer = self.read_answer::<R>(ticket.version, body)?;
        Ok((fingerprint, Some(answer)))
    }

    fn read_answer<R: Ask>(&mut self, version: i16, body: Bytes) -> Result<R::Answer, WireError> {
        match R::read(version, guarded(body)) {
            Ok(answer) => Ok(answer),
            Err(Fault::Code(code, message)) => {
                let (address, api) = (self.address.clone(), R::API);
                Err(if code.is_denied() {
                    WireError::Denied {
                        address,
                        api,
                        code,
                        message,
                    }
                } else {
                    WireError::Broker {
                        address,
                        api,
                        code,
                        message,
                    }
                })
            }
            Err(Fault::Rubbish(detail)) => Err(self.rubbish(R::API, detail)),
        }
    }

    /// Waits until `until` while no request is under way, and notices when the peer ends the connection meanwhile.
    ///
    /// May be dropped half way without harm.
    pub async fn rest(&mut self, until: Instant) -> Result<(), WireError> {
        self.check_open()?;
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        match timeout_at(until, stream.read_buf(self.inbox.room())).await {
            Err(_) => Ok(()),
            Ok(Ok(0)) => Err(self.broken("resting", &io::ErrorKind::UnexpectedEof.into())),
            Ok(Ok(bytes)) => {
                self.traffic.received += count(bytes);
                Err(self.rubbish(Api::ApiVersions, "bytes that nobody asked for".to_owned()))
            }
            Ok(Err(error)) => Err(self.broken("resting", &error)),
        }
    }

    /// The highest version of an API that both sides speak.
    pub fn version(&self, api: Api) -> Result<i16, WireError> {
        self.version_below(api, api.ours().max)
    }

    fn version_below(&self, api: Api, highest: i16) -> Result<i16, WireError> {
        let theirs = self.versions.theirs(api);
        let ours = VersionRange::new(api.ours().min, highest);
        let common = theirs.and_then(|theirs| theirs.highest_common(ours));
        common.ok_or_else(|| WireError::Unsupported {
            address: self.address.clone(),
            api,
            theirs,
            ours,
        })
    }

    async fn send_as<R: Ask>(
        &mut self,
        request: &R,
        version: i16,
        deadline: Deadline,
    ) -> Result<Ticket<R>, WireError> {
        if self.under_way.len() + self.arrived.len() >= MOST_UNDER_WAY {
            return Err(WireError::Crowded {
                address: self.address.clone(),
                limit: MOST_UNDER_WAY,
            });
        }
        let correlation = self.correlation;
        let frame = self
            .frame(request, version, correlation)
            .map_err(|detail| WireError::Unencodable {
                address: self.address.clone(),
                api: R::API,
                detail,
            })?;
        self.correlation = correlation.wrapping_add(1) & i32::MAX;
        let alone = self.under_way.is_empty();
        self.under_way.push_back(UnderWay {
            correlation,
            api: R::API,
            sent: Instant::now(),
            alone,
        });
        self.traffic.requests += 1;
        self.traffic.sent += count(frame.len());
        self.write(frame, R::API, deadline).await?;
        Ok(Ticket {
            correlation,
            version,
            request: PhantomData,
        })
    }

    /// Writes a frame, taking in answers meanwhile: a broker that cannot get rid of an answer reads no request.
    async fn write(&mut self, mut frame: BytesMut, api: Api, deadline: Deadline) -> Result<(), WireError> {
        let Some(mut stream) = self.take_stream()? else {
            return Ok(());
        };
        let inbox = &mut self.inbox;
        let received = &mut self.traffic.received;
        let work = async {
            let (mut reader, mut writer) = tokio::io::split(&mut stream);
            while frame.has_remaining() {
                let takes_in = inbox.len() < super::frame::LONGEST_FRAME;
                tokio::select! {
                    written = writer.write_buf(&mut frame) => {
                        if written? == 0 {
                            return Err(io::ErrorKind::WriteZero.into());
                        }
                    }
                    read = reader.read_buf(inbox.room()), if takes_in => match read? {
                        0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                        bytes => *received += count(bytes),
                    },
                }
            }
            writer.flush().await
        };
        let outcome = timeout_at(deadline.flowing(), work).await;
        match outcome {
            Ok(Ok(())) => {
                self.stream = Some(stream);
                Ok(())
            }
            Ok(Err(error)) => Err(self.broken("writing", &error)),
            Err(_) => Err(self.late(api, deadline)),
        }
    }

    /// Waits for the body that answers the ticket.
    async fn body<R: Ask>(&mut self, ticket: &Ticket<R>, deadline: Deadline) -> Result<Bytes, WireError> {
        loop {
            let place = self
                .arrived
                .iter()
                .position(|(correlation, _)| *correlation == ticket.correlation);
            if let Some((_, body)) = place.and_then(|place| self.arrived.remove(place)) {
                return Ok(body);
            }
            self.check_open()?;
            match self.inbox.take() {
                Head::Frame(frame) => self.arrive(&frame)?,
                Head::Partial => self.read(R::API, deadline).await?,
                Head::NoFrame(looks_like) => {
                    let address = self.address.clone();
                    let error = if self.answers == 0 {
                        WireError::NotKafka { address, looks_like }
                    } else {
                        let detail = format!("no frame of it is that long: {looks_like}");
                        WireError::Rubbish {
                            address,
                            api: R::API,
                            detail,
                        }
                    };
                    return Err(self.end(error));
                }
            }
        }
    }

    /// Reads once from the stream into the inbox.
    async fn read(&mut self, api: Api, deadline: Deadline) -> Result<(), WireError> {
        let Some(mut stream) = self.take_stream()? else {
            return Ok(());
        };
        let end = if self.inbox.is_empty() {
            deadline.at()
        } else {
            deadline.flowing()
        };
        let outcome = timeout_at(end, stream.read_buf(self.inbox.room())).await;
        match outcome {
            Ok(Ok(0)) => {
                let end = io::ErrorKind::UnexpectedEof.into();
                Err(self.broken("reading", &end))
            }
            Ok(Ok(bytes)) => {
                self.traffic.received += count(bytes);
                self.stream = Some(stream);
                Ok(())
            }
            Ok(Err(error)) => Err(self.broken("reading", &error)),
            Err(_) => Err(self.late(api, deadline)),
        }
    }

    /// Checks the header of an answer, which must be for the oldest request under way, and keeps its body.
    fn arrive(&mut self, frame: &Bytes) -> Result<(), WireError> {
        let Some(oldest) = self.under_way.pop_front() else {
            return Err(self.rubbish(Api::ApiVersions, "an answer that nobody asked for".to_owned()));
        };
        let mut body = guarded(frame.clone());
        let header = ResponseHeader::decode(&mut body, oldest.api.answer_header());
        match header {
            Ok(header) if header.correlation_id == oldest.correlation => {}
            Ok(header) => {
                let (got, wanted) = (header.correlation_id, oldest.correlation);
                let detail = format!("correlation id {got} instead of {wanted}");
                return Err(self.rubbish(oldest.api, detail));
            }
            Err(error) => return Err(self.rubbish(oldest.api, error.to_string().trim_end().to_owned())),
        }
        if oldest.alone {
            self.round_trip = Some(oldest.sent.elapsed());
        }
        self.answers += 1;
        let rest = frame.slice(frame.len().saturating_sub(body.remaining())..);
        self.arrived.push_back((oldest.correlation, rest));
        Ok(())
    }

    fn check_open(&mut self) -> Result<(), WireError> {
        if self.stream.is_some() {
            return Ok(());
        }
        let address = self.address.clone();
        // A stream that is gone without an error went with a call that was dropped.
        Err(self.ended.get_or_insert(WireError::Abandoned { address }).clone())
    }

    fn take_stream(&mut self) -> Result<Option<Transport>, WireError> {
        self.check_open()?;
        Ok(self.stream.take())
    }

    /// Ends the connection for good.
    fn end(&mut self, error: WireError) -> WireError {
        self.stream = None;
        self.ended.get_or_insert(error).clone()
    }

    fn rubbish(&mut self, api: Api, detail: String) -> WireError {
        let address = self.address.clone();
        self.end(WireError::Rubbish { address, api, detail })
    }

    fn late(&mut self, api: Api, deadline: Deadline) -> WireError {
        let address = self.address.clone();
        self.end(WireError::Timeout {
            address,
            waiting: Waiting::Answer(api),
            waited: deadline.waited(),
        })
    }

    fn broken(&mut self, operation: &'static str, error: &io::Error) -> WireError {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let address = self.address.clone();
        let error = match error.kind() {
            UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => WireError::Closed {
                address,
                moment: self.moment(),
                reset: error.kind() != UnexpectedEof,
            },
            _ => WireError::System {
                address,
                operation,
                detail: error.to_string(),
            },
        };
        self.end(error)
    }

    fn moment(&self) -> Moment {
        match (self.inbox.is_empty(), self.answers) {
            (false, _) => Moment::MidAnswer,
            (true, 0) => Moment::Handshake,
            (true, 1) => Moment::FirstRequest,
            (true, _) => Moment::Working,
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

//! One request: its header, its body, and the bytes of its answer.

use super::seat::Seat;
use super::shape::{self, Walk};
use super::table::{self, Range};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, ApiVersionsResponse, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};
use std::time::Duration;

/// A request that has no answer; its connection is closed, as Kafka closes it (`InvalidRequestException`,
/// `UnsupportedVersionException`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Garbage {
    /// The header is no header.
    #[error("no header of a request")]
    Header,
    /// An API that is not served.
    #[error("API {0} is not served")]
    Api(i16),
    /// A version that is not served.
    #[error("version {1} of {0:?} is not served")]
    Version(ApiKey, i16),
    /// The body is not what its version says.
    #[error("the body of {0:?} is not of version {1}")]
    Body(ApiKey, i16),
    /// The answer cannot be put into this version.
    #[error("the answer to {0:?} cannot be put into version {1}")]
    Answer(ApiKey, i16),
}

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Which API.
    pub(super) api: ApiKey,
    /// In which version.
    pub(super) version: i16,
    /// Which of the client's requests.
    pub(super) correlation: i32,
    /// `client.id`, where the client has one.
    pub(super) client: Option<String>,
    body: Bytes,
}

/// What a request is.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// One that can be answered.
    Call(Call),
    /// ApiVersions in a version that the broker does not know; answered in version 0 (KIP-511).
    NewerApiVersions(i32),
}

impl Asked {
    /// Which API.
    pub(super) fn api(&self) -> ApiKey {
        match self {
            Self::Call(call) => call.api,
            Self::NewerApiVersions(_) => ApiKey::ApiVersions,
        }
    }
}

/// Reads a request's header and checks that its body holds what it names.
pub(super) fn read(mut frame: Bytes, seat: &Seat) -> Result<Asked, Garbage> {
    let key = frame.try_get_i16().map_err(|_| Garbage::Header)?;
    let version = frame.try_get_i16().map_err(|_| Garbage::Header)?;
    let correlation = frame.try_get_i32().map_err(|_| Garbage::Header)?;
    let api = ApiKey::try_from(key).map_err(|()| Garbage::Api(key))?;
    let Some(Range { min, max }) = table::range(seat.release(), seat.mode(), api) else {
        return Err(Garbage::Api(key));
    };
    if !(min..=max).contains(&version) {
        return match api {
            ApiKey::ApiVersions => Ok(Asked::NewerApiVersions(correlation)),
            _ => Err(Garbage::Version(api, version)),
        };
    }
    if api == ApiKey::Produce && version < table::FIRST_PRODUCE {
        return Err(Garbage::Version(api, version));
    }
    // The client id has a plain length also in flexible versions.
    let client = match usize::try_from(frame.try_get_i16().map_err(|_| Garbage::Header)?) {
        Err(_) => None,
        Ok(length) if length > frame.len() => return Err(Garbage::Header),
        Ok(length) => Some(String::from_utf8_lossy(&frame.split_to(length)).into_owned()),
    };
    if shape::is_flexible(api, version) {
        let mut walk = Walk::flexible(&frame);
        walk.tags().ok_or(Garbage::Header)?;
        let rest = walk.rest().len();
        frame.advance(frame.len() - rest);
    }
    if !shape::holds(api, version, &frame) {
        return Err(Garbage::Body(api, version));
    }
    Ok(Asked::Call(Call {
        api,
        version,
        correlation,
        client,
        body: frame,
    }))
}

impl Call {
    /// The body as the codec's message.
    pub(super) fn message<M: Decodable>(&self) -> Result<M, Garbage> {
        M::decode(&mut self.body.clone(), self.version).map_err(|_| Garbage::Body(self.api, self.version))
    }

    /// The whole frame of an answer.
    pub(super) fn frame<M: Encodable + HeaderVersion>(&self, answer: &M) -> Result<Bytes, Garbage> {
        frame(self.correlation, self.version, answer).ok_or(Garbage::Answer(self.api, self.version))
    }
}

/// The answer to ApiVersions in a version that the broker does not know.
pub(super) fn newer_api_versions(correlation: i32, answer: &ApiVersionsResponse) -> Result<Bytes, Garbage> {
    frame(correlation, 0, answer).ok_or(Garbage::Answer(ApiKey::ApiVersions, 0))
}

fn frame<M: Encodable + HeaderVersion>(correlation: i32, version: i16, answer: &M) -> Option<Bytes> {
    let mut bytes = BytesMut::new();
    bytes.put_i32(0);
    ResponseHeader::default()
        .with_correlation_id(correlation)
        .encode(&mut bytes, M::header_version(version))
        .ok()?;
    bytes.reserve(answer.compute_size(version).ok()?);
    answer.encode(&mut bytes, version).ok()?;
    let length = i32::try_from(bytes.len() - 4).ok()?;
    bytes.get_mut(..4)?.copy_from_slice(&length.to_be_bytes());
    Some(bytes.freeze())
}

/// What a request comes to.
pub(super) enum Outcome<A> {
    /// An answer.
    Now(A),
    /// No answer is owed (`acks=0`).
    Nothing,
    /// The connection is closed without an answer.
    Close,
    /// The answer comes when the world allows it.
    Later(Later<A>),
}

/// An answer that has to wait. It is asked for again at each change of the world.
pub(super) struct Later<A> {
    /// After how long it is answered in any case, by the clock that runs faster; none where it waits for ever.
    pub(super) limit: Option<Duration>,
    /// Gives the answer once there is one; told whether the time is over.
    pub(super) again: Box<dyn FnMut(bool) -> Option<A> + Send>,
}

impl<A: Send + 'static> Outcome<A> {
    /// Asks until there is an answer, for ever: what a broker forwards to a controller that does not answer.
    pub(super) fn until(mut again: impl FnMut() -> Option<A> + Send + 'static) -> Self {
        match again() {
            Some(answer) => Self::Now(answer),
            None => Self::Later(Later {
                limit: None,
                again: Box::new(move |_| again()),
            }),
        }
    }

    /// The same outcome with another answer.
    pub(super) fn map<B>(self, mut with: impl FnMut(A) -> B + Send + 'static) -> Outcome<B> {
        match self {
            Self::Now(answer) => Outcome::Now(with(answer)),
            Self::Nothing => Outcome::Nothing,
            Self::Close => Outcome::Close,
            Self::Later(Later { limit, mut again }) => Outcome::Later(Later {
                limit,
                again: Box::new(move |over| again(over).map(&mut with)),
            }),
        }
    }
}

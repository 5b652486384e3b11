//! The codec's side of a request. The module is private, so that the codec's types stay inside `wire`.

use super::{Ask, decode};
use crate::wire::answer::Fault;
use crate::wire::guard::Guarded;
use crate::wire::versions::Api;
use bytes::BytesMut;
use kafka_protocol::protocol::{Encodable, Request};
use std::ops::Range;

/// How a request is put into a message of the codec, and the message that answers it into plain values.
pub trait Form: Send + Sync {
    /// The API of the request.
    const API: Api;
    /// The codec's message.
    type Message: Request;
    /// What the broker answers, as plain values.
    type Answer: Send;

    /// The highest version in which this very request can be put.
    fn highest(&self) -> i16 {
        Self::API.ours().max
    }

    /// The message, right for the version.
    fn message(&self, version: i16) -> Self::Message;

    /// Where the answer of a KRaft broker holds what it chooses anew each time.
    fn whim(_body: &[u8]) -> Option<Range<usize>> {
        None
    }

    /// The plain values in an answer.
    fn answer(response: &<Self::Message as Request>::Response) -> Result<Self::Answer, Fault>;
}

impl<F: Form> Ask for F {
    const API: Api = F::API;
    type Answer = F::Answer;

    fn highest(&self) -> i16 {
        Form::highest(self)
    }

    fn write(&self, version: i16, into: &mut BytesMut) -> Result<(), String> {
        self.message(version)
            .encode(into, version)
            .map_err(|error| error.to_string())
    }

    fn whim(body: &[u8]) -> Option<Range<usize>> {
        F::whim(body)
    }

    fn read(version: i16, body: Guarded) -> Result<F::Answer, Fault> {
        F::answer(&decode::<<F::Message as Request>::Response>(version, body)?)
    }
}

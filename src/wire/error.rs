//! What can go wrong between kaftop and one broker.

use super::address::Address;
use super::code::KafkaCode;
use super::versions::{Api, VersionRange};
use std::fmt;
use std::time::Duration;

/// What an error asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Try again after a backoff.
    Transient,
    /// A right is missing.
    Auth,
    /// Address or listener is not the right one.
    Config,
    /// The broker does not speak what is needed.
    Unsupported,
    /// The broker or kaftop breaks the protocol.
    Bug,
}

/// What was being waited for when time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// The answer of the name service.
    Name,
    /// The TCP connection.
    Connection,
    /// The answer to a request, the writing of the request included.
    Answer(Api),
}

/// How far a connection was when its peer ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Before the first byte of an answer to `ApiVersions`.
    Handshake,
    /// Before the first answer after the handshake: what a listener does that wants SASL.
    FirstRequest,
    /// In the middle of an answer.
    MidAnswer,
    /// Between requests, or before an answer on a connection that had worked.
    Working,
}

/// What a peer that does not speak Kafka looks like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LooksLike {
    /// An HTTP server.
    Http,
    /// A TLS listener, answering plain bytes with an alert.
    Tls,
    /// An SSH server.
    Ssh,
    /// None of these; the first bytes as hexadecimal digits.
    Unknown(String),
}

impl fmt::Display for LooksLike {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http => out.write_str("HTTP"),
            Self::Tls => out.write_str("TLS; this listener wants security.protocol SSL or SASL_SSL"),
            Self::Ssh => out.write_str("SSH"),
            Self::Unknown(bytes) => write!(out, "bytes {bytes}"),
        }
    }
}

/// An operation on one broker that failed; each displays as a sentence without a full stop.
///
/// Text that came from the peer is shown escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Nothing listens on the port.
    #[error("{address} refused the connection")]
    Refused {
        /// Who was asked.
        address: Address,
    },
    /// The peer ended the connection, in order or by a reset.
    #[error("{address} {}", ended(*.moment, *.reset))]
    Closed {
        /// Who was asked.
        address: Address,
        /// How far the connection was.
        moment: Moment,
        /// By TCP reset instead of an orderly end.
        reset: bool,
    },
    /// The deadline passed.
    #[error("{address} {} within {}", unheard(*.waiting), millis(*.waited))]
    Timeout {
        /// Who was asked.
        address: Address,
        /// What was waited for.
        waiting: Waiting,
        /// How long.
        waited: Duration,
    },
    /// The name service knows no address for the name.
    #[error("the name {} cannot be resolved: {detail}", .address.host())]
    Unresolved {
        /// Who was asked.
        address: Address,
        /// What the resolver said.
        detail: String,
    },
    /// No route leads there.
    #[error("{address} cannot be reached: {detail}")]
    Unreachable {
        /// Who was asked.
        address: Address,
        /// What the system said.
        detail: String,
    },
    /// Another failure of the system's network calls.
    #[error("{address}: {operation} failed: {detail}")]
    System {
        /// Who was asked.
        address: Address,
        /// What was tried.
        operation: &'static str,
        /// What the system said.
        detail: String,
    },
    /// The peer speaks another protocol.
    #[error("{address} does not speak Kafka but {looks_like}")]
    NotKafka {
        /// Who was asked.
        address: Address,
        /// What its first bytes look like.
        looks_like: LooksLike,
    },
    /// The answer breaks the protocol.
    #[error("{address} answered {api} with bytes that break the protocol: {detail}")]
    Rubbish {
        /// Who was asked.
        address: Address,
        /// What was asked.
        api: Api,
        /// What is wrong with the bytes.
        detail: String,
    },
    /// The broker is older than any version of `ApiVersions` that kaftop sends.
    #[error("{address} is too old a broker: it speaks ApiVersions {}, kaftop needs {ours} (Kafka 2.4 or later)", known(*.theirs))]
    TooOld {
        /// Who was asked.
        address: Address,
        /// What it speaks, where it said so.
        theirs: Option<VersionRange>,
        /// What kaftop speaks.
        ours: VersionRange,
    },
    /// No version of an API is spoken by both sides.
    #[error("{address} speaks {api} {}, kaftop needs {ours}", known(*.theirs))]
    Unsupported {
        /// Who was asked.
        address: Address,
        /// What was to be asked.
        api: Api,
        /// What it speaks; `None` where it does not offer the API at all.
        theirs: Option<VersionRange>,
        /// What kaftop speaks.
        ours: VersionRange,
    },
    /// The broker answered with an error code for the whole request.
    #[error("{address} answered {api} with {code}{}", said(.message.as_deref()))]
    Broker {
        /// Who was asked.
        address: Address,
        /// What was asked.
        api: Api,
        /// The error code.
        code: KafkaCode,
        /// The broker's own words, raw.
        message: Option<String>,
    },
    /// The broker denied the whole request.
    #[error("{address} denied {api}: {code}{}", said(.message.as_deref()))]
    Denied {
        /// Who was asked.
        address: Address,
        /// What was asked.
        api: Api,
        /// The error code.
        code: KafkaCode,
        /// The broker's own words, raw.
        message: Option<String>,
    },
    /// The request could not be written in the protocol's form; nothing was sent.
    #[error("{api} for {address} could not be encoded: {detail}")]
    Unencodable {
        /// Who was to be asked.
        address: Address,
        /// What was to be asked.
        api: Api,
        /// What the codec said.
        detail: String,
    },
    /// A call on the connection was given up half way, so its bytes can no longer be told apart.
    #[error("the connection to {address} was given up in the middle of a request")]
    Abandoned {
        /// Who was asked.
        address: Address,
    },
    /// More answers are outstanding than the connection keeps track of.
    #[error("{limit} requests to {address} are already under way")]
    Crowded {
        /// Who was to be asked.
        address: Address,
        /// The most that are allowed.
        limit: usize,
    },
}

impl WireError {
    /// What the error asks of the caller.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refused { .. }
            | Self::Closed { .. }
            | Self::Timeout { .. }
            | Self::Unresolved { .. }
            | Self::Unreachable { .. }
            | Self::System { .. }
            | Self::Abandoned { .. }
            | Self::Crowded { .. } => Kind::Transient,
            Self::NotKafka { .. } => Kind::Config,
            Self::TooOld { .. } | Self::Unsupported { .. } => Kind::Unsupported,
            Self::Denied { .. } => Kind::Auth,
            Self::Broker { code, .. } if code.is_retriable() => Kind::Transient,
            Self::Broker { .. } | Self::Rubbish { .. } | Self::Unencodable { .. } => Kind::Bug,
        }
    }

    /// Whether the connection is still good after this error.
    pub fn leaves_connection(&self) -> bool {
        matches!(
            self,
            Self::Unsupported { .. }
                | Self::Broker { .. }
                | Self::Denied { .. }
                | Self::Unencodable { .. }
                | Self::Crowded { .. }
        )
    }
}

fn ended(moment: Moment, reset: bool) -> String {
    let verb = if reset { "reset" } else { "closed" };
    let rest = match moment {
        Moment::Handshake => {
            "the connection at once: a broker on its way down, a port with nothing behind it, or a listener that wants TLS"
        }
        Moment::FirstRequest => "the connection at the first request: the listener may want SASL",
        Moment::MidAnswer => "the connection in the middle of an answer",
        Moment::Working => "the connection",
    };
    format!("{verb} {rest}")
}

fn unheard(waiting: Waiting) -> String {
    match waiting {
        Waiting::Name => "was not resolved by the name service".to_owned(),
        Waiting::Connection => "did not take the connection".to_owned(),
        Waiting::Answer(api) => format!("did not answer {api}"),
    }
}

fn millis(waited: Duration) -> String {
    format!("{} ms", waited.as_millis())
}

fn known(theirs: Option<VersionRange>) -> String {
    theirs.map_or_else(|| "in no version".to_owned(), |range| format!("in {range}"))
}

fn said(message: Option<&str>) -> String {
    match message {
        None | Some("") => String::new(),
        Some(text) => format!(" ({})", escaped(text)),
    }
}

/// Text of a peer with everything but plain ASCII escaped, and of a sane length.
pub(crate) fn escaped(text: &str) -> String {
    text.chars()
        .take(200)
        .collect::<String>()
        .escape_default()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_a_sentence_of_a_kind() {
        let address: Address = "kafka-1:9092".parse().unwrap();
        let code = |number| KafkaCode::from_wire(number).unwrap();
        let cases = [
            (
                WireError::Timeout {
                    address: address.clone(),
                    waiting: Waiting::Answer(Api::Metadata),
                    waited: Duration::from_millis(1500),
                },
                "kafka-1:9092 did not answer Metadata within 1500 ms",
                Kind::Transient,
            ),
            (
                WireError::Unsupported {
                    address: address.clone(),
                    api: Api::DescribeQuorum,
                    theirs: None,
                    ours: Api::DescribeQuorum.ours(),
                },
                "kafka-1:9092 speaks DescribeQuorum in no version, kaftop needs versions 0 to 2",
                Kind::Unsupported,
            ),
            (
                WireError::Denied {
                    address: address.clone(),
                    api: Api::DescribeQuorum,
                    code: code(31),
                    message: Some("no \u{1b}[31m".to_owned()),
                },
                "kafka-1:9092 denied DescribeQuorum: CLUSTER_AUTHORIZATION_FAILED (no \\u{1b}[31m)",
                Kind::Auth,
            ),
            (
                WireError::Broker {
                    address: address.clone(),
                    api: Api::ListGroups,
                    code: code(14),
                    message: None,
                },
                "kafka-1:9092 answered ListGroups with COORDINATOR_LOAD_IN_PROGRESS",
                Kind::Transient,
            ),
            (
                WireError::Closed {
                    address: address.clone(),
                    moment: Moment::FirstRequest,
                    reset: false,
                },
                "kafka-1:9092 closed the connection at the first request: the listener may want SASL",
                Kind::Transient,
            ),
            (
                WireError::NotKafka {
                    address,
                    looks_like: LooksLike::Http,
                },
                "kafka-1:9092 does not speak Kafka but HTTP",
                Kind::Config,
            ),
        ];
        for (error, sentence, kind) in cases {
            assert_eq!(error.to_string(), sentence);
            assert_eq!(error.kind(), kind, "{sentence}");
        }
    }
}

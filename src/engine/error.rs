//! What can go wrong between kaftop and a container engine.

use std::fmt;
use std::time::Duration;

use crate::model::failure::{Failure, FailureKind};

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Finding out where an engine is.
    Find,
    /// Asking for its version, the first request of all.
    Greet,
    /// A sign of life.
    Ping,
    /// The list of containers.
    List,
    /// One container's state.
    Inspect,
    /// One network's state.
    InspectNetwork,
    /// One container's counters.
    Stats,
    /// The stream of events.
    Events,
    /// A container's output.
    Logs,
    /// Running a command inside a container.
    Exec,
    /// Stopping a container.
    Stop,
    /// Starting a container.
    Start,
    /// Restarting a container.
    Restart,
    /// Killing a container.
    Kill,
    /// Freezing a container.
    Pause,
    /// Letting a frozen container go on.
    Unpause,
    /// Taking a container off a network.
    Disconnect,
    /// Putting a container on a network.
    Connect,
}

impl Operation {
    /// The verb of the sentence `cannot <verb> <target>`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::Greet => "ask the version of",
            Self::Ping => "ping",
            Self::List => "list the containers of",
            Self::Inspect => "inspect",
            Self::InspectNetwork => "inspect network",
            Self::Stats => "read the counters of",
            Self::Events => "follow the events of",
            Self::Logs => "read the log of",
            Self::Exec => "run a command in",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Unpause => "resume",
            Self::Disconnect => "disconnect",
            Self::Connect => "connect",
        }
    }
}

/// How it went wrong, with what to do about it where that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no socket where one was looked for.
    #[error("there is no socket at {looked}: is the engine running?")]
    NoSocket {
        /// Where it was looked for.
        looked: String,
    },
    /// The socket is there, and we may not use it.
    #[error("no permission on {socket}, which belongs to {owner}: {advice}")]
    NoPermission {
        /// The socket.
        socket: String,
        /// Who owns it: a group, or a user.
        owner: String,
        /// What to do.
        advice: String,
    },
    /// Nothing listens there.
    #[error("{address} refused the connection: is the engine running?")]
    Refused {
        /// Who was asked.
        address: String,
    },
    /// The host cannot be reached, or its name not resolved.
    #[error("{address} cannot be reached: {detail}")]
    Unreachable {
        /// Who was asked.
        address: String,
        /// What the system said.
        detail: String,
    },
    /// No answer in time.
    #[error("no answer within {}: the engine hangs, or is overloaded", seconds(*.waited))]
    Hung {
        /// How long was waited.
        waited: Duration,
    },
    /// The engine ended the connection before its answer was whole.
    #[error("the engine ended the connection: {detail}")]
    Closed {
        /// What was seen.
        detail: String,
    },
    /// The engine's API is older than what kaftop needs.
    #[error("the engine speaks API {theirs}, kaftop needs {ours} or later: update the engine")]
    TooOld {
        /// The newest version that it speaks.
        theirs: String,
        /// The oldest that kaftop speaks.
        ours: String,
    },
    /// The engine does not know the container, network or image.
    #[error("the engine does not know it: {detail}")]
    NotFound {
        /// The engine's words.
        detail: String,
    },
    /// The state of the container does not allow it.
    #[error("its state does not allow that: {detail}")]
    Conflict {
        /// The engine's words.
        detail: String,
    },
    /// We are not allowed to do that: an authorization plugin, or a socket proxy.
    #[error("not allowed: {detail}")]
    Forbidden {
        /// The engine's words.
        detail: String,
    },
    /// Any other answer that is an error.
    #[error("the engine answered with status {status}: {detail}")]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The engine's words.
        detail: String,
    },
    /// The answer cannot be read, or is larger than it can rightly be.
    #[error("its answer cannot be read: {detail}")]
    Rubbish {
        /// What is wrong with it.
        detail: String,
    },
    /// An address, a context or a certificate that cannot be used.
    #[error("{detail}")]
    Settings {
        /// What is wrong, where, and what to do.
        detail: String,
    },
    /// ssh could not be started, or ended with an error.
    #[error("ssh to {host} failed: {detail}")]
    Ssh {
        /// The host.
        host: String,
        /// What ssh said.
        detail: String,
    },
}

/// An operation on an engine that failed; displays as a sentence without a full stop.
///
/// Words of the engine in it are raw: print it through [`Failure`], or through `model::text::printable`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {} {target}: {trouble}", operation.verb())]
pub struct EngineError {
    /// What was tried.
    pub operation: Operation,
    /// On what: the engine's address, a container's name or id, a network's name.
    pub target: String,
    /// How it went wrong.
    pub trouble: Trouble,
}

impl EngineError {
    /// An error from its parts.
    pub fn new(operation: Operation, target: &(dyn fmt::Display + Sync), trouble: Trouble) -> Self {
        Self {
            operation,
            target: target.to_string(),
            trouble,
        }
    }

    /// Whether the container or network is gone from the engine.
    pub fn is_not_found(&self) -> bool {
        matches!(self.trouble, Trouble::NotFound { .. })
    }

    /// Whether the outcome of an act is not known: it was sent, and no answer came. A refusal, and a failure to
    /// connect, are known outcomes: nothing was done.
    pub fn leaves_doubt(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::Hung { .. } | Trouble::Closed { .. } | Trouble::Rubbish { .. }
        )
    }

    /// Whether the engine itself is out of reach, and not only this one target.
    pub fn is_engine_lost(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::NoSocket { .. }
                | Trouble::NoPermission { .. }
                | Trouble::Refused { .. }
                | Trouble::Unreachable { .. }
                | Trouble::Hung { .. }
                | Trouble::Closed { .. }
                | Trouble::Ssh { .. }
        )
    }
}

impl From<&EngineError> for Failure {
    fn from(error: &EngineError) -> Self {
        let kind = match &error.trouble {
            Trouble::NoSocket { .. } | Trouble::Refused { .. } => FailureKind::Refused,
            Trouble::NoPermission { .. } | Trouble::Forbidden { .. } => FailureKind::Denied,
            Trouble::Unreachable { .. } => FailureKind::NoRoute,
            Trouble::Hung { .. } => FailureKind::Timeout,
            Trouble::Closed { .. } | Trouble::Ssh { .. } => FailureKind::Reset,
            Trouble::TooOld { .. } => FailureKind::Unsupported,
            Trouble::NotFound { .. } | Trouble::Conflict { .. } | Trouble::Answered { .. } => {
                FailureKind::Answered
            }
            Trouble::Rubbish { .. } => FailureKind::Rubbish,
            Trouble::Settings { .. } => FailureKind::NotAsked,
        };
        Failure::new(kind, &error.to_string())
    }
}

fn seconds(span: Duration) -> String {
    let millis = span.as_millis();
    if millis >= 1000 && millis.is_multiple_of(1000) {
        format!("{}s", millis / 1000)
    } else {
        format!("{millis}ms")
    }
}

//! Errors of the wire as failures of the model.

use crate::model::broker::Endpoint;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::wire::{KafkaCode, WireError};

/// The failure behind an error of the wire.
pub(super) fn failure(error: &WireError) -> Failure {
    Failure::new(kind(error), &error.to_string())
}

fn kind(error: &WireError) -> FailureKind {
    match error {
        WireError::Refused { .. } => FailureKind::Refused,
        WireError::Closed { .. } => FailureKind::Reset,
        WireError::Timeout { .. } => FailureKind::Timeout,
        WireError::Unresolved { .. } => FailureKind::Unresolved,
        WireError::Unreachable { .. } => FailureKind::NoRoute,
        WireError::NotKafka { .. } => FailureKind::NotKafka,
        WireError::Rubbish { .. } => FailureKind::Rubbish,
        WireError::TooOld { .. } | WireError::Unsupported { .. } => FailureKind::Unsupported,
        WireError::Broker { .. } => FailureKind::Answered,
        WireError::Denied { .. } => FailureKind::Denied,
        // Our own machine or program stood in the way: nothing was learnt of the broker.
        WireError::System { .. }
        | WireError::Unencodable { .. }
        | WireError::Abandoned { .. }
        | WireError::Crowded { .. } => FailureKind::NotAsked,
    }
}

/// The failure of one item of an answer: what was read, and the code that came back.
pub(super) fn item(what: &str, code: KafkaCode) -> Failure {
    let kind = if code.is_denied() {
        FailureKind::Denied
    } else {
        FailureKind::Answered
    };
    Failure::new(kind, &format!("{what}: the broker answered {code}"))
}

/// The failure to reach a broker at its advertised address, with what to do about it.
///
/// `never` tells that the broker was never reached from here: then the address may be one that only works inside
/// the cluster's own network.
pub(super) fn unreached(id: BrokerId, advertised: &Endpoint, error: &WireError, never: bool) -> Failure {
    let plain = failure(error);
    let hint = match plain.kind {
        FailureKind::Unresolved => "which does not resolve from here",
        FailureKind::Refused if never => "where nothing listens from here",
        FailureKind::Timeout if never && is_connect(error) => "which takes no connection from here",
        FailureKind::NoRoute if never => "which has no route from here",
        _ => return plain,
    };
    let (host, port) = (&advertised.host, advertised.port);
    let detail = format!(
        "broker {id} is advertised as {host}:{port}, {hint}; map it with --address {id}=HOST:PORT ({plain})"
    );
    Failure::new(plain.kind, &detail)
}

fn is_connect(error: &WireError) -> bool {
    use crate::wire::Waiting;
    matches!(
        error,
        WireError::Timeout {
            waiting: Waiting::Name | Waiting::Connection,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Address, Api, Waiting};
    use std::time::Duration;

    fn address() -> Address {
        "kafka-2:29092".parse().unwrap()
    }

    fn timeout(waiting: Waiting) -> WireError {
        WireError::Timeout {
            address: address(),
            waiting,
            waited: Duration::from_millis(900),
        }
    }

    #[test]
    fn an_advertised_address_that_does_not_work_from_here_gets_a_hint() {
        let advertised = Endpoint {
            host: "kafka-2".into(),
            port: 29092,
        };
        let unresolved = WireError::Unresolved {
            address: address(),
            detail: "unknown".to_owned(),
        };
        let refused = WireError::Refused { address: address() };
        let cases = [
            (
                &unresolved,
                true,
                FailureKind::Unresolved,
                Some("does not resolve from here"),
            ),
            (
                &unresolved,
                false,
                FailureKind::Unresolved,
                Some("does not resolve from here"),
            ),
            (
                &refused,
                true,
                FailureKind::Refused,
                Some("nothing listens from here"),
            ),
            (&refused, false, FailureKind::Refused, None),
            (
                &timeout(Waiting::Connection),
                true,
                FailureKind::Timeout,
                Some("takes no connection"),
            ),
            (&timeout(Waiting::Connection), false, FailureKind::Timeout, None),
            // It took the connection and hangs: the address is right.
            (
                &timeout(Waiting::Answer(Api::ApiVersions)),
                true,
                FailureKind::Timeout,
                None,
            ),
        ];
        for (error, never, kind, hint) in cases {
            let failure = unreached(BrokerId(2), &advertised, error, never);
            assert_eq!(failure.kind, kind, "{error}");
            match hint {
                Some(hint) => {
                    assert!(failure.detail().contains(hint), "{failure}");
                    assert!(failure.detail().contains("--address 2=HOST:PORT"), "{failure}");
                }
                None => assert_eq!(failure.detail(), error.to_string()),
            }
        }
    }

    #[test]
    fn an_item_tells_what_was_read_and_what_came_back() {
        let code = |number| KafkaCode::from_wire(number).unwrap();
        let denied = item("topic secret", code(29));
        assert_eq!(denied.kind, FailureKind::Denied);
        assert_eq!(
            denied.detail(),
            "topic secret: the broker answered TOPIC_AUTHORIZATION_FAILED"
        );
        assert_eq!(item("partition a-0", code(6)).kind, FailureKind::Answered);
    }
}

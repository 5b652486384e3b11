//! Error codes of the Kafka protocol.

use kafka_protocol::error::ResponseError;
use std::fmt;

/// An error code of the Kafka protocol other than 0; also one that this build has no name for.
///
/// Displays as the name that Kafka's own tools and logs use (`org.apache.kafka.common.protocol.Errors`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KafkaCode(i16);

impl KafkaCode {
    /// The version of the request is not supported.
    pub const UNSUPPORTED_VERSION: Self = Self(35);
    /// The partition or topic is not known to the asked broker.
    pub const UNKNOWN_TOPIC_OR_PARTITION: Self = Self(3);
    /// The partition has no leader now.
    pub const LEADER_NOT_AVAILABLE: Self = Self(5);
    /// The asked broker does not lead the partition.
    pub const NOT_LEADER_OR_FOLLOWER: Self = Self(6);
    /// A listed replica is not alive (Metadata).
    pub const REPLICA_NOT_AVAILABLE: Self = Self(9);
    /// The group's coordinator is still loading its log.
    pub const COORDINATOR_LOAD_IN_PROGRESS: Self = Self(14);
    /// No coordinator can be reached.
    pub const COORDINATOR_NOT_AVAILABLE: Self = Self(15);
    /// The asked broker does not coordinate the group.
    pub const NOT_COORDINATOR: Self = Self(16);
    /// The asked broker is not the active controller.
    pub const NOT_CONTROLLER: Self = Self(41);
    /// The first replica is not in sync, so that it cannot be elected (KIP-460).
    pub const PREFERRED_LEADER_NOT_AVAILABLE: Self = Self(80);
    /// The first replica leads already (KIP-460).
    pub const ELECTION_NOT_NEEDED: Self = Self(84);
    /// The group is not known (KIP-1043).
    pub const GROUP_ID_NOT_FOUND: Self = Self(69);

    /// The error in a code field, where 0 is none.
    pub fn from_wire(code: i16) -> Option<Self> {
        (code != 0).then_some(Self(code))
    }

    /// The number on the wire.
    pub fn number(self) -> i16 {
        self.0
    }

    /// Whether a right is missing: `..._AUTHORIZATION_FAILED` and failed authentication.
    pub fn is_denied(self) -> bool {
        // TOPIC_, GROUP_, CLUSTER_, TRANSACTIONAL_ID_, DELEGATION_TOKEN_AUTHORIZATION_FAILED, SASL_AUTHENTICATION_FAILED.
        matches!(self.0, 29 | 30 | 31 | 53 | 65 | 58)
    }

    /// Whether Kafka's own clients would try again.
    pub fn is_retriable(self) -> bool {
        ResponseError::try_from_code(self.0).is_some_and(|error| error.is_retriable())
    }
}

impl fmt::Display for KafkaCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ResponseError::try_from_code(self.0) {
            Some(ResponseError::Unknown(code)) => write!(out, "error code {code}"),
            None => out.write_str("NONE"),
            Some(known) => {
                for (place, letter) in known.to_string().chars().enumerate() {
                    if letter.is_ascii_uppercase() && place > 0 {
                        out.write_str("_")?;
                    }
                    write!(out, "{}", letter.to_ascii_uppercase())?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_kafka() {
        let cases = [
            (-1, "UNKNOWN_SERVER_ERROR"),
            (3, "UNKNOWN_TOPIC_OR_PARTITION"),
            (6, "NOT_LEADER_OR_FOLLOWER"),
            (17, "INVALID_TOPIC_EXCEPTION"),
            (31, "CLUSTER_AUTHORIZATION_FAILED"),
            (35, "UNSUPPORTED_VERSION"),
            (56, "KAFKA_STORAGE_ERROR"),
            (69, "GROUP_ID_NOT_FOUND"),
            (9999, "error code 9999"),
        ];
        for (code, name) in cases {
            assert_eq!(KafkaCode::from_wire(code).unwrap().to_string(), name);
        }
        assert_eq!(KafkaCode::from_wire(0), None);
    }

    #[test]
    fn missing_rights_are_told_from_other_errors() {
        for (code, denied) in [
            (29, true),
            (30, true),
            (31, true),
            (58, true),
            (3, false),
            (7, false),
            (60, false),
        ] {
            assert_eq!(KafkaCode::from_wire(code).unwrap().is_denied(), denied, "{code}");
        }
    }
}

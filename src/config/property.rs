//! One client property, with its value masked where it may be a secret.

use std::time::Duration;

use super::address::{AddressList, KAFKA_PORT};
use super::catalogue::{PropertyUse, TLS_AND_SASL_REFUSED, is_secret, nearest_property, property_use};
use super::origin::Origin;
use super::printable::quoted;
use super::problem::{Mismatch, Problem};
use super::secret::Secret;
use crate::model::text::{needs_escape as is_hostile, printable};

/// The longest timeout that is taken, in milliseconds (librdkafka's own bound of `socket.timeout.ms`).
const TIMEOUT_MAX_MS: u64 = 300_000;

/// The shortest timeout that is taken, in milliseconds (librdkafka's own bound of `socket.timeout.ms`).
const TIMEOUT_MIN_MS: u64 = 10;

/// The longest `client.id` that is taken, in characters.
const CLIENT_ID_MAX: usize = 249;

/// The value of a client property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyValue {
    /// May be shown.
    Plain(String),
    /// Must not be shown.
    Hidden(Secret),
}

/// A client property as it was given, by its librdkafka name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The name; from a file, hence not safe to print as it is.
    pub name: String,
    /// The value.
    pub value: PropertyValue,
    /// Where it was given.
    pub origin: Origin,
}

impl Property {
    /// A property; the value is hidden when the name says that it is, or may be, a secret.
    pub fn new(name: &str, value: &str, origin: Origin) -> Self {
        let value = if is_secret(name) {
            PropertyValue::Hidden(value.into())
        } else {
            PropertyValue::Plain(value.to_owned())
        };
        Self {
            name: name.to_owned(),
            value,
            origin,
        }
    }

    /// Reads the `KEY=VALUE` of a `-X` flag. A text without `=` is not quoted: it may be a secret.
    pub fn from_flag(text: &Secret) -> Result<Self, Problem> {
        let origin = Origin::Flag { name: "-X" };
        match text.expose().split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Self::new(name.trim(), value.trim(), origin))
            }
            _ => Err(Problem::new(
                origin,
                "",
                "expected KEY=VALUE, such as -X client.id=kaftop",
            )),
        }
    }

    /// What kaftop does with it.
    pub fn property_use(&self) -> PropertyUse {
        property_use(&self.name)
    }

    /// The value as it may be shown: printable, a secret as stars.
    pub fn shown(&self) -> String {
        match &self.value {
            PropertyValue::Plain(text) => printable(text).into_owned(),
            PropertyValue::Hidden(_) => Secret::MASK.to_owned(),
        }
    }

    /// Whether the value is hidden and the name is a known one: a real secret, not a typing error.
    pub fn holds_secret(&self) -> bool {
        matches!(self.value, PropertyValue::Hidden(_)) && self.property_use() != PropertyUse::Unknown
    }

    /// The faults of a property that is wrong for any cluster: an unknown name, or a value of a wrong shape.
    pub(super) fn faults(&self) -> Vec<Problem> {
        if self.property_use() == PropertyUse::Unknown {
            let hint = nearest_property(&self.name).map_or_else(
                || "kaftop knows librdkafka's properties and those of the Java client".to_owned(),
                |name| format!("the nearest valid one is {}", quoted(name)),
            );
            return vec![self.problem(&format!("unknown client property; {hint}"))];
        }
        let wrong = |mismatch: &Mismatch| matches!(mismatch, Mismatch::Wrong { .. });
        self.mismatches()
            .iter()
            .filter(|m| wrong(m))
            .map(|m| self.problem(&m.to_string()))
            .collect()
    }

    /// The refusal of a property that asks for what this version does not do.
    pub(super) fn refusal(&self) -> Option<Problem> {
        if self.property_use() == PropertyUse::NotYet {
            return Some(self.problem(TLS_AND_SASL_REFUSED));
        }
        self.mismatches().into_iter().find_map(|mismatch| match mismatch {
            Mismatch::Refused(sentence) => Some(self.problem(&sentence)),
            Mismatch::Wrong { .. } => None,
        })
    }

    /// The note on a property that is taken without effect.
    pub(super) fn note(&self) -> Option<Problem> {
        let text = "accepted, without effect: a monitor does not use this client property";
        (self.property_use() == PropertyUse::NoEffect).then(|| self.problem(text))
    }

    fn mismatches(&self) -> Vec<Mismatch> {
        match self.property_use() {
            PropertyUse::ClientId => self.client_id().err().into_iter().collect(),
            PropertyUse::ConnectTimeout | PropertyUse::RequestTimeout => {
                self.timeout().err().into_iter().collect()
            }
            PropertyUse::SecurityProtocol => self.security_protocol().err().into_iter().collect(),
            PropertyUse::Bootstrap => self.addresses().faults,
            PropertyUse::NotYet | PropertyUse::NoEffect | PropertyUse::Unknown => Vec::new(),
        }
    }

    /// The value as a list of Kafka addresses.
    pub(super) fn addresses(&self) -> AddressList {
        AddressList::parse(self.plain(), KAFKA_PORT)
    }

    /// The value as a timeout.
    pub(super) fn timeout(&self) -> Result<Duration, Mismatch> {
        let text = self.plain();
        match text.parse::<u64>() {
            Ok(ms) if (TIMEOUT_MIN_MS..=TIMEOUT_MAX_MS).contains(&ms) => Ok(Duration::from_millis(ms)),
            _ => Err(Mismatch::text(
                text,
                format!("milliseconds as a whole number from {TIMEOUT_MIN_MS} to {TIMEOUT_MAX_MS}"),
            )),
        }
    }

    /// The value as a client id.
    pub(super) fn client_id(&self) -> Result<String, Mismatch> {
        let text = self.plain();
        let fits = !text.is_empty() && text.chars().count() <= CLIENT_ID_MAX;
        if fits && !text.chars().any(is_hostile) {
            Ok(text.to_owned())
        } else {
            Err(Mismatch::text(
                text,
                format!("1 to {CLIENT_ID_MAX} printable characters"),
            ))
        }
    }

    fn security_protocol(&self) -> Result<(), Mismatch> {
        let text = self.plain();
        match text.to_ascii_lowercase().as_str() {
            "plaintext" => Ok(()),
            "ssl" | "sasl_plaintext" | "sasl_ssl" => Err(Mismatch::Refused(format!(
                "{} asks for more than plaintext: {TLS_AND_SASL_REFUSED}",
                quoted(text)
            ))),
            _ => Err(Mismatch::text(text, "\"plaintext\"")),
        }
    }

    fn plain(&self) -> &str {
        match &self.value {
            PropertyValue::Plain(text) => text.trim(),
            PropertyValue::Hidden(_) => "",
        }
    }

    fn problem(&self, message: &str) -> Problem {
        Problem::new(self.origin.clone(), &self.name, message)
    }
}

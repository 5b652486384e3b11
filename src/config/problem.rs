//! Faults in the configuration, as values: where, which key, what was found, what is expected.

use std::fmt;

use super::origin::Origin;
use super::printable::quoted;
use crate::model::text::printable;

/// Why a value was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The value is not of the expected shape.
    Wrong {
        /// What stood there, already printable.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// The value is well formed and names something that this version does not do.
    Refused(String),
}

impl Mismatch {
    /// A mismatch that quotes the text found.
    pub fn text(found: &str, expected: impl Into<String>) -> Self {
        Self::Wrong {
            found: quoted(found),
            expected: expected.into(),
        }
    }

    /// A mismatch that describes what was found without quoting it.
    pub fn described(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Wrong {
            found: found.into(),
            expected: expected.into(),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong { found, expected } => write!(f, "found {found}, expected {expected}"),
            Self::Refused(sentence) => f.write_str(sentence),
        }
    }
}

/// One fault or one note of the configuration: a single printable line that never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    origin: Origin,
    key: String,
    message: String,
}

impl Problem {
    /// A fault of a key; the key may be empty when the place says enough.
    pub fn new(origin: Origin, key: &str, message: &str) -> Self {
        Self {
            origin,
            key: printable(key).into_owned(),
            message: printable(message).into_owned(),
        }
    }

    /// Where the fault is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key at fault, with its tables, such as `clusters.prod.bootstrap`; empty when there is none.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong, and what to do.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

//! Where a value came from.

use std::fmt;

use crate::model::text::printable;

/// The layer that a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of the config file or of a client properties file.
    File {
        /// The path as it was given or found.
        path: String,
        /// The line, counted from 1.
        line: u32,
    },
    /// An environment variable.
    Environment {
        /// The variable's name.
        name: &'static str,
    },
    /// A flag of the command line.
    Flag {
        /// The flag's long spelling, or `-X`.
        name: &'static str,
    },
}

impl Origin {
    /// The origin of a value that stands on a line of a file; lines count from 1.
    pub fn file(path: &str, line: u32) -> Self {
        Self::File {
            path: path.to_owned(),
            line,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", printable(path)),
            Self::Environment { name } => write!(f, "environment {name}"),
            Self::Flag { name } => write!(f, "flag {name}"),
        }
    }
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value with the origin given.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// A built-in value.
    pub fn default_value(value: T) -> Self {
        Self::new(value, Origin::Default)
    }

    /// The same origin with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced {
            value: change(self.value),
            origin: self.origin,
        }
    }
}

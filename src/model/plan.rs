//! What an act would come to, to be shown before it is done; and why one may not be done.

use std::fmt;

use super::act::Act;
use super::text::Name;

/// How an act is confirmed: in proportion to what it may break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// By one key.
    Key,
    /// By typing the node's id: something speaks against the act.
    Id(String),
    /// By typing the cluster's name: people depend on it.
    Cluster(String),
}

impl Confirm {
    /// What is to be typed, if anything.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Key => None,
            Self::Id(word) | Self::Cluster(word) => Some(word),
        }
    }

    /// What is to be typed, in words.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Key => "y",
            Self::Id(_) => "the id",
            Self::Cluster(_) => "the cluster's name",
        }
    }
}

/// What an act would come to. Two plans are equal where nothing has changed that was said: an act is done only by the plan
/// that was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The act.
    pub act: Act,
    /// What it is done to, as people call it: `container kafka-2`; none where it is Kafka itself.
    pub on: Option<Name>,
    /// What it does, a sentence each; safe to print.
    pub does: Vec<String>,
    /// What speaks against it; safe to print.
    pub blockers: Vec<String>,
    /// What is worth knowing; safe to print.
    pub notes: Vec<String>,
    /// How it is confirmed.
    pub confirm: Confirm,
}

/// Why an act is not done. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The act.
    pub act: Act,
    /// Why, and what to do; a sentence, safe to print.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refused to {}: {}", self.act.deed, self.why)
    }
}

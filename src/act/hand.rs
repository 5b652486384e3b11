//! The seam between the gate and a world in which processes can be acted on: containers, or a simulated cluster.

use std::fmt;
use std::future::Future;

use crate::health::Bulletin;
use crate::model::act::Node;
use crate::model::sighting::{Sighting, Tie};
use crate::model::text::{Name, printable};
use crate::model::time::{At, Span};

/// One thing done to one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ends it in order; what has not ended after the grace time is killed.
    Stop {
        /// The grace time.
        grace: Span,
    },
    /// Starts it.
    Start,
    /// Ends it at once.
    Kill,
    /// Freezes it.
    Pause,
    /// Ends the freeze.
    Resume,
    /// Takes it off networks.
    Cut(Vec<Tie>),
    /// Puts it on networks, as it was.
    Reconnect(Vec<Tie>),
}

/// Why a hand could not do or see something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What was tried, against what, what came back, what to do; safe to print.
    pub words: String,
    /// Whether that is because the process's place no longer exists.
    pub missing: bool,
}

impl Fault {
    /// A fault in these words.
    pub fn new(words: &str) -> Self {
        Self {
            words: printable(words).into_owned(),
            missing: false,
        }
    }

    /// The process's place no longer exists.
    pub fn missing(words: &str) -> Self {
        Self {
            missing: true,
            ..Self::new(words)
        }
    }

    /// The words as a sentence that ends with one stop.
    pub fn sentence(&self) -> String {
        let ends = self.words.ends_with(['.', '?', '!']);
        format!("{}{}", self.words, if ends { "" } else { "." })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.words)
    }
}

/// What was found of a cut from inside the process that was cut off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Severed {
    /// The peers that it still reaches, in words.
    pub reached: Vec<String>,
    /// Why that cannot be told, where it cannot.
    pub untold: Option<String>,
}

/// Who can look at the processes of a cluster and act on them. Every call ends within a deadline of its own.
pub trait Hand: Send + Sync + 'static {
    /// What this is, so that what is left in the journal finds back: `docker at unix:///var/run/docker.sock`.
    fn world(&self) -> Name;

    /// Finds the process of a node, and looks at it.
    fn find(&self, node: &Node, bulletin: &Bulletin) -> impl Future<Output = Result<Sighting, Fault>> + Send;

    /// Looks at a process that was found before.
    fn look(&self, handle: &Name) -> impl Future<Output = Result<Sighting, Fault>> + Send;

    /// Does one thing.
    fn act(&self, handle: &Name, step: &Step) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The last lines that a process printed since then, or since it was started last; safe to print, and empty where they
    /// cannot be had. The moment is on the clock of its sightings.
    fn last_lines(&self, handle: &Name, since: Option<At>) -> impl Future<Output = Vec<String>> + Send;

    /// Whom of its peers a node still reaches.
    fn severed(
        &self,
        node: &Node,
        handle: &Name,
        bulletin: &Bulletin,
    ) -> impl Future<Output = Result<Severed, Fault>> + Send;
}

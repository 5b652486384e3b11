//! An act on its way: what is asked of the gate, and what it tells.

use super::act::{Act, Node, Verb};
use super::plan::{Plan, Refusal};
use super::text::Name;
use super::time::{At, Span};

/// What a screen asks of the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// What would this act come to?
    Plan(Act),
    /// Do what this confirmed plan says.
    Do(Box<Plan>),
    /// Steer the act of this number.
    Steer(u64, Control),
    /// What has kaftop done and not undone?
    Leftovers,
    /// Undo this one.
    Undo(Leftover),
}

/// How an act that takes long is steered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// On.
    #[default]
    Go,
    /// Stay between two steps until told otherwise.
    Hold,
    /// End after the step that is under way.
    Abort,
}

/// What the gate tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// What an act would come to.
    Planned(Box<Plan>),
    /// A confirmed plan no longer holds: nothing was done, and this is the newest one.
    Changed(Box<Plan>),
    /// An act is not done.
    Refused(Refusal),
    /// An act goes on.
    Progress(Progress),
    /// What kaftop has done and not undone.
    Leftovers(Vec<Leftover>),
}

/// News of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which act, of those of this run.
    pub number: u64,
    /// The act.
    pub act: Act,
    /// When it began.
    pub began: At,
    /// When this happened.
    pub at: At,
    /// What.
    pub what: Happening,
}

/// What happens while an act goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Something was done or seen; a sentence, safe to print.
    Step(String),
    /// Something is waited for, at most until then.
    Waiting {
        /// What, in a few words that go on from "waiting for".
        what: String,
        /// The end of the wait; a screen counts down to it.
        until: At,
    },
    /// It is over.
    Ended(Outcome),
}

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Done, and seen to have taken effect.
    Done,
    /// Not done.
    Failed,
    /// Done, and not seen to have taken effect.
    Unverified,
    /// Ended between two steps, as was asked for.
    Aborted,
}

impl Ending {
    /// The word of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unverified => "unverified",
            Self::Aborted => "aborted",
        }
    }
}

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What happened, with times, or what did not; sentences, safe to print.
    pub words: String,
    /// How long it took.
    pub took: Span,
}

/// Something that kaftop has stopped, paused or cut off, and not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its name in the journal.
    pub id: Name,
    /// When it was done.
    pub at: At,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub node: Node,
    /// As people call it: `container kafka-2`.
    pub shown: Name,
}

//! Floor 1: what an act would come to, whether it may be done, and how it is confirmed. Pure functions and values; time is
//! an argument.
//!
//! [`plan()`] is the preflight of every act, wherever it comes from. It rests on [`stop_check`](crate::health::stop_check),
//! the one function that says who may be stopped. What is confirmed is a whole [`Plan`](crate::model::plan::Plan): it is made
//! again before anything is done, and a difference is shown instead of acted on.

mod absent;
mod cut;
mod dialog;
mod elect;
mod mandate;
mod node;
mod plan;
mod roll;
#[cfg(test)]
mod tests;
mod words;

pub use absent::Absent;
pub use dialog::{Answer, Dialog, Press};
pub use elect::{Ballot, ballot};
pub use mandate::Mandate;
pub use plan::{Sightings, nodes, plan};
pub use roll::{Unfit, order, unfit};

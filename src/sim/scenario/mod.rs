//! Scenarios: what is done to a simulated cluster and when, what there is to learn from it, and how that is written
//! in a file.
//!
//! [`Scenario::parse`] reads the text of a file and keeps every fault with its line and key; [`Scenario::plan`] lays
//! it over a cluster of the wished mode and size, and refuses what that cluster does not have. `assets/scenarios`
//! holds those that kaftop brings, and a page that explains every key.

mod cluster_form;
mod form;
mod library;
mod plan;
mod reader;
mod step_form;
mod value;

#[cfg(test)]
mod tests;

pub use form::{Ending, Scenario, Step};
pub use library::{BUILT_IN, BuiltIn, DEFAULT, built_in, unknown_name};
pub use plan::{Plan, PlanError, PlannedStep, Wishes};

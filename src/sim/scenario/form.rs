//! A scenario as a file says it, before it is laid over a cluster.

use std::sync::Arc;
use std::time::Duration;

use super::cluster_form::ClusterForm;
use crate::config::Sourced;
use crate::model::story::Lesson;
use crate::sim::world::Act;

/// What happens to a cluster, and what there is to learn from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// A few words for the header.
    pub title: String,
    /// What is seen from outside, without the cause.
    pub situation: String,
    /// The cluster.
    pub cluster: ClusterForm,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What there is to learn.
    pub lesson: Arc<Lesson>,
    /// What follows the last step.
    pub ending: Ending,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When, since the beginning.
    pub at: Duration,
    /// What is done, with the line that says to what; `None` where something is only told.
    pub act: Option<Sourced<Act>>,
    /// What is told of it.
    pub note: Option<String>,
}

/// What follows the last step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// All stays as it is.
    #[default]
    Stay,
    /// After this long the steps begin anew, on the cluster as it is then.
    Repeat(Duration),
}

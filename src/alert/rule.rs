//! A rule: when there is an alert, how grave it is, and what it says.

use std::sync::Arc;

use super::expr::Condition;
use super::template::Template;
use super::word::Scope;
use crate::config::Origin;
use crate::model::alert::About;
use crate::model::severity::Severity;
use crate::model::text::Name;
use crate::model::time::Span;

/// A rule that can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// Over what it fans out.
    pub scope: Scope,
    /// When there is an alert.
    pub when: Condition,
    /// When it is over; where it is unset, when `when` no longer holds.
    pub clear: Option<Condition>,
    /// How long both must hold.
    pub times: Times,
    /// How grave it is.
    pub severity: Severity,
    /// What its alerts say.
    pub templates: Templates,
    /// What it says of all of its alerts.
    pub about: Arc<About>,
    /// What it has to do with other rules.
    pub kin: Kin,
    /// The same rule for Prometheus.
    pub prometheus: Option<Prometheus>,
    /// Where it is written: its file with the line.
    pub origin: Origin,
}

/// How long conditions must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How long the condition must hold before the alert fires.
    pub hold: Span,
    /// How long it must be over before the alert is.
    pub clear: Span,
}

/// What the alerts of a rule say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    /// One line.
    pub summary: Template,
    /// One or two sentences.
    pub description: Template,
}

/// What a rule has to do with others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    /// Rules of whose alerts its own are told as consequences, where those explain them.
    pub consequence_of: Vec<Name>,
    /// Whether a consequence that is as grave as its cause is news of that one, and makes it fire.
    pub changes_cause: bool,
    /// Rules that hold it back for as long as one of their alerts is pending or fires.
    pub inhibited_by: Vec<Name>,
}

/// A rule for Prometheus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prometheus {
    /// Its expression, over the metrics of `kaftop export`.
    pub expr: String,
    /// Its summary, in Prometheus' own template language; where it is unset, that of the rule.
    pub summary: Option<String>,
    /// Its description, likewise.
    pub description: Option<String>,
    /// A remark that stands above it.
    pub remark: Option<String>,
}

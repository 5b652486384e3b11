//! Floor 1: which facts are worth telling a person. Pure; time is an argument.
//!
//! Rules are files ([`Rules`]): a [`Condition`] over named values, how long it must hold, how grave it is, what it says. The
//! [`Engine`] looks at each snapshot with all of them and gives the [alerts](crate::model::alert::Alerts) as they are, and what
//! is to be told: the [transitions](crate::model::alert::Transition).
//!
//! - **Conditions are three-valued.** What could not be read neither fires nor resolves an alert; that it cannot be read is an
//!   alert of its own.
//! - **One cause is one alert.** A rule names those of which its alerts are consequences; they are told inside the cause, which
//!   is over when they are.
//! - **Everything is bounded**: alerts, their samples, the history, silences. What is left out is counted and shown.
//! - **A rule with a fault is told, and the others run.** So is one whose arithmetic gives no number.
//!
//! This module speaks through its neighbours `health`, whose judgement rules are about, and `config`, whose reader of typed TOML
//! it uses. `assets/rules/README.md` explains the files.

mod berths;
mod engine;
mod expr;
mod facts;
mod form;
mod instance;
mod kept;
mod kin;
mod memory;
mod prometheus;
mod publish;
mod quiet;
mod rule;
mod rules;
mod scene;
mod show;
mod tell;
mod template;
#[cfg(test)]
mod tests;
mod word;

pub use engine::{Engine, Step};
pub use expr::{Condition, ExprError};
pub use prometheus::{NotThere, rule_file};
pub use rule::{Kin, Prometheus, Rule, Templates, Times};
pub use rules::{BUILT_IN, BUILT_IN_PATH, RuleFile, Rules};
pub use template::Template;
pub use word::{Entry, Kind, Scope, Unit, Word};

//! The door: arguments, what is read at the start, and one file per subcommand.

pub mod act;
pub mod act_args;
pub mod args;
pub mod check;
pub mod config_command;
pub mod demo;
pub mod demo_args;
pub mod document;
pub mod export;
pub mod export_args;
pub mod inputs;
pub mod keys_command;
mod listing;
mod man;
pub mod notify;
mod opening;
pub mod rules;
mod run;
mod safe_json;
pub mod themes_command;
mod who;

pub use run::{install_hooks, run};

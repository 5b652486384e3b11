//! What is written down of acts: the audit log, the journal of what is not undone, and who acts on what now.
//!
//! All lie in the user's state directory, readable by the user alone. A simulated cluster ends with its process, so that
//! its records are kept in memory.

mod audit;
mod disk;
mod journal;
mod locks;

use std::path::PathBuf;

pub use audit::{Audit, Line, Phase};
pub use disk::RecordError;
pub use journal::{Entry, Journal, Left};
pub use locks::{Held, Locks};

/// The records of one user.
#[derive(Debug)]
pub struct Records {
    /// Every act, before and after.
    pub audit: Audit,
    /// What is not undone.
    pub journal: Journal,
    /// What keeps two processes from acting on one target at once.
    pub locks: Locks,
    /// Who acts: user, host where it is known, process.
    pub who: String,
}

impl Records {
    /// The records in a state directory, such as `~/.local/state/kaftop`.
    pub fn on_disk(directory: &std::path::Path, who: &str) -> Self {
        Self {
            audit: Audit::on_disk(directory.join("audit.jsonl")),
            journal: Journal::on_disk(directory.join("journal")),
            locks: Locks::on_disk(directory.join("locks")),
            who: who.to_owned(),
        }
    }

    /// Records that end with this process.
    pub fn in_memory(who: &str) -> Self {
        Self {
            audit: Audit::in_memory(),
            journal: Journal::in_memory(),
            locks: Locks::none(),
            who: who.to_owned(),
        }
    }

    /// Where the audit log is, if it is a file.
    pub fn audit_path(&self) -> Option<&PathBuf> {
        self.audit.path()
    }
}

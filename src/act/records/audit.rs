//! The audit log: one JSON line before an act and one after it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::disk::{RecordError, append, beside};
use crate::model::plan::Plan;
use crate::model::progress::Outcome;
use crate::model::text::needs_escape;
use crate::model::time::At;

/// The most lines that are kept in memory.
const MOST: usize = 1_000;

/// Which side of the act a line stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It is about to be done.
    Before,
    /// It is over.
    After,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// When, by the wall clock, in UTC.
    time: String,
    phase: Phase,
    /// The same in both lines of an act.
    id: String,
    who: String,
    version: &'static str,
    cluster: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<String>,
    act: &'static str,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    why: String,
    preflight: Preflight,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Result>,
}

#[derive(Clone, Debug, Serialize)]
struct Preflight {
    blockers: Vec<String>,
    notes: Vec<String>,
    /// What had to be confirmed: a key, the id, the cluster's name.
    confirmed_by: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Result {
    ending: &'static str,
    words: String,
    took_ms: u64,
}

impl Line {
    /// The line before an act.
    pub fn before(id: &str, who: &str, cluster: (&str, Option<String>), plan: &Plan, now: At) -> Self {
        Self {
            time: time(now),
            phase: Phase::Before,
            id: id.to_owned(),
            who: who.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            cluster: cluster.0.to_owned(),
            cluster_id: cluster.1,
            act: plan.act.deed.word(),
            target: plan.act.deed.target(),
            on: plan.on.as_ref().map(ToString::to_string),
            why: plan.act.why.to_string(),
            preflight: Preflight {
                blockers: plan.blockers.clone(),
                notes: plan.notes.clone(),
                confirmed_by: plan.confirm.what(),
            },
            result: None,
        }
    }

    /// The line after it.
    #[must_use]
    pub fn after(self, outcome: &Outcome, now: At) -> Self {
        Self {
            time: time(now),
            phase: Phase::After,
            result: Some(Result {
                ending: outcome.ending.word(),
                words: outcome.words.clone(),
                took_ms: outcome.took.0,
            }),
            ..self
        }
    }

    fn text(&self) -> std::result::Result<String, RecordError> {
        let text = serde_json::to_string(self)
            .map_err(|error| RecordError(format!("cannot write an audit line as JSON: {error}")))?;
        // What a terminal could obey stays out of the file too.
        let mut safe = String::with_capacity(text.len());
        for c in text.chars() {
            if needs_escape(c) {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    safe.extend(format!("\\u{unit:04x}").chars());
                }
            } else {
                safe.push(c);
            }
        }
        Ok(safe)
    }
}

fn time(at: At) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |time| time.to_string())
}

/// The audit log.
#[derive(Debug)]
pub struct Audit {
    path: Option<PathBuf>,
    kept: Mutex<Vec<String>>,
}

impl Audit {
    pub(super) fn on_disk(path: PathBuf) -> Self {
        Self {
            path: Some(path),
            kept: Mutex::default(),
        }
    }

    pub(super) fn in_memory() -> Self {
        Self {
            path: None,
            kept: Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    /// Writes one line; when this returns it is on the disk.
    pub async fn write(&self, line: &Line) -> std::result::Result<(), RecordError> {
        let text = line.text()?;
        if let Some(path) = &self.path {
            return beside("write to the audit log", path.clone(), move |path| {
                append(path, &text)
            })
            .await;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.push(text);
        }
        Ok(())
    }

    /// The lines that are kept in memory.
    pub fn kept(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

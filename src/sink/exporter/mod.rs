//! The exporter: the HA guide's health monitor, with its metrics and its log lines, and more of kaftop's own, for
//! Prometheus.
//!
//! It sees every bulletin, so that nothing that happens between two scrapes is missed. Once an interval it takes the
//! newest one as the page that is served, and logs what is wrong with it. A scrape is answered with that page: it waits
//! for no broker. What is not known is absent, never 0.
//!
//! The page is written at the first scrape that asks for it, beside the thread that reads the cluster, and kept until
//! the next one takes its place.

mod alerts;
mod answer;
mod brokers;
mod cluster;
mod containers;
mod council;
mod groups;
mod guide;
mod log;
mod page;
mod partitions;
mod selection;
mod server;
mod sources;
#[cfg(test)]
mod tests;
mod text;
mod topics;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::health::Bulletin;
use crate::model::time::{At, Span};

use answer::Served;
use page::Material;
use sources::Failures;
use topics::TopicTable;

pub use log::Log;
pub use selection::{Filter, PARTITION_SERIES, Pattern, Selection};
pub use server::{Port, PortError, serve};

/// For this long after the first bulletin each one becomes the page: the first facts come in one by one.
const OPENING: Span = Span::seconds(10);
/// A bulletin comes every second; without one for this long the reading stands still.
const STANDS_STILL: Duration = Duration::from_secs(15);

/// How the exporter is to work.
#[derive(Clone, Debug)]
pub struct ExporterOptions {
    /// The time between two pages, and between two looks at what is worth a line.
    pub interval: Span,
    /// What has series of its own.
    pub selection: Selection,
}

impl Default for ExporterOptions {
    fn default() -> Self {
        Self {
            interval: Span::seconds(30),
            selection: Selection::default(),
        }
    }
}

/// What is served, and what is kept from bulletin to bulletin.
#[derive(Debug)]
pub struct Exporter {
    options: ExporterOptions,
    log: Log,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    failures: Failures,
    bulletins: u64,
    /// When the first bulletin was made.
    first: Option<At>,
    /// When the newest page was taken.
    published: Option<At>,
    /// When a look was last taken at what is worth a line.
    looked: Option<At>,
    /// Whether the last look found something.
    warned: bool,
    served: Arc<Served>,
    /// When the newest bulletin came, or the exporter began.
    seen: Instant,
}

impl Exporter {
    /// An exporter that has seen nothing.
    pub fn new(options: ExporterOptions, log: Log) -> Self {
        let nothing = Material {
            bulletin: None,
            failures: Failures::default(),
            bulletins: 0,
            lost_lines: 0,
        };
        let served = Arc::new(Served::new(nothing, options.selection.clone()));
        Self {
            options,
            log,
            state: Mutex::new(State {
                failures: Failures::default(),
                bulletins: 0,
                first: None,
                published: None,
                looked: None,
                warned: false,
                served,
                seen: Instant::now(),
            }),
        }
    }

    /// Where its lines go.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Takes a bulletin; each one, in order.
    pub fn see(&self, bulletin: &Bulletin) {
        let now = bulletin.snapshot.now();
        let mut state = self.state();
        state.seen = Instant::now();
        state.bulletins += 1;
        state.failures.see(&bulletin.snapshot);
        let first = *state.first.get_or_insert(now);
        let due = |last: Option<At>| last.is_none_or(|last| last.age(now) >= self.options.interval);
        if due(state.published) || first.age(now) <= OPENING {
            state.published = Some(now);
            state.served = Arc::new(Served::new(
                Material {
                    bulletin: Some(bulletin.clone()),
                    failures: state.failures.clone(),
                    bulletins: state.bulletins,
                    lost_lines: self.log.lost(),
                },
                self.options.selection.clone(),
            ));
        }
        // The first look waits until the first facts are there: a broker that was not asked yet is no news.
        let settled = first.age(now) >= self.options.interval.min(OPENING);
        if settled && due(state.looked) {
            state.looked = Some(now);
            self.look(bulletin, &mut state);
        }
    }

    fn look(&self, bulletin: &Bulletin, state: &mut State) {
        let table = TopicTable::of(&bulletin.snapshot, &self.options.selection);
        let warnings = words::warnings(bulletin, &table);
        for line in &warnings {
            self.log.line(line);
        }
        if state.warned && warnings.is_empty() {
            self.log.line(&words::well(bulletin));
        }
        state.warned = !warnings.is_empty();
    }

    fn served(&self) -> Arc<Served> {
        Arc::clone(&self.state().served)
    }

    /// Whether the cluster is being read: why not.
    fn lives(&self) -> Result<(), String> {
        let silence = self.state().seen.elapsed();
        if silence > STANDS_STILL {
            let seconds = silence.as_secs();
            return Err(format!("the reading of the cluster stands still for {seconds} s"));
        }
        Ok(())
    }

    /// Whether a page with values can be had: why not.
    fn is_ready(&self) -> Result<(), String> {
        self.lives()?;
        let served = self.served();
        match &served.material.bulletin {
            Some(bulletin) if topics::is_read(&bulletin.snapshot) => Ok(()),
            Some(bulletin) => Err(bulletin.health.verdict.sentence.clone()),
            None => Err("nothing was read yet".to_owned()),
        }
    }

    /// The state, also after a thread died with it in its hand: every field is whole at every moment.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

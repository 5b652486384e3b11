//! Metrics of what kaftop reads from: each source's age and failures, and what nobody tells.

use std::collections::BTreeMap;

use crate::model::intake::{Origin, SourceState};
use crate::model::snapshot::Snapshot;

use super::text::{Text, count, label, length, truth};

/// How often each source has begun to fail, counted over every bulletin.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    of: BTreeMap<Origin, (bool, u64)>,
}

impl Failures {
    /// Takes a bulletin's word, in order and without leaving one out.
    pub fn see(&mut self, snapshot: &Snapshot) {
        for source in &snapshot.intake.sources {
            let fails = source.error.is_some();
            // Looked up first: the name is copied once, and not with every bulletin.
            if let Some((failed, times)) = self.of.get_mut(&source.origin) {
                *times += u64::from(fails && !*failed);
                *failed = fails;
            } else {
                self.of.insert(source.origin.clone(), (fails, u64::from(fails)));
            }
        }
    }
}

/// Writes them.
pub(super) fn write(text: &mut Text, snapshot: &Snapshot, failures: &Failures) {
    let named = |origin: &Origin| match origin {
        Origin::Broker(id) => format!("broker:{id}"),
        Origin::ZooKeeper(address) => format!("zookeeper:{}", label(address)),
        Origin::Bootstrap(address) => format!("bootstrap:{}", label(address)),
        Origin::Engine => "docker".to_owned(),
    };
    // Once the brokers behind them are known, bootstrap addresses are no longer asked: how they failed last tells nothing.
    let known = !snapshot.brokers.is_empty();
    let asked = |origin: &Origin| !(known && matches!(origin, Origin::Bootstrap(_)));
    let sources: Vec<_> = snapshot
        .intake
        .sources
        .iter()
        .filter(|source| asked(&source.origin))
        .map(|source| (source, named(&source.origin)))
        .collect();
    let mut live = text.gauge(
        "kaftop_source_up",
        "Whether the source answers (1); absent before it was tried.",
    );
    for (source, name) in &sources {
        if source.state != SourceState::Connecting || source.error.is_some() {
            live.sample(&[("source", name)], truth(source.state == SourceState::Live));
        }
    }
    let mut answered = text.gauge(
        "kaftop_source_age_seconds",
        "Age of the source's last good answer when this page was made; absent before the first.",
    );
    for (source, name) in &sources {
        let age = source.last_good.map(|at| at.age(snapshot.now()).as_seconds());
        answered.known(&[("source", name)], age);
    }
    let mut why = text.gauge(
        "kaftop_source_error",
        "1 with the kind of the newest failure, while the source fails.",
    );
    for (source, name) in &sources {
        if let Some(error) = &source.error {
            why.sample(&[("source", name), ("kind", error.kind.word())], 1.0);
        }
    }
    let mut times = text.counter(
        "kaftop_source_failures_total",
        "Times that the source began to fail, since kaftop looks.",
    );
    for (source, name) in &sources {
        let (_, total) = failures.of.get(&source.origin).copied().unwrap_or_default();
        times.sample(&[("source", name)], count(total));
    }
    let mut missing = text.gauge(
        "kaftop_missing_facts",
        "Sources that answer, and will not or cannot tell this.",
    );
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for lack in &snapshot.intake.missing {
        *by.entry(lack.ask.what()).or_default() += lack.by.len();
    }
    for (what, count) in by {
        missing.sample(&[("what", what)], length(count));
    }
}

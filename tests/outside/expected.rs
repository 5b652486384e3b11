//! What a snapshot must say in a given state of the cluster.

use std::collections::BTreeMap;

use crate::kit::snapshot::Snapshot;
use crate::kit::{Checked, ensure};

/// The brokers of every layout.
pub const BROKERS: [i32; 3] = [1, 2, 3];

/// How it is with whoever elects leaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Council {
    /// The KRaft quorum names its leader.
    Quorum,
    /// The KRaft quorum does not answer.
    NoQuorum,
    /// The ZooKeeper ensemble is in this state.
    Ensemble(&'static str),
}

/// What a snapshot must say.
#[derive(Clone, Debug)]
pub struct Expected {
    pub level: &'static str,
    pub writes: &'static str,
    pub cause: Vec<String>,
    /// The brokers that are not up: state, and how they fail to answer.
    pub absent: BTreeMap<i32, (&'static str, Option<&'static str>)>,
    pub safe_to_stop: Vec<i32>,
    pub council: Council,
}

impl Expected {
    /// Nothing is wrong.
    pub fn healthy(council: Council) -> Self {
        Self {
            level: "ok",
            writes: "ok",
            cause: Vec::new(),
            absent: BTreeMap::new(),
            safe_to_stop: BROKERS.to_vec(),
            council,
        }
    }

    /// These brokers are not up, all in the same way; nothing may be stopped then.
    pub fn without(
        brokers: &[i32],
        state: &'static str,
        failure: Option<&'static str>,
        council: Council,
    ) -> Self {
        Self {
            level: "degraded",
            writes: "ok",
            cause: brokers.iter().map(|id| format!("broker:{id}")).collect(),
            absent: brokers.iter().map(|id| (*id, (state, failure))).collect(),
            safe_to_stop: Vec::new(),
            council,
        }
    }

    /// The same at the level critical, where writes meet this.
    pub fn critical(self, writes: &'static str) -> Self {
        Self {
            level: "critical",
            writes,
            ..self
        }
    }

    /// The brokers that are up.
    pub fn up(&self) -> Vec<i32> {
        BROKERS
            .into_iter()
            .filter(|id| !self.absent.contains_key(id))
            .collect()
    }

    /// Whether a snapshot says this, and nothing that contradicts it.
    pub fn holds(&self, snapshot: &Snapshot) -> Checked {
        let verdict = &snapshot.verdict;
        ensure!(
            verdict.level == self.level,
            "level {} for {}",
            verdict.level,
            self.level
        );
        ensure!(
            verdict.writes == self.writes,
            "writes {} for {}",
            verdict.writes,
            self.writes
        );
        ensure!(
            verdict.cause == self.cause,
            "cause {:?} for {:?}",
            verdict.cause,
            self.cause
        );
        for id in BROKERS {
            let Some(broker) = snapshot.broker(id) else {
                return Err(format!("no row of broker {id}"));
            };
            let (state, failure) = self.absent.get(&id).copied().unwrap_or(("up", None));
            let said = (broker.state.as_deref(), broker.failure.as_deref());
            ensure!(
                said == (Some(state), failure),
                "broker {id} is {said:?} for {state}, {failure:?}"
            );
        }
        let safe = verdict.safe_to_stop.as_deref();
        ensure!(
            safe == Some(&self.safe_to_stop[..]),
            "safe to stop {safe:?} for {:?}",
            self.safe_to_stop
        );
        self.words_hold(snapshot)?;
        self.council_holds(snapshot)?;
        others_are_untouched(snapshot)
    }

    fn words_hold(&self, snapshot: &Snapshot) -> Checked {
        let verdict = &snapshot.verdict;
        // RFC 3339 in UTC to the millisecond sorts as text.
        let since = verdict.since.as_ref();
        ensure!(
            since.is_some_and(|since| *since <= snapshot.taken_at),
            "since {since:?}, taken {}",
            snapshot.taken_at
        );
        // A topic that was made anew leaves a group of the tours beyond its end: where all else is well, that is said.
        let beyond = verdict
            .sentence
            .contains("Group beyond-group has committed beyond the end of reborn");
        let idle = if beyond {
            verdict
                .next_step
                .starts_with("Set the offsets of beyond-group anew")
        } else {
            // After a restart leaders are given back within minutes, by Kafka or by whoever asks for it.
            verdict.next_step == "Nothing to do."
                || verdict.next_step.starts_with("Elect preferred leaders (E)")
        };
        ensure!(idle == (self.level == "ok"), "next step: {}", verdict.next_step);
        let next = verdict.next_loss.as_str();
        let (healthy, short) = (
            self.level == "ok",
            self.level == "degraded" && !self.absent.is_empty(),
        );
        ensure!(!healthy || next == "none refused", "next loss: {next}");
        ensure!(
            !short || next.contains("refuse writes (min ISR 2)"),
            "next loss: {next}"
        );
        for broker in snapshot.brokers.iter().flatten() {
            let up = broker.state.as_deref() == Some("up");
            ensure!(
                !up || broker.fenced != Some(true),
                "broker {} is up and fenced",
                broker.id
            );
            let dropped = matches!(broker.state.as_deref(), Some("down" | "cut_off"));
            let kraft = snapshot.cluster.mode.as_deref() == Some("kraft");
            ensure!(
                !(kraft && dropped) || broker.fenced == Some(true),
                "broker {} is dropped and not fenced",
                broker.id
            );
        }
        Ok(())
    }

    fn council_holds(&self, snapshot: &Snapshot) -> Checked {
        let cluster = &snapshot.cluster;
        let (mode, state) = (cluster.mode.as_deref(), cluster.controller_state.as_str());
        match self.council {
            Council::Quorum => {
                ensure!(mode == Some("kraft"), "mode {mode:?}");
                let leader = snapshot.quorum.as_ref().and_then(|quorum| quorum.leader);
                ensure!(leader.is_some(), "no quorum leader");
                ensure!(
                    state == "known" && cluster.controller == leader,
                    "controller {cluster:?}"
                );
            }
            Council::NoQuorum => {
                ensure!(mode == Some("kraft"), "mode {mode:?}");
                ensure!(snapshot.quorum.is_none(), "quorum {:?}", snapshot.quorum);
                ensure!(
                    state == "no_answer" && cluster.controller.is_none(),
                    "controller {cluster:?}"
                );
            }
            Council::Ensemble(expected) => {
                ensure!(mode == Some("zookeeper"), "mode {mode:?}");
                let said = snapshot
                    .ensemble
                    .as_ref()
                    .and_then(|ensemble| ensemble.state.as_deref());
                ensure!(said == Some(expected), "ensemble {said:?} for {expected}");
            }
        }
        Ok(())
    }
}

/// A broker that does not answer costs its own facts and no others.
fn others_are_untouched(snapshot: &Snapshot) -> Checked {
    let answers = |id: i32| {
        snapshot
            .broker(id)
            .is_some_and(|broker| matches!(broker.state.as_deref(), Some("up")))
    };
    for broker in snapshot.brokers.iter().flatten() {
        if answers(broker.id) {
            let known = broker.rtt_ms.is_some()
                && broker.log_bytes.is_some()
                && broker.disk_total.is_some()
                && broker.disk_usable.is_some();
            ensure!(known, "facts of broker {} are missing: {broker:?}", broker.id);
        }
    }
    let table = snapshot.table();
    for row in table.values() {
        if row.leader.is_some_and(answers) {
            ensure!(
                row.start_offset.is_some() && row.end_offset.is_some(),
                "offsets of {}-{} are missing: {row:?}",
                row.topic,
                row.partition
            );
        }
    }
    for group in snapshot.groups.iter().flatten() {
        let unread = group.partitions.iter().flatten().any(|place| {
            let row = table.get(&(place.topic.clone(), place.partition));
            place.committed.is_some() && row.is_none_or(|row| row.end_offset.is_none())
        });
        ensure!(
            group.complete || unread,
            "{} is incomplete for no reason",
            group.name
        );
        ensure!(!group.complete || !unread, "{} claims to be complete", group.name);
    }
    Ok(())
}

//! What must be remembered between two snapshots: how groups move, since when sources fail, how often containers restart.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::berths::Berths;
use crate::model::failure::FailureKind;
use crate::model::group::Group;
use crate::model::ids::BrokerId;
use crate::model::intake::{Origin, SourceState};
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// Growth of a lag is taken over so long.
const WINDOW: Span = Span::seconds(120);
/// Growth over less than this is no growth that lasts.
const LEAST: Span = Span::seconds(60);
/// Between two samples of a lag.
const STEP: Span = Span::seconds(10);

/// How a group moves.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The sum of its commits.
    committed: Option<i64>,
    /// When that last changed, or the group last had no lag.
    moved: Option<At>,
    /// Its lag at moments, the oldest first.
    samples: VecDeque<(At, u64)>,
    /// The newest state that was looked at.
    seen: Option<Arc<Group>>,
}

impl Progress {
    /// For how long no commit moved although there is lag.
    pub fn stalled_for(&self, now: At) -> Option<Span> {
        Some(self.moved?.age(now))
    }

    /// How fast the lag grew in the last two minutes, in records a second.
    #[expect(clippy::cast_precision_loss, reason = "lags stay far below 2^52")]
    pub fn growth(&self, lag: u64, now: At) -> Option<f64> {
        let (at, earlier) = self.samples.front()?;
        let age = at.age(now);
        (age >= LEAST).then(|| (lag as f64 - *earlier as f64) / age.as_seconds())
    }

    fn look(&mut self, group: &Arc<Group>, now: At) {
        if self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, group)) {
            return;
        }
        self.seen = Some(Arc::clone(group));
        let Some(lag) = group
            .lag
            .records
            .filter(|_| group.lag.complete && group.commits.failing().is_none())
        else {
            return;
        };
        let committed = group
            .partitions
            .iter()
            .filter_map(|partition| partition.committed)
            .fold(0_i64, i64::saturating_add);
        if self.committed != Some(committed) || lag == 0 {
            self.committed = Some(committed);
            self.moved = Some(now);
        }
        if self.samples.back().is_none_or(|(at, _)| at.age(now) >= STEP) {
            self.samples.push_back((now, lag));
        }
        while self
            .samples
            .front()
            .is_some_and(|(at, _)| at.age(now) > Span(WINDOW.0 + STEP.0))
        {
            self.samples.pop_front();
        }
    }
}

/// A source that may fail.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Watched {
    /// `broker:1`, `zookeeper:zk-1:2181`, `read:quorum`.
    pub name: Name,
    /// What it is.
    pub kind: &'static str,
    /// The brokers behind it.
    pub brokers: Vec<BrokerId>,
    /// Since when it tells nothing, and why.
    pub failing: Option<(At, String)>,
}

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    groups: BTreeMap<Name, Progress>,
    failing_since: BTreeMap<Name, At>,
    /// The sources as they are now, by name.
    pub sources: Vec<Watched>,
    /// The containers.
    pub berths: Berths,
}

impl Memory {
    /// Looks at a snapshot.
    pub fn look(&mut self, snapshot: &Snapshot) {
        let now = snapshot.now();
        for (name, group) in &snapshot.groups.table {
            if !self.groups.contains_key(name) {
                self.groups.insert(name.clone(), Progress::default());
            }
            if let Some(progress) = self.groups.get_mut(name) {
                progress.look(group, now);
            }
        }
        if self.groups.len() > snapshot.groups.table.len() {
            self.groups
                .retain(|name, _| snapshot.groups.table.contains_key(name));
        }
        self.berths.look(snapshot);
        self.sources = sources(snapshot);
        for source in &mut self.sources {
            if let Some((since, _)) = &mut source.failing {
                // A failure keeps its beginning, also where its source tells only of the newest try.
                let known = self.failing_since.entry(source.name.clone()).or_insert(*since);
                *known = (*known).min(*since);
                *since = *known;
            }
        }
        let sources = &self.sources;
        self.failing_since.retain(|name, _| {
            let found = sources.iter().find(|source| source.name == *name);
            found.is_some_and(|source| source.failing.is_some())
        });
    }

    /// How a group moves.
    pub fn progress(&self, group: &Name) -> Option<&Progress> {
        self.groups.get(group)
    }
}

/// Every source: those with an address, and each kind of read that somebody would not answer.
fn sources(snapshot: &Snapshot) -> Vec<Watched> {
    let now = snapshot.now();
    let addressed = snapshot.intake.sources.iter().map(|source| {
        let (kind, brokers) = match &source.origin {
            Origin::Broker(id) => ("broker", vec![*id]),
            Origin::ZooKeeper(_) => ("zookeeper", Vec::new()),
            Origin::Bootstrap(_) => ("bootstrap", Vec::new()),
            Origin::Engine => ("docker", Vec::new()),
        };
        let failing = match source.state {
            SourceState::BackingOff { .. } | SourceState::Failed => {
                let why = source.error.as_ref().map(ToString::to_string);
                // A source that never told anything fails since we look.
                Some((
                    source.last_good.unwrap_or(snapshot.times.watching_since),
                    why.unwrap_or_default(),
                ))
            }
            SourceState::Connecting | SourceState::Live => None,
        };
        Watched {
            name: Name::from(source.origin.to_string()),
            kind,
            brokers,
            failing,
        }
    });
    // What single groups or topics are denied is no source.
    let reads = snapshot.intake.missing.iter().filter_map(|missing| {
        let by: Vec<BrokerId> = missing
            .by
            .iter()
            .filter_map(|(name, _)| name.raw().strip_prefix("broker:")?.parse().ok().map(BrokerId))
            .collect();
        let (_, why) = missing.by.first()?;
        // What is denied, or does not exist there, is no fault that comes and goes: it is told with the sources.
        let stands = [
            FailureKind::Denied,
            FailureKind::Unsupported,
            FailureKind::NotAsked,
        ]
        .contains(&why.kind);
        (!by.is_empty() && !stands).then(|| Watched {
            name: Name::from(format!("read:{}", missing.ask.what())),
            kind: "read",
            brokers: by,
            failing: Some((now, why.to_string())),
        })
    });
    // Once the brokers behind them are known, bootstrap addresses are no longer asked.
    let known = !snapshot.brokers.is_empty();
    addressed
        .filter(|source| source.kind != "bootstrap" || !known)
        .chain(reads)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group::{GroupPartition, Lag, LagSum};
    use crate::ui::fixture;

    fn group(committed: i64, lag: u64) -> Arc<Group> {
        let mut group = fixture::group("router", "Stable", lag, None, 1);
        group.partitions = vec![GroupPartition {
            topic: "messages".into(),
            partition: 0,
            committed: Some(committed),
            end: None,
            lag: Lag::Known(lag),
            lost: 0,
        }];
        group.lag = LagSum {
            records: Some(lag),
            complete: true,
        };
        Arc::new(group)
    }

    #[test]
    fn a_group_stalls_from_its_last_commit_on_and_never_without_lag() {
        let mut progress = Progress::default();
        assert_eq!(progress.stalled_for(At(0)), None);
        for (second, committed, lag, stalled) in [
            (0, 10, 5, 0),
            (10, 10, 8, 10),
            (20, 11, 8, 0),
            (50, 11, 9, 30),
            (60, 11, 0, 0),
        ] {
            let now = At(second * 1000);
            progress.look(&group(committed, lag), now);
            assert_eq!(
                progress.stalled_for(now),
                Some(Span::seconds(stalled)),
                "{second}"
            );
        }
    }

    #[test]
    fn growth_is_taken_over_two_minutes_and_told_after_one() {
        let mut progress = Progress::default();
        for second in 0..=300 {
            let now = At(second * 1000);
            // It grows by 10 a second, then falls by as much.
            let lag = u64::try_from(if second < 200 {
                second * 10
            } else {
                (400 - second) * 10
            })
            .unwrap();
            progress.look(&group(1, lag), now);
            let growth = progress.growth(lag, now);
            match second {
                59 => assert_eq!(growth, None),
                60 | 130 | 199 => assert_eq!(growth, Some(10.0), "{second}"),
                260 => assert!(growth.is_some_and(|growth| growth.abs() < 2.0), "{growth:?}"),
                _ => {}
            }
        }
        assert!(progress.samples.len() <= 14, "{}", progress.samples.len());
    }
}

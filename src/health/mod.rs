//! Floor 1: what the facts mean. Pure functions of a snapshot; time is an argument.
//!
//! [`derive()`] turns a [`Snapshot`] into a [`Health`]: the class of each
//! partition, what producers meet, which brokers are the cause, which may be stopped, and the verdict
//! in its fixed slots. Screen, `check`, and `snapshot --json` all show this one value.

mod absent;
mod bulletin;
mod class;
mod container_words;
mod council;
mod faults;
#[cfg(test)]
mod group_tests;
mod group_trouble;
mod restless;
#[cfg(test)]
mod rule_tests;
mod slots;
mod stop;
mod stop_words;
mod survey;
#[cfg(test)]
mod tests;
mod verdict;
mod words;

pub use absent::{is_missed, without};
pub use bulletin::Bulletin;
pub use class::{Class, Judge, Judged, Tallies, Writes, is_gone, judge};
pub use council::Council;
pub use group_trouble::{GroupTrouble, lost_records};
pub use stop::{Blocker, Note, StopCheck, keeper_check, stop_check};
pub use survey::{IfLost, Survey, survey};
pub use verdict::{Cause, Level, Verdict};

use std::collections::BTreeMap;

use crate::model::ids::PartitionId;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::Since;
use faults::Faults;

/// A partition that is not healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRisk {
    /// Which.
    pub id: PartitionId,
    /// The judgement.
    pub judged: Judged,
}

/// What the facts of one snapshot mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// The verdict in its fixed slots.
    pub verdict: Verdict,
    /// What one pass over all partitions found: counts by class, the partitions at risk, each broker's share.
    pub survey: Survey,
    /// Who can elect leaders.
    pub council: Council,
    /// What is wrong with each consumer group that is in trouble.
    pub groups: BTreeMap<Name, GroupTrouble>,
}

/// Judges a snapshot. `previous` is the judgement before it, for how long the present one lasts already.
pub fn derive(snapshot: &Snapshot, previous: Option<&Health>) -> Health {
    let survey = survey(snapshot);
    let council = Council::of(snapshot);
    let groups = group_trouble::group_troubles(snapshot);
    let faults = Faults::of(snapshot, &survey, &council, &groups);
    let (level, writes, cause) = (faults.level(), faults.writes(), faults.causes());
    let safe_to_stop = stop::safe_to_stop(snapshot, &survey, &council);
    let up = snapshot.brokers.values().filter(|broker| broker.is_up()).count();
    let verdict = Verdict {
        level,
        sentence: words::sentence(&faults),
        since: since(&faults, level, &cause, previous),
        writes,
        writes_note: slots::writes(&faults, writes),
        next_loss: slots::next_loss_words(&faults),
        safe_note: slots::safe(safe_to_stop.as_deref(), up),
        safe_to_stop,
        next_step: slots::next_step(&faults, level),
        cause,
    };
    Health {
        verdict,
        survey,
        council,
        groups,
    }
}

/// Since when: of what is traced to brokers or ensemble members, since the first of them is gone, or since it was seen to go; else
/// since this level with this cause was first seen.
fn since(faults: &Faults<'_>, level: Level, cause: &[Cause], previous: Option<&Health>) -> Option<Since> {
    if faults.nothing_yet() {
        return None;
    }
    let before = previous.map(|health| &health.verdict);
    // An outage began when it was first seen, in whatever way: something is wrong still, and none of its causes has gone since.
    let is_bad = |level: Level| matches!(level, Level::Degraded | Level::Critical);
    let outage = before.filter(|before| {
        let goes_on = before.cause.iter().all(|known| cause.contains(known));
        is_bad(before.level) && is_bad(level) && !before.cause.is_empty() && goes_on
    });
    let earlier = outage.and_then(|before| before.since);
    if let Some(since) = faults.since() {
        return [Some(since), earlier]
            .into_iter()
            .flatten()
            .min_by_key(|since| since.at());
    }
    if earlier.is_some() {
        return earlier;
    }
    let snapshot = faults.snapshot;
    match before {
        // What held before kaftop looked has no known beginning.
        None => Some(Since::AtLeast(snapshot.times.watching_since)),
        Some(before) if before.since.is_none() => Some(Since::AtLeast(snapshot.now())),
        Some(before) if before.level == level && before.cause == cause => before.since,
        Some(before) if before.level == Level::Unknown => Some(Since::AtLeast(snapshot.now())),
        Some(_) => Some(Since::Exactly(snapshot.now())),
    }
}

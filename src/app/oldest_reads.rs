//! Reads of many records of many leaders: bounded in number at a time, and over by one deadline.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::BrokerId;
use crate::model::time::At;
use crate::source::kafka::{self, EyeOptions};

use super::oldest::{Aim, Told, not_asked};

/// Reads that are under way at one leader at most, each over a connection of its own.
const LANES: usize = 4;
/// Reads that are under way at all.
const AT_ONCE: usize = 32;

/// Records that are read one after the other, each with its place among all.
type Lane = Vec<(usize, Aim)>;

/// Reads them all within the limit, at each leader in their order. A leader that is not reached is not asked again.
pub(super) async fn all(options: &EyeOptions, aims: Vec<Aim>, limit: Duration) -> Vec<(Aim, Told)> {
    let end = Instant::now() + limit;
    let mut lanes: BTreeMap<(Option<BrokerId>, usize), Lane> = BTreeMap::new();
    let mut of_leader: BTreeMap<Option<BrokerId>, usize> = BTreeMap::new();
    for (place, aim) in aims.iter().cloned().enumerate() {
        let leader = aim.leader.as_ref().ok().map(|(id, _)| *id);
        let turn = of_leader.entry(leader).or_default();
        lanes
            .entry((leader, *turn % LANES))
            .or_default()
            .push((place, aim));
        *turn += 1;
    }
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut reads = JoinSet::new();
    for lane in lanes.into_values() {
        reads.spawn(read_lane(options.clone(), lane, Arc::clone(&room), end));
    }
    let mut told: Vec<(Aim, Told)> = aims.into_iter().map(|aim| (aim, None)).collect();
    // Each of them ends by the limit, so the set does.
    while let Some(lane) = reads.join_next().await {
        for (place, outcome) in lane.unwrap_or_default() {
            if let Some(told) = told.get_mut(place) {
                told.1 = Some(outcome);
            }
        }
    }
    told
}

async fn read_lane(
    options: EyeOptions,
    lane: Lane,
    room: Arc<Semaphore>,
    end: Instant,
) -> Vec<(usize, Result<Option<At>, Failure>)> {
    let mut told = Vec::with_capacity(lane.len());
    let mut gone = None;
    for (place, aim) in lane {
        if let Some(why) = &gone {
            told.push((place, Err(Failure::clone(why))));
            continue;
        }
        let Ok(Ok(_turn)) = timeout_at(end, room.acquire()).await else {
            break;
        };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let outcome = read(&options, &aim, left).await;
        gone = outcome
            .as_ref()
            .err()
            .filter(|why| is_of_the_leader(why))
            .cloned();
        told.push((place, outcome));
    }
    told
}

/// Whether the next read from the same leader would fail the same way.
fn is_of_the_leader(why: &Failure) -> bool {
    !matches!(
        why.kind,
        FailureKind::Answered | FailureKind::Denied | FailureKind::NotAsked
    )
}

async fn read(options: &EyeOptions, aim: &Aim, limit: Duration) -> Result<Option<At>, Failure> {
    let (id, endpoint) = aim.leader.as_ref().map_err(Clone::clone)?;
    let leader = kafka::address(*id, endpoint, &options.overrides).ok_or_else(|| {
        not_asked(&format!(
            "the advertised address of its leader {id} is no address"
        ))
    })?;
    kafka::record_time(options, &leader, (&aim.partition, aim.topic), aim.offset, limit).await
}

//! The JSON document of `kaftop snapshot`: schema `kaftop.snapshot/1`.
//!
//! `assets/schema/kaftop.snapshot.1.json` describes it, and a test holds the output to that file. `null`
//! means unknown, never -1; a list that could not be read is `null`, an empty one means that there is none.

mod council;

use super::safe_json::json;
use serde::Serialize;

use crate::health::{Bulletin, Judge};
use crate::model::broker::{Answers, Broker};
use crate::model::cluster::{Controller, Mode};
use crate::model::group::{Group, GroupPartition};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::{Source, SourceState};
use crate::model::observation::Ask;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::At;
use crate::model::topic::{Partition, Topic};

/// The document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    taken_at: String,
    cluster: ClusterPart<'a>,
    verdict: VerdictPart<'a>,
    brokers: Option<Vec<BrokerPart<'a>>>,
    partitions: Option<Vec<PartitionPart<'a>>>,
    groups: Option<Vec<GroupPart<'a>>>,
    quorum: Option<council::QuorumPart>,
    ensemble: Option<council::EnsemblePart<'a>>,
    sources: Vec<SourcePart<'a>>,
    missing: Vec<MissingPart<'a>>,
}

#[derive(Debug, Serialize)]
struct ClusterPart<'a> {
    id: Option<&'a str>,
    mode: Option<&'static str>,
    controller: Option<i32>,
    controller_state: &'static str,
    version_note: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct VerdictPart<'a> {
    level: &'static str,
    sentence: &'a str,
    cause: Vec<String>,
    since: Option<String>,
    writes: &'static str,
    next_loss: &'a str,
    safe_to_stop: Option<Vec<i32>>,
    next_step: &'a str,
}

#[derive(Debug, Serialize)]
struct BrokerPart<'a> {
    id: i32,
    host: Option<&'a str>,
    port: Option<u16>,
    rack: Option<&'a str>,
    state: Option<&'static str>,
    fenced: Option<bool>,
    failure: Option<&'static str>,
    rtt_ms: Option<f64>,
    leaders: Option<u32>,
    replicas: Option<u32>,
    in_sync: Option<u32>,
    log_bytes: Option<u64>,
    disk_total: Option<u64>,
    disk_usable: Option<u64>,
}

#[derive(Debug, Serialize)]
struct PartitionPart<'a> {
    topic: &'a str,
    topic_id: Option<String>,
    partition: i32,
    leader: Option<i32>,
    leader_epoch: Option<i32>,
    replicas: Vec<i32>,
    isr: Vec<i32>,
    offline_replicas: Vec<i32>,
    eligible_leader_replicas: Option<Vec<i32>>,
    min_isr: Option<i32>,
    class: &'static str,
    inferred: bool,
    start_offset: Option<i64>,
    end_offset: Option<i64>,
}

#[derive(Debug, Serialize)]
struct GroupPart<'a> {
    group: &'a str,
    #[serde(rename = "type")]
    kind: String,
    state: Option<&'a str>,
    coordinator: i32,
    members: Option<usize>,
    lag: Option<u64>,
    complete: bool,
    partitions: Option<Vec<GroupPartitionPart<'a>>>,
}

#[derive(Debug, Serialize)]
struct GroupPartitionPart<'a> {
    topic: &'a str,
    partition: i32,
    committed: Option<i64>,
    end_offset: Option<i64>,
    lag: Option<u64>,
}

#[derive(Debug, Serialize)]
struct SourcePart<'a> {
    name: String,
    state: &'static str,
    age_ms: Option<u64>,
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct MissingPart<'a> {
    what: &'static str,
    by: Vec<RefusalPart<'a>>,
}

#[derive(Debug, Serialize)]
struct RefusalPart<'a> {
    name: &'a str,
    why: &'a str,
}

impl<'a> Document<'a> {
    /// The document of a bulletin.
    pub fn of(bulletin: &'a Bulletin) -> Self {
        let (snapshot, verdict) = (&*bulletin.snapshot, &bulletin.health.verdict);
        // The last good table stands for the present one only in the watching screen, which shows its age.
        let read = snapshot.metadata.read.value().is_some();
        Self {
            schema: "kaftop.snapshot/1",
            taken_at: rfc3339(snapshot.now()),
            cluster: cluster(snapshot),
            verdict: VerdictPart {
                level: verdict.level.word(),
                sentence: &verdict.sentence,
                cause: verdict.cause.iter().map(ToString::to_string).collect(),
                since: verdict.since.map(|since| rfc3339(since.at())),
                writes: verdict.writes.word(),
                next_loss: &verdict.next_loss,
                safe_to_stop: verdict.safe_to_stop.as_ref().map(|ids| numbers(ids)),
                next_step: &verdict.next_step,
            },
            brokers: (read || !snapshot.brokers.is_empty())
                .then(|| snapshot.brokers.values().map(broker).collect()),
            partitions: read.then(|| {
                let judge = Judge::of(snapshot);
                snapshot
                    .partitions()
                    .map(|(topic, partition)| partition_part(snapshot, &judge, topic, partition))
                    .collect()
            }),
            groups: shows_groups(snapshot).then(|| {
                snapshot
                    .groups
                    .table
                    .values()
                    .map(|group| group_part(group))
                    .collect()
            }),
            quorum: snapshot
                .quorum
                .failing()
                .is_none()
                .then(|| snapshot.quorum.value().map(council::quorum))
                .flatten(),
            ensemble: council::ensemble(snapshot),
            sources: snapshot
                .intake
                .sources
                .iter()
                .map(|from| source(from, snapshot.now()))
                .collect(),
            missing: snapshot
                .intake
                .missing
                .iter()
                .map(|missing| MissingPart {
                    what: missing.ask.what(),
                    by: missing
                        .by
                        .iter()
                        .map(|(name, why)| RefusalPart {
                            name: name.raw(),
                            why: why.detail(),
                        })
                        .collect(),
                })
                .collect(),
        }
    }

    /// Whether some fact could not be read, as `--strict` asks.
    pub fn is_partial(&self) -> bool {
        self.brokers.is_none()
            || self.partitions.is_none()
            || self.groups.is_none()
            || self.groups.iter().flatten().any(|group| !group.complete)
            || self.brokers.iter().flatten().any(BrokerPart::is_unread)
            || !self.missing.is_empty()
            || (self.cluster.mode == Some(Mode::Kraft.word()) && self.quorum.is_none())
            || self
                .sources
                .iter()
                .any(|source| source.state != "live" && !source.name.starts_with("bootstrap:"))
            || self
                .partitions
                .iter()
                .flatten()
                .any(|partition| partition.end_offset.is_none())
    }

    /// Whether nothing at all could be read of the cluster.
    pub fn is_empty(&self) -> bool {
        self.partitions.is_none()
    }

    /// The text of the document, in which every character that a terminal could obey is escaped.
    ///
    /// # Errors
    /// None on these types; the error is the serializer's.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        json(self)
    }
}

/// Whether the table of groups is one: an empty one is none where there may be groups that we may not describe.
fn shows_groups(snapshot: &Snapshot) -> bool {
    let groups = &snapshot.groups;
    groups.read && !(groups.table.is_empty() && snapshot.intake.lacks(Ask::AllGroups))
}

impl BrokerPart<'_> {
    /// Whether it holds replicas and does not tell of them itself.
    fn is_unread(&self) -> bool {
        let tells = matches!(self.state, Some("up" | "cut_off"));
        !tells && self.replicas.is_none_or(|replicas| replicas > 0)
    }
}

fn cluster(snapshot: &Snapshot) -> ClusterPart<'_> {
    let cluster = &snapshot.cluster;
    let controller_state = match cluster.controller {
        Controller::Known(_) => "known",
        Controller::None { .. } => "none",
        Controller::Unknown | Controller::NoAnswer { .. } => "no_answer",
    };
    ClusterPart {
        id: cluster.id.as_ref().map(Name::raw),
        mode: cluster.mode.map(Mode::word),
        controller: cluster.controller.id().map(|id| id.0),
        controller_state,
        version_note: cluster.version_note.as_deref(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a round trip fit 52 bits"
)]
fn broker(broker: &Broker) -> BrokerPart<'_> {
    let dirs = broker.log_dirs.value();
    BrokerPart {
        id: broker.id.0,
        host: broker.endpoint.as_ref().map(|endpoint| endpoint.host.raw()),
        port: broker.endpoint.as_ref().map(|endpoint| endpoint.port),
        rack: broker.rack.as_ref().map(Name::raw),
        state: broker.state.map(crate::model::broker::BrokerState::word),
        fenced: broker.listing.fenced,
        failure: match &broker.answers {
            Answers::No { why, .. } => Some(why.kind.word()),
            _ => None,
        },
        rtt_ms: match &broker.answers {
            Answers::Yes { round_trip, .. } => {
                round_trip.map(|round_trip| round_trip.as_micros() as f64 / 1000.0)
            }
            _ => None,
        },
        leaders: broker.load.map(|load| load.leaders),
        replicas: broker.load.map(|load| load.replicas),
        in_sync: broker.load.map(|load| load.in_sync),
        log_bytes: dirs.map(|dirs| dirs.log_bytes),
        disk_total: dirs.and_then(|dirs| dirs.total),
        disk_usable: dirs.and_then(|dirs| dirs.usable),
    }
}

fn partition_part<'a>(
    snapshot: &Snapshot,
    judge: &Judge<'_>,
    topic: &'a Topic,
    partition: &Partition,
) -> PartitionPart<'a> {
    let judged = judge.partition(topic, partition);
    let id = PartitionId {
        topic: topic.name.clone(),
        partition: partition.index,
    };
    let eligible = snapshot.metadata.eligible.value().and_then(|all| all.get(&id));
    PartitionPart {
        topic: topic.name.raw(),
        topic_id: topic.id.map(|id| id.to_string()),
        partition: partition.index,
        leader: partition.leader.map(|id| id.0),
        leader_epoch: partition.leader_epoch,
        replicas: numbers(&partition.replicas),
        isr: numbers(&partition.isr),
        offline_replicas: numbers(&partition.offline),
        eligible_leader_replicas: eligible.map(|ids| numbers(ids)),
        min_isr: topic.min_isr.value().copied(),
        class: judged.class.word(),
        inferred: judged.inferred,
        start_offset: partition.start.value().copied(),
        end_offset: partition
            .end
            .failing()
            .is_none()
            .then(|| partition.end.value().copied())
            .flatten(),
    }
}

fn group_part(group: &Group) -> GroupPart<'_> {
    GroupPart {
        group: group.name.raw(),
        kind: group.kind.word(),
        state: group.state.as_ref().map(Name::raw),
        coordinator: group.coordinator.0,
        members: group
            .description
            .value()
            .map(|description| description.members.len()),
        lag: group.lag.records,
        complete: group.lag.complete,
        partitions: group
            .commits
            .value()
            .map(|()| group.partitions.iter().map(place).collect()),
    }
}

fn place(place: &GroupPartition) -> GroupPartitionPart<'_> {
    GroupPartitionPart {
        topic: place.topic.raw(),
        partition: place.partition,
        committed: place.committed,
        end_offset: place.end,
        lag: place.lag.known(),
    }
}

fn source(source: &Source, now: At) -> SourcePart<'_> {
    SourcePart {
        name: source.origin.to_string(),
        state: match source.state {
            SourceState::Live => "live",
            SourceState::BackingOff { .. } | SourceState::Connecting => "backing_off",
            SourceState::Failed => "failed",
        },
        age_ms: source.last_good.map(|at| at.age(now).0),
        error: source.error.as_ref().map(crate::model::failure::Failure::detail),
    }
}

fn numbers(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.0).collect()
}

/// RFC 3339 in UTC, to the millisecond.
pub fn rfc3339(at: At) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| "out of range".to_owned(), |at| format!("{at:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(rfc3339(At(1_795_379_400_123)), "2026-11-22T20:30:00.123Z");
    }
}

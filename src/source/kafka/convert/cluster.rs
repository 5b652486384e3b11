//! Brokers, the quorum, disks and reassignments.

use super::super::failure::item;
use super::{id, ids, listed, size};
use crate::model::broker::LogDirs;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::PartitionId;
use crate::model::observation::{ListedBroker, ReplicaSizes};
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::model::text::Name;
use crate::model::time::At;
use crate::model::topic::Reassignment;
use crate::wire::answer;
use std::collections::BTreeMap;

/// Listed brokers, and whether each is fenced.
pub(in crate::source::kafka) fn fencing(answer: &answer::Cluster) -> Vec<(ListedBroker, bool)> {
    let brokers = answer.brokers.iter();
    brokers
        .filter_map(|broker| {
            let listed = listed(broker.id, &broker.host, broker.port, broker.rack.as_deref())?;
            Some((listed, broker.fenced))
        })
        .collect()
}

/// The quorum as its leader sees it.
pub(in crate::source::kafka) fn quorum(answer: &answer::Quorum) -> Quorum {
    Quorum {
        missed: vec![],
        leader: answer.leader.and_then(id),
        epoch: answer.leader_epoch.unwrap_or(-1),
        high_watermark: answer.high_watermark.unwrap_or(-1),
        voters: answer.voters.iter().filter_map(replica).collect(),
        observers: answer.observers.iter().filter_map(replica).collect(),
    }
}

fn replica(replica: &answer::QuorumReplica) -> Option<QuorumReplica> {
    Some(QuorumReplica {
        id: id(replica.id)?,
        log_end: replica.log_end_offset,
        last_fetch: replica.last_fetch_ms.map(At),
        last_caught_up: replica.last_caught_up_ms.map(At),
    })
}

/// The disks summed over the directories, and the size of each replica; a failure where no directory can be read.
///
/// A replica on its way to another directory counts on the disk, and its size is that of the one in use.
pub(in crate::source::kafka) fn log_dirs(
    answer: &answer::LogDirs,
) -> Result<(LogDirs, ReplicaSizes), Failure> {
    let mut distinct = BTreeMap::new();
    let mut failed = None;
    for dir in &answer.dirs {
        match dir.error {
            Some(code) => failed = Some(item(&format!("log directory {}", dir.path), code)),
            None => {
                distinct.insert(dir.path.as_str(), dir);
            }
        }
    }
    if distinct.is_empty() {
        let none = || {
            let detail = "log directories: the broker named none, which is also its answer without the right to see them";
            Failure::new(FailureKind::Answered, detail)
        };
        return Err(failed.unwrap_or_else(none));
    }
    let mut sizes = ReplicaSizes::new();
    let mut log_bytes = 0_u64;
    for replica in distinct.values().flat_map(|dir| &dir.replicas) {
        let bytes = size(replica.size);
        log_bytes = log_bytes.saturating_add(bytes);
        if replica.future || replica.partition < 0 {
            continue;
        }
        match sizes.get_mut(replica.topic.as_str()) {
            Some(partitions) => partitions.push((replica.partition, bytes)),
            None => {
                sizes.insert(
                    Name::from(replica.topic.as_str()),
                    vec![(replica.partition, bytes)],
                );
            }
        }
    }
    for partitions in sizes.values_mut() {
        partitions.sort_unstable();
        partitions.dedup_by_key(|(partition, _)| *partition);
    }
    // One directory that does not tell makes the sum unknown.
    let sum = |of: fn(&answer::LogDir) -> Option<i64>| {
        let known: Option<Vec<i64>> = distinct.values().map(|dir| of(dir)).collect();
        known.map(|known| {
            known
                .into_iter()
                .fold(0_u64, |sum, bytes| sum.saturating_add(size(bytes)))
        })
    };
    let disks = LogDirs {
        log_bytes,
        total: sum(|dir| dir.total_bytes),
        usable: sum(|dir| dir.usable_bytes),
    };
    Ok((disks, sizes))
}

/// Reassignments under way.
pub(in crate::source::kafka) fn reassignments(
    answer: &answer::Reassignments,
) -> BTreeMap<PartitionId, Reassignment> {
    let partitions = answer.partitions.iter();
    partitions
        .map(|partition| {
            let place = PartitionId {
                topic: Name::from(partition.topic.as_str()),
                partition: partition.partition,
            };
            let change = Reassignment {
                adding: ids(&partition.adding),
                removing: ids(&partition.removing),
            };
            (place, change)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::KafkaCode;
    use crate::wire::answer::{LogDir, Replica};

    fn dir(path: &str, error: Option<KafkaCode>, room: Option<i64>, replicas: Vec<Replica>) -> LogDir {
        LogDir {
            error,
            path: path.to_owned(),
            total_bytes: room,
            usable_bytes: room.map(|room| room / 2),
            replicas,
        }
    }

    fn replica(partition: i32, size: i64, future: bool) -> Replica {
        Replica {
            topic: "t".to_owned(),
            partition,
            size,
            offset_lag: 0,
            future,
        }
    }

    #[test]
    fn disks_are_summed_over_directories() {
        let broken = KafkaCode::from_wire(56);
        let dirs = answer::LogDirs {
            dirs: vec![
                dir(
                    "/a",
                    None,
                    Some(100),
                    vec![replica(1, 10, false), replica(0, -5, false)],
                ),
                dir("/b", None, Some(200), vec![replica(1, 4, true)]),
                dir("/c", broken, None, vec![]),
            ],
        };
        let (disks, sizes) = log_dirs(&dirs).unwrap();
        let expected = LogDirs {
            log_bytes: 14,
            total: Some(300),
            usable: Some(150),
        };
        assert_eq!(disks, expected);
        assert_eq!(sizes["t"], [(0, 0), (1, 10)]);
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let broken = KafkaCode::from_wire(56);
        let half = answer::LogDirs {
            dirs: vec![dir("/a", None, Some(100), vec![]), dir("/b", None, None, vec![])],
        };
        assert_eq!(log_dirs(&half).unwrap().0.total, None);
        let dead = answer::LogDirs {
            dirs: vec![dir("/a", broken, None, vec![])],
        };
        assert!(
            log_dirs(&dead)
                .unwrap_err()
                .detail()
                .contains("KAFKA_STORAGE_ERROR")
        );
        assert!(log_dirs(&answer::LogDirs { dirs: vec![] }).is_err());
    }
}

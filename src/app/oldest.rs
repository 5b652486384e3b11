//! Which partitions are asked for the oldest unread record of a group, and what their answers come to. Pure.

use std::cmp::Reverse;

use crate::model::broker::Endpoint;
use crate::model::failure::{Failure, FailureKind};
use crate::model::group::{Group, GroupKind, Lag};
use crate::model::ids::{BrokerId, PartitionId, TopicId};
use crate::model::question::{Oldest, Untold};
use crate::model::snapshot::Snapshot;
use crate::model::time::At;

/// Most partitions that are asked for one answer.
pub(super) const MOST: usize = 1_000;

/// A record whose time is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aim {
    /// The partition.
    pub(super) partition: PartitionId,
    /// The id of its topic, where the cluster has ids.
    pub(super) topic: Option<TopicId>,
    /// The first offset that is there and that the group has not read.
    pub(super) offset: i64,
    /// Who leads the partition, or why that cannot be asked.
    pub(super) leader: Result<(BrokerId, Endpoint), Failure>,
}

/// The records to ask for, those with the greatest lag first; none where nothing is unread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// The records.
    pub(super) aims: Vec<Aim>,
    /// The partitions that are left out.
    pub(super) untold: Untold,
}

/// Chooses among the partitions of a group; a failure where it is not known what the group has left unread.
pub(super) fn choose(snapshot: &Snapshot, group: &Group) -> Result<Choice, Failure> {
    if group.kind == GroupKind::Share {
        return Err(not_asked(
            "which records a share group has not read yet is known to its coordinator alone",
        ));
    }
    let mut behind = Vec::new();
    let (mut caught_up, mut unknown) = (0, 0);
    for partition in &group.partitions {
        match (partition.lag, partition.committed) {
            (Lag::Known(0), _) => caught_up += 1,
            (Lag::Known(lag), Some(committed)) => {
                // What retention deleted cannot be read any more; the first record that is left is the oldest.
                let lost = i64::try_from(partition.lost).unwrap_or(i64::MAX);
                let id = PartitionId {
                    topic: partition.topic.clone(),
                    partition: partition.partition,
                };
                behind.push((lag, id, committed.saturating_add(lost)));
            }
            (Lag::Unread | Lag::Untold | Lag::Known(_), _) => unknown += 1,
            (Lag::NoCommit | Lag::AboveEnd, _) => {}
        }
    }
    if behind.is_empty() {
        return nothing_behind(group, caught_up, unknown);
    }
    behind.sort_by(|one, other| (Reverse(one.0), &one.1).cmp(&(Reverse(other.0), &other.1)));
    let unasked = behind.len().saturating_sub(MOST);
    let aims = behind.into_iter().take(MOST).map(|(_, partition, offset)| Aim {
        topic: snapshot.topics.get(&partition.topic).and_then(|topic| topic.id),
        leader: leader(snapshot, &partition),
        partition,
        offset,
    });
    Ok(Choice {
        aims: aims.collect(),
        untold: Untold {
            failed: unknown,
            unasked,
        },
    })
}

/// Nothing is known to be unread: that is an answer only where everything is known.
fn nothing_behind(group: &Group, caught_up: usize, unknown: usize) -> Result<Choice, Failure> {
    if let Some(failing) = group.commits.failing() {
        return Err(failing.why.clone());
    }
    if unknown > 0 {
        return Err(not_asked(&format!(
            "the ends of {unknown} partitions that the group reads are not known"
        )));
    }
    if caught_up == 0 {
        return Err(not_asked(
            "no committed offset of the group is known from which on records are unread",
        ));
    }
    Ok(Choice::default())
}

fn leader(snapshot: &Snapshot, id: &PartitionId) -> Result<(BrokerId, Endpoint), Failure> {
    let leader = snapshot.partition(id).and_then(|partition| partition.leader);
    let leader = leader.ok_or_else(|| not_asked("the partition has no leader"))?;
    let endpoint = snapshot.broker(leader).and_then(|broker| broker.endpoint.clone());
    let endpoint =
        endpoint.ok_or_else(|| not_asked(&format!("the address of its leader {leader} is not known")))?;
    Ok((leader, endpoint))
}

pub(super) fn not_asked(why: &str) -> Failure {
    Failure::new(FailureKind::NotAsked, why)
}

/// What came of a read; none where there was no time for it.
pub(super) type Told = Option<Result<Option<At>, Failure>>;

/// The oldest of the records that were told, in the order of the choice; a failure where partitions were asked and
/// none told.
pub(super) fn conclude(told: Vec<(Aim, Told)>, mut untold: Untold) -> Result<Option<Oldest>, Failure> {
    let mut asked = 0_usize;
    let mut first_failure = None;
    let mut oldest: Option<Oldest> = None;
    for (aim, outcome) in told {
        let Some(outcome) = outcome else {
            untold.unasked += 1;
            continue;
        };
        asked += 1;
        let why = match outcome {
            Ok(Some(written)) => {
                if oldest.as_ref().is_none_or(|oldest| written < oldest.written) {
                    oldest = Some(Oldest {
                        partition: aim.partition,
                        offset: aim.offset,
                        written,
                        untold,
                    });
                }
                continue;
            }
            Ok(None) => Failure::new(
                FailureKind::Answered,
                &format!(
                    "the leader gave no record with a time at or after offset {}",
                    aim.offset
                ),
            ),
            Err(why) => why,
        };
        untold.failed += 1;
        first_failure.get_or_insert((aim.partition, why));
    }
    match (oldest, first_failure) {
        (Some(oldest), _) => Ok(Some(Oldest { untold, ..oldest })),
        (None, None) => Ok(None),
        (None, Some((partition, why))) => {
            let none = if asked == 1 {
                String::new()
            } else {
                format!("none of {asked} partitions told; ")
            };
            Err(Failure::new(why.kind, &format!("{none}{partition}: {why}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::group::GroupPartition;
    use crate::model::reading::Reading;
    use crate::model::text::Name;
    use crate::ui::fixture;

    fn place(partition: i32, lag: Lag) -> GroupPartition {
        GroupPartition {
            topic: Name::from("messages"),
            partition,
            committed: Some(1_000),
            end: None,
            lag,
            lost: 0,
        }
    }

    fn of(partitions: Vec<GroupPartition>) -> Group {
        let mut group = fixture::group("router", "Stable", 0, None, 1);
        group.partitions = partitions;
        group
    }

    fn chosen(group: &Group) -> Result<(Vec<(i32, i64)>, Untold), String> {
        let choice = choose(&fixture::healthy().snapshot, group).map_err(|why| why.to_string())?;
        let aims = choice.aims.iter();
        Ok((
            aims.map(|aim| (aim.partition.partition, aim.offset)).collect(),
            choice.untold,
        ))
    }

    #[test]
    fn the_partitions_furthest_behind_are_asked_where_the_group_stands() {
        let lost = GroupPartition {
            lost: 200,
            ..place(3, Lag::Known(30))
        };
        let many = (0..1_004).map(|partition| {
            let lag = u64::try_from(partition).unwrap() * 10 + 1;
            place(partition, Lag::Known(lag))
        });
        let furthest: Vec<(i32, i64)> = (4..1_004).rev().map(|partition| (partition, 1_000)).collect();
        let untold = |failed, unasked| Untold { failed, unasked };
        let table = [
            (
                of(vec![place(0, Lag::Known(5)), place(1, Lag::Known(9))]),
                vec![(1, 1_000), (0, 1_000)],
                untold(0, 0),
            ),
            (
                of(vec![place(2, Lag::Known(7)), place(1, Lag::Known(7))]),
                vec![(1, 1_000), (2, 1_000)],
                untold(0, 0),
            ),
            (of(vec![lost]), vec![(3, 1_200)], untold(0, 0)),
            (
                of(vec![
                    place(0, Lag::Known(5)),
                    place(1, Lag::Unread),
                    place(2, Lag::NoCommit),
                    place(3, Lag::AboveEnd),
                    place(4, Lag::Known(0)),
                ]),
                vec![(0, 1_000)],
                untold(1, 0),
            ),
            (of(many.collect()), furthest, untold(0, 4)),
            (of(vec![place(0, Lag::Known(0))]), vec![], untold(0, 0)),
        ];
        for (group, aims, untold) in table {
            assert_eq!(chosen(&group), Ok((aims, untold)), "{:?}", group.partitions);
        }
    }

    #[test]
    fn that_nothing_is_unread_is_said_only_where_everything_is_known() {
        let mut failing = of(vec![place(0, Lag::Known(0))]);
        failing.commits.fail(fixture::refused(2), fixture::NOW);
        let mut never = of(vec![]);
        never.commits = Reading::default();
        let table = [
            (failing, "connection refused"),
            (never, "no committed offset"),
            (of(vec![place(0, Lag::NoCommit)]), "no committed offset"),
            (
                of(vec![place(0, Lag::Known(0)), place(1, Lag::Unread)]),
                "the ends of 1 partitions",
            ),
        ];
        for (group, words) in table {
            let why = chosen(&group).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn the_leader_is_asked_and_a_partition_without_one_says_so() {
        let group = of(vec![place(0, Lag::Known(5))]);
        let mut bulletin = fixture::healthy();
        let leader = |bulletin: &crate::health::Bulletin| {
            choose(&bulletin.snapshot, &group).unwrap().aims[0].leader.clone()
        };
        let (id, endpoint) = leader(&bulletin).unwrap();
        assert_eq!((id, endpoint.host), (BrokerId(1), Name::from("kafka-1")));
        let snapshot = Arc::make_mut(&mut bulletin.snapshot);
        snapshot.brokers.get_mut(&BrokerId(1)).unwrap().endpoint = None;
        assert!(leader(&bulletin).unwrap_err().detail().contains("leader 1"));
        let snapshot = Arc::make_mut(&mut bulletin.snapshot);
        let topic = Arc::make_mut(snapshot.topics.get_mut(&Name::from("messages")).unwrap());
        Arc::make_mut(&mut topic.partitions[0].view).leader = None;
        assert!(leader(&bulletin).unwrap_err().detail().contains("no leader"));
    }

    #[test]
    fn the_oldest_that_was_told_wins_and_the_rest_is_counted() {
        let aim = |partition| Aim {
            partition: PartitionId {
                topic: Name::from("messages"),
                partition,
            },
            topic: None,
            offset: 7,
            leader: Err(not_asked("")),
        };
        let refused = || Err(fixture::refused(1));
        let before = Untold {
            failed: 1,
            unasked: 4,
        };
        let told = |outcomes: Vec<Result<Option<At>, Failure>>| {
            let told = (0..).map(aim).zip(outcomes.into_iter().map(Some));
            conclude(told.collect(), before)
        };
        let found = |outcomes| {
            let oldest = told(outcomes).unwrap().unwrap();
            (oldest.partition.partition, oldest.written, oldest.untold.failed)
        };
        assert_eq!(
            found(vec![Ok(Some(At(9))), Ok(Some(At(3))), Ok(Some(At(5)))]),
            (1, At(3), 1)
        );
        assert_eq!(
            found(vec![refused(), Ok(Some(At(3))), Ok(None), Ok(Some(At(3)))]),
            (1, At(3), 3),
            "what came after the oldest counts too"
        );
        assert_eq!(told(vec![]), Ok(None));
        let late = vec![(aim(0), Some(Ok(Some(At(3))))), (aim(1), None)];
        let untold = conclude(late, before).unwrap().unwrap().untold;
        assert_eq!((untold.failed, untold.unasked), (1, 5), "no time was left for it");
        let one = told(vec![refused()]).unwrap_err();
        assert_eq!(one.kind, FailureKind::Refused);
        assert_eq!(
            one.detail(),
            "messages-0: connect to kafka-1:9092: connection refused"
        );
        let all = told(vec![Ok(None), refused()]).unwrap_err();
        assert_eq!(
            all.detail(),
            "none of 2 partitions told; messages-0: the leader gave no record with a time at or after offset 7"
        );
    }
}

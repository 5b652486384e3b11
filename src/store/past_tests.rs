//! The last hour: what was not read is a gap, and nothing that is drawn lies beside it.

use super::testbed::{Link, World};
use crate::model::cluster::Mode;
use crate::model::group::GroupKind;
use crate::model::history::{History, Series};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::observation::GroupView;
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;

/// Each second 50 records come into every partition.
fn seconds(world: &mut World, seconds: u32) -> Snapshot {
    let mut poll = || {
        world.end += 50;
        world.poll()
    };
    for _ in 1..seconds {
        poll();
    }
    poll()
}

fn near(sample: Option<f32>, expected: f32) -> bool {
    sample.is_some_and(|sample| (sample - expected).abs() < 1.0)
}

/// Groups of broker 2, with a commit of the first partition, which broker 1 leads, or with none told.
fn commits(offset: Option<i64>) -> Vec<GroupView> {
    let place = PartitionId {
        topic: "orders".into(),
        partition: 0,
    };
    vec![GroupView {
        name: "billing".into(),
        kind: GroupKind::Classic,
        state: Some("Stable".into()),
        description: None,
        commits: offset.map(|offset| Ok(vec![(place, Some(offset))])),
        share: None,
    }]
}

fn gaps(series: &Series) -> usize {
    series.iter().filter(Option::is_none).count()
}

#[test]
fn what_a_silent_leader_does_not_tell_is_a_gap_in_each_sum_and_nowhere_else() {
    let mut world = World::new(Mode::Kraft);
    world.groups.insert(2, commits(Some(100)));
    seconds(&mut world, 1);
    world.groups.insert(2, commits(None));
    let before = seconds(&mut world, 30).history;
    let broker = |history: &History, id| history.brokers[&BrokerId(id)].clone();
    assert!(near(before.cluster.records_in.last(), 300.0), "{before:?}");
    assert!(near(broker(&before, 1).records_in.last(), 100.0));
    assert!(near(broker(&before, 1).round_trip.last(), 0.6));
    let lag = before.groups["billing"].last();
    assert!(lag.is_some() && before.cluster.lag.last() == lag);
    world.links.insert(1, Link::Hangs);
    let silent = seconds(&mut world, 20).history;
    for series in [
        &silent.cluster.records_in,
        &silent.cluster.lag,
        &silent.groups["billing"],
        &silent.topics["orders"].records_in,
        &broker(&silent, 1).records_in,
        &broker(&silent, 1).round_trip,
    ] {
        assert_eq!(series.last(), None);
        assert!(gaps(series) >= 2);
    }
    assert!(near(broker(&silent, 2).records_in.last(), 100.0));
    assert!(near(broker(&silent, 2).round_trip.last(), 0.6));
    assert_eq!(silent.cluster.shrinks.last(), Some(0.0));
    world.links.insert(1, Link::Answers);
    let after = seconds(&mut world, 20).history;
    // Across the gap there is no rate: every sample is what it was before.
    let known: Vec<f32> = after.cluster.records_in.iter().flatten().collect();
    assert!(known.iter().all(|sample| near(Some(*sample), 300.0)), "{known:?}");
    assert!(after.cluster.records_in.last().is_some() && after.cluster.lag.last().is_some());
}

#[test]
fn isrs_that_shrink_are_counted_with_the_topic_and_the_broker_that_was_lost() {
    let mut world = World::new(Mode::Kraft);
    seconds(&mut world, 22);
    world.drop_brokers(&[1]);
    world.links.insert(1, Link::Refuses);
    let history = seconds(&mut world, 10).history;
    let minute = Span::seconds(60);
    assert_eq!(history.shrinks_last_minute(), Some(6.0));
    assert_eq!(history.topics["orders"].shrinks.sum(minute), Some(6.0));
    assert_eq!(history.brokers[&BrokerId(1)].shrinks.sum(minute), Some(6.0));
    assert_eq!(history.brokers[&BrokerId(2)].shrinks.sum(minute), Some(0.0));
    // While nobody tells, it is not known whether any shrank.
    for id in 2..=3 {
        world.links.insert(id, Link::Hangs);
    }
    let blind = seconds(&mut world, 30).history;
    assert_eq!(blind.cluster.shrinks.last(), None);
    assert_eq!(blind.shrinks_last_minute(), Some(6.0));
}

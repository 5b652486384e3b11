//! Brokers that are up and whose replicas do not stay in sync, and those that lead nothing although they should: in words.

use super::container_words::just_started;
use super::faults::Faults;
use crate::model::fleet::Node;
use crate::model::history::Series;
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;

/// Over so long it is counted how often replicas of a broker fell out of sync.
const WINDOW: Span = Span::seconds(300);
/// So often in it is again and again.
const AGAIN: usize = 3;

/// How often something was lost in the last five minutes; what was lost in steps that follow each other counts once.
fn bursts(series: &Series) -> usize {
    let lost: Vec<bool> = series
        .window(WINDOW)
        .map(|sample| sample.is_some_and(|sample| sample > 0.0))
        .collect();
    let begins = |pair: &&[bool]| matches!(pair, [false, true]);
    lost.windows(2).filter(begins).count() + usize::from(lost.first() == Some(&true))
}

/// The broker that is up and whose replicas fell out of sync most often, and how often, where that is again and again.
fn most_restless(snapshot: &Snapshot) -> Option<(BrokerId, usize)> {
    let up = snapshot.brokers.values().filter(|broker| broker.is_up());
    let counted = up.filter_map(|broker| {
        let history = snapshot.history.brokers.get(&broker.id)?;
        Some((broker.id, bursts(&history.shrinks)))
    });
    counted
        .filter(|(_, times)| *times >= AGAIN)
        .max_by_key(|(_, times)| *times)
}

/// That replicas fall out of sync again and again, though all are in sync at this moment.
pub(super) fn flapping(snapshot: &Snapshot) -> Option<String> {
    let (id, times) = most_restless(snapshot)?;
    Some(format!(
        "Replicas of broker {id} fell out of sync {times} times in the last 5m."
    ))
}

/// Which brokers are up with replicas out of sync, and what is known of why.
pub(super) fn lagging(faults: &Faults<'_>) -> Option<String> {
    let ((id, count), rest) = faults.lagging.split_first()?;
    let replicas = if *count == 1 { "replica" } else { "replicas" };
    let more = match rest.len() {
        0 => String::new(),
        1 => ", and 1 more broker is behind".to_owned(),
        more => format!(", and {more} more brokers are behind"),
    };
    let load = faults.snapshot.broker(*id).and_then(|broker| broker.load);
    let none = load.is_some_and(|load| load.leaders == 0 && load.replicas > 1 && load.replicas == *count);
    let restless = most_restless(faults.snapshot).filter(|(restless, _)| restless == id);
    let why = match (restless, just_started(faults, &Node::Broker(*id)), none) {
        (Some((_, times)), ..) => format!(", {times} times in the last 5m"),
        (None, Some(started), _) => format!(": {started}"),
        (None, None, true) => ": it has just come, or is about to go".to_owned(),
        (None, None, false) => String::new(),
    };
    Some(format!(
        "Broker {id} is up with {count} {replicas} out of sync{why}{more}."
    ))
}

/// What to do about a broker whose replicas are out of sync, or do not stay in sync.
pub(super) fn lagging_step(faults: &Faults<'_>) -> Option<String> {
    if let Some((id, _)) = most_restless(faults.snapshot) {
        return Some(format!(
            "Look at the disk, the network and the load of broker {id}: its replicas fall behind again and again."
        ));
    }
    let (id, _) = faults.lagging.first()?;
    Some(format!(
        "Wait for broker {id} to catch up; if its count does not fall, look at its disk, its network and its log."
    ))
}

/// What to do about a broker that leads nothing although partitions prefer it, as after a restart.
pub(super) fn election_step(snapshot: &Snapshot) -> Option<String> {
    let up = snapshot.brokers.values().filter(|broker| broker.is_up());
    let idle = up.filter_map(|broker| {
        let load = broker
            .load
            .filter(|load| load.leaders == 0 && load.preferred > 0)?;
        Some((broker.id, load.preferred))
    });
    let (id, preferred) = idle.max_by_key(|(_, preferred)| *preferred)?;
    let (noun, verb) = if preferred == 1 {
        ("partition", "prefers")
    } else {
        ("partitions", "prefer")
    };
    Some(format!(
        "Elect preferred leaders (E), or let Kafka do it within minutes: broker {id} leads none of the {preferred} {noun} that {verb} it."
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::health::tests::settled;
    use crate::health::{Level, derive};
    use crate::model::cluster::Mode;
    use crate::store::testbed::{World, views};

    fn shrinks(samples: &[f32]) -> Series {
        samples
            .iter()
            .fold(Series::default(), |series, sample| series.then(0, Some(*sample)))
    }

    #[test]
    fn what_is_lost_in_one_go_counts_once() {
        let table: [(&[f32], usize); 5] = [
            (&[], 0),
            (&[0.0, 3.0, 2.0, 0.0], 1),
            (&[4.0, 0.0, 4.0], 2),
            (&[1.0, 0.0, 1.0, 0.0, 1.0], 3),
            (&[0.0; 80], 0),
        ];
        for (samples, times) in table {
            assert_eq!(bursts(&shrinks(samples)), times, "{samples:?}");
        }
    }

    #[test]
    fn replicas_that_fall_behind_again_and_again_are_told_also_between() {
        let mut world = World::new(Mode::Kraft);
        let mut snapshot = settled(&mut world);
        let history = Arc::make_mut(&mut snapshot.history);
        history.brokers.entry(BrokerId(3)).or_default().shrinks = shrinks(&[2.0, 0.0, 2.0, 0.0, 2.0, 0.0]);
        let verdict = derive(&snapshot, None).verdict;
        assert_eq!(verdict.level, Level::Ok);
        assert!(
            verdict
                .sentence
                .ends_with("Replicas of broker 3 fell out of sync 3 times in the last 5m."),
            "{}",
            verdict.sentence
        );
        assert!(
            verdict.next_step.starts_with("Look at the disk, the network"),
            "{}",
            verdict.next_step
        );
    }

    #[test]
    fn a_broker_that_leads_nothing_is_given_back_what_prefers_it() {
        let mut world = World::new(Mode::Kraft);
        for view in world.views.values_mut() {
            for partition in
                views(&mut view.topics[0]).filter(|partition| partition.leader == Some(BrokerId(3)))
            {
                partition.leader = Some(BrokerId(1));
            }
        }
        let verdict = derive(&settled(&mut world), None).verdict;
        assert_eq!(verdict.level, Level::Ok);
        assert_eq!(
            verdict.next_step,
            "Elect preferred leaders (E), or let Kafka do it within minutes: broker 3 leads none of the 2 partitions that prefer it."
        );
    }
}

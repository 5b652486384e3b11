//! Groups, their coordinators and their lags.

use std::time::Duration;

use super::super::GroupState::{CompletingRebalance, PreparingRebalance, Stable};
use super::super::*;
use super::kit::*;
use crate::model::cluster::Mode;

fn with(behaviour: Behaviour, start_lag: u64) -> Watched {
    let mut spec = spec(Mode::Kraft);
    spec.groups = vec![GroupSpec::following("g", &["t"], 2).behaving(behaviour, start_lag)];
    Watched::new(&spec, 1)
}

fn coordinator(watched: &Watched) -> i32 {
    watched.world.coordinator(2, "g").unwrap()
}

fn told(watched: &Watched) -> GroupView {
    watched.world.group(coordinator(watched), "g").unwrap().clone()
}

/// The lag over all partitions.
fn lag(watched: &Watched) -> i64 {
    let view = told(watched);
    (0..3_usize)
        .map(|partition| {
            let at = watched.at(i32::try_from(partition).unwrap());
            let leader = watched.world.truth().topic("t").unwrap().partitions[partition]
                .leader
                .unwrap();
            let end = watched.world.log(leader, at, None).unwrap().high_watermark;
            end - view.commits[0].offsets[partition]
        })
        .sum()
}

/// Least and greatest lag at three times.
type Bounds = [(i64, i64); 3];

#[test]
fn lags_go_as_the_behaviour_says() {
    // 60 records per second: least and greatest lag after 0 s, 30 s and 60 s.
    let minute = Duration::from_secs(60);
    let table: [(Behaviour, u64, Bounds); 6] = [
        (Behaviour::Steady, 0, [(0, 0), (0, 80), (0, 80)]),
        (Behaviour::Steady, 100, [(300, 300), (0, 80), (0, 80)]),
        (
            Behaviour::Slow { share: 0.5 },
            10,
            [(30, 30), (850, 1050), (1700, 2000)],
        ),
        (Behaviour::Stalled, 0, [(0, 0), (1700, 1900), (3400, 3800)]),
        (
            Behaviour::Bursty { every: minute },
            0,
            [(0, 0), (1700, 1900), (0, 400)],
        ),
        (
            Behaviour::Rewinding {
                every: Duration::from_secs(59),
                by: 500,
            },
            0,
            [(0, 0), (0, 80), (1300, 1600)],
        ),
    ];
    for (behaviour, start, expected) in table {
        let mut watched = with(behaviour, start);
        let mut found = vec![lag(&watched)];
        for _ in 0..2 {
            watched.run(30.5);
            found.push(lag(&watched));
        }
        let fits = found
            .iter()
            .zip(expected)
            .all(|(lag, (least, most))| (least..=most).contains(lag));
        assert!(fits, "{behaviour:?}: {found:?} for {expected:?}");
    }
}

#[test]
fn a_group_without_members_keeps_its_commits() {
    let mut watched = with(Behaviour::Empty, 7);
    let before = told(&watched);
    assert_eq!((before.state, before.members.len()), (GroupState::Empty, 0));
    watched.run(20.0);
    assert_eq!(told(&watched), before);
    watched.act(&Act::Behave {
        group: "g".to_owned(),
        behaviour: Behaviour::Steady,
    });
    watched.run(5.0);
    assert_eq!(told(&watched).state, Stable);
    assert!(lag(&watched) < 80);
    let nobody = Act::Behave {
        group: "no".to_owned(),
        behaviour: Behaviour::Steady,
    };
    assert_eq!(
        watched.world.act(&nobody),
        Err(ActError::NoSuchGroup("no".to_owned()))
    );
}

#[test]
fn a_rebalance_begins_again_and_again() {
    let mut watched = with(
        Behaviour::Rebalancing {
            every: Duration::from_secs(20),
        },
        0,
    );
    let mut states = vec![(told(&watched).state, told(&watched).generation)];
    for _ in 0..900 {
        watched.run(0.05);
        let state = (told(&watched).state, told(&watched).generation);
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    assert_eq!(
        states,
        [
            (Stable, 3),
            (PreparingRebalance, 4),
            (CompletingRebalance, 4),
            (Stable, 4),
            (PreparingRebalance, 5),
            (CompletingRebalance, 5),
            (Stable, 5),
        ]
    );
}

#[test]
fn the_coordinator_follows_the_leader_of_its_partition() {
    let mut watched = with(Behaviour::Steady, 0);
    watched.run(5.0);
    let first = coordinator(&watched);
    for broker in 1..=3 {
        let answer = watched.world.group(broker, "g").map(|view| view.name.to_string());
        let expected = if broker == first {
            Ok("g".to_owned())
        } else {
            Err(GroupError::NotCoordinator)
        };
        assert_eq!(answer, expected);
        assert_eq!(watched.world.groups(broker).count(), usize::from(broker == first));
    }
    watched.act(&Act::Cut(Node::Broker(first)));
    watched.run(30.0);
    let other = (1..=3).find(|broker| *broker != first).unwrap();
    let second = watched.world.coordinator(other, "g").unwrap();
    assert_ne!(first, second);
    // The one that was cut off believes that it still coordinates, and tells what it knew.
    assert_eq!(watched.world.coordinator(first, "g"), Some(first));
    let stale = watched.world.group(first, "g").unwrap().clone();
    watched.run(5.0);
    assert_eq!(watched.world.group(first, "g"), Ok(&stale));
    let fresh = watched.world.group(second, "g").unwrap().clone();
    assert!(fresh.commits[0].offsets[1] > stale.commits[0].offsets[1]);
    watched.act(&Act::Heal(Node::Broker(first)));
    watched.run(5.0);
    assert_eq!(watched.world.group(first, "g"), Err(GroupError::NotCoordinator));
}

#[test]
fn commits_need_a_coordinator_and_enough_replicas() {
    let mut watched = with(Behaviour::Steady, 0);
    watched.run(5.0);
    let first = coordinator(&watched);
    let at = watched.at(0);
    let home = watched.world.coordinator(first, "mine").unwrap();
    let wrong = home % 3 + 1;
    assert_eq!(
        watched.world.commit(wrong, "mine", &[(at, 12)]),
        Err(GroupError::NotCoordinator)
    );
    assert_eq!(watched.world.commit(home, "mine", &[(at, 12)]), Ok(()));
    let view = watched.world.group(home, "mine").unwrap();
    assert_eq!((view.state, view.commits[0].offsets[0]), (GroupState::Empty, 12));
    // With one of the ISR silent nothing is committed, and the lag grows until it is fenced.
    let other = (1..=3).find(|broker| *broker != first).unwrap();
    watched.act(&Act::Pause(Node::Broker(other)));
    watched.run(4.0);
    let before = told(&watched).commits;
    watched.run(2.0);
    assert_eq!(told(&watched).commits, before);
    watched.run(20.0);
    assert_ne!(told(&watched).commits, before);
}

#[test]
fn deleting_a_topic_takes_its_commits_along() {
    let mut watched = with(Behaviour::Steady, 0);
    watched.run(2.0);
    let home = coordinator(&watched);
    watched.act(&Act::DeleteTopic("t".to_owned()));
    watched.run(2.0);
    assert_eq!(watched.world.group(home, "g").unwrap().commits, []);
}

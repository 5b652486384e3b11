//! No size and no bulletin makes a frame panic, hides the verdict, or lets a foreign byte through.

use std::sync::Arc;

use proptest::prelude::*;

use super::Stage;
use crate::command::Command;
use crate::health::Bulletin;
use crate::model::broker::{Broker, BrokerState};
use crate::model::failure::{Failure, FailureKind};
use crate::model::group::{Lag, LagAge};
use crate::model::ids::BrokerId;
use crate::model::reading::Reading;
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::ui::fixture;
use crate::ui::update::{Effect, update};

/// What is random about a bulletin.
#[derive(Clone, Debug)]
struct Wild {
    condition: usize,
    names: Vec<String>,
    numbers: Vec<i64>,
    brokers: i32,
    failing: bool,
}

fn wild() -> impl Strategy<Value = Wild> {
    (
        0_usize..6,
        prop::collection::vec("\\PC{0,60}|.{0,20}", 0..6),
        prop::collection::vec(any::<i64>(), 4..12),
        prop_oneof![Just(3), Just(0), 1..40_i32],
        any::<bool>(),
    )
        .prop_map(|(condition, names, numbers, brokers, failing)| Wild {
            condition,
            names,
            numbers,
            brokers,
            failing,
        })
}

fn bulletin(wild: &Wild) -> Bulletin {
    let mut bulletin = match wild.condition {
        0 => fixture::healthy(),
        1 => fixture::degraded(),
        2 => fixture::critical(),
        3 => fixture::never(),
        4 => fixture::failed(),
        _ => fixture::hostile(),
    };
    let number = |place: usize| wild.numbers[place % wild.numbers.len()];
    let size = |place: usize| number(place).unsigned_abs();
    #[expect(clippy::cast_precision_loss, reason = "any number will do")]
    let float = |place: usize| number(place) as f64 / 1_000.0;
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let model = fixture::healthy().snapshot.brokers[&BrokerId(1)].clone();
    if wild.brokers != 3 {
        snapshot.brokers.clear();
    }
    for id in 0..wild.brokers {
        let states = [
            BrokerState::Up,
            BrokerState::CutOff,
            BrokerState::Down,
            BrokerState::Unreachable,
        ];
        let state = states
            .get(usize::try_from(size(usize::try_from(id).unwrap_or(0)) % 5).unwrap_or(0))
            .copied();
        let own = Broker {
            id: BrokerId(id * 1_009),
            state,
            rack: wild.names.first().map(|name| Name::from(name.as_str())),
            ..model.clone()
        };
        snapshot.brokers.entry(own.id).or_insert(own);
    }
    for (place, name) in wild.names.iter().enumerate() {
        let mut group = fixture::group(name, name, size(place) / 4, Some(float(place)), 2);
        group.trend.age = Some(LagAge::AtLeast(Span(size(place + 1))));
        group.partitions[0].lag = [Lag::AboveEnd, Lag::NoCommit, Lag::Unread][place % 3];
        group.partitions[0].lost = size(place);
        group.lag.complete = wild.failing;
        snapshot.groups.table.insert(group.name.clone(), Arc::new(group));
    }
    for topic in snapshot.topics.values_mut() {
        for (place, partition) in Arc::make_mut(topic).partitions.iter_mut().enumerate().take(12) {
            partition.start = Reading::fresh(number(place), At(number(place + 1)));
            partition.rate = Some(float(place));
            partition.bytes = Some(size(place));
            Arc::make_mut(&mut partition.view).leader_epoch = i32::try_from(number(place) >> 32).ok();
            if wild.failing {
                partition
                    .end
                    .fail(Failure::new(FailureKind::Denied, "no"), At(i64::MAX));
            }
        }
    }
    let verdict = &mut Arc::make_mut(&mut bulletin.health).verdict;
    verdict.sentence = wild.names.join(" ");
    bulletin
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_frame_stands_and_shows_the_verdict(
        wild in wild(),
        width in prop_oneof![0_u16..12, 55_u16..130, 1_u16..260],
        height in prop_oneof![0_u16..20, 14_u16..50, 1_u16..75],
        commands in prop::collection::vec(0..Command::ALL.len(), 0..8),
        ascii in any::<bool>(),
        late in any::<u64>(),
    ) {
        let mut stage = Stage::new(bulletin(&wild));
        stage.settings.looks.ascii = ascii;
        stage.since_arrival = Span(late);
        for command in commands {
            let effect = update(&mut stage.screen, Command::ALL[command]);
            if effect == Effect::Settle {
                let bulletin = stage.bulletin.clone().unwrap();
                stage.screen.settle(&bulletin, false);
            }
            let frame = stage.frame(width, height);
            prop_assert!(!ascii || frame.is_ascii());
            if width >= 60 && height >= 15 {
                let level = ["HEALTHY", "DEGRADED", "CRITICAL", "UNKNOWN"];
                let second = frame.lines().nth(1).unwrap_or_default();
                prop_assert!(level.iter().any(|word| second.contains(word)), "{frame}");
            }
        }
    }
}

#[test]
fn the_smallest_sizes_stand() {
    let mut stage = Stage::new(fixture::hostile());
    for (width, height) in [
        (0, 0),
        (0, 9),
        (9, 0),
        (1, 1),
        (2, 1),
        (59, 15),
        (60, 14),
        (u16::MAX, 1),
        (1, 900),
    ] {
        stage.frame(width, height);
    }
}

#[test]
fn a_healthy_cluster_has_no_red() {
    use crate::ui::theme::Role;
    let mut stage = Stage::new(fixture::healthy());
    let names: Vec<String> = stage
        .settings
        .looks
        .themes
        .shelf()
        .names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    // Mono has no red that could be looked for.
    for name in names.iter().filter(|name| *name != "mono") {
        stage.settings.looks.theme.clone_from(name);
        assert_eq!(stage.settings.looks.name(), name);
        let red = stage.settings.looks.theme().style(Role::Bad).fg;
        no_red(&mut stage, red, name);
    }
}

fn no_red(stage: &mut Stage, red: Option<ratatui::style::Color>, theme: &str) {
    assert!(red.is_some(), "{theme}");
    for (keys, width, height) in [
        ("1", 80, 24),
        ("2", 120, 40),
        ("3", 120, 40),
        ("4", 120, 40),
        ("5", 200, 60),
        ("6", 80, 24),
        ("1 i", 250, 70),
    ] {
        stage.press(keys);
        let buffer = stage.buffer(width, height);
        assert!(
            buffer.content().iter().all(|cell| cell.style().fg != red),
            "{theme}: {keys} at {width}x{height}"
        );
    }
}

//! What the folding keeps whatever comes: all changes, the order, the bounds.

use std::sync::Arc;

use proptest::prelude::*;

use super::fold::Folder;
use crate::model::broker::BrokerState::{Down, Up};
use crate::model::event::{
    Event, EventLog, GroupChange, GroupMove, MOST_MEMBERS, Members, Route, What, When,
};
use crate::model::failure::FailureKind;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::time::{At, Span};

fn all(log: &EventLog) -> impl Iterator<Item = &Event> {
    log.iter()
        .flat_map(|event| std::iter::once(&**event).chain(&event.consequences))
}

fn ids(range: std::ops::Range<i32>) -> Members<PartitionId> {
    let id = |partition| PartitionId {
        topic: "t".into(),
        partition,
    };
    range.map(id).collect()
}

#[test]
fn the_lines_are_bounded_and_so_are_the_names_in_all_of_them() {
    let mut folder = Folder::default();
    for number in 0..1_500 {
        // Far enough apart to be lines of their own.
        let when = When::polled(At(i64::from(number) * 3_600_000));
        let what = What::IsrsLost {
            broker: BrokerId(number),
            partitions: ids(0..3_000),
        };
        folder.take(when, what);
    }
    let log = folder.log();
    assert_eq!((log.len(), log.left_out()), (1_000, 500));
    let named: usize = all(&log).map(|event| event.partitions().count()).sum();
    assert!((90_000..=100_000).contains(&named), "{named} names");
    let newest = log.newest().expect("some");
    assert_eq!(newest.partitions().count(), MOST_MEMBERS);
    assert!(all(&log).all(|event| event.sentence().starts_with("3000 ISRs lost broker")));
    assert!(Arc::ptr_eq(&log, &folder.log()), "made once");
}

#[test]
fn old_lines_of_groups_forget_their_names_and_keep_their_counts() {
    let mut folder = Folder::default();
    let moves = |number: u32| GroupMove {
        name: format!("g{number}").into(),
        from: Some("Stable".into()),
        to: Some("Empty".into()),
    };
    for round in 0..200 {
        let groups = (0..1_000).map(moves).collect();
        let change = GroupChange::State;
        folder.take(When::polled(At(round * 60_000)), What::Groups { change, groups });
    }
    let log = folder.log();
    let first = log.iter().next().expect("some").sentence();
    let last = log.newest().expect("some");
    assert_eq!(first, "1000 groups changed state");
    assert_eq!(last.sentence(), "1000 groups changed state: 1000 to Empty");
    assert!(last.touches_group(&"g7".into()));
    let remembered = log.iter().filter(|event| event.touches_group(&"g7".into()));
    assert_eq!(remembered.count(), 50);
}

/// What can be said to the folder in the property test.
fn happening() -> impl Strategy<Value = (u32, u8, i32)> {
    (0..120_000_u32, 0..7_u8, 0..3_i32)
}

fn what(kind: u8, broker: i32, at: At) -> What {
    let id = BrokerId(broker);
    let moved = |to: Option<i32>| Route {
        from: Some(id),
        to: to.map(BrokerId),
        partitions: ids(0..2),
    };
    match kind {
        0 => What::Broker {
            id,
            from: Some(Up),
            states: vec![(at, Down)],
            absence: None,
        },
        1 => What::Broker {
            id,
            from: Some(Down),
            states: vec![(at, Up)],
            absence: Some(Span(1)),
        },
        2 => What::IsrsLost {
            broker: id,
            partitions: ids(0..3),
        },
        3 => What::IsrsGained {
            broker: id,
            partitions: ids(0..3),
        },
        4 => What::LeadersMoved(vec![moved(Some(broker + 1))]),
        5 => What::LeadersLost(vec![moved(None)]),
        _ => What::Source {
            origin: Origin::Broker(id),
            lost: Some(FailureKind::Refused),
        },
    }
}

fn changes(event: &Event) -> u32 {
    let own: u32 = event.what.members().map(Members::changes).sum();
    own + event.consequences.iter().map(changes).sum::<u32>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn folding_loses_nothing_and_keeps_the_order(happenings in proptest::collection::vec(happening(), 1..60)) {
        let mut folder = Folder::default();
        let mut at = At(1_000_000);
        let mut expected = 0;
        for (pause, kind, broker) in happenings {
            at = at.plus(Span(u64::from(pause)));
            let what = what(kind, broker, at);
            expected += what.members().map(Members::changes).sum::<u32>();
            folder.take(When::polled(at), what);
            let log = folder.log();
            prop_assert_eq!(log.iter().map(|event| changes(event)).sum::<u32>(), expected);
            prop_assert!(log.iter().is_sorted_by_key(|event| event.when.first));
            let mut numbers: Vec<_> = all(&log).map(|event| event.id).collect();
            let count = numbers.len();
            numbers.sort();
            numbers.dedup();
            prop_assert_eq!(numbers.len(), count);
            for event in all(&log) {
                prop_assert!(event.when.first <= event.when.last);
                prop_assert!(!event.sentence().is_empty());
            }
            for event in log.iter().flat_map(|event| &event.consequences) {
                prop_assert!(event.consequences.is_empty());
            }
        }
    }
}

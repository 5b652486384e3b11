//! Each event's sentence.

use super::{
    Chair, Event, EventId, GroupChange, GroupMove, Members, Route, SettingMove, TopicChange, What, When,
};
use crate::model::broker::BrokerState;
use crate::model::failure::FailureKind;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::text::Name;
use crate::model::time::{At, Span};

fn ids(count: i32) -> Members<PartitionId> {
    let id = |partition| PartitionId {
        topic: "orders".into(),
        partition,
    };
    (0..count).map(id).collect()
}

fn route(from: Option<i32>, to: Option<i32>, count: i32) -> Route {
    Route {
        from: from.map(BrokerId),
        to: to.map(BrokerId),
        partitions: ids(count),
    }
}

fn said(what: What, took: u64, times: u32) -> String {
    let event = Event {
        id: EventId(0),
        when: When {
            last: At(0).plus(Span(took)),
            ..When::polled(At(0))
        },
        what,
        times,
        consequences: vec![],
    };
    event.sentence()
}

fn broker(from: Option<BrokerState>, to: BrokerState, absence: Option<u64>) -> What {
    What::Broker {
        id: BrokerId(1),
        from,
        states: vec![(At(0), to)],
        absence: absence.map(Span::seconds),
    }
}

fn group(name: &str, from: &str, to: &str) -> GroupMove {
    GroupMove {
        name: name.into(),
        from: Some(from.into()),
        to: Some(to.into()),
    }
}

fn setting(topic: &str, from: &str) -> SettingMove {
    SettingMove {
        topic: topic.into(),
        from: from.into(),
        to: "1".into(),
    }
}

#[test]
fn every_event_has_its_sentence() {
    use BrokerState::{CutOff, Down, Unreachable, Up};
    let moves = |moves: Vec<GroupMove>| What::Groups {
        change: GroupChange::State,
        groups: moves.into_iter().collect(),
    };
    let settings = |moves: Vec<SettingMove>| What::Setting {
        key: "min.insync.replicas",
        topics: moves.into_iter().collect(),
    };
    let topics = |change, names: &[&str]| What::Topics {
        change,
        names: names.iter().map(|name| Name::from(*name)).collect(),
    };
    let lost = |count| What::IsrsLost {
        broker: BrokerId(1),
        partitions: ids(count),
    };
    let mut again = ids(2);
    again.add(ids(2).iter().cloned().collect());
    let again = What::IsrsGained {
        broker: BrokerId(1),
        partitions: again,
    };
    let four = (2..6).map(|to| route(Some(1), Some(to), to)).collect();
    let table = [
        (said(broker(Some(Up), Down, None), 0, 1), "broker 1 down"),
        (
            said(broker(Some(Up), CutOff, None), 0, 1),
            "broker 1 cut off from its peers",
        ),
        (
            said(broker(Some(Up), Unreachable, None), 0, 1),
            "broker 1 unreachable from here",
        ),
        (
            said(broker(Some(Down), Up, Some(41)), 0, 1),
            "broker 1 up again after 41s",
        ),
        (said(broker(None, Up, None), 0, 1), "broker 1 joined"),
        (
            said(broker(Some(Up), Down, None), 180_000, 14),
            "broker 1 down, 14 times in 3m",
        ),
        (said(lost(1), 0, 1), "orders-0: ISR lost broker 1"),
        (said(lost(162), 900, 1), "162 ISRs lost broker 1"),
        (said(again, 12_000, 1), "2 ISRs regained broker 1, 4 times in 12s"),
        (
            said(
                What::LeadersMoved(vec![route(Some(1), Some(2), 28), route(Some(1), Some(3), 26)]),
                1_800,
                1,
            ),
            "54 leaders moved 1→2 (28), 1→3 (26), took 1.8s",
        ),
        (
            said(What::LeadersMoved(vec![route(Some(1), Some(2), 1)]), 0, 1),
            "orders-0: leader moved 1→2",
        ),
        (
            said(What::LeadersMoved(four), 0, 1),
            "14 leaders moved 1→5 (5), 1→4 (4), 1→3 (3) and 1 more way",
        ),
        (
            said(What::LeadersLost(vec![route(Some(1), None, 1)]), 0, 1),
            "orders-0 lost its leader, which was 1",
        ),
        (
            said(What::LeadersLost(vec![route(Some(1), None, 9)]), 0, 1),
            "9 partitions lost their leader, which was 1",
        ),
        (
            said(What::LeadersFound(vec![route(None, Some(2), 1)]), 0, 1),
            "orders-0 has a leader again: 2",
        ),
        (
            said(What::LeadersFound(vec![route(None, Some(2), 9)]), 0, 1),
            "9 partitions have a leader again: 2",
        ),
        (
            said(
                What::Controller {
                    from: Chair::Taken(BrokerId(1)),
                    to: Chair::Taken(BrokerId(2)),
                },
                0,
                1,
            ),
            "controller 1→2",
        ),
        (
            said(
                What::Controller {
                    from: Chair::Taken(BrokerId(1)),
                    to: Chair::Empty,
                },
                0,
                1,
            ),
            "no controller acts, the last was 1",
        ),
        (
            said(
                What::Controller {
                    from: Chair::Empty,
                    to: Chair::Taken(BrokerId(2)),
                },
                0,
                1,
            ),
            "controller 2 acts",
        ),
        (
            said(topics(TopicChange::Created, &["a"]), 0, 1),
            "topic a created",
        ),
        (
            said(topics(TopicChange::Grown, &["a"]), 0, 1),
            "topic a has more partitions",
        ),
        (
            said(topics(TopicChange::Recreated, &["a", "b"]), 0, 1),
            "2 topics deleted and created again",
        ),
        (
            said(moves(vec![group("g", "Stable", "Empty")]), 0, 1),
            "group g: Stable→Empty",
        ),
        (
            said(moves(vec![group("g", "Stable", "Stable")]), 0, 1),
            "group g is Stable again",
        ),
        (
            said(
                moves(vec![
                    group("a", "Stable", "Empty"),
                    group("b", "Stable", "Dead"),
                    group("c", "Dead", "Empty"),
                ]),
                0,
                1,
            ),
            "3 groups changed state: 2 to Empty, 1 to Dead",
        ),
        (
            said(settings(vec![setting("a", "2")]), 0, 1),
            "a: min.insync.replicas 2→1",
        ),
        (
            said(settings(vec![setting("a", "2"), setting("b", "2")]), 0, 1),
            "2 topics: min.insync.replicas 2→1",
        ),
        (
            said(settings(vec![setting("a", "2"), setting("b", "3")]), 0, 1),
            "2 topics: min.insync.replicas changed",
        ),
        (
            said(What::Disputed { partitions: 1 }, 0, 1),
            "brokers contradict each other on 1 partition",
        ),
        (
            said(What::Disputed { partitions: 0 }, 0, 1),
            "the brokers agree again",
        ),
        (
            said(
                What::Source {
                    origin: Origin::Bootstrap("a:1".into()),
                    lost: Some(FailureKind::NoRoute),
                },
                0,
                1,
            ),
            "kaftop lost bootstrap address a:1 (no route)",
        ),
    ];
    for (sentence, expected) in table {
        assert_eq!(sentence, expected);
    }
}

#[test]
fn a_hostile_name_does_not_get_out() {
    let name = Name::from("\u{1b}[2J\u{202e}");
    let what = What::Topics {
        change: TopicChange::Created,
        names: [name].into_iter().collect(),
    };
    assert_eq!(said(what, 0, 1), "topic \\u{1b}[2J\\u{202e} created");
}

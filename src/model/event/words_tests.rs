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

fn once(what: What) -> String {
    said(what, 0, 1)
}

fn same(table: impl IntoIterator<Item = (String, &'static str)>) {
    for (sentence, expected) in table {
        assert_eq!(sentence, expected);
    }
}

#[test]
fn brokers_and_isrs_have_their_sentences() {
    use BrokerState::{CutOff, Down, Unreachable, Up};
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
    let repeated = said(broker(Some(Up), Down, None), 180_000, 14);
    same([
        (once(broker(Some(Up), Down, None)), "broker 1 down"),
        (
            once(broker(Some(Up), CutOff, None)),
            "broker 1 cut off from its peers",
        ),
        (
            once(broker(Some(Up), Unreachable, None)),
            "broker 1 unreachable from here",
        ),
        (
            once(broker(Some(Down), Up, Some(41))),
            "broker 1 up again after 41s",
        ),
        (once(broker(None, Up, None)), "broker 1 joined"),
        (repeated, "broker 1 down, 14 times in 3m"),
        (once(lost(1)), "orders-0: ISR lost broker 1"),
        (said(lost(162), 900, 1), "162 ISRs lost broker 1"),
        (said(again, 12_000, 1), "2 ISRs regained broker 1, 4 times in 12s"),
    ]);
}

#[test]
fn leaders_and_controllers_have_their_sentences() {
    let two = What::LeadersMoved(vec![route(Some(1), Some(2), 28), route(Some(1), Some(3), 26)]);
    let four = (2..6).map(|to| route(Some(1), Some(to), to)).collect();
    let lost = |count| What::LeadersLost(vec![route(Some(1), None, count)]);
    let found = |count| What::LeadersFound(vec![route(None, Some(2), count)]);
    let one = What::LeadersMoved(vec![route(Some(1), Some(2), 1)]);
    let acts = |id| Chair::Taken(BrokerId(id));
    let controller = |from, to| What::Controller { from, to };
    same([
        (
            said(two, 1_800, 1),
            "54 leaders moved 1→2 (28), 1→3 (26), took 1.8s",
        ),
        (once(one), "orders-0: leader moved 1→2"),
        (
            once(What::LeadersMoved(four)),
            "14 leaders moved 1→5 (5), 1→4 (4), 1→3 (3) and 1 more way",
        ),
        (once(lost(1)), "orders-0 lost its leader, which was 1"),
        (once(lost(9)), "9 partitions lost their leader, which was 1"),
        (once(found(1)), "orders-0 has a leader again: 2"),
        (once(found(9)), "9 partitions have a leader again: 2"),
        (once(controller(acts(1), acts(2))), "controller 1→2"),
        (
            once(controller(acts(1), Chair::Empty)),
            "no controller acts, the last was 1",
        ),
        (once(controller(Chair::Empty, acts(2))), "controller 2 acts"),
    ]);
}

#[test]
fn topics_groups_and_settings_have_their_sentences() {
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
    let three = vec![
        group("a", "Stable", "Empty"),
        group("b", "Stable", "Dead"),
        group("c", "Dead", "Empty"),
    ];
    let alike = vec![setting("a", "2"), setting("b", "2")];
    let unlike = vec![setting("a", "2"), setting("b", "3")];
    same([
        (once(topics(TopicChange::Created, &["a"])), "topic a created"),
        (
            once(topics(TopicChange::Grown, &["a"])),
            "topic a has more partitions",
        ),
        (
            once(topics(TopicChange::Recreated, &["a", "b"])),
            "2 topics deleted and created again",
        ),
        (
            once(moves(vec![group("g", "Stable", "Empty")])),
            "group g: Stable→Empty",
        ),
        (
            once(moves(vec![group("g", "Stable", "Stable")])),
            "group g is Stable again",
        ),
        (
            once(moves(three)),
            "3 groups changed state: 2 to Empty, 1 to Dead",
        ),
        (
            once(settings(vec![setting("a", "2")])),
            "a: min.insync.replicas 2→1",
        ),
        (once(settings(alike)), "2 topics: min.insync.replicas 2→1"),
        (once(settings(unlike)), "2 topics: min.insync.replicas changed"),
    ]);
}

#[test]
fn contradictions_and_sources_have_their_sentences() {
    let lost = What::Source {
        origin: Origin::Bootstrap("a:1".into()),
        lost: Some(FailureKind::NoRoute),
    };
    let disputed = |partitions| What::Disputed { partitions };
    same([
        (once(disputed(1)), "brokers contradict each other on 1 partition"),
        (once(disputed(0)), "the brokers agree again"),
        (once(lost), "kaftop lost bootstrap address a:1 (no route)"),
    ]);
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

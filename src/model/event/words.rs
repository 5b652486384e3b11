//! The one sentence that every sink says of an event.

use std::collections::BTreeMap;

use super::{Chair, Event, GroupChange, GroupMove, Members, Route, SettingMove, TopicChange, What};
use crate::model::broker::BrokerState;
use crate::model::ids::PartitionId;
use crate::model::intake::Origin;
use crate::model::text::Name;
use crate::model::time::Span;

/// The most ways that leaders took, or states that groups came to, which a sentence names.
const NAMED: usize = 3;

impl Event {
    /// What happened, in one sentence without its time and without a full stop; safe to print.
    pub fn sentence(&self) -> String {
        let said = match &self.what {
            What::Broker {
                id, from, absence, ..
            } => broker(*id, *from, self.what.state(), *absence),
            What::LeadersMoved(routes) => leaders(routes, ": leader moved", "leaders moved"),
            What::LeadersLost(routes) => without_leader(routes),
            What::LeadersFound(routes) => {
                leaders(routes, " has a leader again:", "partitions have a leader again:")
            }
            What::IsrsLost { broker, partitions } => isr(partitions, &format!("lost broker {broker}")),
            What::IsrsGained { broker, partitions } => isr(partitions, &format!("regained broker {broker}")),
            What::Controller { from, to } => controller(*from, *to),
            What::Voter { id, lost: true } => format!("controller {id} no longer follows the quorum"),
            What::Voter { id, lost: false } => format!("controller {id} follows the quorum again"),
            What::Keeper { address, lost: true } => format!("ZooKeeper {address} does not serve"),
            What::Keeper { address, lost: false } => format!("ZooKeeper {address} serves again"),
            What::Topics { change, names } => topics(*change, names),
            What::Groups {
                change,
                groups: moved,
            } => groups(*change, moved),
            What::Setting { key, topics } => setting(key, topics),
            What::Disputed { partitions: 0 } => "the brokers agree again".to_owned(),
            What::Disputed { partitions } => format!(
                "brokers contradict each other on {}",
                count(*partitions, "partition", "partitions")
            ),
            What::Source {
                origin,
                lost: Some(how),
            } => {
                format!(
                    "kaftop lost {} ({})",
                    source(origin),
                    how.word().replace('_', " ")
                )
            }
            What::Source { origin, lost: None } => format!("kaftop reads {} again", source(origin)),
        };
        format!("{said}{}", self.repeated())
    }

    /// How often and for how long, where it was more than once.
    fn repeated(&self) -> String {
        let took = self.when.took();
        match &self.what {
            What::LeadersMoved(_) | What::LeadersLost(_) | What::LeadersFound(_) if took > Span(0) => {
                format!(", took {}", short(took))
            }
            What::IsrsLost { partitions, .. } | What::IsrsGained { partitions, .. }
                if partitions.changes() > partitions.count() =>
            {
                format!(", {} times in {}", partitions.changes(), short(took))
            }
            _ if self.times > 1 => format!(", {} times in {}", self.times, short(took)),
            _ => String::new(),
        }
    }
}

/// With a fraction below ten seconds: `1.8s`, `41s`, `2m3s`.
fn short(span: Span) -> String {
    if span >= Span::seconds(10) {
        return span.to_string();
    }
    let tenths = (span.0 + 50) / 100;
    format!("{}.{}s", tenths / 10, tenths % 10)
}

fn count(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn broker(
    id: crate::model::ids::BrokerId,
    from: Option<BrokerState>,
    to: Option<BrokerState>,
    absence: Option<Span>,
) -> String {
    match (to, from, absence) {
        (Some(BrokerState::Up), None, _) => format!("broker {id} joined"),
        (Some(BrokerState::Up), _, Some(absence)) => format!("broker {id} up again after {absence}"),
        (Some(BrokerState::Up), _, None) => format!("broker {id} up again"),
        (Some(BrokerState::CutOff), ..) => format!("broker {id} cut off from its peers"),
        (Some(BrokerState::Unreachable), ..) => format!("broker {id} unreachable from here"),
        (Some(BrokerState::Down) | None, ..) => format!("broker {id} down"),
    }
}

fn leaders(routes: &[Route], one: &str, many: &str) -> String {
    let all: u32 = routes.iter().map(|route| route.partitions.count()).sum();
    let way = |route: &Route| match (route.from, route.to) {
        (Some(from), Some(to)) => format!("{from}→{to}"),
        (None, Some(to)) => format!("{to}"),
        (Some(from), None) => format!("{from}→none"),
        (None, None) => "none".to_owned(),
    };
    if let [route] = routes {
        return match route.partitions.only() {
            Some(id) => format!("{id}{one} {}", way(route)),
            None => format!("{all} {many} {}", way(route)),
        };
    }
    let mut largest: Vec<&Route> = routes.iter().collect();
    largest.sort_by_key(|route| (std::cmp::Reverse(route.partitions.count()), route.from, route.to));
    let named = largest.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|route| format!("{} ({})", way(route), route.partitions.count()))
        .collect();
    format!("{all} {many} {}{}", named.join(", "), more(routes.len()))
}

fn more(all: usize) -> String {
    match all.saturating_sub(NAMED) {
        0 => String::new(),
        1 => " and 1 more way".to_owned(),
        rest => format!(" and {rest} more ways"),
    }
}

fn without_leader(routes: &[Route]) -> String {
    let all: u32 = routes.iter().map(|route| route.partitions.count()).sum();
    match routes {
        [route] => {
            let from = route
                .from
                .map_or_else(String::new, |from| format!(", which was {from}"));
            match route.partitions.only() {
                Some(id) => format!("{id} lost its leader{from}"),
                None => format!("{all} partitions lost their leader{from}"),
            }
        }
        _ => format!("{all} partitions lost their leader"),
    }
}

fn isr(partitions: &Members<PartitionId>, what: &str) -> String {
    match partitions.only() {
        Some(id) => format!("{id}: ISR {what}"),
        None => format!("{} {what}", count(partitions.count(), "ISR", "ISRs")),
    }
}

fn controller(from: Chair, to: Chair) -> String {
    match (from, to) {
        (Chair::Taken(from), Chair::Taken(to)) => format!("controller {from}→{to}"),
        (Chair::Taken(from), Chair::Empty) => format!("no controller acts, the last was {from}"),
        (_, Chair::Empty) => "no controller acts".to_owned(),
        (Chair::Taken(from), Chair::NoAnswer) => {
            format!("nobody tells who is the controller, the last was {from}")
        }
        (_, Chair::NoAnswer) => "nobody tells who is the controller".to_owned(),
        (_, Chair::Taken(to)) => format!("controller {to} acts"),
    }
}

fn topics(change: TopicChange, names: &Members<Name>) -> String {
    let verb = match change {
        TopicChange::Created => "created",
        TopicChange::Deleted => "deleted",
        TopicChange::Recreated => "deleted and created again",
        TopicChange::Grown => "has more partitions",
    };
    match (names.only(), change) {
        (Some(name), _) => format!("topic {name} {verb}"),
        (None, TopicChange::Grown) => format!("{} topics have more partitions", names.count()),
        (None, _) => format!("{} topics {verb}", names.count()),
    }
}

fn groups(change: GroupChange, moved: &Members<GroupMove>) -> String {
    let state = |state: &Option<Name>| state.as_ref().map_or_else(|| "-".to_owned(), Name::to_string);
    let all = moved.count();
    match (change, moved.only()) {
        (GroupChange::Appeared, Some(one)) => match &one.to {
            Some(to) => format!("group {} appeared, {to}", one.name),
            None => format!("group {} appeared", one.name),
        },
        (GroupChange::Appeared, None) => format!("{all} groups appeared"),
        (GroupChange::Gone, Some(one)) => format!("group {} is gone", one.name),
        (GroupChange::Gone, None) => format!("{all} groups are gone"),
        (GroupChange::State, Some(one)) if one.from == one.to => {
            format!("group {} is {} again", one.name, state(&one.to))
        }
        (GroupChange::State, Some(one)) => {
            format!("group {}: {}→{}", one.name, state(&one.from), state(&one.to))
        }
        (GroupChange::State, None) => {
            let mut to: BTreeMap<String, u32> = BTreeMap::new();
            for one in moved {
                *to.entry(state(&one.to)).or_default() += 1;
            }
            let mut to: Vec<(String, u32)> = to.into_iter().collect();
            to.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let named = to
                .iter()
                .take(NAMED)
                .map(|(state, count)| format!("{count} to {state}"));
            format!(
                "{all} groups changed state: {}",
                named.collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn setting(key: &str, topics: &Members<SettingMove>) -> String {
    if let Some(one) = topics.only() {
        return format!("{}: {key} {}→{}", one.topic, one.from, one.to);
    }
    let mut moves = topics.iter().map(|moved| (&moved.from, &moved.to));
    let alike = moves.next().filter(|first| moves.all(|other| other == *first));
    match alike {
        Some((from, to)) => format!("{} topics: {key} {from}→{to}", topics.count()),
        None => format!("{} topics: {key} changed", topics.count()),
    }
}

fn source(origin: &Origin) -> String {
    match origin {
        Origin::Broker(id) => format!("broker {id}"),
        Origin::ZooKeeper(address) => format!("ZooKeeper {address}"),
        Origin::Bootstrap(address) => format!("bootstrap address {address}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{EventId, When};
    use crate::model::failure::FailureKind;
    use crate::model::ids::BrokerId;
    use crate::model::time::At;

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
}

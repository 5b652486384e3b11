//! The one sentence that every sink says of an event.

use std::collections::BTreeMap;

use super::{
    Chair, ContainerTurn, Event, GroupChange, GroupMove, Members, Route, SettingMove, TopicChange, What,
};
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
            } => broker(*id, *from, self.what.gravest(), *absence),
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
            What::Container(moved) => moved.sentence(),
            What::Act(act) => act.sentence(),
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
            // How often is said already.
            What::Container(moved) if matches!(moved.turn, ContainerTurn::Restarted(_)) => {
                if took > Span(0) {
                    format!(" in {}", short(took))
                } else {
                    String::new()
                }
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
            let named = to.iter().take(NAMED);
            let named: Vec<String> = named
                .map(|(state, count)| format!("{count} to {state}"))
                .collect();
            // An old line may have forgotten which they were.
            let colon = if named.is_empty() { "" } else { ": " };
            format!("{all} groups changed state{colon}{}", named.join(", "))
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
        Origin::Engine => "the container engine".to_owned(),
    }
}

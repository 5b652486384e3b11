//! When two things that happened are one line, and what the line then says.

use std::collections::BTreeMap;

use crate::model::broker::BrokerState;
use crate::model::event::{Chair, GroupMove, Members, Route, What};
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::text::Name;
use crate::model::time::Span;

/// States of a broker that one line keeps.
const MOST_STATES: usize = 16;
/// Ways of leaders that one line keeps apart.
const MOST_ROUTES: usize = 64;

/// How far apart things may be that are one line: the longest pause in between, and the longest from first to last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub pause: Span,
    pub whole: Span,
}

/// How far apart things of this kind may be.
///
/// Groups and topics that change at the same time are one line, those that do so minutes later are another. What comes
/// and goes stays one line for longer: a broker that restarts again and again is one fault.
pub(super) fn reach(what: &What) -> Reach {
    match what {
        // An engine waits up to a minute before it starts a process again.
        What::Container(_) => Reach {
            pause: Span::seconds(120),
            whole: Span::seconds(600),
        },
        What::Topics { .. } | What::Groups { .. } | What::Setting { .. } => Reach {
            pause: Span::seconds(5),
            whole: Span::seconds(30),
        },
        What::LeadersMoved(_) | What::LeadersLost(_) | What::LeadersFound(_) => Reach {
            pause: Span::seconds(10),
            whole: Span::seconds(120),
        },
        _ => Reach {
            pause: Span::seconds(30),
            whole: Span::seconds(600),
        },
    }
}

/// Whether both say the same of the same, so that one line can say it.
pub(super) fn is_alike(one: &What, other: &What) -> bool {
    let up = |what: &What| what.state() == Some(BrokerState::Up);
    match (one, other) {
        (What::Broker { id, .. }, What::Broker { id: same, .. }) => id == same && up(one) == up(other),
        (What::LeadersMoved(_), What::LeadersMoved(_))
        | (What::LeadersLost(_), What::LeadersLost(_))
        | (What::LeadersFound(_), What::LeadersFound(_)) => true,
        (What::IsrsLost { broker, .. }, What::IsrsLost { broker: same, .. })
        | (What::IsrsGained { broker, .. }, What::IsrsGained { broker: same, .. }) => broker == same,
        (What::Controller { from, to }, What::Controller { from: old, to: new }) => from == old && to == new,
        (What::Voter { id, lost }, What::Voter { id: same, lost: too }) => id == same && lost == too,
        (
            What::Keeper { address, lost },
            What::Keeper {
                address: same,
                lost: too,
            },
        ) => address == same && lost == too,
        (What::Topics { change, .. }, What::Topics { change: same, .. }) => change == same,
        (What::Groups { change, .. }, What::Groups { change: same, .. }) => change == same,
        (What::Setting { key, .. }, What::Setting { key: same, .. }) => key == same,
        (What::Container(one), What::Container(other)) => {
            one.name == other.name && one.turn.is_alike(other.turn)
        }
        (What::Act(one), What::Act(other)) => one.number == other.number,
        (What::Disputed { partitions }, What::Disputed { partitions: other }) => {
            (*partitions == 0) == (*other == 0)
        }
        (
            What::Source { origin, lost },
            What::Source {
                origin: same,
                lost: too,
            },
        ) => origin == same && lost.is_some() == too.is_some(),
        _ => false,
    }
}

/// Whether both are about the same one thing that may come and go: what lies between two of them is no pause.
pub(super) fn is_of_the_same(one: &What, other: &What) -> bool {
    match (one, other) {
        (What::Broker { id, .. }, What::Broker { id: same, .. })
        | (What::Voter { id, .. }, What::Voter { id: same, .. }) => id == same,
        (What::Controller { .. }, What::Controller { .. })
        | (What::Disputed { .. }, What::Disputed { .. }) => true,
        (What::Keeper { address, .. }, What::Keeper { address: same, .. }) => address == same,
        (What::Container(one), What::Container(other)) => one.name == other.name,
        (What::Source { origin, .. }, What::Source { origin: same, .. }) => origin == same,
        (
            What::IsrsLost { broker, .. } | What::IsrsGained { broker, .. },
            What::IsrsLost { broker: same, .. } | What::IsrsGained { broker: same, .. },
        ) => broker == same,
        _ => is_alike(one, other),
    }
}

/// Takes what happened into a line that is alike. Says whether that is a further time of the same thing, and not only
/// more of it.
pub(super) fn merge(line: &mut What, more: What) -> bool {
    match (line, more) {
        (
            What::Broker { states, absence, .. },
            What::Broker {
                from: before,
                states: newer,
                absence: latest,
                ..
            },
        ) => {
            let came_back = newer.last().is_some_and(|(_, state)| *state == BrokerState::Up);
            states.extend(newer);
            let over = states.len().saturating_sub(MOST_STATES);
            states.drain(..over);
            *absence = latest.or(*absence);
            // From one way of being gone to another it is still the same absence.
            before.is_none_or(|before| before == BrokerState::Up) || came_back
        }
        (What::LeadersMoved(routes), What::LeadersMoved(newer))
        | (What::LeadersLost(routes), What::LeadersLost(newer))
        | (What::LeadersFound(routes), What::LeadersFound(newer)) => {
            join_routes(routes, newer);
            false
        }
        (
            What::IsrsLost { partitions, .. },
            What::IsrsLost {
                partitions: newer, ..
            },
        )
        | (
            What::IsrsGained { partitions, .. },
            What::IsrsGained {
                partitions: newer, ..
            },
        ) => {
            partitions.join(&newer);
            false
        }
        (What::Topics { names, .. }, What::Topics { names: newer, .. }) => {
            names.join(&newer);
            false
        }
        (What::Groups { groups, .. }, What::Groups { groups: newer, .. }) => {
            join_groups(groups, &newer);
            false
        }
        (What::Setting { topics, .. }, What::Setting { topics: newer, .. }) => {
            topics.join(&newer);
            false
        }
        (What::Disputed { partitions }, What::Disputed { partitions: newer }) => {
            *partitions = newer.max(*partitions);
            true
        }
        (What::Container(known), What::Container(newer)) => {
            known.turn.join(newer.turn);
            known.node = newer.node.or(known.node.take());
            true
        }
        (What::Act(act), What::Act(newer)) => {
            act.outcome = newer.outcome.or(act.outcome);
            false
        }
        (What::Source { lost, .. }, What::Source { lost: newer, .. }) => {
            *lost = newer;
            true
        }
        _ => true,
    }
}

fn join_routes(routes: &mut Vec<Route>, newer: Vec<Route>) {
    for route in newer {
        let same = routes
            .iter()
            .position(|known| (known.from, known.to) == (route.from, route.to));
        // Beyond the bound everything goes the first way that begins alike, or else the last one.
        let full = routes.len() >= MOST_ROUTES;
        let alike = || routes.iter().position(|known| known.from == route.from);
        let place = same.or_else(|| full.then(|| alike().unwrap_or(routes.len() - 1)));
        match place.and_then(|place| routes.get_mut(place)) {
            Some(known) => known.partitions.join(&route.partitions),
            None => routes.push(route),
        }
    }
    routes.sort_by_key(|route| (route.from, route.to));
}

/// Of a group that moved twice the line says where from it came first, and where it is now.
fn join_groups(groups: &mut Members<GroupMove>, newer: &Members<GroupMove>) {
    let mut by_name: BTreeMap<Name, GroupMove> =
        groups.iter().map(|one| (one.name.clone(), one.clone())).collect();
    for one in newer {
        by_name
            .entry(one.name.clone())
            .and_modify(|known| known.to.clone_from(&one.to))
            .or_insert_with(|| one.clone());
    }
    *groups = Members::merged(by_name.into_values().collect(), [groups, newer]);
}

/// The broker that lost what this says was lost.
pub(super) fn loser(what: &What) -> Option<BrokerId> {
    match what {
        What::IsrsLost { broker, .. } => Some(*broker),
        What::LeadersMoved(routes) | What::LeadersLost(routes) => match routes.as_slice() {
            [route] => route.from,
            _ => None,
        },
        What::Controller {
            from: Chair::Taken(id),
            ..
        }
        | What::Voter { id, lost: true }
        | What::Source {
            origin: Origin::Broker(id),
            lost: Some(_),
        } => Some(*id),
        What::Container(moved) if moved.turn.is_loss() => moved.broker(),
        _ => None,
    }
}

/// The broker that gained what this says was gained.
pub(super) fn gainer(what: &What) -> Option<BrokerId> {
    match what {
        What::IsrsGained { broker, .. } => Some(*broker),
        What::LeadersMoved(routes) | What::LeadersFound(routes) => match routes.as_slice() {
            [route] => route.to,
            _ => None,
        },
        What::Voter { id, lost: false }
        | What::Source {
            origin: Origin::Broker(id),
            lost: None,
        } => Some(*id),
        What::Container(moved) if !moved.turn.is_loss() => moved.broker(),
        _ => None,
    }
}

/// Takes out of a line that names several brokers what is about this one; `None` where nothing is. The line may be left
/// with nothing.
pub(super) fn split(line: &mut What, is_its: impl Fn(&What) -> bool) -> Option<What> {
    let make: fn(Vec<Route>) -> What = match line {
        What::LeadersMoved(_) => What::LeadersMoved,
        What::LeadersLost(_) => What::LeadersLost,
        What::LeadersFound(_) => What::LeadersFound,
        _ => return None,
    };
    let (What::LeadersMoved(routes) | What::LeadersLost(routes) | What::LeadersFound(routes)) = line else {
        return None;
    };
    let (its, others) = std::mem::take(routes)
        .into_iter()
        .partition::<Vec<Route>, _>(|route| is_its(&make(vec![route.clone()])));
    *routes = others;
    (!its.is_empty()).then(|| make(its))
}

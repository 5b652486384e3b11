//! The containers that run the cluster's nodes: which they are, how often their engine started them again, and what each word
//! about one is worth.

use std::collections::{BTreeMap, VecDeque};

use super::expr::Fact;
use super::facts::seconds;
use super::scene::Scene;
use super::word::Word;
use crate::model::container::{Container, ContainerState, EngineId};
use crate::model::fleet::{Hosted, Node};
use crate::model::ids::BrokerId;
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// Restarts are counted over so long.
const WINDOW: Span = Hosted::LATELY;
/// How old what a container uses may be.
const USAGE_WITHIN: Span = Span::seconds(30);

/// A container that runs nodes of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Berth {
    id: EngineId,
    /// Its name, by which alerts are told apart.
    pub name: Name,
    /// The nodes that it runs.
    pub nodes: Vec<Node>,
}

impl Berth {
    /// The brokers and controllers that it runs.
    pub fn brokers(&self) -> impl Iterator<Item = BrokerId> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Broker(id) | Node::Controller(id) => Some(*id),
            Node::ZooKeeper(_) => None,
        })
    }
}

/// How often a container was started again.
#[derive(Debug)]
struct Restarts {
    /// What the engine counted last.
    count: u64,
    /// How many more there were, and when that was seen.
    more: VecDeque<(At, u64)>,
}

/// What is remembered of containers.
#[derive(Debug, Default)]
pub(super) struct Berths {
    restarts: BTreeMap<EngineId, Restarts>,
    /// Those that run nodes, as they are now.
    pub known: Vec<Berth>,
}

impl Berths {
    /// Looks at a snapshot.
    pub fn look(&mut self, snapshot: &Snapshot) {
        let fleet = &snapshot.fleet;
        let nodes = fleet.hosts();
        self.restarts.retain(|id, _| nodes.contains_key(id));
        self.known.clear();
        for (id, nodes) in nodes {
            let hosted = fleet.containers.get(id);
            let Some(container) = hosted.and_then(|hosted| hosted.container.value()) else {
                continue;
            };
            self.count(container, snapshot.now());
            self.known.push(Berth {
                id: id.clone(),
                name: container.name.clone(),
                nodes: nodes.into_iter().cloned().collect(),
            });
        }
    }

    fn count(&mut self, container: &Container, now: At) {
        let count = container.life.restarts;
        let Some(known) = self.restarts.get_mut(&container.id) else {
            // When those before were is not known.
            let more = VecDeque::new();
            self.restarts
                .insert(container.id.clone(), Restarts { count, more });
            return;
        };
        // The engine counts anew from a start that was asked for.
        let more = count.checked_sub(known.count).unwrap_or(count);
        known.count = count;
        if more > 0 {
            known.more.push_back((now, more));
        }
        while known.more.front().is_some_and(|(at, _)| at.age(now) >= WINDOW) {
            known.more.pop_front();
        }
    }

    fn restarts(&self, id: &EngineId) -> Option<u64> {
        let more = self.restarts.get(id)?.more.iter();
        Some(
            more.map(|(_, more)| more)
                .fold(0, |sum, more| sum.saturating_add(*more)),
        )
    }
}

/// What a word about a container is worth.
pub(super) fn fact<'a>(scene: &Scene<'a>, berth: &'a Berth, word: Word) -> Fact<'a> {
    match word {
        Word::ContainerName => return Fact::Text(berth.name.raw().into()),
        Word::ContainerNode => {
            let nodes: Vec<String> = berth.nodes.iter().map(ToString::to_string).collect();
            return Fact::Text(nodes.join(" and ").into());
        }
        _ => {}
    }
    let Some(hosted) = scene.snapshot.fleet.containers.get(&berth.id) else {
        return Fact::Unknown;
    };
    let Some(container) = hosted.current() else {
        return Fact::Unknown;
    };
    match word {
        Word::ContainerState => Fact::Text(container.life.state.word().into()),
        Word::ContainerHealth => Fact::Text(container.life.health.word().into()),
        Word::ContainerRestarts => match scene.memory.berths.restarts(&berth.id) {
            Some(restarts) => Fact::count(restarts),
            None => Fact::Unknown,
        },
        Word::ContainerRunsFor => {
            let life = &container.life;
            let started = life.started.filter(|_| life.state == ContainerState::Running);
            seconds(started.map_or(Span(0), |at| at.age(scene.now)))
        }
        Word::ContainerOutOfMemory => hosted
            .is_out_of_memory(scene.now)
            .map_or(Fact::Unknown, Fact::yes),
        Word::ContainerMemoryUsed => memory_used(scene.now, hosted),
        _ => Fact::Unknown,
    }
}

/// Memory in use in percent of its limit; of one that does not run there is none.
#[expect(clippy::cast_precision_loss, reason = "compared as a share")]
fn memory_used(now: At, hosted: &Hosted) -> Fact<'static> {
    let stopped = |container: &Container| container.life.state.is_stopped();
    if hosted
        .container
        .value()
        .is_some_and(|container| stopped(container))
    {
        return Fact::Nothing;
    }
    let Some(usage) = hosted.usage.fresh_value(now, USAGE_WITHIN) else {
        return Fact::Unknown;
    };
    match (usage.memory, usage.memory_limit) {
        (Some(used), Some(limit)) if limit > 0 => Fact::Number(used as f64 / limit as f64 * 100.0),
        _ => Fact::Nothing,
    }
}

//! What the engine told, and which container is which node's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::container::{Container, ContainerState, EngineId, Usage};
use crate::model::failure::Failure;
use crate::model::fleet::{EngineFact, EngineReport, Fleet, Hosted, Match, Node, Part};
use crate::model::ids::BrokerId;
use crate::model::log::LogLine;
use crate::model::reading::Reading;
use crate::model::text::Name;
use crate::model::time::{At, Span};

use super::matching::{Case, Wanted, matches};

/// The most containers that are kept.
const MOST: usize = 2000;

/// What ends so soon after the kernel killed a process in it ended by that.
const JUST_NOW: Span = Span::seconds(3);

/// A container of a broker that is known to have stopped, or to be frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// Whether its process is there still, and frozen.
    pub frozen: bool,
    /// When its process ended, by the engine.
    pub finished: Option<At>,
    /// When we first knew.
    pub seen: At,
}

/// What is kept of one container.
#[derive(Debug)]
struct Known {
    container: Reading<Arc<Container>>,
    /// When the newest of it was asked for.
    asked: At,
    usage: Reading<Usage>,
    seen: At,
    last_words: Option<Arc<Vec<LogLine>>>,
    /// When the kernel last killed a process in it for want of memory.
    starved: Option<At>,
}

/// The engine's containers.
#[derive(Debug, Default)]
pub(super) struct Berths {
    engine: Option<Reading<EngineReport>>,
    known: BTreeMap<EngineId, Known>,
    configured: BTreeMap<String, Name>,
    before: BTreeMap<Node, EngineId>,
    matches: BTreeMap<Node, Match>,
    /// What the matches were settled for; none where something changed since.
    settled: Option<(Vec<Wanted>, Option<Name>)>,
}

impl Berths {
    /// An engine is looked for, and so are the containers that the configuration names.
    pub fn watch(&mut self, configured: BTreeMap<String, Name>) {
        self.engine = Some(Reading::default());
        self.configured = configured;
    }

    /// Whether an engine is looked for.
    pub fn is_watched(&self) -> bool {
        self.engine.is_some()
    }

    pub fn learn(&mut self, fact: EngineFact, asked: At, at: At) {
        if !matches!(
            fact,
            EngineFact::Used(..) | EngineFact::LastWords(..) | EngineFact::Unread(..)
        ) {
            self.settled = None;
        }
        match fact {
            EngineFact::Is(report) => {
                let engine = self.engine.get_or_insert_default();
                if engine
                    .value()
                    .is_some_and(|known| known.address != report.address)
                {
                    // Another engine: nothing that was known holds there.
                    self.known.clear();
                    self.before.clear();
                }
                engine.succeed(report, at);
            }
            EngineFact::Absent(why) => self.engine.get_or_insert_default().fail(why, at),
            EngineFact::Listed(ids) => {
                let there: BTreeSet<EngineId> = ids.into_iter().collect();
                // One that was inspected after the list was asked for is newer than the list.
                self.known
                    .retain(|id, known| there.contains(id) || known.asked > asked);
            }
            EngineFact::Inspected(container) => self.inspected(container, asked, at),
            EngineFact::Turned { id, state, at: when } => self.turned(&id, state, when, at),
            EngineFact::OutOfMemory(id) => self.starved(&id, at),
            EngineFact::Used(id, usage) => {
                if let Some(known) = self.known.get_mut(&id) {
                    known.usage.succeed(usage, at);
                }
            }
            EngineFact::LastWords(id, lines) => {
                if let Some(known) = self.known.get_mut(&id) {
                    known.last_words = Some(lines);
                }
            }
            EngineFact::Unread(id, part, why) => self.unread(&id, part, why, at),
        }
    }

    /// The engine does not answer: what was known stays, with its age.
    pub fn lost(&mut self, why: &Failure, at: At) {
        if let Some(engine) = &mut self.engine {
            engine.fail(why.clone(), at);
        }
        for known in self.known.values_mut() {
            known.container.fail(why.clone(), at);
            known.usage.fail(why.clone(), at);
        }
    }

    fn inspected(&mut self, container: Arc<Container>, asked: At, at: At) {
        if self.known.len() >= MOST && !self.known.contains_key(&container.id) {
            return;
        }
        let known = self.known.entry(container.id.clone()).or_insert_with(|| Known {
            container: Reading::default(),
            asked,
            usage: Reading::default(),
            seen: at,
            last_words: None,
            starved: None,
        });
        if known.asked > asked {
            return;
        }
        if container.life.oom_killed {
            // What is said of it at first sight may be of long ago.
            let when = container.life.finished.or(known.starved).unwrap_or(at);
            known.starved = known.starved.max(Some(when));
        }
        let before = known.container.value().map(|before| before.life.state);
        if before != Some(container.life.state) {
            known.seen = at;
        }
        if container.life.state.is_stopped() {
            known.usage = Reading::default();
        } else {
            known.last_words = None;
        }
        known.asked = asked;
        known.container.succeed(container, at);
    }

    fn turned(&mut self, id: &EngineId, state: ContainerState, when: Option<At>, at: At) {
        let Some(known) = self.known.get_mut(id) else {
            return;
        };
        let Some(container) = known.container.value() else {
            return;
        };
        let mut container = Container::clone(container);
        if container.life.state != state {
            known.seen = at;
        }
        container.life.state = state;
        if state.is_stopped() {
            // The inspection that follows says it for sure.
            container.life.oom_killed |= known.starved.is_some_and(|starved| starved.age(at) < JUST_NOW);
            container.life.finished = when.or(container.life.finished);
            known.usage = Reading::default();
        } else {
            known.last_words = None;
        }
        known.asked = known.asked.max(at);
        known.container.succeed(Arc::new(container), at);
    }

    /// That it ended by this is told by what follows: the process that was killed may not have been its first.
    fn starved(&mut self, id: &EngineId, at: At) {
        if let Some(known) = self.known.get_mut(id) {
            known.starved = known.starved.max(Some(at));
        }
    }

    fn unread(&mut self, id: &EngineId, part: Part, why: Failure, at: At) {
        if let Some(known) = self.known.get_mut(id) {
            match part {
                Part::State => known.container.fail(why, at),
                Part::Usage => known.usage.fail(why, at),
            }
        }
    }

    /// The voters that containers of this cluster name: a quorum that does not answer names none.
    pub fn voters(&self, cluster_id: Option<&Name>) -> BTreeSet<BrokerId> {
        let containers = self.known.values().filter_map(|known| known.container.value());
        containers
            .map(|container| &container.make.settings)
            .filter(|settings| cluster_id.is_some() && settings.cluster_id.as_ref() == cluster_id)
            .flat_map(|settings| settings.voters.iter().map(|(id, _)| *id))
            .collect()
    }

    /// Settles anew which container is which node's.
    pub fn settle(&mut self, wanted: Vec<Wanted>, cluster_id: Option<&Name>) {
        let question = (wanted, cluster_id.cloned());
        if self.settled.as_ref() == Some(&question) {
            return;
        }
        let Some(report) = self.engine.as_ref().and_then(Reading::value) else {
            self.matches.clear();
            return;
        };
        let containers: Vec<Arc<Container>> = self
            .known
            .values()
            .filter_map(|known| known.container.value().cloned())
            .collect();
        let case = Case {
            vantage: &report.vantage,
            cluster_id,
            containers: &containers,
            configured: &self.configured,
            before: &self.before,
        };
        self.matches = matches(&case, &question.0);
        for (node, found) in &self.matches {
            if let Match::One(id, _) = found {
                self.before.insert(node.clone(), id.clone());
            }
        }
        let known = &self.known;
        self.before.retain(|_, id| known.contains_key(id));
        // What is plain now is evidence from the next time on, which changes nothing that is plain already.
        self.settled = Some(question);
    }

    /// The brokers whose containers are known to have stopped, or to be frozen.
    pub fn stopped(&self) -> BTreeMap<BrokerId, Stop> {
        let stops = self.matches.iter().filter_map(|(node, found)| {
            let (Node::Broker(id), Match::One(container, _)) = (node, found) else {
                return None;
            };
            let known = self.known.get(container)?;
            let life = &known.container.value()?.life;
            let frozen = life.state == ContainerState::Paused;
            (frozen || life.state.is_stopped()).then_some((
                *id,
                Stop {
                    frozen,
                    finished: life.finished.filter(|_| !frozen),
                    seen: known.seen,
                },
            ))
        });
        stops.collect()
    }

    /// What is shown.
    pub fn fleet(&self) -> Fleet {
        let mut shown: BTreeSet<&EngineId> = BTreeSet::new();
        for found in self.matches.values() {
            match found {
                Match::One(id, _) | Match::Shared(id, _) => {
                    shown.insert(id);
                }
                Match::Several(all) => shown.extend(all.iter().map(|(id, _)| id)),
                Match::Missing(_) => {}
            }
        }
        let is_kafka = |known: &Known| {
            known
                .container
                .value()
                .is_some_and(|container| container.make.settings.is_any())
        };
        Fleet {
            engine: self.engine.clone(),
            containers: self
                .known
                .iter()
                .filter(|(id, known)| shown.contains(id) || is_kafka(known))
                .map(|(id, known)| {
                    let hosted = Hosted {
                        container: known.container.clone(),
                        usage: known.usage.clone(),
                        seen: known.seen,
                        last_words: known.last_words.clone(),
                        starved: known.starved,
                    };
                    (id.clone(), hosted)
                })
                .collect(),
            matches: self.matches.clone(),
        }
    }
}

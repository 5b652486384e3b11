//! Containers that end, pause, and start.

use std::collections::BTreeMap;

use crate::model::container::{Container, ContainerState, EngineId};
use crate::model::event::{ContainerMove, ContainerTurn, What, When};
use crate::model::fleet::{Fleet, Hosted, Node};
use crate::model::time::{At, Span};

use super::{Chronicle, OPENING};

/// The times that an engine's event and its inspection give of one end differ by less than this.
const SAME_MOMENT: Span = Span(500);

/// A container as it was seen last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    state: ContainerState,
    /// Restarts that were told: one is told once the process runs again.
    restarts: u64,
    started: Option<At>,
    finished: Option<At>,
    /// When the kernel last killed a process in it for want of memory.
    starved: Option<At>,
    /// Whether its process ended by that.
    oom_killed: bool,
}

impl Seen {
    fn of(container: &Container, hosted: &Hosted, before: Option<Self>) -> Self {
        let life = &container.life;
        let same = |at: Option<At>, before: Option<At>| match (at, before) {
            (Some(at), Some(before)) if before.age(at).max(at.age(before)) < SAME_MOMENT => Some(before),
            _ => at,
        };
        let started = same(life.started, before.and_then(|before| before.started));
        let waits = before.filter(|before| before.started == started);
        Self {
            state: life.state,
            restarts: waits.map_or(life.restarts, |before| before.restarts),
            started,
            finished: same(life.finished, before.and_then(|before| before.finished)),
            starved: hosted.starved,
            oom_killed: life.oom_killed,
        }
    }

    fn has_ended(self) -> bool {
        matches!(
            self.state,
            ContainerState::Exited { .. } | ContainerState::Dead | ContainerState::Restarting
        )
    }

    fn code(self) -> Option<i64> {
        match self.state {
            ContainerState::Exited { code } => code,
            _ => None,
        }
    }

    fn is_removed(self) -> bool {
        matches!(self.state, ContainerState::Removed | ContainerState::Removing)
    }
}

/// The containers as they were seen last.
#[derive(Debug, Default)]
pub(super) struct SeenContainers(BTreeMap<EngineId, Seen>);

impl Chronicle {
    /// Takes the containers as their engine tells of them now. One that is not read keeps what was known of it.
    pub fn containers(&mut self, fleet: &Fleet, now: At) {
        let hosts = fleet.hosts();
        let mut seen = BTreeMap::new();
        for (id, hosted) in &fleet.containers {
            let before = self.containers.0.get(id).copied();
            let Some(container) = hosted.container.value() else {
                seen.extend(before.map(|before| (id.clone(), before)));
                continue;
            };
            let newest = Seen::of(container, hosted, before);
            seen.insert(id.clone(), newest);
            let turns = match before {
                Some(before) if before == newest => continue,
                Some(before) => turns(before, newest),
                None if self.is_new(newest) => vec![(newest.started, ContainerTurn::Started)],
                None => continue,
            };
            // A node that is a broker and a controller has its row as a broker.
            let node = hosts.get(id).and_then(|nodes| nodes.iter().min());
            for (at, turn) in turns {
                let when = When {
                    exact: at.is_some(),
                    ..When::polled(at.unwrap_or(hosted.seen).min(now))
                };
                let moved = ContainerMove {
                    name: container.name.clone(),
                    node: node.map(|node| Node::clone(node)),
                    turn,
                };
                self.folder.take(when, What::Container(moved));
            }
        }
        self.containers.0 = seen;
    }

    /// Whether a container that was never seen before was made while kaftop looked.
    fn is_new(&self, container: Seen) -> bool {
        let looked = self.opened.map(|opened| opened.plus(OPENING));
        container.started > looked && looked.is_some() && container.state == ContainerState::Running
    }
}

/// What happened between two looks at a container, each with the engine's own time where it tells one.
fn turns(before: Seen, now: Seen) -> Vec<(Option<At>, ContainerTurn)> {
    let mut turns = Vec::new();
    let ended_anew = now.finished > before.finished;
    let started_anew = now.started > before.started;
    let ended = ContainerTurn::Ended {
        code: now.code(),
        starved: now.oom_killed && now.has_ended(),
    };
    let was_running = !before.has_ended() && !before.is_removed();
    // Why it ended may be told a moment after that it did.
    let explained = now.oom_killed && !before.oom_killed && now.has_ended();
    // Or it ended and was started again between two looks.
    if ended_anew || explained || (now.has_ended() && was_running) {
        turns.push((now.finished, ended));
    }
    if started_anew {
        let turn = match now.restarts.saturating_sub(before.restarts) {
            0 => ContainerTurn::Started,
            restarts => ContainerTurn::Restarted(restarts),
        };
        turns.push((now.started, turn));
    }
    match (before.state, now.state) {
        (ContainerState::Paused, ContainerState::Running) if !started_anew => {
            turns.push((None, ContainerTurn::Resumed));
        }
        (before, ContainerState::Paused) if before != ContainerState::Paused => {
            turns.push((None, ContainerTurn::Paused));
        }
        _ => {}
    }
    if now.is_removed() && !before.is_removed() {
        turns.push((None, ContainerTurn::Removed));
    } else if now.state == ContainerState::Running && now.starved > before.starved {
        turns.push((now.starved, ContainerTurn::Starved));
    }
    turns
}

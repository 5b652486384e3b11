//! The processes: who runs, who is frozen, who reaches whom.

use super::node::{Node, Process, ProcessState};
use super::spec::{ClusterSpec, Controllers, FIRST_CONTROLLER};
use super::time::ticks;
use super::{ActError, Timing};
use crate::model::cluster::Mode;

/// How long a ZooKeeper or a controller takes to start, in ticks.
const SMALL_START: u64 = 40;
/// How long an orderly end may take before it is no longer one, in ticks (`docker stop` waits 10 s).
const GRACE: u64 = 200;

/// How far a process has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none.
    Gone,
    /// It starts until this tick.
    Booting {
        /// The first tick at which it acts.
        until: u64,
    },
    /// A broker that waits to be registered.
    Joining,
    /// It serves.
    Running,
    /// A broker that hands over.
    Leaving {
        /// The tick at which it ends, once it was granted.
        granted: Option<u64>,
        /// The tick at which it is killed.
        deadline: u64,
    },
}

/// How it is connected to its peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peering {
    /// As it should be.
    Connected,
    /// Not at all, since this tick.
    Cut {
        /// Since when.
        since: u64,
    },
    /// The network is whole again, and connections come back at this tick.
    Reconnecting {
        /// The first tick at which it talks to its peers.
        until: u64,
    },
}

/// How a process ended last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// In order.
    Clean,
    /// Killed.
    Unclean,
}

/// One process.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) node: Node,
    pub(super) stage: Stage,
    pub(super) paused: bool,
    pub(super) hidden: bool,
    pub(super) disk_hangs: bool,
    pub(super) peering: Peering,
    pub(super) ending: Ending,
    /// Counts its starts.
    pub(super) starts: u32,
}

impl Machine {
    fn new(node: Node) -> Self {
        Self {
            node,
            stage: Stage::Running,
            paused: false,
            hidden: false,
            disk_hangs: false,
            peering: Peering::Connected,
            ending: Ending::Clean,
            starts: 1,
        }
    }

    /// Whether the process does anything.
    pub(super) fn is_awake(&self) -> bool {
        !self.paused && !matches!(self.stage, Stage::Gone | Stage::Booting { .. })
    }

    /// Whether it exchanges anything with its peers.
    pub(super) fn talks(&self) -> bool {
        self.is_awake() && self.peering == Peering::Connected
    }

    /// Whether it serves the data of a broker: it is awake, and past its start.
    pub(super) fn serves(&self) -> bool {
        !self.paused && matches!(self.stage, Stage::Running | Stage::Leaving { .. })
    }
}

/// All processes: brokers first, then separate controllers, then ZooKeepers.
#[derive(Debug, Clone)]
pub(super) struct Machines {
    pub(super) all: Vec<Machine>,
    brokers: usize,
    controllers: usize,
}

impl Machines {
    pub(super) fn new(spec: &ClusterSpec) -> Self {
        let id = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let kraft = spec.mode == Mode::Kraft;
        let separate = match spec.controllers {
            Controllers::Separate { count } if kraft => count,
            _ => 0,
        };
        let zookeepers = if kraft { 0 } else { spec.zookeepers };
        let brokers = (1..=spec.brokers).map(|number| Node::Broker(id(number)));
        let controllers =
            (0..separate).map(|number| Node::Controller(FIRST_CONTROLLER.saturating_add(id(number))));
        let keepers = (1..=zookeepers).map(|number| Node::ZooKeeper(id(number)));
        Self {
            all: brokers
                .chain(controllers)
                .chain(keepers)
                .map(Machine::new)
                .collect(),
            brokers: spec.brokers as usize,
            controllers: separate as usize,
        }
    }

    /// How many brokers there are.
    pub(super) fn brokers(&self) -> usize {
        self.brokers
    }

    /// Where the process of a node stands in the list.
    pub(super) fn index(&self, node: Node) -> Option<usize> {
        let place = |id: i32, first: i32, count: usize| {
            let index = usize::try_from(id.checked_sub(first)?).ok()?;
            (index < count).then_some(index)
        };
        match node {
            Node::Controller(id) if self.controllers > 0 => {
                place(id, FIRST_CONTROLLER, self.controllers).map(|index| index + self.brokers)
            }
            // A combined node is its own controller.
            Node::Broker(id) | Node::Controller(id) => place(id, 1, self.brokers),
            Node::ZooKeeper(id) => {
                let before = self.brokers + self.controllers;
                place(id, 1, self.all.len().saturating_sub(before)).map(|index| index + before)
            }
        }
    }

    /// The process in a place of the list.
    pub(super) fn at(&self, index: usize) -> Option<&Machine> {
        self.all.get(index)
    }

    pub(super) fn is_awake(&self, index: usize) -> bool {
        self.at(index).is_some_and(Machine::is_awake)
    }

    pub(super) fn talks(&self, index: usize) -> bool {
        self.at(index).is_some_and(Machine::talks)
    }

    /// Whether two processes reach each other; a process always reaches itself.
    pub(super) fn linked(&self, one: usize, other: usize) -> bool {
        if one == other {
            return self.is_awake(one);
        }
        self.talks(one) && self.talks(other)
    }

    pub(super) fn is_gone(&self, index: usize) -> bool {
        self.at(index).is_none_or(|machine| machine.stage == Stage::Gone)
    }

    /// What the world tells of a process.
    pub(super) fn process(&self, node: Node) -> Process {
        let Some(machine) = self.index(node).and_then(|index| self.at(index)) else {
            return Process {
                state: ProcessState::Gone,
                reached: false,
                cut: false,
            };
        };
        let state = match machine.stage {
            Stage::Gone => ProcessState::Gone,
            _ if machine.paused => ProcessState::Paused,
            Stage::Booting { .. } | Stage::Joining => ProcessState::Starting,
            Stage::Running => ProcessState::Running,
            Stage::Leaving { .. } => ProcessState::ShuttingDown,
        };
        Process {
            state,
            reached: !machine.hidden,
            cut: machine.peering != Peering::Connected,
        }
    }

    /// Ends what ends at this tick.
    pub(super) fn step(&mut self, now: u64) {
        for machine in &mut self.all {
            if let Peering::Reconnecting { until } = machine.peering
                && until <= now
            {
                machine.peering = Peering::Connected;
            }
            match machine.stage {
                Stage::Booting { until } if until <= now && !machine.paused => {
                    machine.stage = match machine.node {
                        Node::Broker(_) => Stage::Joining,
                        Node::Controller(_) | Node::ZooKeeper(_) => Stage::Running,
                    };
                }
                Stage::Leaving {
                    granted: Some(at), ..
                } if at <= now && !machine.paused => {
                    machine.stage = Stage::Gone;
                    machine.ending = Ending::Clean;
                }
                Stage::Leaving { deadline, .. } if deadline <= now => {
                    machine.stage = Stage::Gone;
                    machine.paused = false;
                    machine.ending = Ending::Unclean;
                }
                _ => {}
            }
        }
    }

    fn machine(&mut self, node: Node) -> Result<&mut Machine, ActError> {
        let index = self.index(node).ok_or(ActError::NoSuchNode(node))?;
        self.all.get_mut(index).ok_or(ActError::NoSuchNode(node))
    }

    pub(super) fn start(&mut self, node: Node, now: u64, timing: &Timing) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        if machine.stage != Stage::Gone {
            return Err(ActError::AlreadyThere(format!("{node} runs already")));
        }
        let wait = match (machine.node, machine.ending) {
            (Node::Broker(_), Ending::Clean) => ticks(timing.process.start),
            (Node::Broker(_), Ending::Unclean) => ticks(timing.process.recovery),
            _ => SMALL_START,
        };
        machine.stage = Stage::Booting {
            until: now.saturating_add(wait),
        };
        machine.starts = machine.starts.saturating_add(1);
        Ok(())
    }

    pub(super) fn kill(&mut self, node: Node) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        if machine.stage == Stage::Gone {
            return Err(ActError::AlreadyThere(format!("{node} is gone already")));
        }
        machine.stage = Stage::Gone;
        machine.paused = false;
        machine.ending = Ending::Unclean;
        Ok(())
    }

    pub(super) fn stop(&mut self, node: Node, now: u64) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        let leaving = Stage::Leaving {
            granted: None,
            deadline: now.saturating_add(GRACE),
        };
        match machine.stage {
            Stage::Gone => return Err(ActError::AlreadyThere(format!("{node} is gone already"))),
            Stage::Leaving { .. } => {
                return Err(ActError::AlreadyThere(format!("{node} is shutting down already")));
            }
            // A frozen process does not hear the signal: it is killed when the patience ends.
            _ if machine.paused => machine.stage = leaving,
            Stage::Running if matches!(machine.node, Node::Broker(_)) => machine.stage = leaving,
            _ => {
                machine.stage = Stage::Gone;
                machine.ending = Ending::Clean;
            }
        }
        Ok(())
    }

    pub(super) fn pause(&mut self, node: Node) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        if machine.stage == Stage::Gone {
            return Err(ActError::Impossible(format!(
                "{node} is gone: there is nothing to pause"
            )));
        }
        if machine.paused {
            return Err(ActError::AlreadyThere(format!("{node} is paused already")));
        }
        machine.paused = true;
        Ok(())
    }

    pub(super) fn resume(&mut self, node: Node) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        if !machine.paused {
            return Err(ActError::AlreadyThere(format!("{node} is not paused")));
        }
        machine.paused = false;
        Ok(())
    }

    pub(super) fn cut(&mut self, node: Node, now: u64) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        if matches!(machine.peering, Peering::Cut { .. }) {
            return Err(ActError::AlreadyThere(format!("{node} is cut off already")));
        }
        machine.peering = Peering::Cut { since: now };
        Ok(())
    }

    /// Connections come back after `wait` ticks, but no later than the cut itself has lasted: peers try again at
    /// ever longer intervals.
    pub(super) fn heal(&mut self, node: Node, now: u64, wait: u64) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        let Peering::Cut { since } = machine.peering else {
            return Err(ActError::AlreadyThere(format!("{node} is not cut off")));
        };
        let until = now.saturating_add(wait.min(now.saturating_sub(since)));
        machine.peering = Peering::Reconnecting { until };
        Ok(())
    }

    pub(super) fn hide(&mut self, node: Node, hidden: bool) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        if machine.hidden == hidden {
            let state = if hidden { "hidden already" } else { "not hidden" };
            return Err(ActError::AlreadyThere(format!("{node} is {state}")));
        }
        machine.hidden = hidden;
        Ok(())
    }

    pub(super) fn hang_disk(&mut self, node: Node, hangs: bool) -> Result<(), ActError> {
        let machine = self.machine(node)?;
        if !matches!(machine.node, Node::Broker(_)) {
            return Err(ActError::Impossible(format!(
                "only a broker has log directories, not {node}"
            )));
        }
        if machine.disk_hangs == hangs {
            let state = if hangs { "hangs already" } else { "does not hang" };
            return Err(ActError::AlreadyThere(format!("the disk of {node} {state}")));
        }
        machine.disk_hangs = hangs;
        Ok(())
    }
}

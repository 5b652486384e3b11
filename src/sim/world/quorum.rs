//! The KRaft quorum: who leads it, and who follows (KIP-595).

use super::machines::Machines;
use super::node::Node;
use super::numbers::{draw, topic_of_chance};
use super::spec::{ClusterSpec, Controllers};
use super::time::{STEP, ticks};

/// How long a new leader takes until it acts as controller, in ticks.
const ACTIVATION: u64 = 4;
/// How often a leader writes where nothing happens (`metadata.max.idle.interval.ms` 500), in ticks.
const NO_OP: u64 = 10;

/// How long a leader tells of an observer that no longer fetches (`LeaderState.OBSERVER_SESSION_TIMEOUT_MS` 300,000), in ticks.
const OBSERVED: u64 = 300_000 / STEP;

/// One voter, as the leader knows it.
#[derive(Debug, Clone)]
pub(super) struct Voter {
    /// Its process.
    pub(super) machine: usize,
    pub(super) id: i32,
    pub(super) log_end: i64,
    pub(super) fetched_at: u64,
}

/// A broker that is no voter, as the leader knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observer {
    pub(super) log_end: i64,
    pub(super) fetched_at: u64,
}

/// The quorum.
#[derive(Debug, Clone)]
pub(super) struct Quorum {
    pub(super) voters: Vec<Voter>,
    /// By a broker's place; none of one that never fetched from this leader, or is a voter.
    pub(super) observers: Vec<Option<Observer>>,
    /// Who leads, by place among the voters.
    pub(super) leader: Option<usize>,
    pub(super) epoch: i32,
    pub(super) log_end: i64,
    /// From when on the leader acts as controller.
    active_at: u64,
    /// Since when the leader has been without a majority.
    headless_since: Option<u64>,
    /// Since when there has been a majority to elect one.
    electing_since: Option<u64>,
    fetch_timeout: u64,
    election_timeout: u64,
    seed: u64,
}

impl Quorum {
    pub(super) fn new(spec: &ClusterSpec, machines: &Machines, seed: u64) -> Self {
        let nodes: Vec<Node> = match spec.controllers {
            Controllers::Combined { voters } => machines
                .all
                .iter()
                .take(voters as usize)
                .map(|machine| machine.node)
                .collect(),
            Controllers::Separate { .. } => machines
                .all
                .iter()
                .map(|machine| machine.node)
                .filter(|node| matches!(node, Node::Controller(_)))
                .collect(),
        };
        let voters: Vec<Voter> = nodes
            .into_iter()
            .filter_map(|node| {
                let (Node::Broker(id) | Node::Controller(id) | Node::ZooKeeper(id)) = node;
                Some(Voter {
                    machine: machines.index(node)?,
                    id,
                    log_end: 1_000,
                    fetched_at: 0,
                })
            })
            .collect();
        let leader = usize::try_from(draw(
            seed,
            topic_of_chance::CANDIDATE,
            0,
            u64::try_from(voters.len()).unwrap_or(1),
        ))
        .ok();
        Self {
            voters,
            observers: vec![None; machines.brokers()],
            leader,
            epoch: 1,
            log_end: 1_000,
            active_at: 0,
            headless_since: None,
            electing_since: None,
            fetch_timeout: ticks(spec.timing.quorum_fetch),
            election_timeout: ticks(spec.timing.quorum_election),
            seed,
        }
    }

    /// The process that leads.
    pub(super) fn leader_machine(&self) -> Option<usize> {
        Some(self.voters.get(self.leader?)?.machine)
    }

    /// The id of the leader.
    pub(super) fn leader_id(&self) -> Option<i32> {
        Some(self.voters.get(self.leader?)?.id)
    }

    fn reached_by(&self, machine: usize, machines: &Machines) -> usize {
        self.voters
            .iter()
            .filter(|voter| machines.linked(machine, voter.machine))
            .count()
    }

    fn is_majority(&self, count: usize) -> bool {
        count * 2 > self.voters.len()
    }

    /// From which tick on the leader acts.
    pub(super) fn active_at(&self) -> u64 {
        self.active_at
    }

    /// The process of the controller that acts now: it leads, and a majority follows it.
    pub(super) fn acting(&self, machines: &Machines, now: u64) -> Option<usize> {
        let leader = self.leader_machine()?;
        let followed = self.is_majority(self.reached_by(leader, machines));
        (followed && now >= self.active_at).then_some(leader)
    }

    /// One tick. Gives the former leader's process where another one was elected.
    pub(super) fn step(&mut self, machines: &Machines, now: u64) -> Option<Elected> {
        if let Some(leader) = self.leader_machine()
            && self.is_majority(self.reached_by(leader, machines))
        {
            self.headless_since = None;
            self.electing_since = None;
            self.replicate(leader, machines, now);
            return None;
        }
        let headless = *self.headless_since.get_or_insert(now);
        let candidates: Vec<usize> = (0..self.voters.len())
            .filter(|place| {
                self.voters
                    .get(*place)
                    .is_some_and(|voter| self.is_majority(self.reached_by(voter.machine, machines)))
            })
            .collect();
        if candidates.is_empty() {
            self.electing_since = None;
            // A leader that no majority fetches from steps down (KAFKA-15489).
            if now > headless + self.fetch_timeout * 3 / 2 {
                self.leader = None;
            }
            return None;
        }
        let electing = *self.electing_since.get_or_insert(now);
        let former = self.leader_machine();
        let orderly = former.is_some_and(|machine| {
            machines.at(machine).is_some_and(|machine| {
                machine.stage == super::machines::Stage::Gone
                    && machine.ending == super::machines::Ending::Clean
            })
        });
        // A leader that ends in order says so (EndQuorumEpoch); else the others wait for its silence to last.
        let patience = if orderly { 0 } else { self.fetch_timeout };
        let jitter = draw(
            self.seed,
            topic_of_chance::ELECTION,
            headless,
            self.election_timeout.max(1),
        );
        let jitter = if orderly { jitter / 4 } else { jitter };
        if now < (headless + patience).max(electing) + jitter {
            return None;
        }
        self.elect(&candidates, now);
        Some(Elected { former, headless })
    }

    fn elect(&mut self, candidates: &[usize], now: u64) {
        let log_end = |place: &usize| self.voters.get(*place).map_or(0, |voter| voter.log_end);
        let longest = candidates.iter().map(log_end).max().unwrap_or(0);
        let fit: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|place| log_end(place) == longest)
            .collect();
        let count = u64::try_from(fit.len()).unwrap_or(1);
        let chosen = draw(self.seed, topic_of_chance::CANDIDATE, now, count);
        let split = draw(self.seed, topic_of_chance::SPLIT_VOTE, now, 4) == 0;
        // A leader knows only those that fetched from it (`LeaderState`).
        self.observers.fill(None);
        self.leader = usize::try_from(chosen)
            .ok()
            .and_then(|chosen| fit.get(chosen).copied());
        self.epoch = self.epoch.saturating_add(if split { 2 } else { 1 });
        // What no majority had is lost; what is left is committed under the new epoch.
        self.log_end = longest.saturating_add(1);
        self.active_at = now + ACTIVATION;
        self.headless_since = None;
        self.electing_since = None;
    }

    fn replicate(&mut self, leader: usize, machines: &Machines, now: u64) {
        if now.is_multiple_of(NO_OP) {
            self.log_end = self.log_end.saturating_add(1);
        }
        for voter in &mut self.voters {
            if machines.linked(leader, voter.machine) {
                voter.log_end = self.log_end;
                voter.fetched_at = now;
            }
        }
        for (place, observer) in self.observers.iter_mut().enumerate() {
            let votes = self.voters.iter().any(|voter| voter.machine == place);
            if now >= self.active_at && !votes && machines.linked(leader, place) {
                *observer = Some(Observer {
                    log_end: self.log_end,
                    fetched_at: now,
                });
            }
        }
    }

    /// The observers that the leader still tells of, by a broker's place (`LeaderState.clearInactiveObservers`).
    pub(super) fn told_observers(&self, now: u64) -> impl Iterator<Item = (usize, Observer)> {
        let told = self.observers.iter().enumerate();
        told.filter_map(|(place, observer)| Some((place, (*observer)?)))
            .filter(move |(_, observer)| now.saturating_sub(observer.fetched_at) < OBSERVED)
    }

    /// The controller has written so many records.
    pub(super) fn write(&mut self, records: usize) {
        self.log_end = self.log_end.saturating_add(i64::try_from(records).unwrap_or(0));
    }
}

/// That another leader was elected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elected {
    /// The process that led before.
    pub(super) former: Option<usize>,
    /// Since when it had no longer led.
    pub(super) headless: u64,
}

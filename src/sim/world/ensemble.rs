//! The ZooKeeper ensemble, and the broker that holds the `/controller` node.

use super::machines::{Machines, Stage};
use super::node::Node;
use super::numbers::{draw, topic_of_chance};
use super::views::{EnsembleMode, EnsembleView};

/// How long followers wait for a leader that is silent (`syncLimit` 2 of 2 s), in ticks.
const SYNC_LIMIT: u64 = 80;
/// How long an election takes (`zookeeper.fastleader.minNotificationInterval` and the last wait), in ticks.
const ELECTION: u64 = 8;
/// How long a broker takes to become controller, in ticks.
const FAILOVER: u64 = 4;

/// The ensemble.
#[derive(Debug, Clone)]
pub(super) struct Ensemble {
    /// The processes of its members, in the order of their ids.
    pub(super) members: Vec<usize>,
    /// Who leads, by place among the members.
    leader: Option<usize>,
    epoch: u64,
    transactions: u64,
    headless_since: Option<u64>,
    /// The broker that is controller.
    pub(super) controller: Option<i32>,
    /// From when on it acts.
    active_at: u64,
    seed: u64,
}

impl Ensemble {
    pub(super) fn new(machines: &Machines, seed: u64) -> Self {
        let members: Vec<usize> = machines
            .all
            .iter()
            .enumerate()
            .filter(|(_, machine)| matches!(machine.node, Node::ZooKeeper(_)))
            .map(|(index, _)| index)
            .collect();
        let brokers = u64::try_from(machines.brokers()).unwrap_or(1);
        let first = draw(seed, topic_of_chance::CANDIDATE, 0, brokers);
        Self {
            leader: members.len().checked_sub(1),
            members,
            epoch: 1,
            transactions: 500,
            headless_since: None,
            controller: i32::try_from(first + 1).ok(),
            active_at: 0,
            seed,
        }
    }

    fn followers(&self, leader: usize, machines: &Machines) -> usize {
        self.members
            .iter()
            .filter(|member| machines.linked(leader, **member))
            .count()
    }

    fn leader_machine(&self) -> Option<usize> {
        self.members.get(self.leader?).copied()
    }

    /// Whether a majority serves.
    pub(super) fn serves(&self, machines: &Machines) -> bool {
        self.headless_since.is_none()
            && self
                .leader_machine()
                .is_some_and(|leader| self.followers(leader, machines) * 2 > self.members.len())
    }

    /// Whether a broker has a connection to a member that serves.
    pub(super) fn reached(&self, broker: usize, machines: &Machines) -> bool {
        machines.talks(broker) && self.serves(machines)
    }

    /// One tick; whether the ensemble has just begun to serve again, under another leader.
    pub(super) fn step(&mut self, machines: &Machines, now: u64) -> bool {
        let whole = self
            .leader_machine()
            .is_some_and(|leader| self.followers(leader, machines) * 2 > self.members.len());
        if whole && self.headless_since.is_none() {
            return false;
        }
        let since = *self.headless_since.get_or_insert(now);
        let silent = self
            .leader_machine()
            .is_some_and(|leader| !machines.is_gone(leader));
        let patience = if silent { SYNC_LIMIT } else { 0 };
        // A majority that is there again first elects: the highest transaction wins, then the highest id.
        let chosen = (0..self.members.len()).rev().find(|place| {
            self.members
                .get(*place)
                .is_some_and(|member| self.followers(*member, machines) * 2 > self.members.len())
        });
        let Some(chosen) = chosen else { return false };
        if now < since + patience + ELECTION {
            return false;
        }
        self.leader = Some(chosen);
        self.epoch = self.epoch.saturating_add(1);
        self.transactions = 0;
        self.headless_since = None;
        true
    }

    /// The process of the controller that acts now.
    pub(super) fn acting(&self, machines: &Machines, now: u64) -> Option<usize> {
        let index = machines.index(Node::Broker(self.controller?))?;
        let serves = machines.at(index).is_some_and(|machine| {
            matches!(machine.stage, Stage::Running | Stage::Leaving { .. }) && machine.talks()
        });
        (serves && self.serves(machines) && now >= self.active_at).then_some(index)
    }

    /// Gives the controller's node to one of the brokers that are there to take it.
    pub(super) fn elect_controller(&mut self, candidates: &[i32], now: u64) {
        let count = u64::try_from(candidates.len()).unwrap_or(0);
        let chosen = draw(self.seed, topic_of_chance::CANDIDATE, now, count);
        self.controller = usize::try_from(chosen)
            .ok()
            .and_then(|chosen| candidates.get(chosen).copied());
        self.active_at = now + FAILOVER;
        self.write(1);
    }

    /// So many transactions were made.
    pub(super) fn write(&mut self, transactions: usize) {
        self.transactions = self
            .transactions
            .saturating_add(u64::try_from(transactions).unwrap_or(0));
    }

    /// What a member tells; `place` counts from 0.
    pub(super) fn view(&self, place: usize, machines: &Machines, now: u64) -> Option<EnsembleView> {
        let member = *self.members.get(place)?;
        machines.at(member).filter(|machine| machine.is_awake())?;
        let serving = self.serves(machines)
            && self
                .leader_machine()
                .is_some_and(|leader| machines.linked(leader, member));
        let leads = self.leader == Some(place);
        let alone = self.members.len() == 1;
        let mode = match (serving, alone, leads) {
            (false, ..) => EnsembleMode::NotServing,
            (_, true, _) => EnsembleMode::Standalone,
            (_, _, true) => EnsembleMode::Leader,
            _ => EnsembleMode::Follower,
        };
        let places: Vec<usize> = (0..self.members.len())
            .filter(|place| {
                self.members
                    .get(*place)
                    .is_some_and(|member| machines.talks(*member))
            })
            .collect();
        let connections = (0..machines.brokers())
            .filter(|broker| {
                machines.talks(*broker)
                    && broker.checked_rem(places.len()).and_then(|at| places.get(at)) == Some(&place)
            })
            .count();
        let synced = places.len().saturating_sub(1);
        Some(EnsembleView {
            mode,
            connections: if serving {
                u64::try_from(connections).unwrap_or(0)
            } else {
                0
            },
            latency: (0, u64::from(now.is_multiple_of(200)), 12 + now / 20_000),
            packets: (now / 3, now / 3),
            zxid: i64::try_from((self.epoch << 32) | (self.transactions & 0xffff_ffff)).unwrap_or(0),
            nodes: 150 + u64::try_from(machines.brokers()).unwrap_or(0) * 2,
            synced_followers: (mode == EnsembleMode::Leader).then(|| u32::try_from(synced).unwrap_or(0)),
        })
    }
}

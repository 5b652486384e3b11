//! What the controller does in a tick: sessions, fencing, shutdowns, in either mode.

use super::World;
use super::council::Council;
use super::image::Registration;
use super::machines::{Ending, Stage};
use super::registry::{Departure, id_of, rack_of};
use super::time::ticks;

/// How long a broker tries to hand over in vain, in ticks (`controlled.shutdown.max.retries` 3, 5 s apart).
const HAND_OVER: u64 = 300;

/// Between a controller's taking over on ZooKeeper and its first look at imbalance.
const FIRST_CHECK: std::time::Duration = std::time::Duration::from_secs(5);

impl World {
    /// The process of the controller that acts now.
    pub(super) fn acting(&self) -> Option<usize> {
        let now = self.clock.tick;
        match &self.council {
            Council::Quorum(quorum) => quorum.acting(&self.machines, now),
            Council::Ensemble(ensemble) => ensemble.acting(&self.machines, now),
        }
    }

    /// Whether a broker reaches the controller that acts.
    pub(super) fn reaches_controller(&self, broker: usize) -> bool {
        self.acting()
            .is_some_and(|controller| self.machines.linked(broker, controller))
    }

    /// One tick of the controller.
    pub(super) fn control(&mut self) {
        match self.council {
            Council::Quorum(_) => self.control_kraft(),
            Council::Ensemble(_) => self.control_zookeeper(),
        }
        self.rebalance();
        let records = std::mem::take(&mut self.registry.records);
        if records > 0 {
            match &mut self.council {
                Council::Quorum(quorum) => quorum.write(records),
                Council::Ensemble(ensemble) => ensemble.write(records),
            }
        }
    }

    fn rebalance(&mut self) {
        let every = ticks(self.spec.timing.imbalance_check).max(1);
        let now = self.clock.tick;
        // On ZooKeeper the first check comes soon after a controller has taken over
        // (`KafkaController.onControllerFailover`), in KRaft after a whole interval.
        let first = match &self.council {
            Council::Quorum(quorum) => quorum.active_at() + every,
            Council::Ensemble(ensemble) => ensemble.active_at() + ticks(FIRST_CHECK),
        };
        let due = now >= first && (now - first).is_multiple_of(every);
        if self.spec.election.auto_rebalance && due && self.acting().is_some() {
            self.prefer_all();
        }
    }

    /// Gives every partition back to its first replica where that is in the ISR and live.
    pub(super) fn prefer_all(&mut self) {
        let moved: Vec<(u32, u32)> = self.places(|partition| {
            let preferred = partition.replicas.first();
            partition.leader.is_some()
                && partition.leader.as_ref() != preferred
                && preferred.is_some_and(|id| partition.isr.contains(id))
        });
        for (slot, partition) in moved {
            self.registry.prefer(slot, partition);
        }
    }

    fn session_heard(&mut self, broker: usize, heartbeat: u64) {
        let now = self.clock.tick;
        if let Some(session) = self.registry.sessions.get_mut(broker) {
            session.heard = now;
            session.beat_at = now + heartbeat;
        }
    }

    fn control_kraft(&mut self) {
        let Some(controller) = self.acting() else { return };
        let timing = self.spec.timing;
        let (now, heartbeat, timeout) = (
            self.clock.tick,
            ticks(timing.heartbeat),
            ticks(timing.kraft_session),
        );
        for broker in 0..self.machines.brokers() {
            let linked = self.machines.linked(broker, controller);
            let Some(machine) = self.machines.at(broker).cloned() else {
                continue;
            };
            let session = self.registry.sessions.get(broker).copied().unwrap_or_default();
            let registered = session.starts == machine.starts;
            let fenced = self.is_fenced(broker);
            match machine.stage {
                Stage::Joining if linked && !registered => self.register(broker),
                Stage::Joining if linked && self.has_seen(broker, session.needs) => {
                    self.session_heard(broker, heartbeat);
                    self.unfence(broker);
                    self.set_stage(broker, Stage::Running);
                }
                Stage::Running | Stage::Leaving { .. } if linked && (fenced || now >= session.beat_at) => {
                    if fenced && machine.stage == Stage::Running && self.has_seen(broker, session.needs) {
                        self.unfence(broker);
                    }
                    self.session_heard(broker, heartbeat);
                }
                Stage::Gone if machine.ending == Ending::Clean && !fenced && registered => self.fence(broker),
                _ => {}
            }
            if let Stage::Leaving {
                granted: None,
                deadline,
            } = machine.stage
                && linked
                && registered
            {
                self.shut_down(broker, deadline);
            }
            let heard = self
                .registry
                .sessions
                .get(broker)
                .map_or(now, |session| session.heard);
            if now.saturating_sub(heard) > timeout && !self.is_fenced(broker) {
                self.fence(broker);
            }
        }
    }

    fn set_stage(&mut self, broker: usize, stage: Stage) {
        if let Some(machine) = self.machines.all.get_mut(broker) {
            machine.stage = stage;
        }
    }

    fn is_fenced(&self, broker: usize) -> bool {
        self.registry
            .truth
            .brokers
            .get(&id_of(broker))
            .is_none_or(|registration| registration.fenced)
    }

    fn has_seen(&self, broker: usize, version: u64) -> bool {
        self.standing
            .beliefs
            .get(broker)
            .is_some_and(|image| image.version >= version)
    }

    /// A new process registers (`ClusterControlManager.registerBroker`): it is fenced until it has caught up.
    fn register(&mut self, broker: usize) {
        let unclean = self
            .machines
            .at(broker)
            .is_some_and(|machine| machine.ending == Ending::Unclean);
        let hosted = self.hosted(broker);
        if !self.is_fenced(broker) {
            self.registry.take_out(broker, &hosted, false);
        }
        if unclean && self.spec.release == super::Release::V4_1 {
            self.registry.take_out(broker, &hosted, true);
        }
        let epoch = self.registry.next_epoch();
        if let Some(registration) = self.registry.edit().brokers.get_mut(&id_of(broker)) {
            registration.fenced = true;
            registration.shutting_down = false;
            registration.epoch = epoch;
        }
        let (version, now) = (self.registry.truth.version, self.clock.tick);
        let starts = self.machines.at(broker).map_or(0, |machine| machine.starts);
        if let Some(session) = self.registry.sessions.get_mut(broker) {
            session.starts = starts;
            session.needs = version;
            session.heard = now;
        }
    }

    /// `ReplicationControlManager.handleBrokerUnfenced`.
    fn unfence(&mut self, broker: usize) {
        if let Some(registration) = self.registry.edit().brokers.get_mut(&id_of(broker)) {
            registration.fenced = false;
            registration.shutting_down = false;
        }
        let hosted = self.hosted(broker);
        self.registry.elect_leaderless(&hosted);
    }

    /// `ReplicationControlManager.handleBrokerFenced`.
    fn fence(&mut self, broker: usize) {
        let hosted = self.hosted(broker);
        self.registry.take_out(broker, &hosted, false);
        if let Some(registration) = self.registry.edit().brokers.get_mut(&id_of(broker)) {
            registration.fenced = true;
        }
        let version = self.registry.truth.version;
        if let Some(session) = self.registry.sessions.get_mut(broker) {
            session.needs = version;
        }
    }

    /// `ReplicationControlManager.handleBrokerInControlledShutdown`, and in ZooKeeper mode
    /// `KafkaController.doControlledShutdown`.
    fn shut_down(&mut self, broker: usize, deadline: u64) {
        let hosted = self.hosted(broker);
        if let Some(registration) = self.registry.edit().brokers.get_mut(&id_of(broker)) {
            registration.shutting_down = true;
        }
        let kraft = matches!(self.council, Council::Quorum(_));
        let left = if kraft {
            self.registry.take_out(broker, &hosted, false);
            false
        } else {
            self.registry
                .take_out_zookeeper(broker, &hosted, Departure::HandsOver)
        };
        let wait = if left {
            HAND_OVER
        } else {
            ticks(self.spec.timing.process.stop)
        };
        let at = self.clock.tick + wait;
        self.set_stage(
            broker,
            Stage::Leaving {
                granted: Some(at),
                deadline: deadline.max(at + 1),
            },
        );
    }

    fn control_zookeeper(&mut self) {
        self.keep_sessions();
        if let Some(controller) = self.acting() {
            self.mark_dead();
            for broker in 0..self.machines.brokers() {
                self.reconcile(broker, controller);
            }
        }
    }

    /// Sessions live and end only while an ensemble serves.
    fn keep_sessions(&mut self) {
        let Council::Ensemble(ensemble) = &mut self.council else {
            return;
        };
        if !ensemble.serves(&self.machines) {
            return;
        }
        let now = self.clock.tick;
        let timeout = ticks(self.spec.timing.zookeeper_session);
        let mut candidates = Vec::new();
        let sessions = self.registry.sessions.iter_mut();
        for (broker, session) in sessions.enumerate() {
            let Some(machine) = self.machines.all.get_mut(broker) else {
                continue;
            };
            let connected = machine.talks();
            let own = session.starts == machine.starts;
            let ended = machine.stage == Stage::Gone && machine.ending == Ending::Clean && own;
            if session.alive && own && connected {
                session.heard = now;
            } else if session.alive && (ended || now.saturating_sub(session.heard) >= timeout) {
                session.alive = false;
            }
            if !session.alive && ensemble.controller == Some(id_of(broker)) {
                ensemble.controller = None;
            }
            if connected && !own && session.alive && machine.stage == Stage::Joining {
                // The node of its former life is still there: `NodeExistsException` ends the process.
                machine.stage = Stage::Gone;
                machine.ending = Ending::Unclean;
            } else if connected && !session.alive && machine.stage != Stage::Gone {
                session.alive = true;
                session.heard = now;
                session.starts = machine.starts;
                session.number += 1;
            }
            // One that still starts may become controller: it does so before it serves.
            let stays = matches!(machine.stage, Stage::Joining | Stage::Running);
            if session.alive && connected && stays {
                candidates.push(id_of(broker));
            }
        }
        if ensemble.controller.is_none() && !candidates.is_empty() {
            ensemble.elect_controller(&candidates, now);
        }
    }

    /// Those whose session has ended are gone together: none of them is elected for another one.
    fn mark_dead(&mut self) {
        for broker in 0..self.machines.brokers() {
            let alive = self
                .registry
                .sessions
                .get(broker)
                .is_some_and(|session| session.alive);
            let listed = self.registry.truth.brokers.get(&id_of(broker));
            if !alive
                && listed.is_some_and(|registration| !registration.shutting_down)
                && let Some(registration) = self.registry.edit().brokers.get_mut(&id_of(broker))
            {
                registration.shutting_down = true;
            }
        }
    }

    /// Makes the truth follow the sessions (`KafkaController.processBrokerChange`).
    fn reconcile(&mut self, broker: usize, controller: usize) {
        let Some(session) = self.registry.sessions.get(broker).copied() else {
            return;
        };
        let Some(machine) = self.machines.at(broker).cloned() else {
            return;
        };
        let id = id_of(broker);
        let listed = self
            .registry
            .truth
            .brokers
            .get(&id)
            .map(|registration| registration.epoch);
        if listed.is_some() && (!session.alive || listed != Some(session.number)) {
            let hosted = self.hosted(broker);
            let departure = match &self.council {
                Council::Ensemble(ensemble) if ensemble.active_at() + 1 >= self.clock.tick => {
                    Departure::BeforeController
                }
                _ => Departure::Dies,
            };
            self.registry.take_out_zookeeper(broker, &hosted, departure);
            self.registry.edit().brokers.remove(&id);
        }
        if session.alive && listed != Some(session.number) {
            let hosted = self.hosted(broker);
            let registration = Registration {
                rack: rack_of(&self.spec, broker),
                fenced: false,
                shutting_down: false,
                epoch: session.number,
            };
            self.registry.edit().brokers.insert(id, registration);
            self.registry.elect_leaderless(&hosted);
        }
        if session.alive && machine.stage == Stage::Joining {
            self.set_stage(broker, Stage::Running);
        }
        if let Stage::Leaving {
            granted: None,
            deadline,
        } = machine.stage
            && self.machines.linked(broker, controller)
        {
            self.shut_down(broker, deadline);
        }
        let controller_id = Some(id_of(controller));
        if self.registry.truth.controller != controller_id {
            self.registry.edit().controller = controller_id;
        }
    }
}

//! The controller's own image, which is the truth of the cluster, and the sessions of the brokers.

use std::sync::Arc;

use super::election::{
    Change, Rules, Wanted, alter_zookeeper, change_kraft, elect_zookeeper, remove_zookeeper,
};
use super::ids::Ids;
use super::image::{Image, PartitionImage, Registration};
use super::spec::{ClusterSpec, Release};
use crate::model::cluster::Mode;

/// No position of a topic in the image.
const NOWHERE: u32 = u32::MAX;

/// What is known of a broker's connection to those who decide.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Session {
    /// ZooKeeper: whether its session's node is there.
    pub(super) alive: bool,
    /// The tick at which it was heard last.
    pub(super) heard: u64,
    /// The tick of its next heartbeat.
    pub(super) beat_at: u64,
    /// Of which start of the process this is the session.
    pub(super) starts: u32,
    /// The image that it must have seen before it is let in (KRaft).
    pub(super) needs: u64,
    /// ZooKeeper: counts its sessions.
    pub(super) number: i64,
}

/// The truth, and what belongs to it.
#[derive(Debug)]
pub(super) struct Registry {
    pub(super) truth: Arc<Image>,
    pub(super) sessions: Vec<Session>,
    /// Changes since the council last wrote them down.
    pub(super) records: usize,
    /// The place of each topic slot in the image.
    positions: Vec<u32>,
    next_epoch: i64,
    elr: bool,
    unclean: bool,
}

/// How a broker leaves in ZooKeeper mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    /// By controlled shutdown.
    HandsOver,
    /// Its session has ended under a controller that acts.
    Dies,
    /// Its session had ended when the controller took over.
    BeforeController,
}

impl Registry {
    pub(super) fn new(spec: &ClusterSpec, controller: Option<i32>) -> Self {
        let brokers = (0..spec.brokers as usize)
            .map(|index| {
                let registration = Registration {
                    rack: rack_of(spec, index),
                    fenced: false,
                    shutting_down: false,
                    epoch: 1,
                };
                (id_of(index), registration)
            })
            .collect();
        let session = Session {
            alive: true,
            starts: 1,
            number: 1,
            ..Session::default()
        };
        Self {
            truth: Arc::new(Image {
                version: 1,
                cluster_id: spec.cluster_id.as_str().into(),
                mode: spec.mode,
                brokers,
                controller,
                topics: Vec::new(),
            }),
            sessions: vec![session; spec.brokers as usize],
            records: 0,
            positions: Vec::new(),
            next_epoch: 2,
            elr: spec.mode == Mode::Kraft && spec.release == Release::V4_1,
            unclean: spec.election.unclean,
        }
    }

    /// The truth to be changed; its version grows.
    pub(super) fn edit(&mut self) -> &mut Image {
        self.records += 1;
        let image = Arc::make_mut(&mut self.truth);
        image.version += 1;
        image
    }

    /// The epoch of a broker that registers now.
    pub(super) fn next_epoch(&mut self) -> i64 {
        self.next_epoch += 1;
        self.next_epoch
    }

    /// Topics came or went: finds them again.
    pub(super) fn index_topics(&mut self) {
        self.positions.fill(NOWHERE);
        for (index, topic) in self.truth.topics.iter().enumerate() {
            let slot = topic.slot.0 as usize;
            if self.positions.len() <= slot {
                self.positions.resize(slot + 1, NOWHERE);
            }
            if let Some(position) = self.positions.get_mut(slot) {
                *position = super::numbers::narrow(index);
            }
        }
    }

    /// The place of a topic in the truth.
    pub(super) fn position(&self, slot: u32) -> Option<usize> {
        let position = *self.positions.get(slot as usize)?;
        (position != NOWHERE).then_some(position as usize)
    }

    /// A partition as it is in truth.
    pub(super) fn partition(&self, slot: u32, partition: u32) -> Option<&PartitionImage> {
        let topic = self.truth.topics.get(self.position(slot)?)?;
        topic.partitions.get(partition as usize)
    }

    /// Changes one partition, where `change` says that it did.
    fn alter(
        &mut self,
        slot: u32,
        partition: u32,
        change: impl FnOnce(&mut PartitionImage, Rules) -> bool,
    ) -> bool {
        let Some(position) = self.position(slot) else {
            return false;
        };
        let Some(topic) = self.truth.topics.get(position) else {
            return false;
        };
        let unclean = topic
            .configs
            .get("unclean.leader.election.enable")
            .map_or(self.unclean, |value| value == "true");
        let rules = Rules {
            min_isr: topic.min_isr,
            unclean,
            elr: self.elr,
        };
        let Some(mut image) = topic.partitions.get(partition as usize).cloned() else {
            return false;
        };
        if !change(&mut image, rules) {
            return false;
        }
        let target = self.edit().topics.get_mut(position).map(Arc::make_mut);
        if let Some(place) = target.and_then(|topic| topic.partitions.get_mut(partition as usize)) {
            *place = image;
        }
        true
    }

    /// The brokers that may lead, by place.
    pub(super) fn active(&self) -> Vec<bool> {
        let mut active = vec![false; self.sessions.len()];
        for (id, registration) in &self.truth.brokers {
            if let Some(place) = place_of(*id).and_then(|place| active.get_mut(place)) {
                *place = !registration.fenced && !registration.shutting_down;
            }
        }
        active
    }

    /// Takes a broker out of the ISRs and the lead of these partitions. `unclean` where it came back without having
    /// ended in order.
    pub(super) fn take_out(&mut self, broker: usize, partitions: &[(u32, u32)], unclean: bool) {
        let id = id_of(broker);
        let mut active = self.active();
        if let Some(place) = active.get_mut(broker) {
            *place = false;
        }
        for (slot, partition) in partitions {
            self.alter(*slot, *partition, |image, rules| {
                let named = image.isr.contains(&id) || (unclean && image.elr.contains(&id));
                if !named {
                    return false;
                }
                let change = Change {
                    isr: image.isr.without(id),
                    unclean_replica: unclean.then_some(id),
                    wanted: Wanted::Present,
                };
                change_kraft(image, &change, rules, |id| is_active(&active, id))
            });
        }
    }

    /// Seeks leaders for those of these partitions that have none.
    pub(super) fn elect_leaderless(&mut self, partitions: &[(u32, u32)]) {
        let active = self.active();
        let kraft = self.truth.mode == Mode::Kraft;
        for (slot, partition) in partitions {
            self.alter(*slot, *partition, |image, rules| {
                if image.leader.is_some() {
                    return false;
                }
                if kraft {
                    let change = Change::isr(image.isr.clone());
                    change_kraft(image, &change, rules, |id| is_active(&active, id))
                } else {
                    elect_zookeeper(image, rules, Wanted::Present, |id| is_active(&active, id))
                }
            });
        }
    }

    /// ZooKeeper mode: the session of a broker has ended, or it hands over. Where it hands over, partitions without
    /// another replica are left to it, as are those for which there is no other leader. Whether any was left.
    pub(super) fn take_out_zookeeper(
        &mut self,
        broker: usize,
        partitions: &[(u32, u32)],
        departure: Departure,
    ) -> bool {
        let hand_over = departure == Departure::HandsOver;
        let id = id_of(broker);
        let mut active = self.active();
        if let Some(place) = active.get_mut(broker) {
            *place = false;
        }
        let mut left = false;
        for (slot, partition) in partitions {
            self.alter(*slot, *partition, |image, rules| {
                if hand_over && image.replicas.len() == 1 {
                    return false;
                }
                if image.leader != Some(id) {
                    return remove_zookeeper(image, id);
                }
                if hand_over {
                    let rules = Rules {
                        unclean: false,
                        ..rules
                    };
                    let elected = elect_zookeeper(image, rules, Wanted::Present, |id| is_active(&active, id));
                    left |= !elected;
                    return elected;
                }
                // A controller that takes over takes dead replicas out first and elects then, in two writes with an epoch
                // each (`ReplicaStateMachine.startup`, `PartitionStateMachine.startup`); one that acts elects at once.
                let takes_over = departure == Departure::BeforeController;
                let removed = takes_over && remove_zookeeper(image, id);
                let elected = elect_zookeeper(image, rules, Wanted::Present, |id| is_active(&active, id));
                left |= !elected;
                removed || elected || remove_zookeeper(image, id)
            });
        }
        left
    }

    /// The ISR of a partition without or with one broker, as its leader under this epoch asks for. Whether it is so
    /// now.
    pub(super) fn alter_isr(&mut self, at: (u32, u32), leader: (i32, i32), member: i32, joins: bool) -> bool {
        let active = self.active();
        let kraft = self.truth.mode == Mode::Kraft;
        let Some(image) = self.partition(at.0, at.1) else {
            return false;
        };
        let led = image.leader == Some(leader.0) && image.leader_epoch == leader.1;
        if !led || (joins && !is_active(&active, member)) {
            return false;
        }
        if image.isr.contains(&member) == joins {
            return true;
        }
        self.alter(at.0, at.1, |image, rules| {
            let isr: Ids = if joins {
                image.isr.iter().copied().chain([member]).collect()
            } else {
                image.isr.without(member)
            };
            if kraft {
                let change = Change::isr(isr);
                change_kraft(image, &change, rules, |id| is_active(&active, id))
            } else {
                alter_zookeeper(image, isr)
            }
        })
    }

    /// Gives a partition back to its first replica, where that may lead; whether it leads then.
    pub(super) fn prefer(&mut self, slot: u32, partition: u32) -> bool {
        let active = self.active();
        let kraft = self.truth.mode == Mode::Kraft;
        self.alter(slot, partition, |image, rules| {
            if image.leader == image.replicas.first().copied() {
                return false;
            }
            if kraft {
                let change = Change {
                    wanted: Wanted::Preferred,
                    ..Change::isr(image.isr.clone())
                };
                change_kraft(image, &change, rules, |id| is_active(&active, id))
            } else {
                elect_zookeeper(image, rules, Wanted::Preferred, |id| is_active(&active, id))
            }
        });
        self.partition(slot, partition)
            .is_some_and(|image| image.leader == image.replicas.first().copied())
    }

    /// Lets any live replica lead a partition that has no leader; whether it has one then.
    pub(super) fn elect_unclean(&mut self, slot: u32, partition: u32) -> bool {
        let active = self.active();
        let kraft = self.truth.mode == Mode::Kraft;
        self.alter(slot, partition, |image, rules| {
            let rules = Rules {
                unclean: true,
                ..rules
            };
            if kraft {
                let change = Change::isr(image.isr.clone());
                change_kraft(image, &change, rules, |id| is_active(&active, id))
            } else {
                elect_zookeeper(image, rules, Wanted::Present, |id| is_active(&active, id))
            }
        })
    }
}

fn is_active(active: &[bool], id: i32) -> bool {
    place_of(id)
        .and_then(|place| active.get(place))
        .copied()
        .unwrap_or(false)
}

/// The rack of the broker in a place.
pub(super) fn rack_of(spec: &ClusterSpec, place: usize) -> Option<Arc<str>> {
    let rack = place.checked_rem(spec.racks.len())?;
    spec.racks.get(rack).map(|rack| rack.as_str().into())
}

/// The id of the broker in a place: they count from 1.
pub(super) fn id_of(place: usize) -> i32 {
    i32::try_from(place.saturating_add(1)).unwrap_or(i32::MAX)
}

/// The place of a broker.
pub(super) fn place_of(id: i32) -> Option<usize> {
    usize::try_from(id.checked_sub(1)?).ok()
}

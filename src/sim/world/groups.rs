//! Groups at their coordinators, and what the simulated consumers commit.

use super::group_store::{self, Group, OFFSETS, home_of};
use super::group_view::GroupState;
use super::groups_spec::{Behaviour, GroupSpec};
use super::numbers::{draw, real, signed, topic_of_chance, unsigned, whole};
use super::registry::place_of;
use super::time::ticks;
use super::topic_spec::Acks;
use super::{GroupError, GroupView, Place, TopicSlot, World};

/// How often a group commits, in ticks.
const COMMIT: u64 = 20;
/// How long a rebalance lasts: members join, then are told, in ticks.
const JOINING: u64 = 60;
const SYNCING: u64 = 20;
/// How long a group takes to read again what it jumped back over, in commits.
const REREAD: u64 = 30;

impl World {
    /// The groups that a broker coordinates, as far as it believes.
    pub fn groups(&self, broker: i32) -> impl Iterator<Item = &GroupView> {
        self.groups
            .all
            .iter()
            .filter_map(move |group| self.told(broker, group).ok())
    }

    /// Whether a broker still reads groups of which it has become the coordinator.
    pub fn loads_groups(&self, broker: i32) -> bool {
        let offsets = self.registry.truth.topic(OFFSETS);
        let homes = offsets.map_or(0, |topic| topic.partitions.len());
        let homes = u32::try_from(homes).unwrap_or(u32::MAX);
        (0..homes).any(|home| self.coordinates(broker, home) == Err(GroupError::Loading))
    }

    /// One group, asked of the broker that coordinates it.
    pub fn group(&self, broker: i32, name: &str) -> Result<&GroupView, GroupError> {
        let group = self.groups.named(name);
        let home = group.map_or_else(|| self.home(name), |group| Some(group.home));
        let home = home.ok_or(GroupError::NotAvailable)?;
        self.coordinates(broker, home)?;
        self.told(broker, group.ok_or(GroupError::Unknown)?)
    }

    fn told<'a>(&'a self, broker: i32, group: &'a Group) -> Result<&'a GroupView, GroupError> {
        self.coordinates(broker, group.home)?;
        Ok(self.groups.stale(broker, &group.view.name).unwrap_or(&group.view))
    }

    /// The coordinator of a group, as far as this broker believes; none while its partition has no leader, or
    /// `__consumer_offsets` does not exist.
    pub fn coordinator(&self, broker: i32, group: &str) -> Option<i32> {
        let image = self.image(broker);
        let offsets = image.topic(OFFSETS)?;
        let home = home_of(group, u32::try_from(offsets.partitions.len()).ok()?);
        let leader = offsets.partitions.get(home as usize)?.leader?;
        image.is_live(leader).then_some(leader)
    }

    /// Commits offsets of a group without members, which is made where it is not there.
    pub fn commit(&mut self, broker: i32, group: &str, offsets: &[(Place, i64)]) -> Result<(), GroupError> {
        let home = self.home(group).ok_or(GroupError::NotAvailable)?;
        self.coordinates(broker, home)?;
        if offsets.iter().any(|(at, _)| !self.exists(*at)) {
            return Err(GroupError::UnknownPartition);
        }
        let count = u64::try_from(offsets.len()).unwrap_or(u64::MAX);
        if !self.is_writable(home) || !self.write_commits(home, count) {
            return Err(GroupError::NotAvailable);
        }
        if self.groups.named(group).is_none() {
            if group.is_empty() || self.groups.all.len() as u64 >= super::MOST_GROUPS {
                return Err(GroupError::Unknown);
            }
            let spec = GroupSpec::following(group, &[], 0).behaving(Behaviour::Empty, 0);
            self.groups
                .push(group_store::group(&spec, &[], home, self.clock.tick));
        }
        for (at, offset) in offsets {
            self.note_commit(group, *at, *offset);
        }
        Ok(())
    }

    fn note_commit(&mut self, group: &str, at: Place, offset: i64) {
        let Some(position) = self.registry.position(at.topic.0) else {
            return;
        };
        let Some(topic) = self.registry.truth.topics.get(position).cloned() else {
            return;
        };
        let Some(group) = self.groups.named_mut(group) else {
            return;
        };
        let commits = &mut group.view.commits;
        if commits.iter().all(|commits| commits.slot != at.topic) {
            commits.push(super::CommitsView {
                topic: topic.name.clone(),
                slot: at.topic,
                offsets: vec![-1; topic.partitions.len()],
            });
            group.seen.push(Vec::new());
        }
        let place = group
            .view
            .commits
            .iter_mut()
            .find(|commits| commits.slot == at.topic)
            .and_then(|commits| commits.offsets.get_mut(usize::try_from(at.partition).ok()?));
        if let Some(place) = place {
            *place = offset;
        }
    }

    fn exists(&self, at: Place) -> bool {
        u32::try_from(at.partition)
            .is_ok_and(|partition| self.registry.partition(at.topic.0, partition).is_some())
    }

    fn offsets_slot(&self) -> Option<u32> {
        self.registry.truth.topic(OFFSETS).map(|topic| topic.slot.0)
    }

    /// The partition of `__consumer_offsets` that holds a group.
    fn home(&self, group: &str) -> Option<u32> {
        let offsets = self.registry.truth.topic(OFFSETS)?;
        Some(home_of(group, u32::try_from(offsets.partitions.len()).ok()?))
    }

    /// Whether a broker believes that it coordinates the groups of this partition.
    fn coordinates(&self, broker: i32, home: u32) -> Result<(), GroupError> {
        let slot = self.offsets_slot().ok_or(GroupError::NotAvailable)?;
        let place = place_of(broker).ok_or(GroupError::NotCoordinator)?;
        let logs = self.replication.logs(slot).ok_or(GroupError::NotAvailable)?;
        let (_, replica) = logs
            .leading(home as usize, place)
            .ok_or(GroupError::NotCoordinator)?;
        let loading = u64::from(replica.since) == self.clock.tick && replica.since > 0;
        if loading { Err(GroupError::Loading) } else { Ok(()) }
    }

    /// Whether commits to this partition of `__consumer_offsets` come through: enough replicas are in sync, and all of
    /// them fetch.
    fn is_writable(&self, home: u32) -> bool {
        let Some(slot) = self.offsets_slot() else {
            return false;
        };
        let Some(image) = self.registry.partition(slot, home) else {
            return false;
        };
        let Some(leader) = image.leader.and_then(place_of) else {
            return false;
        };
        let Some(logs) = self.replication.logs(slot) else {
            return false;
        };
        let led = logs.leading(home as usize, leader);
        let caught_up = led.is_some_and(|(_, replica)| replica.end == replica.high_watermark);
        let enough = image.isr.len() >= image.replicas.len().min(logs.min_isr as usize);
        let fetching = image.isr.iter().copied().filter_map(place_of).all(|member| {
            let able = self.replication.abilities.get(member);
            member == leader || able.is_some_and(|able| able.fetches)
        });
        caught_up && enough && fetching && self.replication.serves.get(leader) == Some(&true)
    }

    fn write_commits(&mut self, home: u32, count: u64) -> bool {
        let Some(slot) = self.offsets_slot() else {
            return false;
        };
        self.produce_to(slot, home, count, Acks::All)
    }

    /// Adds a group of the specification.
    pub(super) fn add_group(&mut self, spec: &GroupSpec) {
        let topics: Vec<_> = spec
            .topics
            .iter()
            .filter_map(|name| self.registry.truth.topic(name).cloned())
            .collect();
        let home = self.home(&spec.name).unwrap_or(0);
        let mut group = group_store::group(spec, &topics, home, self.clock.tick);
        for commits in &mut group.view.commits {
            for (partition, offset) in commits.offsets.iter_mut().enumerate() {
                let end = self
                    .committed_end(commits.slot, partition)
                    .map_or(0, |(_, end)| end);
                *offset = end.saturating_sub(signed(spec.start_lag)).max(0);
            }
        }
        self.groups.push(group);
    }

    /// The start and the high watermark of a partition, as consumers read them at its leader.
    fn committed_end(&self, topic: TopicSlot, partition: usize) -> Option<(i64, i64)> {
        let number = u32::try_from(partition).ok()?;
        let leader = place_of(self.registry.partition(topic.0, number)?.leader?)?;
        if !*self.replication.serves.get(leader)? {
            return None;
        }
        let (_, replica) = self.replication.logs(topic.0)?.leading(partition, leader)?;
        Some((signed(replica.start), signed(replica.high_watermark)))
    }

    /// One tick of all groups: each commits once in a while.
    pub(super) fn commit_groups(&mut self) {
        let now = self.clock.tick;
        for index in 0..self.groups.all.len() {
            let which = u64::try_from(index).unwrap_or(0);
            let phase = draw(self.seed, topic_of_chance::GROUP, which, COMMIT);
            if (now + phase).is_multiple_of(COMMIT) {
                self.commit_group(index);
            }
        }
    }

    fn commit_group(&mut self, index: usize) {
        let now = self.clock.tick;
        let Some(group) = self.groups.all.get_mut(index) else {
            return;
        };
        let jump = match turn(group, now) {
            Turn::Rests => return,
            Turn::Reads => 0,
            Turn::Jumps(by) => by,
        };
        let (home, behaviour) = (group.home, group.behaviour);
        if !self.is_writable(home) {
            return;
        }
        let Some(group) = self.groups.all.get(index) else {
            return;
        };
        let mut written = 0;
        let mut fresh = Vec::with_capacity(group.view.commits.len());
        for (commits, seen) in group.view.commits.iter().zip(&group.seen) {
            let mut offsets = commits.offsets.clone();
            let mut ends = seen.clone();
            ends.resize(offsets.len(), -1);
            for (partition, (offset, seen)) in offsets.iter_mut().zip(&mut ends).enumerate() {
                let Some((start, end)) = self.committed_end(commits.slot, partition) else {
                    continue;
                };
                let next = advance(behaviour, *offset, (start, end), *seen, jump);
                *seen = end;
                if next != *offset {
                    *offset = next;
                    written += 1;
                }
            }
            fresh.push((offsets, ends));
        }
        // What was seen counts even where nothing came of it.
        let taken = written == 0 || self.write_commits(home, written);
        let Some(group) = self.groups.all.get_mut(index) else {
            return;
        };
        let places = group.view.commits.iter_mut().zip(&mut group.seen);
        for ((commits, seen), (offsets, ends)) in places.zip(fresh) {
            if matches!(behaviour, Behaviour::Slow { .. } | Behaviour::Rewinding { .. }) {
                *seen = ends;
            }
            if taken {
                commits.offsets = offsets;
            }
        }
    }

    /// Coordinators that lost groups without knowing it go on telling what they knew.
    pub(super) fn keep_stale_groups(&mut self, before: &super::Image) {
        let (Some(old), Some(new)) = (before.topic(OFFSETS), self.registry.truth.topic(OFFSETS)) else {
            return;
        };
        let pairs = (0_u32..).zip(old.partitions.iter().zip(&new.partitions));
        let lost: Vec<(i32, u32)> = pairs
            .filter(|(_, (old, new))| old.leader != new.leader)
            .filter_map(|(home, (old, _))| Some((old.leader?, home)))
            .collect();
        for (broker, home) in lost {
            let awake = place_of(broker)
                .is_some_and(|place| !self.machines.is_gone(place) && !self.reaches_controller(place));
            if awake {
                self.groups.keep_stale(broker, home);
            }
        }
    }
}

/// What a group does at a commit.
enum Turn {
    Rests,
    Reads,
    Jumps(u64),
}

/// Where a group is in the turn of its behaviour; its state follows.
fn turn(group: &mut Group, now: u64) -> Turn {
    let age = now.saturating_sub(group.since);
    if group.view.members.is_empty() {
        return Turn::Rests;
    }
    match group.behaviour {
        Behaviour::Stalled | Behaviour::Empty => Turn::Rests,
        Behaviour::Steady | Behaviour::Slow { .. } => Turn::Reads,
        Behaviour::Bursty { every } => {
            let turn = age / ticks(every).max(1);
            let next = turn > group.turn;
            group.turn = turn;
            if next { Turn::Reads } else { Turn::Rests }
        }
        Behaviour::Rewinding { every, by } => {
            let turn = age / ticks(every).max(1);
            let next = turn > group.turn;
            group.turn = turn;
            if next { Turn::Jumps(by) } else { Turn::Reads }
        }
        Behaviour::Rebalancing { every } => {
            let every = ticks(every).max(1);
            let (turn, place) = (age / every, age % every);
            let classic = group.view.kind == super::GroupKind::Classic;
            let state = match place {
                _ if turn == 0 => GroupState::Stable,
                place if place < JOINING && classic => GroupState::PreparingRebalance,
                place if place < JOINING => GroupState::Assigning,
                place if place < JOINING + SYNCING && classic => GroupState::CompletingRebalance,
                place if place < JOINING + SYNCING => GroupState::Reconciling,
                _ => GroupState::Stable,
            };
            if turn > group.turn {
                group.turn = turn;
                group.view.generation = group.view.generation.saturating_add(1);
            }
            group.view.state = state;
            if state == GroupState::Stable {
                Turn::Reads
            } else {
                Turn::Rests
            }
        }
    }
}

/// The next commit on one partition. A position outside of the log is reset to its nearest bound
/// (`auto.offset.reset`).
fn advance(behaviour: Behaviour, offset: i64, (start, end): (i64, i64), seen: i64, jump: u64) -> i64 {
    let position = offset.clamp(start.min(end), end);
    if jump > 0 {
        return position.saturating_sub(signed(jump)).max(start);
    }
    match behaviour {
        Behaviour::Slow { share } => {
            let fresh = if seen < 0 { 0 } else { unsigned(end - seen) };
            // Shares of a record even out over time.
            let part = real(draw(
                unsigned(end),
                topic_of_chance::GROUP,
                unsigned(offset),
                1000,
            )) / 1000.0;
            let read = whole(real(fresh) * share + part);
            position.saturating_add(signed(read)).min(end)
        }
        Behaviour::Rewinding { by, .. } => {
            let fresh = if seen < 0 {
                end - position
            } else {
                (end - seen).max(0)
            };
            let step = fresh.saturating_add(signed(by / REREAD + 1));
            position.saturating_add(step).min(end)
        }
        _ => end,
    }
}

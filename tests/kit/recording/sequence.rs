//! Whether two recordings tell the same: between two acts, the same states in the same order.
//!
//! Compared is, for each partition, what its leader, its leader epoch and its ISR were; for each broker its state, and
//! whether it is fenced; the controller; the council; the level; what the verdict says of writes, and what a producer
//! met. Of each of these the states between two acts make a *track*: the state at the act, and every later one with the
//! time for which it was held. Two tracks are the same if they are equal after this, and nothing else, was collapsed:
//!
//! 1. **Fleeting states.** A state that was held for less than [`FLEETING`] may be left out of either track, unless it
//!    is the one at the act or the last one; equal neighbours then are one. Two changes that follow each other within
//!    one look are seen as one.
//! 2. **Growth of an ISR** under one leader and epoch is one change to the last ISR of the growth: in which order
//!    replicas catch up is a race, and how many of them between two looks is chance.
//! 3. **Acts on several nodes** are several faults in one. Which of the nodes is gone or back first is a race, and so is
//!    how far apart: a state is fleeting then up to [`TOGETHER`]. By that race leadership hops once or twice: epochs
//!    count only as raised or not.
//! 4. **A broker that is unreachable just before it is up**: that kaftop has not asked it again yet says nothing of the
//!    cluster.
//! 5. **Which controller follows** is a race: it counts whether it is the one at the act, another, or none that tells.
//! 6. **Times**, all of them.
//!
//! Classes are not compared: they follow from the rest by kaftop's own judgement. Nor are a producer's counts, for they
//! include partitions that moved while it wrote; its word is.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::form::{Change, PartitionState, Recording, What};

/// States that were held for less than this, in milliseconds, may go unseen: four looks of the recorder.
pub const FLEETING: u64 = 2_000;

/// The same after an act on several nodes: sessions of brokers that die together end up to a third of the session
/// timeout apart, which by default is 18 s on ZooKeeper.
pub const TOGETHER: u64 = 6_000;

/// A state and for how long it was held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held<T> {
    state: T,
    ms: u64,
}

type Track<T> = Vec<Held<T>>;

/// What two acts have between them, by what it is of. Of a kind of partition there are several tracks.
type Tracks = BTreeMap<String, BTreeSet<Track<String>>>;

/// How partitions are found again in the other recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// By topic and number: the other cluster has the same assignment of replicas.
    ByName,
    /// By the list of their replicas: each track of a kind must be among those of the same kind there.
    ByReplicas,
}

/// Differences, each a sentence; none where the recordings tell the same.
pub fn differences(one: &Recording, other: &Recording, how: Match) -> Vec<String> {
    let (one, other) = (stretches(one, how), stretches(other, how));
    let acts = |stretches: &[Stretch]| -> Vec<String> {
        stretches.iter().map(|stretch| stretch.act.clone()).collect()
    };
    if acts(&one) != acts(&other) {
        return vec![format!("the acts are {:?} and {:?}", acts(&one), acts(&other))];
    }
    let pairs = one.iter().zip(&other);
    let mut found = Vec::new();
    for (one, other) in pairs {
        let keys: BTreeSet<&String> = one.tracks.keys().chain(other.tracks.keys()).collect();
        let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for key in keys {
            let none = BTreeSet::new();
            let (left, right) = (
                one.tracks.get(key).unwrap_or(&none),
                other.tracks.get(key).unwrap_or(&none),
            );
            for (some, among, which) in [(left, right, "first"), (right, left, "second")] {
                let lone = some
                    .iter()
                    .find(|track| !among.iter().any(|there| same(track, there, one.fleeting)));
                if let Some(lone) = lone {
                    let beside = among.first().map_or("nothing".to_owned(), |track| words(track));
                    let what = format!("the {which} alone has {}; beside it {beside}", words(lone));
                    told.entry(what).or_default().push(key);
                    break;
                }
            }
        }
        for (what, keys) in told {
            let count = keys.len();
            let shown = keys.iter().take(3).copied().collect::<Vec<_>>().join(", ");
            found.push(format!("after {}: {shown} ({count} in all): {what}", one.act));
        }
    }
    found
}

/// Whether two tracks are equal but for states that were held for less than `fleeting`.
fn same(one: &[Held<String>], other: &[Held<String>], fleeting: u64) -> bool {
    let (Some((first, one)), Some((at_first, other))) = (one.split_first(), other.split_first()) else {
        return one.is_empty() && other.is_empty();
    };
    first.state == at_first.state && follow(&first.state, one, other, fleeting)
}

/// Whether what follows `last` is the same on both sides.
fn follow(last: &str, one: &[Held<String>], other: &[Held<String>], fleeting: u64) -> bool {
    let rest_of = |track: &[Held<String>]| {
        track
            .split_first()
            .filter(|(next, rest)| next.state == last || (next.ms < fleeting && !rest.is_empty()))
            .map(|(_, rest)| rest.to_vec())
    };
    match (one.split_first(), other.split_first()) {
        (None, None) => true,
        (Some((left, one)), Some((right, other)))
            if left.state == right.state && follow(&left.state, one, other, fleeting) =>
        {
            true
        }
        _ => {
            rest_of(one).is_some_and(|rest| follow(last, &rest, other, fleeting))
                || rest_of(other).is_some_and(|rest| follow(last, one, &rest, fleeting))
        }
    }
}

fn words(track: &[Held<String>]) -> String {
    let state = |held: &Held<String>| format!("{} ({} ms)", held.state, held.ms);
    track.iter().map(state).collect::<Vec<_>>().join(" > ")
}

/// What lies between two acts.
struct Stretch {
    act: String,
    /// How long a state may have been held that went unseen.
    fleeting: u64,
    tracks: Tracks,
}

/// A recording cut at its acts. The states at an act are the last ones before it.
fn stretches(recording: &Recording, how: Match) -> Vec<Stretch> {
    let mut cut = Vec::new();
    let mut now = Open::default();
    for event in &recording.events {
        match &event.what {
            What::Act { verb, nodes } => {
                let next = now.after(format!("{verb} {}", nodes.join(" and ")), nodes.len());
                cut.push(std::mem::replace(&mut now, next).close(event.ms, recording, how));
            }
            What::Change(change) => now.take(event.ms, change),
            What::Met(met) => now.met.push(met.writes.clone()),
        }
        now.last_ms = event.ms;
    }
    let end = now.last_ms + FLEETING;
    cut.push(now.close(end, recording, how));
    cut
}

/// A stretch that is being read: each track with the moments at which its states began.
#[derive(Default)]
struct Open {
    act: String,
    nodes: usize,
    last_ms: u64,
    plain: BTreeMap<String, Track<String>>,
    partitions: BTreeMap<(String, i32), Track<PartitionState>>,
    met: Vec<String>,
}

impl Open {
    fn note(&mut self, what: String, ms: u64, state: String) {
        let track = self.plain.entry(what).or_default();
        if track.last().is_none_or(|last| last.state != state) {
            track.push(Held { state, ms });
        }
    }

    fn take(&mut self, ms: u64, change: &Change) {
        for (what, state) in [
            ("level", &change.level),
            ("writes", &change.writes),
            ("controller", &change.controller),
        ] {
            if let Some(state) = state {
                self.note(what.to_owned(), ms, state.clone());
            }
        }
        if let Some(council) = &change.council {
            let state = format!("{} {}", council.state, council.lost.join(" "));
            self.note("council".to_owned(), ms, state);
        }
        for (id, standing) in &change.brokers {
            self.note(format!("broker {id}"), ms, standing.state.clone());
            self.note(
                format!("broker {id} fenced"),
                ms,
                format!("{:?}", standing.fenced),
            );
        }
        for row in &change.partitions {
            for (topic, numbers) in &row.of {
                for number in numbers {
                    let state = PartitionState {
                        class: String::new(),
                        ..row.state.clone()
                    };
                    let track = self.partitions.entry((topic.clone(), *number)).or_default();
                    if track.last().is_none_or(|last| last.state != state) {
                        track.push(Held { state, ms });
                    }
                }
            }
        }
    }

    /// The stretch after this one, which begins as this one ends.
    fn after(&self, act: String, nodes: usize) -> Self {
        let last = |track: &Track<String>| Held {
            state: track[track.len() - 1].state.clone(),
            ms: 0,
        };
        let settled = |track: &Track<PartitionState>| Held {
            state: PartitionState {
                bump: 0,
                ..track[track.len() - 1].state.clone()
            },
            ms: 0,
        };
        Self {
            act,
            nodes,
            last_ms: 0,
            plain: self
                .plain
                .iter()
                .map(|(what, track)| (what.clone(), vec![last(track)]))
                .collect(),
            partitions: self
                .partitions
                .iter()
                .map(|(partition, track)| (partition.clone(), vec![settled(track)]))
                .collect(),
            met: Vec::new(),
        }
    }

    fn close(self, end: u64, recording: &Recording, how: Match) -> Stretch {
        let several = self.nodes > 1;
        let mut tracks = Tracks::new();
        for (what, mut track) in self.plain {
            if what == "controller" {
                relate(&mut track);
            }
            let mut track = held(track, end);
            if what.starts_with("broker ") {
                drop_waits(&mut track);
            }
            tracks.insert(what, [track].into());
        }
        for ((topic, number), track) in self.partitions {
            let what = match how {
                Match::ByName => format!("partition {topic}-{number}"),
                Match::ByReplicas => {
                    let replicas = &recording.head.topics[&topic].replicas;
                    format!("replicas {:?}", replicas[usize::try_from(number).unwrap()])
                }
            };
            let mut track = held(track, end);
            merge_growth(&mut track);
            let state = |held: Held<PartitionState>| {
                let PartitionState {
                    leader, bump, isr, ..
                } = held.state;
                let bump = if several { bump.signum() } else { bump };
                let leader = leader.map_or("none".to_owned(), |id| id.to_string());
                Held {
                    state: format!("leader {leader} +{bump} ISR {isr:?}"),
                    ms: held.ms,
                }
            };
            let track = track.into_iter().map(state).collect();
            tracks.entry(what).or_default().insert(track);
        }
        let met = self.met.into_iter().map(|state| Held { state, ms: end });
        tracks.insert("a producer".to_owned(), [met.collect()].into());
        Stretch {
            act: if self.act.is_empty() {
                "the beginning".to_owned()
            } else {
                self.act
            },
            fleeting: if several { TOGETHER } else { FLEETING },
            tracks,
        }
    }
}

/// From the moments at which states began to how long they were held.
fn held<T>(track: Track<T>, end: u64) -> Track<T> {
    let mut ends: Vec<u64> = track.iter().skip(1).map(|next| next.ms).collect();
    ends.push(end);
    let pairs = track.into_iter().zip(ends);
    pairs
        .map(|(begun, end)| Held {
            state: begun.state,
            ms: end.saturating_sub(begun.ms),
        })
        .collect()
}

/// Controllers as the one at the act or another.
fn relate(track: &mut Track<String>) {
    let first = track[0].state.clone();
    for held in track {
        if held.state.parse::<i32>().is_ok() {
            let relation = if held.state == first {
                "the same"
            } else {
                "another"
            };
            relation.clone_into(&mut held.state);
        }
    }
}

/// Leaves out `unreachable` right before `up`.
fn drop_waits(track: &mut Track<String>) {
    for place in (1..track.len()).rev() {
        if track[place].state == "up" && place > 1 && track[place - 1].state == "unreachable" {
            let waited = track.remove(place - 1).ms;
            track[place - 1].ms += waited;
        }
    }
}

/// One change for a run of changes by which an ISR only grew.
fn merge_growth(track: &mut Track<PartitionState>) {
    for place in (2..track.len()).rev() {
        let (before, now) = (&track[place - 1].state, &track[place].state);
        let earlier = &track[place - 2].state;
        if grows(earlier, before) && grows(before, now) {
            let waited = track.remove(place - 1).ms;
            track[place - 2].ms += waited;
        }
    }
}

fn grows(from: &PartitionState, to: &PartitionState) -> bool {
    let all = from.isr.iter().all(|id| to.isr.contains(id));
    from.leader == to.leader && from.bump == to.bump && all && to.isr.len() > from.isr.len()
}

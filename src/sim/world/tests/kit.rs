//! A small cluster, and what became of it written down line by line.

use std::time::Duration;

use bytes::Bytes;

use super::super::*;
use crate::model::cluster::Mode;

/// A world with one topic of three partitions, each with another leader: 1, 2, 3.
pub(super) fn spec(mode: Mode) -> ClusterSpec {
    let mut spec = ClusterSpec::bare(mode, 3);
    spec.topics = vec![
        TopicSpec::named("t", 3)
            .assigned(&[&[1, 2, 3], &[2, 3, 1], &[3, 1, 2]])
            .at_rate(60.0),
    ];
    // Connections come back at once, unless a test is about that.
    spec.timing.process.reconnect = (Duration::ZERO, Duration::ZERO);
    spec
}

/// A world under observation.
pub(super) struct Watched {
    pub(super) world: World,
    told: Vec<String>,
    last: Vec<String>,
}

impl Watched {
    pub(super) fn new(spec: &ClusterSpec, seed: u64) -> Self {
        let mut watched = Self {
            world: World::new(spec, seed, 1_700_000_000_000).unwrap(),
            told: Vec::new(),
            last: Vec::new(),
        };
        watched.last = watched.lines();
        watched
    }

    /// A partition of the first topic.
    pub(super) fn at(&self, partition: i32) -> Place {
        self.world.truth().topic("t").unwrap().place(partition).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        let truth = self.world.truth();
        let out: Vec<i32> = (1..=3).filter(|id| !truth.is_live(*id)).collect();
        let mut lines = vec![format!("out {out:?}")];
        for (number, partition) in truth
            .topic("t")
            .into_iter()
            .flat_map(|topic| &topic.partitions)
            .enumerate()
        {
            let leader = partition.leader.map_or("-".to_owned(), |id| id.to_string());
            let elr = if partition.elr.is_empty() {
                String::new()
            } else {
                format!(" elr {:?}", partition.elr)
            };
            lines.push(format!(
                "p{number} leader {leader} isr {:?}{elr} epoch {}",
                partition.isr, partition.leader_epoch
            ));
        }
        lines
    }

    /// Lets time pass and writes down what changes at the controller, to the tenth of a second.
    pub(super) fn run(&mut self, seconds: f64) {
        let end = self.world.now() + Duration::from_secs_f64(seconds);
        while self.world.now() < end {
            let next = self.world.now() + Duration::from_millis(STEP);
            self.world.advance(next);
            let lines = self.lines();
            for line in &lines {
                if !self.last.contains(line) {
                    let at = self.world.now();
                    self.told
                        .push(format!("{}.{} {line}", at.0 / 1000, at.0 % 1000 / 100));
                }
            }
            self.last = lines;
        }
    }

    pub(super) fn act(&mut self, act: &Act) {
        self.world.act(act).unwrap();
    }

    /// What was written down since the last call, without the times.
    pub(super) fn story(&mut self) -> Vec<String> {
        self.timed().into_iter().map(|(_, line)| line).collect()
    }

    /// The same with the times in seconds.
    pub(super) fn timed(&mut self) -> Vec<(f64, String)> {
        std::mem::take(&mut self.told)
            .into_iter()
            .map(|line| {
                let (time, rest) = line.split_once(' ').unwrap();
                (time.parse().unwrap(), rest.to_owned())
            })
            .collect()
    }

    /// Writes one record through a broker and waits up to some seconds for what becomes of it.
    pub(super) fn write(&mut self, broker: i32, partition: i32, acks: Acks, patience: f64) -> Wrote {
        let at = self.at(partition);
        let before = self.world.now();
        let appended = match self.world.append(broker, at, batch(b"x"), acks) {
            Ok(appended) => appended,
            Err(error) => return Wrote::Refused(error),
        };
        if acks != Acks::All {
            return Wrote::Acked(0.0);
        }
        loop {
            let waited = self.world.now().since(before).as_secs_f64();
            match self.world.acked(broker, at, &appended) {
                Acked::Yes => return Wrote::Acked(waited),
                Acked::NotYet if waited >= patience => return Wrote::Hangs,
                Acked::NotYet => self.run(0.05),
                Acked::NotLeader => return Wrote::Refused(AppendError::NotLeader),
                Acked::NotEnoughReplicasAfterAppend => return Wrote::Refused(AppendError::NotEnoughReplicas),
            }
        }
    }

    /// As a broker tells it: leader, ISR and epoch of a partition.
    pub(super) fn told_by(&self, broker: i32, partition: i32) -> String {
        let image = self.world.image(broker);
        let told = image.topic("t").unwrap().partition(partition).unwrap().clone();
        format!("{:?} {:?} {}", told.leader, told.isr, told.leader_epoch)
    }
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wrote {
    /// Acknowledged after so many seconds.
    Acked(f64),
    Refused(AppendError),
    Hangs,
}

pub(super) fn batch(bytes: &'static [u8]) -> Batch {
    Batch {
        bytes: Bytes::from_static(bytes),
        records: 1,
        max_timestamp: 0,
        producer: None,
    }
}

/// A seed under which this broker is not the active controller (KRaft) or the controller (ZooKeeper).
pub(super) fn seed_without(mode: Mode, controller: i32) -> u64 {
    (0..50)
        .find(|seed| Watched::new(&spec(mode), *seed).world.truth().controller != Some(controller))
        .unwrap()
}

/// A seed under which it is.
pub(super) fn seed_with(mode: Mode, controller: i32) -> u64 {
    (0..50)
        .find(|seed| Watched::new(&spec(mode), *seed).world.truth().controller == Some(controller))
        .unwrap()
}

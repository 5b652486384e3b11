//! Whether a specification can be simulated, and what memory it takes.

use std::collections::HashSet;

use super::groups_spec::{Behaviour, GroupSpec};
use super::spec::{ClusterSpec, Controllers, SpecError};
use super::topic_spec::{Pattern, TopicSpec};
use crate::model::cluster::Mode;

/// The most brokers.
pub const MOST_BROKERS: u32 = 1_000;
/// The most controllers, and the most ZooKeepers.
pub const MOST_VOTERS: u32 = 15;
/// The most partitions of the whole cluster.
pub const MOST_PARTITIONS: u64 = 1_000_000;
/// The most replicas of one partition.
pub const MOST_REPLICAS: u32 = 16;
/// The most groups.
pub const MOST_GROUPS: u64 = 20_000;
/// The most commits that all groups hold together.
pub const MOST_COMMITS: u64 = 5_000_000;
/// The most members of one group.
pub const MOST_MEMBERS: u32 = 1_000;
/// The most records per second that a topic takes.
pub const MOST_RATE: f64 = 100_000_000.0;

/// Bytes that a partition takes beside its replicas, and what each replica and each commit takes.
const PARTITION_BYTES: u64 = 208;
const REPLICA_BYTES: u64 = 82;
const COMMIT_BYTES: u64 = 24;
const TOPIC_BYTES: u64 = 800;
const GROUP_BYTES: u64 = 2_000;
const BASE_BYTES: u64 = 2_000_000;

impl ClusterSpec {
    /// About how many bytes the world will take; what clients write to it is not counted.
    pub fn memory(&self) -> u64 {
        let topics = self.topics.iter().fold(0_u64, |sum, topic| {
            let partitions = u64::from(topic.partitions);
            let each = PARTITION_BYTES.saturating_add(REPLICA_BYTES.saturating_mul(topic.replication.into()));
            sum.saturating_add(TOPIC_BYTES)
                .saturating_add(partitions.saturating_mul(each))
        });
        let groups = u64::try_from(self.groups.len()).unwrap_or(u64::MAX);
        let links = u64::from(self.brokers).saturating_mul(u64::from(self.brokers));
        BASE_BYTES
            .saturating_add(topics)
            .saturating_add(links)
            .saturating_add(groups.saturating_mul(GROUP_BYTES))
            .saturating_add(self.commits().saturating_mul(COMMIT_BYTES))
    }

    /// How many partitions all topics have together.
    pub fn partitions(&self) -> u64 {
        self.topics
            .iter()
            .fold(0, |sum, topic| sum.saturating_add(topic.partitions.into()))
    }

    fn commits(&self) -> u64 {
        let by_name: std::collections::HashMap<&str, u32> = self
            .topics
            .iter()
            .map(|topic| (topic.name.as_str(), topic.partitions))
            .collect();
        self.groups.iter().fold(0, |sum, group| {
            group.topics.iter().fold(sum, |sum: u64, topic| {
                let whole = by_name.get(topic.as_str()).copied().unwrap_or(0);
                sum.saturating_add(whole.min(group.partitions.unwrap_or(whole)).into())
            })
        })
    }

    /// Whether it can be simulated.
    ///
    /// # Errors
    /// The first of what [`faults`](Self::faults) tells.
    pub fn check(&self) -> Result<(), SpecError> {
        self.faults().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that speaks against simulating it. What is too large is told by itself: the rest is not looked at.
    pub fn faults(&self) -> Vec<SpecError> {
        if let Err(error) = self.check_sizes() {
            return vec![error];
        }
        let mut faults: Vec<SpecError> = self.check_nodes().err().into_iter().collect();
        let mut names = HashSet::new();
        for topic in &self.topics {
            let of = |why| wrong(format!("topic `{}`", shown(&topic.name)), why);
            faults.extend(topic_faults(topic, self.brokers).into_iter().map(of));
            if !names.insert(topic.name.as_str()) {
                faults.push(of("it is named twice".to_owned()));
            }
        }
        let mut groups = HashSet::new();
        for group in &self.groups {
            let of = |why| wrong(format!("group `{}`", shown(&group.name)), why);
            faults.extend(check_group(group, &names).err().map(of));
            if !groups.insert(group.name.as_str()) {
                faults.push(of("it is named twice".to_owned()));
            }
        }
        faults
    }

    fn check_sizes(&self) -> Result<(), SpecError> {
        let groups = u64::try_from(self.groups.len()).unwrap_or(u64::MAX);
        let sizes = [
            ("brokers", u64::from(self.brokers), u64::from(MOST_BROKERS)),
            ("partitions", self.partitions(), MOST_PARTITIONS),
            ("groups", groups, MOST_GROUPS),
            ("commits of groups", self.commits(), MOST_COMMITS),
            ("ZooKeepers", self.zookeepers.into(), MOST_VOTERS.into()),
            ("controllers", self.voters().into(), MOST_VOTERS.into()),
        ];
        for (what, asked, limit) in sizes {
            if asked > limit {
                let memory_mib = self.memory() / (1024 * 1024);
                return Err(SpecError::TooLarge {
                    what,
                    asked,
                    limit,
                    memory_mib,
                });
            }
        }
        Ok(())
    }

    fn voters(&self) -> u32 {
        match self.controllers {
            _ if self.mode == Mode::ZooKeeper => 0,
            Controllers::Combined { voters } => voters,
            Controllers::Separate { count } => count,
        }
    }

    fn check_nodes(&self) -> Result<(), SpecError> {
        if self.brokers == 0 {
            return Err(wrong("brokers".to_owned(), "there must be one at least"));
        }
        if self.mode == Mode::Kraft && self.voters() == 0 {
            return Err(wrong("controllers".to_owned(), "there must be one at least"));
        }
        if self.mode == Mode::ZooKeeper && self.release != super::Release::V3_9 {
            return Err(wrong(
                "release".to_owned(),
                "Kafka 4 has no ZooKeeper mode: take 3.9",
            ));
        }
        if self.mode == Mode::ZooKeeper && self.zookeepers == 0 {
            return Err(wrong("ZooKeepers".to_owned(), "there must be one at least"));
        }
        if let Controllers::Combined { voters } = self.controllers
            && self.mode == Mode::Kraft
            && voters > self.brokers
        {
            return Err(wrong(
                "controllers".to_owned(),
                "more combined ones than there are brokers",
            ));
        }
        Ok(())
    }
}

fn wrong(what: String, why: impl Into<String>) -> SpecError {
    SpecError::Wrong {
        what,
        why: why.into(),
    }
}

/// A name that came from a file, bounded and printable.
fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_default).collect()
}

/// Whether Kafka takes this as a topic's name (`org.apache.kafka.common.internals.Topic`).
pub(crate) fn is_topic_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty() && name.len() <= 249 && name != "." && name != ".." && name.chars().all(legal)
}

/// Whether a rate can be simulated.
pub(crate) fn is_rate(rate: f64) -> bool {
    (0.0..=MOST_RATE).contains(&rate)
}

/// The first that is wrong with a topic on a cluster of so many brokers.
pub(crate) fn check_topic(topic: &TopicSpec, brokers: u32) -> Result<(), String> {
    topic_faults(topic, brokers)
        .into_iter()
        .next()
        .map_or(Ok(()), Err)
}

/// Everything that is wrong with a topic on a cluster of so many brokers.
pub(crate) fn topic_faults(topic: &TopicSpec, brokers: u32) -> Vec<String> {
    let mut faults = Vec::new();
    if !is_topic_name(&topic.name) {
        faults.push("a name has 1 to 249 of the characters a-z A-Z 0-9 . _ -".to_owned());
    }
    if topic.partitions == 0 {
        faults.push("there must be one partition at least".to_owned());
    }
    if topic.replication == 0 || topic.replication > brokers.min(MOST_REPLICAS) {
        faults.push(format!(
            "replication factor {} is not between 1 and {}",
            topic.replication,
            brokers.min(MOST_REPLICAS)
        ));
    }
    if topic.min_isr == 0 {
        faults.push("min ISR is at least 1".to_owned());
    }
    if !is_rate(topic.records_per_second) {
        faults.push(format!(
            "a rate lies between 0 and {MOST_RATE} records per second"
        ));
    }
    if let Pattern::Bursty { every, factor, .. } = topic.traffic.pattern
        && (every.is_zero() || !(0.0..=1_000.0).contains(&factor))
    {
        faults.push("bursts need a turn above zero and a factor between 0 and 1000".to_owned());
    }
    if topic.traffic.record_bytes == 0 {
        faults.push("a record has one byte at least".to_owned());
    }
    faults.extend(check_assignment(topic, brokers).err());
    faults
}

fn check_assignment(topic: &TopicSpec, brokers: u32) -> Result<(), String> {
    let Some(assignment) = &topic.assignment else {
        return Ok(());
    };
    if u32::try_from(assignment.len()) != Ok(topic.partitions) {
        return Err("the assignment names another number of partitions".to_owned());
    }
    for replicas in assignment {
        if u32::try_from(replicas.len()) != Ok(topic.replication) {
            return Err("a partition has another number of replicas than the replication factor".to_owned());
        }
        for (index, id) in replicas.iter().enumerate() {
            if *id < 1 || u32::try_from(*id).is_ok_and(|id| id > brokers) {
                return Err(format!("there is no broker {id}"));
            }
            if replicas.iter().skip(index + 1).any(|other| other == id) {
                return Err(format!("a partition has two replicas on broker {id}"));
            }
        }
    }
    Ok(())
}

/// What is wrong with a behaviour.
pub(crate) fn check_behaviour(behaviour: Behaviour) -> Result<(), String> {
    match behaviour {
        Behaviour::Slow { share } if !(0.0..=1.0).contains(&share) => {
            Err("a share lies between 0 and 1".to_owned())
        }
        Behaviour::Rewinding { every, .. }
        | Behaviour::Rebalancing { every }
        | Behaviour::Bursty { every }
            if every.is_zero() =>
        {
            Err("a turn is longer than nothing".to_owned())
        }
        _ => Ok(()),
    }
}

fn check_group(group: &GroupSpec, topics: &HashSet<&str>) -> Result<(), String> {
    if group.name.is_empty() || group.name.len() > 1_000 {
        return Err("a name has 1 to 1000 bytes".to_owned());
    }
    if let Some(unknown) = group.topics.iter().find(|topic| !topics.contains(topic.as_str())) {
        return Err(format!("there is no topic `{}`", shown(unknown)));
    }
    if group.members > MOST_MEMBERS {
        return Err(format!("at most {MOST_MEMBERS} members are possible"));
    }
    check_behaviour(group.behaviour)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut ClusterSpec);

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        let guide = || ClusterSpec::guide(Mode::Kraft);
        let table: &[(Change, &str)] = &[
            (|_| {}, ""),
            (|spec| spec.brokers = 0, "one at least"),
            (|spec| spec.brokers = 5_000, "at most 1000"),
            (|spec| spec.topics[0].partitions = u32::MAX, "at most 1000000"),
            (|spec| spec.topics[0].partitions = 0, "one partition"),
            (|spec| spec.topics[0].replication = 4, "between 1 and 3"),
            (|spec| spec.topics[0].name = "a b".to_owned(), "a name has"),
            (|spec| spec.topics[1].name = spec.topics[0].name.clone(), "twice"),
            (|spec| spec.topics[0].records_per_second = f64::NAN, "a rate"),
            (
                |spec| spec.topics[0].assignment = Some(vec![vec![1, 1, 2]]),
                "another number",
            ),
            (
                |spec| spec.groups[0].topics = vec!["no".to_owned()],
                "no topic `no`",
            ),
            (
                |spec| spec.groups[0].behaviour = Behaviour::Slow { share: 2.0 },
                "between 0 and 1",
            ),
            (|spec| spec.mode = Mode::ZooKeeper, "Kafka 4 has no ZooKeeper"),
            (
                |spec| spec.controllers = Controllers::Combined { voters: 4 },
                "more combined",
            ),
        ];
        for (change, word) in table {
            let mut spec = guide();
            change(&mut spec);
            let said = spec
                .check()
                .map_or_else(|error| error.to_string(), |()| String::new());
            assert!(
                said.contains(word) && said.is_empty() == word.is_empty(),
                "{word}: {said}"
            );
        }
    }

    #[test]
    fn memory_grows_with_what_is_asked() {
        let small = ClusterSpec::sized(Mode::Kraft, 3, 200, 5);
        let large = ClusterSpec::sized(Mode::Kraft, 60, 200_000, 1_000);
        assert!(small.check().is_ok() && large.check().is_ok());
        assert!(small.memory() < 4_000_000);
        assert!(
            large.memory() < 200_000 * 3 * 170,
            "{} bytes per replica",
            large.memory() / 600_000
        );
    }
}

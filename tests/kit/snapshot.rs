//! The shape of `kaftop.snapshot/1`, as a reader of it would write it down.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A partition: topic and number.
pub type Partition = (String, i32);

#[derive(Clone, Debug, Deserialize)]
pub struct Snapshot {
    pub schema: String,
    pub taken_at: String,
    pub cluster: Cluster,
    pub verdict: Verdict,
    pub brokers: Option<Vec<Broker>>,
    pub partitions: Option<Vec<PartitionRow>>,
    pub groups: Option<Vec<Group>>,
    pub quorum: Option<Quorum>,
    pub ensemble: Option<Ensemble>,
    pub sources: Vec<Source>,
    pub missing: Vec<Missing>,
}

/// A fact that was refused, and by whom.
#[derive(Clone, Debug, Deserialize)]
pub struct Missing {
    pub what: String,
    pub by: Vec<Refusal>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Refusal {
    pub name: String,
    pub why: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Cluster {
    pub id: Option<String>,
    pub mode: Option<String>,
    pub controller: Option<i32>,
    pub controller_state: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Verdict {
    pub level: String,
    pub sentence: String,
    pub cause: Vec<String>,
    pub since: Option<String>,
    pub writes: String,
    pub next_loss: String,
    pub safe_to_stop: Option<Vec<i32>>,
    pub next_step: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Broker {
    pub id: i32,
    pub host: Option<String>,
    pub port: Option<i32>,
    pub state: Option<String>,
    pub fenced: Option<bool>,
    pub failure: Option<String>,
    pub rtt_ms: Option<f64>,
    pub leaders: Option<usize>,
    pub replicas: Option<usize>,
    pub in_sync: Option<usize>,
    pub log_bytes: Option<u64>,
    pub disk_total: Option<u64>,
    pub disk_usable: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PartitionRow {
    pub topic: String,
    pub topic_id: Option<String>,
    pub partition: i32,
    pub leader: Option<i32>,
    pub leader_epoch: Option<i32>,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub min_isr: Option<usize>,
    pub class: String,
    pub inferred: bool,
    pub start_offset: Option<i64>,
    pub end_offset: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    #[serde(rename = "group")]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub state: Option<String>,
    pub coordinator: Option<i32>,
    pub members: Option<u32>,
    pub lag: Option<u64>,
    pub complete: bool,
    pub partitions: Option<Vec<GroupPartition>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct GroupPartition {
    pub topic: String,
    pub partition: i32,
    pub committed: Option<i64>,
    pub end_offset: Option<i64>,
    pub lag: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Quorum {
    pub leader: Option<i32>,
    pub epoch: i32,
    pub voters: Vec<Replica>,
    pub observers: Vec<Replica>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Replica {
    pub id: i32,
    pub lag: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Ensemble {
    pub state: Option<String>,
    pub members: Vec<Member>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    pub address: String,
    pub mode: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Source {
    pub name: String,
    pub state: String,
    pub error: Option<String>,
}

impl Snapshot {
    pub fn broker(&self, id: i32) -> Option<&Broker> {
        self.brokers.iter().flatten().find(|broker| broker.id == id)
    }

    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().flatten().find(|group| group.name == name)
    }

    /// The partitions by topic and number.
    pub fn table(&self) -> BTreeMap<Partition, &PartitionRow> {
        self.partitions
            .iter()
            .flatten()
            .map(|row| ((row.topic.clone(), row.partition), row))
            .collect()
    }

    /// All but the partitions and groups, on a few lines; of those the counts by what they say.
    pub fn brief(&self) -> String {
        let mut classes: BTreeMap<(&str, bool), u32> = BTreeMap::new();
        for row in self.partitions.iter().flatten() {
            *classes.entry((row.class.as_str(), row.inferred)).or_default() += 1;
        }
        let groups: Vec<String> = self
            .groups
            .iter()
            .flatten()
            .map(|group| {
                format!(
                    "{} {:?} on {:?}, {:?} members, lag {:?}, complete {}",
                    group.name, group.state, group.coordinator, group.members, group.lag, group.complete
                )
            })
            .collect();
        let missing: Vec<String> = self
            .missing
            .iter()
            .flat_map(|fact| fact.by.iter().map(move |by| (fact, by)))
            .map(|(fact, by)| format!("{} by {}: {}", fact.what, by.name, by.why))
            .collect();
        format!(
            "taken {}\n{:?}\n{:?}\n{:?}\npartitions by class and inferred: {classes:?}\ngroups: {groups:#?}\n{:?}\n{:?}\n{:?}\nmissing: {missing:?}",
            self.taken_at, self.cluster, self.verdict, self.brokers, self.quorum, self.ensemble, self.sources
        )
    }
}

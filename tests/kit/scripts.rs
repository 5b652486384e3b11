//! What Kafka's own tools say, asked inside a node that lives, or in a container of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::rig::{Cluster, kafka};
use super::snapshot::Partition;

/// The tools, asked through one broker.
pub struct Scripts<'a> {
    place: Place<'a>,
}

/// Where the tools run.
enum Place<'a> {
    /// Inside a node of a real cluster.
    Node(&'a Cluster, String),
    /// In a container of an image, on this machine's network, towards these addresses.
    Container(&'static str, String),
}

/// A partition as `kafka-topics --describe` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub leader: Option<i32>,
    pub replicas: Vec<i32>,
    /// In the order of ids: the tool's own order is that of the last change.
    pub isr: Vec<i32>,
}

/// What `kafka-topics --describe` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topics {
    pub ids: BTreeMap<String, String>,
    pub partitions: BTreeMap<Partition, Placement>,
}

/// A row of `kafka-consumer-groups --describe`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub committed: Option<i64>,
    pub end: Option<i64>,
    pub lag: Option<i64>,
}

/// What `kafka-metadata-quorum describe --replication` prints, with the epoch of `--status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    pub leader: i32,
    pub epoch: i32,
    pub voters: BTreeSet<i32>,
    pub observers: BTreeSet<i32>,
    /// None where the leader never saw a fetch of the replica: it prints a log end of -1.
    pub lags: BTreeMap<i32, Option<u64>>,
}

impl<'a> Scripts<'a> {
    /// Asks through this broker.
    pub fn through(cluster: &'a Cluster, broker: i32) -> Self {
        Self {
            place: Place::Node(cluster, kafka(broker)),
        }
    }

    /// Runs those of an image against brokers on this machine.
    pub fn of_image(image: &'static str, bootstrap: &[String]) -> Self {
        Self {
            place: Place::Container(image, bootstrap.join(",")),
        }
    }

    fn tool(&self, name: &str, arguments: &[&str]) -> String {
        let server = match &self.place {
            Place::Node(..) => "localhost:29092",
            Place::Container(_, bootstrap) => bootstrap,
        };
        let bootstrap = ["--bootstrap-server", server];
        // These two take the options after their first argument, the others take them anywhere.
        let arguments = match name {
            "kafka-cluster" | "kafka-run-class" => [arguments, &bootstrap[..]].concat(),
            _ => [&bootstrap[..], arguments].concat(),
        };
        match &self.place {
            Place::Node(cluster, node) => cluster.exec(node, &[&[name], &arguments[..]].concat()),
            Place::Container(image, _) => in_container(image, name, &arguments),
        }
    }

    /// `kafka-topics` with other arguments.
    pub fn topics_command(&self, arguments: &[&str]) {
        self.tool("kafka-topics", arguments);
    }

    /// Topic ids, leaders, replicas, ISR.
    pub fn topics(&self) -> Topics {
        let text = self.tool("kafka-topics", &["--describe"]);
        let mut topics = Topics::default();
        for line in text.lines() {
            let fields: BTreeMap<&str, &str> = line
                .trim()
                .split('\t')
                .filter_map(|field| field.split_once(':'))
                .map(|(key, value)| (key.trim(), value.trim()))
                .collect();
            let Some(topic) = fields.get("Topic") else {
                continue;
            };
            if let Some(id) = fields.get("TopicId") {
                topics.ids.insert((*topic).to_owned(), (*id).to_owned());
            }
            let Some(partition) = fields.get("Partition") else {
                continue;
            };
            let mut isr = ids(fields["Isr"]);
            isr.sort_unstable();
            let placement = Placement {
                leader: fields["Leader"].parse().ok().filter(|id| *id >= 0),
                replicas: ids(fields["Replicas"]),
                isr,
            };
            topics
                .partitions
                .insert(((*topic).to_owned(), partition.parse().unwrap()), placement);
        }
        assert!(!topics.partitions.is_empty(), "kafka-topics: {text}");
        topics
    }

    /// The cluster's id.
    pub fn cluster_id(&self) -> String {
        let text = self.tool("kafka-cluster", &["cluster-id"]);
        let id = text.lines().find_map(|line| line.strip_prefix("Cluster ID: "));
        id.unwrap_or_else(|| panic!("kafka-cluster tells no id: {text}"))
            .trim()
            .to_owned()
    }

    /// The end offsets, or with `-2` the first ones, of the topics whose name matches.
    pub fn offsets(&self, time: &str, topics: &str) -> BTreeMap<Partition, i64> {
        let text = self.tool("kafka-get-offsets", &["--time", time, "--topic", topics]);
        let row = |line: &str| {
            let mut fields = line.trim().rsplitn(3, ':');
            let offset = fields.next()?.parse().ok()?;
            let partition = fields.next()?.parse().ok()?;
            Some(((fields.next()?.to_owned(), partition), offset))
        };
        text.lines().filter_map(row).collect()
    }

    /// Committed offsets, ends and lags by group.
    pub fn groups(&self) -> BTreeMap<String, BTreeMap<Partition, Progress>> {
        let text = self.tool("kafka-consumer-groups", &["--all-groups", "--describe"]);
        let mut groups: BTreeMap<String, BTreeMap<Partition, Progress>> = BTreeMap::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [group, topic, partition, committed, end, lag, ..] = fields[..] else {
                continue;
            };
            let Ok(partition) = partition.parse() else {
                continue;
            };
            let progress = Progress {
                committed: committed.parse().ok(),
                end: end.parse().ok(),
                lag: lag.parse().ok(),
            };
            groups
                .entry(group.to_owned())
                .or_default()
                .insert((topic.to_owned(), partition), progress);
        }
        groups
    }

    /// The size of each replica on each broker, as `kafka-log-dirs` prints it.
    pub fn log_dirs(&self) -> BTreeMap<i32, BTreeMap<String, u64>> {
        let text = self.tool("kafka-log-dirs", &["--describe"]);
        let json = text.lines().find(|line| line.starts_with('{'));
        let json = json.unwrap_or_else(|| panic!("kafka-log-dirs: {text}"));
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let list = |value: &serde_json::Value, key: &str| value[key].as_array().unwrap().clone();
        let brokers = list(&json, "brokers").into_iter().map(|broker| {
            let dirs = list(&broker, "logDirs").into_iter();
            let replicas = dirs.flat_map(|dir| list(&dir, "partitions")).map(|replica| {
                let name = replica["partition"].as_str().unwrap().to_owned();
                (name, replica["size"].as_u64().unwrap())
            });
            let id = broker["broker"].as_i64().unwrap();
            (i32::try_from(id).unwrap(), replicas.collect())
        });
        brokers.collect()
    }

    /// Start offsets and lags of a share group.
    pub fn share_group(&self, group: &str) -> BTreeMap<Partition, Progress> {
        let class = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
        let text = self.tool("kafka-run-class", &[class, "--describe", "--group", group]);
        let mut rows = BTreeMap::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [name, topic, partition, start, rest @ ..] = &fields[..] else {
                continue;
            };
            let (Ok(partition), true) = (partition.parse(), *name == group) else {
                continue;
            };
            let progress = Progress {
                committed: start.parse().ok(),
                end: None,
                lag: rest.first().and_then(|lag| lag.parse().ok()),
            };
            rows.insert(((*topic).to_owned(), partition), progress);
        }
        rows
    }

    /// The KRaft quorum.
    pub fn quorum(&self) -> Quorum {
        let status = self.tool("kafka-metadata-quorum", &["describe", "--status"]);
        let number = |key: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(':')?.trim().parse().ok())
                .unwrap_or_else(|| panic!("kafka-metadata-quorum tells no {key}: {status}"))
        };
        let text = self.tool("kafka-metadata-quorum", &["describe", "--replication"]);
        let mut quorum = Quorum {
            leader: number("LeaderId"),
            epoch: number("LeaderEpoch"),
            voters: BTreeSet::new(),
            observers: BTreeSet::new(),
            lags: BTreeMap::new(),
        };
        for line in text.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let Some(id) = fields.first().and_then(|id| id.parse().ok()) else {
                continue;
            };
            // With or without the column of the directory id, the lag stands before the two moments and the role.
            let [.., end, lag, _, _, role] = fields[..] else {
                continue;
            };
            let seen = end.parse::<u64>().is_ok();
            quorum.lags.insert(id, lag.parse().ok().filter(|_| seen));
            if role == "Observer" {
                quorum.observers.insert(id);
            } else {
                quorum.voters.insert(id);
            }
        }
        quorum
    }

    /// The controller that ZooKeeper knows, asked inside one of its members.
    pub fn zookeeper_controller(cluster: &Cluster, member: &str) -> Option<i32> {
        let command = ["zookeeper-shell", "localhost:2181", "get", "/controller"];
        let text = cluster.exec(member, &command);
        let (_, rest) = text.split_once("\"brokerid\":")?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

fn in_container(image: &str, name: &str, arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args([
            "run",
            "--rm",
            "--network",
            "host",
            "--entrypoint",
            "timeout",
            image,
        ])
        .args(["-s", "KILL", "40", name])
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("docker cannot be started: {error}; tests/all installs it"));
    assert!(
        output.status.success(),
        "{name} of {image}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn ids(list: &str) -> Vec<i32> {
    list.split(',').filter_map(|id| id.trim().parse().ok()).collect()
}

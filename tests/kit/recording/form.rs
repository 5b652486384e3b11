//! The form of a recording: JSON lines, a head and then one line for each event.
//!
//! ```json
//! {"recording":1,"mode":"kraft","kafka":"4.1.2","topics":{"dlq":{"min_isr":2,"replicas":[[3,1,2],[1,2,3],[2,3,1]]}}}
//! {"ms":0,"change":{"level":"ok","writes":"ok","controller":"2","partitions":[{"leader":3,"bump":4,"isr":[1,2,3],"class":"healthy","of":{"dlq":[0]}}]}}
//! {"ms":41250,"act":{"verb":"stop","nodes":["kafka-1"]}}
//! {"ms":350,"change":{"brokers":{"1":{"state":"down","fenced":true}},"partitions":[{"leader":3,"bump":0,"isr":[2,3],"class":"at_min_isr","of":{"dlq":[0]}}]}}
//! {"ms":9120,"met":{"writes":"ok","counts":{"Acknowledged":205}}}
//! ```
//!
//! `ms` counts from the last act, or from the first event where none came yet; of an act it says how long the one
//! before it lasted. A change tells only what is not as before. Its partitions are grouped by the state that they came
//! to. `bump` is the leader epoch less the one that the partition had at the last act; before the first act it is the
//! epoch itself. The ISR is in the order of ids: Kafka's own order is that of the last change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version that this code writes and reads.
pub const VERSION: u32 = 1;

/// A whole recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub head: Head,
    pub events: Vec<Event>,
}

/// What does not change while a recording lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The version of the form.
    pub recording: u32,
    /// `kraft` or `zookeeper`.
    pub mode: String,
    /// The version of Kafka.
    pub kafka: String,
    pub topics: BTreeMap<String, TopicHead>,
}

/// A topic, as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicHead {
    pub min_isr: Option<i32>,
    /// The assigned replicas of each partition, the preferred leader first.
    pub replicas: Vec<Vec<i32>>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since the last act, or since the first event.
    pub ms: u64,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Something was done to nodes.
    Act { verb: String, nodes: Vec<String> },
    /// Something was seen.
    Change(Change),
    /// What a real producer with acks=all met, one record to each partition.
    Met(Met),
}

/// What is not as it was in the change before; what is not named stayed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// The verdict's level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// What the verdict says of writes with acks=all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes: Option<String>,
    /// The id of the active controller, or `none`, `no_answer`, `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller: Option<String>,
    /// Who can elect leaders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub council: Option<Council>,
    /// The brokers that changed, by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub brokers: BTreeMap<String, Standing>,
    /// The partitions that changed, by what they came to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<Row>,
}

/// The KRaft quorum or the ZooKeeper ensemble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Council {
    /// `whole`, `minority_lost`, `majority_lost`, `no_answer`, `not_read`.
    pub state: String,
    /// The lost members, by node: `kafka-2`, `controller-1`, `zookeeper-3`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

/// How a broker stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// `up`, `cut_off`, `unreachable`, `down`.
    pub state: String,
    /// Whether the controller fenced it; null where no broker tells.
    pub fenced: Option<bool>,
}

/// Partitions that came to the same state at the same time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    #[serde(flatten)]
    pub state: PartitionState,
    /// Numbers of partitions, by topic.
    pub of: BTreeMap<String, Vec<i32>>,
}

/// The state of a partition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartitionState {
    pub leader: Option<i32>,
    /// The leader epoch less the one at the last act.
    pub bump: i32,
    pub isr: Vec<i32>,
    /// The class as kaftop judges it, which may rest on who answers.
    pub class: String,
}

/// What a real producer met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Met {
    /// In the verdict's word.
    pub writes: String,
    /// How many partitions by what their record met.
    pub counts: BTreeMap<String, usize>,
}

impl Recording {
    /// The lines of the file.
    pub fn to_lines(&self) -> String {
        let mut text = serde_json::to_string(&self.head).unwrap();
        for event in &self.events {
            text.push('\n');
            text.push_str(&serde_json::to_string(event).unwrap());
        }
        text.push('\n');
        text
    }

    /// Reads a file; what is wrong names the line.
    pub fn from_lines(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().zip(1..);
        let (first, _) = lines.next().ok_or("a recording without a head")?;
        let head: Head = serde_json::from_str(first).map_err(|error| format!("line 1: {error}"))?;
        if head.recording != VERSION {
            return Err(format!(
                "line 1: a recording of version {}, and only {VERSION} is known",
                head.recording
            ));
        }
        let event = |(line, number): (&str, usize)| {
            serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))
        };
        Ok(Self {
            head,
            events: lines.map(event).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the head of this file.
    fn example() -> Vec<&'static str> {
        include_str!("form.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! {"))
            .map(|line| line.strip_suffix('}').unwrap())
            .collect()
    }

    #[test]
    fn the_example_is_read_and_written_as_it_stands() {
        let lines: Vec<String> = example().iter().map(|line| format!("{{{line}}}\n")).collect();
        let text = lines.concat();
        let recording = Recording::from_lines(&text).unwrap();
        assert_eq!(recording.events.len(), 4);
        assert_eq!(recording.to_lines(), text);
        let What::Change(change) = &recording.events[2].what else {
            panic!("{:?}", recording.events[2]);
        };
        assert_eq!(change.brokers["1"].fenced, Some(true));
        assert_eq!(change.partitions[0].state.isr, [2, 3]);
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        let head = r#"{"recording":1,"mode":"kraft","kafka":"4.1.2","topics":{}}"#;
        let table = [
            ("", "without a head"),
            ("{}", "line 1: missing field"),
            (&head.replace("1,", "2,"), "version 2"),
            (&format!("{head}\n{{\"ms\":1}}"), "line 2"),
            (
                &format!("{head}\n{{\"ms\":1,\"change\":{{\"levels\":\"ok\"}}}}"),
                "line 2: unknown field `levels`",
            ),
        ];
        for (text, expected) in table {
            let why = Recording::from_lines(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        }
    }
}

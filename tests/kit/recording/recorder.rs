//! From bulletins to a recording: of each only what is not as in the one before.

use std::collections::BTreeMap;

use kaftop::health::{Bulletin, Cause, Council as Judgement, judge};
use kaftop::model::cluster::Controller;
use kaftop::model::snapshot::Snapshot;
use kaftop::model::text::Name;
use kaftop::model::time::{At, Span};

use super::form::{
    Change, Council, Event, Head, Met, PartitionState, Recording, Row, Standing, TopicHead, VERSION, What,
};

type Partition = (String, i32);

/// What is noted of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
struct Facts {
    level: String,
    writes: String,
    controller: String,
    council: Option<Council>,
    brokers: BTreeMap<String, Standing>,
    /// With the leader epoch itself in the place of the bump.
    partitions: BTreeMap<Partition, PartitionState>,
}

enum Note {
    Act { verb: String, nodes: Vec<String> },
    Facts(Box<Facts>),
    Met(Met),
}

/// Takes bulletins and acts, in any order of calls, and makes a recording of them.
///
/// It begins with the first bulletin of a healthy cluster; what came before is left out.
#[derive(Default)]
pub struct Recorder {
    last: Facts,
    notes: Vec<(At, Note)>,
    topics: BTreeMap<String, TopicHead>,
    mode: String,
}

impl Recorder {
    /// Takes a bulletin.
    pub fn see(&mut self, bulletin: &Bulletin) {
        let facts = Facts::of(bulletin);
        if self.mode.is_empty() && facts.level != "ok" {
            return;
        }
        if facts == self.last {
            return;
        }
        let snapshot = &bulletin.snapshot;
        snapshot
            .cluster
            .mode
            .map_or("", kaftop::model::cluster::Mode::word)
            .clone_into(&mut self.mode);
        for topic in snapshot.topics.values() {
            let head = TopicHead {
                min_isr: topic.min_isr.value().copied(),
                replicas: topic
                    .partitions
                    .iter()
                    .map(|partition| partition.replicas.iter().map(|id| id.0).collect())
                    .collect(),
            };
            self.topics.insert(topic.name.raw().to_owned(), head);
        }
        self.last = facts.clone();
        self.notes.push((snapshot.now(), Note::Facts(Box::new(facts))));
    }

    /// Whether the newest bulletin was that of a healthy cluster.
    pub fn sees_health(&self) -> bool {
        self.last.level == "ok"
    }

    /// How long nothing has changed by now.
    pub fn quiet_for(&self, now: At) -> Span {
        let mut changes = self.notes.iter().rev();
        let newest = changes.find(|(_, note)| matches!(note, Note::Facts(_)));
        newest.map_or(Span(0), |(at, _)| at.age(now))
    }

    /// Notes what was done to nodes, and when it began.
    pub fn act(&mut self, at: At, verb: &str, nodes: &[String]) {
        let note = Note::Act {
            verb: verb.to_owned(),
            nodes: nodes.to_vec(),
        };
        self.notes.push((at, note));
    }

    /// Notes what a real producer met.
    pub fn met(&mut self, at: At, writes: &str, counts: BTreeMap<String, usize>) {
        let writes = writes.to_owned();
        self.notes.push((at, Note::Met(Met { writes, counts })));
    }

    /// The recording of a cluster of this version of Kafka.
    pub fn finish(mut self, kafka: &str) -> Recording {
        self.notes.sort_by_key(|(at, _)| *at);
        let mut since = self.notes.first().map_or(At(0), |(at, _)| *at);
        let mut now = Facts::default();
        let mut epochs: BTreeMap<Partition, i32> = BTreeMap::new();
        let mut events = Vec::new();
        for (at, note) in self.notes {
            let ms = since.age(at).0;
            let what = match note {
                Note::Act { verb, nodes } => {
                    since = at;
                    epochs = now
                        .partitions
                        .iter()
                        .map(|(partition, state)| (partition.clone(), state.bump))
                        .collect();
                    What::Act { verb, nodes }
                }
                Note::Facts(facts) => {
                    let change = facts.since(&now, &epochs);
                    now = *facts;
                    What::Change(change)
                }
                Note::Met(met) => What::Met(met),
            };
            events.push(Event { ms, what });
        }
        Recording {
            head: Head {
                recording: VERSION,
                mode: self.mode,
                kafka: kafka.to_owned(),
                topics: self.topics,
            },
            events,
        }
    }
}

impl Facts {
    fn of(bulletin: &Bulletin) -> Self {
        let snapshot = &bulletin.snapshot;
        let verdict = &bulletin.health.verdict;
        Self {
            level: verdict.level.word().to_owned(),
            writes: verdict.writes.word().to_owned(),
            controller: match &snapshot.cluster.controller {
                Controller::Known(id) => id.to_string(),
                Controller::None { .. } => "none".to_owned(),
                Controller::NoAnswer { .. } => "no_answer".to_owned(),
                Controller::Unknown => "unknown".to_owned(),
            },
            council: Some(council(snapshot, &bulletin.health.council)),
            brokers: snapshot
                .brokers
                .values()
                .filter_map(|broker| {
                    let standing = Standing {
                        state: broker.state?.word().to_owned(),
                        fenced: broker.listing.fenced,
                    };
                    Some((broker.id.to_string(), standing))
                })
                .collect(),
            partitions: partitions(snapshot),
        }
    }

    /// What is not as before.
    fn since(&self, before: &Self, epochs: &BTreeMap<Partition, i32>) -> Change {
        let news = |now: &String, before: &String| (now != before).then(|| now.clone());
        let mut rows: BTreeMap<PartitionState, BTreeMap<String, Vec<i32>>> = BTreeMap::new();
        for (partition, state) in &self.partitions {
            if before.partitions.get(partition) == Some(state) {
                continue;
            }
            let mut state = state.clone();
            state.bump -= epochs.get(partition).copied().unwrap_or(0);
            let of = rows.entry(state).or_default();
            of.entry(partition.0.clone()).or_default().push(partition.1);
        }
        Change {
            level: news(&self.level, &before.level),
            writes: news(&self.writes, &before.writes),
            controller: news(&self.controller, &before.controller),
            council: self.council.clone().filter(|_| self.council != before.council),
            brokers: self
                .brokers
                .iter()
                .filter(|(id, standing)| before.brokers.get(*id) != Some(standing))
                .map(|(id, standing)| (id.clone(), standing.clone()))
                .collect(),
            partitions: rows.into_iter().map(|(state, of)| Row { state, of }).collect(),
        }
    }
}

fn partitions(snapshot: &Snapshot) -> BTreeMap<Partition, PartitionState> {
    snapshot
        .partitions()
        .map(|(topic, partition)| {
            let mut isr: Vec<i32> = partition.isr.iter().map(|id| id.0).collect();
            isr.sort_unstable();
            let state = PartitionState {
                leader: partition.leader.map(|id| id.0),
                bump: partition.leader_epoch.unwrap_or(-1),
                isr,
                class: judge(snapshot, topic, partition).class.word().to_owned(),
            };
            ((topic.name.raw().to_owned(), partition.index), state)
        })
        .collect()
}

fn council(snapshot: &Snapshot, judgement: &Judgement) -> Council {
    let state = match judgement {
        Judgement::Whole { .. } => "whole",
        Judgement::MinorityLost { .. } => "minority_lost",
        Judgement::MajorityLost { .. } => "majority_lost",
        Judgement::NoAnswer { .. } => "no_answer",
        Judgement::NotRead => "not_read",
    };
    Council {
        state: state.to_owned(),
        lost: judgement
            .lost()
            .iter()
            .map(|cause| node(snapshot, cause))
            .collect(),
    }
}

/// The node's name in the rig; of the ZooKeepers the first given is the first.
fn node(snapshot: &Snapshot, cause: &Cause) -> String {
    match cause {
        Cause::Broker(id) => format!("kafka-{id}"),
        Cause::Controller(id) => format!("controller-{}", id.0 - 100),
        Cause::ZooKeeper(address) => format!("zookeeper-{}", number(snapshot, address)),
    }
}

fn number(snapshot: &Snapshot, address: &Name) -> usize {
    let members = &snapshot.ensemble.members;
    let place = members.iter().position(|member| member.address == *address);
    place.map_or(0, |place| place + 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kaftop::health::{Level, derive};
    use kaftop::model::cluster::Mode;
    use kaftop::model::ids::BrokerId;
    use kaftop::model::observation::PartitionView;
    use kaftop::model::reading::Reading;
    use kaftop::model::topic::{Partition as Place, Topic};
    use kaftop::store::Store;

    use super::*;

    /// Two partitions, of which the first has this leader, epoch and ISR.
    fn bulletin(ms: i64, level: Level, (leader, epoch, isr): (i32, i32, &[i32])) -> Bulletin {
        let ids = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect::<Vec<_>>();
        let place = |index, leader, epoch, isr: &[i32]| Place {
            view: Arc::new(PartitionView {
                index,
                leader: Some(BrokerId(leader)),
                leader_epoch: Some(epoch),
                replicas: ids(&[2, 1, 3]),
                isr: ids(isr),
                offline: Vec::new(),
            }),
            ..Place::default()
        };
        let topic = Topic {
            name: Name::from("dlq"),
            id: None,
            min_isr: Reading::fresh(2, At(0)),
            settings: Reading::default(),
            partitions: vec![place(0, leader, epoch, isr), place(1, 3, 4, &[3, 2, 1])],
        };
        let mut snapshot = Store::new(At(0), Span(1000)).publish(At(ms));
        snapshot.cluster.mode = Some(Mode::Kraft);
        snapshot.cluster.controller = Controller::Known(BrokerId(1));
        snapshot.topics.insert(topic.name.clone(), Arc::new(topic));
        let mut health = derive(&snapshot, None);
        health.verdict.level = level;
        Bulletin {
            seq: 1,
            snapshot: Arc::new(snapshot),
            health: Arc::new(health),
            alerts: Arc::default(),
        }
    }

    #[test]
    fn what_does_not_change_is_told_once_and_epochs_count_from_the_act() {
        let mut recorder = Recorder::default();
        let whole = (2, 7, &[2, 1, 3][..]);
        recorder.see(&bulletin(100, Level::Unknown, (2, 6, &[2])));
        assert!(!recorder.sees_health());
        for ms in [1_000, 1_500, 2_000] {
            // The order of an ISR says nothing.
            recorder.see(&bulletin(ms, Level::Ok, (2, 7, &[3, 1, 2])));
            recorder.see(&bulletin(ms, Level::Ok, whole));
        }
        assert!(recorder.sees_health());
        assert_eq!(recorder.quiet_for(At(4_000)), Span(3_000));
        recorder.see(&bulletin(5_300, Level::Degraded, (1, 8, &[1, 3])));
        // The act is told after its first effect was seen, and began before it.
        recorder.act(At(5_000), "kill", &["kafka-2".to_owned()]);
        recorder.met(At(5_400), "ok", [("Acknowledged".to_owned(), 2)].into());
        recorder.act(At(6_000), "start", &["kafka-2".to_owned()]);
        recorder.see(&bulletin(6_700, Level::Ok, (1, 8, &[1, 3, 2])));
        let recording = recorder.finish("4.1.2");
        assert_eq!(
            (recording.head.mode.as_str(), recording.head.recording),
            ("kraft", 1)
        );
        assert_eq!(recording.head.topics["dlq"].replicas, [[2, 1, 3], [2, 1, 3]]);
        let lines = recording.to_lines();
        let expected = [
            r#"{"ms":0,"change":{"level":"ok","writes":"unknown","controller":"1","council":{"state":"not_read"},"partitions":[{"leader":2,"bump":7,"isr":[1,2,3],"class":"healthy","of":{"dlq":[0]}},{"leader":3,"bump":4,"isr":[1,2,3],"class":"healthy","of":{"dlq":[1]}}]}}"#,
            r#"{"ms":4000,"act":{"verb":"kill","nodes":["kafka-2"]}}"#,
            r#"{"ms":300,"change":{"level":"degraded","partitions":[{"leader":1,"bump":1,"isr":[1,3],"class":"at_min_isr","of":{"dlq":[0]}}]}}"#,
            r#"{"ms":400,"met":{"writes":"ok","counts":{"Acknowledged":2}}}"#,
            r#"{"ms":1000,"act":{"verb":"start","nodes":["kafka-2"]}}"#,
            r#"{"ms":700,"change":{"level":"ok","partitions":[{"leader":1,"bump":0,"isr":[1,2,3],"class":"healthy","of":{"dlq":[0]}}]}}"#,
        ];
        let told: Vec<&str> = lines.lines().skip(1).collect();
        assert_eq!(told, expected);
    }
}

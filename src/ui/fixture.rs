//! Bulletins to draw in tests: a cluster of three brokers and 162 partitions in each of its conditions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::health::{AtRisk, Bulletin, Class, Health, Level, Tallies, Verdict, Writes, judge};
use crate::model::broker::{Answers, Broker, BrokerState, Endpoint, Listing, Load, LogDirs};
use crate::model::cluster::{Cluster, Controller, Mode};
use crate::model::ensemble::{Ensemble, Member as Keeper, MemberMode, MemberReport};
use crate::model::failure::{Failure, FailureKind};
use crate::model::group::{
    Description, Group, GroupKind, GroupPartition, Lag, LagAge, LagSum, Member, Trend,
};
use crate::model::ids::{BrokerId, PartitionId, TopicId};
use crate::model::intake::{Origin, Source, SourceState};
use crate::model::reading::Reading;
use crate::model::snapshot::{Churn, ChurnTable, Groups, Intake, Metadata, Snapshot, Tally, Times};
use crate::model::text::Name;
use crate::model::time::{At, Since, Span};
use crate::model::topic::{Partition, Topic};

/// The moment of every fixture: 14:03:23 UTC.
pub const NOW: At = At(1_728_050_603_000);

/// A moment `seconds` before [`NOW`].
pub fn ago(seconds: u64) -> At {
    NOW.minus(Span::seconds(seconds))
}

/// A refused connection to a broker.
pub fn refused(id: i32) -> Failure {
    Failure::new(
        FailureKind::Refused,
        &format!("connect to kafka-{id}:9092: connection refused"),
    )
}

/// The topics of the fixture cluster with their partitions.
const TOPICS: [(&str, i32); 4] = [
    ("__consumer_offsets", 9),
    ("dlq", 3),
    ("file_merge_requests", 50),
    ("messages", 100),
];

/// All is well.
pub fn healthy() -> Bulletin {
    bulletin(&[])
}

/// Broker 1 is down for 1m12s.
pub fn degraded() -> Bulletin {
    bulletin(&[1])
}

/// Brokers 1 and 2 are down: writes are refused.
pub fn critical() -> Bulletin {
    bulletin(&[1, 2])
}

/// Nothing was read yet; the first connections are being made.
pub fn never() -> Bulletin {
    let mut snapshot = empty();
    snapshot.intake.sources = vec![Source {
        origin: Origin::Bootstrap(Name::from("kafka-1:9092")),
        address: Some(Name::from("kafka-1:9092")),
        state: SourceState::Connecting,
        last_good: None,
        error: None,
        slowed_to: None,
    }];
    Bulletin {
        seq: 1,
        snapshot: Arc::new(snapshot),
        health: Arc::new(Health {
            verdict: Verdict {
                level: Level::Unknown,
                sentence: "Nothing was read yet: connecting to kafka-1:9092.".to_owned(),
                cause: vec![],
                since: None,
                writes: Writes::Unknown,
                writes_note: "not known".to_owned(),
                next_loss: "not known".to_owned(),
                safe_to_stop: None,
                safe_note: "not known".to_owned(),
                next_step: "wait for the first answer".to_owned(),
            },
            tallies: Tallies::default(),
            at_risk: vec![],
        }),
    }
}

/// Every broker was lost 34 s ago; the last good values stay.
pub fn failed() -> Bulletin {
    let mut bulletin = bulletin(&[]);
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    snapshot.metadata.read = Reading::fresh((), ago(34));
    snapshot.metadata.read.fail(
        Failure::new(FailureKind::Timeout, "no broker answered Metadata within 900ms"),
        ago(33),
    );
    snapshot.cluster.controller = Controller::NoAnswer {
        since: ago(33),
        last: Some(BrokerId(2)),
        why: refused(2),
    };
    for broker in snapshot.brokers.values_mut() {
        let why = Failure::new(FailureKind::Timeout, "no answer from kafka within 900ms");
        broker.state = Some(BrokerState::Unreachable);
        broker.since = Since::Exactly(ago(33));
        broker.answers = Answers::No {
            why: why.clone(),
            since: ago(33),
            last: Some(ago(34)),
        };
        broker.log_dirs.fail(why, ago(5));
        broker.replicates = false;
    }
    for source in &mut snapshot.intake.sources {
        source.state = SourceState::BackingOff {
            until: NOW.plus(Span::seconds(3)),
        };
        source.last_good = Some(ago(34));
        source.error = Some(refused(1));
    }
    for group in snapshot.groups.table.values_mut() {
        let group = Arc::make_mut(group);
        group.unlisted = Some(refused(2));
        group.listed_at = ago(34);
        group.commits.fail(refused(2), ago(33));
    }
    snapshot.groups.unlisted = vec![BrokerId(1), BrokerId(2), BrokerId(3)];
    for topic in snapshot.topics.values_mut() {
        for partition in &mut Arc::make_mut(topic).partitions {
            partition.end = Reading::fresh(48_211, ago(34));
            partition.end.fail(refused(2), ago(33));
        }
    }
    judged(&mut bulletin);
    let health = Arc::make_mut(&mut bulletin.health);
    health.verdict.level = Level::Unknown;
    health.verdict.since = Some(Since::Exactly(ago(33)));
    health.verdict.sentence =
        "No broker answers from here; what is shown is 34s old. The network from here, or all three brokers."
            .to_owned();
    health.verdict.writes = Writes::Unknown;
    health.verdict.writes_note = "not known".to_owned();
    health.verdict.next_loss = "not known".to_owned();
    health.verdict.safe_to_stop = None;
    health.verdict.safe_note = "not known".to_owned();
    health.verdict.next_step = "check the network between this machine and the brokers".to_owned();
    bulletin
}

/// Names that no terminal may obey and no table may break on.
pub fn hostile() -> Bulletin {
    let mut bulletin = bulletin(&[1]);
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let names = [
        "\u{1b}[2J\u{1b}[31mgone\u{7}",
        "abc\u{202e}cba\u{200b}",
        "日本語のとても長いトピック名、幅は二倍です",
        "e\u{301}e\u{301}e\u{301}combining",
        "name\nof\ttwo lines",
    ];
    for (place, raw) in names.into_iter().enumerate() {
        let name = Name::from(raw);
        let mut copy = Topic::clone(&snapshot.topics[&Name::from("dlq")]);
        copy.name = name.clone();
        snapshot.topics.insert(name.clone(), Arc::new(copy));
        let mut group = group(raw, "Stable", 300_000 + place as u64, Some(90.0), 2);
        group.description.succeed(
            Description {
                assignor: Some(Name::from("\u{9b}31m")),
                members: vec![Member {
                    id: name.clone(),
                    client: name.clone(),
                    host: name.clone(),
                    assignment: Some(vec![(name.clone(), vec![0, 1, 2])]),
                }],
            },
            NOW,
        );
        snapshot.groups.table.insert(name, Arc::new(group));
    }
    let broker = snapshot.brokers.get_mut(&BrokerId(2)).unwrap();
    broker.endpoint = Some(Endpoint {
        host: Name::from("\u{1b}]0;title\u{7}"),
        port: 9092,
    });
    judged(&mut bulletin);
    bulletin
}

/// An empty snapshot taken at [`NOW`].
pub fn empty() -> Snapshot {
    Snapshot {
        times: Times {
            taken_at: NOW,
            watching_since: ago(3_600),
            patience: Span(2_500),
        },
        cluster: Cluster {
            id: None,
            mode: None,
            controller: Controller::Unknown,
            version_note: None,
        },
        brokers: BTreeMap::new(),
        metadata: Metadata::default(),
        topics: BTreeMap::new(),
        groups: Groups::default(),
        quorum: Reading::default(),
        ensemble: Ensemble::default(),
        churn: Arc::default(),
        intake: Intake::default(),
    }
}

/// The three brokers with those of `down` lost 72 s ago.
fn bulletin(down: &[i32]) -> Bulletin {
    let mut snapshot = empty();
    let lost = |id: &BrokerId| down.contains(&id.0);
    snapshot.cluster = Cluster {
        id: Some(Name::from("MkU3OEVBNTcwNTJENDM2Qg")),
        mode: Some(Mode::ZooKeeper),
        controller: Controller::Known(BrokerId(if down.contains(&2) { 3 } else { 2 })),
        version_note: None,
    };
    snapshot.metadata.read = Reading::fresh((), NOW);
    let mut churn = ChurnTable::default();
    for (name, count) in TOPICS {
        let partitions = (0..count).map(|index| partition(name, index, &lost)).collect();
        let topic = Topic {
            name: Name::from(name),
            id: Some(TopicId((name.len() as u128 * 0x0123_4567_89ab).to_be_bytes())),
            min_isr: Reading::fresh(2, ago(30)),
            partitions,
        };
        snapshot.topics.insert(topic.name.clone(), Arc::new(topic));
    }
    if down.is_empty() {
        churn.shrinks_by_minute = vec![0; 10];
    } else {
        let shrinks = Tally {
            total: 162,
            one: 0,
            five: 162,
            fifteen: 162,
        };
        churn.total.shrinks = shrinks;
        churn.shrinks_by_minute = vec![0, 0, 0, 162, 0];
        for (topic, partition) in snapshot.partitions() {
            let id = PartitionId {
                topic: topic.name.clone(),
                partition: partition.index,
            };
            let own = Churn {
                shrinks: Tally {
                    total: 1,
                    one: 0,
                    five: 1,
                    fifteen: 1,
                },
                ..Churn::default()
            };
            churn.by_partition.insert(id, own);
        }
    }
    snapshot.churn = Arc::new(churn);
    for id in 1..=3 {
        let broker = broker(&snapshot, BrokerId(id), down.contains(&id));
        snapshot.intake.sources.push(source(&broker));
        snapshot.brokers.insert(broker.id, broker);
    }
    keepers(&mut snapshot);
    groups(&mut snapshot);
    let mut bulletin = Bulletin {
        seq: 7,
        snapshot: Arc::new(snapshot),
        health: Arc::new(Health {
            verdict: verdict(down),
            tallies: Tallies::default(),
            at_risk: vec![],
        }),
    };
    judged(&mut bulletin);
    bulletin
}

/// Classes and tallies of what the snapshot holds now.
pub fn judged(bulletin: &mut Bulletin) {
    let snapshot = Arc::clone(&bulletin.snapshot);
    let health = Arc::make_mut(&mut bulletin.health);
    health.at_risk.clear();
    let mut tallies = Tallies::default();
    for (topic, partition) in snapshot.partitions() {
        let judged = judge(&snapshot, topic, partition);
        tallies.total += 1;
        match judged.class {
            Class::Offline => tallies.offline += 1,
            Class::UnderMinIsr => tallies.under_min_isr += 1,
            Class::AtMinIsr => tallies.at_min_isr += 1,
            Class::UnderReplicated => tallies.under_replicated += 1,
            Class::Healthy => {}
        }
        tallies.out_of_sync += u32::from(partition.missing().next().is_some());
        tallies.not_preferred += u32::from(partition.leader != partition.preferred());
        if judged.class != Class::Healthy {
            let id = PartitionId {
                topic: topic.name.clone(),
                partition: partition.index,
            };
            health.at_risk.push(AtRisk { id, judged });
        }
    }
    health
        .at_risk
        .sort_by_key(|risk| std::cmp::Reverse(risk.judged.class));
    health.tallies = tallies;
}

fn partition(topic: &str, index: i32, lost: &dyn Fn(&BrokerId) -> bool) -> Partition {
    let replicas: Vec<BrokerId> = (0..3).map(|place| BrokerId((index + place) % 3 + 1)).collect();
    let isr: Vec<BrokerId> = replicas.iter().copied().filter(|id| !lost(id)).collect();
    let busy = topic == "messages";
    Partition {
        index,
        leader: isr.first().copied(),
        leader_epoch: Some(4 + i32::from(isr.len() < 3)),
        isr,
        offline: replicas.iter().copied().filter(|id| lost(id)).collect(),
        replicas,
        eligible: None,
        reassignment: None,
        start: Reading::fresh(1_200, ago(1)),
        end: Reading::fresh(48_211 + i64::from(index) * 13, ago(1)),
        rate: Some(if busy {
            2.0 + f64::from(index % 5) / 4.0
        } else {
            0.0
        }),
        bytes: Some(if busy { 18_400_000 } else { 910_000 }),
    }
}

fn broker(snapshot: &Snapshot, id: BrokerId, down: bool) -> Broker {
    let mut load = Load::default();
    for (_, partition) in snapshot.partitions() {
        load.leaders += u32::from(partition.leader == Some(id));
        load.preferred += u32::from(partition.preferred() == Some(id));
        load.replicas += u32::from(partition.replicas.contains(&id));
        load.in_sync += u32::from(partition.isr.contains(&id));
    }
    let answers = if down {
        Answers::No {
            why: refused(id.0),
            since: ago(72),
            last: Some(ago(73)),
        }
    } else {
        Answers::Yes {
            round_trip: Duration::from_micros(600 + 50 * u64::from(id.0.unsigned_abs())),
            at: NOW,
        }
    };
    let dirs = LogDirs {
        log_bytes: 2_300_000_000,
        total: Some(100_000_000_000),
        usable: Some(40_000_000_000),
    };
    let mut log_dirs = Reading::fresh(dirs, ago(if down { 80 } else { 9 }));
    if down {
        log_dirs.fail(refused(id.0), ago(65));
    }
    Broker {
        id,
        endpoint: Some(Endpoint {
            host: Name::from(format!("kafka-{id}")),
            port: 9092,
        }),
        rack: None,
        listing: Listing {
            listed: Some(!down),
            fenced: None,
        },
        answers,
        state: Some(if down { BrokerState::Down } else { BrokerState::Up }),
        since: if down {
            Since::Exactly(ago(72))
        } else {
            Since::AtLeast(ago(3_600))
        },
        replicates: !down,
        caps_min_isr: Some(true),
        load: Some(load),
        log_dirs,
    }
}

fn source(broker: &Broker) -> Source {
    let down = !broker.is_up();
    Source {
        origin: Origin::Broker(broker.id),
        address: Some(Name::from(format!("kafka-{}:9092", broker.id))),
        state: if down {
            SourceState::BackingOff {
                until: NOW.plus(Span::seconds(4)),
            }
        } else {
            SourceState::Live
        },
        last_good: Some(if down { ago(73) } else { NOW }),
        error: down.then(|| refused(broker.id.0)),
        slowed_to: None,
    }
}

fn keepers(snapshot: &mut Snapshot) {
    for (place, mode) in [MemberMode::Follower, MemberMode::Leader, MemberMode::Follower]
        .iter()
        .enumerate()
    {
        let address = Name::from(format!("zookeeper-{}:2181", place + 1));
        let report = MemberReport {
            mode: *mode,
            version: Some(Name::from("3.8.4")),
            latency_ms: Some(0),
            connections: Some(3),
            round_trip: Duration::from_millis(1),
        };
        snapshot.ensemble.members.push(Keeper {
            address: address.clone(),
            report: Reading::fresh(report, NOW),
        });
        snapshot.intake.sources.push(Source {
            origin: Origin::ZooKeeper(address.clone()),
            address: Some(address),
            state: SourceState::Live,
            last_good: Some(NOW),
            error: None,
            slowed_to: None,
        });
    }
}

fn groups(snapshot: &mut Snapshot) {
    let all = [
        group("billing-export", "Empty", 303_112, Some(200.0), 0),
        group("message-router", "Stable", 141_077, Some(87.0), 4),
        group("dlq-replay", "Empty", 110, Some(0.0), 0),
        group("indexer", "Stable", 108, Some(-103.0), 2),
        group("merge-workers", "Stable", 14, None, 3),
        group("auditor", "Stable", 0, Some(0.0), 1),
    ];
    snapshot.groups.read = true;
    for group in all {
        snapshot.groups.table.insert(group.name.clone(), Arc::new(group));
    }
}

/// A group with its lag spread over the first partitions of `messages`.
pub fn group(name: &str, state: &str, lag: u64, slope: Option<f64>, members: i32) -> Group {
    let share = |partition: i32| {
        let part = if partition == 0 {
            lag - lag / 3 * 2
        } else {
            lag / 3
        };
        GroupPartition {
            topic: Name::from("messages"),
            partition,
            committed: Some(1_000_000),
            end: Some(1_000_000 + i64::try_from(part).unwrap()),
            lag: Lag::Known(part),
            lost: 0,
        }
    };
    let member = |number: i32| Member {
        id: Name::from(format!("{name}-{number}-6a2f")),
        client: Name::from(format!("{name}-{number}")),
        host: Name::from(format!("/172.20.0.{}", 10 + number)),
        assignment: Some(vec![(
            Name::from("messages"),
            vec![number, number + 1, number + 2],
        )]),
    };
    let description = Description {
        assignor: (members > 0).then(|| Name::from("range")),
        members: (0..members).map(member).collect(),
    };
    Group {
        name: Name::from(name),
        kind: GroupKind::Classic,
        state: Some(Name::from(state)),
        coordinator: BrokerId(2),
        listed_at: NOW,
        unlisted: None,
        description: Reading::fresh(description, NOW),
        commits: Reading::fresh((), NOW),
        partitions: (0..3).map(share).collect(),
        lag: LagSum {
            records: Some(lag),
            complete: true,
        },
        trend: Trend {
            slope,
            age: match lag {
                0 => None,
                1..1_000 => Some(LagAge::About(Span::seconds(1))),
                _ => Some(LagAge::AtLeast(Span::seconds(1_500))),
            },
        },
    }
}

fn verdict(down: &[i32]) -> Verdict {
    let broker = |id: &i32| crate::health::Cause::Broker(BrokerId(*id));
    let base = Verdict {
        level: Level::Ok,
        sentence: "3 of 3 brokers, 162 partitions on 3 of 3 replicas".to_owned(),
        cause: down.iter().map(broker).collect(),
        since: Some(Since::AtLeast(ago(3_600))),
        writes: Writes::Ok,
        writes_note: "none refused".to_owned(),
        next_loss: "none refused".to_owned(),
        safe_to_stop: Some(vec![BrokerId(1), BrokerId(2), BrokerId(3)]),
        safe_note: "any one broker".to_owned(),
        next_step: "nothing to do".to_owned(),
    };
    match down {
        [] => base,
        [_] => Verdict {
            level: Level::Degraded,
            since: Some(Since::Exactly(ago(72))),
            sentence: "Broker 1 is down: it refuses connections, and the cluster dropped it. All 162 partitions run on 2 of 3 replicas.".to_owned(),
            next_loss: "162 partitions refuse writes (min ISR 2)".to_owned(),
            safe_to_stop: Some(vec![]),
            safe_note: "no broker".to_owned(),
            next_step: "find out why broker 1 stopped, and start it again: docker logs kafka-1".to_owned(),
            ..base
        },
        _ => Verdict {
            level: Level::Critical,
            since: Some(Since::Exactly(ago(72))),
            sentence: "Brokers 1 and 2 are down: 162 partitions have 1 of 3 replicas and refuse writes with acks=all.".to_owned(),
            writes: Writes::Refused,
            writes_note: "refused on 162 of 162 partitions".to_owned(),
            next_loss: "162 partitions go offline".to_owned(),
            safe_to_stop: Some(vec![]),
            safe_note: "no broker".to_owned(),
            next_step: "start broker 1 or broker 2; one of them is enough for writes".to_owned(),
            ..base
        },
    }
}

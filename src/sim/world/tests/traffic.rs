//! Producers, retention, clients, and large clusters.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::*;
use super::kit::*;
use crate::model::cluster::Mode;

fn ends(world: &World, topic: &str) -> i64 {
    let truth = world.truth();
    let topic = truth.topic(topic).unwrap();
    (0..topic.partitions.len())
        .map(|partition| {
            let partition = i32::try_from(partition).unwrap();
            let at = topic.place(partition).unwrap();
            let leader = topic.partition(partition).unwrap().leader.unwrap();
            world.log(leader, at, None).unwrap().end
        })
        .sum()
}

#[test]
fn producers_keep_their_rates_and_patterns() {
    let mut spec = spec(Mode::Kraft);
    spec.topics.push(TopicSpec {
        traffic: TrafficSpec {
            pattern: Pattern::Bursty {
                every: Duration::from_secs(20),
                for_: Duration::from_secs(5),
                factor: 10.0,
            },
            ..TrafficSpec::default()
        },
        ..TopicSpec::named("bursts", 2).at_rate(10.0)
    });
    let mut watched = Watched::new(&spec, 1);
    let mut last = (ends(&watched.world, "t"), ends(&watched.world, "bursts"));
    let mut found = Vec::new();
    for _ in 0..8 {
        watched.run(5.0);
        let next = (ends(&watched.world, "t"), ends(&watched.world, "bursts"));
        found.push((next.0 - last.0, next.1 - last.1));
        last = next;
    }
    for (index, (steady, bursts)) in found.iter().enumerate() {
        assert!((270..330).contains(steady), "{found:?}");
        let expected = if index % 4 == 0 { 450..550 } else { 40..60 };
        assert!(expected.contains(bursts), "{index}: {found:?}");
    }
    watched.act(&Act::SetRate {
        topic: "t".to_owned(),
        records_per_second: 0.0,
    });
    let before = ends(&watched.world, "t");
    watched.run(5.0);
    assert_eq!(ends(&watched.world, "t"), before);
    let wrong = Act::SetRate {
        topic: "no".to_owned(),
        records_per_second: 1.0,
    };
    assert_eq!(
        watched.world.act(&wrong),
        Err(ActError::NoSuchTopic("no".to_owned()))
    );
}

#[test]
fn producers_that_wait_for_one_stay_with_a_cut_off_leader_and_lose() {
    for (acks, stays) in [(Acks::Leader, true), (Acks::All, false)] {
        let mut spec = spec(Mode::Kraft);
        spec.topics[0].traffic.acks = acks;
        let mut watched = Watched::new(&spec, 2);
        watched.run(5.0);
        watched.act(&Act::Cut(Node::Broker(1)));
        watched.run(30.0);
        let at = watched.at(0);
        let (stale, led) = (
            watched.world.replica(1, at).unwrap(),
            watched.world.replica(2, at).unwrap(),
        );
        assert_eq!(
            stale.end - stale.high_watermark > 500,
            stays,
            "{acks:?} {stale:?}"
        );
        assert_eq!(led.end - led.high_watermark, 0);
        watched.act(&Act::Heal(Node::Broker(1)));
        watched.run(5.0);
        let healed = watched.world.replica(1, at).unwrap();
        assert_eq!(healed, watched.world.replica(2, at).unwrap());
        assert_eq!(healed.end < stale.end, stays, "{acks:?}");
    }
}

#[test]
fn retention_moves_the_start() {
    let mut spec = spec(Mode::Kraft);
    spec.topics[0].retention.records = Some(1_000);
    spec.topics.push(TopicSpec {
        retention: RetentionSpec {
            records: None,
            time: Some(Duration::from_secs(600)),
        },
        ..TopicSpec::named("timed", 1).at_rate(10.0)
    });
    let mut watched = Watched::new(&spec, 1);
    watched.run(120.0);
    let at = watched.at(0);
    let log = watched.world.replica(2, at).unwrap();
    assert!((1_000..1_050).contains(&(log.end - log.start)), "{log:?}");
    let truth = watched.world.truth();
    let timed = truth.topic("timed").unwrap();
    let (leader, at) = (timed.partitions[0].leader.unwrap(), timed.place(0).unwrap());
    let log = watched.world.log(leader, at, None).unwrap();
    assert!((5_700..6_300).contains(&(log.end - log.start)), "{log:?}");
    let now = watched.world.wall(watched.world.now());
    let oldest = watched.world.time_of(leader, at, log.start).unwrap();
    assert!((590_000..615_000).contains(&(now - oldest)), "{}", now - oldest);
    assert_eq!(watched.world.time_of(leader, at, log.start - 1), None);
    let (offset, time) = watched
        .world
        .offset_for_time(leader, at, now - 60_000)
        .unwrap()
        .unwrap();
    assert!(
        (550..650).contains(&(log.end - offset)) && time >= now - 60_000,
        "{offset} {time}"
    );
}

#[test]
fn what_a_client_wrote_is_read_back_between_the_simulated_records() {
    let mut watched = Watched::new(&spec(Mode::Kraft), 1);
    watched.run(1.0);
    let at = watched.at(0);
    let mut bases = Vec::new();
    for number in 0..5_u8 {
        let batch = Batch {
            bytes: Bytes::from(vec![number; 100]),
            records: 3,
            max_timestamp: 0,
            producer: Some((7, 0, i32::from(number) * 3)),
        };
        let first = watched.world.append(1, at, batch.clone(), Acks::All).unwrap();
        // The same batch once more is the same batch.
        assert_eq!(watched.world.append(1, at, batch, Acks::All), Ok(first));
        assert_eq!(watched.world.acked(1, at, &first), Acked::Yes);
        bases.push(first.base_offset);
        watched.run(0.5);
    }
    let end = watched.world.log(1, at, None).unwrap().high_watermark;
    let (mut next, mut found) = (bases[0] - 5, Vec::new());
    while next < end {
        for stored in watched.world.read(1, at, next, 1_000).unwrap() {
            match stored {
                Stored::Batch {
                    base_offset, batch, ..
                } => {
                    assert!(base_offset == next && batch.bytes.len() == 100);
                    found.push(base_offset);
                    next = base_offset + 3;
                }
                Stored::Synthetic {
                    base_offset,
                    records,
                    record_bytes,
                    timestamp,
                    ..
                } => {
                    assert!(base_offset == next && records > 0 && record_bytes == 200);
                    assert!(timestamp <= watched.world.wall(watched.world.now()));
                    next += i64::from(records);
                }
            }
        }
    }
    assert_eq!((next, found), (end, bases.clone()));
    // In the middle of a batch the whole batch is given.
    let inside = watched.world.read(1, at, bases[0] + 1, 1_000).unwrap();
    assert!(matches!(inside[0], Stored::Batch { base_offset, .. } if base_offset == bases[0]));
    assert_eq!(watched.world.read(1, at, end, 1_000), Ok(vec![]));
    assert_eq!(
        watched.world.read(1, at, end + 1, 1_000),
        Err(LogError::OutOfRange)
    );
    assert_eq!(watched.world.read(2, at, end, 1_000), Err(LogError::NotLeader));
    assert_eq!(watched.world.log(1, at, Some(1)), Err(LogError::UnknownEpoch));
    assert_eq!(watched.world.epoch_end(1, at, 0), Ok((0, end)));
}

#[test]
fn a_partition_keeps_only_so_much_of_what_clients_write() {
    let mut watched = Watched::new(&spec(Mode::Kraft), 1);
    let at = watched.at(0);
    let begin = watched.world.log(1, at, None).unwrap().start;
    for _ in 0..40 {
        let batch = Batch {
            bytes: Bytes::from(vec![0; 1_000_000]),
            ..batch(b"")
        };
        watched.world.append(1, at, batch, Acks::Leader).unwrap();
    }
    assert!(watched.world.log(1, at, None).unwrap().start > begin);
    let mine = watched.world.log_dirs(1);
    let size = mine.replicas.iter().find(|dir| dir.partition == 0).unwrap().size;
    assert!(size < 40_000_000, "{size}");
}

#[test]
fn writes_that_cannot_be_are_refused() {
    let mut watched = Watched::new(&spec(Mode::Kraft), 1);
    let at = watched.at(0);
    let nowhere = Place { partition: 99, ..at };
    let empty = Batch {
        records: 0,
        ..batch(b"")
    };
    assert_eq!(
        watched.world.append(1, nowhere, batch(b""), Acks::All),
        Err(AppendError::Unknown)
    );
    assert_eq!(
        watched.world.append(2, at, batch(b""), Acks::All),
        Err(AppendError::NotLeader)
    );
    assert_eq!(
        watched.world.append(1, at, empty, Acks::All),
        Err(AppendError::Invalid)
    );
    assert_eq!(watched.world.log(77, at, None), Err(LogError::Unknown));
}

#[test]
fn fifty_thousand_partitions_go_on_quickly_through_a_fault() {
    let spec = ClusterSpec::sized(Mode::Kraft, 60, 50_000, 1_000);
    let mut world = World::new(&spec, 1, 0).unwrap();
    assert_eq!(world.truth().topics.len(), 501);
    let began = Instant::now();
    world.advance(SimTime::seconds(2));
    let healthy = began.elapsed();
    let before = world.image(5);
    world.act(&Act::Kill(Node::Broker(9))).unwrap();
    world.advance(SimTime::seconds(20));
    let after = world.image(5);
    assert!(before.is_live(9) && !after.is_live(9));
    // Brokers that believe the same share it, and topics that did not change are the same ones.
    assert!(Arc::ptr_eq(&after, &world.image(60)));
    let torn = after
        .topics
        .iter()
        .flat_map(|topic| &topic.partitions)
        .filter(|partition| partition.isr.len() < 3)
        .count();
    assert!((2_000..3_500).contains(&torn), "{torn}");
    let hosted = world.log_dirs(5).replicas.len();
    assert!((2_000..3_500).contains(&hosted), "{hosted}");
    // Of the order of magnitude only, for this is not optimized code on a busy machine.
    assert!(healthy < Duration::from_secs(10), "{healthy:?}");
}

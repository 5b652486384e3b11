//! librdkafka on the simulated cluster: it writes, reads back, and is refused as by a real one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{Act, TopicSpec};
use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::kit::writer::{self, ANSWERED, Met};
use crate::simulated::{Simulated, brokers};

/// Records that were acknowledged: topic, partition, offset and payload.
#[derive(Clone, Default)]
struct Acknowledged(Arc<Mutex<BTreeMap<(i32, i64), String>>>);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let message = result.as_ref().unwrap_or_else(|(error, _)| panic!("{error}"));
        let payload = String::from_utf8_lossy(message.payload().unwrap()).into_owned();
        let place = (message.partition(), message.offset());
        self.0.lock().unwrap().insert(place, payload);
    }
}

fn config(cluster: &Simulated) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", cluster.bootstrap().join(","))
        .set("allow.auto.create.topics", "false");
    config
}

/// Writes that many records to each of some partitions, and lets time pass until all are acknowledged.
fn write(
    cluster: &Simulated,
    topic: &str,
    partitions: i32,
    each: usize,
    idempotent: bool,
) -> BTreeMap<(i32, i64), String> {
    let acknowledged = Acknowledged::default();
    let producer: BaseProducer<Acknowledged> = config(cluster)
        .set("acks", "all")
        .set("enable.idempotence", idempotent.to_string())
        .set("linger.ms", "5")
        .create_with_context(acknowledged.clone())
        .unwrap();
    for number in 0..each {
        for partition in 0..partitions {
            let payload = format!("record {number} of partition {partition}");
            let record = BaseRecord::<str, str>::to(topic)
                .partition(partition)
                .key("key")
                .payload(&payload);
            producer
                .send(record)
                .unwrap_or_else(|(error, _)| panic!("{error}"));
        }
    }
    cluster.until("all acknowledged", || {
        producer.poll(Duration::from_millis(5));
        producer.in_flight_count() == 0
    });
    let all = acknowledged.0.lock().unwrap().clone();
    assert_eq!(all.len(), each * usize::try_from(partitions).unwrap());
    all
}

/// Reads a topic from offsets on until that many records have come.
fn read(
    cluster: &Simulated,
    topic: &str,
    from: &[(i32, Offset)],
    records: usize,
) -> BTreeMap<(i32, i64), String> {
    let consumer: BaseConsumer = config(cluster)
        .set("group.id", "reader")
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "20")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    for (partition, offset) in from {
        list.add_partition_offset(topic, *partition, *offset).unwrap();
    }
    consumer.assign(&list).unwrap();
    let mut read = BTreeMap::new();
    cluster.until("all read", || {
        while let Some(message) = consumer.poll(Duration::from_millis(20)) {
            let message = message.unwrap_or_else(|error| panic!("{error}"));
            let payload = String::from_utf8_lossy(message.payload().unwrap()).into_owned();
            read.insert((message.partition(), message.offset()), payload);
        }
        read.len() >= records
    });
    read
}

#[test]
fn what_is_written_with_acks_all_is_read_back() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let cluster = Simulated::guide(mode);
        // The clock stands while the topic is made: nothing of this waits for a tick.
        let admin: AdminClient<DefaultClientContext> = config(&cluster).create().unwrap();
        let topic = NewTopic::new("canary", 3, TopicReplication::Fixed(3)).set("min.insync.replicas", "2");
        let moving = Arc::new(AtomicBool::new(true));
        let made = std::thread::scope(|scope| {
            scope.spawn(|| {
                while moving.load(Ordering::Relaxed) {
                    cluster.simulation().advance(Duration::from_millis(50));
                    std::thread::yield_now();
                }
            });
            let made = cluster
                .runtime
                .block_on(admin.create_topics([&topic], &AdminOptions::new()));
            moving.store(false, Ordering::Relaxed);
            made
        });
        assert_eq!(made.unwrap(), [Ok("canary".to_owned())]);
        let beginnings = [0, 1, 2].map(|partition| (partition, Offset::Beginning));
        let written = write(&cluster, "canary", 3, 400, false);
        assert_eq!(read(&cluster, "canary", &beginnings, written.len()), written);
        let more = write(&cluster, "canary", 3, 100, true);
        let all: BTreeMap<_, _> = written.into_iter().chain(more).collect();
        assert_eq!(all.len(), 1_500);
        assert_eq!(read(&cluster, "canary", &beginnings, all.len()), all);
    }
}

#[test]
fn synthetic_traffic_is_read_with_its_times() {
    let cluster = Simulated::guide(Mode::Kraft);
    cluster.seconds(10);
    let consumer: BaseConsumer = config(&cluster).set("group.id", "reader").create().unwrap();
    let (_, end) = consumer.fetch_watermarks("messages", 0, ANSWERED).unwrap();
    assert!(end > 10, "{end}");
    let read = read(&cluster, "messages", &[(0, Offset::Offset(end - 10))], 10);
    let offsets: BTreeSet<i64> = read.keys().map(|(_, offset)| *offset).collect();
    assert!(offsets.is_superset(&(end - 10..end).collect()), "{offsets:?}");
}

#[test]
fn two_brokers_down_refuse_acks_all() {
    let cluster = Simulated::separate();
    for node in brokers([2, 3]) {
        cluster.act(&Act::Kill(node));
    }
    // The sessions end after 9 s, and the controller takes both out of every ISR.
    cluster.seconds(15);
    let partition = ("messages".to_owned(), 0);
    let met = writer::write(&cluster.bootstrap(), std::slice::from_ref(&partition), ANSWERED);
    assert_eq!(met[&partition], Met::Refused(RDKafkaErrorCode::NotEnoughReplicas));
}

#[test]
fn a_silent_follower_lets_acks_all_hang_until_it_is_out_of_the_isr() {
    let cluster = Simulated::start(&kaftop::sim::world::ClusterSpec {
        topics: vec![TopicSpec::named("canary", 1).assigned(&[&[1, 2, 3]])],
        ..kaftop::sim::world::ClusterSpec::bare(Mode::Kraft, 3)
    });
    cluster.act(&Act::Pause(kaftop::sim::world::Node::Broker(3)));
    let partition = ("canary".to_owned(), 0);
    let bootstrap = &cluster.bootstrap()[..2];
    let met = writer::write(bootstrap, std::slice::from_ref(&partition), writer::IN_VAIN);
    assert_eq!(met[&partition], Met::TimedOut);
    cluster.seconds(15);
    let met = writer::write(bootstrap, std::slice::from_ref(&partition), ANSWERED);
    assert_eq!(met[&partition], Met::Acknowledged);
}

#[test]
fn a_group_without_members_commits_and_reads_its_commits() {
    let cluster = Simulated::guide(Mode::Kraft);
    let partition = ("dlq".to_owned(), 0);
    writer::commit(&cluster.bootstrap(), "stopped-group", &[(partition, 1)]);
    let snapshot = cluster.kaftop().snapshot().snapshot;
    let group = snapshot.group("stopped-group").unwrap();
    assert_eq!(group.partitions.as_ref().unwrap()[0].committed, Some(1));
}

//! Real clients of librdkafka: producers with acks=all that tell what they meet, and consumer groups.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::snapshot::Partition;

/// How long a record may wait for its acknowledgement where it is expected to wait in vain: some times what
/// a busy machine needs to acknowledge one.
pub const IN_VAIN: Duration = Duration::from_secs(4);
/// How long it may wait where an answer is expected: fresh brokers on a busy machine are slow at first.
pub const ANSWERED: Duration = Duration::from_secs(20);

/// What a record met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// Every in-sync replica has it.
    Acknowledged,
    /// Nothing came back in time.
    TimedOut,
    /// An error came back.
    Refused(RDKafkaErrorCode),
}

/// What a record to each partition met.
pub type Meetings = BTreeMap<Partition, Met>;

#[derive(Clone, Default)]
struct Deliveries(Arc<Mutex<Meetings>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let (message, met) = match result {
            Ok(message) => (message, Met::Acknowledged),
            Err((error, message)) => (message, meeting(error)),
        };
        let partition = (message.topic().to_owned(), message.partition());
        self.0.lock().unwrap().insert(partition, met);
    }
}

fn meeting(error: &KafkaError) -> Met {
    match error.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::MessageTimedOut
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::OperationTimedOut,
        )
        | None => Met::TimedOut,
        Some(code) => Met::Refused(code),
    }
}

/// The errors that a client meets for a moment after leaders moved, and gets over by asking again.
fn is_news(met: Met) -> bool {
    matches!(
        met,
        Met::Refused(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::UnknownTopicOrPartition
        )
    )
}

/// Writes a record to each partition with acks=all and tells what each met: the first answer of the
/// partition's leader, without the client's own retries.
pub fn write(bootstrap: &[String], partitions: &[Partition], patience: Duration) -> Meetings {
    let started = Instant::now();
    let mut open: Vec<Partition> = partitions.to_vec();
    let mut met = Meetings::new();
    while !open.is_empty() {
        met.extend(write_once(bootstrap, &open, patience));
        open.retain(|partition| met.get(partition).copied().is_none_or(is_news));
        if started.elapsed() > patience {
            break;
        }
    }
    met
}

fn write_once(bootstrap: &[String], partitions: &[Partition], patience: Duration) -> Meetings {
    let deliveries = Deliveries::default();
    let limit = patience.as_millis().to_string();
    let producer: BaseProducer<Deliveries> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap.join(","))
        .set("acks", "all")
        .set("enable.idempotence", "false")
        .set("retries", "0")
        .set("linger.ms", "5")
        .set("message.timeout.ms", &limit)
        .set("request.timeout.ms", &limit)
        .set("allow.auto.create.topics", "false")
        .create_with_context(deliveries.clone())
        .unwrap();
    for (topic, partition) in partitions {
        let record = BaseRecord::<(), [u8]>::to(topic)
            .partition(*partition)
            .payload(b"proof".as_slice());
        producer
            .send(record)
            .unwrap_or_else(|(error, _)| panic!("{topic}-{partition} cannot be queued: {error}"));
    }
    let deadline = Instant::now() + patience + Duration::from_secs(2);
    while producer.in_flight_count() > 0 && Instant::now() < deadline {
        producer.poll(Duration::from_millis(50));
    }
    // A broker answers the requests of one connection one after the other, each after its whole timeout: what is
    // not told by now has met nothing in time.
    let mut meetings: Meetings = partitions
        .iter()
        .map(|partition| (partition.clone(), Met::TimedOut))
        .collect();
    meetings.extend(deliveries.0.lock().unwrap().clone());
    meetings
}

/// How a verdict must name these meetings: `ok`, `refused`, `stalled`.
pub fn as_writes(meetings: &Meetings) -> &'static str {
    if meetings.values().any(|met| matches!(met, Met::Refused(_))) {
        "refused"
    } else if meetings.values().any(|met| *met == Met::TimedOut) {
        "stalled"
    } else {
        "ok"
    }
}

/// How many met what.
pub fn counted(meetings: &Meetings) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for met in meetings.values() {
        *counts.entry(format!("{met:?}")).or_default() += 1;
    }
    counts
}

fn group_config(bootstrap: &[String], group: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap.join(","))
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("session.timeout.ms", "10000");
    config
}

/// Commits offsets for a group that then has no members.
pub fn commit(bootstrap: &[String], group: &str, offsets: &[(Partition, i64)]) {
    let consumer: BaseConsumer = group_config(bootstrap, group).create().unwrap();
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))
            .unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match consumer.commit(&list, CommitMode::Sync) {
            Ok(()) => return,
            // The first commit of a cluster makes `__consumer_offsets`, and its coordinator loads it.
            Err(error) if Instant::now() > deadline => panic!("{group} cannot commit: {error}"),
            Err(_) => {
                let _ = consumer.poll(Duration::from_millis(200));
            }
        }
    }
}

/// A member of a group that reads one topic and never commits; it leaves on drop.
pub struct Reader {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Joins the group.
    pub fn join(bootstrap: &[String], group: &str, topic: &str) -> Self {
        let consumer: BaseConsumer = group_config(bootstrap, group)
            .set("heartbeat.interval.ms", "1000")
            .create()
            .unwrap();
        consumer.subscribe(&[topic]).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let _ = consumer.poll(Duration::from_millis(200));
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes to one topic until it is dropped, so that its end moves all the time.
pub struct Stream {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    /// Starts to write.
    pub fn start(bootstrap: &[String], partitions: Vec<Partition>) -> Self {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap.join(","))
            .set("acks", "all")
            .create()
            .unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                for (topic, partition) in &partitions {
                    let record = BaseRecord::<(), [u8]>::to(topic)
                        .partition(*partition)
                        .payload(b"stream".as_slice());
                    let _ = producer.send(record);
                }
                producer.poll(Duration::from_millis(20));
            }
            let _ = producer.flush(IN_VAIN);
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

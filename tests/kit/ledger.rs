//! A load with acks=all that keeps account of every record, and the reading of all that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::snapshot::Partition;

/// The rest between two rounds of records.
const ROUND: Duration = Duration::from_millis(50);
/// How long what was sent last may take to be acknowledged, and all of it to be read.
const WITHIN: Duration = Duration::from_secs(40);

/// What became of the records of a load.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The numbers of those that every in-sync replica has.
    pub acknowledged: BTreeSet<usize>,
    /// What the others met.
    pub lost: Vec<String>,
    /// The longest time in which none was acknowledged.
    pub longest_gap: Duration,
    newest: Option<Instant>,
}

#[derive(Clone, Default)]
struct Receipts(Arc<Mutex<Account>>);

impl ClientContext for Receipts {}

impl ProducerContext for Receipts {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let mut account = self.0.lock().unwrap();
        match result {
            Ok(_) => {
                let now = Instant::now();
                if let Some(before) = account.newest.replace(now) {
                    account.longest_gap = account.longest_gap.max(now - before);
                }
                account.acknowledged.insert(number);
            }
            Err((error, message)) => {
                let place = (message.topic().to_owned(), message.partition());
                account.lost.push(format!("{number} to {place:?}: {error}"));
            }
        }
    }
}

/// A load that goes on until it is ended.
pub struct Load {
    stop: Arc<AtomicBool>,
    receipts: Receipts,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// Begins to write numbered records to these partitions, as a careful producer does: acks=all, without duplicates, with the
    /// client's own retries.
    pub fn start(bootstrap: &[String], partitions: Vec<Partition>) -> Self {
        let receipts = Receipts::default();
        let producer: BaseProducer<Receipts> = ClientConfig::new()
            .set("bootstrap.servers", bootstrap.join(","))
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .create_with_context(receipts.clone())
            .unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut number = 0_usize;
            while !stopped.load(Ordering::Relaxed) {
                for (topic, partition) in &partitions {
                    let payload = number.to_string();
                    let record: BaseRecord<'_, (), str, usize> = BaseRecord::with_opaque_to(topic, number)
                        .partition(*partition)
                        .payload(&payload);
                    // A full queue takes none; only what was taken has a number.
                    if producer.send(record).is_ok() {
                        number += 1;
                    }
                }
                let next = Instant::now() + ROUND;
                while let Some(left) = next.checked_duration_since(Instant::now()) {
                    producer.poll(left);
                }
            }
            let _ = producer.flush(WITHIN);
        });
        Self {
            stop,
            receipts,
            thread: Some(thread),
        }
    }

    /// Ends the load, waits for what is under way, and tells what became of all records.
    pub fn end(mut self) -> Account {
        self.join();
        self.receipts.0.lock().unwrap().clone()
    }

    fn join(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.join();
    }
}

/// The numbers of all records that stand in these partitions, and how often one stands there again.
pub fn read_all(bootstrap: &[String], partitions: &[Partition]) -> (BTreeSet<usize>, usize) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap.join(","))
        .set("group.id", "ledger")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    let mut missing: BTreeMap<Partition, i64> = BTreeMap::new();
    for (topic, partition) in partitions {
        let (_, end) = consumer.fetch_watermarks(topic, *partition, WITHIN).unwrap();
        list.add_partition_offset(topic, *partition, Offset::Beginning)
            .unwrap();
        if end > 0 {
            missing.insert((topic.clone(), *partition), end);
        }
    }
    consumer.assign(&list).unwrap();
    let (mut numbers, mut again) = (BTreeSet::new(), 0);
    let deadline = Instant::now() + WITHIN;
    while !missing.is_empty() {
        assert!(Instant::now() < deadline, "not read to the end: {missing:?}");
        let Some(message) = consumer.poll(Duration::from_millis(200)) else {
            continue;
        };
        let message = message.unwrap();
        let text = String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned();
        again += usize::from(text.parse().is_ok_and(|number| !numbers.insert(number)));
        let place = (message.topic().to_owned(), message.partition());
        if missing
            .get(&place)
            .is_some_and(|end| message.offset() + 1 >= *end)
        {
            missing.remove(&place);
        }
    }
    (numbers, again)
}

//! What stands in the cluster: topics, a few records in every partition, groups with commits and lag.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use color_eyre::eyre::{WrapErr, bail};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::util::Timeout;
use tokio::runtime::Builder;

use super::cluster::BROKERS;
use super::{Outcome, say};

/// The topics of the small cluster; with the 50 partitions of committed offsets 212.
pub const SMALL: &[(&str, i32)] = &[("messages", 100), ("file_merge_requests", 50), ("dlq", 12)];
/// The partitions of the small cluster.
pub const SMALL_PARTITIONS: usize = 212;
/// The groups of the small cluster.
pub const SMALL_GROUPS: usize = 5;
/// Topics of the large cluster beyond those, each with [`PER_TOPIC`] partitions.
const MORE_TOPICS: usize = 20;
/// Groups of the large cluster beyond those, each with commits in every partition of one topic.
const MORE_GROUPS: usize = 100;
/// Partitions of a topic, and so of a group.
const PER_TOPIC: i32 = 100;
/// The partitions of the large cluster.
pub const LARGE_PARTITIONS: usize = 2_212;
/// The groups of the large cluster.
pub const LARGE_GROUPS: usize = SMALL_GROUPS + MORE_GROUPS;
/// Records in each partition.
const RECORDS: i64 = 3;
/// Where each group stands, so that its lag is above zero.
const COMMITTED: i64 = 1;
/// The longest that the cluster may take for something.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest wait for one request.
const REQUEST: Duration = Duration::from_secs(15);

/// Writes to a cluster.
pub struct Content {
    bootstrap: String,
}

impl Content {
    /// Content for the cluster at these addresses.
    pub fn of(bootstrap: String) -> Self {
        Self { bootstrap }
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.bootstrap);
        client
    }

    /// Fills the topics of the small cluster, which exist.
    pub fn fill_small(&self) -> Outcome {
        self.await_whole()?;
        say("writing records and commits of the small cluster");
        for (topic, partitions) in SMALL {
            self.produce(topic, *partitions)?;
        }
        for group in 0..SMALL_GROUPS {
            self.commit(&format!("group-{group}"), "messages")?;
        }
        self.await_whole()
    }

    /// Makes the large cluster of the small one.
    pub fn grow(&self) -> Outcome {
        say("making the topics, records and commits of the large cluster");
        let topics: Vec<String> = (0..MORE_TOPICS).map(|topic| format!("bulk-{topic}")).collect();
        self.create(&topics)?;
        self.await_whole()?;
        for topic in &topics {
            self.produce(topic, PER_TOPIC)?;
        }
        for (group, topic) in (0..MORE_GROUPS).zip(topics.iter().cycle()) {
            self.commit(&format!("bulk-group-{group}"), topic)?;
        }
        self.await_whole()
    }

    fn create(&self, topics: &[String]) -> Outcome {
        let admin: AdminClient<DefaultClientContext> = self.client().create()?;
        let topics: Vec<NewTopic<'_>> = topics
            .iter()
            .map(|topic| {
                NewTopic::new(topic, PER_TOPIC, TopicReplication::Fixed(3)).set("min.insync.replicas", "2")
            })
            .collect();
        let options = AdminOptions::new()
            .request_timeout(Some(Timeout::After(PATIENCE)))
            .operation_timeout(Some(Timeout::After(PATIENCE)));
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let results = runtime.block_on(admin.create_topics(&topics, &options))?;
        for result in results {
            if let Err((topic, code)) = result {
                bail!("cannot make the topic {topic}: {code}");
            }
        }
        Ok(())
    }

    fn produce(&self, topic: &str, partitions: i32) -> Outcome {
        let producer: BaseProducer = self.client().set("linger.ms", "5").create()?;
        for partition in 0..partitions {
            for _ in 0..RECORDS {
                let record = BaseRecord::<str, str>::to(topic)
                    .partition(partition)
                    .payload("bench");
                producer
                    .send(record)
                    .map_err(|(error, _)| error)
                    .wrap_err_with(|| format!("writing to {topic}-{partition}"))?;
            }
            producer.poll(Duration::ZERO);
        }
        producer
            .flush(PATIENCE)
            .wrap_err_with(|| format!("writing to {topic}"))
    }

    /// Commits for a group in every partition of a topic, again and again until a coordinator takes it.
    fn commit(&self, group: &str, topic: &str) -> Outcome {
        let consumer: BaseConsumer = self
            .client()
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .create()?;
        let mut commits = TopicPartitionList::new();
        for partition in 0..PER_TOPIC {
            commits.add_partition_offset(topic, partition, Offset::Offset(COMMITTED))?;
        }
        consumer.assign(&commits)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match consumer.commit(&commits, CommitMode::Sync) {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > deadline => {
                    return Err(error).wrap_err_with(|| format!("committing for {group}"));
                }
                Err(_) => thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    /// Waits until all brokers are there and every replica is in sync.
    pub fn await_whole(&self) -> Outcome {
        let consumer: BaseConsumer = self.client().create()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let missing = match consumer.fetch_metadata(None, REQUEST) {
                Ok(metadata) => {
                    let brokers = metadata.brokers().len();
                    let topics = metadata.topics().iter();
                    let lacking = topics
                        .flat_map(MetadataTopic::partitions)
                        .filter(|partition| {
                            partition.isr().len() < usize::from(BROKERS) || partition.leader() < 0
                        })
                        .count();
                    if brokers == usize::from(BROKERS) && lacking == 0 {
                        return Ok(());
                    }
                    format!("{brokers} brokers, {lacking} partitions lack a leader or a replica in sync")
                }
                Err(error) => error.to_string(),
            };
            if Instant::now() > deadline {
                bail!("the cluster is not whole after {PATIENCE:?}: {missing}");
            }
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// Writes to `messages` at an even pace until the value is dropped, so that there is something to watch.
    pub fn flow(&self) -> Outcome<Flow> {
        let producer: BaseProducer = self.client().set("linger.ms", "5").create()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let record = BaseRecord::<str, str>::to("messages").payload("bench");
                let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
                // A full queue is what a broker that stands still brings; the others are written to as before.
                match producer.send(record) {
                    Err((error, _)) if error != full => say(&format!("writing to messages: {error}")),
                    _ => {}
                }
                producer.poll(Duration::ZERO);
                thread::sleep(Flow::PAUSE);
            }
            // What is under way does not matter any more.
            producer.purge(rdkafka::producer::PurgeConfig::default().queue().inflight());
        });
        Ok(Flow {
            stop,
            thread: Some(thread),
        })
    }
}

/// A paced producer; stopped on drop.
pub struct Flow {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Flow {
    /// The time between two records.
    const PAUSE: Duration = Duration::from_millis(5);
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say.
            let _ = thread.join();
        }
    }
}

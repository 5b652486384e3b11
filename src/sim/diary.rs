//! What the processes of a simulated cluster print, in the words of Kafka and ZooKeeper: written down by somebody who looks
//! at the world again and again, which is left as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::world::{EnsembleMode, Image, Node, PartitionImage, ProcessState, World};
use crate::model::cluster::Mode;
use crate::model::log::{LogLine, LogRing, LogStream};
use crate::model::time::{At, Span};

/// The most lines that are kept of a process.
const MOST_LINES: usize = 2_000;
/// The most bytes that are kept of one.
const MOST_BYTES: usize = 512 << 10;
/// A process that misses a peer says so this often.
const MISSED_EVERY: Span = Span::seconds(10);
/// The most partitions whose replicas are compared.
const MOST_PARTITIONS: usize = 5_000;
/// The most lines that one change of replicas writes for a process.
const MOST_AT_ONCE: usize = 40;

/// What every process has printed so far.
#[derive(Debug, Default)]
pub struct Diary {
    books: BTreeMap<Node, Book>,
    image: Option<Arc<Image>>,
}

#[derive(Debug)]
struct Book {
    lines: LogRing,
    state: ProcessState,
    /// When it was first seen to have ended; none where it runs.
    ended: Option<At>,
    /// What a ZooKeeper is to its peers.
    seat: Option<EnsembleMode>,
    /// When it said last that it misses a peer.
    missed: Option<At>,
}

impl Book {
    fn new(state: ProcessState) -> Self {
        Self {
            lines: LogRing::new(MOST_LINES, MOST_BYTES),
            state,
            ended: None,
            seat: None,
            missed: None,
        }
    }

    /// Writes an entry, as log4j does.
    fn write(&mut self, at: At, level: &str, words: &str) {
        let stamp = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        let millis = at.0.rem_euclid(1000);
        let line = format!(
            "[{},{millis:03}] {level} {words}",
            stamp.strftime("%Y-%m-%d %H:%M:%S")
        );
        self.go_on(at, &line);
    }

    /// Writes a line as it is, such as one of a stack trace.
    fn go_on(&mut self, at: At, line: &str) {
        self.lines
            .push(LogLine::new(Some(at), LogStream::Out, line.as_bytes()));
    }
}

impl Diary {
    /// What a process has printed, and when it ended where it does not run; none where there is no such process.
    pub fn of(&self, node: Node) -> Option<(Option<At>, &LogRing)> {
        // Where brokers are their own controllers both are one process.
        let same = match node {
            Node::Controller(id) if !self.books.contains_key(&node) => Node::Broker(id),
            node => node,
        };
        let book = self.books.get(&same)?;
        Some((book.ended, &book.lines))
    }

    /// Writes down what has changed since the last look.
    pub fn look(&mut self, world: &World, at: At) {
        let mode = world.spec().mode;
        for node in world.nodes() {
            let state = world.process(node).state;
            let book = self.books.entry(node).or_insert_with(|| {
                let mut book = Book::new(state);
                begins(&mut book, node, mode, at);
                book
            });
            let before = std::mem::replace(&mut book.state, state);
            book.ended = (state == ProcessState::Gone).then(|| book.ended.unwrap_or(at));
            turns(book, (node, mode), (before, state), at);
        }
        self.seats(world, at);
        self.missing(world, mode, at);
        self.replicas(world, at);
    }

    /// ZooKeepers say what they become.
    fn seats(&mut self, world: &World, at: At) {
        for (node, book) in &mut self.books {
            let Node::ZooKeeper(id) = node else { continue };
            let seat = world.ensemble(*id).map(|view| view.mode);
            if std::mem::replace(&mut book.seat, seat) == seat || book.state != ProcessState::Running {
                continue;
            }
            let (level, words) = match seat {
                Some(EnsembleMode::Leader) => {
                    ("INFO", "LEADING (org.apache.zookeeper.server.quorum.QuorumPeer)")
                }
                Some(EnsembleMode::Follower) => (
                    "INFO",
                    "FOLLOWING (org.apache.zookeeper.server.quorum.QuorumPeer)",
                ),
                Some(EnsembleMode::NotServing) => (
                    "WARN",
                    "LOOKING: no majority answers (org.apache.zookeeper.server.quorum.QuorumPeer)",
                ),
                Some(EnsembleMode::Standalone) | None => continue,
            };
            book.write(at, level, words);
        }
    }

    /// Brokers complain of peers that do not answer.
    fn missing(&mut self, world: &World, mode: Mode, at: At) {
        let reached = |node: &Node| {
            let process = world.process(*node);
            matches!(process.state, ProcessState::Running | ProcessState::ShuttingDown) && !process.cut
        };
        let (there, lost): (Vec<Node>, Vec<Node>) = self.books.keys().copied().partition(reached);
        for (node, book) in &mut self.books {
            let Node::Broker(own) = node else { continue };
            let alone = !there.contains(node) && world.process(*node).cut;
            let due = book.missed.is_none_or(|last| last.age(at) >= MISSED_EVERY);
            if book.state != ProcessState::Running || !due {
                continue;
            }
            let peers = if alone { &there } else { &lost };
            for peer in peers.iter().filter(|peer| *peer != node) {
                miss(book, (*own, *peer), mode, at);
                book.missed = Some(at);
            }
        }
    }

    /// Leaders say who falls out of their ISR and who comes back, and what they refuse.
    fn replicas(&mut self, world: &World, at: At) {
        let image = world.truth();
        let Some(before) = self.image.replace(Arc::clone(&image)) else {
            return;
        };
        let all: usize = image.topics.iter().map(|topic| topic.partitions.len()).sum();
        if Arc::ptr_eq(&before, &image) || all > MOST_PARTITIONS {
            return;
        }
        if before.controller != image.controller
            && let Some(id) = image.controller
        {
            let words =
                format!("[Controller id={id}] Elected as the controller (kafka.controller.KafkaController)");
            self.say(id, at, "INFO", &words);
        }
        let mut written: BTreeMap<i32, usize> = BTreeMap::new();
        for topic in &image.topics {
            let Some(old) = before.topic(&topic.name) else {
                continue;
            };
            for (number, (old, new)) in old.partitions.iter().zip(&topic.partitions).enumerate() {
                let Some(leader) = new.leader.filter(|_| old.isr != new.isr) else {
                    continue;
                };
                let count = written.entry(leader).or_default();
                *count += 1;
                if *count > MOST_AT_ONCE {
                    continue;
                }
                let name = format!("{}-{number}", topic.name);
                self.say(leader, at, "INFO", &resized(&name, leader, old, new));
                if new.isr.len() < topic.min_isr as usize {
                    self.refuse(leader, at, &name, new.isr.len(), topic.min_isr);
                }
            }
        }
    }

    fn say(&mut self, broker: i32, at: At, level: &str, words: &str) {
        if let Some(book) = self.books.get_mut(&Node::Broker(broker)) {
            book.write(at, level, words);
        }
    }

    fn refuse(&mut self, leader: i32, at: At, partition: &str, isr: usize, least: u32) {
        let Some(book) = self.books.get_mut(&Node::Broker(leader)) else {
            return;
        };
        let words = format!(
            "[ReplicaManager broker={leader}] Error processing append operation on partition {partition} (kafka.server.ReplicaManager)"
        );
        book.write(at, "ERROR", &words);
        let cause = format!(
            "org.apache.kafka.common.errors.NotEnoughReplicasException: The size of the current ISR : {isr} is insufficient to satisfy the min.isr requirement of {least} for partition {partition}"
        );
        book.go_on(at, &cause);
    }
}

/// `Shrinking ISR from 1,2,3 to 2,3`.
fn resized(name: &str, leader: i32, old: &PartitionImage, new: &PartitionImage) -> String {
    let listed = |ids: &PartitionImage| {
        let ids: Vec<String> = ids.isr.iter().map(ToString::to_string).collect();
        ids.join(",")
    };
    let verb = if new.isr.len() < old.isr.len() {
        "Shrinking"
    } else {
        "Expanding"
    };
    format!(
        "[Partition {name} broker={leader}] {verb} ISR from {} to {} (kafka.cluster.Partition)",
        listed(old),
        listed(new)
    )
}

/// What a process prints that was there before anybody looked.
fn begins(book: &mut Book, node: Node, mode: Mode, at: At) {
    if book.state != ProcessState::Gone {
        starts(book, node, mode, at);
        started(book, node, mode, at);
    }
}

fn starts(book: &mut Book, node: Node, mode: Mode, at: At) {
    let words = match (node, mode) {
        (Node::ZooKeeper(_), _) => {
            "Starting quorum peer, myid={id} (org.apache.zookeeper.server.quorum.QuorumPeerMain)"
        }
        (_, Mode::Kraft) => "Starting controller and broker (kafka.server.KafkaRaftServer)",
        (_, Mode::ZooKeeper) => "starting (kafka.server.KafkaServer)",
    };
    book.write(at, "INFO", &words.replace("{id}", &id(node).to_string()));
}

fn started(book: &mut Book, node: Node, mode: Mode, at: At) {
    let id = id(node);
    let words = match (node, mode) {
        (Node::ZooKeeper(_), _) => return,
        (Node::Controller(_), _) => {
            format!(
                "[ControllerServer id={id}] Transition from STARTING to STARTED (kafka.server.ControllerServer)"
            )
        }
        (Node::Broker(_), Mode::Kraft) => {
            format!("[BrokerServer id={id}] Transition from STARTING to STARTED (kafka.server.BrokerServer)")
        }
        (Node::Broker(_), Mode::ZooKeeper) => {
            format!("[KafkaServer id={id}] started (kafka.server.KafkaServer)")
        }
    };
    book.write(at, "INFO", &words);
}

/// What a process prints as it goes from one state to another. One that is killed or frozen prints nothing.
fn turns(book: &mut Book, (node, mode): (Node, Mode), (before, now): (ProcessState, ProcessState), at: At) {
    use ProcessState::{Gone, Paused, Running, ShuttingDown, Starting};
    let server = match node {
        Node::ZooKeeper(_) => "ZooKeeper Server".to_owned(),
        node => format!("[KafkaServer id={}]", id(node)),
    };
    match (before, now) {
        (Gone, Starting) => starts(book, node, mode, at),
        (Gone, Running) => {
            starts(book, node, mode, at);
            started(book, node, mode, at);
        }
        (Starting, Running) => started(book, node, mode, at),
        (Running, ShuttingDown) => {
            let words = "Terminating process due to signal SIGTERM (org.apache.kafka.common.utils.LoggingSignalHandler)";
            book.write(at, "INFO", words);
            book.write(
                at,
                "INFO",
                &format!("{server} shutting down (kafka.server.KafkaServer)"),
            );
        }
        (ShuttingDown, Gone) => {
            book.write(
                at,
                "INFO",
                &format!("{server} shut down completed (kafka.server.KafkaServer)"),
            );
        }
        (Paused, Running) if matches!(node, Node::Broker(_)) => {
            let words =
                "Session expired: it was not heard of for too long (kafka.server.BrokerLifecycleManager)";
            book.write(at, "WARN", words);
        }
        _ => {}
    }
}

/// What a broker prints of a peer that it does not reach.
fn miss(book: &mut Book, (own, peer): (i32, Node), mode: Mode, at: At) {
    match (peer, mode) {
        (Node::Broker(peer), _) => {
            let words = format!(
                "[ReplicaFetcher replicaId={own}, leaderId={peer}, fetcherId=0] Error in response for fetch request (kafka.server.ReplicaFetcherThread)"
            );
            book.write(at, "WARN", &words);
            let cause = format!(
                "java.io.IOException: Connection to broker-{peer}:9092 (id: {peer} rack: null) failed."
            );
            book.go_on(at, &cause);
            for frame in [
                "org.apache.kafka.clients.NetworkClientUtils.awaitReady(NetworkClientUtils.java:71)",
                "kafka.server.BrokerBlockingSender.sendRequest(BrokerBlockingSender.scala:108)",
                "kafka.server.AbstractFetcherThread.doWork(AbstractFetcherThread.scala:114)",
            ] {
                book.go_on(at, &format!("\tat {frame}"));
            }
        }
        (Node::Controller(peer), _) => {
            let words = format!(
                "[RaftManager id={own}] Connection to node {peer} could not be established. Node may not be available. (org.apache.kafka.clients.NetworkClient)"
            );
            book.write(at, "WARN", &words);
        }
        (Node::ZooKeeper(peer), _) => {
            let words = format!(
                "Session 0x{own}00 for server zookeeper-{peer}:2181, Closing socket connection. Attempting reconnect. (org.apache.zookeeper.ClientCnxn)"
            );
            book.write(at, "WARN", &words);
        }
    }
}

fn id(node: Node) -> i32 {
    match node {
        Node::Broker(id) | Node::Controller(id) | Node::ZooKeeper(id) => id,
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{Act, ClusterSpec, SimTime, TopicSpec};
    use super::*;
    use crate::model::log::LogLevel;

    /// What broker 1 and broker 2 have printed after `act` was done to broker 1.
    fn after(mode: Mode, act: &Act) -> [Vec<String>; 2] {
        let mut spec = ClusterSpec::bare(mode, 3);
        spec.topics = vec![TopicSpec::named("t", 3).assigned(&[&[2, 1], &[1, 2], &[2, 1]])];
        let mut world = World::new(&spec, 7, 0).unwrap();
        let mut diary = Diary::default();
        let look = |world: &mut World, diary: &mut Diary, second: u64| {
            world.advance(SimTime(second * 1000));
            diary.look(
                world,
                At(1_767_323_045_000 + i64::try_from(second).unwrap() * 1000),
            );
        };
        look(&mut world, &mut diary, 1);
        world.act(act).unwrap();
        for second in 2..40 {
            look(&mut world, &mut diary, second);
        }
        [1, 2].map(|id| {
            let (_, lines) = diary.of(Node::Broker(id)).unwrap();
            lines.from(0).map(|(_, line)| line.message().to_owned()).collect()
        })
    }

    #[test]
    fn a_stopped_process_says_so_and_a_killed_one_nothing() {
        for mode in [Mode::Kraft, Mode::ZooKeeper] {
            let [own, _] = after(mode, &Act::Stop(Node::Broker(1)));
            assert!(own.last().unwrap().contains("shut down completed"), "{own:?}");
            let [own, peer] = after(mode, &Act::Kill(Node::Broker(1)));
            assert!(
                own.last().unwrap().contains("STARTED") || own.last().unwrap().contains("started"),
                "{own:?}"
            );
            assert!(peer.iter().any(|line| line.contains("leaderId=1")), "{peer:?}");
            let shrinks = peer
                .iter()
                .filter(|line| line.contains("Shrinking ISR from"))
                .count();
            assert!(shrinks > 0, "{peer:?}");
        }
    }

    #[test]
    fn entries_have_levels_and_stack_traces_belong_to_theirs() {
        let mut book = Book::new(ProcessState::Running);
        miss(
            &mut book,
            (2, Node::Broker(1)),
            Mode::Kraft,
            At(1_767_323_045_000),
        );
        let levels: Vec<Option<LogLevel>> = book.lines.from(0).map(|(_, line)| line.level).collect();
        assert_eq!(levels, vec![Some(LogLevel::Warn); 5]);
    }
}

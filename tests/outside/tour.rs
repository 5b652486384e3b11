//! The fault tour: one real cluster, the screen running all the time, each fault once.

use std::thread;
use std::time::{Duration, Instant};

use crate::compare;
use crate::expected::{Council, Expected};
use crate::kit::kaftop::Kaftop;
use crate::kit::rig::{Cluster, Layout};
use crate::kit::screen::Screen;
use crate::kit::scripts::{Scripts, Topics};
use crate::kit::snapshot::{Partition, Snapshot};
use crate::kit::writer::{self, Meetings, Reader, Stream};
use crate::kit::{Checked, ensure};
use crate::record::Record;
use crate::stage;

/// Within which a cluster comes to rest after a fault, on a slow machine.
pub const AT_REST: Duration = Duration::from_secs(75);

/// The topics whose offsets the tools are asked for: all that never lose their leader in the tour, and
/// that nobody writes to on its own.
const MEASURED: &str = "messages|file_merge_requests|message_status_updates|dlq|reborn";

/// A cluster on tour.
pub struct Tour {
    pub cluster: Cluster,
    pub kaftop: Kaftop,
    pub screen: Screen,
    pub healthy: Council,
    started: Instant,
    wrong: Vec<String>,
    record: Option<Record>,
    _waiting: Reader,
}

impl Tour {
    /// Starts the cluster and the screen, and sets the stage; `solo` chooses the broker of the topic with one replica.
    pub fn begin(layout: Layout, version: &'static str, healthy: Council, solo: fn(&Cluster) -> i32) -> Self {
        let cluster = Cluster::start(layout, version, None);
        // What a broker's container tells would end the silence between its death and its fencing, which is looked at here.
        let kaftop = Kaftop::new(&cluster.bootstrap(), &cluster.zookeeper()).without_engine();
        let started = Instant::now();
        let screen = Screen::start(kaftop.target());
        screen.await_words(Duration::from_secs(10), &["HEALTHY"]).unwrap();
        let waiting = stage::set(&cluster, &kaftop, solo(&cluster));
        let mut tour = Self {
            cluster,
            kaftop,
            screen,
            healthy,
            started,
            wrong: Vec::new(),
            record: None,
            _waiting: waiting,
        };
        tour.await_healthy("healthy");
        let name = tour.told("kraft").unwrap_or("zookeeper");
        tour.record = Record::begin(&tour.cluster, name, version);
        tour
    }

    /// Whether the cluster keeps its metadata in a quorum of its own.
    pub fn is_kraft(&self) -> bool {
        matches!(self.healthy, Council::Quorum)
    }

    /// What is told in KRaft mode alone. In ZooKeeper mode nobody tells the address of a broker whose session has ended:
    /// a snapshot that starts then cannot try it, and does not know how it would fail.
    pub fn told(&self, what: &'static str) -> Option<&'static str> {
        self.is_kraft().then_some(what)
    }

    /// What a snapshot must say with these brokers gone from the cluster, which do not answer in that way.
    pub fn expect_down(&self, brokers: &[i32], failure: &'static str) -> Expected {
        Expected::without(brokers, "down", self.told(failure), self.healthy)
    }

    /// Does something to nodes: a verb of `docker`, or `cut` and `heal`.
    pub fn act(&mut self, verb: &str, nodes: &[String]) {
        if let Some(record) = &self.record {
            record.await_quiet();
        }
        let began = self.record.as_ref().map(Record::now);
        let began = match verb {
            "cut" | "heal" => self.cluster.cut_or_heal(verb, nodes).or(began),
            _ => {
                self.cluster.docker(verb, nodes);
                began
            }
        };
        if let (Some(record), Some(at)) = (&self.record, began) {
            record.act(at, verb, nodes);
        }
    }

    /// Notes what is wrong, and lets the tour go on: a cluster is too dear for one answer.
    pub fn note(&mut self, checked: Checked) {
        if let Err(why) = checked {
            println!("WRONG: {why}");
            self.wrong.push(why);
        }
    }

    /// Healthy and at rest, with the groups as they were made, also in words on the screen.
    pub fn await_healthy(&mut self, what: &str) {
        self.say(what);
        let expected = Expected::healthy(self.healthy);
        let settled = self.kaftop.await_snapshot(what, AT_REST, |snapshot| {
            expected.holds(snapshot)?;
            for (group, state, members) in [
                ("stopped-group", "Empty", 0),
                ("beyond-group", "Empty", 0),
                ("waiting-group", "Stable", 1),
            ] {
                let row = snapshot.group(group);
                let said = row.map(|row| (row.state.as_deref(), row.members));
                ensure!(said == Some((Some(state), Some(members))), "{group}: {said:?}");
            }
            Ok(())
        });
        self.note(settled.map(drop));
        self.screen_says(&["HEALTHY"]);
        if let Some(record) = &self.record {
            record.await_health();
        }
    }

    fn screen_says(&mut self, words: &[&str]) {
        self.await_screen(Duration::from_secs(20), words);
    }

    /// Waits until these words stand on the screen.
    pub fn await_screen(&mut self, within: Duration, words: &[&str]) {
        let said = self.screen.await_words(within, words);
        self.note(said);
        self.screen.assert_runs();
    }

    /// Snapshots until one says what is expected; then the screen must say it too.
    pub fn settle(&mut self, what: &str, expected: &Expected, words: &[&str]) {
        self.say(what);
        let settled = self
            .kaftop
            .await_snapshot(what, AT_REST, |snapshot| expected.holds(snapshot));
        self.note(settled.map(drop));
        let state = match expected.level {
            "ok" => "HEALTHY",
            "degraded" => "DEGRADED",
            "critical" => "CRITICAL",
            _ => "UNKNOWN",
        };
        self.screen_says(&[&[state], words].concat());
    }

    /// Holds kaftop against what can be known without it: Kafka's tools through a survivor, a real producer, and
    /// the exit codes.
    pub fn prove(&mut self, expected: &Expected, through: i32) {
        let started = Instant::now();
        let topics = loop {
            let (topics, same) = self.compare(expected, through);
            // Leaders and members still move for a while after a fault, also between two questions: a new
            // controller moves leaders back after 5 s, a group expels a member after its session.
            if same.is_ok() || started.elapsed() > AT_REST {
                self.note(same);
                break topics;
            }
        };
        println!("  as Kafka's tools say after {:.1?}", started.elapsed());
        self.prove_writes(expected, &written_by_users(&topics));
        self.prove_exit_codes(expected);
    }

    fn compare(&self, expected: &Expected, through: i32) -> (Topics, Checked) {
        let scripts = Scripts::through(&self.cluster, through);
        let topics = scripts.topics();
        let ends = scripts.offsets("-1", MEASURED);
        let groups = scripts.groups();
        let snapshot = self.kaftop.snapshot().snapshot;
        let quorum = matches!(self.healthy, Council::Quorum).then(|| scripts.quorum());
        let same = expected
            .holds(&snapshot)
            .and_then(|()| compare::placement(&snapshot, &topics, true))
            .and_then(|()| compare::ends(&snapshot, &ends, &ends))
            .and_then(|()| compare::groups(&snapshot, &groups))
            .and_then(|()| {
                quorum.map_or(Ok(()), |quorum| {
                    compare::quorum(&snapshot, &quorum, &expected.up())
                })
            });
        let same = same.map_err(|why| format!("{why}\n{}", snapshot.brief()));
        (topics, same)
    }

    /// A snapshot that still says what is expected.
    pub fn held(&mut self, expected: &Expected) -> Snapshot {
        let snapshot = self.kaftop.snapshot().snapshot;
        let held = expected.holds(&snapshot);
        self.note(held.map_err(|why| format!("{why}\n{}", snapshot.brief())));
        snapshot
    }

    /// A real producer with acks=all meets what the verdict says.
    pub fn prove_writes(&mut self, expected: &Expected, partitions: &[Partition]) {
        let patience = if expected.writes == "ok" {
            writer::ANSWERED
        } else {
            writer::IN_VAIN
        };
        let meetings = writer::write(&self.addresses(&expected.up()), partitions, patience);
        self.tell_met("a producer", &meetings);
        assert_eq!(meetings.len(), partitions.len());
        // This is a fact, no answer of kaftop's: an expectation that differs is a mistake of the tour.
        assert_eq!(
            writer::as_writes(&meetings),
            expected.writes,
            "what a producer meets: {meetings:?}"
        );
    }

    fn tell_met(&self, who: &str, meetings: &Meetings) {
        let counts = writer::counted(meetings);
        println!("  {who} met {counts:?}");
        if let Some(record) = &self.record {
            record.met(writer::as_writes(meetings), counts);
        }
    }

    /// `check` exits by the level, and `snapshot --strict` by whether anything is missing.
    pub fn prove_exit_codes(&mut self, expected: &Expected) {
        let code = match expected.level {
            "ok" => 0,
            "degraded" => 1,
            "critical" => 2,
            _ => 3,
        };
        let (checked, line) = self.kaftop.check();
        println!("  {line}");
        self.note(same("exit code of check", &checked, &code));
        self.prove_strictness(expected);
    }

    /// `snapshot --strict` exits by whether anything is missing. A quorum may fall silent for a moment also when all is
    /// long at rest: what counts is a reading of what is expected.
    fn prove_strictness(&mut self, expected: &Expected) {
        let all_read = expected.absent.values().all(|(state, _)| *state == "cut_off")
            && matches!(expected.council, Council::Quorum | Council::Ensemble("ok"));
        let code = if all_read { 0 } else { 2 };
        let started = Instant::now();
        let checked = loop {
            let strict = self.kaftop.strict_snapshot();
            let checked = expected
                .holds(&strict.snapshot)
                .and_then(|()| same("exit code of snapshot --strict", &strict.code, &code))
                .map_err(|why| format!("{why}\n{}", strict.snapshot.brief()));
            if checked.is_ok() || started.elapsed() > AT_REST {
                break checked;
            }
        };
        self.note(checked);
    }

    /// Between a broker's silence and the moment at which its peers drop it: what is known at once.
    pub fn prove_silence(&mut self, victim: i32, failure: &'static str, words: &[&str]) {
        let at = Instant::now();
        let expected = Expected::without(&[victim], "unreachable", Some(failure), self.healthy);
        let expected = Expected {
            // Who answers for the quorum may itself be the one that is silent.
            council: Council::NoQuorum,
            ..expected
        }
        .critical("stalled");
        let partitions: Vec<Partition> = (0..100).map(|number| ("messages".to_owned(), number)).collect();
        let addresses = self.addresses(&expected.up());
        let producer = thread::spawn(move || writer::write(&addresses, &partitions, writer::IN_VAIN));
        let snapshot = self.kaftop.snapshot().snapshot;
        let took = at.elapsed();
        let said = self.screen.await_words(
            Duration::from_secs(6),
            &[&["CRITICAL", "stalled"], words].concat(),
        );
        let meetings = producer.join().unwrap();
        let what = format!(
            "silence: snapshot after {took:.1?}, a producer after {:.1?}",
            at.elapsed()
        );
        self.tell_met(&what, &meetings);
        let silent = Expected {
            council: match self.healthy {
                Council::Quorum if snapshot.quorum.is_some() => Council::Quorum,
                Council::Quorum => Council::NoQuorum,
                ensemble => ensemble,
            },
            ..expected
        };
        assert_eq!(writer::as_writes(&meetings), "stalled", "{meetings:?}");
        self.note(said);
        for checked in [silent.holds(&snapshot), inferred_by(&snapshot, victim)] {
            self.note(
                checked
                    .map_err(|why| format!("while broker {victim} is silent: {why}\n{}", snapshot.brief())),
            );
        }
    }

    /// Ends of a topic that is written to lie between what the tools say before and after.
    pub fn prove_moving_ends(&mut self) {
        let scripts = Scripts::through(&self.cluster, 2);
        let moving: Vec<Partition> = (0..50)
            .map(|number| ("file_merge_requests".to_owned(), number))
            .collect();
        let _stream = Stream::start(&self.cluster.bootstrap(), moving);
        let before = scripts.offsets("-1", "file_merge_requests");
        let first = self.kaftop.snapshot().snapshot;
        let between = scripts.offsets("-1", "file_merge_requests");
        let second = self.kaftop.snapshot().snapshot;
        let after = scripts.offsets("-1", "file_merge_requests");
        assert!(before.values().sum::<i64>() < after.values().sum::<i64>());
        let starts = scripts.offsets("-2", MEASURED);
        let (id, addresses) = (scripts.cluster_id(), self.cluster.bootstrap());
        for checked in [
            compare::ends(&first, &before, &between),
            compare::ends(&second, &between, &after),
            compare::starts(&second, &starts),
            compare::identity(&second, &id, &addresses),
        ] {
            self.note(checked);
        }
    }

    /// The published addresses of brokers.
    pub fn addresses(&self, brokers: &[i32]) -> Vec<String> {
        brokers.iter().map(|id| self.cluster.address(*id)).collect()
    }

    /// Leaves the screen as an engineer does.
    pub fn end(mut self) {
        self.say("quit");
        self.screen.press("q");
        let (code, left, text) = self.screen.await_end(Duration::from_secs(5));
        assert_eq!((code, left), (0, Vec::new()), "{text}");
        if let Some(record) = self.record.take() {
            record.end();
        }
        assert!(
            self.wrong.is_empty(),
            "kaftop was wrong:\n{}",
            self.wrong.join("\n\n")
        );
    }

    fn say(&self, what: &str) {
        println!("[{:>4.0?}] {what}", self.started.elapsed());
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, truth: &T) -> Checked {
    ensure!(ours == truth, "{what} is {ours:?} for {truth:?}");
    Ok(())
}

/// Every partition that has the victim in its ISR is judged by its silence, and marked so; no other is.
fn inferred_by(snapshot: &Snapshot, victim: i32) -> Checked {
    for row in snapshot.partitions.iter().flatten() {
        let involved = row.isr.contains(&victim);
        ensure!(
            row.inferred == involved,
            "{}-{} with ISR {:?} is {} inferred: {}",
            row.topic,
            row.partition,
            row.isr,
            row.class,
            row.inferred
        );
        ensure!(
            !involved || row.class != "healthy",
            "{}-{} is healthy",
            row.topic,
            row.partition
        );
    }
    Ok(())
}

/// The partitions that a user's producer writes to.
pub fn written_by_users(topics: &Topics) -> Vec<Partition> {
    let all = topics.partitions.keys().cloned();
    all.filter(|(topic, _)| !topic.starts_with("__")).collect()
}

/// How many partitions a broker leads.
pub fn leads(topics: &Topics, broker: i32) -> usize {
    let led = topics.partitions.values();
    led.filter(|placement| placement.leader == Some(broker)).count()
}

/// The broker among `candidates` that leads the most partitions.
pub fn leads_most(topics: &Topics, candidates: &[i32]) -> i32 {
    let chosen = candidates
        .iter()
        .copied()
        .max_by_key(|id| leads(topics, *id))
        .unwrap();
    println!("  broker {chosen} leads {} partitions", leads(topics, chosen));
    chosen
}

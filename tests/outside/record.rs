//! Recording a tour: the cluster is watched inside the test, through kaftop's own eye and pipeline.
//!
//! It is done where the variable `KAFTOP_RECORD_TO` names a directory; the tours then leave `kraft.jsonl` and
//! `zookeeper.jsonl` there. To renew the recordings of the repository, which a simulated cluster is held against:
//!
//! ```text
//! KAFTOP_RECORD_TO=tests/recordings cargo test --test outside tour -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kaftop::app::{Target, observe};
use kaftop::model::time::{At, Span};
use kaftop::source::Clock;
use kaftop::source::council::ensemble;
use kaftop::source::kafka::EyeOptions;
use kaftop::wire::Address;

use crate::kit::rig::Cluster;
use crate::recording::recorder::Recorder;

/// The variable with the directory.
const DIRECTORY: &str = "KAFTOP_RECORD_TO";
/// Twice as often as the screen looks: what lasts a second is seen. It costs some hundredths of a core.
const REFRESH: Duration = Duration::from_millis(500);

/// A controller that took over moves leaders back to their preferred replicas after 5 s.
const QUIET: Span = Span::seconds(7);
/// How long the recorder is waited for.
const WITHIN: Duration = Duration::from_secs(60);

/// What the recorder has seen, and word of each bulletin.
#[derive(Default)]
struct Seen {
    recorder: Mutex<Recorder>,
    changed: Condvar,
}

impl Seen {
    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A recording that is under way.
pub struct Record {
    seen: Arc<Seen>,
    clock: Clock,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    file: PathBuf,
    kafka: String,
}

impl Record {
    /// Begins where one is asked for, and waits for the first sight of a healthy cluster.
    pub fn begin(cluster: &Cluster, name: &str, kafka: &str) -> Option<Self> {
        let directory = PathBuf::from(env::var_os(DIRECTORY)?);
        let seen = Arc::new(Seen::default());
        let stop = Arc::new(AtomicBool::new(false));
        let target = target(cluster);
        let clock = target.eye.clock;
        let (seeing, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let ended = observe(target, move |bulletin| {
                seeing.recorder().see(bulletin);
                seeing.changed.notify_all();
                if stopped.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            ended.unwrap();
        });
        let record = Self {
            seen,
            clock,
            stop,
            thread: Some(thread),
            file: directory.join(format!("{name}.jsonl")),
            kafka: kafka.to_owned(),
        };
        record.await_health();
        Some(record)
    }

    /// Waits until the recorder too sees a healthy cluster: it asks a broker that was gone again after some seconds.
    pub fn await_health(&self) {
        self.await_that("a healthy cluster", Recorder::sees_health);
    }

    /// Waits until nothing changes any more, so that what follows an act is the work of that act.
    pub fn await_quiet(&self) {
        self.await_that("a cluster at rest", |recorder| {
            recorder.quiet_for(self.now()) >= QUIET
        });
    }

    fn await_that(&self, what: &str, check: impl Fn(&Recorder) -> bool) {
        let started = Instant::now();
        let recorder = self.seen.recorder();
        let (recorder, waited) = self
            .seen
            .changed
            .wait_timeout_while(recorder, WITHIN, |recorder| !check(recorder))
            .unwrap_or_else(PoisonError::into_inner);
        drop(recorder);
        assert!(!waited.timed_out(), "the recorder does not see {what}");
        println!("  recorder: {what} after {:.1?}", started.elapsed());
    }

    /// The time on the recorder's clock.
    pub fn now(&self) -> At {
        self.clock.now()
    }

    /// Notes an act that began then.
    pub fn act(&self, at: At, verb: &str, nodes: &[String]) {
        self.seen.recorder().act(at, verb, nodes);
    }

    /// Notes what a producer met.
    pub fn met(&self, writes: &str, counts: BTreeMap<String, usize>) {
        let at = self.now();
        self.seen.recorder().met(at, writes, counts);
    }

    /// Writes the file.
    pub fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
        let recorder = std::mem::take(&mut *self.seen.recorder());
        let text = recorder.finish(&self.kafka).to_lines();
        println!("recorded {} bytes to {}", text.len(), self.file.display());
        fs::write(&self.file, text).unwrap();
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn target(cluster: &Cluster) -> Target {
    let addresses = |texts: Vec<String>| -> Vec<Address> {
        let address = |text: &String| {
            let (host, port) = text.rsplit_once(':').unwrap();
            Address::new(host, port.parse().unwrap()).unwrap()
        };
        texts.iter().map(address).collect()
    };
    let zookeeper = addresses(cluster.zookeeper());
    let (word, ensemble) = ensemble(zookeeper.len());
    Target {
        eye: EyeOptions {
            bootstrap: addresses(cluster.bootstrap()),
            overrides: BTreeMap::new(),
            client_id: "kaftop-recorder".to_owned(),
            refresh: REFRESH,
            ensemble,
            clock: Clock::start(),
        },
        zookeeper,
        engine: None,
        containers: BTreeMap::new(),
        ensemble: word,
        alerting: kaftop::app::Alerting::default(),
        telling: None,
    }
}

//! No source is waited for: whatever the container engine does, bulletins come, frames are drawn, and keys mean what they
//! mean. In simulated time, so that every wait for an answer is one that nobody sits through.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::alerting::Alerting;
use super::pipeline::{self, QUEUE};
use crate::act::records::Records;
use crate::act::{Containers, Gate, ThroughKafka, desk};
use crate::engine::fake::{FakeContainer, FakeEngine, Mood};
use crate::engine::{Deadlines, Surroundings};
use crate::gate::Mandate;
use crate::health::Bulletin;
use crate::model::broker::Endpoint;
use crate::model::ids::BrokerId;
use crate::model::intake::Origin;
use crate::model::observation::{Fact, ListedBroker, MetadataView, Observation};
use crate::model::time::Span;
use crate::source::clock::Clock;
use crate::source::docker::{self, EngineOptions, log};
use crate::store::Store;
use crate::ui::{self, Asks, Live};

/// How often a broker tells something.
const REFRESH: Duration = Duration::from_millis(500);

/// A kaftop without a terminal and without Kafka's protocol: the engine's source, its log, the gate, the pipeline, the screen.
struct Bench {
    screen: Live,
    newest: watch::Receiver<Option<Arc<Bulletin>>>,
    parts: JoinSet<()>,
}

impl Bench {
    fn start(engine: &str) -> Self {
        let clock = Clock::start();
        let options = EngineOptions {
            asked: Some(engine.to_owned()),
            surroundings: Surroundings::default(),
            deadlines: Deadlines::default(),
            clock,
        };
        let mut parts = JoinSet::new();
        let (handle, inbox) = ui::channel();
        let (queue, facts) = mpsc::channel(QUEUE);
        let (bulletins, newest) = watch::channel(None);
        let mut store = Store::new(clock.now(), Span::from(REFRESH));
        store.watch_engine(BTreeMap::new());
        let (matter, wanted) = watch::channel(BTreeSet::new());
        parts.spawn(docker::follow(options.clone(), queue.clone(), wanted));
        parts.spawn(broker(queue, clock));
        let news = {
            let handle = handle.clone();
            move |bulletin: &Bulletin| {
                let known = bulletin.snapshot.fleet.containers.keys().cloned().collect();
                matter.send_replace(known);
                handle.news();
            }
        };
        parts.spawn(pipeline::run(
            store,
            clock,
            facts,
            bulletins,
            (Alerting::default(), news),
        ));
        let (wishes, wished) = mpsc::channel(16);
        let (logs, requests) = mpsc::channel(4);
        let (questions, _) = mpsc::channel(1);
        let gate = Gate::new(
            Containers::new(Some(options.clone())),
            ThroughKafka {
                overrides: BTreeMap::new(),
                options: crate::wire::Options::default(),
            },
            Mandate::default(),
            newest.clone(),
            Records::in_memory("tester"),
            clock,
        );
        let replies = handle.clone();
        parts.spawn(desk(Arc::new(gate), wished, move |reply| replies.reply(reply)));
        parts.spawn(async move { log::follow(options, requests, move |feed| handle.log(feed)).await });
        let asks = Asks {
            questions,
            wishes,
            logs,
        };
        Self {
            screen: Live::new(newest.clone(), asks, inbox),
            newest,
            parts,
        }
    }

    fn seq(&self) -> u64 {
        self.newest.borrow().as_ref().map_or(0, |bulletin| bulletin.seq)
    }

    /// Lets so many seconds pass. In each of them bulletins come, and keys and frames take no time at all.
    async fn seconds(&mut self, seconds: u64, keys: &[&str]) {
        for second in 0..seconds {
            let before = self.seq();
            sleep(Duration::from_secs(1)).await;
            let now = Instant::now();
            let frame = match keys {
                [] => self.screen.turn(),
                keys => {
                    let key = usize::try_from(second).unwrap() % keys.len();
                    self.screen.press(keys[key])
                }
            };
            assert_eq!(now, Instant::now(), "a turn of the loop waits");
            assert!(self.seq() > before, "no bulletin in second {second}");
            assert!(!frame.contains("nothing new for"), "{frame}");
            assert!(frame.contains("1 Overview"), "{frame}");
        }
        assert!(self.parts.try_join_next().is_none(), "a part has ended");
    }
}

/// A broker that answers, without a port.
async fn broker(queue: mpsc::Sender<Observation>, clock: Clock) {
    let view = MetadataView {
        cluster_id: Some("cluster".into()),
        controller: None,
        brokers: vec![ListedBroker {
            id: BrokerId(1),
            endpoint: Endpoint {
                host: "127.0.0.1".into(),
                port: 9092,
            },
            rack: None,
        }],
        topics: vec![],
        denied: vec![],
    };
    let view = Arc::new(view);
    loop {
        let now = clock.now();
        for fact in [
            Fact::Answered {
                round_trip: Duration::from_micros(700),
            },
            Fact::Metadata(Arc::clone(&view)),
        ] {
            let told = Observation {
                from: Origin::Broker(BrokerId(1)),
                asked: now,
                at: now,
                fact,
            };
            if queue.send(told).await.is_err() {
                return;
            }
        }
        sleep(REFRESH).await;
    }
}

/// What is pressed again and again: pages, the log of the broker, acts on it, help, the sources.
const KEYS: [&str; 12] = ["2", "L", "e", "w", "esc", "S", "esc", "K", "esc", "?", "?", "i"];

#[tokio::test(start_paused = true)]
async fn whatever_an_engine_does_the_screen_goes_on() {
    let moods = [
        Mood::Gone,
        Mood::Mute,
        Mood::Dying,
        Mood::Rubbish,
        Mood::Forbidding,
    ];
    for mood in moods {
        let fake = FakeEngine::start("1.41");
        fake.set(mood);
        let mut bench = Bench::start(&fake.address().to_string());
        bench.seconds(60, &KEYS).await;
        let fleet = bench.newest.borrow().clone().unwrap().snapshot.fleet.clone();
        assert!(!fleet.answers(), "{mood:?}");
        let frame = bench.screen.press("2");
        assert!(frame.contains("docker"), "{mood:?} is said:\n{frame}");
    }
    let mut bench = Bench::start("unix:///nowhere/docker.sock");
    bench.seconds(60, &KEYS).await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_dies_in_the_middle_of_everything_holds_nothing_up() {
    for mood in [Mood::Gone, Mood::Mute, Mood::Dying] {
        let fake = FakeEngine::start("1.41");
        fake.put(
            1,
            FakeContainer {
                port: Some(9092),
                ..FakeContainer::running("kafka-1")
            },
        );
        let mut bench = Bench::start(&fake.address().to_string());
        bench.seconds(10, &[]).await;
        bench.screen.press("2");
        let frame = bench.screen.press("L");
        assert!(
            frame.contains("Log of broker 1") && frame.contains("kafka-1 running"),
            "{frame}"
        );
        bench.seconds(3, &[]).await;
        assert!(bench.screen.turn().contains("follows"));
        // In the middle of a plan, a log, the events and the counters.
        bench.screen.press("S");
        fake.set(mood);
        fake.end_streams();
        bench.seconds(60, &[]).await;
        let frame = bench.screen.turn();
        assert!(
            frame.contains("Not read for") || frame.contains("No word of the engine"),
            "{mood:?}:\n{frame}"
        );
        bench.screen.press("esc");
        bench.seconds(60, &KEYS).await;
        // When it is back, so is what it tells.
        fake.set(Mood::Well);
        bench.seconds(90, &[]).await;
        assert!(
            bench.newest.borrow().clone().unwrap().snapshot.fleet.answers(),
            "{mood:?}"
        );
    }
}

//! What a container prints: the last words of one that has stopped, and what is followed.

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::docker::log;
use super::docker_tests::{Following, options};
use crate::engine::fake::{FakeContainer, FakeEngine, Mood, PATIENCE};
use crate::model::container::{ContainerState, EngineId};
use crate::model::fleet::{EngineFact, Node};
use crate::model::ids::BrokerId;
use crate::model::log::{LogFeed, LogOf, LogRequest, LogState};
use crate::model::observation::Fact;

fn framed(lines: &[&str]) -> Vec<u8> {
    let mut output = Vec::new();
    for line in lines {
        let text = format!("2026-01-02T03:04:05Z {line}\n");
        output.extend([1, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).expect("short")]);
        output.extend(text.as_bytes());
    }
    output
}

#[tokio::test]
async fn a_container_that_has_stopped_says_its_last_words_unasked_and_once() {
    let fake = FakeEngine::start("1.41");
    let output = framed(&["[x] INFO up", "[x] FATAL disk full"]);
    let one = fake.put(
        1,
        FakeContainer {
            status: "exited".into(),
            output,
            ..FakeContainer::running("kafka-1")
        },
    );
    let mut following = Following::engine(&fake);
    following.wanted.send_replace([one.clone()].into());
    let last = following
        .until("its last words", |fact| match fact {
            Fact::Engine(EngineFact::LastWords(id, lines)) if *id == one => {
                lines.last().map(|line| line.text().to_owned())
            }
            _ => None,
        })
        .await;
    assert_eq!(last, "[x] FATAL disk full");
    following
        .inspected(&one, ContainerState::Exited { code: Some(0) })
        .await;
    let asked = fake
        .asked()
        .iter()
        .filter(|asked| asked.contains("/logs"))
        .count();
    assert_eq!(asked, 1);
}

/// A follower of outputs, and the newest that it told.
struct Reader {
    ask: mpsc::Sender<LogRequest>,
    feed: watch::Receiver<Option<LogFeed>>,
    task: JoinHandle<()>,
}

impl Reader {
    fn start(fake: &FakeEngine) -> Self {
        let options = options(&fake.address().to_string());
        let (ask, requests) = mpsc::channel(4);
        let (told, feed) = watch::channel(None::<LogFeed>);
        let tell = move |feed| drop(told.send_replace(feed));
        let task = tokio::spawn(async move { log::follow(options, requests, tell).await });
        Self { ask, feed, task }
    }

    async fn follow(&self, container: &EngineId) {
        let of = LogOf {
            node: Node::Broker(BrokerId(1)),
            container: Some(container.clone()),
        };
        self.ask.send(LogRequest::Follow(of)).await.expect("it listens");
    }

    async fn until(&mut self, what: &str, fits: impl Fn(&Option<LogFeed>) -> bool) {
        timeout(PATIENCE, self.feed.wait_for(fits))
            .await
            .unwrap_or_else(|_| panic!("not in time: {what}"))
            .expect("it goes on");
    }

    /// Waits until exactly these lines are known of a container, in this state.
    async fn shows(&mut self, container: &EngineId, state: LogState, lines: &[&str]) {
        self.until(&format!("{state:?} {lines:?}"), |feed| {
            feed.as_ref().is_some_and(|feed| {
                let shown: Vec<&str> = feed.lines.from(0).map(|(_, line)| line.text()).collect();
                feed.of.container.as_ref() == Some(container) && feed.state == state && shown == lines
            })
        })
        .await;
    }
}

#[tokio::test]
async fn an_output_is_followed_and_the_next_takes_its_place() {
    let fake = FakeEngine::start("1.41");
    let put = |number, name, lines: &[&str]| {
        let container = FakeContainer {
            output: framed(lines),
            ..FakeContainer::running(name)
        };
        fake.put(number, container)
    };
    let (one, two) = (put(1, "kafka-1", &["a", "b"]), put(2, "kafka-2", &["c"]));
    let mut reader = Reader::start(&fake);
    reader.follow(&one).await;
    reader.shows(&one, LogState::Following, &["a", "b"]).await;
    reader.follow(&two).await;
    reader.shows(&two, LogState::Following, &["c"]).await;
    fake.remove(&two);
    reader.follow(&two).await;
    let failed = |feed: &Option<LogFeed>| {
        feed.as_ref()
            .is_some_and(|feed| matches!(feed.state, LogState::Failed(_)))
    };
    reader.until("a failure", failed).await;
    reader.ask.send(LogRequest::Leave).await.expect("it listens");
    reader.until("nothing", Option::is_none).await;
    drop(reader.ask);
    timeout(PATIENCE, reader.task)
        .await
        .expect("it ends when nobody asks")
        .expect("no fault");
}

#[tokio::test]
async fn an_output_goes_on_where_its_process_starts_again_and_no_line_comes_twice() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(
        1,
        FakeContainer {
            status: "exited".to_owned(),
            output: framed(&["a", "a", "b"]),
            ..FakeContainer::running("kafka-1")
        },
    );
    let mut reader = Reader::start(&fake);
    reader.follow(&one).await;
    reader.shows(&one, LogState::Ended, &["a", "a", "b"]).await;
    fake.happens(&one, "start", |container| {
        container.status = "running".to_owned();
        container.output.extend(framed(&["b", "c"]));
    });
    reader
        .shows(&one, LogState::Following, &["a", "a", "b", "b", "c"])
        .await;
    // The engine dies in the middle, and comes back.
    fake.set(Mood::Gone);
    fake.end_streams();
    let failed = |feed: &Option<LogFeed>| {
        feed.as_ref()
            .is_some_and(|feed| matches!(feed.state, LogState::Failed(_)) && feed.lines.len() == 5)
    };
    reader.until("a failure that keeps the lines", failed).await;
    fake.set(Mood::Well);
    reader
        .shows(&one, LogState::Following, &["a", "a", "b", "b", "c"])
        .await;
}

#[tokio::test]
async fn a_flood_of_lines_is_bounded_and_the_newest_are_kept() {
    let fake = FakeEngine::start("1.41");
    let mut output = Vec::new();
    for number in 0..30_000_u32 {
        let text = format!("2026-01-02T03:04:05Z {number} {}\n", "x".repeat(600));
        output.extend([1, 0, 0, 0]);
        output.extend(u32::try_from(text.len()).expect("short").to_be_bytes());
        output.extend(text.as_bytes());
    }
    let one = fake.put(
        1,
        FakeContainer {
            output,
            ..FakeContainer::running("kafka-1")
        },
    );
    let mut reader = Reader::start(&fake);
    reader.follow(&one).await;
    reader
        .until("the last of it", |feed| {
            feed.as_ref().is_some_and(|feed| {
                assert!(feed.lines.len() <= 10_000 && feed.lines.bytes() <= 8 << 20);
                feed.lines
                    .last()
                    .is_some_and(|line| line.text().starts_with("29999 "))
            })
        })
        .await;
}

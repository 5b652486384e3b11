//! Following an engine that behaves, and one that does not.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::clock::Clock;
use super::docker::{EngineOptions, follow, log};
use crate::engine::fake::{FakeContainer, FakeEngine, Mood, PATIENCE};
use crate::engine::{Deadlines, EngineAddress, Surroundings};
use crate::model::container::{ContainerState, EngineId};
use crate::model::failure::FailureKind;
use crate::model::fleet::EngineFact;
use crate::model::log::{LogFeed, LogRequest, LogState};
use crate::model::observation::{Fact, Observation};

fn options(asked: &str) -> EngineOptions {
    EngineOptions {
        asked: Some(asked.to_owned()),
        surroundings: Surroundings::default(),
        deadlines: Deadlines {
            connect: Duration::from_millis(300),
            read: Duration::from_millis(300),
            act: Duration::from_millis(300),
        },
        clock: Clock::start(),
    }
}

/// What a follower says of an engine, and how to tell it which containers matter.
struct Following {
    incoming: mpsc::Receiver<Observation>,
    wanted: watch::Sender<BTreeSet<EngineId>>,
    task: AbortHandle,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Following {
    fn of(asked: &str) -> Self {
        let (queue, incoming) = mpsc::channel(64);
        let (wanted, receiver) = watch::channel(BTreeSet::new());
        let task = tokio::spawn(follow(options(asked), queue, receiver)).abort_handle();
        Self {
            incoming,
            wanted,
            task,
        }
    }

    fn engine(fake: &FakeEngine) -> Self {
        Self::of(&fake.address().to_string())
    }

    /// The next fact that this makes something of.
    async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&Fact) -> Option<T>) -> T {
        let search = async {
            loop {
                let observation = self.incoming.recv().await.expect("it never ends by itself");
                if let Some(found) = pick(&observation.fact) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("nothing came of: {what}"))
    }

    async fn inspected(&mut self, id: &EngineId, state: ContainerState) {
        self.until("an inspection", |fact| match fact {
            Fact::Engine(EngineFact::Inspected(container))
                if container.id == *id && container.life.state == state =>
            {
                Some(())
            }
            _ => None,
        })
        .await;
    }

    async fn lost(&mut self) -> FailureKind {
        self.until("a loss", |fact| match fact {
            Fact::Lost { why, .. } => Some(why.kind),
            _ => None,
        })
        .await
    }
}

#[tokio::test]
async fn a_full_look_comes_first_and_what_happens_follows_at_once() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(1, FakeContainer::running("kafka-1"));
    let two = fake.put(2, FakeContainer::running("kafka-2"));
    let mut following = Following::engine(&fake);
    let version = following
        .until("the engine", |fact| match fact {
            Fact::Engine(EngineFact::Is(report)) => Some(report.version.to_string()),
            _ => None,
        })
        .await;
    assert_eq!(version, "Fake Engine 20.10.24, API 1.41");
    let listed = following
        .until("the list", |fact| match fact {
            Fact::Engine(EngineFact::Listed(ids)) => Some(ids.clone()),
            _ => None,
        })
        .await;
    assert_eq!(listed, [one.clone(), two.clone()]);
    let mut seen = BTreeSet::new();
    while seen.len() < 2 {
        let id = following
            .until("both", |fact| match fact {
                Fact::Engine(EngineFact::Inspected(container)) => Some(container.id.clone()),
                _ => None,
            })
            .await;
        seen.insert(id);
    }
    // What the event says is passed on before, and without, any inspection.
    fake.happens(&two, "die", |container| {
        container.status = "exited".into();
        container.code = 137;
        container.finished = "2026-01-02T03:04:05.5Z".into();
    });
    let turned = following
        .until("the end", |fact| match fact {
            Fact::Engine(EngineFact::Turned { id, state, at, .. }) if *id == two => {
                Some((*state, at.is_some()))
            }
            Fact::Engine(EngineFact::Inspected(container)) if container.life.state.is_stopped() => {
                panic!("the event comes first")
            }
            _ => None,
        })
        .await;
    assert_eq!(turned, (ContainerState::Exited { code: Some(137) }, true));
    following
        .inspected(&two, ContainerState::Exited { code: Some(137) })
        .await;
    fake.remove(&one);
    following
        .until("the removal", |fact| match fact {
            Fact::Engine(EngineFact::Turned {
                id,
                state: ContainerState::Removed,
                ..
            }) if *id == one => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn counters_are_read_only_of_what_matters() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(
        1,
        FakeContainer {
            counters: (5, 6),
            ..FakeContainer::running("kafka-1")
        },
    );
    let two = fake.put(2, FakeContainer::running("other"));
    let mut following = Following::engine(&fake);
    following.inspected(&two, ContainerState::Running).await;
    following.wanted.send_replace([one.clone()].into());
    let usage = following
        .until("its use", |fact| match fact {
            Fact::Engine(EngineFact::Used(id, usage)) => {
                assert_eq!(*id, one);
                Some(*usage)
            }
            _ => None,
        })
        .await;
    assert_eq!((usage.memory, usage.cpus), (Some(1000), None));
    assert!(
        !fake
            .asked()
            .iter()
            .any(|asked| asked.contains("stats") && asked.contains(two.raw()))
    );
}

#[tokio::test]
async fn an_engine_that_dies_is_lost_and_comes_back_with_everything() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(1, FakeContainer::running("kafka-1"));
    let mut following = Following::engine(&fake);
    following.inspected(&one, ContainerState::Running).await;
    for (mood, kind) in [
        (Mood::Gone, FailureKind::Reset),
        (Mood::Mute, FailureKind::Timeout),
        (Mood::Dying, FailureKind::Reset),
        (Mood::Rubbish, FailureKind::Rubbish),
        (Mood::Forbidding, FailureKind::Denied),
    ] {
        fake.set(mood);
        fake.end_streams();
        assert_eq!(following.lost().await, FailureKind::Reset, "the stream ended");
        // What it does from then on is told as it is.
        assert_eq!(following.lost().await, kind, "{mood:?}");
        // Meanwhile something happens that nobody tells of.
        let status = if mood == Mood::Mute { "exited" } else { "running" };
        fake.put(
            1,
            FakeContainer {
                status: status.into(),
                ..FakeContainer::running("kafka-1")
            },
        );
        fake.set(Mood::Well);
        let state = if mood == Mood::Mute {
            ContainerState::Exited { code: Some(0) }
        } else {
            ContainerState::Running
        };
        following.inspected(&one, state).await;
    }
}

#[tokio::test]
async fn where_there_is_no_engine_that_is_told_and_one_that_comes_is_found() {
    let path = std::env::temp_dir().join(format!("kaftop-late-{}.sock", std::process::id()));
    let mut following = Following::of(&format!("unix://{}", path.display()));
    assert_eq!(following.lost().await, FailureKind::Refused);
    let mut wrong = Following::of("nonsense");
    assert_eq!(wrong.lost().await, FailureKind::NotAsked);
    let fake = FakeEngine::start("1.41");
    let one = fake.put(1, FakeContainer::running("kafka-1"));
    let EngineAddress::Unix(real) = fake.address() else {
        panic!("it has a socket");
    };
    std::os::unix::fs::symlink(real, &path).expect("a link");
    following.inspected(&one, ContainerState::Running).await;
    drop(std::fs::remove_file(path));
}

#[tokio::test]
async fn one_container_whose_inspection_fails_costs_only_itself() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(
        1,
        FakeContainer {
            status: "no such state".into(),
            ..FakeContainer::running("odd")
        },
    );
    let two = fake.put(2, FakeContainer::running("kafka-2"));
    let mut following = Following::engine(&fake);
    let (mut odd, mut even) = (false, false);
    while !(odd && even) {
        following
            .until("both", |fact| match fact {
                Fact::Engine(EngineFact::Unread(id, _, why)) if *id == one => {
                    assert_eq!(why.kind, FailureKind::Rubbish);
                    odd = true;
                    Some(())
                }
                Fact::Engine(EngineFact::Inspected(container)) if container.id == two => {
                    even = true;
                    Some(())
                }
                _ => None,
            })
            .await;
    }
}

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

#[tokio::test]
async fn an_output_is_followed_and_the_next_takes_its_place() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(
        1,
        FakeContainer {
            output: framed(&["a", "b"]),
            ..FakeContainer::running("kafka-1")
        },
    );
    let two = fake.put(
        2,
        FakeContainer {
            output: framed(&["c"]),
            ..FakeContainer::running("kafka-2")
        },
    );
    let options = options(&fake.address().to_string());
    let (ask, requests) = mpsc::channel(4);
    let (feeds, mut feed) = watch::channel(None::<LogFeed>);
    let task = tokio::spawn(log::follow(options, requests, feeds));
    for (id, newest) in [(one, "b"), (two.clone(), "c")] {
        ask.send(LogRequest::Follow(id.clone()))
            .await
            .expect("it listens");
        let shown = |feed: &Option<LogFeed>| {
            feed.as_ref().is_some_and(|feed| {
                let last = feed
                    .lines
                    .end()
                    .checked_sub(1)
                    .and_then(|last| feed.lines.line(last));
                feed.container == id
                    && feed.state == LogState::Following
                    && last.map(|line| line.text()) == Some(newest)
            })
        };
        timeout(PATIENCE, feed.wait_for(shown))
            .await
            .expect("in time")
            .expect("it goes on");
    }
    fake.remove(&two);
    ask.send(LogRequest::Follow(two)).await.expect("it listens");
    let failed = |feed: &Option<LogFeed>| {
        matches!(
            feed,
            Some(LogFeed {
                state: LogState::Failed(_),
                ..
            })
        )
    };
    timeout(PATIENCE, feed.wait_for(failed))
        .await
        .expect("in time")
        .expect("it goes on");
    ask.send(LogRequest::Leave).await.expect("it listens");
    timeout(PATIENCE, feed.wait_for(Option::is_none))
        .await
        .expect("in time")
        .expect("it goes on");
    drop(ask);
    timeout(PATIENCE, task)
        .await
        .expect("it ends when nobody asks")
        .expect("no fault");
}

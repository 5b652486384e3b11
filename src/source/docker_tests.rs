//! Following an engine that behaves, and one that does not.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::clock::Clock;
use super::docker::{EngineOptions, follow};
use crate::engine::fake::{FakeContainer, FakeEngine, Mood, PATIENCE};
use crate::engine::{Deadlines, EngineAddress, Surroundings};
use crate::model::container::{ContainerState, EngineId};
use crate::model::failure::FailureKind;
use crate::model::fleet::EngineFact;
use crate::model::observation::{Fact, Observation};

pub(super) fn options(asked: &str) -> EngineOptions {
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
pub(super) struct Following {
    incoming: mpsc::Receiver<Observation>,
    pub(super) wanted: watch::Sender<BTreeSet<EngineId>>,
    task: AbortHandle,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Following {
    fn of(asked: &str) -> Self {
        Self::with(options(asked))
    }

    fn with(options: EngineOptions) -> Self {
        let (queue, incoming) = mpsc::channel(64);
        let (wanted, receiver) = watch::channel(BTreeSet::new());
        let task = tokio::spawn(follow(options, queue, receiver)).abort_handle();
        Self {
            incoming,
            wanted,
            task,
        }
    }

    pub(super) fn engine(fake: &FakeEngine) -> Self {
        Self::of(&fake.address().to_string())
    }

    /// The next fact that this makes something of.
    pub(super) async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&Fact) -> Option<T>) -> T {
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

    pub(super) async fn inspected(&mut self, id: &EngineId, state: ContainerState) {
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

#[tokio::test]
async fn an_engine_that_nobody_asked_for_is_missed_only_once_it_has_answered() {
    let fake = FakeEngine::start("1.41");
    let host = |address: &str| EngineOptions {
        asked: None,
        surroundings: Surroundings {
            variables: [("DOCKER_HOST".to_owned(), address.to_owned())].into(),
            ..Surroundings::default()
        },
        ..options("unused")
    };
    let mut nowhere = Following::with(host("unix:///nowhere/docker.sock"));
    let absent = |fact: &Fact| match fact {
        Fact::Engine(EngineFact::Absent(why)) => Some(why.kind),
        Fact::Lost { .. } | Fact::Connecting { .. } => panic!("it was never there: {fact:?}"),
        _ => None,
    };
    assert_eq!(nowhere.until("its absence", absent).await, FailureKind::Refused);
    let mut following = Following::with(host(&fake.address().to_string()));
    let one = fake.put(1, FakeContainer::running("kafka-1"));
    following.inspected(&one, ContainerState::Running).await;
    fake.set(Mood::Gone);
    fake.end_streams();
    assert_eq!(following.lost().await, FailureKind::Reset);
    let once = super::docker::collect(&host("unix:///nowhere/docker.sock"), PATIENCE).await;
    assert!(once.is_empty(), "{once:?}");
}

#[tokio::test]
async fn one_look_tells_of_every_container_or_of_the_engine_that_hangs() {
    let fake = FakeEngine::start("1.41");
    let one = fake.put(1, FakeContainer::running("kafka-1"));
    let asked = options(&fake.address().to_string());
    let told = super::docker::collect(&asked, PATIENCE).await;
    let inspected = told.iter().any(|observation| {
        matches!(&observation.fact, Fact::Engine(EngineFact::Inspected(container)) if container.id == one)
    });
    assert!(inspected, "{told:?}");
    fake.set(Mood::Mute);
    let told = super::docker::collect(&asked, Duration::from_millis(50)).await;
    let last = told.last().map(|observation| &observation.fact);
    assert!(
        matches!(last, Some(Fact::Lost { why, .. }) if why.kind == FailureKind::Timeout),
        "{told:?}"
    );
}

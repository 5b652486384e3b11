//! The client against an engine that behaves and one that does not.

use std::path::PathBuf;
use std::time::Duration;

use super::fake::{FakeContainer, FakeEngine, Mood, PATIENCE};
use super::*;
use crate::model::container::ContainerState;
use crate::model::log::LogStream;
use crate::model::text::Name;
use crate::model::time::At;

/// Deadlines that a test can wait for.
const SHORT: Deadlines = Deadlines {
    connect: Duration::from_millis(200),
    read: Duration::from_millis(200),
    act: Duration::from_millis(200),
};

const LONG: Deadlines = Deadlines {
    connect: PATIENCE,
    read: PATIENCE,
    act: PATIENCE,
};

async fn connected(fake: &FakeEngine, deadlines: Deadlines) -> Engine {
    Engine::connect(fake.address(), deadlines)
        .await
        .expect("it answers")
}

#[tokio::test]
async fn the_version_is_agreed_on_before_anything_else() {
    for (api, spoken) in [("1.41", "1.41"), ("1.99", "1.53"), ("1.40", "1.40")] {
        let fake = FakeEngine::start(api);
        let engine = connected(&fake, LONG).await;
        assert_eq!(engine.version().api, spoken);
        assert!(
            fake.asked().iter().all(|asked| asked == "GET /version"),
            "{:?}",
            fake.asked()
        );
        assert_eq!(
            engine.version().to_string(),
            format!("Fake Engine 20.10.24, API {spoken}")
        );
    }
    for (api, word) in [
        ("1.39", "too old"),
        ("1.12", "too old"),
        ("new", "cannot be read"),
        ("", "cannot be read"),
    ] {
        let fake = FakeEngine::start(api);
        let error = Engine::connect(fake.address(), LONG).await.expect_err(api);
        let expected = matches!(
            (&error.trouble, word),
            (Trouble::TooOld { .. }, "too old") | (Trouble::Rubbish { .. }, "cannot be read")
        );
        assert!(expected, "{api}: {error}");
    }
}

#[tokio::test]
async fn an_engine_that_does_not_behave_is_told_by_how() {
    let fake = FakeEngine::start("1.41");
    let good = connected(&fake, SHORT).await;
    let id = fake.put(1, FakeContainer::running("kafka-1"));
    for (mood, expected) in [
        (Mood::Mute, "no answer within 200ms: the engine hangs"),
        (Mood::Gone, "ended the connection"),
        (Mood::Dying, "ended the connection"),
        (Mood::Rubbish, "does not speak HTTP"),
        (Mood::Forbidding, "not allowed: forbidden by the proxy"),
    ] {
        fake.set(mood);
        let first = Engine::connect(fake.address(), SHORT)
            .await
            .expect_err("no engine")
            .to_string();
        assert!(
            first.contains(expected) && first.contains("kaftop-engine-"),
            "{mood:?}: {first}"
        );
        for later in [
            good.ping().await.expect_err("no answer").to_string(),
            good.inspect(&id).await.expect_err("no answer").to_string(),
            good.stop(&id, Duration::ZERO)
                .await
                .map_err(|error| error.to_string())
                .err()
                .unwrap_or_default(),
            good.events()
                .await
                .map(drop)
                .map_err(|error| error.to_string())
                .err()
                .unwrap_or_default(),
        ] {
            // The head of an answer opens a stream, and is all that an act waits for.
            assert!(
                later.contains(expected) || (mood == Mood::Dying && later.is_empty()),
                "{mood:?}: {later}"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_without_end_is_given_up_for_its_size() {
    let fake = FakeEngine::start("1.41");
    let engine = connected(&fake, LONG).await;
    fake.set(Mood::Endless);
    let error = engine.containers().await.expect_err("too large");
    assert!(error.to_string().contains("larger than"), "{error}");
}

#[tokio::test]
async fn no_socket_and_nobody_behind_it_are_told_apart() {
    let none = EngineAddress::Unix(PathBuf::from("/nowhere/docker.sock"));
    let error = Engine::connect(none, LONG).await.expect_err("no socket");
    assert!(matches!(error.trouble, Trouble::NoSocket { .. }), "{error}");
    let path = std::env::temp_dir().join(format!("kaftop-dead-{}.sock", std::process::id()));
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    let error = Engine::connect(EngineAddress::Unix(path.clone()), LONG)
        .await
        .expect_err("nobody");
    assert!(matches!(error.trouble, Trouble::Refused { .. }), "{error}");
    drop(std::fs::remove_file(path));
}

#[test]
fn a_socket_that_is_closed_to_us_names_who_owns_it() {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("kaftop-closed-{}.sock", std::process::id()));
    let _listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let mut mode = std::fs::metadata(&path).expect("there").permissions();
    mode.set_mode(0o600);
    std::fs::set_permissions(&path, mode).expect("ours");
    let Trouble::NoPermission { owner, .. } = transport::no_permission(&path) else {
        panic!("another trouble");
    };
    assert!(owner.starts_with("user "), "{owner}");
    drop(std::fs::remove_file(path));
}

#[tokio::test]
async fn containers_are_listed_inspected_and_gone() {
    let fake = FakeEngine::start("1.41");
    let id = fake.put(
        1,
        FakeContainer {
            port: Some(19092),
            environment: vec!["KAFKA_NODE_ID=1".into(), "SECRET=hunter2".into()],
            ..FakeContainer::running("kafka-1")
        },
    );
    let engine = connected(&fake, LONG).await;
    let listed = engine.containers().await.expect("a list");
    assert_eq!(
        listed,
        [Listed {
            id: id.clone(),
            name: "kafka-1".into()
        }]
    );
    let container = engine.inspect(&id).await.expect("there");
    assert_eq!(container.name, Name::from("kafka-1"));
    assert_eq!(container.life.state, ContainerState::Running);
    assert_eq!(container.life.finished, None);
    assert_eq!(container.ports.first().map(|port| port.port), Some(19092));
    assert!(!format!("{container:?}").contains("hunter2"));
    fake.remove(&id);
    assert!(engine.inspect(&id).await.expect_err("gone").is_not_found());
}

#[tokio::test]
async fn acts_change_what_they_say_and_conflicts_are_told() {
    let fake = FakeEngine::start("1.41");
    let id = fake.put(1, FakeContainer::running("kafka-1"));
    let engine = connected(&fake, LONG).await;
    let state = async || engine.inspect(&id).await.expect("there").life.state;
    engine.pause(&id).await.expect("paused");
    assert_eq!(state().await, ContainerState::Paused);
    engine.unpause(&id).await.expect("goes on");
    let conflict = engine.unpause(&id).await.expect_err("it is not paused");
    assert!(
        matches!(conflict.trouble, Trouble::Conflict { .. }) && !conflict.leaves_doubt(),
        "{conflict}"
    );
    engine.stop(&id, Duration::from_secs(3)).await.expect("stopped");
    engine
        .stop(&id, Duration::from_secs(3))
        .await
        .expect("no error where it has stopped");
    assert!(state().await.is_stopped());
    assert!(
        fake.asked()
            .contains(&format!("POST /containers/{}/stop?t=3", id.raw()))
    );
    engine.kill(&id).await.expect_err("it does not run");
    engine.start(&id).await.expect("started");
    let network = crate::model::container::EngineId::parse(&"a".repeat(64)).expect("an id");
    let attach = Attach {
        aliases: vec!["broker-1".into()],
        ..Attach::default()
    };
    engine.attach(&network, &id, &attach).await.expect("attached");
    let attached = engine.inspect(&id).await.expect("there").networks;
    assert_eq!(
        attached.first().map(|one| one.aliases.clone()),
        Some(vec!["broker-1".into()])
    );
    assert_eq!(Attach::from(attached.first().expect("one")), attach);
    engine.disconnect(&network, &id).await.expect("taken off");
    assert!(engine.inspect(&id).await.expect("there").networks.is_empty());
    fake.set(Mood::Mute);
    let short = engine.clone().with_deadlines(SHORT);
    let doubt = short.kill(&id).await.expect_err("no answer");
    assert!(doubt.leaves_doubt(), "{doubt}");
}

#[tokio::test]
async fn events_come_as_they_happen_and_their_end_is_an_error() {
    let fake = FakeEngine::start("1.41");
    let id = fake.put(1, FakeContainer::running("kafka-1"));
    let engine = connected(&fake, LONG).await;
    let mut events = engine.events().await.expect("a stream");
    while fake.listeners() == 0 {
        tokio::task::yield_now().await;
    }
    fake.happens(&id, "die", |container| container.code = 137);
    let event = events.next(&engine).await.expect("an event");
    assert_eq!(
        (event.id, event.happening),
        (id, Happening::Died { code: Some(137) })
    );
    fake.end_streams();
    let error = events.next(&engine).await.expect_err("it ended");
    assert!(matches!(error.trouble, Trouble::Closed { .. }), "{error}");
}

#[tokio::test]
async fn the_last_lines_of_a_dead_container_are_there() {
    let mut output = Vec::new();
    for (stream, text) in [
        (1_u8, "2026-01-02T03:04:05.678901234Z [x] INFO up\n"),
        (2, "2026-01-02T03:04:06Z [x] ERROR \u{1b}[31mdisk\n"),
    ] {
        output.extend([stream, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).expect("short")]);
        output.extend(text.as_bytes());
    }
    let fake = FakeEngine::start("1.41");
    let id = fake.put(
        1,
        FakeContainer {
            status: "exited".into(),
            output,
            ..FakeContainer::running("kafka-1")
        },
    );
    let engine = connected(&fake, LONG).await;
    let container = engine.inspect(&id).await.expect("there");
    let lines = engine.last_lines(&container, 10).await.expect("lines");
    let shown: Vec<_> = lines
        .iter()
        .map(|line| (line.stream, line.text(), line.at.map(At::clock)))
        .collect();
    assert_eq!(
        shown,
        [
            (LogStream::Out, "[x] INFO up", Some("03:04:05Z".to_owned())),
            (LogStream::Err, "[x] ERROR disk", Some("03:04:06Z".to_owned())),
        ]
    );
}

#[tokio::test]
async fn counters_are_read_of_what_runs() {
    let fake = FakeEngine::start("1.41");
    let id = fake.put(
        1,
        FakeContainer {
            counters: (7, 9),
            ..FakeContainer::running("kafka-1")
        },
    );
    let engine = connected(&fake, LONG).await;
    let counters = engine.counters(&id).await.expect("it runs");
    assert_eq!(
        (counters.cpu, counters.received, counters.memory),
        (Some(7), Some(9), Some(1000))
    );
    fake.happens(&id, "die", |container| container.status = "exited".into());
    let error = engine.counters(&id).await.expect_err("it does not run");
    assert!(matches!(error.trouble, Trouble::Conflict { .. }), "{error}");
}

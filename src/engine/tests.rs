//! The client against an engine that behaves and one that does not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::fake::{FakeContainer, FakeEngine, Mood, PATIENCE};
use super::*;
use crate::model::container::ContainerState;
use crate::model::fleet::Vantage;
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
                .expect_err("no answer")
                .to_string(),
            good.events()
                .await
                .map(drop)
                .map_err(|error| error.to_string())
                .err()
                .unwrap_or_default(),
        ] {
            // A stream that dies in its middle dies later, and rubbish is rubbish.
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

/// What was asked for, the environment, the address that is found, and why.
type Finding<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], &'a str, &'a str);

/// A place with files in it; it is removed when the test is over.
struct Place(PathBuf);

impl Place {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("kaftop-discover-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        Self(root)
    }

    fn with(&self, variables: &[(&str, &str)]) -> Surroundings {
        let variables: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Surroundings {
            variables,
            root: self.0.clone(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

const META: &str =
    r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://ops@far","SkipTLSVerify":false}}}"#;

#[test]
fn the_engine_is_found_where_dockers_own_tools_would_look() {
    let everything = Place::new(
        "all",
        &[
            ("var/run/docker.sock", ""),
            ("run/user/7/docker.sock", ""),
            (
                "home/u/.docker/config.json",
                r#"{"currentContext":"far","auths":{}}"#,
            ),
            ("home/u/.docker/contexts/meta/abc/meta.json", META),
            ("home/u/.docker/contexts/meta/rubbish/meta.json", "{"),
            ("other/config.json", "{}"),
        ],
    );
    let home = ("HOME", "/home/u");
    let runtime = ("XDG_RUNTIME_DIR", "/run/user/7");
    let table: [Finding<'_>; 7] = [
        (
            Some("tcp://a:1"),
            &[home, ("DOCKER_HOST", "tcp://b:2")],
            "tcp://a:1",
            "asked for",
        ),
        (
            None,
            &[home, ("DOCKER_HOST", "tcp://b:2")],
            "tcp://b:2",
            "DOCKER_HOST",
        ),
        (None, &[home], "ssh://ops@far", "context \"far\""),
        (
            None,
            &[home, ("DOCKER_CONTEXT", "default")],
            "docker.sock",
            "the default socket",
        ),
        (
            None,
            &[home, ("DOCKER_CONFIG", "/other")],
            "/var/run/docker.sock",
            "the default socket",
        ),
        (None, &[runtime], "/var/run/docker.sock", "the default socket"),
        (
            None,
            &[("DOCKER_HOST", "tcp://b"), ("DOCKER_TLS_VERIFY", "1"), home],
            "tcp://b:2376 (TLS)",
            "DOCKER_HOST",
        ),
    ];
    for (asked, variables, address, why) in table {
        let choice = discover(asked, &everything.with(variables))
            .expect("an engine")
            .to_string();
        assert!(choice.contains(address) && choice.contains(why), "{choice}");
    }
}

#[test]
fn other_sockets_follow_and_their_absence_says_where_was_looked() {
    let rootless = Place::new(
        "rootless",
        &[("run/user/7/docker.sock", ""), ("run/podman/podman.sock", "")],
    );
    let choice = discover(None, &rootless.with(&[("XDG_RUNTIME_DIR", "/run/user/7")])).expect("a socket");
    assert!(choice.to_string().contains("rootless Docker"), "{choice}");
    let choice = discover(None, &rootless.with(&[])).expect("a socket");
    assert!(choice.to_string().contains("the socket of Podman"), "{choice}");
    let nothing = Place::new("nothing", &[]);
    let error = discover(None, &nothing.with(&[("HOME", "/home/u")]))
        .expect_err("none")
        .to_string();
    for looked in [
        "/var/run/docker.sock",
        "/home/u/.docker/run/docker.sock",
        "/run/podman/podman.sock",
    ] {
        assert!(error.contains(looked), "{error}");
    }
}

#[test]
fn wrong_settings_say_which_and_what_to_do() {
    let place = Place::new(
        "wrong",
        &[
            ("home/u/.docker/config.json", "{"),
            (
                "skip/contexts/meta/a/meta.json",
                r#"{"Name":"skip","Endpoints":{"docker":{"Host":"https://h:1","SkipTLSVerify":true}}}"#,
            ),
        ],
    );
    let table: [(&[(&str, &str)], &str); 5] = [
        (&[("HOME", "/home/u")], "config.json cannot be read"),
        (&[("DOCKER_HOST", "nonsense")], "DOCKER_HOST"),
        (
            &[("DOCKER_CONTEXT", "gone"), ("DOCKER_CONFIG", "/skip")],
            "docker context ls",
        ),
        (
            &[("DOCKER_CONTEXT", "gone"), ("DOCKER_CONFIG", "/none")],
            "cannot be read",
        ),
        (
            &[("DOCKER_CONTEXT", "skip"), ("DOCKER_CONFIG", "/skip")],
            "ca.pem",
        ),
    ];
    for (variables, word) in table {
        let error = discover(None, &place.with(variables))
            .expect_err(word)
            .to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn from_inside_a_container_loopback_is_not_the_engines() {
    let socket = EngineAddress::Unix(PathBuf::from("/x"));
    let outside = Place::new("outside", &[("proc/sys/kernel/hostname", "workstation\n")]);
    let Vantage::Here { names } = outside.with(&[]).vantage(&socket) else {
        panic!("it is here");
    };
    assert!(names.contains(&"workstation".into()));
    let inside = Place::new("inside", &[(".dockerenv", "")]);
    assert_eq!(
        inside.with(&[]).vantage(&socket),
        Vantage::Elsewhere { host: None }
    );
    let tcp = EngineAddress::parse("tcp://engine:2375", None).expect("an address");
    assert_eq!(
        outside.with(&[]).vantage(&tcp),
        Vantage::Elsewhere {
            host: Some("engine".into())
        }
    );
}

//! `kaftop demo` in a real terminal and without one: it starts, tells, asks, and leaves.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends with a panic, and its output is its log"
)]

#[expect(dead_code, reason = "other tests use the rest of it")]
mod kit;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use kit::kaftop::{Kaftop, VARIABLES, empty_home, run};
use kit::screen::Screen;

const SOON: Duration = Duration::from_secs(20);

fn arguments(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_screen_shows_the_cluster_tells_the_story_and_leaves() {
    let mut screen = Screen::start(&arguments("demo crash --speed 4"));
    screen
        .await_words(SOON, &["demo · A broker crashes", "HEALTHY", "3 of 3 up"])
        .unwrap();
    screen
        .await_words(SOON, &["Broker 1 is killed", "DEGRADED", "2 of 3 up"])
        .unwrap();
    screen.press("d");
    screen
        .await_words(
            SOON,
            &[
                "What happened",
                "What to conclude",
                "its port refuses connections",
            ],
        )
        .unwrap();
    screen.press("q");
    let (code, left, text) = screen.await_end(SOON);
    assert_eq!((code, left), (0, vec![]), "{text}");
}

#[test]
fn a_quiz_asks_first_and_prints_the_score_at_the_end() {
    let mut screen = Screen::start(&arguments("demo unreachable --quiz --speed 10"));
    screen.await_words(SOON, &["demo · quiz", "1 question"]).unwrap();
    assert!(!screen.text().contains("only we cannot"));
    screen.await_words(SOON, &["to answer"]).unwrap();
    screen.press("d");
    screen
        .await_words(SOON, &["Question 1 of 1", "1-3 answer"])
        .unwrap();
    screen.press("2");
    screen
        .await_words(
            SOON,
            &[
                "1 of 1 right",
                "Your answers",
                "A broker that only we cannot reach",
            ],
        )
        .unwrap();
    screen.press("q");
    let (code, _, text) = screen.await_end(SOON);
    assert_eq!(code, 0);
    assert!(text.contains("quiz: 1 of 1 right"), "{text}");
}

#[test]
fn without_a_screen_the_cluster_is_there_for_other_tools() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaftop"));
    for name in VARIABLES {
        command.env_remove(name);
    }
    let mut serving = command
        .args(["demo", "crash", "--serve", "--mode", "zookeeper", "--speed", "20"])
        .env("XDG_CONFIG_HOME", empty_home())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let mut line = |word: &str| {
        let line = lines.next().unwrap().unwrap();
        let rest = line.strip_prefix(word);
        rest.unwrap_or_else(|| panic!("{line:?} does not begin with {word:?}"))
            .trim()
            .to_owned()
    };
    let addresses = |text: String| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (bootstrap, zookeeper) = (addresses(line("bootstrap")), addresses(line("zookeeper")));
    assert_eq!((bootstrap.len(), zookeeper.len()), (3, 3));
    assert!(line("watch it").starts_with("kaftop -b "));
    assert!(line("     8s").contains("Broker 1 is killed"));
    let taken = Kaftop::new(&bootstrap, &zookeeper).snapshot();
    assert_eq!(taken.code, 0);
    let ended = Command::new("kill")
        .args(["-TERM", &serving.id().to_string()])
        .status();
    assert!(ended.unwrap().success());
    assert_eq!(serving.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    serving.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn without_a_terminal_no_cluster_is_started() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    // A cluster that was started would say that the port is in use.
    let ran = run(&["demo", "crash", "--port", &port]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    for expected in ["needs a terminal", "kaftop demo --serve", "kaftop check"] {
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("in use"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_started_exits_with_64_and_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let table: [(&[&str], &str); 7] = [
        (&["demo", "--serve", "--port", &port], "the port is in use"),
        (&["demo", "--serve", "--port", "65535"], "from port 65535 on"),
        (
            &["demo", "--serve", "--listen", "192.0.2.1"],
            "cannot listen on 192.0.2.1",
        ),
        (&["demo", "craash"], "the nearest valid name is \"crash\""),
        (&["demo", "--speed", "101"], "from 0.1 to 100"),
        (
            &["demo", "--partitions", "2000000"],
            "at most 1000000 are possible (this would take about",
        ),
        (
            &["demo", "--check", "tests/scenarios/invalid/not_there.toml"],
            "not_there.toml:7: step.node: there is no broker 4",
        ),
    ];
    for (arguments, expected) in table {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(64), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
    let checked = run(&["demo", "--check", "tests/scenarios/valid/full.toml"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.stdout.contains("no error found"), "{checked:?}");
}

//! The log of a node: what is shown of it, how it is moved through and searched, and how its end is told.

use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::Stage;
use super::containers::{bulletin, id};
use crate::command::Command;
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::{Evidence, Match, Node};
use crate::model::ids::BrokerId;
use crate::model::log::{LogFeed, LogLine, LogOf, LogRing, LogState, LogStream};
use crate::model::time::Span;
use crate::ui::fixture;
use crate::ui::screen::ListId;
use crate::ui::update::{Effect, update};

/// Lines as a broker writes them, `[x]` standing for the time; every one a second before the next, the last one 20 s ago.
fn written(lines: &[&str]) -> Vec<LogLine> {
    let line = |(place, text): (usize, &&str)| {
        let left = u64::try_from(lines.len() - place).unwrap();
        let at = fixture::ago(20 + left);
        let clock = at.clock();
        let stamp = format!("[2024-10-04 {},000]", clock.trim_end_matches('Z'));
        LogLine::new(
            Some(at),
            LogStream::Out,
            text.replacen("[x]", &stamp, 1).as_bytes(),
        )
    };
    lines.iter().enumerate().map(line).collect()
}

/// A start, much that is well, and an error with its stack trace.
fn usual() -> Vec<LogLine> {
    let mut lines = vec![
        "===> ENV Variables ...",
        "[x] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)",
    ];
    lines.extend(["[x] INFO [GroupCoordinator 1]: Preparing to rebalance group message-router in state PreparingRebalance with old generation 4 (__consumer_offsets-7) (kafka.coordinator.group.GroupCoordinator)"; 30]);
    lines.extend([
        "[x] WARN [ReplicaFetcher replicaId=1, leaderId=2, fetcherId=0] Error in response for fetch request",
        "java.io.IOException: Connection to broker-2:9092 (id: 2 rack: null) failed.",
        "\tat org.apache.kafka.clients.NetworkClientUtils.awaitReady(NetworkClientUtils.java:71)",
        "[x] ERROR Error while appending records to messages-3 in dir /var/lib/kafka/data (kafka.server.LogDirFailureChannel)",
        "java.io.IOException: No space left on device",
        "\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)",
        "Caused by: java.io.IOException: 日本語 \u{1b}[31mred\u{1b}[0m \u{1b}[2J\u{202e}",
        "[x] ERROR Shutdown broker because all log dirs in /var/lib/kafka/data have failed (kafka.log.LogManager)",
        "[x] FATAL [KafkaServer id=1] Fatal error during shutdown",
    ]);
    written(&lines)
}

fn feed(number: i32, state: LogState, lines: Vec<LogLine>) -> LogFeed {
    let mut ring = LogRing::new(1000, 1 << 20);
    for line in lines {
        ring.push(line);
    }
    LogFeed {
        of: LogOf {
            node: Node::Broker(BrokerId(number)),
            container: Some(id(number)),
        },
        state,
        since: fixture::ago(12),
        lines: ring,
    }
}

/// The log of that broker, opened from the Brokers page.
fn opened(number: i32, state: LogState, lines: Vec<LogLine>) -> Stage {
    let mut stage = Stage::new(bulletin());
    stage.press("2");
    for _ in 1..number {
        stage.press("down");
    }
    stage.press("L");
    gives(&mut stage, feed(number, state, lines));
    stage
}

fn gives(stage: &mut Stage, feed: LogFeed) {
    assert!(stage.screen.log.as_mut().unwrap().take(Some(Arc::new(feed))));
}

fn down() -> LogState {
    LogState::Failed(Failure::new(
        FailureKind::Refused,
        "connect to unix:///var/run/docker.sock: connection refused",
    ))
}

#[test]
fn a_log_is_followed_and_its_end_is_told() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut stage = opened(1, LogState::Following, usual());
        assert_snapshot!(
            format!("log_follows_{width}x{height}"),
            stage.frame(width, height)
        );
        stage.press("e");
        assert_snapshot!(format!("log_error_{width}x{height}"), stage.frame(width, height));
        let mut stage = opened(2, LogState::Ended, usual());
        stage.press("w");
        assert_snapshot!(
            format!("log_ended_wrapped_{width}x{height}"),
            stage.frame(width, height)
        );
    }
}

#[test]
fn what_is_wrong_with_a_log_is_said() {
    let table = [
        (1, Some(LogState::Opening), "Asking for what it printed."),
        (1, Some(LogState::Following), "It has printed nothing yet."),
        (
            2,
            Some(LogState::Ended),
            "Exited 137 at 14:02:13Z, 1m10s ago, out of memory: these are its last lines.",
        ),
        (
            1,
            Some(LogState::Ended),
            "kafka-1 ended 12s ago; it is looked for again.",
        ),
        (
            1,
            Some(down()),
            "Not read for 12s: connect to unix:///var/run/docker.sock: connection refused. It is tried again.",
        ),
        (
            3,
            None,
            "There is no log to read: broker 3 may be any of the containers",
        ),
    ];
    for (number, state, words) in table {
        let mut stage = Stage::new(bulletin());
        stage.press("2");
        for _ in 1..number {
            stage.press("down");
        }
        stage.press("L");
        if let Some(state) = state {
            gives(&mut stage, feed(number, state, Vec::new()));
        }
        let frame = stage.frame(120, 24);
        assert!(frame.contains(words), "{words}:\n{frame}");
        assert!(!frame.contains('\u{1b}'));
    }
    let mut without = Stage::new(fixture::healthy());
    without.press("2 L");
    let frame = without.frame(80, 24);
    assert!(frame.contains("no container engine is looked for"), "{frame}");
    // Of a topic there is none.
    let mut stage = Stage::new(bulletin());
    stage.press("3 L");
    assert!(stage.screen.log.is_none());
    assert_eq!(
        stage.screen.toast.as_deref(),
        Some("Select whose log to read: a broker, or a node on the Quorum page.")
    );
}

/// The first line in sight, by what it says.
fn first(stage: &mut Stage, height: u16) -> usize {
    stage.frame(100, height);
    let window = stage.screen.windows[&ListId::Log];
    let top = stage.screen.log.as_ref().unwrap().top(window.rows, window.cells);
    usize::try_from(top.line).unwrap()
}

#[test]
fn it_is_moved_through_held_and_followed_again() {
    let lines: Vec<String> = (0..100).map(|number| format!("[x] INFO line {number}")).collect();
    let texts: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut stage = opened(1, LogState::Following, written(&texts));
    let last = first(&mut stage, 24);
    let rows = 100 - last;
    for (keys, expected) in [
        ("up", last - 1),
        ("down", last),
        ("up up k", last - 3),
        ("pageup", last - 3 - rows),
        ("home", 0),
        ("up", 0),
        ("pagedown", rows),
        ("G", last),
    ] {
        stage.press(keys);
        assert_eq!(first(&mut stage, 24), expected, "{keys}");
    }
    // What is held stays, also as lines come; what follows goes on.
    let mut more = feed(1, LogState::Following, written(&texts));
    more.lines.push(LogLine::new(None, LogStream::Out, b"one more"));
    gives(&mut stage, more.clone());
    assert_eq!(first(&mut stage, 24), last + 1);
    stage.press("up");
    more.lines.push(LogLine::new(None, LogStream::Out, b"two more"));
    gives(&mut stage, more.clone());
    assert_eq!(first(&mut stage, 24), last);
    assert!(stage.frame(100, 24).contains("held, G follows"));
    // Lines that are let go take what is held along.
    let mut small = LogRing::new(30, 1 << 20);
    for (_, line) in more.lines.from(0) {
        small.push(line.clone());
    }
    stage.press("g");
    assert_eq!(first(&mut stage, 24), 0);
    more.lines = small;
    gives(&mut stage, more);
    assert_eq!(first(&mut stage, 24), 72);
    assert_eq!(stage.press("esc"), Effect::Draw);
    assert!(stage.screen.log.is_none());
}

#[test]
fn errors_and_words_are_found_from_the_end_on() {
    let mut stage = opened(1, LogState::Following, usual());
    stage.frame(80, 24);
    let mark = |stage: &mut Stage, keys: &str| {
        stage.press(keys);
        stage.frame(80, 24);
        stage.screen.log.as_ref().unwrap().mark()
    };
    for (keys, expected) in [
        ("e", Some(40)),
        ("E", Some(39)),
        ("E", Some(35)),
        ("e", Some(39)),
        ("/ F A T A L enter", Some(40)),
        ("/ i o e x c", Some(38)),
        ("up", Some(36)),
        ("up", Some(33)),
        ("enter", Some(33)),
        ("n", Some(36)),
        ("n", Some(38)),
        ("N", Some(36)),
    ] {
        assert_eq!(mark(&mut stage, keys), expected, "{keys}");
    }
    // What is given up leads back.
    assert_eq!(mark(&mut stage, "/ s t a r t e d"), Some(1));
    assert_eq!(mark(&mut stage, "esc"), Some(36));
    stage.press("/ z z z");
    assert!(stage.frame(80, 24).contains("no line holds this"));
    stage.press("enter n");
    assert_eq!(
        stage.screen.toast.as_deref(),
        Some("Nothing more was found after this.")
    );
    assert_eq!(
        stage.press("y"),
        Effect::CopyText("java.io.IOException: No space left on device".to_owned())
    );
}

#[test]
fn long_lines_are_cut_moved_or_broken() {
    let long = format!("[x] INFO begin {} end", "x".repeat(300));
    let mut stage = opened(1, LogState::Following, written(&[&long]));
    let frame = stage.frame(80, 24);
    assert!(
        frame.contains("begin") && frame.contains('…') && !frame.contains(" end "),
        "{frame}"
    );
    for _ in 0..14 {
        stage.press("right");
    }
    let frame = stage.frame(80, 24);
    assert!(frame.contains("xxx end ") && !frame.contains("begin"), "{frame}");
    stage.press("w");
    let frame = stage.frame(80, 24);
    assert!(frame.contains("begin") && frame.contains("xxx end"), "{frame}");
    // One line that is higher than the screen is read row by row.
    let huge = vec![b'y'; 8_000];
    let line = LogLine::new(None, LogStream::Out, &huge);
    let mut more = feed(1, LogState::Following, vec![line]);
    more.lines.push(LogLine::new(None, LogStream::Out, b"last"));
    let mut stage = opened(1, LogState::Following, Vec::new());
    gives(&mut stage, more);
    stage.press("w");
    assert!(stage.frame(80, 24).contains("last"));
    stage.press("up");
    let frame = stage.frame(80, 24);
    assert!(!frame.contains("last") && frame.contains("yyyyy"), "{frame}");
    stage.press("down");
    assert!(stage.frame(80, 24).contains("last"));
}

#[test]
fn acts_are_about_the_node_whose_log_is_read() {
    let mut stage = opened(2, LogState::Ended, usual());
    let row = stage.screen.log.as_ref().unwrap().row.clone();
    assert_eq!(stage.press("U"), Effect::Act(Command::Start, Some(row)));
    stage.press("?");
    let frame = stage.frame(80, 24);
    assert!(frame.contains("In a log"), "{frame}");
    stage.press("esc");
    assert!(stage.screen.log.is_some(), "help lies over the log");
    stage.press("4");
    assert!(stage.screen.log.is_none());
}

#[test]
fn the_last_lines_of_a_dead_container_are_in_its_brokers_detail() {
    let mut bulletin = bulletin();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let fleet = Arc::make_mut(&mut snapshot.fleet);
    fleet.containers.get_mut(&id(2)).unwrap().last_words = Some(Arc::new(usual()));
    let mut stage = Stage::new(bulletin);
    stage.press("2 down");
    assert_snapshot!("brokers_last_lines_120x40", stage.frame(120, 40));
    stage.press("o G");
    assert_snapshot!("broker_detail_last_lines_80x24", stage.frame(80, 24));
}

#[test]
fn those_of_a_dead_zookeeper_are_on_the_quorum_page() {
    let mut bulletin = bulletin();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let fleet = Arc::make_mut(&mut snapshot.fleet);
    let one = Match::One(id(2), vec![Evidence::HoldsPort(2181)]);
    let member = snapshot.ensemble.members[0].address.clone();
    fleet.matches.insert(Node::ZooKeeper(member), one);
    fleet.containers.get_mut(&id(2)).unwrap().last_words = Some(Arc::new(usual()));
    let mut stage = Stage::new(bulletin);
    stage.press("6");
    let frame = stage.frame(120, 50);
    for words in [
        "ZooKeeper zookeeper-1:2181",
        "The last lines of its container",
        "exited 137 1m10s out…",
        "java.io.IOException: No space left on device",
    ] {
        assert!(frame.contains(words), "{words} is not in:\n{frame}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_and_no_size_breaks_it(
        lines in prop::collection::vec("\\PC{0,200}|.{0,40}|(ERROR |java\\.)x", 0..80),
        width in prop_oneof![55_u16..130, 1_u16..260],
        height in prop_oneof![14_u16..50, 1_u16..75],
        keys in prop::collection::vec(0..Command::ALL.len(), 0..12),
        kept in 1_usize..60,
        late in any::<u64>(),
        ascii in any::<bool>(),
    ) {
        let texts: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut stage = opened(1, LogState::Following, written(&texts));
        stage.settings.looks.ascii = ascii;
        stage.since_arrival = Span(late);
        let mut ring = LogRing::new(kept, 4_000);
        for (place, key) in keys.into_iter().enumerate() {
            update(&mut stage.screen, Command::ALL[key]);
            if let Some(log) = &mut stage.screen.log {
                for line in written(&texts).into_iter().take(place * 7) {
                    ring.push(line);
                }
                let mut newer = feed(1, LogState::Ended, Vec::new());
                newer.lines = ring.clone();
                log.take(Some(Arc::new(newer)));
            }
            let frame = stage.frame(width, height);
            prop_assert!(!ascii || frame.is_ascii());
            let is_clean = !frame.contains(['\u{1b}', '\u{202e}', '\u{7}']);
            prop_assert!(is_clean);
        }
    }
}

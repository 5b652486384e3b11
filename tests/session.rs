//! A session at the keyboard, in a real terminal, on the simulated cluster while incidents unfold: every page, finding,
//! what the Overview says of each incident, and a terminal that misbehaves.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends with a panic, and its output is its log"
)]

#[expect(dead_code, reason = "other tests use the rest of it")]
mod kit;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use kit::kaftop::{Kaftop, VARIABLES, empty_home};
use kit::screen::Screen;

const SOON: Duration = Duration::from_secs(60);

fn demo(line: &str) -> Screen {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    Screen::start(&arguments)
}

/// Waits for words; the screen is in the message where they do not come.
fn sees(screen: &Screen, words: &[&str]) {
    screen.await_words(SOON, words).unwrap();
}

fn leave(mut screen: Screen) {
    screen.press("q");
    let (code, left, text) = screen.await_end(SOON);
    assert_eq!((code, left), (0, vec![]), "{text}");
}

#[test]
fn every_page_is_found_filtered_sorted_and_left_again() {
    let mut screen = demo("demo crash --speed 2");
    sees(&screen, &["DEGRADED", "2 of 3 up", "Broker 1 is down"]);
    for (key, words) in [
        ("2", &["3 brokers, 2 of 3 up", "stopping it"][..]),
        ("3", &["5 topics, 5 at risk", "min ISR"]),
        ("4", &["one loss away", "What happened to it"]),
        ("5", &["by harm", "CLEARS IN"]),
        ("6", &["2 of 3 voters follow"]),
        ("7", &["broker 1 down", "What it brought about"]),
        ("1", &["Broker 1 is down", "Events"]),
    ] {
        screen.press(key);
        sees(&screen, words);
    }
    // A filter narrows while it is typed, is kept, and goes with esc.
    screen.press("5/lag>=0 ~^mess");
    sees(&screen, &["/lag>=0 ~^mess", "hidden)", "message-router-group"]);
    screen.press("\r");
    sees(&screen, &["hidden)", "esc"]);
    screen.press("/");
    screen.press("nonsense>1\r\u{1b}");
    screen
        .await_text("no filter", SOON, |text| !text.contains("hidden)"))
        .unwrap();
    screen.press("sl");
    sees(&screen, &["by lag"]);
    // The palette leads to a topic by some of its letters, enter goes in, and esc comes back.
    screen.press(":fmr");
    sees(&screen, &["Go to", "file_merge_requests"]);
    screen.press("\r");
    sees(
        &screen,
        &["5 topics", "file_merge_requests ─", "What happened to it"],
    );
    screen.press("\r");
    sees(&screen, &["of topic file_merge_requests"]);
    screen.press("\u{1b}");
    sees(&screen, &["5 topics"]);
    screen.press("?");
    sees(&screen, &["Help", "Everywhere"]);
    screen.press("?");
    // Standing still is said, and what is missed with it.
    screen.press(" ");
    sees(&screen, &["FROZEN for"]);
    screen.press(" ");
    screen
        .await_text("it goes on", SOON, |text| !text.contains("FROZEN"))
        .unwrap();
    screen.press("y");
    sees(&screen, &["1 row sent to the clipboard"]);
    leave(screen);
}

#[test]
fn the_mouse_opens_tabs_sorts_by_heads_and_selects() {
    let mut screen = demo("demo quiet");
    sees(&screen, &["HEALTHY", "3 of 3 up"]);
    let press = |screen: &mut Screen, word: &str| {
        let text = screen.text();
        let found = text.lines().enumerate().find_map(|(y, line)| {
            let at = line.find(word)?;
            Some((line[..at].chars().count() + 1, y + 1))
        });
        let (x, y) = found.unwrap_or_else(|| panic!("no {word} in\n{text}"));
        screen.press(&format!("\u{1b}[<0;{x};{y}M\u{1b}[<0;{x};{y}m"));
    };
    press(&mut screen, "Groups");
    sees(&screen, &["> ", "CLEARS IN"]);
    press(&mut screen, "5 Groups");
    sees(&screen, &["by harm", "COORD"]);
    press(&mut screen, "MEMBERS");
    sees(&screen, &["by members"]);
    press(&mut screen, "2 Brokers");
    sees(&screen, &["3 brokers, 3 of 3 up"]);
    leave(screen);
}

/// What the Overview says of an incident: what broke, writes, the next loss, who may be stopped, what to do.
fn incident(line: &str, words: &[&str]) {
    let screen = demo(line);
    screen
        .await_text(line, SOON, |text| {
            let flat: Vec<&str> = text
                .lines()
                .map(|line| line.trim_matches(['\u{258c}', ' ']))
                .collect();
            let flat = flat.join(" ");
            words.iter().all(|word| flat.contains(word))
        })
        .unwrap();
    leave(screen);
}

#[test]
fn a_stopped_and_a_killed_broker() {
    for (line, id) in [("demo clean-stop --speed 4", 2), ("demo crash --speed 4", 1)] {
        incident(
            line,
            &[
                "DEGRADED",
                &format!("Broker {id} is down: its port refuses connections. All "),
                "partitions run on 2 of 3 replicas.",
                "writes     none refused",
                "partitions refuse writes (min ISR 2)",
                "safe to stop  no broker",
                &format!(
                    "Read its last log and start broker {id}; stop no other before every replica is in sync"
                ),
            ],
        );
    }
}

#[test]
fn a_hung_broker_and_one_cut_off() {
    incident(
        "demo hang --speed 4",
        &[
            "DEGRADED",
            "Broker 2",
            "partitions run on 2 of 3 replicas.",
            "writes     none refused",
            "safe to stop  no broker",
        ],
    );
    incident(
        "demo cut-off --speed 4",
        &[
            "DEGRADED",
            "Broker 3 answers clients but its peers dropped it",
            "safe to stop  no broker",
            "Keep acks=1 writers away from broker 3, and restore the network to its peers: then it rejoins by itself.",
        ],
    );
}

#[test]
fn two_brokers_down_and_the_majorities_lost() {
    incident(
        "demo two-down --speed 8",
        &[
            "CRITICAL",
            "Brokers 1 and 3 are down",
            "refused",
            "safe to stop  no broker",
        ],
    );
    incident(
        "demo quorum-lost --speed 4",
        &[
            "CRITICAL",
            "stalled",
            "safe to stop  no broker",
            "without a majority nothing heals by itself",
        ],
    );
    incident(
        "demo zookeeper-lost --speed 4",
        &["CRITICAL", "no failover", "safe to stop  no broker"],
    );
}

#[test]
fn a_terminal_of_any_size_at_any_time() {
    let mut screen = demo("demo quiet");
    sees(&screen, &["HEALTHY"]);
    for round in 0..100_u16 {
        screen.resize(1, 1);
        screen.resize(1 + round * 2 % 200, 1 + round % 60);
    }
    screen.resize(120, 40);
    sees(&screen, &["HEALTHY", "3 of 3 up"]);
    // Pasted text types nothing, whatever is in it.
    screen.press("\u{1b}[200~q\u{3}\u{1b}[31mS 5\u{7}\u{1b}[201~");
    sees(&screen, &["HEALTHY"]);
    screen.assert_runs();
    leave(screen);
}

#[test]
fn a_terminal_that_stops_reading_holds_nothing_up_and_is_caught_up_with() {
    let arguments = ["demo", "crash", "--speed", "4", "--serve"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaftop"));
    for name in VARIABLES {
        command.env_remove(name);
    }
    let mut serving = command
        .args(arguments)
        .env("XDG_CONFIG_HOME", empty_home())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(serving.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let bootstrap = first.trim().trim_start_matches("bootstrap").trim().to_owned();
    let mut screen = Screen::start(&["-b".to_owned(), bootstrap.clone()]);
    sees(&screen, &["HEALTHY"]);
    screen.stall(true);
    // Meanwhile the cluster breaks: that it did, another kaftop tells.
    let kaftop = Kaftop::at(&bootstrap);
    let breaks = std::iter::repeat_with(|| kaftop.check().0)
        .take(200)
        .any(|code| code == 1);
    assert!(breaks, "the broker of the scenario is killed");
    screen.press("5");
    screen.stall(false);
    sees(&screen, &["DEGRADED", "Broker 1 is down", "CLEARS IN", "by harm"]);
    leave(screen);
    serving.kill().unwrap();
    serving.wait().unwrap();
}

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
use std::path::{Path, PathBuf};
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
    screen.press("c");
    sees(
        &screen,
        &["Every setting", "settings, read", "min.insync.replicas"],
    );
    screen.press("\u{1b}");
    sees(&screen, &["5 topics, 5 at risk"]);
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

const XTERM: [(&str, &str); 2] = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")];

/// A server of tmux, which outlives a screen that is closed on it; ended on drop.
struct Server(PathBuf);

impl Drop for Server {
    fn drop(&mut self) {
        // It is over already where its last window was left.
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(&self.0)
            .arg("kill-server")
            .output();
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_same_in_tmux() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("session-tmux");
    std::fs::create_dir_all(&place).unwrap();
    let settings = place.join("tmux.conf");
    std::fs::write(&settings, "set -g status off\nset -sg escape-time 20\n").unwrap();
    // A name of a socket has room for 108 bytes; the directory of the tests may be deep.
    let socket = std::env::temp_dir().join(format!("kaftop-tmux-{}", std::process::id()));
    let server = Server(socket);
    let words: Vec<String> = [
        "-S",
        server.0.to_str().unwrap(),
        "-f",
        settings.to_str().unwrap(),
        "new-session",
        &format!("{} demo crash --speed 2", env!("CARGO_BIN_EXE_kaftop")),
    ]
    .map(str::to_owned)
    .to_vec();
    let mut screen = Screen::run(&XTERM, "tmux", &words);
    sees(&screen, &["DEGRADED", "2 of 3 up", "Broker 1 is down"]);
    for (keys, words) in [
        ("2", &["3 brokers, 2 of 3 up"][..]),
        ("4/~^mess\r", &["hidden)", "message_status_updates"]),
        ("\r", &["What happened to it", "j down"]),
        // tmux takes an escape that is followed at once for the beginning of a key.
        ("\u{1b}", &["CHURN 15m"]),
        ("5sl", &["by lag"]),
        (":fmr\r", &["5 topics", "file_merge_requests"]),
        ("?", &["Help", "Everywhere"]),
        ("?tt1", &["Broker 1 is down", "Events"]),
    ] {
        screen.press(keys);
        sees(&screen, words);
    }
    screen.resize(80, 24);
    sees(&screen, &["2 of 3 up", "q quit"]);
    screen.press("q");
    let (code, _, text) = screen.await_end(SOON);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("[exited]"), "{text}");
}

#[test]
fn a_shell_gets_its_terminal_back_while_kaftop_is_suspended() {
    let words: Vec<String> = ["--norc", "--noprofile", "-i"].map(str::to_owned).to_vec();
    let prompting = [XTERM[0], XTERM[1], ("PS1", "ready> ")];
    let mut screen = Screen::run(&prompting, "bash", &words);
    screen.press(&format!("{} demo quiet\r", env!("CARGO_BIN_EXE_kaftop")));
    sees(&screen, &["3 of 3 up", "q quit"]);
    screen.press("\u{1a}");
    sees(&screen, &["Stopped"]);
    // What is typed is echoed and run: the terminal is the shell's, in its own modes.
    screen.press("echo back-$((40 + 2))\r");
    sees(&screen, &["back-42"]);
    screen.press("fg\r");
    sees(&screen, &["3 of 3 up", "q quit"]);
    screen.press("2");
    sees(&screen, &["3 brokers, 3 of 3 up"]);
    screen.press("q");
    // One prompt for each of kaftop, echo and fg, and the one that waits.
    screen
        .await_text("the prompt", SOON, |text| text.matches("ready>").count() == 4)
        .unwrap();
    screen.press("exit\r");
    let (code, left, text) = screen.await_end(SOON);
    assert_eq!((code, left), (0, vec![]), "{text}");
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

/// A scenario of its own: what is done, step by step.
fn scenario(name: &str, mode: &str, steps: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.toml"));
    let text = format!(
        "title = \"-\"\nstory = \"-\"\nmode = \"{mode}\"\n{steps}\n\
         [conclusion]\ncause = \"-\"\nat_risk = \"-\"\nnext = \"-\"\n"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn one_zookeeper_of_three_down() {
    let path = scenario(
        "one-zookeeper",
        "zookeeper",
        "[[step]]\nat = \"8s\"\nact = \"kill\"\nnode = \"zookeeper:2\"",
    );
    incident(
        &format!("demo {path} --speed 4"),
        &[
            "DEGRADED",
            "ZooKeeper 127.0.0.1:",
            "does not serve (2 of 3 left; one more loss ends failover).",
            "writes     none refused",
            "next loss  no failover if a ZooKeeper",
            "safe to stop  any one broker",
            "first of all.",
        ],
    );
}

#[test]
fn a_group_that_stalls_and_one_that_falls_behind() {
    // Each is five minutes behind as kaftop comes, so that its rates say how long it has been so.
    let group = |behaviour: &str| {
        format!(
            "[cluster]\nbare = true\n\
             [[topics]]\nname = \"orders\"\npartitions = 6\nrecords_per_second = 600\n\
             [[groups]]\nname = \"billing\"\ntopics = [\"orders\"]\nmembers = 2\nstart_lag = 30000\n{behaviour}"
        )
    };
    let path = scenario("stalled", "kraft", &group("behaviour = \"stalled\""));
    incident(
        &format!("demo {path}"),
        &[
            "HEALTHY",
            "Group billing reads nothing: ",
            " wait, the oldest about 5m; ",
            "its members commit nothing.",
            "writes     none refused",
            "next loss  none refused",
            "Look at what the consumers of billing wait for; restart one and watch its lag.",
        ],
    );
    let path = scenario("lagging", "kraft", &group("behaviour = \"slow\"\nshare = 0.4"));
    incident(
        &format!("demo {path}"),
        &[
            "HEALTHY",
            "Group billing is about 5m",
            " behind and falls further: ",
            "more come in than it reads.",
            "safe to stop  any one broker",
            "Add consumers to billing, up to one a partition, or look at what slows them down.",
        ],
    );
}

#[test]
fn a_topic_that_is_made_anew() {
    let path = scenario(
        "recreated",
        "kraft",
        "[cluster]\nbare = true\n\
         [[topics]]\nname = \"orders\"\npartitions = 6\nrecords_per_second = 600\n\
         [[groups]]\nname = \"billing\"\ntopics = [\"orders\"]\nmembers = 2\n\
         [[step]]\nat = \"30s\"\nact = \"delete-topic\"\ntopic = \"orders\"\n\
         [[step]]\nat = \"34s\"\nact = \"create-topic\"\ntopic = \"orders\"\npartitions = 6",
    );
    // What holds of the new topic is read at once.
    incident(
        &format!("demo {path} --speed 4"),
        &[
            "HEALTHY",
            "topic orders deleted",
            "topic orders created",
            "writes     none refused",
            "next loss  none refused",
            "safe to stop  any one broker",
            "Nothing to do.",
        ],
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

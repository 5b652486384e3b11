//! Read-only means that nothing changes anything: every page, every key and every command of the palette, in a real terminal,
//! and every request that leaves kaftop counted on its way to the brokers and to the container engine.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends with a panic, and its output is its log"
)]

#[expect(dead_code, reason = "other tests use the rest of it")]
mod kit;

#[path = "read_only/wires.rs"]
mod wires;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use kaftop::command::{Chord, Command, Context, Key, Keymap};
use kaftop::wire::Api;
use kit::kaftop::{VARIABLES, empty_home};
use kit::screen::Screen;
use wires::{Brokers, Engine};

const SOON: Duration = Duration::from_secs(60);
/// A plan, or why there is none, comes within this.
const ANSWER: Duration = Duration::from_secs(20);
/// How the end of an act is told.
const ENDS: [&str; 4] = [": done.", ": unverified.", ": failed.", ": aborted."];
/// What a dialog says while the plan is looked at again.
const LOOKING: &str = "Looking again, then doing it";
/// After this a key is pressed again, which did not count before.
const AGAIN: Duration = Duration::from_millis(350);
/// What leaves the terminal; no walk goes on after it.
const LEAVES: [Command; 2] = [Command::Quit, Command::Suspend];
/// What asks the gate for an act.
const ACTS: [Command; 10] = [
    Command::Stop,
    Command::Start,
    Command::Restart,
    Command::Kill,
    Command::Pause,
    Command::Resume,
    Command::Cut,
    Command::Reconnect,
    Command::ElectLeaders,
    Command::Roll,
];
/// The escape key as a terminal sends it that keeps it apart from what follows.
const ESC: &str = "\u{1b}[27u";

/// A broker was away, so that not every preferred leader leads: there is something to elect.
const STORY: &str = r#"
title = "A broker was away"
story = "For the walk."

[[step]]
at = "1s"
act = "stop"
node = "broker:2"
note = "Broker 2 is told to stop."

[[step]]
at = "8s"
act = "start"
node = "broker:2"
note = "Broker 2 is back."
"#;

/// A simulated cluster in a process of its own.
struct Cluster {
    process: Child,
    bootstrap: Vec<String>,
}

impl Cluster {
    fn start() -> Self {
        let mut command = Process::new(env!("CARGO_BIN_EXE_kaftop"));
        for name in VARIABLES {
            command.env_remove(name);
        }
        let story = std::env::temp_dir().join(format!("kaftop-walk-{}.toml", std::process::id()));
        std::fs::write(&story, STORY).unwrap();
        let mut process = command
            .args(["demo", &story.display().to_string(), "--serve", "--speed", "4"])
            .env("XDG_CONFIG_HOME", empty_home())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = told.next().unwrap().unwrap();
        let addresses = first.trim_start_matches("bootstrap").trim();
        let bootstrap = addresses.split(',').map(str::to_owned).collect();
        assert!(told.any(|line| line.unwrap().contains("Broker 2 is back.")));
        Self { process, bootstrap }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A kaftop whose every request is counted.
struct Walk {
    _cluster: Cluster,
    brokers: Brokers,
    engine: Engine,
    screen: Screen,
    keymap: Keymap,
}

impl Walk {
    fn begin(switches: &[&str]) -> Self {
        let cluster = Cluster::start();
        let brokers = Brokers::before(&cluster.bootstrap);
        let engine = Engine::start(&cluster.bootstrap);
        let config = engine.config(&brokers.addresses);
        let mut arguments = vec![
            "--config".to_owned(),
            config,
            "--cluster".to_owned(),
            "walk".to_owned(),
        ];
        arguments.extend(switches.iter().map(|switch| (*switch).to_owned()));
        let home = engine.home();
        let variables = [("TERM", "xterm-256color"), ("XDG_STATE_HOME", home.as_str())];
        let screen = Screen::start_in(&variables, &arguments);
        screen
            .await_words(SOON, &["HEALTHY", "docker", "any one broker"])
            .unwrap();
        Self {
            _cluster: cluster,
            brokers,
            engine,
            screen,
            keymap: Keymap::standard(),
        }
    }

    /// Every page, on it every key, and on it every command of the palette.
    fn everything(&mut self) {
        let pages = [
            (Command::PageOverview, Context::Overview),
            (Command::PageBrokers, Context::Brokers),
            (Command::PageTopics, Context::Topics),
            (Command::PagePartitions, Context::Partitions),
            (Command::PageGroups, Context::Groups),
            (Command::PageQuorum, Context::Quorum),
            (Command::PageEvents, Context::Events),
            (Command::PageAlerts, Context::Alerts),
        ];
        let mut walked = BTreeSet::new();
        for (page, context) in pages {
            for command in Command::ALL
                .into_iter()
                .filter(|command| !LEAVES.contains(command))
            {
                let mut ways: Vec<String> = [context, Context::Everywhere]
                    .into_iter()
                    .flat_map(|context| self.keymap.chords(context, command))
                    .map(|strokes| strokes.to_string().split(' ').map(bytes).collect())
                    .collect();
                // The palette has every command, whatever the page; once is enough where it asks for no act.
                if page == Command::PageBrokers {
                    ways.push(format!(":{}\r", command.name()));
                }
                for way in ways {
                    if ACTS.contains(&command) {
                        self.act(page, command, &way);
                    } else {
                        self.open(page);
                        self.screen.press(&way);
                    }
                    if command == Command::Freeze {
                        self.screen.press(&way);
                    }
                    walked.insert(command);
                }
            }
        }
        self.log();
        self.screen.assert_runs();
        let all: BTreeSet<Command> = Command::ALL.into_iter().collect();
        let left: Vec<&Command> = all.difference(&walked).collect();
        assert_eq!(
            left,
            [&Command::Suspend, &Command::Quit],
            "every command was asked for"
        );
    }

    /// Asks for an act, and confirms its plan where there is one. Where the end of an act before is said in the place of the
    /// gate's answer, it is asked for once more.
    fn act(&mut self, page: Command, command: Command, way: &str) {
        let began = Instant::now();
        loop {
            assert!(
                began.elapsed() < SOON,
                "{}:\n{}",
                command.name(),
                self.screen.text()
            );
            self.open(page);
            self.screen.press(row(command));
            // What was said before is gone with the first key, a plan that comes late with the next.
            if self
                .screen
                .await_text("a quiet screen", AGAIN, |text| !is_answered(text))
                .is_err()
            {
                continue;
            }
            self.screen.press(way);
            let is_said = |text: &str| is_answered(text) || ENDS.iter().any(|end| text.contains(end));
            self.screen.await_text(command.name(), ANSWER, is_said).unwrap();
            if is_answered(&self.screen.text()) {
                break;
            }
        }
        // A rolling restart takes the gate for itself: it comes last.
        if command != Command::Roll || page == Command::PageAlerts {
            self.confirm(command);
        }
    }

    /// Goes to a page with nothing open over it.
    fn open(&mut self, page: Command) {
        let key = self.keymap.chords(Context::Everywhere, page)[0].to_string();
        self.screen.press(&format!("{ESC}{ESC}{ESC}{key}"));
    }

    /// The keys of a log.
    fn log(&mut self) {
        self.open(Command::PageBrokers);
        self.screen.press("L");
        self.screen
            .await_words(ANSWER, &["Log of broker", "printed by 1"])
            .unwrap();
        for key in [
            "/", "printed", "\r", "n", "N", "e", "E", "w", "\u{1b}[C", "\u{1b}[D", "y", "G", "g",
        ] {
            self.screen.press(key);
        }
        self.screen.await_words(ANSWER, &["Log of broker"]).unwrap();
    }

    /// Confirms the plan where there is one, in whatever way it wants.
    fn confirm(&mut self, command: Command) {
        let began = Instant::now();
        // What is typed before the plan can be read does not count: it is typed until it does. A plan that has changed
        // since is shown anew, and confirmed anew.
        loop {
            let text = self.screen.text();
            let is_looking = text.contains(LOOKING);
            let Some(answer) = answer(&text).or_else(|| is_looking.then(String::new)) else {
                return;
            };
            assert!(began.elapsed() < ANSWER, "{}:\n{text}", command.name());
            self.screen.press(&answer);
            let goes_on = |text: &str| {
                self::answer(text).is_none_or(|now| now != answer) && text.contains(LOOKING) != is_looking
            };
            drop(self.screen.await_text("an end of the dialog", AGAIN, goes_on));
        }
    }
}

/// The way to the row that an act is tried on: another one for each that goes on for long, so that none bars another.
fn row(command: Command) -> &'static str {
    match command {
        Command::Kill => "gj",
        Command::Pause => "gjj",
        _ => "g",
    }
}

/// Whether the gate's answer to an act stands there.
fn is_answered(text: &str) -> bool {
    let words = [
        "does it   esc",
        " and enter, or esc",
        "Refused to",
        "Select what to",
        "Nothing can be done",
    ];
    words.iter().any(|words| text.contains(words))
}

/// What the dialog that stands there wants typed.
fn answer(text: &str) -> Option<String> {
    if text.contains("does it   esc") {
        return Some("y".to_owned());
    }
    let (before, _) = text.split_once(" and enter, or esc")?;
    let (_, word) = before.rsplit_once("type ")?;
    Some(format!("{word}\r"))
}

/// What a terminal sends for a stroke.
fn bytes(stroke: &str) -> String {
    let chord: Chord = stroke.parse().unwrap();
    let bare = match chord.key {
        Key::Char(letter) if chord.ctrl => return char::from(letter as u8 & 0x1f).to_string(),
        Key::Char(letter) => letter.to_string(),
        Key::Space => " ".to_owned(),
        Key::Enter => "\r".to_owned(),
        Key::Esc => ESC.to_owned(),
        Key::Tab => "\t".to_owned(),
        Key::BackTab => "\u{1b}[Z".to_owned(),
        Key::Up => "\u{1b}[A".to_owned(),
        Key::Down => "\u{1b}[B".to_owned(),
        Key::Right => "\u{1b}[C".to_owned(),
        Key::Left => "\u{1b}[D".to_owned(),
        Key::Home => "\u{1b}[H".to_owned(),
        Key::End => "\u{1b}[F".to_owned(),
        Key::PageUp => "\u{1b}[5~".to_owned(),
        Key::PageDown => "\u{1b}[6~".to_owned(),
        other => panic!("{other:?} is bound: say what it sends"),
    };
    assert!(!chord.alt, "{stroke}");
    bare
}

/// Requests to brokers that could change something: all but those that kaftop reads with.
fn changes(brokers: &Brokers) -> Vec<i16> {
    let reads = |key: i16| {
        Api::ALL
            .iter()
            .any(|api| api.key() == key && *api != Api::ElectLeaders)
    };
    brokers.asked().into_iter().filter(|key| !reads(*key)).collect()
}

#[test]
fn read_only_walks_through_everything_and_changes_nothing() {
    let mut walk = Walk::begin(&["--read-only"]);
    walk.everything();
    let (asked, changing) = walk.engine.asked();
    println!(
        "  {asked} requests to the engine, {} to brokers",
        walk.brokers.asked().len()
    );
    assert!(
        asked > 10 && walk.brokers.asked().len() > 50,
        "the counters count"
    );
    assert_eq!(changing, Vec::<String>::new());
    assert_eq!(changes(&walk.brokers), Vec::<i16>::new());
}

#[test]
fn the_same_walk_finds_acts_where_they_may_be_done() {
    let mut walk = Walk::begin(&[]);
    walk.everything();
    let (_, changing) = walk.engine.asked();
    println!("  {changing:?}");
    for verb in ["/stop", "/kill", "/pause"] {
        assert!(
            changing.iter().any(|asked| asked.contains(verb)),
            "no {verb} in {changing:?}"
        );
    }
    assert!(changes(&walk.brokers).contains(&Api::ElectLeaders.key()));
}

//! Acts on real clusters, through the command line: each verb once and back, refusals that refuse, a rolling restart, and
//! what is left after SIGKILL. What the containers do is read with the engine's own tool.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::kit::kaftop::{Kaftop, VARIABLES, empty_home};
use crate::kit::rig::{Cluster, Layout, kafka, zookeeper};
use crate::tour::AT_REST;

/// The longest that an act may take; a rolling restart takes that for each broker.
const LONGEST: u64 = 240;

/// kaftop's command line on one cluster, with a state directory of its own.
struct Hands<'a> {
    cluster: &'a Cluster,
    state: PathBuf,
}

impl<'a> Hands<'a> {
    fn new(cluster: &'a Cluster, name: &str) -> Self {
        let state = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("acts-{name}"));
        drop(fs::remove_dir_all(&state));
        Self { cluster, state }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let kaftop = Kaftop::new(&self.cluster.bootstrap(), &self.cluster.zookeeper());
        let longest = LONGEST * 3;
        let mut command = Command::new("timeout");
        command.args(["-s", "KILL", &longest.to_string(), env!("CARGO_BIN_EXE_kaftop")]);
        command.args(arguments).args(kaftop.target()).arg("--json");
        for name in VARIABLES {
            command.env_remove(name);
        }
        command
            .env("XDG_CONFIG_HOME", empty_home())
            .env("XDG_STATE_HOME", &self.state)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end: exit code and events.
    fn run(&self, arguments: &[&str]) -> (i32, Vec<Value>) {
        let at = Instant::now();
        let output = self.command(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let events: Vec<Value> = events.collect();
        let code = output.status.code().unwrap_or(-1);
        println!(
            "  {} exits with {code} after {:.1?}",
            arguments.join(" "),
            at.elapsed()
        );
        for event in &events {
            println!("    {event}");
        }
        assert!(
            String::from_utf8_lossy(&output.stderr).is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        (code, events)
    }

    /// An act that is done and verified.
    fn done(&self, arguments: &[&str]) {
        let (code, events) = self.run(arguments);
        assert_eq!(code, 0, "{}: {:?}", arguments.join(" "), events.last());
    }

    /// An act that is refused, and says this.
    fn refused(&self, arguments: &[&str], part: &str) {
        let (code, events) = self.run(arguments);
        assert_eq!(code, 2, "{}: {:?}", arguments.join(" "), events.last());
        let said: Vec<String> = events.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|event| event.contains(part)), "{part}: {said:?}");
    }

    /// What Docker says of a node's container.
    fn state(&self, node: &str) -> String {
        self.cluster
            .rig("status", &[])
            .lines()
            .find_map(|line| {
                let mut words = line.split_whitespace();
                words
                    .next()?
                    .ends_with(node)
                    .then(|| words.next().unwrap_or_default().to_owned())
            })
            .unwrap_or_else(|| panic!("docker does not know {node}"))
    }

    fn journal(&self) -> usize {
        fs::read_dir(self.state.join("kaftop/journal")).map_or(0, |files| {
            files
                .filter(|file| file.as_ref().is_ok_and(|file| file.path().extension().is_some()))
                .count()
        })
    }

    /// Kills kaftop without warning as soon as it has told this of an act.
    fn killed_at(&self, arguments: &[&str], event: &str) {
        // Without `timeout` before it, so that the process itself is hit.
        let whole = self.command(arguments);
        let mut alone = Command::new(env!("CARGO_BIN_EXE_kaftop"));
        alone.args(whole.get_args().skip(4));
        for (name, value) in whole.get_envs() {
            match value {
                Some(value) => alone.env(name, value),
                None => alone.env_remove(name),
            };
        }
        let mut child = alone.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = false;
        for line in lines.map_while(Result::ok) {
            if line.contains(event) {
                seen = true;
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        assert!(seen, "{} never told {event}", arguments.join(" "));
    }

    fn whole(&self) {
        let kaftop = Kaftop::new(&self.cluster.bootstrap(), &self.cluster.zookeeper());
        let healthy = kaftop.await_snapshot("healthy", AT_REST, |snapshot| {
            if snapshot.verdict.level == "ok" {
                Ok(())
            } else {
                Err(snapshot.verdict.sentence.clone())
            }
        });
        healthy.unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn every_act_on_kraft() {
    let cluster = Cluster::start(Layout::KraftCut, "4.1.2", Some("messages:30 dlq:3"));
    let hands = Hands::new(&cluster, "kraft");
    hands.whole();
    let (code, events) = hands.run(&["act", "stop", "2", "--dry-run"]);
    assert_eq!((code, events[0]["event"].as_str()), (0, Some("plan")));
    assert_eq!(hands.state(&kafka(2)), "running");
    hands.refused(&["act", "stop", "2", "--yes", "--read-only"], "--read-only");
    hands.refused(&["act", "stop", "2"], "--yes");
    assert_eq!(hands.state(&kafka(2)), "running");

    hands.done(&["act", "stop", "2", "--yes"]);
    assert_eq!(hands.state(&kafka(2)), "exited");
    // Of three voters two are left, and of three replicas two with min ISR 2.
    hands.refused(&["act", "kill", "3", "--yes"], "majority");
    assert_eq!(hands.state(&kafka(3)), "running");
    hands.done(&["act", "start", "2", "--yes"]);
    hands.done(&["act", "kill", "3", "--yes"]);
    hands.done(&["act", "start", "3", "--yes"]);
    hands.done(&["act", "pause", "1", "--yes"]);
    assert_eq!(hands.state(&kafka(1)), "paused");
    hands.done(&["act", "resume", "1", "--yes"]);
    hands.whole();
    hands.done(&["act", "cut", "2", "--yes"]);
    assert!(!cluster.connects_from(&kafka(2), "broker-1", 29092));
    hands.done(&["act", "reconnect", "2", "--yes"]);
    assert!(cluster.connects_from(&kafka(2), "broker-1", 29092));
    hands.whole();
    let (code, events) = hands.run(&["act", "elect", "all", "--yes"]);
    assert!(code == 0 || events.iter().any(|event| event.to_string().contains("already")));
    assert_eq!(hands.journal(), 0);

    // Killed at three steps: the journal knows what is left, and heal restores it.
    hands.killed_at(&["act", "stop", "3", "--yes"], "to end; then it is killed");
    hands.done(&["heal", "--yes"]);
    hands.whole();
    hands.killed_at(&["act", "pause", "3", "--yes"], "to fall silent");
    assert_eq!((hands.state(&kafka(3)).as_str(), hands.journal()), ("paused", 1));
    hands.done(&["heal", "--yes"]);
    hands.whole();
    hands.killed_at(&["act", "cut", "3", "--yes"], "is cut off");
    assert_eq!(hands.journal(), 1);
    hands.done(&["heal", "--yes"]);
    assert!(cluster.connects_from(&kafka(3), "broker-1", 29092));
    assert_eq!(hands.journal(), 0);
    hands.whole();
    hands.done(&["act", "roll", "--yes"]);
    hands.whole();
}

#[test]
fn every_act_on_zookeeper() {
    let cluster = Cluster::start(Layout::ZookeeperCut, "3.9.2", Some("messages:30 dlq:3"));
    let hands = Hands::new(&cluster, "zookeeper");
    hands.whole();
    let member = format!("zookeeper:{}", cluster.zookeeper()[2]);
    hands.done(&["act", "stop", &member, "--yes"]);
    assert_eq!(hands.state(&zookeeper(3)), "exited");
    hands.refused(&["act", "stop", "zookeeper:2", "--yes"], "majority");
    hands.done(&["act", "start", &member, "--yes"]);
    hands.done(&["act", "kill", "2", "--yes"]);
    assert_eq!(hands.state(&kafka(2)), "exited");
    hands.done(&["act", "start", "2", "--yes"]);
    hands.done(&["act", "restart", "3", "--yes"]);
    hands.done(&["act", "cut", "1", "--yes"]);
    hands.done(&["act", "reconnect", "1", "--yes"]);
    hands.whole();
    let (code, events) = hands.run(&["act", "elect", "all", "--yes"]);
    assert!(code == 0 || events.iter().any(|event| event.to_string().contains("already")));
    assert_eq!(hands.journal(), 0);
}

//! kaftop's hands on a real cluster, through the command line; what became of its nodes is asked of Docker and of Kafka.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::kit::kaftop::{Kaftop, VARIABLES, empty_home};
use crate::kit::rig::Cluster;
use crate::kit::scripts::{Scripts, Topics};
use crate::tour::AT_REST;

/// The longest that a command may take, in seconds; no act comes near it.
const LONGEST: &str = "400";

/// kaftop's command line on one cluster, with a state directory of its own.
pub struct Hands<'a> {
    pub cluster: &'a Cluster,
    pub kaftop: Kaftop,
    pub state: PathBuf,
}

/// A command that goes on.
pub struct Running {
    what: String,
    began: Instant,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    told: Vec<Value>,
}

/// A command that ended.
pub struct Over {
    what: String,
    code: i32,
    told: Vec<Value>,
}

impl<'a> Hands<'a> {
    pub fn new(cluster: &'a Cluster, name: &str) -> Self {
        let state = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("acts-{name}"));
        drop(fs::remove_dir_all(&state));
        let kaftop = Kaftop::new(&cluster.bootstrap(), &cluster.zookeeper());
        Self {
            cluster,
            kaftop,
            state,
        }
    }

    /// Starts a command, which is given up where it hangs.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new("timeout");
        command.args(["-s", "KILL", LONGEST, env!("CARGO_BIN_EXE_kaftop")]);
        self.spawn(command, arguments)
    }

    /// Starts a command that is to be killed.
    pub fn start_to_kill(&self, arguments: &[&str]) -> Running {
        self.spawn(Command::new(env!("CARGO_BIN_EXE_kaftop")), arguments)
    }

    fn spawn(&self, mut command: Command, arguments: &[&str]) -> Running {
        command.args(arguments).args(self.kaftop.target()).arg("--json");
        for name in VARIABLES {
            command.env_remove(name);
        }
        let mut child = command
            .env("XDG_CONFIG_HOME", empty_home())
            .env("XDG_STATE_HOME", &self.state)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running {
            what: arguments.join(" "),
            began: Instant::now(),
            child,
            lines,
            told: Vec::new(),
        }
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Over {
        self.start(arguments).end()
    }

    /// Runs an act that nothing speaks against, to its verified end.
    pub fn done(&self, arguments: &[&str]) -> Over {
        let over = self.run(&[arguments, &["--yes"]].concat());
        over.exits(0);
        over
    }

    /// Runs an act that is refused, for a reason with these words; its container stays as it was.
    pub fn refused(&self, arguments: &[&str], node: &str, words: &[&str]) {
        let before = self.state(node);
        let over = self.run(arguments);
        over.exits(2);
        for word in words {
            over.says(word);
        }
        assert_eq!(self.state(node), before, "{} was refused", over.what);
    }

    /// Undoes what is left; then nothing is.
    pub fn heal(&self) -> Over {
        let over = self.run(&["heal", "--yes"]);
        over.exits(0);
        assert_eq!(self.left(), 0, "the journal after a heal");
        over
    }

    /// What Docker says of a node's container.
    pub fn state(&self, node: &str) -> String {
        self.cluster.inspect(node, "{{.State.Status}}")
    }

    /// How many entries stand in the journal.
    pub fn left(&self) -> usize {
        fs::read_dir(self.state.join("kaftop/journal")).map_or(0, Iterator::count)
    }

    /// The audit log, line by line.
    pub fn audit(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.state.join("kaftop/audit.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// What Kafka's own tool says of the partitions, asked through one broker.
    pub fn topics(&self, through: i32) -> Topics {
        Scripts::through(self.cluster, through).topics()
    }

    /// Kafka's own tool has no replica of a broker in sync, and none that it leads.
    pub fn is_gone(&self, broker: i32, through: i32) {
        for (partition, placement) in self.topics(through).partitions {
            let holds = placement.isr.contains(&broker) || placement.leader == Some(broker);
            assert!(!holds, "broker {broker} is gone: {partition:?} {placement:?}");
        }
    }

    /// Kafka's own tool has every replica in sync.
    pub fn is_whole(&self, through: i32) {
        for (partition, placement) in self.topics(through).partitions {
            assert_eq!(
                placement.isr.len(),
                placement.replicas.len(),
                "{partition:?} {placement:?}"
            );
        }
    }

    /// kaftop calls the cluster healthy.
    pub fn is_healthy(&self) {
        let healthy = self.kaftop.await_snapshot("healthy", AT_REST, |snapshot| {
            if snapshot.verdict.level == "ok" {
                Ok(())
            } else {
                Err(snapshot.verdict.sentence.clone())
            }
        });
        healthy.unwrap_or_else(|why| panic!("{why}"));
    }
}

impl Running {
    /// Reads on until an event with these words is told.
    pub fn until(&mut self, words: &str) {
        while let Some(line) = self.line() {
            if line.contains(words) {
                return;
            }
        }
        panic!("{} never told {words:?}: {:#?}", self.what, self.told);
    }

    fn line(&mut self) -> Option<String> {
        let line = self.lines.next()?.unwrap();
        println!("    {:>5.1?} {line}", self.began.elapsed());
        self.told.push(serde_json::from_str(&line).unwrap());
        Some(line)
    }

    /// Kills it without warning (SIGKILL).
    pub fn kill(mut self) {
        assert!(
            self.child.try_wait().unwrap().is_none(),
            "{} ended before it was killed",
            self.what
        );
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        println!("  {} was killed after {:.1?}", self.what, self.began.elapsed());
    }

    /// Waits for its end.
    pub fn end(mut self) -> Over {
        while self.line().is_some() {}
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        println!(
            "  {} exits with {code} after {:.1?}",
            self.what,
            self.began.elapsed()
        );
        Over {
            what: self.what,
            code,
            told: self.told,
        }
    }
}

impl Over {
    pub fn exits(&self, code: i32) {
        assert_eq!(self.code, code, "{}: {:#?}", self.what, self.told);
    }

    /// Whether an event holds these words.
    pub fn tells(&self, words: &str) -> bool {
        self.told.iter().any(|event| event.to_string().contains(words))
    }

    pub fn says(&self, words: &str) {
        assert!(
            self.tells(words),
            "{} never told {words:?}: {:#?}",
            self.what,
            self.told
        );
    }

    /// The first event of a kind.
    pub fn event(&self, kind: &str) -> &Value {
        let found = self.told.iter().find(|event| event["event"] == kind);
        found.unwrap_or_else(|| panic!("{} told no {kind}: {:#?}", self.what, self.told))
    }
}

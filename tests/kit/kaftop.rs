//! The built binary, run without a terminal.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::snapshot::Snapshot;
use super::{Checked, ensure};

/// A snapshot takes at most 2 s whatever is down; the rest is for starting the process on a busy machine. It
/// tells a hang from an answer, and measures nothing.
const LONGEST_SNAPSHOT: Duration = Duration::from_millis(2500);

/// `kaftop` with the arguments that say which cluster.
#[derive(Clone)]
pub struct Kaftop {
    target: Vec<String>,
}

/// What one run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

/// A snapshot, which is valid against its schema and came in time.
pub struct Taken {
    pub snapshot: Snapshot,
    pub code: i32,
}

impl Kaftop {
    /// Watching the cluster behind these addresses.
    pub fn new(bootstrap: &[String], zookeeper: &[String]) -> Self {
        let mut target = vec!["--bootstrap".to_owned(), bootstrap.join(",")];
        if !zookeeper.is_empty() {
            target.extend(["--zookeeper".to_owned(), zookeeper.join(",")]);
        }
        Self { target }
    }

    /// Watching this one address.
    pub fn at(address: &str) -> Self {
        Self::new(&[address.to_owned()], &[])
    }

    /// The same, with nothing but what the cluster itself tells: no look at its containers.
    pub fn without_engine(mut self) -> Self {
        self.target.push("--no-docker".to_owned());
        self
    }

    /// The arguments that say which cluster.
    pub fn target(&self) -> &[String] {
        &self.target
    }

    /// Runs a command on the cluster to its end.
    pub fn run(&self, command: &[&str]) -> Ran {
        let arguments: Vec<&str> = command
            .iter()
            .copied()
            .chain(self.target.iter().map(String::as_str))
            .collect();
        run(&arguments)
    }

    /// One snapshot, held to its schema and its time. Panics where there is none.
    pub fn snapshot(&self) -> Taken {
        self.taken(&["snapshot", "--json"])
    }

    /// The same with `--strict`.
    pub fn strict_snapshot(&self) -> Taken {
        self.taken(&["snapshot", "--json", "--strict"])
    }

    fn taken(&self, command: &[&str]) -> Taken {
        let ran = self.run(command);
        let raw: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("snapshot printed no JSON ({error}): {ran:?}"));
        if let Err(why) = validate(&raw) {
            panic!("snapshot does not follow its schema: {why}");
        }
        assert!(
            ran.took <= LONGEST_SNAPSHOT,
            "snapshot took {:.2?}:\n{}",
            ran.took,
            compact(&ran.stdout)
        );
        assert_eq!(ran.stderr, "", "snapshot wrote to stderr");
        let snapshot: Snapshot =
            serde_json::from_value(raw).unwrap_or_else(|error| panic!("{error}: {}", compact(&ran.stdout)));
        assert_eq!(snapshot.schema, "kaftop.snapshot/1");
        Taken {
            snapshot,
            code: ran.code.unwrap_or(-1),
        }
    }

    /// `kaftop check`: its exit code and its one line.
    pub fn check(&self) -> (i32, String) {
        let ran = self.run(&["check"]);
        assert_eq!(ran.stdout.lines().count(), 1, "check prints one line: {ran:?}");
        (ran.code.unwrap_or(-1), ran.stdout.trim().to_owned())
    }

    /// Snapshots until one passes the check; when none does in time, why the last one does not, and what it says.
    pub fn await_snapshot(
        &self,
        what: &str,
        within: Duration,
        check: impl Fn(&Snapshot) -> Checked,
    ) -> Result<Snapshot, String> {
        let started = Instant::now();
        loop {
            let taken = self.snapshot();
            let outcome = check(&taken.snapshot).and_then(|()| {
                ensure!(taken.code == 0, "exit code {}", taken.code);
                Ok(())
            });
            match outcome {
                Ok(()) => {
                    println!("  {what}: so after {:.1?}", started.elapsed());
                    return Ok(taken.snapshot);
                }
                Err(why) if started.elapsed() > within => {
                    return Err(format!(
                        "{what}: not so within {within:?}: {why}\nthe last snapshot, exit code {}:\n{}",
                        taken.code,
                        taken.snapshot.brief()
                    ));
                }
                Err(_) => {}
            }
        }
    }
}

/// Runs the binary with these arguments to its end; one that hangs is killed after 20 s and has no exit code.
pub fn run(arguments: &[&str]) -> Ran {
    let started = Instant::now();
    let mut command = Command::new("timeout");
    command
        .args(["-s", "KILL", "20", env!("CARGO_BIN_EXE_kaftop")])
        .args(arguments);
    let output = quiet_environment(&mut command)
        .output()
        .unwrap_or_else(|error| panic!("timeout (of coreutils) cannot be started: {error}"));
    Ran {
        code: output.status.code().filter(|code| *code != 137),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: started.elapsed(),
    }
}

/// The variables that kaftop reads, so that the tests depend on nothing of the machine.
pub const VARIABLES: [&str; 16] = [
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFTOP_CLUSTER",
    "KAFTOP_CONFIG",
    "KAFTOP_KEYMAP",
    "KAFTOP_REFRESH",
    "KAFKA_HEALTH_CHECK_INTERVAL",
    "ENABLE_KAFKA_HEALTH_MONITORING",
    "METRICS_PORT",
    "KAFTOP_THEME",
    "COLORFGBG",
    "COLORTERM",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "NO_COLOR",
    "TERM",
];

/// A directory in which no config file is.
pub fn empty_home() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-home")
}

fn quiet_environment(command: &mut Command) -> &mut Command {
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
        .env("XDG_CONFIG_HOME", empty_home())
        .env("XDG_STATE_HOME", empty_home().join("state"))
}

fn validate(raw: &Value) -> Checked {
    const SCHEMA: &str = include_str!("../../assets/schema/kaftop.snapshot.1.json");
    static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    let errors: Vec<String> = validator
        .iter_errors(raw)
        .take(5)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    ensure!(errors.is_empty(), "{}", errors.join("; "));
    Ok(())
}

/// The beginning of a long text.
fn compact(text: &str) -> String {
    text.chars().take(3000).collect()
}

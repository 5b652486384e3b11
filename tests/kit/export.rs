//! `kaftop export` as a process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::http::get;
use super::kaftop::{VARIABLES, empty_home};

/// How long the process may take for something on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// A running exporter, killed on drop.
pub struct Export {
    child: Child,
    /// HOST:PORT of its metrics.
    pub address: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Export {
    /// Starts one with these variables and waits until it says where it serves.
    pub fn start(target: &[String], arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kaftop"));
        command.arg("export").args(target).args(arguments);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command
            .env("XDG_CONFIG_HOME", empty_home())
            .env("XDG_STATE_HOME", empty_home().join("state"))
            .env("METRICS_PORT", "0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let errors = BufReader::new(child.stderr.take().unwrap());
        let heard = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        let mut export = Self {
            child,
            address: String::new(),
            lines,
        };
        let mut address = None;
        until("it says where it serves", SOON, || {
            address = export.said().iter().find_map(|line| {
                let rest = line.split_once("metrics on http://")?.1;
                Some(rest.split_once("/metrics")?.0.replace("0.0.0.0", "127.0.0.1"))
            });
            address.is_some()
        });
        export.address = address.unwrap();
        export
    }

    /// The lines of its log so far.
    pub fn said(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Its page; empty where there is none.
    pub fn page(&self) -> String {
        get(&self.address, "/metrics").map_or_else(|_| String::new(), |(_, page)| page)
    }

    /// Whether a line stands on its page.
    pub fn tells(&self, line: &str) -> bool {
        self.page().lines().any(|there| there == line)
    }

    /// Ends it with a signal; its exit code.
    pub fn end(&mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let mut code = None;
        until("it ends", SOON, || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        code.unwrap().code()
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for another program, which no simulated clock moves.
pub fn until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + within;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not so within {within:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

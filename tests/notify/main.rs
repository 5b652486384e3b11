//! `kaftop notify --test` on real parts: a notification server on a session bus under X, buses that are dead or never
//! answer, tmux and GNU screen in a pseudo terminal, commands and webhooks.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends with a panic, and its output is its log"
)]

#[path = "../kit/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod kit;

mod bus;
mod desktop;
mod ends;
mod multiplexer;
mod pty;
mod ways;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use kit::kaftop::{VARIABLES, empty_home};

/// What a run left behind.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    took: Duration,
}

/// A directory of a test alone, empty.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("notify")
        .join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// A config file in this directory.
fn config(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("config.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// The variables by which a terminal, a bus or a multiplexer of the machine would be found.
const AROUND: [&str; 14] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "GHOSTTY_RESOURCES_DIR",
    "ITERM_SESSION_ID",
    "KITTY_PID",
    "KITTY_WINDOW_ID",
    "LC_TERMINAL",
    "SSH_CONNECTION",
    "SSH_TTY",
    "STY",
    "TERM_PROGRAM",
    "TMUX",
    "TMUX_PANE",
    "VTE_VERSION",
    "WEZTERM_PANE",
];

/// The names of all variables that must not reach kaftop from the machine.
fn foreign() -> impl Iterator<Item = &'static str> {
    VARIABLES.into_iter().chain(AROUND)
}

/// Runs `kaftop notify --test` without a terminal; one that hangs is killed after 20 s.
fn notify_test(config: &Path, variables: &[(&str, &str)]) -> Ran {
    let started = Instant::now();
    let mut command = Command::new("setsid");
    command.args(["-w", "timeout", "-s", "KILL", "20", env!("CARGO_BIN_EXE_kaftop")]);
    command.args(["notify", "--test", "--config"]).arg(config);
    for name in foreign() {
        command.env_remove(name);
    }
    command
        .env("XDG_CONFIG_HOME", empty_home())
        .env("XDG_RUNTIME_DIR", "/nowhere");
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let ran = Ran {
        code: output.status.code().filter(|code| *code != 137),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        took: started.elapsed(),
    };
    println!("{ran:?}\n{}", String::from_utf8_lossy(&output.stderr));
    ran
}

impl Ran {
    /// The line about a way.
    fn line(&self, way: &str) -> &str {
        let found = self.stdout.lines().find(|line| line.starts_with(way));
        found.unwrap_or_else(|| panic!("no line about {way}: {self:?}"))
    }
}

//! The real binary as a process: its time, its CPU time, and the most memory it held.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use color_eyre::eyre::{WrapErr, bail, eyre};

use super::Outcome;

/// The binary that is measured.
pub const KAFTOP: &str = env!("CARGO_BIN_EXE_kaftop");

/// What would change how the binary behaves.
pub const VARIABLES: &[&str] = &[
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFTOP_CLUSTER",
    "KAFTOP_CONFIG",
    "KAFTOP_REFRESH",
    "KAFKA_HEALTH_CHECK_INTERVAL",
    "ENABLE_KAFKA_HEALTH_MONITORING",
    "METRICS_PORT",
    "NO_COLOR",
    "COLORTERM",
];

/// How long a snapshot is waited for before it counts as done although nothing says so: it ends within 2 s.
const SURELY_DONE: Duration = Duration::from_secs(4);

/// Prints the real, user and system time of a command, in seconds, as the last line of standard error.
const TIMED: &str = "TIMEFORMAT='%3R %3U %3S'; time \"$@\"";

/// A command that has run.
#[derive(Debug)]
pub struct Timed {
    /// From start to end.
    pub wall: Duration,
    /// User and system time, children included.
    pub cpu: Duration,
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub output: String,
}

/// Where no config file is.
pub fn no_config() -> PathBuf {
    std::env::temp_dir().join("kaftop-bench-has-no-config")
}

/// Runs the binary and times it with bash, whose clock is as fine as a millisecond.
pub fn timed(arguments: &[String]) -> Outcome<Timed> {
    let mut bash = bash(&[KAFTOP], arguments);
    let output = bash.output().wrap_err("cannot run bash")?;
    read_times(&output)
}

/// `bash` that is to time a command.
fn bash(program: &[&str], arguments: &[String]) -> Command {
    let mut bash = Command::new("bash");
    bash.args(["-c", TIMED, "bash"]).args(program).args(arguments);
    bash.stdin(Stdio::null()).env("LC_ALL", "C");
    clean(&mut bash);
    bash
}

/// The times that bash printed below what the command printed.
pub fn read_times(output: &Output) -> Outcome<Timed> {
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().next_back().unwrap_or_default();
    let times: Vec<f64> = last
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let &[wall, user, system] = times.as_slice() else {
        bail!("bash printed no times but: {errors}");
    };
    Ok(Timed {
        wall: Duration::try_from_secs_f64(wall)?,
        cpu: Duration::try_from_secs_f64(user + system)?,
        code: output.status.code(),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
    })
}

fn clean(command: &mut Command) {
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.env("XDG_CONFIG_HOME", no_config());
}

/// The most memory that the binary held, in bytes.
///
/// Its standard output is a pipe that is full already: it has done everything when it stands still in writing to it,
/// and can then be looked at for as long as it takes.
pub fn peak(arguments: &[String]) -> Outcome<u64> {
    let (mut reader, mut writer) = io::pipe()?;
    let mut command = Command::new(KAFTOP);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?);
    clean(&mut command);
    let filler = thread::spawn(move || {
        // More than a pipe ever holds, so that this stands still as well until the pipe is drained.
        let _ = writer.write_all(&vec![b' '; 4 << 20]);
    });
    await_standstill(std::process::id(), &["pipe_write"], Duration::from_secs(1));
    let mut child = command.spawn().wrap_err("cannot start kaftop")?;
    // The command holds the pipe open.
    drop(command);
    await_standstill(child.id(), &["pipe_write"], SURELY_DONE);
    let held = peak_of(child.id());
    io::copy(&mut reader, &mut io::sink())?;
    child.wait()?;
    filler
        .join()
        .map_err(|_| eyre!("the thread that fills the pipe died"))?;
    held
}

/// Waits until a thread of the process stands still in one of these functions of the kernel.
fn await_standstill(id: u32, functions: &[&str], within: Duration) {
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        let threads = fs::read_dir(format!("/proc/{id}/task"));
        let stands = threads.into_iter().flatten().flatten().any(|thread| {
            let place = fs::read_to_string(thread.path().join("wchan")).unwrap_or_default();
            functions.iter().any(|function| place.contains(function))
        });
        if stands {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// The most memory that a process has held so far, in bytes.
pub fn peak_of(id: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let peak = kibibytes(&status, "VmHWM").ok_or_else(|| eyre!("/proc/{id}/status names no VmHWM"))?;
    Ok(peak * 1024)
}

/// The CPU time that a process has had so far.
pub fn cpu_of(id: u32, ticks_a_second: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th field after it.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: Result<u32, _> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u32>)
        .sum();
    Ok(Duration::from_secs(1) * ticks? / ticks_a_second)
}

/// How many ticks a second has in `/proc`.
pub fn ticks_a_second() -> Outcome<u32> {
    let output = Command::new("getconf").arg("CLK_TCK").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .wrap_err_with(|| format!("getconf CLK_TCK printed {text}"))
}

/// A figure in KiB from a file such as `/proc/meminfo`.
pub fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

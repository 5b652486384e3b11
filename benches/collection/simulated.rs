//! A simulated cluster in another process: `kaftop demo quiet --serve`, ended on drop.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use color_eyre::eyre::{WrapErr, bail, eyre};

use super::Outcome;
use super::process::{KAFTOP, VARIABLES, cpu_of, no_config, peak_of, ticks_a_second};

/// How large a simulated cluster is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Brokers.
    pub brokers: u32,
    /// Partitions in all.
    pub partitions: u32,
    /// Groups.
    pub groups: u32,
}

/// A running simulator.
pub struct Simulator {
    child: Child,
    /// Addresses to begin with, separated by commas.
    pub bootstrap: String,
}

impl Simulator {
    /// Starts one, with more arguments of `kaftop demo` behind the size; it is there when its addresses are printed.
    pub fn start(size: Size, scenario: &str) -> Outcome<Self> {
        let mut command = Command::new(KAFTOP);
        command.args(["demo", scenario, "--serve"]);
        let sizes = [
            ("--brokers", size.brokers),
            ("--partitions", size.partitions),
            ("--groups", size.groups),
        ];
        for (flag, value) in sizes {
            command.args([flag, &value.to_string()]);
        }
        Self::run(command)
    }

    /// Starts one of the size that a scenario's file tells.
    pub fn start_file(path: &Path) -> Outcome<Self> {
        let mut command = Command::new(KAFTOP);
        command.arg("demo").arg(path).arg("--serve");
        Self::run(command)
    }

    fn run(mut command: Command) -> Outcome<Self> {
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", no_config());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().wrap_err("cannot start the simulator")?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| eyre!("the simulator has no output"))?;
        let mut lines = BufReader::new(output);
        let mut first = String::new();
        lines.read_line(&mut first)?;
        let Some(bootstrap) = first.strip_prefix("bootstrap") else {
            // It is over anyway.
            let _ = child.kill();
            let _ = child.wait();
            bail!("the simulator printed no addresses but: {first}");
        };
        let bootstrap = bootstrap.trim().to_owned();
        // Its steps are read on, so that it never waits for a reader.
        std::thread::spawn(move || lines.lines().map_while(Result::ok).for_each(drop));
        Ok(Self { child, bootstrap })
    }

    /// The flags with which kaftop watches it.
    pub fn flags(&self) -> Vec<String> {
        vec!["-b".to_owned(), self.bootstrap.clone()]
    }

    /// The most memory that it held.
    pub fn memory(&self) -> Outcome<u64> {
        peak_of(self.child.id())
    }

    /// The share of a core that it takes by itself, in percent.
    pub fn share(&self, over: Duration) -> Outcome<f64> {
        let ticks = ticks_a_second()?;
        let (began, before) = (Instant::now(), cpu_of(self.child.id(), ticks)?);
        std::thread::sleep(over);
        let spent = cpu_of(self.child.id(), ticks)?.saturating_sub(before);
        Ok(spent.as_secs_f64() * 100.0 / began.elapsed().as_secs_f64())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

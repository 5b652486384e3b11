//! A cluster of the rig's, of our own: started, broken with `docker`, and removed whatever happens.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use color_eyre::eyre::{WrapErr, bail};

use super::content::SMALL;
use super::{Outcome, say};

const RIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/cluster/rig");
/// The rig's layout: three nodes, each broker and controller.
const LAYOUT: &str = "kraft";
/// The version of Kafka.
const VERSION: &str = "4.1.2";
/// How many brokers it has.
pub const BROKERS: u16 = 3;
/// Heap of each broker: what the rig gives runs out at 2,212 partitions.
const HEAP: &str = "-Xmx1G";

/// Whether a cluster of ours exists.
static OURS: AtomicBool = AtomicBool::new(false);

/// The line that describes it.
pub fn describe() -> String {
    let heap = std::env::var("BROKER_HEAP_OPTS").unwrap_or_else(|_| HEAP.to_owned());
    format!(
        "cluster   Kafka {VERSION}, KRaft, {BROKERS} brokers in containers of this machine ({LAYOUT}, {heap})"
    )
}

/// Our cluster; removed on drop.
pub struct Cluster {
    names: Names,
}

/// How our cluster is told from others.
struct Names {
    prefix: String,
    port: u16,
}

impl Names {
    fn of_environment() -> Outcome<Self> {
        let prefix = std::env::var("KAFTOP_RIG_PREFIX").unwrap_or_else(|_| "bench-".to_owned());
        let port = match std::env::var("KAFTOP_RIG_PORT") {
            Ok(port) => port
                .parse()
                .wrap_err_with(|| format!("KAFTOP_RIG_PORT is {port}"))?,
            Err(_) => 25092,
        };
        Ok(Self { prefix, port })
    }

    fn rig(&self, command: &str) -> Command {
        let mut rig = Command::new(RIG);
        rig.args([command, LAYOUT])
            .env("KAFTOP_RIG_PREFIX", &self.prefix)
            .env("KAFTOP_RIG_PORT", self.port.to_string())
            .stdin(Stdio::null());
        if std::env::var_os("BROKER_HEAP_OPTS").is_none() {
            rig.env("BROKER_HEAP_OPTS", HEAP);
        }
        rig
    }

    fn container(&self, broker: u16) -> String {
        format!("{}kafka-{broker}", self.prefix)
    }

    fn remove(&self) {
        for broker in 1..=BROKERS {
            // Most are not paused, and Docker says so.
            let _ = docker(&["unpause", &self.container(broker)]);
        }
        match succeed(&mut self.rig("down")) {
            Ok(_) => OURS.store(false, Ordering::SeqCst),
            Err(report) => say(&format!("the cluster is left over: {report:#}")),
        }
    }
}

/// Removes our cluster, where there is one: for an end in the middle.
pub fn remove_ours() {
    if OURS.load(Ordering::SeqCst) {
        say("removing the cluster");
        if let Ok(names) = Names::of_environment() {
            names.remove();
        }
    }
}

impl Cluster {
    /// Starts it with the topics of the small cluster. A cluster of that name that exists is not ours, and is an error.
    pub fn start() -> Outcome<Self> {
        let names = Names::of_environment()?;
        let first = names.container(1);
        let filter = format!("name=^/?{first}$");
        let found = docker(&["ps", "-aq", "--filter", &filter])
            .wrap_err("no Docker engine answers; once: assets/cluster/rig prepare")?;
        if !found.trim().is_empty() {
            bail!(
                "the container {first} exists: another run uses it, or left it over. Set KAFTOP_RIG_PREFIX and \
                 KAFTOP_RIG_PORT to others, or: KAFTOP_RIG_PREFIX={} {RIG} down {LAYOUT}",
                names.prefix
            );
        }
        OURS.store(true, Ordering::SeqCst);
        // From here on every way out removes it.
        let cluster = Self { names };
        let mut topics = String::new();
        for (name, partitions) in SMALL {
            write!(topics, "{name}:{partitions} ")?;
        }
        let mut rig = cluster.names.rig("up");
        succeed(rig.args(["--version", VERSION, "--topics", topics.trim_end()]))?;
        Ok(cluster)
    }

    /// The first broker's port on this machine; the others' follow.
    pub fn port(&self) -> u16 {
        self.names.port
    }

    /// The brokers' addresses on this machine, broker 1 first.
    pub fn bootstrap(&self) -> String {
        let address = |broker| format!("127.0.0.1:{}", self.names.port + broker - 1);
        (1..=BROKERS).map(address).collect::<Vec<_>>().join(",")
    }

    /// A command inside a broker's container.
    pub fn exec(&self, broker: u16) -> Command {
        let mut rig = self.names.rig("exec");
        rig.args([&format!("kafka-{broker}"), "--"]);
        rig
    }

    /// Stops a broker from running, without telling anybody, until the value is dropped.
    pub fn pause(&self, broker: u16) -> Outcome<Paused> {
        let container = self.names.container(broker);
        docker(&["pause", &container])?;
        Ok(Paused { container })
    }

    /// Kills brokers, all at once.
    pub fn kill(&self, brokers: &[u16]) -> Outcome<Killed> {
        let mut containers = Vec::new();
        for broker in brokers {
            let container = self.names.container(*broker);
            let template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
            let address = docker(&["inspect", "-f", template, &container])?;
            let address: Ipv4Addr = address
                .trim()
                .parse()
                .wrap_err_with(|| format!("{container} has the address {address}"))?;
            containers.push((address, container));
        }
        containers.sort();
        let mut words = vec!["kill"];
        words.extend(containers.iter().map(|(_, container)| container.as_str()));
        docker(&words)?;
        Ok(Killed { containers })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.names.remove();
    }
}

/// A broker that stands still; it goes on when this is dropped.
pub struct Paused {
    container: String,
}

impl Drop for Paused {
    fn drop(&mut self) {
        if let Err(report) = docker(&["unpause", &self.container]) {
            say(&format!("{report:#}"));
        }
    }
}

/// Brokers that were killed.
pub struct Killed {
    /// With the addresses that they had, the lowest first.
    containers: Vec<(Ipv4Addr, String)>,
}

impl Killed {
    /// Starts them again, in the order of their addresses: Docker gives the lowest free one to whoever comes first,
    /// and where two brokers change places, their peers go on asking each in the other's place.
    pub fn revive(self) -> Outcome {
        for (_, container) in self.containers {
            docker(&["start", &container])?;
        }
        Ok(())
    }
}

fn docker(arguments: &[&str]) -> Outcome<String> {
    let mut docker = Command::new("docker");
    docker.args(arguments).stdin(Stdio::null()).stderr(Stdio::piped());
    succeed(&mut docker)
}

/// Runs a command to its end: what it printed, or what it said was wrong.
fn succeed(command: &mut Command) -> Outcome<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let words: Vec<String> = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words = words.join(" ");
    // What is not piped is seen: the rig says there how far it is.
    let piped = name == "docker";
    command.stdout(Stdio::piped());
    if !piped {
        command.stderr(Stdio::inherit());
    }
    let child = command.spawn().wrap_err_with(|| format!("cannot run {name}"))?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "{name} {words}: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

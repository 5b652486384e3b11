//! Real clusters, started, broken and torn down through `assets/cluster/rig` and `docker`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use kaftop::model::time::At;

use super::lock::Lock;

const RIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/cluster/rig");

/// The layouts that the tests start, each beside whatever else runs: own names, own ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The guide's cluster as it stands: 3 brokers and 3 ZooKeepers on one network.
    Guide,
    /// 3 combined KRaft nodes on one network.
    Kraft,
    /// 3 brokers and 3 ZooKeepers on two networks.
    ZookeeperCut,
    /// 3 combined KRaft nodes on two networks.
    KraftCut,
    /// 3 KRaft controllers and 3 brokers on two networks.
    KraftSeparate,
}

impl Layout {
    /// The rig's name of it, and the first of the ports that the tests take for it.
    fn name_and_port(self) -> (&'static str, u16) {
        match self {
            Self::Guide => ("guide", 21092),
            Self::Kraft => ("kraft", 21192),
            Self::ZookeeperCut => ("zookeeper-cut", 21292),
            Self::KraftCut => ("kraft-cut", 21392),
            Self::KraftSeparate => ("kraft-separate", 21492),
        }
    }
}

/// A running cluster, torn down on drop, also after a panic.
pub struct Cluster {
    layout: Layout,
    /// A compose file that is laid over the layout's own.
    overlay: Option<&'static str>,
    facts: BTreeMap<String, String>,
    _lock: Lock,
}

impl Cluster {
    /// Starts a cluster of a Kafka version with the guide's topics, or with `topics` (`NAME:PARTITIONS ...`).
    /// What an earlier run left over is torn down first.
    pub fn start(layout: Layout, version: &str, topics: Option<&str>) -> Self {
        Self::start_with(layout, version, topics, None)
    }

    /// The same with a compose file laid over the layout's own.
    pub fn start_with(
        layout: Layout,
        version: &str,
        topics: Option<&str>,
        overlay: Option<&'static str>,
    ) -> Self {
        let lock = Lock::alone();
        let mut cluster = Self {
            layout,
            overlay,
            facts: BTreeMap::new(),
            _lock: lock,
        };
        cluster.rig("down", &[]);
        let mut options = vec!["--version", version];
        options.extend(topics.iter().flat_map(|topics| ["--topics", *topics]));
        let started = Instant::now();
        let facts = cluster.rig("up", &options);
        let pair = |line: &str| {
            line.split_once('=')
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
        };
        cluster.facts = facts.lines().filter_map(pair).collect();
        println!("{layout:?} {version} is up after {:.1?}", started.elapsed());
        cluster
    }

    fn fact(&self, key: &str) -> &str {
        self.facts
            .get(key)
            .unwrap_or_else(|| panic!("the rig told no {key}: {:?}", self.facts))
    }

    /// The brokers' published addresses, HOST:PORT, broker 1 first.
    pub fn bootstrap(&self) -> Vec<String> {
        self.fact("BOOTSTRAP").split(',').map(str::to_owned).collect()
    }

    /// The published address of one broker.
    pub fn address(&self, broker: i32) -> String {
        self.bootstrap()[index(broker)].clone()
    }

    /// The ZooKeepers' published addresses, member 1 first; empty in KRaft mode.
    pub fn zookeeper(&self) -> Vec<String> {
        let all = self.fact("ZOOKEEPER").split(',');
        all.filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    /// Calls the rig for this cluster; its standard output, or a panic with all that it said.
    pub fn rig(&self, command: &str, rest: &[&str]) -> String {
        let (name, _) = self.layout.name_and_port();
        let output = self.rig_command(command).arg(name).args(rest).output();
        finished(&format!("rig {command} {name} {}", rest.join(" ")), output)
    }

    fn rig_command(&self, command: &str) -> Command {
        let (name, port) = self.layout.name_and_port();
        let mut rig = Command::new(RIG);
        rig.arg(command)
            .env("KAFTOP_RIG_PREFIX", format!("ktest-{name}-"))
            .env("KAFTOP_RIG_PORT", port.to_string());
        if let Some(overlay) = self.overlay {
            rig.env("KAFTOP_RIG_OVERLAY", overlay);
        }
        rig
    }

    /// A tool inside a node, given up after 40 s: what it printed, or what went wrong.
    pub fn try_exec(&self, node: &str, command: &[&str]) -> Result<String, String> {
        let (name, _) = self.layout.name_and_port();
        let output = self
            .rig_command("exec")
            .args([name, node, "--", "timeout", "-s", "KILL", "40"])
            .args(command)
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!(
            "{} in {node}: {}\n{}{}",
            command.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ))
    }

    /// A tool inside a node that must not fail.
    pub fn exec(&self, node: &str, command: &[&str]) -> String {
        self.try_exec(node, command).unwrap_or_else(|why| panic!("{why}"))
    }

    /// `docker VERB` on nodes (`kafka-1`, `zookeeper-2`), one after the other.
    pub fn docker<N: std::fmt::Display>(&self, verb: &str, nodes: &[N]) {
        let containers: Vec<String> = nodes
            .iter()
            .map(|node| self.container(&node.to_string()))
            .collect();
        let at = Instant::now();
        let output = Command::new("docker").arg(verb).args(&containers).output();
        finished(&format!("docker {verb} {}", containers.join(" ")), output);
        println!("docker {verb} {} took {:.1?}", containers.join(" "), at.elapsed());
    }

    /// What the engine's own tool says of a node's container, in a format of its `inspect`.
    pub fn inspect(&self, node: &str, format: &str) -> String {
        let container = self.container(node);
        let output = Command::new("docker")
            .args(["inspect", "-f", format, &container])
            .output();
        finished(&format!("docker inspect {container}"), output)
            .trim()
            .to_owned()
    }

    /// The name of a node's container.
    pub fn container(&self, node: &str) -> String {
        format!("{}{node}", self.fact("PREFIX"))
    }

    /// Takes a node off the network of its peers, whether it runs or not: no proof is asked for.
    pub fn take_off_peers(&self, node: &str) {
        let output = Command::new("docker")
            .args(["network", "disconnect", self.fact("PEERS_NETWORK")])
            .arg(self.container(node))
            .output();
        finished(&format!("docker network disconnect {node}"), output);
    }

    /// Leaves a node next to no processor time, so that nothing of it ends in time.
    pub fn starve(&self, node: &str) {
        let output = Command::new("docker")
            .args(["update", "--cpu-quota", "1000", &self.container(node)])
            .output();
        finished(&format!("docker update {node}"), output);
    }

    /// Replaces text in a file of a node's container, also of one that does not run.
    pub fn edit(&self, node: &str, path: &str, change: impl Fn(&str) -> String) {
        let here = std::env::temp_dir().join(format!("{}-edited", self.container(node)));
        let there = format!("{}:{path}", self.container(node));
        let copy = |from: &str, to: &str| {
            let output = Command::new("docker").args(["cp", from, to]).output();
            finished(&format!("docker cp {from} {to}"), output);
        };
        let file = here.to_string_lossy().into_owned();
        copy(&there, &file);
        let text = std::fs::read_to_string(&here).unwrap();
        std::fs::write(&here, change(&text)).unwrap();
        copy(&file, &there);
        std::fs::remove_file(&here).unwrap();
    }

    /// `cut` or `heal` of nodes; when the last of them began, in milliseconds since the epoch, as the rig tells it.
    pub fn cut_or_heal<N: std::fmt::Display>(&self, verb: &str, nodes: &[N]) -> Option<At> {
        let tell = |node: &N| {
            let said = self.rig(verb, &[&node.to_string()]);
            let at = said.lines().find_map(|line| line.split_once("_AT_MS="))?;
            at.1.parse().ok().map(At)
        };
        nodes.iter().map(tell).last().flatten()
    }

    /// Whether a TCP connection from inside a node's network namespace is taken.
    pub fn connects_from(&self, node: &str, host: &str, port: u16) -> bool {
        let container = self.container(node);
        let script = format!("exec 3<>/dev/tcp/{host}/{port}");
        Command::new("docker")
            .args(["exec", &container, "timeout", "2", "bash", "-c", &script])
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// The address that a client on this machine has for the brokers: the gateway of their clients' network.
    pub fn client_host(&self) -> String {
        let format = "{{(index .IPAM.Config 0).Gateway}}";
        let network = self.fact("CLIENTS_NETWORK");
        let output = Command::new("docker")
            .args(["network", "inspect", "-f", format, network])
            .output();
        finished("docker network inspect", output).trim().to_owned()
    }

    /// The addresses that a node has on the cluster's networks.
    pub fn addresses_of(&self, node: &str) -> Vec<String> {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
        self.inspect(node, format)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    }

    /// Running nodes in the order of their addresses. Docker gives the lowest free address to what is started
    /// first: started in this order nodes get back what they had. A KRaft node whose peers swapped addresses
    /// goes on to ask the wrong ones for votes, and never comes back.
    pub fn in_address_order(&self, mut nodes: Vec<String>) -> Vec<String> {
        nodes.sort_by_key(|node| {
            let addresses = self.addresses_of(node);
            let last = addresses
                .last()
                .and_then(|address| address.parse::<Ipv4Addr>().ok());
            last.unwrap_or_else(|| panic!("{node} has no address: {addresses:?}"))
        });
        nodes
    }

    /// What `srvr` says of a ZooKeeper's mode: `leader`, `follower`; none where it does not serve.
    pub fn zookeeper_mode(&self, member: i32) -> Option<String> {
        let address: SocketAddr = self.zookeeper()[index(member)].parse().unwrap();
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
        stream.write_all(b"srvr").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer
            .lines()
            .find_map(|line| line.strip_prefix("Mode: "))
            .map(str::to_owned)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (name, _) = self.layout.name_and_port();
        if thread::panicking() {
            let status = self.rig_command("status").arg(name).output();
            if let Ok(output) = status {
                println!("{}", String::from_utf8_lossy(&output.stdout));
            }
        }
        let down = self.rig_command("down").arg(name).output();
        if !down.as_ref().is_ok_and(|output| output.status.success()) {
            println!("{name} could not be torn down: {down:?}");
        }
    }
}

fn index(id: i32) -> usize {
    usize::try_from(id - 1).unwrap()
}

/// The node of a broker.
pub fn kafka(broker: i32) -> String {
    format!("kafka-{broker}")
}

/// The node of a ZooKeeper.
pub fn zookeeper(member: i32) -> String {
    format!("zookeeper-{member}")
}

fn finished(what: &str, output: std::io::Result<Output>) -> String {
    match output {
        Err(error) => panic!("{what}: cannot be started: {error}; tests/all installs what is missing"),
        Ok(output) if !output.status.success() => panic!(
            "{what}: {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}

//! A container, as the engine that runs it tells of it.

use std::fmt;

use super::broker::Endpoint;
use super::ids::BrokerId;
use super::text::Name;
use super::time::{At, Span};

/// The id of a container or of a network of the engine: 12 to 64 hexadecimal digits, so that it can stand in a request's path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineId(Name);

impl EngineId {
    /// The id, if `text` is one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (12..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(Name::from(text)))
    }

    /// The whole id, for the engine.
    pub fn raw(&self) -> &str {
        self.0.raw()
    }

    /// Its first 12 digits, as the engine's own tools print it.
    pub fn short(&self) -> &str {
        self.raw().get(..12).unwrap_or_default()
    }
}

impl fmt::Display for EngineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.short())
    }
}

/// What a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContainerState {
    /// Made and never started.
    Created,
    /// Its process runs.
    Running,
    /// Its process is frozen: its ports are open, and nothing answers.
    Paused,
    /// Its process ended, and the engine starts it again.
    Restarting,
    /// It is being removed.
    Removing,
    /// Its process ended.
    Exited {
        /// The exit code; 128 and the signal's number where a signal ended it.
        code: Option<i64>,
    },
    /// The engine could not remove it whole.
    Dead,
    /// It is gone from the engine.
    Removed,
}

impl ContainerState {
    /// Every word that there is for one, as [`word`](Self::word) gives it.
    pub const WORDS: [&str; 8] = [
        "created",
        "running",
        "paused",
        "restarting",
        "removing",
        "exited",
        "dead",
        "removed",
    ];

    /// The word of JSON output and of the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Removing => "removing",
            Self::Exited { .. } => "exited",
            Self::Dead => "dead",
            Self::Removed => "removed",
        }
    }

    /// Whether no process of it runs, so that what it served is down for sure.
    pub fn is_stopped(self) -> bool {
        !matches!(
            self,
            Self::Running | Self::Paused | Self::Restarting | Self::Removing
        )
    }
}

/// `running`, or `exited 137`.
impl fmt::Display for ContainerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited { code: Some(code) } => f.pad(&format!("exited {code}")),
            other => f.pad(other.word()),
        }
    }
}

/// What the container's own health check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContainerHealth {
    /// It has no health check.
    Unchecked,
    /// It started lately, and failures do not count yet.
    Starting,
    /// The newest check passed.
    Healthy,
    /// Several checks in a row failed.
    Unhealthy,
}

impl ContainerHealth {
    /// The word of JSON output and of the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// How a container fares, in the engine's words and on the engine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// What it does.
    pub state: ContainerState,
    /// What its health check says.
    pub health: ContainerHealth,
    /// When its process was started last; none where it never was.
    pub started: Option<At>,
    /// When its process ended last; none where it never did.
    pub finished: Option<At>,
    /// How often the engine has started it again by its restart policy.
    pub restarts: u64,
    /// Whether the kernel killed its process for want of memory.
    pub oom_killed: bool,
    /// The exit code of its last process, while none runs.
    pub code: Option<i64>,
    /// Why it could not be started, in the engine's words.
    pub error: Option<Name>,
}

impl Life {
    /// For so long a process that was started again must run before that counts as over. Kafka takes seconds to find out that it
    /// cannot work, and an engine waits a minute at most before it starts a process again.
    const STARTING: Span = Span::seconds(60);

    /// Whether its engine is starting it again, or did so a moment ago.
    pub fn is_restarting(&self, now: At) -> bool {
        match self.state {
            ContainerState::Restarting => true,
            ContainerState::Running => {
                self.restarts > 0 && self.finished.is_some() && self.started_lately(now).is_some()
            }
            _ => false,
        }
    }

    /// How long ago its process was started, where that is so short a time that it may still be on its way.
    pub fn started_lately(&self, now: At) -> Option<Span> {
        let age = self
            .started
            .filter(|_| self.state == ContainerState::Running)?
            .age(now);
        (age < Self::STARTING).then_some(age)
    }
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPort {
    /// The TCP port inside.
    pub inside: u16,
    /// The engine's host's address that it is published on, in the engine's words: `0.0.0.0` and `::` are all of them.
    pub address: Name,
    /// The port there.
    pub port: u16,
}

/// A network that a container is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The network's name.
    pub network: Name,
    /// The network's id; none where the container is not running and the engine does not tell.
    pub id: Option<EngineId>,
    /// Names that its peers on this network find it under, without the container's own name and id.
    pub aliases: Vec<Name>,
    /// Its IPv4 address there.
    pub ipv4: Option<Name>,
    /// Its IPv6 address there.
    pub ipv6: Option<Name>,
    /// The IPv4 address that was asked for when it was attached, and must be asked for again.
    pub fixed_ipv4: Option<Name>,
    /// The IPv6 address that was asked for.
    pub fixed_ipv6: Option<Name>,
}

/// What Kafka's or ZooKeeper's settings in the container's environment tell. No other variable is ever kept: they hold secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSettings {
    /// `KAFKA_NODE_ID`, or `KAFKA_BROKER_ID`.
    pub node_id: Option<BrokerId>,
    /// `CLUSTER_ID`, or `KAFKA_CLUSTER_ID`.
    pub cluster_id: Option<Name>,
    /// `KAFKA_PROCESS_ROLES`, in its words; none in ZooKeeper mode.
    pub roles: Vec<Name>,
    /// `KAFKA_ADVERTISED_LISTENERS` without the names of the listeners.
    pub advertised: Vec<Endpoint>,
    /// `KAFKA_CONTROLLER_QUORUM_VOTERS`: id and address of each.
    pub voters: Vec<(BrokerId, Endpoint)>,
    /// `KAFKA_ZOOKEEPER_CONNECT`: the addresses, without the path.
    pub zookeepers: Vec<Endpoint>,
    /// The path after them, with its slash; none where there is none.
    pub zookeeper_path: Option<Name>,
    /// `ZOOKEEPER_SERVER_ID` or `ZOO_MY_ID`.
    pub zookeeper_id: Option<i32>,
    /// `ZOOKEEPER_CLIENT_PORT`.
    pub zookeeper_port: Option<u16>,
}

impl NodeSettings {
    /// Whether anything here says Kafka or ZooKeeper.
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

/// The place of a container in a compose project (its labels).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compose {
    /// `com.docker.compose.project`.
    pub project: Name,
    /// `com.docker.compose.service`.
    pub service: Name,
}

/// What a container is: what stays as long as it is not made anew, and where it can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Make {
    /// Its image, in the words that it was made with.
    pub image: Name,
    /// Its host name.
    pub hostname: Option<Name>,
    /// Whether it shares the network of the engine's host.
    pub host_network: bool,
    /// Whether it has a terminal, which makes one stream of its output.
    pub terminal: bool,
    /// How long the engine waits after the stop signal before it kills, where the container says so itself.
    pub grace: Option<Span>,
    /// Settings of Kafka and ZooKeeper.
    pub settings: NodeSettings,
    /// Its place in a compose project.
    pub compose: Option<Compose>,
}

/// One container, as one inspection told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: EngineId,
    /// Its name, without the leading slash.
    pub name: Name,
    /// How it fares.
    pub life: Life,
    /// What it is.
    pub make: Make,
    /// Its published ports. A container that does not run has those that it will have again.
    pub ports: Vec<PublishedPort>,
    /// Its networks.
    pub networks: Vec<Attachment>,
}

/// What a container uses, measured between two reads of the engine's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Processors in use: 1.5 is one and a half; none until there were two reads.
    pub cpus: Option<f64>,
    /// Bytes of memory in use, the page cache that can be dropped left out, as the engine's own tools count.
    pub memory: Option<u64>,
    /// Bytes of memory that it may use at most; the host's where no limit is set.
    pub memory_limit: Option<u64>,
    /// Traffic over its networks.
    pub network: Flow,
    /// Reads and writes of its disks.
    pub disk: Flow,
}

/// Bytes a second both ways; none until there were two reads, or where the engine does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    /// Received, or read.
    pub inward: Option<f64>,
    /// Sent, or written.
    pub outward: Option<f64>,
}

impl Flow {
    /// Both ways together, where both are known.
    pub fn total(&self) -> Option<f64> {
        Some(self.inward? + self.outward?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_fit_for_a_path_or_no_id() {
        let long = "a1".repeat(32);
        for (text, is_id) in [
            ("0123456789ab", true),
            (long.as_str(), true),
            ("kafka-1", false),
            ("", false),
            ("0123456789a/", false),
            ("../../../images", false),
            ("0123456789ab?force=1", false),
        ] {
            assert_eq!(EngineId::parse(text).is_some(), is_id, "{text}");
        }
        assert_eq!(
            EngineId::parse(&long).map(|id| id.to_string()).as_deref(),
            Some("a1a1a1a1a1a1")
        );
    }

    #[test]
    fn stopped_is_only_what_surely_runs_no_process() {
        for (state, stopped) in [
            (ContainerState::Created, true),
            (ContainerState::Running, false),
            (ContainerState::Paused, false),
            (ContainerState::Restarting, false),
            (ContainerState::Removing, false),
            (ContainerState::Exited { code: Some(137) }, true),
            (ContainerState::Dead, true),
            (ContainerState::Removed, true),
        ] {
            assert_eq!(state.is_stopped(), stopped, "{state}");
        }
        assert_eq!(
            ContainerState::Exited { code: Some(137) }.to_string(),
            "exited 137"
        );
    }
}

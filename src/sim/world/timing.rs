//! How long things take: Kafka's own defaults, and what was measured on real clusters.

use std::time::Duration;

/// The timeouts of the cluster, as its settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// `broker.session.timeout.ms` of KRaft.
    pub kraft_session: Duration,
    /// `broker.heartbeat.interval.ms` of KRaft.
    pub heartbeat: Duration,
    /// `zookeeper.session.timeout.ms`.
    pub zookeeper_session: Duration,
    /// `replica.lag.time.max.ms`.
    pub replica_lag: Duration,
    /// `controller.quorum.fetch.timeout.ms`.
    pub quorum_fetch: Duration,
    /// `controller.quorum.election.timeout.ms`.
    pub quorum_election: Duration,
    /// `leader.imbalance.check.interval.seconds`.
    pub imbalance_check: Duration,
    /// `controller.socket.timeout.ms`: how long a question that was forwarded to a silent controller hangs.
    pub forwarding: Duration,
    /// How long processes take to start and to end.
    pub process: ProcessTiming,
    /// The turn of a slow broker: it copies in one part of it, and not in the other.
    pub slow_cycle: Duration,
}

/// How long processes take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessTiming {
    /// From the start of a process that was stopped to its first heartbeat.
    pub start: Duration,
    /// The same after it was killed: its logs are looked through.
    pub recovery: Duration,
    /// From the granted controlled shutdown to the end.
    pub stop: Duration,
    /// After a heal, the shortest and the longest time until connections between nodes are back.
    pub reconnect: (Duration, Duration),
}

impl Timing {
    /// Kafka's defaults in KRaft mode, and what was measured around them.
    pub fn kraft() -> Self {
        Self {
            kraft_session: Duration::from_secs(9),
            heartbeat: Duration::from_secs(2),
            zookeeper_session: Duration::from_secs(18),
            replica_lag: Duration::from_secs(30),
            quorum_fetch: Duration::from_secs(2),
            quorum_election: Duration::from_secs(1),
            imbalance_check: Duration::from_secs(300),
            forwarding: Duration::from_secs(30),
            process: ProcessTiming {
                start: Duration::from_secs(4),
                recovery: Duration::from_secs(6),
                stop: Duration::from_secs(1),
                reconnect: (Duration::from_secs(9), Duration::from_secs(18)),
            },
            slow_cycle: Duration::from_secs(100),
        }
    }

    /// Kafka's defaults in ZooKeeper mode, and what was measured around them.
    pub fn zookeeper() -> Self {
        let kraft = Self::kraft();
        Self {
            process: ProcessTiming {
                reconnect: (Duration::from_secs(4), Duration::from_secs(8)),
                ..kraft.process
            },
            ..kraft
        }
    }
}

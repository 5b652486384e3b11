//! A broker: what the cluster says of it, and whether it answers.

use std::time::Duration;

use super::failure::Failure;
use super::ids::BrokerId;
use super::reading::Reading;
use super::text::Name;
use super::time::{At, Since};

/// Where a broker can be reached, as the cluster advertises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address.
    pub host: Name,
    /// TCP port.
    pub port: u16,
}

impl Endpoint {
    /// The address in `HOST:PORT`, with an IPv6 address in brackets; none where that is no address.
    pub fn parse(text: &Name) -> Option<Self> {
        let (host, port) = text.raw().rsplit_once(':')?;
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        Some(Self {
            host: Name::from(host),
            port: port.parse().ok().filter(|port| *port > 0)?,
        })
    }
}

/// What became of our newest request to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Not asked yet, or its address is not known.
    Untried,
    /// It answered.
    Yes {
        /// The round trip of the newest small request; none until one was measured.
        round_trip: Option<Duration>,
        /// When it answered last.
        at: At,
    },
    /// It did not.
    No {
        /// How the newest try failed.
        why: Failure,
        /// The first failed try after the last answer.
        since: At,
        /// The last answer ever.
        last: Option<At>,
    },
}

impl Answers {
    /// Whether it answers: unknown until it was tried.
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::Untried => None,
            Self::Yes { .. } => Some(true),
            Self::No { .. } => Some(false),
        }
    }
}

/// The state of a broker, from two independent facts: does the cluster list it unfenced, does it answer us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BrokerState {
    /// Listed and answering.
    Up,
    /// It answers, but its peers dropped it, or it disagrees with them.
    CutOff,
    /// Listed, and no answer to us: hung, or the network from here.
    Unreachable,
    /// Neither listed nor answering.
    Down,
}

impl BrokerState {
    /// The word of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::CutOff => "cut_off",
            Self::Unreachable => "unreachable",
            Self::Down => "down",
        }
    }
}

/// The disks of a broker, summed over its log directories (DescribeLogDirs, KIP-113 and KIP-827).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogDirs {
    /// Bytes of all replicas.
    pub log_bytes: u64,
    /// Bytes of the volumes; unknown before version 4 of the request.
    pub total: Option<u64>,
    /// Bytes still usable on the volumes.
    pub usable: Option<u64>,
}

/// How many replicas a broker holds and leads, counted over the reconciled partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Partitions that it leads, as reported.
    pub leaders: u32,
    /// Partitions of which it is the first, hence preferred, replica.
    pub preferred: u32,
    /// Replicas assigned to it.
    pub replicas: u32,
    /// Replicas of it that are in the ISR, as reported.
    pub in_sync: u32,
}

/// What the cluster says of a broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Whether the accepted view of the cluster lists it, unfenced.
    pub listed: Option<bool>,
    /// Whether it is fenced (KIP-631); unknown where no broker tells (before DescribeCluster v2).
    pub fenced: Option<bool>,
}

/// One broker, once known never forgotten.
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    /// Its id.
    pub id: BrokerId,
    /// Its advertised address; unknown for one that only replica lists name.
    pub endpoint: Option<Endpoint>,
    /// Its rack.
    pub rack: Option<Name>,
    /// What the accepted view of the cluster says of it.
    pub listing: Listing,
    /// Whether it answers us.
    pub answers: Answers,
    /// The judgement of both.
    pub state: Option<BrokerState>,
    /// Since when it is in this state.
    pub since: Since,
    /// Whether replication on its partitions is seen to go on although it does not answer us.
    pub replicates: bool,
    /// Whether it caps min ISR at the replica count, as releases from 3.7 on do.
    pub caps_min_isr: Option<bool>,
    /// Its share of the partitions; unknown while the partition table was never read.
    pub load: Option<Load>,
    /// Its disks.
    pub log_dirs: Reading<LogDirs>,
}

impl Broker {
    /// Whether this broker takes part: listed and answering.
    pub fn is_up(&self) -> bool {
        self.state == Some(BrokerState::Up)
    }

    /// Whether it holds replicas, so that its absence can hurt; unknown counts as yes.
    pub fn holds_replicas(&self) -> bool {
        self.load.is_none_or(|load| load.replicas > 0)
    }
}

//! The settings of simulated brokers.
//!
//! Names, kinds and defaults were read off Kafka 4.1.2 and 3.9.2. Of a broker's some 300 settings those are here that say
//! how it keeps data and how it fails; what the guide's cluster sets, the simulated brokers set, too.

use super::settings::Kind::{self, Boolean, Int, List, Long, Short, Text};
use crate::model::cluster::Mode;
use crate::sim::world::{ClusterSpec, Controllers, FIRST_CONTROLLER, Release};
use std::time::Duration;

/// A broker's setting.
pub(super) struct BrokerSetting {
    /// Its name.
    pub(super) name: &'static str,
    /// The kind of its value.
    pub(super) kind: Kind,
    /// Its value; none for null.
    pub(super) value: Option<String>,
    /// Where the value is from.
    pub(super) origin: Origin,
}

/// Where a broker's value is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is Kafka's default.
    Default,
    /// The broker's file sets it; there is no default.
    File,
    /// The broker's file sets it over this default.
    FileOver(&'static str),
}

use Origin::{Default, File, FileOver};

/// The defaults of a broker, in any mode.
const DEFAULTS: &[(&str, Kind, &str)] = &[
    ("compression.type", Text, "producer"),
    ("controlled.shutdown.enable", Boolean, "true"),
    ("group.initial.rebalance.delay.ms", Int, "3000"),
    ("group.max.session.timeout.ms", Int, "1800000"),
    ("group.min.session.timeout.ms", Int, "6000"),
    ("log.cleanup.policy", List, "delete"),
    ("log.dir", Text, "/tmp/kafka-logs"),
    ("log.index.interval.bytes", Int, "4096"),
    ("log.index.size.max.bytes", Int, "10485760"),
    ("log.message.timestamp.type", Text, "CreateTime"),
    ("log.retention.bytes", Long, "-1"),
    ("log.retention.check.interval.ms", Long, "300000"),
    ("log.retention.hours", Int, "168"),
    ("log.segment.bytes", Int, "1073741824"),
    ("log.segment.delete.delay.ms", Long, "60000"),
    ("message.max.bytes", Int, "1048588"),
    ("num.io.threads", Int, "8"),
    ("num.network.threads", Int, "3"),
    ("num.partitions", Int, "1"),
    ("num.replica.fetchers", Int, "1"),
    ("offsets.retention.minutes", Int, "10080"),
    ("offsets.topic.num.partitions", Int, "50"),
    ("replica.fetch.max.bytes", Int, "1048576"),
    ("replica.fetch.wait.max.ms", Int, "500"),
    ("socket.request.max.bytes", Int, "104857600"),
    ("transaction.state.log.num.partitions", Int, "50"),
];

/// A setting before it has a name of its own: name, kind, value, origin.
type Row = (&'static str, Kind, String, Origin);

/// `min.insync.replicas` of the brokers, as the guide sets it where there are enough of them.
pub(super) fn min_isr(spec: &ClusterSpec) -> u32 {
    if spec.brokers >= 3 { 2 } else { 1 }
}

/// The settings of a broker, in the order of their names.
pub(super) fn of_broker(spec: &ClusterSpec, id: i32, listener: &str) -> Vec<BrokerSetting> {
    let defaults = DEFAULTS
        .iter()
        .map(|(name, kind, value)| (*name, *kind, (*value).to_owned(), Default));
    let rows = defaults
        .chain(own(spec, id, listener))
        .chain(replication(spec))
        .chain(match spec.mode {
            Mode::ZooKeeper => zookeeper(spec),
            Mode::Kraft => kraft(spec, id),
        });
    let mut all: Vec<_> = rows
        .map(|(name, kind, value, origin)| BrokerSetting {
            name,
            kind,
            value: Some(value),
            origin,
        })
        .collect();
    let rack = rack(spec, id);
    let origin = if rack.is_some() { File } else { Default };
    for (name, kind, value, origin) in [
        ("broker.rack", Text, rack, origin),
        ("log.retention.ms", Long, None, Default),
    ] {
        all.push(BrokerSetting {
            name,
            kind,
            value,
            origin,
        });
    }
    all.sort_unstable_by_key(|setting| setting.name);
    all
}

fn rack(spec: &ClusterSpec, id: i32) -> Option<String> {
    let place = usize::try_from(id.checked_sub(1)?).ok()?;
    spec.racks.get(place.checked_rem(spec.racks.len())?).cloned()
}

fn own(spec: &ClusterSpec, id: i32, listener: &str) -> Vec<Row> {
    let mut rows = vec![
        ("advertised.listeners", Text, listener.to_owned(), File),
        (
            "auto.create.topics.enable",
            Boolean,
            "false".to_owned(),
            FileOver("true"),
        ),
        ("broker.id", Int, id.to_string(), FileOver("-1")),
        (
            "listeners",
            List,
            listener.to_owned(),
            FileOver("PLAINTEXT://:9092"),
        ),
        ("log.dirs", Text, "/var/lib/kafka/data".to_owned(), File),
    ];
    if spec.release == Release::V3_9 {
        rows.push((
            "inter.broker.protocol.version",
            Text,
            "3.9-IV0".to_owned(),
            Default,
        ));
    }
    rows
}

fn replication(spec: &ClusterSpec) -> Vec<Row> {
    let replicas = || spec.brokers.clamp(1, 3).to_string();
    let check = spec.timing.imbalance_check.as_secs().to_string();
    let rebalance = spec.election.auto_rebalance.to_string();
    let unclean = spec.election.unclean.to_string();
    vec![
        (
            "auto.leader.rebalance.enable",
            Boolean,
            rebalance,
            FileOver("true"),
        ),
        ("default.replication.factor", Int, replicas(), FileOver("1")),
        ("leader.imbalance.check.interval.seconds", Long, check, Default),
        (
            "min.insync.replicas",
            Int,
            min_isr(spec).to_string(),
            FileOver("1"),
        ),
        (
            "offsets.topic.replication.factor",
            Short,
            replicas(),
            FileOver("3"),
        ),
        (
            "replica.lag.time.max.ms",
            Long,
            millis(spec.timing.replica_lag),
            Default,
        ),
        (
            "transaction.state.log.replication.factor",
            Short,
            replicas(),
            FileOver("3"),
        ),
        (
            "unclean.leader.election.enable",
            Boolean,
            unclean,
            FileOver("false"),
        ),
    ]
}

fn zookeeper(spec: &ClusterSpec) -> Vec<Row> {
    let members: Vec<_> = (1..=spec.zookeepers)
        .map(|id| format!("zookeeper-{id}:2181"))
        .collect();
    let session = millis(spec.timing.zookeeper_session);
    vec![
        ("zookeeper.connect", Text, members.join(","), File),
        ("zookeeper.session.timeout.ms", Int, session, Default),
    ]
}

fn kraft(spec: &ClusterSpec, id: i32) -> Vec<Row> {
    let (first, count) = match spec.controllers {
        Controllers::Combined { voters } => (1, voters),
        Controllers::Separate { count } => (FIRST_CONTROLLER, count),
    };
    let last = first.saturating_add_unsigned(count);
    let voters: Vec<_> = (first..last)
        .map(|voter| format!("{voter}@controller-{voter}:9093"))
        .collect();
    let both = (first..last).contains(&id);
    let roles = if both { "broker,controller" } else { "broker" };
    let timing = &spec.timing;
    vec![
        (
            "broker.heartbeat.interval.ms",
            Int,
            millis(timing.heartbeat),
            Default,
        ),
        (
            "broker.session.timeout.ms",
            Int,
            millis(timing.kraft_session),
            Default,
        ),
        (
            "controller.quorum.election.timeout.ms",
            Int,
            millis(timing.quorum_election),
            Default,
        ),
        (
            "controller.quorum.fetch.timeout.ms",
            Int,
            millis(timing.quorum_fetch),
            Default,
        ),
        ("controller.quorum.voters", List, voters.join(","), File),
        ("node.id", Int, id.to_string(), File),
        ("process.roles", List, roles.to_owned(), File),
    ]
}

fn millis(time: Duration) -> String {
    time.as_millis().to_string()
}

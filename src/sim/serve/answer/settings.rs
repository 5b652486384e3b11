//! The settings of simulated brokers and topics.
//!
//! Names, kinds and defaults were read off Kafka 4.1.2 and 3.9.2. Of a broker's some 300 settings those are here that say
//! how it keeps data and how it fails; what the guide's cluster sets, the simulated brokers set, too.

use crate::model::cluster::Mode;
use crate::sim::world::{ClusterSpec, Controllers, FIRST_CONTROLLER, Release};

/// The kind of a setting's value (`DescribeConfigsResponse.ConfigType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// true or false.
    Boolean = 1,
    /// Text.
    Text = 2,
    /// 32 bits.
    Int = 3,
    /// 16 bits.
    Short = 4,
    /// 64 bits.
    Long = 5,
    /// A fraction.
    Double = 6,
    /// Words.
    List = 7,
}

use Kind::{Boolean, Double, Int, List, Long, Short, Text};

/// A topic's setting: name, kind, default, and the broker's setting that stands behind it.
pub(super) struct TopicSetting {
    /// Its name.
    pub(super) name: &'static str,
    /// The kind of its value.
    pub(super) kind: Kind,
    /// What holds where neither topic nor broker set it.
    pub(super) default: &'static str,
    /// The broker's setting of the same meaning; empty where there is none.
    pub(super) behind: &'static str,
    /// Whether only 3.9 has it.
    pub(super) old: bool,
}

const fn topic(name: &'static str, kind: Kind, default: &'static str, behind: &'static str) -> TopicSetting {
    TopicSetting {
        name,
        kind,
        default,
        behind,
        old: false,
    }
}

const fn topic_3_9(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    behind: &'static str,
) -> TopicSetting {
    TopicSetting {
        name,
        kind,
        default,
        behind,
        old: true,
    }
}

const FOR_EVER: &str = "9223372036854775807";

/// Every setting of a topic, in the order of their names.
pub(super) const TOPIC: &[TopicSetting] = &[
    topic("cleanup.policy", List, "delete", "log.cleanup.policy"),
    topic("compression.gzip.level", Int, "-1", "compression.gzip.level"),
    topic("compression.lz4.level", Int, "9", "compression.lz4.level"),
    topic("compression.type", Text, "producer", "compression.type"),
    topic("compression.zstd.level", Int, "3", "compression.zstd.level"),
    topic(
        "delete.retention.ms",
        Long,
        "86400000",
        "log.cleaner.delete.retention.ms",
    ),
    topic(
        "file.delete.delay.ms",
        Long,
        "60000",
        "log.segment.delete.delay.ms",
    ),
    topic("flush.messages", Long, FOR_EVER, "log.flush.interval.messages"),
    topic("flush.ms", Long, FOR_EVER, ""),
    topic("follower.replication.throttled.replicas", List, "", ""),
    topic("index.interval.bytes", Int, "4096", "log.index.interval.bytes"),
    topic("leader.replication.throttled.replicas", List, "", ""),
    topic("local.retention.bytes", Long, "-2", "log.local.retention.bytes"),
    topic("local.retention.ms", Long, "-2", "log.local.retention.ms"),
    topic(
        "max.compaction.lag.ms",
        Long,
        FOR_EVER,
        "log.cleaner.max.compaction.lag.ms",
    ),
    topic("max.message.bytes", Int, "1048588", "message.max.bytes"),
    topic_3_9(
        "message.downconversion.enable",
        Boolean,
        "true",
        "log.message.downconversion.enable",
    ),
    topic_3_9(
        "message.format.version",
        Text,
        "3.0-IV1",
        "log.message.format.version",
    ),
    topic(
        "message.timestamp.after.max.ms",
        Long,
        "3600000",
        "log.message.timestamp.after.max.ms",
    ),
    topic(
        "message.timestamp.before.max.ms",
        Long,
        FOR_EVER,
        "log.message.timestamp.before.max.ms",
    ),
    topic_3_9(
        "message.timestamp.difference.max.ms",
        Long,
        FOR_EVER,
        "log.message.timestamp.difference.max.ms",
    ),
    topic(
        "message.timestamp.type",
        Text,
        "CreateTime",
        "log.message.timestamp.type",
    ),
    topic(
        "min.cleanable.dirty.ratio",
        Double,
        "0.5",
        "log.cleaner.min.cleanable.ratio",
    ),
    topic(
        "min.compaction.lag.ms",
        Long,
        "0",
        "log.cleaner.min.compaction.lag.ms",
    ),
    topic("min.insync.replicas", Int, "1", "min.insync.replicas"),
    topic("preallocate", Boolean, "false", "log.preallocate"),
    topic("remote.log.copy.disable", Boolean, "false", ""),
    topic("remote.log.delete.on.disable", Boolean, "false", ""),
    topic("remote.storage.enable", Boolean, "false", ""),
    topic("retention.bytes", Long, "-1", "log.retention.bytes"),
    topic("retention.ms", Long, "604800000", ""),
    topic("segment.bytes", Int, "1073741824", "log.segment.bytes"),
    topic("segment.index.bytes", Int, "10485760", "log.index.size.max.bytes"),
    topic("segment.jitter.ms", Long, "0", ""),
    topic("segment.ms", Long, "604800000", ""),
    topic(
        "unclean.leader.election.enable",
        Boolean,
        "false",
        "unclean.leader.election.enable",
    ),
];

/// A broker's setting.
pub(super) struct BrokerSetting {
    /// Its name.
    pub(super) name: &'static str,
    /// The kind of its value.
    pub(super) kind: Kind,
    /// Its value; none for null.
    pub(super) value: Option<String>,
    /// The default behind a value from the broker's file; none where the value is the default.
    pub(super) file_over: Option<Option<&'static str>>,
}

/// The defaults of a broker, in any mode.
const DEFAULTS: &[(&str, Kind, &str)] = &[
    ("compression.type", Text, "producer"),
    ("controlled.shutdown.enable", Boolean, "true"),
    ("group.initial.rebalance.delay.ms", Int, "3000"),
    ("group.max.session.timeout.ms", Int, "1800000"),
    ("group.min.session.timeout.ms", Int, "6000"),
    ("log.cleanup.policy", List, "delete"),
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

/// `min.insync.replicas` of the brokers, as the guide sets it where there are enough of them.
pub(super) fn broker_min_isr(spec: &ClusterSpec) -> u32 {
    if spec.brokers >= 3 { 2 } else { 1 }
}

/// The settings of a broker, in the order of their names.
pub(super) fn of_broker(spec: &ClusterSpec, id: i32, listener: &str) -> Vec<BrokerSetting> {
    let mut all: Vec<BrokerSetting> = DEFAULTS
        .iter()
        .map(|(name, kind, value)| BrokerSetting {
            name,
            kind: *kind,
            value: Some((*value).to_owned()),
            file_over: None,
        })
        .collect();
    let mut add = |name, kind, value: Option<String>, file_over| {
        all.push(BrokerSetting {
            name,
            kind,
            value,
            file_over,
        });
    };
    let replication = spec.brokers.clamp(1, 3).to_string();
    let file = |default| Some(Some(default));
    add(
        "advertised.listeners",
        Text,
        Some(listener.to_owned()),
        Some(None),
    );
    add(
        "auto.create.topics.enable",
        Boolean,
        Some("false".to_owned()),
        file("true"),
    );
    let rebalance = spec.election.auto_rebalance.to_string();
    add(
        "auto.leader.rebalance.enable",
        Boolean,
        Some(rebalance),
        file("true"),
    );
    let rack = usize::try_from(id - 1)
        .ok()
        .and_then(|place| spec.racks.get(place.checked_rem(spec.racks.len())?).cloned());
    let from_file = rack.is_some().then_some(None);
    add("broker.rack", Text, rack, from_file);
    add(
        "default.replication.factor",
        Int,
        Some(replication.clone()),
        file("1"),
    );
    let check = spec.timing.imbalance_check.as_secs().to_string();
    add("leader.imbalance.check.interval.seconds", Long, Some(check), None);
    add(
        "listeners",
        List,
        Some(listener.to_owned()),
        file("PLAINTEXT://:9092"),
    );
    add("log.dir", Text, Some("/tmp/kafka-logs".to_owned()), None);
    add(
        "log.dirs",
        Text,
        Some("/var/lib/kafka/data".to_owned()),
        Some(None),
    );
    add("log.retention.ms", Long, None, None);
    add(
        "min.insync.replicas",
        Int,
        Some(broker_min_isr(spec).to_string()),
        file("1"),
    );
    add(
        "offsets.topic.replication.factor",
        Short,
        Some(replication.clone()),
        file("3"),
    );
    let lag = spec.timing.replica_lag.as_millis().to_string();
    add("replica.lag.time.max.ms", Long, Some(lag), None);
    add(
        "transaction.state.log.replication.factor",
        Short,
        Some(replication),
        file("3"),
    );
    let unclean = spec.election.unclean.to_string();
    add(
        "unclean.leader.election.enable",
        Boolean,
        Some(unclean),
        file("false"),
    );
    add("broker.id", Int, Some(id.to_string()), file("-1"));
    match spec.mode {
        Mode::ZooKeeper => {
            let members: Vec<_> = (1..=spec.zookeepers)
                .map(|id| format!("zookeeper-{id}:2181"))
                .collect();
            let session = spec.timing.zookeeper_session.as_millis().to_string();
            add("zookeeper.connect", Text, Some(members.join(",")), Some(None));
            add("zookeeper.session.timeout.ms", Int, Some(session), None);
        }
        Mode::Kraft => {
            let (voters, roles) = voters(spec, id);
            let timing = &spec.timing;
            let millis = |time: std::time::Duration| Some(time.as_millis().to_string());
            add(
                "broker.heartbeat.interval.ms",
                Int,
                millis(timing.heartbeat),
                None,
            );
            add(
                "broker.session.timeout.ms",
                Int,
                millis(timing.kraft_session),
                None,
            );
            add(
                "controller.quorum.election.timeout.ms",
                Int,
                millis(timing.quorum_election),
                None,
            );
            add(
                "controller.quorum.fetch.timeout.ms",
                Int,
                millis(timing.quorum_fetch),
                None,
            );
            add("controller.quorum.voters", List, Some(voters), Some(None));
            add("node.id", Int, Some(id.to_string()), Some(None));
            add("process.roles", List, Some(roles.to_owned()), Some(None));
        }
    }
    if spec.release == Release::V3_9 {
        add(
            "inter.broker.protocol.version",
            Text,
            Some("3.9-IV0".to_owned()),
            None,
        );
    }
    all.sort_unstable_by_key(|setting| setting.name);
    all
}

/// `controller.quorum.voters`, and the roles of a broker.
fn voters(spec: &ClusterSpec, id: i32) -> (String, &'static str) {
    let (first, count) = match spec.controllers {
        Controllers::Combined { voters } => (1, voters),
        Controllers::Separate { count } => (FIRST_CONTROLLER, count),
    };
    let last = first.saturating_add_unsigned(count);
    let voters: Vec<_> = (first..last)
        .map(|voter| format!("{voter}@controller-{voter}:9093"))
        .collect();
    let roles = if (first..last).contains(&id) {
        "broker,controller"
    } else {
        "broker"
    };
    (voters.join(","), roles)
}

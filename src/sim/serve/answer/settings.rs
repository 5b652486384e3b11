//! The settings of simulated topics. Names, kinds and defaults were read off Kafka 4.1.2 and 3.9.2.

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

use Kind::{Boolean, Double, Int, List, Long, Text};

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

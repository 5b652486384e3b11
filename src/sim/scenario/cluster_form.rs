//! The parts of a scenario file that say what the cluster is made of: `[cluster]`, `[[topics]]`, `[[groups]]`.

use std::ops::Range;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::value::{count, number};
use crate::config::{FileReader, Mismatch, Sourced, boolean, duration, join, one_of, whole, wrong};
use crate::model::cluster::Mode;
use crate::sim::world::{
    Acks, Behaviour, GroupKind, GroupSpec, Pattern, Release, RetentionSpec, TopicSpec, TrafficSpec,
};

/// The keys of `[cluster]`.
pub(super) const CLUSTER_KEYS: &[&str] = &[
    "auto_rebalance",
    "bare",
    "brokers",
    "controllers",
    "groups",
    "partitions",
    "racks",
    "replica_lag",
    "unclean_election",
    "zookeepers",
];

/// The keys of a topic beside its name.
pub(super) const TOPIC_KEYS: &[&str] = &[
    "acks",
    "assignment",
    "burst",
    "min_isr",
    "partitions",
    "record_bytes",
    "records_per_second",
    "replication",
    "retention",
    "retention_records",
    "unclean",
];

/// The keys of a behaviour.
pub(super) const BEHAVIOUR_KEYS: &[&str] = &["behaviour", "by", "every", "share"];

/// The keys of a group beside those of its behaviour.
pub(super) const GROUP_KEYS: &[&str] = &["kind", "members", "name", "partitions", "start_lag", "topics"];

const BEHAVIOURS: &[(&str, Temper)] = &[
    ("steady", Temper::Steady),
    ("slow", Temper::Slow),
    ("stalled", Temper::Stalled),
    ("rewinding", Temper::Rewinding),
    ("rebalancing", Temper::Rebalancing),
    ("empty", Temper::Empty),
    ("bursty", Temper::Bursty),
];

/// A behaviour without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Temper {
    Steady,
    Slow,
    Stalled,
    Rewinding,
    Rebalancing,
    Empty,
    Bursty,
}

/// What a file says of the cluster; what is unset is as in the cluster that it is laid over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterForm {
    /// What keeps the metadata, where the scenario works in one mode only.
    pub mode: Option<Sourced<Mode>>,
    /// What it behaves like.
    pub release: Option<Release>,
    /// How large it is.
    pub size: SizeForm,
    /// Separate KRaft controllers.
    pub controllers: Option<u32>,
    /// ZooKeepers.
    pub zookeepers: Option<u32>,
    /// Racks.
    pub racks: Option<Vec<String>>,
    /// `replica.lag.time.max.ms`.
    pub replica_lag: Option<Duration>,
    /// Elections.
    pub elections: ElectionForm,
    /// Topics to be added, or to take the place of those of the same name.
    pub topics: Vec<Sourced<TopicSpec>>,
    /// Groups, likewise.
    pub groups: Vec<Sourced<GroupSpec>>,
}

/// How large the cluster is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SizeForm {
    /// Whether it has no topics and groups but those of the file.
    pub bare: bool,
    /// Brokers.
    pub brokers: Option<Sourced<u32>>,
    /// Partitions.
    pub partitions: Option<Sourced<u32>>,
    /// Groups.
    pub groups: Option<Sourced<u32>>,
}

/// How partitions get leaders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ElectionForm {
    /// `unclean.leader.election.enable`.
    pub unclean: Option<bool>,
    /// `auto.leader.rebalance.enable`.
    pub auto_rebalance: Option<bool>,
}

/// Reads `[cluster]`, `[[topics]]`, `[[groups]]`, and `mode` and `release` of the top level.
pub(super) fn read(reader: &mut FileReader<'_>, top: &DeTable<'_>) -> ClusterForm {
    let mode = reader.field("", top, "mode", |value| {
        one_of(
            value,
            "mode",
            &[("kraft", Mode::Kraft), ("zookeeper", Mode::ZooKeeper)],
        )
    });
    let release = reader.field("", top, "release", |value| {
        one_of(
            value,
            "release",
            &[("3.9", Release::V3_9), ("4.1", Release::V4_1)],
        )
    });
    let mut form = match reader.table("", top, "cluster") {
        Some(table) => read_cluster(reader, table),
        None => ClusterForm::default(),
    };
    form.mode = mode;
    form.release = release.map(|release| release.value);
    each(reader, top, "topics", |reader, table, span| {
        deny(reader, "topics", table, &[TOPIC_KEYS, &["name"]]);
        let name = name(reader, "topics", table, span, "name");
        let topic = topic(reader, "topics", table, &name.unwrap_or_default());
        form.topics.push(Sourced::new(topic, reader.origin(span)));
    });
    each(reader, top, "groups", |reader, table, span| {
        deny(reader, "groups", table, &[GROUP_KEYS, BEHAVIOUR_KEYS]);
        let group = group(reader, table, span);
        form.groups.push(Sourced::new(group, reader.origin(span)));
    });
    form
}

fn read_cluster(reader: &mut FileReader<'_>, table: &DeTable<'_>) -> ClusterForm {
    const SCOPE: &str = "cluster";
    deny(reader, SCOPE, table, &[CLUSTER_KEYS]);
    let mut some = |key| reader.field(SCOPE, table, key, |value| count(value, 0, u32::MAX));
    let size = SizeForm {
        bare: false,
        brokers: some("brokers"),
        partitions: some("partitions"),
        groups: some("groups"),
    };
    let mut number = |key| some(key).map(|read| read.value);
    let (controllers, zookeepers) = (number("controllers"), number("zookeepers"));
    let mut flag = |key| reader.field(SCOPE, table, key, boolean).map(|read| read.value);
    ClusterForm {
        size: SizeForm {
            bare: flag("bare").unwrap_or_default(),
            ..size
        },
        controllers,
        zookeepers,
        elections: ElectionForm {
            unclean: flag("unclean_election"),
            auto_rebalance: flag("auto_rebalance"),
        },
        racks: reader
            .field(SCOPE, table, "racks", |value| strings(value, "racks"))
            .map(|read| read.value),
        replica_lag: reader
            .field(SCOPE, table, "replica_lag", duration)
            .map(|read| read.value),
        ..ClusterForm::default()
    }
}

/// Calls `read` with each table of an array of tables.
pub(super) fn each(
    reader: &mut FileReader<'_>,
    table: &DeTable<'_>,
    key: &str,
    mut read: impl FnMut(&mut FileReader<'_>, &DeTable<'_>, &Range<usize>),
) {
    let Some(value) = table.get(key) else { return };
    let DeValue::Array(items) = value.get_ref() else {
        let expected = format!("tables, each under a line [[{key}]]");
        reader.fault(&value.span(), key, wrong(value.get_ref(), expected));
        return;
    };
    for item in items {
        if let Some(table) = reader.as_table(key, item) {
            read(reader, table, &item.span());
        }
    }
}

/// Faults the keys that stand in none of the lists.
pub(super) fn deny(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>, valid: &[&[&str]]) {
    reader.deny_unknown(scope, table, &valid.concat(), |_| None);
}

/// Reads a name that must be there.
pub(super) fn name(
    reader: &mut FileReader<'_>,
    scope: &str,
    table: &DeTable<'_>,
    span: &Range<usize>,
    key: &str,
) -> Option<String> {
    if !table.contains_key(key) {
        reader.fault(span, &join(scope, key), "is missing, expected a name");
    }
    let read = reader.field(scope, table, key, string);
    read.map(|read| read.value)
}

fn string(value: &DeValue<'_>) -> Result<String, Mismatch> {
    match value.as_str() {
        Some(text) if !text.is_empty() && text.chars().count() <= 249 => Ok(text.to_owned()),
        _ => Err(wrong(value, "a string of 1 to 249 characters")),
    }
}

fn strings(value: &DeValue<'_>, what: &str) -> Result<Vec<String>, Mismatch> {
    let items = value.as_array().and_then(|items| {
        items
            .iter()
            .map(|item| string(item.get_ref()).ok())
            .collect::<Option<Vec<_>>>()
    });
    items.ok_or_else(|| wrong(value, format!("an array of names of {what}")))
}

/// Reads a topic; the fields that a file leaves out are as in the guide.
pub(super) fn topic(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>, name: &str) -> TopicSpec {
    let mut some = |key, least, most| {
        let read = reader.field(scope, table, key, |value| count(value, least, most));
        read.map(|read| read.value)
    };
    let (partitions, replication) = (some("partitions", 1, u32::MAX), some("replication", 1, u32::MAX));
    let (min_isr, record_bytes) = (some("min_isr", 1, u32::MAX), some("record_bytes", 1, 100_000_000));
    let assignment = reader.field(scope, table, "assignment", assignment);
    let assignment = assignment.map(|read| read.value);
    let length = |list: Option<usize>, or: u32| list.map_or(or, |len| u32::try_from(len).unwrap_or(u32::MAX));
    let model = TopicSpec::named(name, 1);
    let replicas = assignment.as_ref().and_then(|all| all.first()).map(Vec::len);
    TopicSpec {
        partitions: partitions.unwrap_or(length(assignment.as_ref().map(Vec::len), model.partitions)),
        replication: replication.unwrap_or(length(replicas, model.replication)),
        min_isr: min_isr.unwrap_or(model.min_isr),
        records_per_second: rate(reader, scope, table).unwrap_or_default(),
        traffic: TrafficSpec {
            pattern: burst(reader, scope, table),
            acks: reader
                .field(scope, table, "acks", acks)
                .map_or(model.traffic.acks, |read| read.value),
            record_bytes: record_bytes.unwrap_or(model.traffic.record_bytes),
        },
        retention: RetentionSpec {
            records: reader
                .field(scope, table, "retention_records", |value| {
                    whole(value, 1..=u64::MAX)
                })
                .map(|read| read.value),
            time: reader
                .field(scope, table, "retention", duration)
                .map(|read| read.value),
        },
        unclean: reader
            .field(scope, table, "unclean", boolean)
            .map(|read| read.value),
        assignment,
        ..model
    }
}

/// Reads `records_per_second`.
pub(super) fn rate(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>) -> Option<f64> {
    let read = reader.field(scope, table, "records_per_second", |value| {
        number(value, 0.0, 100_000_000.0)
    });
    read.map(|read| read.value)
}

fn assignment(value: &DeValue<'_>) -> Result<Vec<Vec<i32>>, Mismatch> {
    let id = |value: &DeValue<'_>| {
        count(value, 1, 1_000_000)
            .ok()
            .and_then(|id| i32::try_from(id).ok())
    };
    let replicas = |value: &DeValue<'_>| -> Option<Vec<i32>> {
        value.as_array()?.iter().map(|item| id(item.get_ref())).collect()
    };
    let all = value.as_array().and_then(|items| {
        items
            .iter()
            .map(|item| replicas(item.get_ref()))
            .collect::<Option<Vec<_>>>()
    });
    all.filter(|all| !all.is_empty()).ok_or_else(|| {
        wrong(
            value,
            "the brokers of each partition, such as [[1, 2, 3], [2, 3, 1]]",
        )
    })
}

fn acks(value: &DeValue<'_>) -> Result<Acks, Mismatch> {
    let text = value
        .as_str()
        .or_else(|| value.as_integer().map(toml::de::DeInteger::as_str));
    match text {
        Some("all" | "-1") => Ok(Acks::All),
        Some("1") => Ok(Acks::Leader),
        Some("0") => Ok(Acks::None),
        _ => Err(wrong(value, "\"all\", 1 or 0")),
    }
}

fn burst(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>) -> Pattern {
    const KEYS: &[&str] = &["every", "factor", "for"];
    let Some(inner) = reader.table(scope, table, "burst") else {
        return Pattern::Steady;
    };
    let scope = join(scope, "burst");
    deny(reader, &scope, inner, &[KEYS]);
    let mut time = |key, or| {
        let read = reader.field(&scope, inner, key, duration);
        read.map_or(or, |read| read.value)
    };
    Pattern::Bursty {
        every: time("every", Duration::from_secs(30)),
        for_: time("for", Duration::from_secs(6)),
        factor: reader
            .field(&scope, inner, "factor", |value| number(value, 0.0, 1_000.0))
            .map_or(8.0, |read| read.value),
    }
}

fn group(reader: &mut FileReader<'_>, table: &DeTable<'_>, span: &Range<usize>) -> GroupSpec {
    const SCOPE: &str = "groups";
    let name = name(reader, SCOPE, table, span, "name").unwrap_or_default();
    if !table.contains_key("topics") {
        reader.fault(
            span,
            "groups.topics",
            "is missing, expected the topics that the group reads",
        );
    }
    let behaviour = behaviour(reader, SCOPE, table).unwrap_or_default();
    let members = reader.field(SCOPE, table, "members", |value| count(value, 0, u32::MAX));
    GroupSpec {
        kind: reader
            .field(SCOPE, table, "kind", |value| {
                one_of(
                    value,
                    "kind",
                    &[("classic", GroupKind::Classic), ("consumer", GroupKind::Consumer)],
                )
            })
            .map(|read| read.value)
            .unwrap_or_default(),
        topics: reader
            .field(SCOPE, table, "topics", |value| strings(value, "topics"))
            .map(|read| read.value)
            .unwrap_or_default(),
        partitions: reader
            .field(SCOPE, table, "partitions", |value| count(value, 1, u32::MAX))
            .map(|read| read.value),
        members: members.map_or(u32::from(behaviour != Behaviour::Empty), |read| read.value),
        behaviour,
        start_lag: reader
            .field(SCOPE, table, "start_lag", |value| whole(value, 0..=1_000_000_000))
            .map(|read| read.value)
            .unwrap_or_default(),
        ..GroupSpec::following(&name, &[], 0)
    }
}

/// Reads a behaviour with its numbers; `None` where the file names none, or one that there is not.
pub(super) fn behaviour(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>) -> Option<Behaviour> {
    let temper = reader.field(scope, table, "behaviour", |value| {
        one_of(value, "behaviour", BEHAVIOURS)
    });
    let share = reader.field(scope, table, "share", |value| number(value, 0.0, 1.0));
    let by = reader.field(scope, table, "by", |value| whole(value, 1..=1_000_000_000));
    let every = reader.field(scope, table, "every", duration);
    let turn = |or: u64| {
        every
            .as_ref()
            .map_or(Duration::from_secs(or), |every| every.value)
    };
    Some(match temper?.value {
        Temper::Steady => Behaviour::Steady,
        Temper::Slow => Behaviour::Slow {
            share: share.map_or(0.5, |share| share.value),
        },
        Temper::Stalled => Behaviour::Stalled,
        Temper::Rewinding => Behaviour::Rewinding {
            every: turn(60),
            by: by.map_or(100, |by| by.value),
        },
        Temper::Rebalancing => Behaviour::Rebalancing { every: turn(30) },
        Temper::Empty => Behaviour::Empty,
        Temper::Bursty => Behaviour::Bursty { every: turn(10) },
    })
}

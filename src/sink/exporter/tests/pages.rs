//! What is kaftop's own on a page, and what bounds it.

use std::sync::Arc;

use super::{every_second, judged, page, pass, written};
use crate::model::cluster::Mode;
use crate::model::container::{ContainerState, Flow, Usage};
use crate::model::failure::{Failure, FailureKind};
use crate::model::fleet::EngineFact;
use crate::model::group::GroupKind;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::observation::{Fact, GroupView, Observation};
use crate::model::text::Name;
use crate::sink::exporter::{Filter, Pattern, Selection};
use crate::store::testbed::{World, partition, topic};
use crate::store::testbed_engine::{container, id};
use crate::ui::fixture;

#[test]
fn groups_are_told_in_records_and_seconds() {
    let page = written(fixture::healthy(), &Selection::default());
    for (series, value) in [
        ("kaftop_group_lag_records{group=\"message-router\"}", "141077.0"),
        ("kaftop_group_lag_seconds{group=\"message-router\"}", "1500.0"),
        (
            "kaftop_group_lag_seconds_at_least{group=\"message-router\"}",
            "1.0",
        ),
        ("kaftop_group_lag_seconds{group=\"merge-workers\"}", "1.0"),
        (
            "kaftop_group_lag_seconds_at_least{group=\"merge-workers\"}",
            "0.0",
        ),
        ("kaftop_group_lag_seconds{group=\"auditor\"}", "0.0"),
        (
            "kaftop_group_lag_slope_records_per_second{group=\"indexer\"}",
            "-103.0",
        ),
        ("kaftop_group_members{group=\"indexer\"}", "2.0"),
        (
            "kaftop_group_state{group=\"indexer\",type=\"classic\",state=\"Stable\"}",
            "1.0",
        ),
        ("kaftop_groups", "6.0"),
        (
            "kaftop_group_partition_lag_records{group=\"merge-workers\",topic=\"messages\",partition=\"0\"}",
            "6.0",
        ),
    ] {
        assert_eq!(page.value(series), Some(value), "{series}");
    }
    assert_eq!(
        page.value("kaftop_group_lag_slope_records_per_second{group=\"merge-workers\"}"),
        None
    );
}

#[test]
fn a_group_whose_coordinator_is_silent_has_no_lag() {
    let page = written(fixture::failed(), &Selection::default());
    for name in [
        "kaftop_groups",
        "kaftop_group_partition_lag_records",
        "kaftop_group_members",
    ] {
        assert_eq!(page.family(name), [], "{name}");
    }
}

#[test]
fn disks_ensemble_rates_and_safety_are_there() {
    let page = written(fixture::degraded(), &Selection::default());
    for (series, value) in [
        ("kaftop_broker_disk_size_bytes{broker_id=\"2\"}", "100000000000.0"),
        (
            "kaftop_broker_disk_usable_bytes{broker_id=\"2\"}",
            "40000000000.0",
        ),
        ("kaftop_broker_log_size_bytes{broker_id=\"2\"}", "2300000000.0"),
        ("kaftop_broker_leaders{broker_id=\"1\"}", "0.0"),
        ("kaftop_zookeeper_serving{address=\"zookeeper-2:2181\"}", "1.0"),
        (
            "kaftop_zookeeper_mode{address=\"zookeeper-2:2181\",state=\"leader\"}",
            "1.0",
        ),
        (
            "kaftop_zookeeper_round_trip_seconds{address=\"zookeeper-2:2181\"}",
            "0.001",
        ),
        ("kaftop_council_voters", "3.0"),
        ("kaftop_council_voters_lost", "0.0"),
        ("kaftop_broker_safe_to_stop{broker_id=\"2\"}", "0.0"),
        ("kaftop_broker_loss_refused_partitions{broker_id=\"2\"}", "162.0"),
        ("kaftop_topic_min_isr{topic=\"messages\"}", "2.0"),
        (
            "kaftop_topic_appended_records_per_second{topic=\"messages\"}",
            "250.0",
        ),
        ("kaftop_isr_shrinks_total", "162.0"),
        ("kaftop_writes_state{state=\"ok\"}", "1.0"),
        (
            "kaftop_partition_in_sync_replicas{topic=\"dlq\",partition=\"0\"}",
            "2.0",
        ),
        (
            "kaftop_cluster_info{cluster_id=\"MkU3OEVBNTcwNTJENDM2Qg\",mode=\"zookeeper\"}",
            "1.0",
        ),
    ] {
        assert_eq!(page.value(series), Some(value), "{series}");
    }
    // Its disks failed to be read: the last value is not passed off as the present one.
    assert_eq!(page.value("kaftop_broker_disk_size_bytes{broker_id=\"1\"}"), None);
}

#[test]
fn the_quorum_is_told_by_node() {
    let (mut world, exporter) = (World::new(Mode::Kraft), every_second());
    world.lose_voters(&[3]);
    pass(&mut world, &exporter, 2);
    let page = page(&exporter);
    for (series, value) in [
        ("kaftop_council_state{state=\"minority_lost\"}", "1.0"),
        ("kaftop_council_voters_lost", "1.0"),
        ("kaftop_quorum_epoch", "4.0"),
        (
            "kaftop_quorum_replica_lag_records{node_id=\"3\",role=\"voter\"}",
            "0.0",
        ),
        (
            "kaftop_quorum_replica_fetch_age_seconds{node_id=\"3\",role=\"voter\"}",
            "10.0",
        ),
        ("kaftop_controller_id", "2.0"),
        ("kaftop_controller_active", "1.0"),
    ] {
        assert_eq!(page.value(series), Some(value), "{series}");
    }
}

#[test]
fn hostile_names_break_no_page() {
    let hostile = written(fixture::hostile(), &Selection::default());
    assert!(
        hostile
            .value("kafka_offline_partitions{topic=\"\\\\u{1b}[2J\\\\u{1b}[31mgone\\\\u{7}\"}")
            .is_some()
    );
    let (mut world, exporter) = (World::new(Mode::Kraft), every_second());
    for view in world.views.values_mut() {
        for (place, name) in ["__total__", "qu\"ote", "back\\slash", "new\nline"]
            .iter()
            .enumerate()
        {
            let number = u8::try_from(place).unwrap();
            let partition = partition(0, Some(1), 0, &[1, 2, 3], &[1, 2, 3]);
            view.topics.push(topic(name, 20 + number, vec![partition]));
        }
    }
    pass(&mut world, &exporter, 2);
    let served = page(&exporter);
    assert_eq!(
        served.value("kafka_offline_partitions{topic=\"__total__\"}"),
        Some("0.0")
    );
    assert_eq!(
        served.value("kafka_offline_partitions{topic=\"qu\\\"ote\"}"),
        Some("0.0")
    );
    assert_eq!(served.value("kafka_cluster_topics"), Some("5.0"));
    // The topic that bears the name of the sum is counted and has no series.
    assert_eq!(served.value("kaftop_exporter_topics_left_out"), Some("1.0"));
    assert_eq!(served.value("kaftop_partitions"), Some("10.0"));
}

#[test]
fn patterns_and_the_limit_bound_the_series_and_not_the_sums() {
    let all = written(fixture::degraded(), &Selection::default());
    let selection = Selection {
        topics: Filter {
            only: Some(Pattern::parse("messages|dlq").unwrap()),
            not: None,
        },
        groups: Filter {
            only: None,
            not: Some(Pattern::parse(".*er").unwrap()),
        },
        partition_series: 40,
    };
    let some = written(fixture::degraded(), &selection);
    assert_eq!(some.family("kaftop_topic_partitions").len(), 2);
    for sum in [
        "kaftop_partitions",
        "kafka_under_replicated_partitions{topic=\"__total__\"}",
        "kaftop_groups",
    ] {
        assert_eq!(some.value(sum), all.value(sum), "{sum}");
    }
    assert_eq!(some.family("kafka_isr_shrink_events").len(), 40);
    for (series, value) in [
        (
            "kaftop_exporter_series_left_out{metric=\"kafka_isr_shrink_events\"}",
            "63.0",
        ),
        (
            "kaftop_exporter_series_left_out{metric=\"kaftop_partition_end_offset\"}",
            "63.0",
        ),
        ("kaftop_exporter_topics_left_out", "2.0"),
        ("kaftop_exporter_groups_left_out", "2.0"),
    ] {
        assert_eq!(some.value(series), Some(value), "{series}");
        assert!(all.samples.contains_key(series), "{series}");
    }
    assert_eq!(
        all.value("kaftop_exporter_series_left_out{metric=\"kafka_isr_shrink_events\"}"),
        Some("0.0")
    );
    let none = Selection {
        partition_series: 0,
        ..Selection::default()
    };
    let none = written(fixture::degraded(), &none);
    assert!(none.samples.keys().all(|series| !series.contains("partition=\"")));
}

#[test]
fn partitions_that_shrank_come_before_the_limit() {
    let mut bulletin = fixture::degraded();
    let snapshot = Arc::make_mut(&mut bulletin.snapshot);
    let last = PartitionId {
        topic: Name::from("messages"),
        partition: 99,
    };
    let churn = Arc::make_mut(&mut snapshot.churn);
    churn.by_partition.retain(|id, _| *id == last);
    let one = Selection {
        partition_series: 1,
        ..Selection::default()
    };
    let page = written(bulletin, &one);
    assert_eq!(
        page.family("kafka_isr_shrink_events"),
        [("{topic=\"messages\",partition=\"99\"}", "1.0")]
    );
}

#[test]
fn what_a_source_refuses_is_told() {
    let (mut world, exporter) = (World::new(Mode::Kraft), every_second());
    pass(&mut world, &exporter, 2);
    let denied = Failure::new(FailureKind::Denied, "not allowed");
    let views = ["a", "b"].map(|name| GroupView {
        name: Name::from(name),
        kind: GroupKind::Consumer,
        state: Some(Name::from("Stable")),
        description: None,
        commits: Some(Err(denied.clone())),
        share: None,
    });
    world.say(Origin::Broker(BrokerId(2)), Fact::Groups(views.to_vec()));
    let snapshot = world.store.publish(world.now);
    exporter.see(&judged(snapshot, 9));
    let page = page(&exporter);
    assert_eq!(
        page.value("kaftop_missing_facts{what=\"commits of groups\"}"),
        Some("2.0")
    );
    assert_eq!(page.family("kaftop_group_lag_records"), []);
}

/// The tables of `assets/prometheus/README.md`, the dashboard, and the pages agree on what there is.
#[test]
fn every_metric_is_documented_and_every_documented_one_is_there() {
    use std::collections::BTreeSet;

    let (mut kraft, exporter) = (World::with_engine(Mode::Kraft), every_second());
    kraft.engine(EngineFact::Used(id(1), USAGE));
    let fenced = crate::model::observation::ListedBroker {
        id: BrokerId(1),
        endpoint: crate::model::broker::Endpoint {
            host: Name::from("kafka-1"),
            port: 9092,
        },
        rack: None,
    };
    kraft.links.insert(3, crate::store::testbed::Link::Refuses);
    pass(&mut kraft, &exporter, 2);
    kraft.say(Origin::Broker(BrokerId(2)), Fact::Fencing(vec![(fenced, false)]));
    let denied = Failure::new(FailureKind::Denied, "not allowed");
    kraft.say(
        Origin::Broker(BrokerId(1)),
        Fact::Failed(crate::model::observation::Ask::Reassignments, denied),
    );
    let snapshot = kraft.store.publish(kraft.now);
    exporter.see(&judged(snapshot, 9));
    let pages = [
        page(&exporter),
        written(fixture::degraded(), &Selection::default()),
    ];
    let there: BTreeSet<&str> = pages
        .iter()
        .flat_map(|page| page.types.keys().map(String::as_str))
        .collect();
    let readme = include_str!("../../../../assets/prometheus/README.md");
    let tables: String = readme.lines().filter(|line| line.starts_with('|')).collect();
    let quoted = tables.split('`').skip(1).step_by(2);
    let words: BTreeSet<&str> = quoted
        .map(|text| text.split('{').next().unwrap_or_default())
        .collect();
    let documented = |name: &&&str| {
        words.contains(**name)
            || name
                .strip_prefix("kaftop_")
                .is_some_and(|rest| words.contains(rest))
    };
    let silent: Vec<_> = there.iter().filter(|name| !documented(name)).collect();
    assert!(silent.is_empty(), "not in the README: {silent:?}");
    let own = readme.split("## kaftop's own").nth(1).unwrap_or_default();
    let own = own.lines().filter(|line| line.starts_with('|'));
    let told: BTreeSet<String> = own
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .map(|name| format!("kaftop_{name}"))
        // No rule is looked at here.
        .filter(|name| name != "kaftop_rule_alerts_firing")
        .collect();
    let gone: Vec<_> = told
        .iter()
        .filter(|name| !there.contains(name.as_str()))
        .collect();
    assert!(gone.is_empty(), "only in the README: {gone:?}");
    assert!(told.len() > 60, "{}", told.len());
}

const USAGE: Usage = Usage {
    cpus: Some(0.5),
    memory: Some(300),
    memory_limit: Some(400),
    network: Flow {
        inward: None,
        outward: None,
    },
    disk: Flow {
        inward: None,
        outward: None,
    },
};

#[test]
fn containers_are_told_where_an_engine_tells_of_them() {
    let mut world = World::with_engine(Mode::Kraft);
    let mut restarted = container(2, ContainerState::Running, None);
    restarted.life.restarts = 3;
    world.engine(EngineFact::Inspected(Arc::new(restarted)));
    world.engine(EngineFact::OutOfMemory(id(2)));
    world.engine(EngineFact::Used(id(2), USAGE));
    let page = |world: &mut World| {
        world.poll();
        written(judged(world.poll(), 1), &Selection::default())
    };
    let told = page(&mut world);
    let of = |metric: &str, id: i32| format!("{metric}{{container=\"kafka-{id}\",node=\"broker {id}\"}}");
    for (series, value) in [
        (of("kaftop_container_restarts_total", 2), Some("3.0")),
        (of("kaftop_container_restarts_total", 1), Some("0.0")),
        (of("kaftop_container_out_of_memory", 2), Some("1.0")),
        (of("kaftop_container_out_of_memory", 1), Some("0.0")),
        (of("kaftop_container_memory_bytes", 2), Some("300.0")),
        (of("kaftop_container_memory_limit_bytes", 2), Some("400.0")),
        (of("kaftop_container_cpus", 2), Some("0.5")),
        (of("kaftop_container_memory_bytes", 1), None),
        (
            "kaftop_container_state{container=\"kafka-1\",node=\"broker 1\",state=\"running\"}".to_owned(),
            Some("1.0"),
        ),
    ] {
        assert_eq!(told.value(&series), value, "{series}");
    }
    world.store.apply(Observation {
        from: Origin::Engine,
        asked: world.now,
        at: world.now,
        fact: Fact::Lost {
            why: Failure::new(FailureKind::Timeout, "it hangs"),
            retry_at: None,
        },
    });
    let blind = page(&mut world);
    assert_eq!(blind.value(&of("kaftop_container_restarts_total", 2)), None);
}

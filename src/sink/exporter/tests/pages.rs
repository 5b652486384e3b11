//! What stands on a page, and what does not.

use std::sync::Arc;

use super::{Page, judged, logged, page, pass};
use crate::model::cluster::Mode;
use crate::model::failure::{Failure, FailureKind};
use crate::model::group::GroupKind;
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::intake::Origin;
use crate::model::observation::{Fact, GroupView};
use crate::model::text::Name;
use crate::model::time::Span;
use crate::sink::exporter::page::{Material, write};
use crate::sink::exporter::sources::Failures;
use crate::sink::exporter::{Exporter, ExporterOptions, Filter, Log, Pattern, Selection};
use crate::store::testbed::{Link, World, partition, topic, views};
use crate::ui::fixture;

fn every_second() -> Exporter {
    let options = ExporterOptions {
        interval: Span::seconds(1),
        selection: Selection::default(),
    };
    Exporter::new(options, Log::silent())
}

fn written(bulletin: crate::health::Bulletin, selection: &Selection) -> Page {
    let material = Material {
        bulletin: Some(bulletin),
        failures: Failures::default(),
        bulletins: 1,
        lost_lines: 0,
    };
    Page::read(&write(&material, selection))
}

/// The guide's table "Prometheus Metrics" and its expected output, line by line, on a whole cluster.
#[test]
fn the_guides_six_metrics_have_its_names_types_labels_and_values() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let (mut world, exporter) = (World::new(mode), every_second());
        pass(&mut world, &exporter, 2);
        let page = page(&exporter);
        for (name, kind, labels, value) in [
            ("kafka_cluster_brokers", "gauge", "", "3.0"),
            (
                "kafka_broker_online",
                "gauge",
                "{broker_id=\"1\",host=\"kafka-1\",port=\"9092\"}",
                "1.0",
            ),
            (
                "kafka_under_replicated_partitions",
                "gauge",
                "{topic=\"__total__\"}",
                "0.0",
            ),
            (
                "kafka_under_replicated_partitions",
                "gauge",
                "{topic=\"orders\"}",
                "0.0",
            ),
            (
                "kafka_offline_partitions",
                "gauge",
                "{topic=\"__total__\"}",
                "0.0",
            ),
            ("kafka_offline_partitions", "gauge", "{topic=\"orders\"}", "0.0"),
            (
                "kafka_isr_shrink_events",
                "counter",
                "{topic=\"orders\",partition=\"5\"}",
                "0.0",
            ),
            ("kafka_cluster_topics", "gauge", "", "1.0"),
        ] {
            assert_eq!(page.types.get(name).map(String::as_str), Some(kind), "{name}");
            assert_eq!(
                page.value(&format!("{name}{labels}")),
                Some(value),
                "{name}{labels}"
            );
        }
        assert_eq!(page.family("kafka_isr_shrink_events").len(), 6);
        assert_eq!(page.family("kafka_broker_online").len(), 3);
    }
}

/// The guide's test 1, "Single Broker Failure".
#[test]
fn a_stopped_broker_is_kept_at_0_and_its_partitions_count_as_under_replicated() {
    let (mut world, exporter) = (World::new(Mode::ZooKeeper), every_second());
    pass(&mut world, &exporter, 3);
    world.links.insert(1, Link::Refuses);
    world.drop_brokers(&[1]);
    pass(&mut world, &exporter, 4);
    let degraded = page(&exporter);
    let online = "kafka_broker_online{broker_id=\"1\",host=\"kafka-1\",port=\"9092\"}";
    let under = "kafka_under_replicated_partitions{topic=\"__total__\"}";
    let shrinks = "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}";
    assert_eq!(degraded.value("kafka_cluster_brokers"), Some("2.0"));
    assert_eq!(degraded.value(online), Some("0.0"));
    assert_eq!(degraded.value(under), Some("6.0"));
    assert_eq!(
        degraded.value("kafka_offline_partitions{topic=\"orders\"}"),
        Some("0.0")
    );
    assert_eq!(degraded.value(shrinks), Some("1.0"));
    assert_eq!(
        degraded.value("kaftop_broker_state{broker_id=\"1\",state=\"down\"}"),
        Some("1.0")
    );
    assert_eq!(
        degraded.value("kaftop_broker_round_trip_seconds{broker_id=\"1\"}"),
        None
    );
    assert_eq!(degraded.value("kaftop_at_min_isr_partitions"), Some("6.0"));
    assert_eq!(
        degraded.value("kaftop_verdict_level{state=\"degraded\"}"),
        Some("1.0")
    );
    assert_eq!(
        degraded.value("kaftop_source_up{source=\"broker:1\"}"),
        Some("0.0")
    );
    assert_eq!(
        degraded.value("kaftop_source_failures_total{source=\"broker:1\"}"),
        Some("1.0")
    );
    assert_eq!(
        degraded.value("kaftop_source_error{source=\"broker:1\",kind=\"refused\"}"),
        Some("1.0")
    );
    // It is back: the gauges return, the counter stays.
    let whole = World::new(Mode::ZooKeeper).views;
    world.links.insert(1, Link::Answers);
    for (id, mut view) in whole {
        for (partition, old) in view.topics.iter_mut().flat_map(views).zip(0..) {
            partition.leader_epoch = Some(10 + old);
        }
        world.views.insert(id, view);
    }
    pass(&mut world, &exporter, 4);
    let whole = page(&exporter);
    assert_eq!(whole.value("kafka_cluster_brokers"), Some("3.0"));
    assert_eq!(whole.value(online), Some("1.0"));
    assert_eq!(whole.value(under), Some("0.0"));
    assert_eq!(whole.value(shrinks), Some("1.0"));
}

#[test]
fn offline_partitions_count_what_no_live_broker_leads() {
    let (mut world, exporter) = (World::new(Mode::Kraft), every_second());
    pass(&mut world, &exporter, 3);
    // Two of three voters die at once: the survivor's metadata never learns of it, and the page does.
    world.quorum = None;
    world.links.insert(2, Link::Refuses);
    world.links.insert(3, Link::Refuses);
    pass(&mut world, &exporter, 8);
    let page = page(&exporter);
    assert_eq!(
        page.value("kafka_offline_partitions{topic=\"orders\"}"),
        Some("4.0")
    );
    assert_eq!(
        page.value("kafka_offline_partitions{topic=\"__total__\"}"),
        Some("4.0")
    );
    assert_eq!(
        page.value("kafka_under_replicated_partitions{topic=\"orders\"}"),
        Some("6.0")
    );
    assert_eq!(
        page.value("kaftop_council_state{state=\"majority_lost\"}"),
        Some("1.0")
    );
    assert_eq!(page.value("kaftop_quorum_epoch"), None);
    assert_eq!(page.value("kafka_cluster_brokers"), Some("1.0"));
}

#[test]
fn before_anything_is_read_nothing_is_claimed() {
    let exporter = every_second();
    let nothing = page(&exporter);
    let known: Vec<&str> = nothing.types.keys().map(String::as_str).collect();
    assert_eq!(
        known,
        [
            "kaftop_build_info",
            "kaftop_exporter_bulletins_total",
            "kaftop_exporter_log_lines_lost_total",
            "kaftop_exporter_read",
        ]
    );
    assert_eq!(nothing.value("kaftop_exporter_read"), Some("0.0"));
    exporter.see(&fixture::never());
    let never = page(&exporter);
    let claimed: Vec<&String> = never
        .types
        .keys()
        .filter(|name| name.starts_with("kafka_"))
        .collect();
    assert!(claimed.is_empty(), "{claimed:?}");
    assert_eq!(
        never.value("kaftop_verdict_level{state=\"unknown\"}"),
        Some("1.0")
    );
}

#[test]
fn what_can_no_longer_be_read_is_absent_and_no_counter_is_taken_back() {
    let (mut world, exporter) = (World::new(Mode::Kraft), every_second());
    pass(&mut world, &exporter, 3);
    for id in 1..=3 {
        world.links.insert(id, Link::Hangs);
    }
    pass(&mut world, &exporter, 8);
    let blind = page(&exporter);
    for name in [
        "kafka_under_replicated_partitions",
        "kafka_offline_partitions",
        "kafka_cluster_topics",
        "kaftop_topic_partitions",
        "kaftop_partition_end_offset",
        "kaftop_broker_round_trip_seconds",
        "kaftop_controller_active",
        "kaftop_quorum_epoch",
    ] {
        assert_eq!(blind.family(name), [], "{name}");
    }
    // None of them answers, and that is known.
    assert_eq!(blind.value("kafka_cluster_brokers"), Some("0.0"));
    assert_eq!(blind.family("kafka_isr_shrink_events").len(), 6);
    assert_eq!(blind.value("kaftop_exporter_read"), Some("0.0"));
    assert_eq!(blind.family("kaftop_source_age_seconds").len(), 3);
}

#[test]
fn a_shrink_between_two_pages_is_counted_although_it_healed() {
    let (mut world, (exporter, _lines)) = (World::new(Mode::Kraft), logged(30));
    pass(&mut world, &exporter, 12);
    let short = |world: &mut World, isr: &[i32], epoch: i32| {
        for view in world.views.values_mut() {
            let first = view.topics.iter_mut().flat_map(views).next().unwrap();
            *first = partition(0, Some(1), epoch, &[1, 2, 3], isr);
        }
    };
    for turn in 0..2 {
        short(&mut world, &[1, 2], 2 * turn + 1);
        pass(&mut world, &exporter, 2);
        short(&mut world, &[1, 2, 3], 2 * turn + 2);
        pass(&mut world, &exporter, 2);
    }
    let series = "kafka_isr_shrink_events{topic=\"orders\",partition=\"0\"}";
    assert_eq!(page(&exporter).value(series), Some("0.0"), "the page is older");
    pass(&mut world, &exporter, 22);
    let next = page(&exporter);
    assert_eq!(next.value(series), Some("2.0"));
    assert_eq!(
        next.value("kaftop_topic_isr_shrinks_total{topic=\"orders\"}"),
        Some("2.0")
    );
    assert_eq!(
        next.value("kafka_under_replicated_partitions{topic=\"orders\"}"),
        Some("0.0")
    );
}

/// `KAFKA_HEALTH_CHECK_INTERVAL`: "exports these metrics every 30 seconds".
#[test]
fn the_interval_paces_pages_and_lines() {
    let (mut world, (exporter, lines)) = (World::new(Mode::Kraft), logged(30));
    let taken = "kaftop_exporter_taken_timestamp_seconds";
    pass(&mut world, &exporter, 60);
    assert_eq!(lines.until_now(&exporter), [] as [&str; 0]);
    let before = page(&exporter).value(taken).map(str::to_owned);
    world.links.insert(1, Link::Refuses);
    world.drop_brokers(&[1]);
    pass(&mut world, &exporter, 31);
    assert_ne!(page(&exporter).value(taken).map(str::to_owned), before);
    // The words of the guide, "Expected log".
    assert_eq!(
        lines.until_now(&exporter),
        [
            "WARNING - Kafka cluster degraded: only 2/3 brokers available",
            "WARNING - Kafka cluster has 6 under-replicated partitions",
        ]
    );
    pass(&mut world, &exporter, 60);
    assert_eq!(lines.until_now(&exporter).len(), 4);
    for (id, view) in World::new(Mode::Kraft).views {
        world.views.insert(id, view);
    }
    for view in world.views.values_mut() {
        for partition in view.topics.iter_mut().flat_map(views) {
            partition.leader_epoch = Some(9);
        }
    }
    world.links.insert(1, Link::Answers);
    pass(&mut world, &exporter, 90);
    assert_eq!(
        lines.until_now(&exporter),
        ["INFO - Kafka cluster healthy: 3/3 brokers available, all partitions replicated"]
    );
}

#[test]
fn a_cluster_that_cannot_be_read_is_logged_as_such() {
    let (mut world, (exporter, lines)) = (World::new(Mode::Kraft), logged(5));
    pass(&mut world, &exporter, 6);
    for id in 1..=3 {
        world.links.insert(id, Link::Hangs);
    }
    pass(&mut world, &exporter, 10);
    let said = lines.until_now(&exporter);
    assert!(
        said.contains(&"WARNING - Kafka cluster degraded: only 0/3 brokers available".to_owned()),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|line| line.starts_with("WARNING - Kafka cluster cannot be read: "))
    );
}

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
    let page = written(fixture::hostile(), &Selection::default());
    assert!(
        page.value("kafka_offline_partitions{topic=\"\\\\u{1b}[2J\\\\u{1b}[31mgone\\\\u{7}\"}")
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
    let served = super::page(&exporter);
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

//! The guide's six metrics, its pace and its lines.

use super::{every_second, logged, page, pass};
use crate::model::cluster::Mode;
use crate::store::testbed::{Link, World, partition, views};
use crate::ui::fixture;

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

//! Real Prometheus and Alertmanager on the exporter of a cluster whose broker is stopped: the shipped configuration, rules
//! and dashboard.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{Act, ClusterSpec, Node, TopicSpec};
use serde_json::Value;

use crate::kit::export::{Export, until};
use crate::kit::monitoring::{STARTS_WITHIN, Stack, asset};
use crate::simulated::Simulated;

/// The alerts that a stopped broker must bring, each with the `for` of its rule.
const EXPECTED: [(&str, Duration); 2] = [
    ("KafkaOfflinePartitions", Duration::from_secs(30)),
    ("KafkaBrokerOffline", Duration::from_secs(60)),
];
/// What scrapes, evaluations and a busy machine may add.
const SLACK: Duration = Duration::from_secs(30);

#[test]
fn the_dashboard_begins_with_the_guides_panels() {
    let dashboard: Value = serde_json::from_str(&asset("grafana/kaftop.json")).unwrap();
    assert_eq!(dashboard["title"], "Kafka HA Cluster");
    for (place, (title, metric)) in [
        ("Broker Availability", "kafka_cluster_brokers{"),
        ("Under-Replicated Partitions", "topic=\"__total__\""),
        ("ISR Shrink Events (Rate)", "rate(kafka_isr_shrink_events{"),
    ]
    .iter()
    .enumerate()
    {
        let panel = &dashboard["panels"][place];
        assert_eq!(panel["title"], *title);
        let query = panel["targets"][0]["expr"].as_str().unwrap();
        assert!(query.contains(metric), "{query}");
    }
}

/// The whole chain, in the real time of the rules: it takes about two minutes.
#[test]
fn a_stopped_broker_fires_and_clears_in_prometheus_and_alertmanager() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("prometheus");
    // Of a run before, where there was one.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut spec = ClusterSpec::guide(Mode::Kraft);
    spec.topics.push(TopicSpec::named("single", 1).assigned(&[&[1]]));
    let cluster = Simulated::start(&spec);
    cluster.seconds(60);
    let export = Export::start(cluster.kaftop().target(), &["--interval", "1s"], &[]);
    until("the cluster is read", STARTS_WITHIN, || {
        export.tells("kafka_cluster_brokers 3.0")
    });
    let stack = Stack::start(&export.address, &folder);

    // Consumers commit, and records come in.
    stack.answers_the_dashboard(|| cluster.seconds(1));
    let healthy = stack.firing();
    assert!(healthy.is_empty(), "{healthy:?}\n{}", export.page());

    cluster.act(&Act::Kill(Node::Broker(1)));
    cluster.seconds(30);
    let stopped = Instant::now();
    for (name, hold) in EXPECTED {
        until(&format!("{name} fires"), hold + SLACK, || {
            // Lags and ages go on.
            cluster.seconds(1);
            stack.firing().contains(&name.to_owned())
        });
        let after = stopped.elapsed();
        println!("{name} fires after {after:.1?}");
        assert!(after >= hold, "{name} fired after {after:?}, before its time");
        until(&format!("{name} reaches Alertmanager"), SLACK, || {
            stack.told().contains(&name.to_owned())
        });
    }
    cluster.act(&Act::Start(Node::Broker(1)));
    cluster.seconds(60);
    let started = Instant::now();
    let here = |names: &[String]| {
        EXPECTED
            .iter()
            .any(|(name, _)| names.contains(&(*name).to_owned()))
    };
    until("both clear", SLACK, || !here(&stack.firing()));
    println!("both are clear after {:.1?}", started.elapsed());
    until("Alertmanager hears of it", SLACK, || !here(&stack.told()));
    assert!(
        !stack.prometheus.said().contains("level=error"),
        "{}",
        stack.prometheus.said()
    );
}

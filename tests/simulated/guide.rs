//! The HA guide's configuration tables, line by line, against the compose files and the simulated cluster.

use std::fs;
use std::path::Path;

use kaftop::model::cluster::Mode;
use kaftop::sim::world::ClusterSpec;

const COMPOSE: [&str; 2] = ["docker-compose.kafka-cluster.yml", "docker-compose.kraft.yml"];

fn compose(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/cluster")
        .join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// "Broker Configuration".
#[test]
fn the_brokers_have_the_guides_settings() {
    for file in COMPOSE {
        let text = compose(file);
        for (setting, variable, value) in [
            (
                "default.replication.factor",
                "KAFKA_DEFAULT_REPLICATION_FACTOR",
                "3",
            ),
            ("min.insync.replicas", "KAFKA_MIN_INSYNC_REPLICAS", "2"),
            (
                "unclean.leader.election.enable",
                "KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE",
                "false",
            ),
            ("log.retention.hours", "KAFKA_LOG_RETENTION_HOURS", "168"),
            ("log.segment.bytes", "KAFKA_LOG_SEGMENT_BYTES", "1073741824"),
            ("compression.type", "KAFKA_COMPRESSION_TYPE", "producer"),
        ] {
            let line = format!("  {variable}: \"{value}\"");
            assert!(
                text.lines().any(|there| there == line),
                "{file}: {setting}: {line}"
            );
        }
    }
}

/// "Topic Configuration".
#[test]
fn the_topics_are_the_guides() {
    let table = [
        ("messages", 100),
        ("file_merge_requests", 50),
        ("message_status_updates", 50),
        ("dlq", 3),
    ];
    for file in COMPOSE {
        let text = compose(file);
        for (topic, partitions) in table {
            assert!(text.contains(&format!("{topic}:{partitions}")), "{file}: {topic}");
        }
        let made = "--replication-factor 3 --config min.insync.replicas=2";
        assert!(text.contains(made), "{file}");
    }
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let spec = ClusterSpec::guide(mode);
        for (name, partitions) in table {
            let topic = spec.topics.iter().find(|topic| topic.name == name);
            let topic = topic.unwrap_or_else(|| panic!("{mode:?} has no topic {name}"));
            assert_eq!(topic.partitions, partitions, "{name}");
            assert_eq!((topic.replication, topic.min_isr), (3, 2), "{name}");
        }
    }
}

/// "Environment Variables", as the compose files pass them on to the service of the guide's name and port.
#[test]
fn the_monitor_is_a_service_with_the_guides_variables() {
    for file in COMPOSE {
        let text = compose(file);
        let service = text.split("\n  kafka-health-monitor:\n").nth(1).unwrap();
        let service = service.split("\n\n").next().unwrap();
        for line in [
            "KAFKA_BOOTSTRAP_SERVERS: \"kafka-1:29092,kafka-2:29092,kafka-3:29092\"",
            "KAFKA_HEALTH_CHECK_INTERVAL: \"${KAFKA_HEALTH_CHECK_INTERVAL:-30}\"",
            "ENABLE_KAFKA_HEALTH_MONITORING: \"${ENABLE_KAFKA_HEALTH_MONITORING:-true}\"",
            "METRICS_PORT: \"9090\"",
            "container_name: ${NAME_PREFIX:-}kafka-health-monitor",
            "ports: [\"${HOST_ADDRESS:-127.0.0.1}:${METRICS_PORT:-9090}:9090\"]",
        ] {
            assert!(
                service.lines().any(|there| there.trim() == line),
                "{file}: {line}"
            );
        }
    }
}

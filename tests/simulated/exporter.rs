//! `kaftop export` as a process: the guide's failover test against the simulated cluster, promtool on its page, its ways to
//! end.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{Act, Node};

use crate::kit::export::Export;
use crate::kit::http::get;
use crate::kit::kaftop::{Kaftop, run};
use crate::simulated::Simulated;

/// What promtool has to say of a page.
fn promtool(page: &str) -> Vec<String> {
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("there is no promtool ({error}): install Debian's package prometheus, as tests/all does")
        });
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&both).into_owned();
    text.lines().map(str::to_owned).collect()
}

/// The guide's "Test 1: Single Broker Failure", its metrics and its log, in both modes.
#[test]
fn the_guides_single_broker_failure_goes_as_it_says() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let cluster = Simulated::guide(mode);
        cluster.seconds(10);
        let export = Export::start(
            cluster.kaftop().target(),
            &[],
            &[("KAFKA_HEALTH_CHECK_INTERVAL", "1")],
        );
        let total = |metric: &str, value: &str| format!("{metric}{{topic=\"__total__\"}} {value}");
        cluster.until("three brokers are online", || {
            export.tells("kafka_cluster_brokers 3.0")
                && export.tells(&total("kafka_under_replicated_partitions", "0.0"))
        });
        // Its expected metrics.
        let page = export.page();
        for line in [
            "kafka_offline_partitions{topic=\"messages\"} 0.0",
            "kafka_isr_shrink_events{topic=\"messages\",partition=\"99\"} 0.0",
            "kafka_cluster_topics 5.0",
        ] {
            assert!(page.lines().any(|there| there == line), "{line}\n{page}");
        }
        assert!(
            page.contains("kafka_broker_online{broker_id=\"1\",host=\""),
            "{page}"
        );
        // The one complaint: the guide's name.
        assert_eq!(
            promtool(&page),
            ["kafka_isr_shrink_events counter metrics should have \"_total\" suffix"]
        );
        cluster.act(&Act::Kill(Node::Broker(1)));
        cluster.seconds(30);
        cluster.until("kafka_cluster_brokers drops to 2.0", || {
            export.tells("kafka_cluster_brokers 2.0")
                && !export.tells(&total("kafka_under_replicated_partitions", "0.0"))
        });
        let online = |page: &str, value: &str| {
            page.lines()
                .any(|line| line.starts_with("kafka_broker_online{broker_id=\"1\",") && line.ends_with(value))
        };
        cluster.until("broker 1 is kept at 0, and its partitions are counted", || {
            let page = export.page();
            online(&page, "} 0.0")
                && page.contains("kafka_isr_shrink_events{topic=\"messages\",partition=\"99\"} 1.0\n")
                && page.contains(&total("kafka_offline_partitions", "0.0"))
        });
        cluster.until("both warnings are logged", || {
            let said = export.said();
            let has = |wanted: &dyn Fn(&str) -> bool| said.iter().any(|line| wanted(line));
            has(&|line| line == "WARNING - Kafka cluster degraded: only 2/3 brokers available")
                && has(&|line| {
                    let rest = line.strip_prefix("WARNING - Kafka cluster has ");
                    let number = rest.and_then(|rest| rest.strip_suffix(" under-replicated partitions"));
                    number.is_some_and(|number| number.parse::<u32>().is_ok_and(|number| number > 0))
                })
        });
        let degraded = promtool(&export.page());
        assert_eq!(degraded.len(), 1, "{degraded:?}");
        cluster.act(&Act::Start(Node::Broker(1)));
        cluster.seconds(60);
        cluster.until("it is whole again", || {
            let page = export.page();
            page.contains("kafka_cluster_brokers 3.0\n")
                && page.contains(&total("kafka_under_replicated_partitions", "0.0"))
                && online(&page, "} 1.0")
                && page.contains("kafka_isr_shrink_events{topic=\"messages\",partition=\"99\"} 1.0\n")
        });
    }
}

#[test]
fn a_scrape_waits_for_no_broker() {
    let cluster = Simulated::guide(Mode::Kraft);
    cluster.seconds(10);
    let export = Export::start(cluster.kaftop().target(), &["--interval", "1s"], &[]);
    cluster.until("it is read", || export.tells("kafka_cluster_brokers 3.0"));
    for id in 1..=3 {
        cluster.act(&Act::Pause(Node::Broker(id)));
    }
    // While every broker hangs, and after that was noticed.
    let mut longest = Duration::ZERO;
    cluster.until("all of them are noticed to hang", || {
        let asked = Instant::now();
        let page = export.page();
        longest = longest.max(asked.elapsed());
        page.contains("kafka_cluster_brokers 0.0\n")
    });
    println!("the longest scrape took {longest:.1?}");
    // The aim is 100 ms; a machine on which all tests run at once may take longer, and still waits for no deadline of a read.
    assert!(longest < Duration::from_millis(500), "{longest:?}");
    let page = export.page();
    assert!(!page.contains("kafka_offline_partitions"), "{page}");
    assert_eq!(get(&export.address, "/readyz").unwrap().0, 503);
    assert_eq!(get(&export.address, "/healthz").unwrap().0, 200);
}

#[test]
fn it_leaves_with_0_at_signals_and_when_it_is_disabled() {
    let nowhere = Kaftop::at("127.0.0.1:1");
    for signal in ["-TERM", "-INT", "-HUP"] {
        let mut export = Export::start(nowhere.target(), &[], &[]);
        assert_eq!(export.end(signal), Some(0), "{signal}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_kaftop"))
        .arg("export")
        .env("ENABLE_KAFKA_HEALTH_MONITORING", "false")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("ENABLE_KAFKA_HEALTH_MONITORING turns monitoring off"),
        "{said}"
    );
}

#[test]
fn without_a_cluster_the_guides_is_watched() {
    let export = Export::start(&[], &[], &[]);
    let said = export.said().join("\n");
    assert!(said.contains("kafka-1:9092,kafka-2:9093,kafka-3:9094"), "{said}");
}

#[test]
fn a_port_that_is_taken_ends_it_with_1_and_a_wrong_setting_with_64() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let ran = run(&["export", "-b", "127.0.0.1:1", "--metrics-port", &at]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("another program listens there"), "{ran:?}");
    let ran = run(&["export", "-b", "127.0.0.1:1", "--topics", "("]);
    assert_eq!(ran.code, Some(64), "{ran:?}");
    assert!(ran.stderr.contains("flag --topics: not a pattern"), "{ran:?}");
}

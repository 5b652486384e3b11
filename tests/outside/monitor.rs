//! The monitor of a real cluster beside real Prometheus and Alertmanager: a broker with 200 partitions is stopped, then the
//! network to the cluster falls silent, then all is well again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kit::export::{Export, until};
use crate::kit::monitoring::{STARTS_WITHIN, Stack};
use crate::kit::relay::Relays;
use crate::kit::rig::{Cluster, Layout, kafka};
use crate::kit::scripts::Scripts;
use crate::kit::writer::{self, Reader};

/// How much later than kaftop's own engine Prometheus may be, or earlier: each looks once a second, a scrape and an
/// evaluation after the other, and the machine is busy.
const APART: Duration = Duration::from_secs(5);
/// What a stopped broker takes until both see it.
const SLACK: Duration = Duration::from_secs(30);

/// What kaftop told, in order: `firing KafkaBrokerOffline broker:1`.
fn notices(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let documents = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let told = documents.flat_map(|document| {
        let notices = document["notices"].as_array().cloned().unwrap_or_default();
        notices.into_iter().map(|notice| {
            let text = |name: &str| notice[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("state"), text("key"))
        })
    });
    told.collect()
}

/// Everything that watches the cluster.
struct Watch {
    relays: Relays,
    export: Export,
    stack: Stack,
    told: PathBuf,
}

impl Watch {
    fn start(cluster: &Cluster) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("monitor");
        // Of a run before, where there was one.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let relays = Relays::to(&cluster.bootstrap());
        let told = folder.join("told.jsonl");
        let addresses: Vec<String> = (1..)
            .zip(&relays.addresses)
            .map(|(id, address)| format!("\"{id}\" = \"{address}\""))
            .collect();
        let config = folder.join("config.toml");
        let alertmanager = crate::kit::http::free_port();
        let text = format!(
            "[notify]\ndesktop = \"never\"\nterminal = {{ use = \"never\", bell = false }}\n\
             [notify.commands.keep]\nshell = true\nrun = \"cat >> {}; echo >> {}\"\n\
             [notify.webhooks.am]\nurl = \"http://127.0.0.1:{alertmanager}\"\nformat = \"alertmanager\"\n\
             [clusters.real]\nbootstrap = {:?}\naddresses = {{ {} }}\ndocker = \"off\"\n",
            told.display(),
            told.display(),
            relays.addresses,
            addresses.join(", "),
        );
        fs::write(&config, text).unwrap();
        let target = ["--config", config.to_str().unwrap(), "--cluster", "real"].map(str::to_owned);
        let state = folder.join("state");
        let variables = [("XDG_STATE_HOME", state.to_str().unwrap())];
        let export = Export::start(&target, &["--interval", "1s"], &variables);
        until("the cluster is read", STARTS_WITHIN, || {
            export.tells("kafka_cluster_brokers 3.0")
        });
        let stack = Stack::start_with(&export.address, &folder, alertmanager);
        Self {
            relays,
            export,
            stack,
            told,
        }
    }

    /// Whether alerts of a rule fire in kaftop's own engine.
    fn fires(&self, rule: &str) -> bool {
        let series = format!("kaftop_rule_alerts_firing{{rule=\"{rule}\",");
        self.export.page().lines().any(|line| line.starts_with(&series))
    }

    fn fires_in_prometheus(&self, rule: &str) -> bool {
        self.stack.firing().iter().any(|name| name == rule)
    }

    /// When both say so, counted from `since`; first kaftop, then Prometheus.
    fn both(
        &self,
        what: &str,
        since: Instant,
        within: Duration,
        own: impl Fn(&Self) -> bool,
        prometheus: impl Fn(&Self) -> bool,
    ) -> (Duration, Duration) {
        let (mut first, mut second) = (None, None);
        let (first, second) = loop {
            if first.is_none() && own(self) {
                first = Some(since.elapsed());
            }
            if second.is_none() && prometheus(self) {
                second = Some(since.elapsed());
            }
            if let (Some(first), Some(second)) = (first, second) {
                break (first, second);
            }
            if since.elapsed() > within {
                let page = self.export.page();
                let own: Vec<&str> = page
                    .lines()
                    .filter(|line| line.starts_with("kaftop_rule_"))
                    .collect();
                let theirs = self.stack.firing();
                panic!(
                    "{what}: not so within {within:?}: kaftop {first:?}, Prometheus {second:?}; {own:#?} {theirs:?}\n{:#?}",
                    notices(&self.told)
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        println!("{what}: kaftop after {first:.1?}, Prometheus after {second:.1?}");
        (first, second)
    }
}

#[test]
fn prometheus_and_kaftop_agree_on_a_stopped_broker_and_a_blind_kaftop_ends_nothing() {
    let cluster = Cluster::start(Layout::Kraft, "4.1.2", Some("orders:200"));
    let scripts = Scripts::through(&cluster, 2);
    // Broker 1 alone: without it, it is offline.
    scripts.topics_command(&["--create", "--topic", "single", "--replica-assignment", "1"]);
    let orders: Vec<_> = (0..200).map(|number| ("orders".to_owned(), number)).collect();
    writer::write(&cluster.bootstrap(), &orders, writer::ANSWERED);
    let commits: Vec<_> = orders.iter().map(|partition| (partition.clone(), 1)).collect();
    writer::commit(&cluster.bootstrap(), "billing", &commits);
    let _reader = Reader::join(&cluster.bootstrap(), "audit", "orders");
    let watch = Watch::start(&cluster);
    watch.stack.answers_the_dashboard(|| {
        writer::write(&cluster.bootstrap(), &orders[..3], writer::ANSWERED);
    });
    assert_eq!(watch.stack.firing(), [""; 0]);
    assert_eq!(notices(&watch.told), [""; 0]);

    let stopped = Instant::now();
    cluster.docker("stop", &[kafka(1)]);
    let hold = Duration::from_secs(30);
    let (own, theirs) = watch.both(
        "offline partitions fire",
        stopped,
        hold + SLACK,
        |watch| watch.fires("KafkaOfflinePartitions"),
        |watch| watch.fires_in_prometheus("KafkaOfflinePartitions"),
    );
    assert!(own >= hold && theirs >= hold, "before their time");
    assert!(own.abs_diff(theirs) <= APART);
    // kaftop tells of the broker as soon as what it causes is as grave; Prometheus waits for the minute of the rule.
    let (own, theirs) = watch.both(
        "the broker's alert fires",
        stopped,
        2 * hold + SLACK,
        |watch| watch.fires("KafkaBrokerOffline"),
        |watch| watch.fires_in_prometheus("KafkaBrokerOffline"),
    );
    assert!(own <= theirs + APART && theirs >= 2 * hold);
    let one = ["firing KafkaBrokerOffline broker:1"];
    assert_eq!(notices(&watch.told), one, "200 partitions are one notification");
    until("Alertmanager has it from both", SLACK, || {
        let alerts = watch.stack.alertmanager.json("/api/v2/alerts");
        let of = |own: bool| {
            let alerts = alerts.as_array().unwrap().iter();
            let mut named = alerts.filter(|alert| alert["labels"]["alertname"] == "KafkaBrokerOffline");
            named.any(|alert| alert["labels"]["key"].is_string() == own)
        };
        of(true) && of(false)
    });

    // The broker comes back while nothing can be seen of it.
    watch.relays.cut();
    cluster.docker("start", &[kafka(1)]);
    until("kaftop says that it is blind", hold + SLACK, || {
        notices(&watch.told).contains(&"firing KaftopBlind cluster".to_owned())
    });
    assert_eq!(
        notices(&watch.told),
        [one[0], "firing KaftopBlind cluster"],
        "nothing is said to be over"
    );
    assert!(watch.fires("KafkaBrokerOffline") && watch.fires_in_prometheus("KafkaBrokerOffline"));

    let seen = Instant::now();
    watch.relays.heal();
    let (own, theirs) = watch.both(
        "all is clear",
        seen,
        2 * SLACK,
        |watch| {
            let page = watch.export.page();
            page.contains("kaftop_exporter_read 1.0\n") && !page.contains("kaftop_rule_alerts_firing{")
        },
        |watch| watch.stack.firing().is_empty(),
    );
    // What hung is over once that was seen for the 15 s of its rule. For Prometheus they passed unseen: it takes what is
    // absent for over.
    let cleared = Duration::from_secs(15);
    assert!(own >= cleared && own.abs_diff(theirs) <= cleared + APART);
    let mut told = notices(&watch.told);
    until("the ends are told", SLACK, || {
        told = notices(&watch.told);
        told.len() >= 4
    });
    told.sort();
    assert_eq!(
        told,
        [
            "firing KafkaBrokerOffline broker:1",
            "firing KaftopBlind cluster",
            "resolved KafkaBrokerOffline broker:1",
            "resolved KaftopBlind cluster",
        ]
    );
    until("Alertmanager holds none any more", SLACK, || {
        watch.stack.told().is_empty()
    });
}

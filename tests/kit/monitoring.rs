//! Real Prometheus and Alertmanager with the shipped configuration, rules and dashboard.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::{encoded, free_port, get};
use super::kaftop::run;

/// How long a program may take to start on a busy machine.
pub const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A program on a port of its own, killed on drop.
pub struct Program {
    child: Child,
    pub address: String,
    log: PathBuf,
}

impl Program {
    pub fn start(program: &str, port: u16, arguments: &[String], folder: &PathBuf) -> Self {
        let log = folder.join(format!("{program}.log"));
        let output = File::create(&log).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "there is no {program} ({error}): install Debian's package {program}, as tests/all does"
                )
            });
        let started = Self {
            child,
            address: format!("127.0.0.1:{port}"),
            log,
        };
        let deadline = Instant::now() + STARTS_WITHIN;
        while !matches!(get(&started.address, "/-/ready"), Ok((200, _))) {
            assert!(
                Instant::now() < deadline,
                "{program} does not start: {}",
                started.said()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        started
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn json(&self, path: &str) -> Value {
        let (status, body) = get(&self.address, path).unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An asset as it is shipped.
pub fn asset(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("assets")
        .join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The asset with some texts in the place of others, each of which must be there.
fn changed(path: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(asset(path), |text, (from, to)| {
        assert!(text.contains(from), "{path} has no {from}");
        text.replace(from, to)
    })
}

/// Prometheus and Alertmanager as they are shipped, on other ports and at a quicker pace. No rule is changed, only how often it
/// is looked at.
pub struct Stack {
    pub prometheus: Program,
    pub alertmanager: Program,
}

impl Stack {
    pub fn start(exporter: &str, folder: &PathBuf) -> Self {
        Self::start_with(exporter, folder, free_port())
    }

    /// The same with Alertmanager on this port.
    pub fn start_with(exporter: &str, folder: &PathBuf, alerts: u16) -> Self {
        let port = free_port();
        let rules = run(&["rules", "--prometheus"]);
        assert_eq!(rules.code, Some(0), "{rules:?}");
        let quick = rules.stdout.replace("    interval: 30s\n", "    interval: 1s\n");
        assert_ne!(quick, rules.stdout);
        fs::write(folder.join("kaftop_rules.yml"), quick).unwrap();
        let alertmanager = format!("localhost:{alerts}");
        let prometheus = changed(
            "prometheus/prometheus.yml",
            &[
                ("localhost:9090", exporter),
                ("localhost:9093", &alertmanager),
                ("scrape_interval: 15s", "scrape_interval: 1s"),
                ("scrape_timeout: 10s", "scrape_timeout: 1s"),
            ],
        );
        fs::write(folder.join("prometheus.yml"), prometheus).unwrap();
        let checked = Command::new("promtool")
            .args(["check", "config", "prometheus.yml"])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(checked.status.success(), "{checked:?}");
        let quick = changed(
            "prometheus/alertmanager.yml",
            &[
                ("group_wait: 15s", "group_wait: 1s"),
                ("group_interval: 1m", "group_interval: 1s"),
            ],
        );
        fs::write(folder.join("alertmanager.yml"), quick).unwrap();
        let alertmanager = Program::start(
            "prometheus-alertmanager",
            alerts,
            &[
                "--config.file=alertmanager.yml".to_owned(),
                "--storage.path=alerts".to_owned(),
                "--cluster.listen-address=".to_owned(),
                format!("--web.listen-address=127.0.0.1:{alerts}"),
            ],
            folder,
        );
        let prometheus = Program::start(
            "prometheus",
            port,
            &[
                "--config.file=prometheus.yml".to_owned(),
                "--storage.tsdb.path=series".to_owned(),
                format!("--web.listen-address=127.0.0.1:{port}"),
            ],
            folder,
        );
        Self {
            prometheus,
            alertmanager,
        }
    }

    /// What a query gives.
    pub fn query(&self, query: &str) -> Vec<Value> {
        let answer = self
            .prometheus
            .json(&format!("/api/v1/query?query={}", encoded(query)));
        let result = answer["data"]["result"].as_array().cloned();
        result.unwrap_or_else(|| panic!("{query}: {answer}"))
    }

    /// The names of the alerts that fire in Prometheus.
    pub fn firing(&self) -> Vec<String> {
        let answer = self.prometheus.json("/api/v1/alerts");
        let alerts = answer["data"]["alerts"].as_array().cloned().unwrap_or_default();
        names(alerts.iter().filter(|alert| alert["state"] == "firing"))
    }

    /// Waits until every query of the dashboard gives data; `meanwhile` lets something happen that it tells of.
    pub fn answers_the_dashboard(&self, mut meanwhile: impl FnMut()) {
        let deadline = Instant::now() + STARTS_WITHIN;
        loop {
            let queries = dashboard_queries().into_iter();
            let empty: Vec<String> = queries.filter(|query| self.query(query).is_empty()).collect();
            if empty.is_empty() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "queries of the dashboard without data: {empty:#?}"
            );
            meanwhile();
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// The names of the alerts that Alertmanager holds.
    pub fn told(&self) -> Vec<String> {
        let answer = self.alertmanager.json("/api/v2/alerts");
        names(answer.as_array().cloned().unwrap_or_default().iter())
    }
}

fn names<'a>(alerts: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let name = |alert: &Value| alert["labels"]["alertname"].as_str().map(str::to_owned);
    alerts.filter_map(name).collect()
}

/// Every query of the dashboard, with its variables at "All".
fn dashboard_queries() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&asset("grafana/kaftop.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let of_panels = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
        .map(|target| target["expr"].as_str().unwrap().to_owned());
    let of_variables = dashboard["templating"]["list"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|variable| variable["query"]["query"].as_str())
        .map(|query| {
            let inner = query.strip_prefix("label_values(").unwrap();
            inner.rsplit_once(", ").unwrap().0.to_owned()
        });
    let all: Vec<String> = of_panels
        .chain(of_variables)
        .map(|query| {
            ["$cluster", "$topic", "$group"]
                .iter()
                .fold(query, |query, name| query.replace(name, ".*"))
        })
        .collect();
    assert!(all.len() > 40, "{}", all.len());
    all
}

//! The rules for Prometheus, checked by promtool: they are sound, and each fires at its time and is quiet otherwise.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kaftop::alert::{Rules, rule_file};

use super::cases::CASES;

/// What stands in no case: the texts of the guide's five, which are compared word for word.
const GUIDE: &str = r#"
  - interval: 30s
    input_series:
      - {series: 'kafka_broker_online{broker_id="1",host="kafka-1",port="29092"}', values: '0x20'}
      - {series: 'kafka_cluster_brokers', values: '2x20'}
    alert_rule_test:
      - eval_time: 3m
        alertname: KafkaBrokerOffline
        exp_alerts:
          - exp_labels: {severity: critical, broker_id: "1", host: kafka-1, port: "29092"}
            exp_annotations:
              summary: "Kafka broker 1 is offline"
              description: "Broker 1 (kafka-1:29092) has been offline for >1 minute"
      - eval_time: 3m
        alertname: KafkaClusterDegraded
        exp_alerts:
          - exp_labels: {severity: warning}
            exp_annotations:
              summary: "Kafka cluster is degraded (2/3 brokers online)"
              description: "Kafka cluster has been running with fewer than 3 brokers for >2 minutes. Data replication may be affected."
"#;

/// How long a rule's condition must hold, in seconds, as its file says it.
fn hold(rules: &Rules, rule: &str) -> u64 {
    rules.find(&rule.into()).unwrap().times.hold.0 / 1_000
}

/// One test of promtool: at each of these seconds so many alerts of the rule fire.
fn test(text: &mut String, rule: &str, series: &[(&str, &str)], checks: &[(u64, u64)]) {
    text.push_str("  - interval: 30s\n    input_series:\n");
    for (series, values) in series {
        let _ = writeln!(text, "      - {{series: '{series}', values: '{values}'}}");
    }
    text.push_str("    promql_expr_test:\n");
    for (second, count) in checks {
        let expr = format!("count(ALERTS{{alertname=\"{rule}\",alertstate=\"firing\"}}) or vector(0)");
        let _ = writeln!(
            text,
            "      - expr: '{expr}'\n        eval_time: {second}s\n        exp_samples:\n          - {{labels: '{{}}', value: {count}}}"
        );
    }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn promtool(folder: &Path, arguments: &[&str]) -> String {
    let ran = Command::new("promtool")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "promtool cannot be started: {error}; install Debian's package prometheus, as tests/all does"
            )
        });
    let text = [ran.stdout, ran.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(ran.status.success(), "promtool {arguments:?}: {text}");
    text
}

#[test]
fn promtool_takes_the_rules_and_each_fires_at_its_time_and_is_quiet_otherwise() {
    let rules = Rules::built_in();
    let (file, left_out) = rule_file(&rules);
    assert_eq!(left_out, []);
    let folder = Folder(std::env::temp_dir().join(format!("kaftop-promtool-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    fs::write(folder.0.join("rules.yml"), file).unwrap();
    let said = promtool(&folder.0, &["check", "rules", "rules.yml"]);
    assert!(
        said.contains(&format!("{} rules found", rules.used.len())),
        "{said}"
    );

    let mut tests = "rule_files: [rules.yml]\nevaluation_interval: 30s\ntests:".to_owned();
    tests.push_str(GUIDE);
    for case in CASES {
        let hold = hold(&rules, case.rule);
        let early = hold.saturating_sub(30) / 30 * 30;
        let late = (hold + case.settle).div_ceil(30) * 30;
        test(&mut tests, case.rule, case.fires, &[(early, 0), (late, 1)]);
        let checks: Vec<(u64, u64)> = (0..=late / 30).map(|place| (place * 30, 0)).collect();
        test(&mut tests, case.rule, case.quiet, &checks);
    }
    fs::write(folder.0.join("tests.yml"), tests).unwrap();
    let said = promtool(&folder.0, &["test", "rules", "tests.yml"]);
    assert!(said.contains("SUCCESS"), "{said}");
    let tested: BTreeSet<&str> = CASES.iter().map(|case| case.rule).collect();
    let all: BTreeSet<&str> = rules.used.iter().map(|rule| rule.name.raw()).collect();
    assert_eq!(tested, all, "every rule has a case");
}
/// The names of metrics in a text: words that begin as all of ours do.
fn metrics(text: &str) -> BTreeSet<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c: char| !part(c))
        .filter(|word| word.starts_with("kafka_") || word.starts_with("kaftop_"))
        .map(str::to_owned)
        .collect()
}

/// Every metric that a rule names is one that the exporter publishes: its source writes each name as a text of its own.
#[test]
fn every_metric_of_a_rule_is_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sink/exporter");
    let mut source = String::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            source.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let mut count = 0;
    for rule in Rules::built_in().used {
        let expr = rule.prometheus.clone().unwrap().expr;
        for metric in metrics(&expr) {
            count += 1;
            assert!(
                source.contains(&format!("\"{metric}\"")),
                "{}: {metric}",
                rule.name
            );
        }
    }
    assert!(count > 30, "{count}");
}

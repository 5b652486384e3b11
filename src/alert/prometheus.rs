//! The rules as a Prometheus rule file: one source for both.

use std::fmt::Write as _;

use super::rule::Rule;
use super::rules::Rules;
use super::template::Template;

/// The head of the file.
const HEAD: &str = "\
# Alert rules for the metrics of `kaftop export`, printed by `kaftop rules --prometheus`.
# The first five are those of the HA guide, with its expressions. Unknown is absent there, never 0: a rule about what is
# not known does not fire; KaftopBlind tells that nothing is known.
groups:
  - name: kafka_ha_alerts
    interval: 30s
    rules:
";

/// What a rule of ours is not for Prometheus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotThere {
    /// The rule.
    pub rule: String,
    /// Why.
    pub why: String,
}

/// The text of the file, and which rules are not in it.
pub fn rule_file(rules: &Rules) -> (String, Vec<NotThere>) {
    let mut text = HEAD.to_owned();
    let mut left_out = Vec::new();
    for rule in &rules.used {
        match one(rule) {
            Ok(own) => text.push_str(&own),
            Err(why) => left_out.push(NotThere {
                rule: rule.name.to_string(),
                why,
            }),
        }
    }
    (text, left_out)
}

fn one(rule: &Rule) -> Result<String, String> {
    let Some(prometheus) = &rule.prometheus else {
        return Err("it has no table [rule.prometheus] with an expr".to_owned());
    };
    let written = |own: &Option<String>, template: &Template, key: &str| match own {
        Some(text) => Ok(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        None => template.prometheus().map_err(|value| {
            format!("its {key} names {value}, which is no label there; give it prometheus.{key}")
        }),
    };
    let summary = written(&prometheus.summary, &rule.templates.summary, "summary")?;
    let description = written(
        &prometheus.description,
        &rule.templates.description,
        "description",
    )?;
    let mut text = String::new();
    for line in prometheus.remark.iter().flat_map(|remark| wrapped(remark)) {
        let _ = writeln!(text, "      # {line}");
    }
    let _ = writeln!(text, "      - alert: {}", rule.name);
    let expr = prometheus.expr.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(text, "        expr: {}", scalar(&expr));
    let _ = writeln!(text, "        for: {}", rule.times.hold);
    if rule.times.clear.0 > 0 {
        let _ = writeln!(text, "        keep_firing_for: {}", rule.times.clear);
    }
    let _ = writeln!(
        text,
        "        labels:\n          severity: {}",
        rule.severity.word()
    );
    for (name, value) in &rule.about.labels {
        let _ = writeln!(text, "          {name}: {}", quoted(value));
    }
    text.push_str("        annotations:\n");
    let _ = writeln!(text, "          summary: {}", quoted(&summary));
    if !description.is_empty() {
        let _ = writeln!(text, "          description: {}", quoted(&description));
    }
    Ok(text)
}

/// The remark in lines that a page can hold.
fn wrapped(remark: &str) -> Vec<String> {
    const WIDTH: usize = 110;
    let mut lines: Vec<String> = Vec::new();
    for word in remark.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text of YAML as it is, where that means what it says, as in the guide; in quotes otherwise.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':');
    if plain { text.to_owned() } else { quoted(text) }
}

/// A text of YAML in double quotes, whose escapes are those of JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_five_come_out_as_the_guide_has_them() {
        let (text, left_out) = rule_file(&Rules::built_in());
        assert_eq!(left_out, []);
        let guide = [
            ("KafkaBrokerOffline", "kafka_broker_online == 0", "1m", "critical"),
            (
                "KafkaClusterDegraded",
                "kafka_cluster_brokers < 3",
                "2m",
                "warning",
            ),
            (
                "KafkaUnderReplicatedPartitions",
                "kafka_under_replicated_partitions{topic!=\"__total__\"} > 0",
                "5m",
                "warning",
            ),
            (
                "KafkaOfflinePartitions",
                "kafka_offline_partitions{topic!=\"__total__\"} > 0",
                "30s",
                "critical",
            ),
            (
                "KafkaISRShrinkRateHigh",
                "rate(kafka_isr_shrink_events[5m]) > 0.1",
                "5m",
                "warning",
            ),
        ];
        let mut at = 0;
        for (name, expr, hold, severity) in guide {
            let rule = format!(
                "      - alert: {name}\n        expr: {expr}\n        for: {hold}\n        labels:\n          severity: {severity}\n"
            );
            let place = text.find(&rule);
            assert!(place.is_some_and(|place| place > at), "{rule}\nin\n{text}");
            at = place.unwrap_or(0);
        }
        for annotation in [
            "summary: \"Kafka broker {{ $labels.broker_id }} is offline\"",
            "description: \"Broker {{ $labels.broker_id }} ({{ $labels.host }}:{{ $labels.port }}) has been offline for >1 minute\"",
            "summary: \"Kafka cluster is degraded ({{ $value }}/3 brokers online)\"",
            "description: \"Kafka cluster has been running with fewer than 3 brokers for >2 minutes. Data replication may be affected.\"",
            "summary: \"Topic {{ $labels.topic }} has {{ $value }} under-replicated partitions\"",
            "description: \"Some partitions are not fully replicated. Risk of data loss if another broker fails.\"",
            "summary: \"Topic {{ $labels.topic }} has {{ $value }} offline partitions\"",
            "description: \"CRITICAL: Some partitions have no leader. Data is unavailable for produce/consume operations.\"",
            "summary: \"High ISR shrink rate for topic {{ $labels.topic }}\"",
            "description: \"Replicas are frequently falling out of sync. Check broker performance, disk I/O, network latency.\"",
        ] {
            assert!(text.contains(annotation), "{annotation}");
        }
        assert!(
            text.contains("# Prometheus' rate is per second and per partition"),
            "the remark"
        );
    }

    #[test]
    fn texts_are_yaml() {
        assert_eq!(quoted("a \"b\" \\ c"), "\"a \\\"b\\\" \\\\ c\"");
        assert_eq!(scalar("a{b=\"c\"} > 0"), "a{b=\"c\"} > 0");
        assert_eq!(scalar("(a)"), "\"(a)\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(wrapped("a b"), ["a b"]);
    }
}

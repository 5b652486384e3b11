//! From what happened to an alert to what a person is told of it.

use std::collections::BTreeMap;

use crate::model::alert::{Alert, AlertKey, Phase, Subject, Transition, Turn};
use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::text::Name;

/// What is told of a transition; `cluster` is what its owner calls the cluster.
pub fn notice(transition: &Transition, cluster: &Line) -> Notice {
    let alert = &transition.alert;
    let mut body = Line::many(&alert.words.description);
    body.extend(transition.inside.iter().map(|line| Line::new(line)));
    Notice {
        key: key_of(&alert.key),
        severity: alert.severity,
        state: match transition.turn {
            Turn::Fired => NoticeState::Firing,
            Turn::Changed => NoticeState::Changed,
            Turn::Resolved => NoticeState::Resolved,
        },
        title: Line::new(&alert.words.summary),
        body,
        labels: labels(alert),
        since: match alert.phase {
            Phase::Firing { at } | Phase::Resolved { fired: at, .. } => at,
            Phase::Pending { .. } => alert.since,
        },
        at: transition.at,
        runbook: (!alert.about.runbook.is_empty()).then(|| {
            Line::new(
                &alert
                    .about
                    .runbook
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        }),
        cluster: cluster.clone(),
    }
}

/// By what notices of one alert are known as such.
pub(super) fn key_of(key: &AlertKey) -> Name {
    Name::from(key.to_string())
}

/// The labels of the rule, and those that tell alerts apart, which it cannot set otherwise; as Prometheus names them.
fn labels(alert: &Alert) -> BTreeMap<Line, Line> {
    let own = alert.about.labels.iter();
    let mut labels: BTreeMap<Line, Line> = own
        .map(|(name, value)| (Line::new(name), Line::new(value)))
        .collect();
    let mut set = |name: &str, value: String| labels.insert(Line::new(name), Line::new(&value));
    set("alertname", alert.key.rule.to_string());
    set("severity", alert.severity.word().to_owned());
    match &alert.key.subject {
        Subject::Cluster | Subject::Quorum => {}
        Subject::Broker(id) => {
            set("broker_id", id.to_string());
        }
        Subject::Topic(name) | Subject::Group(name) | Subject::Container(name) | Subject::Source(name) => {
            set(alert.key.subject.kind(), name.to_string());
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::alert::{About, Evidence, Handling, Kinship, Truth, Words};
    use crate::model::severity::Severity;
    use crate::model::time::At;

    fn transition(turn: Turn) -> Transition {
        let alert = Alert {
            key: AlertKey {
                rule: "KafkaOfflinePartitions".into(),
                subject: Subject::Topic("or\u{1b}ders".into()),
            },
            severity: Severity::Critical,
            phase: Phase::Firing { at: At(40_000) },
            since: At(10_000),
            truth: Truth::Yes,
            words: Words {
                summary: "Topic orders has 3 offline partitions".to_owned(),
                description: "Data is unavailable.".to_owned(),
            },
            about: Arc::new(About {
                meaning: String::new(),
                runbook: "1. Look.\n2. Start.".to_owned(),
                labels: vec![
                    ("team".to_owned(), "data".to_owned()),
                    ("topic".to_owned(), "forged".to_owned()),
                ],
            }),
            evidence: Evidence::default(),
            handling: Handling::default(),
            kinship: Kinship::default(),
        };
        Transition {
            turn,
            alert: Arc::new(alert),
            inside: vec!["and more".to_owned()],
            at: At(41_000),
        }
    }

    #[test]
    fn a_notice_says_what_the_alert_says() {
        let told = notice(&transition(Turn::Fired), &Line::new("prod"));
        assert_eq!(told.key.raw(), "KafkaOfflinePartitions topic:or\\u{1b}ders");
        assert_eq!(told.title.as_str(), "Topic orders has 3 offline partitions");
        let body: Vec<&str> = told.body.iter().map(Line::as_str).collect();
        assert_eq!(body, ["Data is unavailable.", "and more"]);
        assert_eq!((told.since, told.at), (At(40_000), At(41_000)));
        assert_eq!(told.runbook.unwrap().as_str(), "1. Look. 2. Start.");
        let labels: Vec<(&str, &str)> = told
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            labels,
            [
                ("alertname", "KafkaOfflinePartitions"),
                ("severity", "critical"),
                ("team", "data"),
                ("topic", "or\\u{1b}ders"),
            ],
            "what tells alerts apart is not for a rule to forge"
        );
    }

    #[test]
    fn every_turn_has_its_state() {
        for (turn, state) in [
            (Turn::Fired, NoticeState::Firing),
            (Turn::Changed, NoticeState::Changed),
            (Turn::Resolved, NoticeState::Resolved),
        ] {
            assert_eq!(notice(&transition(turn), &Line::new("prod")).state, state);
            assert_eq!(turn.word(), state.word());
        }
    }
}

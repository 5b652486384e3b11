//! What is posted, in the words of Alertmanager and of Slack.

use serde_json::{Map, Value, json};

use super::super::parcel::Parcel;
use super::super::wording::{rfc3339, subject, text};
use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::time::Span;

/// Where Alertmanager takes alerts (its API v2, `POST /alerts`).
const ALERTS: &str = "/api/v2/alerts";

/// The path that alerts are posted to: of the address alone, or of the prefix that Alertmanager is served under.
pub fn alerts_path(path: &str) -> String {
    let given = path.trim_end_matches('/');
    if given.ends_with(ALERTS) {
        given.to_owned()
    } else {
        format!("{given}{ALERTS}")
    }
}

/// Every notice as an alert. One that goes on is told to end after `lasts`, unless it is told again.
pub fn alerts(parcel: &Parcel, lasts: Span) -> Value {
    let alert = |notice: &Notice| {
        let over = notice.state == NoticeState::Resolved;
        let ends = if over { notice.at } else { parcel.at.plus(lasts) };
        let mut annotations = json!({
            "summary": notice.title.as_str(),
            "description": notice.body.iter().map(Line::as_str).collect::<Vec<_>>().join("\n"),
        });
        if let (Some(runbook), Some(all)) = (&notice.runbook, annotations.as_object_mut()) {
            all.insert("runbook".to_owned(), Value::from(runbook.as_str()));
        }
        json!({
            "labels": labels(notice),
            "annotations": annotations,
            "startsAt": rfc3339(notice.since),
            "endsAt": rfc3339(ends),
        })
    };
    parcel.notices.iter().map(|notice| alert(notice)).collect()
}

/// The labels, which are what tells one alert from another there: so the key is one of them.
fn labels(notice: &Notice) -> Map<String, Value> {
    let own = notice
        .labels
        .iter()
        .map(|(name, value)| (label_name(name.as_str()), value.to_string()));
    let mut labels: Map<String, Value> = own
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let key = notice.key.to_string();
    labels
        .entry("alertname")
        .or_insert_with(|| Value::from(key.split(' ').next().unwrap_or("kaftop")));
    for (name, value) in [
        ("key", key.as_str()),
        ("severity", notice.severity.word()),
        ("cluster", notice.cluster.as_str()),
    ] {
        if !value.is_empty() {
            labels.insert(name.to_owned(), Value::from(value));
        }
    }
    labels
}

/// The name in the characters that a label may have, `[a-zA-Z_][a-zA-Z0-9_]*`.
fn label_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        plain
    } else {
        format!("_{plain}")
    }
}

/// A text as Slack's incoming webhooks take it: three characters are escaped there.
pub fn slack(parcel: &Parcel) -> Value {
    let headline = parcel.headline();
    let escaped = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        text.replace('>', "&gt;")
    };
    let (title, below) = (escaped(&subject(&headline)), escaped(&text(&headline)));
    let line = if below.is_empty() { "" } else { "\n" };
    json!({ "text": format!("*{title}*{line}{below}") })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::fixture::notice;
    use super::*;
    use crate::model::severity::Severity;
    use crate::model::time::At;

    #[test]
    fn the_path_of_alertmanager_is_completed() {
        let table = [
            ("/", "/api/v2/alerts"),
            ("/am/", "/am/api/v2/alerts"),
            ("/api/v2/alerts", "/api/v2/alerts"),
            ("/am/api/v2/alerts/", "/am/api/v2/alerts"),
        ];
        for (given, expected) in table {
            assert_eq!(alerts_path(given), expected);
        }
    }

    #[test]
    fn an_alert_ends_by_itself_unless_it_is_told_again() {
        let mut firing = notice("Rule broker:2", Severity::Critical, NoticeState::Firing);
        firing.labels.insert("2 odd-name".into(), "x".into());
        firing.labels.insert("empty".into(), "".into());
        let over = notice("Rule broker:3", Severity::Warning, NoticeState::Resolved);
        let parcel = Parcel::many(vec![Arc::new(over), Arc::new(firing)], 0, At(1_767_268_860_000));
        let posted = alerts(&parcel, Span::seconds(240));
        let expected = json!([
            {
                "labels": {
                    "alertname": "Rule", "key": "Rule broker:2", "severity": "critical", "cluster": "prod",
                    "broker": "2", "_2_odd_name": "x",
                },
                "annotations": {
                    "summary": "Rule broker:2 broke", "description": "first\nsecond",
                    "runbook": "https://example.com/runbook",
                },
                "startsAt": "2026-01-01T12:00:00Z", "endsAt": "2026-01-01T12:05:00Z",
            },
            {
                "labels": {
                    "alertname": "Rule", "key": "Rule broker:3", "severity": "warning", "cluster": "prod",
                    "broker": "2",
                },
                "annotations": {
                    "summary": "Rule broker:3 broke", "description": "first\nsecond",
                    "runbook": "https://example.com/runbook",
                },
                "startsAt": "2026-01-01T12:00:00Z", "endsAt": "2026-01-01T12:01:12Z",
            },
        ]);
        assert_eq!(posted, expected);
    }

    #[test]
    fn slack_gets_one_text_with_nothing_to_obey() {
        let mut hostile = notice("a", Severity::Warning, NoticeState::Firing);
        hostile.title = "<!channel> & <http://x|y>".into();
        let posted = slack(&Parcel::one(Arc::new(hostile), At(0)));
        assert_eq!(
            posted["text"],
            "*prod: &lt;!channel&gt; &amp; &lt;http://x|y&gt; (warning)*\nfirst\nsecond\n\
             Runbook: https://example.com/runbook"
        );
    }
}

//! A parcel as JSON, schema `kaftop.notice/1` (`assets/schema/kaftop.notice.1.json`).

use serde_json::{Map, Value, json};

use super::parcel::Parcel;
use super::wording::rfc3339;
use crate::model::notice::{Line, Notice};

/// The document: what it is told as, then each notice.
pub fn document(parcel: &Parcel) -> Value {
    let notices: Vec<Value> = parcel.notices.iter().map(|notice| one(notice)).collect();
    json!({
        "schema": "kaftop.notice/1",
        "digest": parcel.is_digest(),
        "left_out": parcel.left_out,
        "headline": one(&parcel.headline()),
        "notices": notices,
    })
}

fn one(notice: &Notice) -> Value {
    let labels: Map<String, Value> = notice
        .labels
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(value.as_str())))
        .collect();
    let body: Vec<&str> = notice.body.iter().map(Line::as_str).collect();
    json!({
        "key": notice.key.to_string(),
        "state": notice.state.word(),
        "severity": notice.severity.word(),
        "cluster": notice.cluster.as_str(),
        "title": notice.title.as_str(),
        "body": body,
        "labels": labels,
        "since": rfc3339(notice.since),
        "at": rfc3339(notice.at),
        "runbook": notice.runbook.as_ref().map(Line::as_str),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixture::notice;
    use super::*;
    use crate::model::notice::NoticeState;
    use crate::model::severity::Severity;
    use crate::model::time::At;

    fn validate(document: &Value) {
        let schema = include_str!("../../../assets/schema/kaftop.notice.1.json");
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(document)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{faults:?}: {document}");
    }

    #[test]
    fn a_notice_is_a_document_of_its_schema() {
        let one = Arc::new(notice("a", Severity::Critical, NoticeState::Resolved));
        let document = document(&Parcel::one(one, At(0)));
        validate(&document);
        assert_eq!(document["digest"], false);
        assert_eq!(document["headline"], document["notices"][0]);
        let expected = json!({
            "key": "a", "state": "resolved", "severity": "critical", "cluster": "prod", "title": "a broke",
            "body": ["first", "second"], "labels": {"broker": "2"},
            "since": "2026-01-01T12:00:00Z", "at": "2026-01-01T12:01:12Z",
            "runbook": "https://example.com/runbook",
        });
        assert_eq!(document["headline"], expected);
    }

    #[test]
    fn so_is_a_digest() {
        let of = |key: &str| Arc::new(notice(key, Severity::Warning, NoticeState::Firing));
        let document = document(&Parcel::many(vec![of("a"), of("b")], 7, At(0)));
        validate(&document);
        assert_eq!(
            (&document["digest"], &document["left_out"]),
            (&json!(true), &json!(7))
        );
        assert_eq!(document["headline"]["title"], "9 alerts: 2 warning");
        assert_eq!(document["notices"].as_array().unwrap().len(), 2);
    }
}

//! Notices for tests.

use std::collections::BTreeMap;

use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::severity::Severity;
use crate::model::text::Name;
use crate::model::time::At;

/// A notice of this key, which began at 12:00:00 on the first of January 2026.
pub fn notice(key: &str, severity: Severity, state: NoticeState) -> Notice {
    const NOON: i64 = 1_767_268_800_000;
    Notice {
        key: Name::from(key),
        severity,
        state,
        title: Line::new(&format!("{key} broke")),
        body: vec![Line::new("first"), Line::new("second")],
        labels: BTreeMap::from([("broker".into(), "2".into())]),
        since: At(NOON),
        at: match state {
            NoticeState::Resolved => At(NOON + 72_000),
            NoticeState::Firing | NoticeState::Changed => At(NOON),
        },
        runbook: Some("https://example.com/runbook".into()),
        cluster: "prod".into(),
    }
}

//! What the columns hold of an alert: one that is pending, one that fires, or one that is over.

use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::Bulletin;
use crate::model::alert::{Alert, Phase, Truth};
use crate::model::severity::Severity;
use crate::model::time::{At, Span};
use crate::ui::field::{Field, Subject};
use crate::ui::screen::RowKey;

/// An alert at a moment.
struct Of<'a> {
    alert: &'a Alert,
    now: At,
}

/// The word for how far an alert has come, and for why it is not told.
pub fn state(alert: &Alert) -> &'static str {
    let handling = &alert.handling;
    match alert.phase {
        Phase::Resolved { .. } => "resolved",
        Phase::Pending { .. } if alert.truth == Truth::Unknown => "unknown",
        Phase::Pending { .. } => "pending",
        Phase::Firing { .. } if handling.acknowledged.is_some() => "acknowledged",
        Phase::Firing { .. } if handling.silenced.is_some() => "silenced",
        Phase::Firing { .. } if handling.maintenance.is_some() => "own act",
        Phase::Firing { .. } if !alert.stands_alone() => "inside",
        Phase::Firing { .. } if alert.truth == Truth::No => "ending",
        Phase::Firing { .. } => "FIRING",
    }
}

/// How long it fires, until it fires, or since when it is over.
pub fn span(alert: &Alert, now: At) -> Span {
    match alert.phase {
        Phase::Pending { due } => now.age(due),
        Phase::Firing { at } | Phase::Resolved { at, .. } => at.age(now),
    }
}

/// The identity of its row: what is over may be there several times.
pub fn key(alert: &Alert) -> RowKey {
    let over = match alert.phase {
        Phase::Resolved { at, .. } => Some(at),
        Phase::Pending { .. } | Phase::Firing { .. } => None,
    };
    RowKey::Alert(alert.key.clone(), over)
}

/// The alert of a row, where it is still known.
pub fn find<'a>(bulletin: &'a Bulletin, wanted: &RowKey) -> Option<&'a Alert> {
    all(bulletin).find(|alert| key(alert) == *wanted)
}

/// Shows an alert to `look`, where it is still known.
pub fn with(bulletin: &Bulletin, key: &RowKey, look: &mut dyn FnMut(&dyn Row)) {
    if let Some(alert) = find(bulletin, key) {
        let now = bulletin.snapshot.now();
        look(&Of { alert, now });
    }
}

/// What fires first, the gravest before others, what is inside another one last; then what is pending, then what is over.
pub fn rows(bulletin: &Bulletin, view: &View, marks: &Marks) -> Narrowed {
    let now = bulletin.snapshot.now();
    let rows = all(bulletin).map(|alert| Of { alert, now }).collect();
    narrow(rows, Subject::Alert, view, marks, 0)
}

fn all(bulletin: &Bulletin) -> impl Iterator<Item = &Alert> {
    let alerts = &bulletin.alerts;
    let every = alerts
        .firing
        .iter()
        .chain(&alerts.pending)
        .chain(&alerts.resolved);
    every.map(|alert| &**alert)
}

impl Row for Of<'_> {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::State => Value::text(state(self.alert)),
            Field::Kind => Value::text(self.alert.severity.word()),
            Field::Time => Value::Number(span(self.alert, self.now).as_seconds()),
            Field::Id => Value::text(self.alert.key.subject.to_string()),
            Field::Name => Value::text(self.alert.key.rule.raw()),
            Field::What => Value::text(self.alert.words.summary.as_str()),
            _ => Value::Unknown,
        }
    }

    fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool {
        passes(self.alert.key.rule.raw())
            || passes(&self.alert.key.subject.to_string())
            || passes(&self.alert.words.summary)
    }
}

impl Listed for Of<'_> {
    fn key(&self) -> RowKey {
        key(self.alert)
    }

    fn is_bad(&self) -> bool {
        self.alert.fires() && self.alert.is_news() && self.alert.severity > Severity::Info
    }
}

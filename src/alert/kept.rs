//! What is kept across restarts, as text: silences and acknowledgements. What a file holds is hostile until it is read.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::quiet::Quiet;
use crate::model::alert::{Acknowledgement, AlertKey, Silence, Subject, short_reason};
use crate::model::ids::BrokerId;
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// The version of the form.
const VERSION: u32 = 1;
/// The most silences, and the most acknowledgements, that are taken.
const MOST: usize = 1_000;
/// An acknowledgement of an alert that nobody has seen for so long is forgotten.
const LONGEST: Span = Span::seconds(7 * 86_400);

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    silences: Vec<KeptSilence>,
    acknowledged: Vec<KeptNote>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptSilence {
    rule: Option<String>,
    subject: Option<KeptSubject>,
    until_ms: i64,
    reason: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptNote {
    rule: String,
    subject: KeptSubject,
    at_ms: i64,
    reason: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptSubject {
    Cluster,
    Quorum,
    Broker(i32),
    Topic(String),
    Group(String),
    Container(String),
    Source(String),
}

impl From<&Subject> for KeptSubject {
    fn from(subject: &Subject) -> Self {
        let raw = |name: &Name| name.raw().to_owned();
        match subject {
            Subject::Cluster => Self::Cluster,
            Subject::Quorum => Self::Quorum,
            Subject::Broker(id) => Self::Broker(id.0),
            Subject::Topic(name) => Self::Topic(raw(name)),
            Subject::Group(name) => Self::Group(raw(name)),
            Subject::Container(name) => Self::Container(raw(name)),
            Subject::Source(name) => Self::Source(raw(name)),
        }
    }
}

impl From<KeptSubject> for Subject {
    fn from(kept: KeptSubject) -> Self {
        match kept {
            KeptSubject::Cluster => Self::Cluster,
            KeptSubject::Quorum => Self::Quorum,
            KeptSubject::Broker(id) => Self::Broker(BrokerId(id)),
            KeptSubject::Topic(name) => Self::Topic(name.into()),
            KeptSubject::Group(name) => Self::Group(name.into()),
            KeptSubject::Container(name) => Self::Container(name.into()),
            KeptSubject::Source(name) => Self::Source(name.into()),
        }
    }
}

/// The text that [`restore`] reads.
pub(super) fn text(quiet: &Quiet) -> String {
    let kept = Kept {
        version: VERSION,
        silences: quiet
            .silences
            .iter()
            .map(|silence| KeptSilence {
                rule: silence.rule.as_ref().map(|rule| rule.raw().to_owned()),
                subject: silence.subject.as_ref().map(KeptSubject::from),
                until_ms: silence.until.0,
                reason: silence.reason.clone(),
            })
            .collect(),
        acknowledged: quiet
            .acknowledged
            .iter()
            .map(|(key, note)| KeptNote {
                rule: key.rule.raw().to_owned(),
                subject: KeptSubject::from(&key.subject),
                at_ms: note.at.0,
                reason: note.reason.clone(),
            })
            .collect(),
    };
    // Numbers and texts: there is nothing that could not be written.
    serde_json::to_string_pretty(&kept).unwrap_or_default()
}

/// Takes what stands in the text and has not ended.
///
/// # Errors
/// A sentence, where it is not of this form.
pub(super) fn restore(quiet: &mut Quiet, text: &str, now: At) -> Result<(), String> {
    let kept: Kept = serde_json::from_str(text).map_err(|error| format!("it cannot be read: {error}"))?;
    if kept.version != VERSION {
        return Err(format!(
            "it is of version {}, and this kaftop reads version {VERSION}",
            kept.version
        ));
    }
    let silences = kept.silences.into_iter().take(MOST).map(|silence| Silence {
        rule: silence.rule.map(Name::from),
        subject: silence.subject.map(Subject::from),
        until: At(silence.until_ms),
        reason: short_reason(&silence.reason),
    });
    quiet.silences = Arc::new(silences.filter(|silence| now < silence.until).collect());
    let notes = kept.acknowledged.into_iter().take(MOST).map(|note| {
        let key = AlertKey {
            rule: Name::from(note.rule),
            subject: note.subject.into(),
        };
        let at = At(note.at_ms);
        (
            key,
            Acknowledgement {
                at,
                reason: short_reason(&note.reason),
            },
        )
    });
    quiet.acknowledged = notes.filter(|(_, note)| note.at.age(now) < LONGEST).collect();
    Ok(())
}

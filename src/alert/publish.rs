//! From alerts in the making to alerts as every sink shows them; one that did not change is shared with the bulletin before.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engine::RuleState;
use super::instance::Instance;
use super::quiet::Quiet;
use super::rule::Rule;
use crate::model::alert::{Alert, AlertKey, Alerts, Evidence, Handling, Kinship, Phase, Subject};
use crate::model::time::At;

/// The most consequences that an alert names.
const MOST_NAMED: usize = 200;

/// The key of an alert of this rule.
pub(super) fn key(rule: &Rule, subject: &Subject) -> AlertKey {
    AlertKey {
        rule: rule.name.clone(),
        subject: subject.clone(),
    }
}

/// The alert that an instance is.
pub(super) fn alert(
    rule: &Rule,
    subject: &Subject,
    instance: &Instance,
    consequences: Vec<AlertKey>,
    quiet: &Quiet,
    now: At,
) -> Alert {
    let key = key(rule, subject);
    Alert {
        severity: rule.severity,
        phase: match instance.fired {
            Some(at) => Phase::Firing { at },
            None => Phase::Pending {
                due: instance.due(rule, now),
            },
        },
        since: instance.since,
        truth: instance.truth(),
        words: instance.words.clone(),
        about: Arc::clone(&rule.about),
        evidence: Evidence {
            condition: Arc::from(rule.when.text()),
            values: instance.values.clone(),
            samples: instance.samples.iter().copied().collect(),
        },
        handling: Handling {
            inhibited_by: instance.inhibited_by.clone(),
            flapping: instance.flapping,
            ..quiet.handling(&key, &instance.blames, now)
        },
        kinship: Kinship {
            cause: instance.cause.clone(),
            consequences,
        },
        key,
    }
}

/// By alert, the keys of those that are consequences of it, directly or over others.
pub(super) fn consequences(rules: &[RuleState]) -> BTreeMap<AlertKey, Vec<AlertKey>> {
    let mut causes: BTreeMap<AlertKey, AlertKey> = BTreeMap::new();
    for state in rules {
        for (subject, instance) in &state.active {
            if let Some(cause) = &instance.cause {
                causes.insert(key(&state.rule, subject), cause.clone());
            }
        }
    }
    let mut by_root: BTreeMap<AlertKey, Vec<AlertKey>> = BTreeMap::new();
    for (own, cause) in &causes {
        let mut root = cause;
        // Rules that lead to themselves are refused, so this ends; the count makes it sure.
        for _ in 0..rules.len() {
            match causes.get(root) {
                Some(further) => root = further,
                None => break,
            }
        }
        let named = by_root.entry(root.clone()).or_default();
        if named.len() < MOST_NAMED {
            named.push(own.clone());
        }
    }
    by_root
}

/// Every alert that is pending or fires.
pub(super) fn alerts(rules: &mut [RuleState], quiet: &Quiet, now: At) -> Alerts {
    let mut by_root = consequences(rules);
    let mut alerts = Alerts::default();
    for state in rules {
        let rule = Arc::clone(&state.rule);
        for (subject, instance) in &mut state.active {
            let consequences = by_root.remove(&key(&rule, subject)).unwrap_or_default();
            let mut newest = alert(&rule, subject, instance, consequences, quiet, now);
            // A countdown that only counts is no change.
            if let Some(before) = &instance.published
                && let (Phase::Pending { due }, Phase::Pending { due: earlier }) =
                    (newest.phase, before.phase)
                && due.0.abs_diff(earlier.0) < 1_000
            {
                newest.phase = before.phase;
            }
            let shared = match &instance.published {
                Some(before) if **before == newest => Arc::clone(before),
                _ => Arc::new(newest),
            };
            instance.published = Some(Arc::clone(&shared));
            if shared.fires() {
                alerts.firing.push(shared);
            } else {
                alerts.pending.push(shared);
            }
        }
    }
    alerts.pending.sort_by_key(|alert| {
        let due = match alert.phase {
            Phase::Pending { due } => due,
            Phase::Firing { at } | Phase::Resolved { at, .. } => at,
        };
        // What will be told of first, each kind by when it fires.
        (!alert.stands_alone(), due)
    });
    alerts.firing.sort_by_key(|alert| {
        let at = match alert.phase {
            Phase::Firing { at } | Phase::Resolved { at, .. } => at,
            Phase::Pending { due } => due,
        };
        (
            !alert.stands_alone(),
            std::cmp::Reverse(alert.severity),
            std::cmp::Reverse(at),
        )
    });
    alerts
}

//! What is told to a person, and when: once that an alert fires, once for each grave consequence that is added, and once that
//! all of it is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engine::{Engine, RuleState};
use super::instance::{Instance, Told};
use super::publish::{self, consequences, key};
use crate::model::alert::{Alert, AlertKey, Phase, Subject, Transition, Turn};
use crate::model::severity::Severity;
use crate::model::time::At;

/// The most lines of consequences that are told with an alert.
const MOST_LINES: usize = 8;

/// What fires inside an alert.
#[derive(Debug, Default)]
struct Inside {
    /// The consequences that fire.
    firing: Vec<Line>,
}

/// A consequence that fires.
#[derive(Debug)]
struct Line {
    severity: Severity,
    /// Whether it is news of its cause.
    changes: bool,
    words: String,
}

/// Takes alerts that are over into the history; gives what is to be told of it.
pub(super) fn over(engine: &mut Engine, over: Vec<(usize, Subject, Instance)>, now: At) -> Vec<Transition> {
    let mut transitions = Vec::new();
    for (place, subject, instance) in over {
        // What was over inside another alert, or held back, is part of that one's story.
        let alone = instance.cause.is_none() && instance.inhibited_by.is_none();
        let (Some(state), Some(fired)) = (engine.rules.get(place), instance.fired) else {
            continue;
        };
        if !alone && instance.told.is_none() {
            continue;
        }
        let last = publish::alert(&state.rule, &subject, &instance, Vec::new(), &engine.quiet, now);
        let alert = Arc::new(Alert {
            phase: Phase::Resolved { fired, at: now },
            ..last
        });
        if instance.told.is_some() {
            transitions.push(Transition {
                turn: Turn::Resolved,
                alert: Arc::clone(&alert),
                inside: Vec::new(),
                at: now,
            });
        }
        engine.is_over(alert);
    }
    transitions
}

/// What is new of the alerts that fire.
pub(super) fn news(engine: &mut Engine, now: At) -> Vec<Transition> {
    let by_root = consequences(&engine.rules);
    let inside = inside(&engine.rules, &by_root);
    let mut transitions = Vec::new();
    for state in &mut engine.rules {
        let rule = Arc::clone(&state.rule);
        for (subject, instance) in &mut state.active {
            if instance.fired.is_none() || instance.over.is_some() {
                continue;
            }
            let own = key(&rule, subject);
            let within = inside.get(&own);
            let grave = within.map_or(0, |within| {
                let as_grave = within
                    .firing
                    .iter()
                    .filter(|line| line.changes && line.severity >= rule.severity);
                as_grave.count()
            });
            let turn = match instance.told {
                None => Turn::Fired,
                Some(told) if grave > told.grave => Turn::Changed,
                Some(_) => continue,
            };
            let named = by_root.get(&own).cloned().unwrap_or_default();
            let alert = publish::alert(&rule, subject, instance, named, &engine.quiet, now);
            if !alert.is_news() {
                continue;
            }
            instance.told = Some(Told { grave });
            transitions.push(Transition {
                turn,
                alert: Arc::new(alert),
                inside: within.map(lines).unwrap_or_default(),
                at: now,
            });
        }
    }
    transitions
}

fn inside(rules: &[RuleState], by_root: &BTreeMap<AlertKey, Vec<AlertKey>>) -> BTreeMap<AlertKey, Inside> {
    let by_name: BTreeMap<_, _> = rules.iter().map(|state| (&state.rule.name, state)).collect();
    let mut found: BTreeMap<AlertKey, Inside> = BTreeMap::new();
    for (root, named) in by_root {
        for key in named {
            let Some(state) = by_name.get(&key.rule) else {
                continue;
            };
            let Some(instance) = state.active.get(&key.subject) else {
                continue;
            };
            if instance.fired.is_some() {
                let line = Line {
                    severity: state.rule.severity,
                    changes: state.rule.kin.changes_cause,
                    words: instance.words.summary.clone(),
                };
                found.entry(root.clone()).or_default().firing.push(line);
            }
        }
    }
    found
}

/// The gravest first, and how many more there are.
fn lines(inside: &Inside) -> Vec<String> {
    let mut firing: Vec<&Line> = inside.firing.iter().collect();
    firing.sort_by_key(|line| std::cmp::Reverse(line.severity));
    let more = firing.len().saturating_sub(MOST_LINES);
    let mut lines: Vec<String> = firing
        .into_iter()
        .take(MOST_LINES)
        .map(|line| line.words.clone())
        .collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

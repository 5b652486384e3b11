//! Who is a consequence of whom: alerts are grouped by their cause, and held back while a rule that inhibits theirs lasts.
//!
//! Both are declared by the rules. An alert is a consequence of an alert about a broker, or about its container, when the
//! brokers that explain it all have such an alert; of an alert about the cluster or the quorum whenever there is one; of any other alert when both are
//! about the same thing.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::RuleState;
use super::instance::Instance;
use super::rule::Rule;
use crate::model::alert::{AlertKey, Subject};
use crate::model::ids::BrokerId;
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// For so long after its end an alert waits for its consequences to end too.
const RECOVERY: Span = Span::seconds(10 * 60);

/// An alert that others may be a consequence of.
#[derive(Clone, Debug)]
struct Candidate {
    key: AlertKey,
    /// Whether it is still pending, and since when it fires or its condition holds: what fires first is the cause.
    order: (bool, At),
}

/// The alerts of the rules that others name, by rule.
#[derive(Debug, Default)]
struct Causes {
    brokers: BTreeMap<Name, BTreeMap<BrokerId, Candidate>>,
    others: BTreeMap<Name, Candidate>,
    /// Alerts about one topic, group or source: they explain only what is about the same one.
    same: BTreeMap<Name, BTreeMap<Subject, Candidate>>,
    /// Rules with any alert, pending ones included.
    lively: BTreeSet<Name>,
}

impl Causes {
    fn of(rules: &[RuleState]) -> Self {
        let mut causes = Self::default();
        for state in rules.iter().filter(|state| !state.active.is_empty()) {
            let name = &state.rule.name;
            causes.lively.insert(name.clone());
            for (subject, instance) in &state.active {
                let candidate = Candidate {
                    key: AlertKey {
                        rule: name.clone(),
                        subject: subject.clone(),
                    },
                    order: (instance.fired.is_none(), instance.fired.unwrap_or(instance.since)),
                };
                match subject {
                    Subject::Broker(id) => {
                        let of_rule = causes.brokers.entry(name.clone()).or_default();
                        of_rule.insert(*id, candidate);
                    }
                    Subject::Cluster | Subject::Quorum => {
                        causes.others.insert(name.clone(), candidate);
                    }
                    Subject::Topic(_) | Subject::Group(_) | Subject::Container(_) | Subject::Source(_) => {
                        if matches!(subject, Subject::Container(_)) {
                            // What is wrong with its container is wrong with the broker in it.
                            let of_rule = causes.brokers.entry(name.clone()).or_default();
                            let those = instance.blames.iter();
                            of_rule.extend(those.map(|id| (*id, candidate.clone())));
                        }
                        let of_rule = causes.same.entry(name.clone()).or_default();
                        of_rule.insert(subject.clone(), candidate);
                    }
                }
            }
        }
        causes
    }

    /// What explains an alert of this rule that these brokers explain: the oldest of what covers them all.
    fn cause(&self, rule: &Rule, own: &AlertKey, blames: &BTreeSet<BrokerId>) -> Option<&Candidate> {
        let named = || rule.kin.consequence_of.iter();
        let same = named().filter_map(|name| self.same.get(name)?.get(&own.subject));
        let other = named().filter_map(|name| self.others.get(name)).chain(same);
        let other = other.filter(|candidate| candidate.key != *own);
        let mut broker = Vec::new();
        for id in blames {
            let found = named().find_map(|name| self.brokers.get(name)?.get(id));
            broker.push(found.filter(|candidate| candidate.key != *own));
        }
        let covered = !blames.is_empty() && broker.iter().all(Option::is_some);
        let broker = broker.into_iter().flatten().filter(|_| covered);
        broker.chain(other).min_by_key(|candidate| candidate.order)
    }
}

/// Links every alert to its cause, and takes away those that are over with their consequences; gives those back.
pub(super) fn link(rules: &mut [RuleState], now: At) -> Vec<(usize, Subject, Instance)> {
    let causes = Causes::of(rules);
    for state in rules.iter_mut() {
        let rule = state.rule.clone();
        if rule.kin.consequence_of.is_empty() && rule.kin.inhibited_by.is_empty() {
            continue;
        }
        let inhibitor = rule
            .kin
            .inhibited_by
            .iter()
            .find(|name| causes.lively.contains(*name));
        for (subject, instance) in &mut state.active {
            // What a person was told stays told by itself until it is over.
            if instance.told.is_some() {
                (instance.cause, instance.inhibited_by) = (None, None);
                continue;
            }
            instance.inhibited_by = inhibitor.cloned();
            let is_there = |cause: &AlertKey| causes.lively.contains(&cause.rule) && causes.is_active(cause);
            // What fires inside another alert stays there, also while its brokers come back one by one.
            if instance.fired.is_some() && instance.cause.as_ref().is_some_and(is_there) {
                continue;
            }
            let own = AlertKey {
                rule: rule.name.clone(),
                subject: subject.clone(),
            };
            let cause = causes.cause(&rule, &own, &instance.blames);
            instance.cause = cause.map(|candidate| candidate.key.clone());
        }
    }
    bring_forward(rules, now);
    take_over(rules, now)
}

impl Causes {
    fn is_active(&self, key: &AlertKey) -> bool {
        match &key.subject {
            Subject::Broker(id) => self
                .brokers
                .get(&key.rule)
                .is_some_and(|of_rule| of_rule.contains_key(id)),
            Subject::Cluster | Subject::Quorum => self.others.contains_key(&key.rule),
            subject => self
                .same
                .get(&key.rule)
                .is_some_and(|of_rule| of_rule.contains_key(subject)),
        }
    }
}

/// An alert fires as soon as a consequence fires inside it that is as grave as itself.
fn bring_forward(rules: &mut [RuleState], now: At) {
    let mut grave: BTreeSet<AlertKey> = BTreeSet::new();
    // Causes have causes: as many rounds as there can be links, which are few.
    for _ in 0..rules.len() {
        let before = grave.len();
        for state in rules.iter().filter(|state| state.rule.kin.changes_cause) {
            for (subject, instance) in &state.active {
                let Some(cause) = &instance.cause else { continue };
                let own = AlertKey {
                    rule: state.rule.name.clone(),
                    subject: subject.clone(),
                };
                let fires = instance.fired.is_some() || grave.contains(&own);
                let parent = rules.iter().find(|other| other.rule.name == cause.rule);
                let graver = parent.is_some_and(|parent| parent.rule.severity <= state.rule.severity);
                if fires && graver && !grave.contains(cause) {
                    grave.insert(cause.clone());
                }
            }
        }
        if grave.len() == before {
            break;
        }
    }
    for key in grave {
        let state = rules.iter_mut().find(|state| state.rule.name == key.rule);
        if let Some(instance) = state.and_then(|state| state.active.get_mut(&key.subject))
            && instance.fired.is_none()
        {
            instance.fired = Some(now);
        }
    }
}

/// Takes away what is over and has no consequence that still fires, or has waited for it long enough.
fn take_over(rules: &mut [RuleState], now: At) -> Vec<(usize, Subject, Instance)> {
    let mut holding: BTreeSet<AlertKey> = BTreeSet::new();
    for instance in rules.iter().flat_map(|state| state.active.values()) {
        if instance.fired.is_some()
            && instance.over.is_none()
            && let Some(cause) = &instance.cause
        {
            holding.insert(cause.clone());
        }
    }
    let mut taken = Vec::new();
    for (place, state) in rules.iter_mut().enumerate() {
        let name = state.rule.name.clone();
        let over: Vec<Subject> = state
            .active
            .iter()
            .filter(|(subject, instance)| {
                let Some(over) = instance.over else { return false };
                let key = AlertKey {
                    rule: name.clone(),
                    subject: (*subject).clone(),
                };
                over.age(now) >= RECOVERY || !holding.contains(&key)
            })
            .map(|(subject, _)| subject.clone())
            .collect();
        for subject in over {
            if let Some(instance) = state.active.remove(&subject) {
                taken.push((place, subject, instance));
            }
        }
    }
    taken
}

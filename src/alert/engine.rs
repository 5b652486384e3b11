//! The engine: looks at each snapshot with every rule, and keeps the alerts that come of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::expr::{self, Fact, Measured};
use super::instance::{Finding, Fires, Instance, flaps};
use super::kept;
use super::kin;
use super::memory::Memory;
use super::publish;
use super::quiet::Quiet;
use super::rule::Rule;
use super::rules::Rules;
use super::scene::{Place, Scene};
use super::show;
use super::tell;
use super::word::Word;
use crate::config::Problem;
use crate::health::Health;
use crate::model::alert::{
    Alert, Alerts, BrokenRule, Losses, Order, Subject, Transition, Truth, Words, Works,
};
use crate::model::snapshot::Snapshot;
use crate::model::text::printable;
use crate::model::time::{At, Span};

/// The most alerts that are kept at a time, over all rules.
pub(super) const MOST_ACTIVE: usize = 20_000;
/// The most alerts that are kept once they are over.
pub(super) const MOST_RESOLVED: usize = 200;
/// The most alerts of one rule whose last fires are remembered.
const MOST_FIRES: usize = 2_000;

/// A rule and its alerts.
#[derive(Debug)]
pub(super) struct RuleState {
    pub rule: Arc<Rule>,
    pub active: BTreeMap<Subject, Instance>,
    fires: BTreeMap<Subject, Fires>,
    /// Why it cannot be evaluated.
    broken: Option<String>,
}

/// The alerts over time; time is an argument.
#[derive(Debug)]
pub struct Engine {
    pub(super) rules: Vec<RuleState>,
    pub(super) quiet: Quiet,
    pub(super) resolved: VecDeque<Arc<Alert>>,
    memory: Memory,
    faults: Vec<BrokenRule>,
    look: u64,
    last: Option<At>,
    losses: Losses,
    unkept: Option<BrokenRule>,
    /// Whether what is kept across restarts has changed.
    changed: bool,
}

/// What one step gives.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Every alert as it is now.
    pub alerts: Arc<Alerts>,
    /// What is to be told, in order.
    pub transitions: Vec<Transition>,
}

impl Engine {
    /// An engine with these rules, and no alerts.
    pub fn new(rules: &Rules) -> Self {
        let faults = rules.problems.iter().map(|problem: &Problem| BrokenRule {
            name: problem.origin().to_string(),
            why: format!("{}: {}", problem.key(), problem.message()),
        });
        Self {
            rules: rules
                .used
                .iter()
                .map(|rule| RuleState {
                    rule: Arc::clone(rule),
                    active: BTreeMap::new(),
                    fires: BTreeMap::new(),
                    broken: None,
                })
                .collect(),
            quiet: Quiet::default(),
            resolved: VecDeque::new(),
            memory: Memory::default(),
            faults: faults.collect(),
            look: 0,
            last: None,
            losses: Losses::default(),
            unkept: None,
            changed: false,
        }
    }

    /// Takes what an earlier run kept: silences and acknowledgements.
    ///
    /// # Errors
    /// A sentence, where the text is none that an engine wrote; nothing of it is taken then.
    pub fn restore(&mut self, text: &str, now: At) -> Result<(), String> {
        kept::restore(&mut self.quiet, text, now)
    }

    /// What is to be kept across a restart, where that has changed since it was asked for.
    pub fn to_keep(&mut self) -> Option<String> {
        std::mem::take(&mut self.changed).then(|| kept::text(&self.quiet))
    }

    /// Does what a person asks.
    pub fn order(&mut self, order: Order, now: At) {
        self.changed |= self.quiet.order(order, now);
    }

    /// Takes what of our own goes on now.
    pub fn works(&mut self, works: Works) {
        self.quiet.works = works;
    }

    /// Why what is to be kept could not be written, if it could not; to be shown with what is broken.
    pub fn unkept(&mut self, why: Option<&str>) {
        self.unkept = why.map(|why| BrokenRule {
            name: "silences".to_owned(),
            why: printable(why).into_owned(),
        });
    }

    /// Counts transitions that found no room on their way.
    pub fn lost(&mut self, transitions: usize) {
        let lost = u64::try_from(transitions).unwrap_or(u64::MAX);
        self.losses.untold = self.losses.untold.saturating_add(lost);
    }

    /// Looks at a snapshot and what it means.
    pub fn step(&mut self, snapshot: &Snapshot, health: &Health) -> Step {
        let now = snapshot.now();
        let passed = self.last.map_or(Span(0), |last| last.age(now));
        self.last = Some(now);
        self.look += 1;
        self.memory.look(snapshot);
        let memory = std::mem::take(&mut self.memory);
        let scene = Scene::of(snapshot, health, &memory);
        let mut room = MOST_ACTIVE.saturating_sub(self.rules.iter().map(|state| state.active.len()).sum());
        let mut left_out = 0;
        for state in &mut self.rules {
            left_out += state.look(&scene, self.look, passed, &mut room);
        }
        self.losses.left_out = left_out;
        drop(scene);
        self.memory = memory;
        self.changed |= self.quiet.expire(now);
        let over = kin::link(&mut self.rules, now);
        let mut transitions = tell::over(self, over, now);
        transitions.extend(tell::news(self, now));
        let alerts = Arc::new(Alerts {
            broken: Arc::new(self.broken()),
            silences: Arc::clone(&self.quiet.silences),
            losses: self.losses,
            resolved: self.resolved.iter().cloned().collect(),
            ..publish::alerts(&mut self.rules, &self.quiet, now)
        });
        Step { alerts, transitions }
    }

    /// Forgets that a person took note of an alert, once that is over.
    pub(super) fn is_over(&mut self, alert: Arc<Alert>) {
        self.changed |= self.quiet.acknowledged.remove(&alert.key).is_some();
        self.resolved.push_front(alert);
        self.resolved.truncate(MOST_RESOLVED);
    }

    fn broken(&self) -> Vec<BrokenRule> {
        let evaluated = self.rules.iter().filter_map(|state| {
            Some(BrokenRule {
                name: state.rule.name.to_string(),
                why: state.broken.clone()?,
            })
        });
        let faults = self.faults.iter().chain(&self.unkept).cloned();
        faults.chain(evaluated).collect()
    }
}

impl RuleState {
    /// Looks at every subject of the rule; how many alerts found no room.
    fn look(&mut self, scene: &Scene<'_>, look: u64, passed: Span, room: &mut usize) -> u64 {
        let rule = Arc::clone(&self.rule);
        let (places, whole) = scene.places(rule.scope);
        let mut left_out = 0;
        self.broken = None;
        for place in places {
            let facts = |word: Word| scene.fact(place, word);
            let finding = found(&rule, &facts).unwrap_or_else(|why| {
                self.broken.get_or_insert(format!("{}: {why}", place.subject()));
                Finding::UNKNOWN
            });
            let quiet = finding.truth != Truth::Yes;
            // Nearly always: nothing is wrong with it, and nothing was.
            if quiet && self.active.is_empty() {
                continue;
            }
            let subject = place.subject();
            if !self.active.contains_key(&subject) {
                if quiet {
                    continue;
                }
                if *room == 0 {
                    left_out += 1;
                    continue;
                }
                *room -= 1;
                self.active.insert(subject.clone(), Instance::new(scene.now));
            }
            self.take(&subject, finding, passed, scene.now);
            if let Some(instance) = self.active.get_mut(&subject) {
                instance.look = look;
                describe(instance, &rule, scene, place);
            }
        }
        let unseen: Vec<Subject> = self
            .active
            .iter()
            .filter(|(_, instance)| instance.look != look)
            .map(|(subject, _)| subject.clone())
            .collect();
        for subject in unseen {
            let finding = if whole { Finding::GONE } else { Finding::UNKNOWN };
            self.take(&subject, finding, passed, scene.now);
        }
        left_out
    }

    /// Moves one alert on, and drops it where it never fired and its condition no longer holds.
    fn take(&mut self, subject: &Subject, finding: Finding, passed: Span, now: At) {
        let Some(instance) = self.active.get_mut(subject) else {
            return;
        };
        let fired_before = instance.fired.is_some();
        if !instance.find(&self.rule, finding, passed, now) {
            self.active.remove(subject);
            return;
        }
        if !fired_before && instance.fired.is_some() {
            if !self.fires.contains_key(subject) && self.fires.len() >= MOST_FIRES {
                self.fires.pop_first();
            }
            self.fires.entry(subject.clone()).or_default().push_back(now);
        }
        if let Some(fires) = self.fires.get_mut(subject) {
            instance.flapping = flaps(fires, now);
            if fires.is_empty() {
                self.fires.remove(subject);
            }
        }
    }
}

/// Whether the rule's conditions hold.
fn found<'f>(rule: &Rule, facts: &dyn Fn(Word) -> Fact<'f>) -> Result<Finding, String> {
    let truth = expr::truth(&rule.when, facts)?;
    let clear = match (&rule.clear, truth) {
        (_, Truth::Yes) => Truth::No,
        (Some(clear), _) => expr::truth(clear, facts)?,
        (None, Truth::No) => Truth::Yes,
        (None, Truth::Unknown) => Truth::Unknown,
    };
    Ok(Finding { truth, clear })
}

/// Brings what an alert shows up to date; while nothing can be read, what was read last stays.
fn describe(instance: &mut Instance, rule: &Rule, scene: &Scene<'_>, place: Place<'_>) {
    if instance.truth() == Truth::Unknown {
        return;
    }
    let facts = |word: Word| scene.fact(place, word);
    let measured = rule.when.measure().and_then(|measure| measure.measured(&facts));
    instance.sample(measured, scene.now);
    let words = rule.when.words();
    let values: Vec<(&'static str, String)> = words
        .into_iter()
        .map(|word| (word.name(), show::fact(word, &facts(word))))
        .collect();
    // What it says stays as it was when its condition held last: at its end it would read as if nothing had been.
    if instance.truth() == Truth::Yes {
        // The texts hold more than the condition asks for; nobody is told anew for what changes in them.
        instance.words = Words {
            summary: rule.templates.summary.filled(rule, &facts),
            description: rule.templates.description.filled(rule, &facts),
        };
        // Who explains it may be seen later only.
        instance.blames = scene.blames(place);
    }
    instance.values = values;
}

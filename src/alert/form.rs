//! The tables of a rule file: typed reading of single rules, in which most keys may be missing.

use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::expr::Condition;
use super::rule::{Kin, Prometheus, Rule, Templates, Times};
use super::template::Template;
use super::word::Scope;
use crate::config::{
    self, FileReader, Mismatch, Origin, Problem, Sourced, boolean, duration, join, one_of, wrong,
};
use crate::model::alert::About;
use crate::model::severity::Severity;
use crate::model::text::Name;
use crate::model::time::Span;

/// The keys of a rule.
pub(super) const RULE_KEYS: &[&str] = &[
    "changes_cause",
    "clear",
    "clear_for",
    "consequence_of",
    "description",
    "enabled",
    "for",
    "inhibited_by",
    "labels",
    "meaning",
    "name",
    "per",
    "prometheus",
    "runbook",
    "severity",
    "summary",
    "when",
];
const PROMETHEUS_KEYS: &[&str] = &["description", "expr", "remark", "summary"];
/// The keys that a rule must have.
const NEEDED: [&str; 3] = ["when", "severity", "summary"];
/// The longest name of a rule or a label, and the longest text, in characters.
const LONGEST_NAME: usize = 80;
const LONGEST_TEXT: usize = 4_000;
/// The most labels of a rule.
const MOST_LABELS: usize = 16;

type Given<T> = Option<Sourced<T>>;

/// What a file says of a rule. What is unset is as in an earlier file, or as nothing says it.
#[derive(Clone, Debug)]
pub(super) struct RuleForm {
    pub name: Sourced<String>,
    /// Which of the keys that a rule must have are there, whatever they hold.
    has: [bool; 3],
    /// Whether it is used, and whether as a consequence it changes its cause.
    switches: [Given<bool>; 2],
    scope: Given<Scope>,
    /// Whether what it is about was given in a word that says nothing.
    scope_unread: bool,
    conditions: [Given<String>; 2],
    times: [Given<std::time::Duration>; 2],
    severity: Given<Severity>,
    templates: [Given<String>; 2],
    texts: [Given<String>; 2],
    labels: Given<Vec<(String, String)>>,
    kin: [Given<Vec<String>>; 2],
    prometheus: Given<Prometheus>,
}

fn over<T>(later: Given<T>, earlier: Given<T>) -> Given<T> {
    later.or(earlier)
}

fn both<T>(later: [Given<T>; 2], earlier: [Given<T>; 2]) -> [Given<T>; 2] {
    let [first, second] = later;
    let [other_first, other_second] = earlier;
    [over(first, other_first), over(second, other_second)]
}

impl RuleForm {
    /// Reads one rule, with every fault; none where it has no name to speak of it by.
    pub fn read(reader: &mut FileReader<'_>, table: &DeTable<'_>, span: &Range<usize>) -> Option<Self> {
        if !table.contains_key("name") {
            reader.fault(span, "rule.name", "is missing: a rule needs a name");
        }
        let name = reader.field("rule", table, "name", |value| word(value, "name"))?;
        let scope = name.value.clone();
        let scope = scope.as_str();
        reader.deny_unknown(scope, table, RULE_KEYS, |key| match key {
            "expr" => Some("the table [rule.prometheus]"),
            _ => None,
        });
        let per = reader.field(scope, table, "per", |value| one_of(value, "subject", Scope::ALL));
        Some(Self {
            has: NEEDED.map(|key| table.contains_key(key)),
            switches: ["enabled", "changes_cause"].map(|key| reader.field(scope, table, key, boolean)),
            scope_unread: per.is_none() && table.contains_key("per"),
            scope: per,
            conditions: ["when", "clear"].map(|key| reader.field(scope, table, key, text)),
            times: ["for", "clear_for"].map(|key| reader.field(scope, table, key, duration)),
            severity: reader.field(scope, table, "severity", |value| {
                one_of(
                    value,
                    "severity",
                    &Severity::ALL.map(|severity| (severity.word(), severity)),
                )
            }),
            templates: ["summary", "description"].map(|key| reader.field(scope, table, key, text)),
            texts: ["meaning", "runbook"].map(|key| reader.field(scope, table, key, lines)),
            labels: reader.field(scope, table, "labels", labels),
            kin: ["consequence_of", "inhibited_by"].map(|key| reader.field(scope, table, key, names)),
            prometheus: prometheus(reader, scope, table),
            name,
        })
    }

    /// This form with what it leaves unset taken from an earlier one.
    pub fn over(self, earlier: Self) -> Self {
        Self {
            name: self.name,
            has: std::array::from_fn(|place| {
                self.has.get(place) == Some(&true) || earlier.has.get(place) == Some(&true)
            }),
            switches: both(self.switches, earlier.switches),
            scope: over(self.scope, earlier.scope),
            scope_unread: self.scope_unread || earlier.scope_unread,
            conditions: both(self.conditions, earlier.conditions),
            times: both(self.times, earlier.times),
            severity: over(self.severity, earlier.severity),
            templates: both(self.templates, earlier.templates),
            texts: both(self.texts, earlier.texts),
            labels: over(self.labels, earlier.labels),
            kin: both(self.kin, earlier.kin),
            prometheus: over(self.prometheus, earlier.prometheus),
        }
    }

    /// Turns it off.
    pub fn disable(&mut self, origin: Origin) {
        let [enabled, _] = &mut self.switches;
        *enabled = Some(Sourced::new(false, origin));
    }

    /// Whether it is used.
    pub fn is_enabled(&self) -> bool {
        let [enabled, _] = &self.switches;
        enabled.as_ref().is_none_or(|enabled| enabled.value)
    }

    /// Where its relations to other rules are written, with the names.
    pub fn relations(&self) -> impl Iterator<Item = (&'static str, &Sourced<Vec<String>>)> {
        let keys = ["consequence_of", "inhibited_by"];
        let given = keys.into_iter().zip(&self.kin);
        given.filter_map(|(key, names)| Some((key, names.as_ref()?)))
    }

    /// The rule, or every reason why there is none.
    pub fn rule(&self) -> Result<Rule, Vec<Problem>> {
        let mut problems = Vec::new();
        if self.scope.is_none() && self.scope_unread {
            // What its words could speak of is not known; that was told.
            return Err(problems);
        }
        let mut fault = |origin: &Origin, key: &str, message: String| {
            problems.push(Problem::new(
                origin.clone(),
                &join(&self.name.value, key),
                &message,
            ));
        };
        let scope = self.scope.as_ref().map_or(Scope::Cluster, |scope| scope.value);
        let [when, clear] = &self.conditions;
        let mut condition = |key: &str, given: &Given<String>| {
            let given = given.as_ref()?;
            Condition::parse(&given.value, scope)
                .map_err(|error| fault(&given.origin, key, error.to_string()))
                .ok()
        };
        let (whens, clears) = (condition("when", when), condition("clear", clear));
        let [summary, description] = &self.templates;
        let mut template = |key: &str, given: &Given<String>| {
            let given = given.as_ref()?;
            Template::parse(&given.value, scope)
                .map_err(|error| fault(&given.origin, key, error))
                .ok()
        };
        let (summaries, descriptions) = (template("summary", summary), template("description", description));
        for (key, there) in NEEDED.into_iter().zip(self.has) {
            if !there {
                fault(&self.name.origin, key, "is missing".to_owned());
            }
        }
        let (Some(when), Some(summary), Some(severity)) = (whens, summaries, &self.severity) else {
            return Err(problems);
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let span = |given: &Given<std::time::Duration>| {
            given.as_ref().map_or(Span::default(), |given| given.value.into())
        };
        let [hold, clear] = &self.times;
        let list = |given: &Given<Vec<String>>| {
            let names = given.iter().flat_map(|given| &given.value);
            names.map(|name| Name::from(name.as_str())).collect()
        };
        let [consequence_of, inhibited_by] = &self.kin;
        let written = |given: &Given<String>| {
            given
                .as_ref()
                .map(|given| given.value.clone())
                .unwrap_or_default()
        };
        let [meaning, runbook] = &self.texts;
        let [_, changes_cause] = &self.switches;
        Ok(Rule {
            name: Name::from(self.name.value.as_str()),
            scope,
            when,
            clear: clears,
            times: Times {
                hold: span(hold),
                clear: span(clear),
            },
            severity: severity.value,
            templates: Templates {
                summary,
                description: descriptions.unwrap_or_default(),
            },
            about: Arc::new(About {
                meaning: written(meaning),
                runbook: written(runbook),
                labels: self
                    .labels
                    .as_ref()
                    .map(|labels| labels.value.clone())
                    .unwrap_or_default(),
            }),
            kin: Kin {
                consequence_of: list(consequence_of),
                changes_cause: changes_cause.as_ref().is_none_or(|changes| changes.value),
                inhibited_by: list(inhibited_by),
            },
            prometheus: self.prometheus.as_ref().map(|given| given.value.clone()),
            origin: self.name.origin.clone(),
        })
    }
}

fn prometheus(reader: &mut FileReader<'_>, scope: &str, table: &DeTable<'_>) -> Given<Prometheus> {
    let inner = reader.table(scope, table, "prometheus")?;
    let scope = join(scope, "prometheus");
    reader.deny_unknown(&scope, inner, PROMETHEUS_KEYS, |_| None);
    let mut field = |key: &str| reader.field(&scope, inner, key, lines);
    let (expr, summary) = (field("expr"), field("summary"));
    let (description, remark) = (field("description"), field("remark"));
    let value = |given: Given<String>| given.map(|given| given.value);
    expr.map(|expr| {
        expr.map(|expr| Prometheus {
            expr,
            summary: value(summary),
            description: value(description),
            remark: value(remark),
        })
    })
}

/// Reads the name of a rule or of a label, as Prometheus takes both.
pub(super) fn word(value: &DeValue<'_>, what: &str) -> Result<String, Mismatch> {
    let text = value.as_str().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins_well && text.chars().all(fits) && text.len() <= LONGEST_NAME {
        return Ok(text.to_owned());
    }
    Err(wrong(
        value,
        format!("a {what}: at most {LONGEST_NAME} letters, digits and underscores, no digit first"),
    ))
}

/// Reads several names.
pub(super) fn names(value: &DeValue<'_>) -> Result<Vec<String>, Mismatch> {
    let items = value
        .as_array()
        .ok_or_else(|| wrong(value, "an array of names of rules"))?;
    items.iter().map(|item| word(item.get_ref(), "name")).collect()
}

fn labels(value: &DeValue<'_>) -> Result<Vec<(String, String)>, Mismatch> {
    let table = value
        .as_table()
        .ok_or_else(|| wrong(value, "a table of labels, such as { team = \"data\" }"))?;
    if table.len() > MOST_LABELS {
        return Err(Mismatch::Refused(format!(
            "at most {MOST_LABELS} labels are possible"
        )));
    }
    let read = table.iter().map(|(key, value)| {
        let name = DeValue::String(key.get_ref().as_ref().into());
        let name = word(&name, "label")?;
        if ["alertname", "severity"].contains(&name.as_str()) {
            return Err(Mismatch::Refused(format!(
                "the label {name} is set by the rule itself"
            )));
        }
        Ok((name, text(value.get_ref())?))
    });
    read.collect()
}

/// Reads a text on one line.
fn text(value: &DeValue<'_>) -> Result<String, Mismatch> {
    config::prose(value, LONGEST_TEXT)
}

/// Reads a text that may have several lines.
fn lines(value: &DeValue<'_>) -> Result<String, Mismatch> {
    config::lines(value, LONGEST_TEXT)
}

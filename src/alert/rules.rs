//! All rules together: the built-in ones, with the user's files laid over them in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::form::{RuleForm, names};
use super::rule::Rule;
use crate::config::{FileReader, Problem, advice, quoted, wrong};
use crate::model::text::Name;

/// The text of the built-in rules.
pub const BUILT_IN: &str = include_str!("../../assets/rules/builtin.toml");
/// The name that stands for their file in messages.
pub const BUILT_IN_PATH: &str = "built-in rules";
/// The most rules.
const MOST_RULES: usize = 500;
const TOP_KEYS: &[&str] = &["disable", "rule"];

/// The text of a rule file and its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// Where it stands, for messages.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// The rules in force, and what is wrong with the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Those that are used, in the order of their first mention.
    pub used: Vec<Arc<Rule>>,
    /// Those that are turned off, by name.
    pub disabled: Vec<Name>,
    /// Every fault, by file and line.
    pub problems: Vec<Problem>,
}

impl Rules {
    /// The built-in rules alone.
    pub fn built_in() -> Self {
        Self::with(&[])
    }

    /// The built-in rules with these files laid over them, a later one over an earlier one.
    ///
    /// A rule that has a fault is as the files before say, or is left out; all other rules are used.
    pub fn with(files: &[RuleFile]) -> Self {
        let mut rules = Self::default();
        let built_in = RuleFile {
            path: BUILT_IN_PATH.to_owned(),
            text: BUILT_IN.to_owned(),
        };
        let mut forms: Vec<RuleForm> = Vec::new();
        for file in std::iter::once(&built_in).chain(files) {
            lay(file, &mut forms, &mut rules.problems);
        }
        let known: Vec<String> = forms.iter().map(|form| form.name.value.clone()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for form in &forms {
            rules.problems.extend(unknown_kin(form, &known));
            if !form.is_enabled() {
                rules.disabled.push(Name::from(form.name.value.as_str()));
            } else if let Ok(rule) = form.rule() {
                rules.used.push(Arc::new(rule));
            }
        }
        rules.cut_circles();
        rules.problems.sort();
        rules.problems.dedup();
        rules
    }

    /// The rule of that name.
    pub fn find(&self, name: &Name) -> Option<&Arc<Rule>> {
        self.used.iter().find(|rule| rule.name == *name)
    }

    /// Takes away what makes a rule a consequence of itself, and says so.
    fn cut_circles(&mut self) {
        let causes: BTreeMap<Name, Vec<Name>> = self
            .used
            .iter()
            .map(|rule| (rule.name.clone(), rule.kin.consequence_of.clone()))
            .collect();
        for rule in &mut self.used {
            if !leads_to(&causes, &rule.name) {
                continue;
            }
            let message = format!(
                "{} is a consequence of itself, over the rules that it names; none of them is taken",
                rule.name
            );
            let key = format!("{}.consequence_of", rule.name);
            self.problems
                .push(Problem::new(rule.origin.clone(), &key, &message));
            Arc::make_mut(rule).kin.consequence_of.clear();
        }
    }
}

/// Whether a rule is found again on the way from its causes to theirs.
fn leads_to(causes: &BTreeMap<Name, Vec<Name>>, name: &Name) -> bool {
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    let mut next: Vec<&Name> = causes.get(name).into_iter().flatten().collect();
    while let Some(cause) = next.pop() {
        if cause == name {
            return true;
        }
        if seen.insert(cause) {
            next.extend(causes.get(cause).into_iter().flatten());
        }
    }
    false
}

fn unknown_kin(form: &RuleForm, known: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, names) in form.relations() {
        for name in names.value.iter().filter(|name| !known.contains(&name.as_str())) {
            let message = format!(
                "there is no rule {}; {}",
                quoted(name),
                advice(name, "name", known)
            );
            let key = format!("{}.{key}", form.name.value);
            problems.push(Problem::new(names.origin.clone(), &key, &message));
        }
    }
    problems
}

/// Lays what one file says over what is known.
fn lay(file: &RuleFile, forms: &mut Vec<RuleForm>, problems: &mut Vec<Problem>) {
    let mut reader = FileReader::new(&file.text, &file.path);
    let (document, syntax) = DeTable::parse_recoverable(&file.text);
    reader.syntax(&file.text, &syntax);
    if syntax.is_empty() {
        top(&mut reader, document.get_ref(), forms);
    }
    problems.append(&mut reader.problems);
}

fn top(reader: &mut FileReader<'_>, table: &DeTable<'_>, forms: &mut Vec<RuleForm>) {
    reader.deny_unknown("", table, TOP_KEYS, |key| {
        super::form::RULE_KEYS
            .contains(&key)
            .then_some("a rule, under a line [[rule]]")
    });
    each(reader, table, forms);
    let disable = reader.field("", table, "disable", names);
    for name in disable.iter().flat_map(|given| &given.value) {
        let known: Vec<String> = forms.iter().map(|form| form.name.value.clone()).collect();
        let origin = disable
            .as_ref()
            .map_or(crate::config::Origin::Default, |given| given.origin.clone());
        if let Some(form) = forms.iter_mut().find(|form| form.name.value == *name) {
            form.disable(origin);
        } else {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!(
                "there is no rule {}; {}",
                quoted(name),
                advice(name, "name", &known)
            );
            reader.problems.push(Problem::new(origin, "disable", &message));
        }
    }
}

fn each(reader: &mut FileReader<'_>, table: &DeTable<'_>, forms: &mut Vec<RuleForm>) {
    let Some(given) = table.get("rule") else { return };
    let Some(items) = given.get_ref().as_array() else {
        let mismatch = wrong(given.get_ref(), "tables, each under a line [[rule]]");
        reader.fault(&given.span(), "rule", mismatch);
        return;
    };
    let mut here: BTreeSet<String> = BTreeSet::new();
    for item in items {
        let DeValue::Table(inner) = item.get_ref() else {
            reader.fault(&item.span(), "rule", wrong(item.get_ref(), "a table"));
            continue;
        };
        if forms.len() == MOST_RULES {
            let message = format!("at most {MOST_RULES} rules are possible");
            reader.fault(&item.span(), "rule", message);
            return;
        }
        // The place of a table is that of its first key.
        let first = inner
            .iter()
            .map(|(key, _)| key.span())
            .min_by_key(|span| span.start);
        let span = first.unwrap_or_else(|| item.span());
        let before = reader.problems.len();
        let Some(form) = RuleForm::read(reader, inner, &span) else {
            continue;
        };
        if !here.insert(form.name.value.clone()) {
            reader.fault(
                &span,
                &form.name.value,
                "this file has a rule of that name already",
            );
            continue;
        }
        let earlier = forms.iter().position(|known| known.name.value == form.name.value);
        let whole = match earlier.and_then(|place| forms.get(place)) {
            Some(earlier) => form.over(earlier.clone()),
            None => form,
        };
        if let Err(mut faults) = whole.rule() {
            reader.problems.append(&mut faults);
        }
        if reader.problems.len() > before {
            continue;
        }
        match earlier.and_then(|place| forms.get_mut(place)) {
            Some(earlier) => *earlier = whole,
            None => forms.push(whole),
        }
    }
}

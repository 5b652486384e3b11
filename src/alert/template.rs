//! Texts of rules with places for values: `Broker {broker.id} is offline`.

use super::expr::{Fact, Measured};
use super::rule::Rule;
use super::show;
use super::word::{Kind, Scope, Unit, Word};

/// The longest template, in characters.
const LONGEST: usize = 1_000;

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Word(Word),
    /// The measure of the condition.
    Value,
    /// One text where the measure is 1, and another where it is not.
    Plural(String, String),
}

/// A text with places for values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

/// The words that stand for a label of the metrics, with the label.
const LABELS: &[(Word, &str)] = &[
    (Word::BrokerId, "broker_id"),
    (Word::BrokerHost, "host"),
    (Word::BrokerPort, "port"),
    (Word::TopicName, "topic"),
    (Word::GroupName, "group"),
    (Word::ContainerName, "container"),
    (Word::ContainerNode, "node"),
    (Word::SourceName, "source"),
];

impl Template {
    /// Reads a template; its line breaks are spaces.
    ///
    /// # Errors
    /// A sentence with the column of what is wrong.
    pub fn parse(text: &str, scope: Scope) -> Result<Self, String> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(format!("a text of 1 to {LONGEST} characters is expected"));
        }
        if text.contains(crate::model::text::needs_escape) {
            return Err("it holds a character that cannot be printed".to_owned());
        }
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            let column = text.len() - rest.len() + at + 1;
            let (before, from) = rest.split_at(at);
            push(&mut parts, before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                push(&mut parts, from.get(..1).unwrap_or_default());
                rest = after;
                continue;
            }
            let Some((name, after)) = from.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
                return Err(format!(
                    "column {column}: a lone brace; write it twice to have it as it is"
                ));
            };
            let name = name.trim();
            parts.push(if name == "value" {
                Part::Value
            } else if let Some((one, many)) = name.split_once('|') {
                Part::Plural(one.to_owned(), many.to_owned())
            } else {
                let word = Word::named(name, scope).map_err(|why| format!("column {column}: {why}"))?;
                Part::Word(word)
            });
            rest = after;
        }
        push(&mut parts, rest);
        Ok(Self { parts })
    }

    /// The text with the facts in their places; printable.
    pub(super) fn filled<'f>(&self, rule: &Rule, facts: &dyn Fn(Word) -> Fact<'f>) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Word(word) => text.push_str(&show::fact(*word, &facts(*word))),
                Part::Value => text.push_str(&value(rule, facts)),
                Part::Plural(one, many) => {
                    text.push_str(if value(rule, facts) == "1" { one } else { many });
                }
            }
        }
        text
    }

    /// The same for Prometheus.
    ///
    /// # Errors
    /// The name of a value that is no label there.
    pub fn prometheus(&self) -> Result<String, &'static str> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Value => text.push_str("{{ $value }}"),
                // Its templates have their own ways, and a number of any size is mostly not 1.
                Part::Plural(_, many) => text.push_str(many),
                Part::Word(word) => {
                    let label = LABELS.iter().find(|(labelled, _)| labelled == word);
                    let (_, label) = label.ok_or(word.name())?;
                    text.push_str("{{ $labels.");
                    text.push_str(label);
                    text.push_str(" }}");
                }
            }
        }
        Ok(text)
    }
}

fn push(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Part::Text(last)) = parts.last_mut() {
        last.push_str(text);
    } else {
        parts.push(Part::Text(text.to_owned()));
    }
}

fn value<'f>(rule: &Rule, facts: &dyn Fn(Word) -> Fact<'f>) -> String {
    let Some(measure) = rule.when.measure() else {
        return "unknown".to_owned();
    };
    let unit = measure.word().map(|word| word.entry().kind);
    match (measure.measured(facts), unit) {
        (Some(number), Some(Kind::Number(unit))) => show::in_unit(number, unit),
        (Some(number), _) => show::in_unit(number, Unit::Count),
        (None, _) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<Vec<Part>, String> {
        Template::parse(text, Scope::Broker).map(|template| template.parts)
    }

    #[test]
    fn templates_are_read_and_their_faults_placed() {
        let fixed = |text: &str| Part::Text(text.to_owned());
        assert_eq!(
            parts("Broker {broker.id}\n is {{off}}: {value}"),
            Ok(vec![
                fixed("Broker "),
                Part::Word(Word::BrokerId),
                fixed(" is {off}: "),
                Part::Value
            ])
        );
        assert_eq!(
            parts("{value} {is|are}"),
            Ok(vec![
                Part::Value,
                fixed(" "),
                Part::Plural("is".to_owned(), "are".to_owned())
            ])
        );
        let table = [
            ("", "1 to 1000"),
            ("a\u{1b}b", "cannot be printed"),
            (
                "{broker.idd}",
                "column 1: there is no value \"broker.idd\"; the nearest valid value is \"broker.id\"",
            ),
            ("é {broker.id", "column 4: a lone brace"),
            ("a } b", "column 3: a lone brace"),
            ("{topic.name}", "column 1: `topic.name` tells of one topic"),
        ];
        for (text, told) in table {
            let error = parts(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn labels_become_those_of_prometheus() {
        let template = Template::parse("{broker.id} at {broker.host}: {value}", Scope::Broker).unwrap();
        assert_eq!(
            template.prometheus().unwrap(),
            "{{ $labels.broker_id }} at {{ $labels.host }}: {{ $value }}"
        );
        let template = Template::parse("{broker.state}", Scope::Broker).unwrap();
        assert_eq!(template.prometheus(), Err("broker.state"));
    }
}

//! From the text of a scenario file to a scenario, or to every fault in it.

use std::sync::Arc;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::cluster_form::{self, deny, each};
use super::form::{Ending, Scenario, Step};
use super::step_form::{self, LATEST};
use super::value::{count, prose, title};
use crate::config::{FileReader, Mismatch, Period, Problem, duration, join, wrong};
use crate::model::story::{Conclusion, Lesson, QuizQuestion};
use crate::model::time::Span;

pub(super) const TOP_KEYS: &[&str] = &[
    "cluster",
    "conclusion",
    "groups",
    "mode",
    "release",
    "repeat_after",
    "step",
    "story",
    "title",
    "topics",
];
/// The most steps.
const MOST_STEPS: usize = 1_000;
/// The most questions.
const MOST_QUESTIONS: usize = 9;

impl Scenario {
    /// Reads the text of the file at this path.
    ///
    /// # Errors
    /// Every fault of the file, by line.
    pub fn parse(text: &str, path: &str) -> Result<Self, Vec<Problem>> {
        let mut reader = FileReader::new(text, path);
        let (document, syntax) = DeTable::parse_recoverable(text);
        reader.syntax(text, &syntax);
        // What the parser recovers after a syntax error would add faults that are not there.
        let scenario = syntax.is_empty().then(|| top(&mut reader, document.get_ref()));
        let mut problems = reader.problems;
        problems.sort();
        problems.dedup();
        match scenario {
            Some(scenario) if problems.is_empty() => Ok(scenario),
            _ => Err(problems),
        }
    }
}

fn top(reader: &mut FileReader<'_>, table: &DeTable<'_>) -> Scenario {
    reader.deny_unknown("", table, TOP_KEYS, |key| {
        if cluster_form::CLUSTER_KEYS.contains(&key) {
            Some("the table [cluster]")
        } else if ["cause", "at_risk", "next", "from", "question"].contains(&key) {
            Some("the table [conclusion]")
        } else if ["at", "act", "node", "note"].contains(&key) {
            Some("a step, under a line [[step]]")
        } else {
            None
        }
    });
    let cluster = cluster_form::read(reader, table);
    let steps = steps(reader, table);
    let repeat = reader.field("", table, "repeat_after", duration);
    Scenario {
        title: text(reader, table, "", "title", title),
        situation: text(reader, table, "", "story", prose),
        cluster,
        lesson: Arc::new(lesson(reader, table, &steps)),
        steps,
        ending: repeat.map_or(Ending::Stay, |after| Ending::Repeat(after.value)),
    }
}

/// Reads a text that must be there; the whole file is named where it is not.
fn text(
    reader: &mut FileReader<'_>,
    table: &DeTable<'_>,
    scope: &str,
    key: &str,
    read: impl Fn(&DeValue<'_>) -> Result<String, Mismatch>,
) -> String {
    if !table.contains_key(key) {
        // The place of a table is that of its first key.
        let span = table
            .iter()
            .map(|(key, _)| key.span())
            .min_by_key(|span| span.start);
        reader.fault(
            &span.unwrap_or(0..0),
            &join(scope, key),
            "is missing, expected a string",
        );
    }
    reader
        .field(scope, table, key, read)
        .map(|text| text.value)
        .unwrap_or_default()
}

fn steps(reader: &mut FileReader<'_>, table: &DeTable<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut last = Duration::ZERO;
    let mut number = 0;
    each(reader, table, "step", |reader, table, span| {
        number += 1;
        if number > MOST_STEPS {
            if number == MOST_STEPS + 1 {
                reader.fault(span, "step", format!("at most {MOST_STEPS} steps are possible"));
            }
            return;
        }
        let Some(step) = step_form::read(reader, table, span) else {
            return;
        };
        if step.at < last {
            let at = table.get("at").map_or_else(|| span.clone(), toml::Spanned::span);
            reader.fault(
                &at,
                "step.at",
                format!(
                    "{} lies before the step above it, at {}; steps stand in the order of their times",
                    Period(step.at),
                    Period(last)
                ),
            );
        }
        last = last.max(step.at);
        steps.push(step);
    });
    steps
}

fn lesson(reader: &mut FileReader<'_>, table: &DeTable<'_>, steps: &[Step]) -> Lesson {
    const SCOPE: &str = "conclusion";
    let Some(inner) = reader.table("", table, SCOPE) else {
        return Lesson::default();
    };
    deny(
        reader,
        SCOPE,
        inner,
        &[&["from", "cause", "at_risk", "next", "question"]],
    );
    let from = reader.field(SCOPE, inner, "from", |value| {
        let from = duration(value)?;
        if from > LATEST {
            return Err(wrong(value, format!("a time up to {}", Period(LATEST))));
        }
        Ok(from)
    });
    // Without a time of its own it can be drawn once the last step was done.
    let last = steps.last().map_or(Duration::ZERO, |step| step.at);
    Lesson {
        from: Span::from(from.map_or(last, |from| from.value)),
        conclusion: Some(Conclusion {
            cause: text(reader, inner, SCOPE, "cause", prose),
            at_risk: text(reader, inner, SCOPE, "at_risk", prose),
            next: text(reader, inner, SCOPE, "next", prose),
        }),
        questions: questions(reader, inner),
    }
}

fn questions(reader: &mut FileReader<'_>, table: &DeTable<'_>) -> Vec<QuizQuestion> {
    const SCOPE: &str = "conclusion.question";
    let mut questions = Vec::new();
    each(reader, table, "question", |reader, table, span| {
        deny(reader, SCOPE, table, &[&["ask", "options", "right"]]);
        if questions.len() == MOST_QUESTIONS {
            reader.fault(
                span,
                SCOPE,
                format!("at most {MOST_QUESTIONS} questions are possible"),
            );
        }
        for key in ["options", "right"] {
            if !table.contains_key(key) {
                reader.fault(span, &join(SCOPE, key), "is missing");
            }
        }
        let ask = text(reader, table, SCOPE, "ask", prose);
        let options = reader.field(SCOPE, table, "options", options);
        let Some(options) = options.map(|options| options.value) else {
            return;
        };
        let most = u32::try_from(options.len()).unwrap_or(u32::MAX);
        let right = reader.field(SCOPE, table, "right", |value| count(value, 1, most));
        if let Some(right) = right {
            questions.push(QuizQuestion {
                ask,
                options,
                right: usize::try_from(right.value.saturating_sub(1)).unwrap_or_default(),
            });
        }
    });
    questions
}

fn options(value: &DeValue<'_>) -> Result<Vec<String>, Mismatch> {
    let all = value.as_array().and_then(|items| {
        items
            .iter()
            .map(|item| prose(item.get_ref()).ok())
            .collect::<Option<Vec<_>>>()
    });
    all.filter(|all| (2..=4).contains(&all.len()))
        .ok_or_else(|| wrong(value, "an array of 2 to 4 strings, the possible answers"))
}

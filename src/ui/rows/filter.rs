//! The language of filters: words, regular expressions, and what columns hold.
//!
//! Terms stand side by side and all must hold: `orders !^__ lag>1000 state=empty isr<rf size>=2G age>5m`.
//!
//! | term | holds where |
//! |---|---|
//! | `orders` | a name of the row has this in it, in either case |
//! | `/^ord/`, `~^ord` | a name of the row matches the regular expression |
//! | `lag>1000` | the column holds such a number: `=` `!=` `<` `<=` `>` `>=`; `k` `M` `G` `T` and `ms` `s` `m` `h` `d` are understood |
//! | `isr<rf` | the one column holds less than the other |
//! | `state=empty` | the column holds this word, in either case; `?` is what is not known, `-` what does not exist |
//! | `topic~^ord`, `topic!~^ord` | the column matches, or does not |
//! | `!term` | the term does not hold |
//!
//! A comparison with what is not known never holds, nor does its contrary.

use std::fmt;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::value::Value;
use crate::ui::field::{Field, Subject};

/// The longest filter that is read; more is cut.
pub const LONGEST: usize = 200;
/// What a regular expression may take when it is compiled.
const REGEX_BYTES: usize = 1 << 20;

/// A filter as it was typed, with what it means.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    terms: Arc<[Term]>,
    problem: Option<String>,
}

/// Two filters are the same where they were typed the same.
impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

/// One term.
#[derive(Clone, Debug)]
struct Term {
    inverse: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Word(String),
    Pattern(Regex),
    Compare(Field, Comparison, Operand),
    /// Whether the column has to match, or must not.
    Matches(Field, Regex, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Clone, Debug)]
enum Operand {
    Number(f64),
    Column(Field),
    Word(String),
}

/// What a filter looks at of a row.
pub trait Row {
    /// What a column holds.
    fn value(&self, field: Field) -> Value<'_>;
    /// Whether any name of the row passes.
    fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool;
}

impl Filter {
    /// Reads a filter for rows about `subject`. What cannot be understood is left out and named by
    /// [`problem`](Self::problem); the rest holds.
    pub fn parse(text: &str, subject: Subject) -> Self {
        let text: String = text.chars().take(LONGEST).collect();
        let mut terms = Vec::new();
        let mut problem = None;
        for word in text.split_whitespace() {
            match term(word, subject) {
                Ok(term) => terms.push(term),
                Err(why) => problem = problem.or(Some(why)),
            }
        }
        Self {
            text,
            terms: terms.into(),
            problem,
        }
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What could not be understood, in a sentence.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether it hides nothing.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row passes.
    pub fn passes(&self, row: &(impl Row + ?Sized)) -> bool {
        self.terms.iter().all(|term| term.holds(row))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::model::text::printable(&self.text))
    }
}

impl Term {
    fn holds(&self, row: &(impl Row + ?Sized)) -> bool {
        let held = match &self.test {
            Test::Word(word) => Some(row.any_name(&|name| holds_word(name, word))),
            Test::Pattern(regex) => Some(row.any_name(&|name| regex.is_match(name))),
            Test::Compare(field, comparison, operand) => compare(row, *field, *comparison, operand),
            Test::Matches(field, regex, wanted) => match row.value(*field) {
                Value::Text(text) => Some(regex.is_match(&text) == *wanted),
                Value::Number(number) => Some(regex.is_match(&number.to_string()) == *wanted),
                Value::Unknown | Value::Nothing => None,
            },
        };
        held.is_some_and(|held| held != self.inverse)
    }
}

/// Whether `name` has `word`, which is in lower case, in it.
fn holds_word(name: &str, word: &str) -> bool {
    if name.is_ascii() && word.is_ascii() {
        let (name, word) = (name.as_bytes(), word.as_bytes());
        word.is_empty()
            || name
                .windows(word.len())
                .any(|part| part.eq_ignore_ascii_case(word))
    } else {
        name.to_lowercase().contains(word)
    }
}

/// `None` where one side is not known.
fn compare(
    row: &(impl Row + ?Sized),
    field: Field,
    comparison: Comparison,
    operand: &Operand,
) -> Option<bool> {
    let value = row.value(field);
    if let Operand::Word(word) = operand {
        let same = match (&value, word.as_str()) {
            (Value::Unknown, word) => word == "?",
            (Value::Nothing, word) => word == "-",
            (Value::Text(text), word) => !matches!(word, "?" | "-") && text.to_lowercase() == *word,
            (Value::Number(_), _) => false,
        };
        return Some(same == (comparison == Comparison::Equal));
    }
    let number = |value: Value<'_>| match value {
        Value::Number(number) => Some(number),
        Value::Text(text) => text.parse().ok(),
        Value::Unknown | Value::Nothing => None,
    };
    let right = match operand {
        Operand::Number(number) => *number,
        Operand::Column(other) => number(row.value(*other))?,
        Operand::Word(_) => return None,
    };
    let left = number(value)?;
    #[expect(clippy::float_cmp, reason = "counts and ids are compared as they were typed")]
    Some(match comparison {
        Comparison::Equal => left == right,
        Comparison::Unequal => left != right,
        Comparison::Less => left < right,
        Comparison::AtMost => left <= right,
        Comparison::More => left > right,
        Comparison::AtLeast => left >= right,
    })
}

/// The operators, the longer ones first.
const OPERATORS: [&str; 8] = ["!~", "!=", "<=", ">=", "~", "=", "<", ">"];

fn term(word: &str, subject: Subject) -> Result<Term, String> {
    let (inverse, rest) = match word.strip_prefix('!') {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, word),
    };
    Ok(Term {
        inverse,
        test: test(rest, subject)?,
    })
}

fn test(word: &str, subject: Subject) -> Result<Test, String> {
    if let Some(pattern) = word
        .strip_prefix('/')
        .map(|rest| rest.strip_suffix('/').unwrap_or(rest))
        .or_else(|| word.strip_prefix('~'))
    {
        return Ok(Test::Pattern(regex(pattern)?));
    }
    // Names may hold what looks like an operator only after other characters than letters.
    let name: String = word.chars().take_while(char::is_ascii_alphabetic).collect();
    let rest = word.get(name.len()..).unwrap_or_default();
    let operator = OPERATORS.iter().find(|operator| rest.starts_with(**operator));
    let (Some(operator), false) = (operator, name.is_empty()) else {
        return Ok(Test::Word(word.to_lowercase()));
    };
    let Some(spec) = subject.named(&name.to_lowercase()) else {
        return Err(no_column(&name, subject));
    };
    let operand = rest.get(operator.len()..).unwrap_or_default();
    if operand.is_empty() {
        return Err(format!("{word}: what to compare with is missing"));
    }
    let comparison = match *operator {
        "~" | "!~" => return Ok(Test::Matches(spec.field, regex(operand)?, *operator == "~")),
        "=" => Comparison::Equal,
        "!=" => Comparison::Unequal,
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::More,
        _ => Comparison::AtLeast,
    };
    let operand = operand_of(operand, comparison, subject)
        .ok_or_else(|| format!("{word}: {operand} is neither a number nor a column of this list"))?;
    Ok(Test::Compare(spec.field, comparison, operand))
}

fn operand_of(text: &str, comparison: Comparison, subject: Subject) -> Option<Operand> {
    if let Some(number) = number(text) {
        return Some(Operand::Number(number));
    }
    let by_word = matches!(comparison, Comparison::Equal | Comparison::Unequal);
    let column = subject
        .named(&text.to_lowercase())
        .map(|spec| Operand::Column(spec.field));
    if by_word {
        return Some(column.unwrap_or_else(|| Operand::Word(text.to_lowercase())));
    }
    column
}

/// A number with its unit: times are in seconds.
fn number(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 10] = [
        ("ms", 0.001),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3_600.0),
        ("d", 86_400.0),
        ("%", 1.0),
    ];
    let unit = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    let (digits, factor) = unit.unwrap_or((text, 1.0));
    let plain = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    let number: f64 = digits.parse().ok().filter(|_| plain)?;
    Some(number * factor)
}

fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_BYTES)
        .build()
        .map_err(|error| {
            let last = error.to_string();
            let why = last.lines().last().unwrap_or_default();
            format!(
                "{pattern}: no regular expression: {}",
                why.trim_start_matches("error: ")
            )
        })
}

/// The names of columns, those most like the wrong one first: where there is no room for all the others are cut off.
fn no_column(name: &str, subject: Subject) -> String {
    let wrong = name.to_lowercase();
    let mut names: Vec<(f64, &str)> = subject
        .columns()
        .iter()
        .map(|spec| (strsim::jaro_winkler(&wrong, spec.name), spec.name))
        .collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0));
    match names.first() {
        Some((likeness, near)) if *likeness > 0.7 => format!("{name} is no column here: {near}?"),
        _ => {
            let names: Vec<&str> = names.into_iter().map(|(_, name)| name).collect();
            format!("{name} is no column here: {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;

    /// A group with one unknown column.
    struct Group(&'static str, f64, &'static str);

    impl Row for Group {
        fn value(&self, field: Field) -> Value<'_> {
            match field {
                Field::Name => Value::Text(Cow::Borrowed(self.0)),
                Field::Lag => Value::Number(self.1),
                Field::Members => Value::Number(3.0),
                Field::State => Value::Text(Cow::Borrowed(self.2)),
                Field::Lost => Value::Nothing,
                _ => Value::Unknown,
            }
        }

        fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool {
            passes(self.0)
        }
    }

    fn passing(text: &str) -> String {
        let groups = [
            Group("orders", 1500.0, "stable"),
            Group("Orders-eu", 2.0, "empty"),
            Group("__mirror", 3.0, "stable"),
        ];
        let filter = Filter::parse(text, Subject::Group);
        let names: Vec<&str> = groups
            .iter()
            .filter(|group| filter.passes(*group))
            .map(|group| group.0)
            .collect();
        names.join(" ")
    }

    #[test]
    fn terms_hold_as_they_say() {
        let table = [
            ("", "orders Orders-eu __mirror"),
            ("ORD", "orders Orders-eu"),
            ("!ord", "__mirror"),
            ("/^ord.*u$/", "Orders-eu"),
            ("~^__", "__mirror"),
            ("!~^__", "orders Orders-eu"),
            ("lag>1000", "orders"),
            ("lag>1.5k", ""),
            ("lag>=1.5k", "orders"),
            ("lag<=3", "Orders-eu __mirror"),
            ("lag=3", "__mirror"),
            ("lag!=3", "orders Orders-eu"),
            ("lag<members", "Orders-eu"),
            ("lag=members", "__mirror"),
            ("state=EMPTY", "Orders-eu"),
            ("state!=empty", "orders __mirror"),
            ("!state=empty", "orders __mirror"),
            ("name~^o", "orders Orders-eu"),
            ("group!~^o", "__mirror"),
            ("ord lag<100", "Orders-eu"),
            // What is not known passes no comparison, and neither does its contrary.
            ("age>5m", ""),
            ("!age>5m", ""),
            ("age~1", ""),
            ("age=?", "orders Orders-eu __mirror"),
            ("lost=-", "orders Orders-eu __mirror"),
            ("lag=?", ""),
            ("!", ""),
            ("a=b", "orders Orders-eu __mirror"),
        ];
        for (text, expected) in table {
            assert_eq!(passing(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named_and_the_rest_holds() {
        let table = [
            ("lagg>5", "lagg is no column here: lag?"),
            ("lag>", "lag>: what to compare with is missing"),
            (
                "lag>many",
                "lag>many: many is neither a number nor a column of this list",
            ),
            ("~(", "(: no regular expression: unclosed group"),
        ];
        for (text, expected) in table {
            assert_eq!(Filter::parse(text, Subject::Group).problem(), Some(expected));
            assert_eq!(passing(&format!("{text} ~^__")), "__mirror", "{text}");
        }
        assert_eq!(Filter::parse("ord lag>1 ~x", Subject::Group).problem(), None);
    }

    #[test]
    fn a_regular_expression_has_bounds() {
        let filter = Filter::parse("~(a{1000}){1000}", Subject::Group);
        assert!(filter.problem().is_some(), "{filter:?}");
    }

    #[test]
    fn numbers_have_units() {
        let table = [
            ("5", Some(5.0)),
            ("-2.5", Some(-2.5)),
            ("3k", Some(3_000.0)),
            ("2M", Some(2e6)),
            ("2m", Some(120.0)),
            ("5ms", Some(0.005)),
            ("1h", Some(3_600.0)),
            ("85%", Some(85.0)),
            ("inf", None),
            ("nan", None),
            ("1e5", None),
            ("k", None),
        ];
        for (text, expected) in table {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,300}") {
            for subject in Subject::ALL {
                let filter = Filter::parse(&text, subject);
                filter.passes(&Group("orders", 1.0, "stable"));
            }
        }
    }
}

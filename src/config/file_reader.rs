//! Typed reading of TOML tables: each value with its line, and every fault kept.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration::{parse_duration, parse_within};
use super::name::advice;
use super::origin::{Origin, Sourced};
use super::printable::quoted;
use super::problem::{Mismatch, Problem};
use super::settings::{REFRESH_MAX, REFRESH_MIN};
use crate::model::text::needs_escape as is_hostile;

/// The longest name of a cluster, a theme or a keymap, in characters.
const NAME_MAX: usize = 100;

/// Reads the tables of one file and gathers their faults.
pub(crate) struct FileReader<'a> {
    path: &'a str,
    line_ends: Vec<usize>,
    /// The faults so far.
    pub(crate) problems: Vec<Problem>,
}

impl<'a> FileReader<'a> {
    /// A reader of the text that stands at the path.
    pub(crate) fn new(text: &str, path: &'a str) -> Self {
        let line_ends = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at)
            .collect();
        Self {
            path,
            line_ends,
            problems: Vec::new(),
        }
    }

    /// The line on which the span begins.
    pub(crate) fn origin(&self, span: &Range<usize>) -> Origin {
        let above = self.line_ends.partition_point(|end| *end < span.start);
        Origin::file(
            self.path,
            u32::try_from(above).unwrap_or(u32::MAX).saturating_add(1),
        )
    }

    /// Keeps what the parser of TOML found. The text at fault is not quoted, it may be a secret; but a key that stands
    /// twice is named.
    pub(crate) fn syntax(&mut self, text: &str, faults: &[toml::de::Error]) {
        for error in faults {
            let span = error.span().unwrap_or(0..0);
            let key = if error.message() == "duplicate key" {
                text.get(span.clone())
            } else {
                None
            };
            self.fault(
                &span,
                key.unwrap_or_default(),
                format!("not valid TOML: {}", error.message()),
            );
        }
    }

    /// Keeps a fault.
    pub(crate) fn fault(&mut self, span: &Range<usize>, key: &str, message: impl Display) {
        self.problems
            .push(Problem::new(self.origin(span), key, &message.to_string()));
    }

    /// Faults each key of the table that is not one of the valid ones; `elsewhere` says where a key that is
    /// valid in another table belongs.
    pub(crate) fn deny_unknown(
        &mut self,
        scope: &str,
        table: &DeTable<'_>,
        valid: &[&str],
        elsewhere: impl Fn(&str) -> Option<&'static str>,
    ) {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if valid.contains(&name) {
                continue;
            }
            let hint = match elsewhere(name) {
                Some(place) => format!("it belongs in {place}"),
                None => advice(name, "key", valid),
            };
            self.fault(&key.span(), &join(scope, name), format!("unknown key; {hint}"));
        }
    }

    /// Reads the value of a key, if the key is there.
    pub(crate) fn field<T>(
        &mut self,
        scope: &str,
        table: &DeTable<'_>,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, Mismatch>,
    ) -> Option<Sourced<T>> {
        let value = table.get(key)?;
        match read(value.get_ref()) {
            Ok(read) => Some(Sourced::new(read, self.origin(&value.span()))),
            Err(mismatch) => {
                self.fault(&value.span(), &join(scope, key), mismatch);
                None
            }
        }
    }

    /// The table under a key, if the key is there.
    pub(crate) fn table<'t, 'i>(
        &mut self,
        scope: &str,
        table: &'t DeTable<'i>,
        key: &str,
    ) -> Option<&'t DeTable<'i>> {
        self.as_table(&join(scope, key), table.get(key)?)
    }

    /// The value as a table. A text in its place is not quoted: it may hold client properties.
    pub(crate) fn as_table<'t, 'i>(
        &mut self,
        key: &str,
        value: &'t Spanned<DeValue<'i>>,
    ) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let mismatch = match value.get_ref() {
                DeValue::String(_) => Mismatch::described("a string", "a table"),
                other => wrong(other, "a table"),
            };
            self.fault(&value.span(), key, mismatch);
        }
        table
    }
}

/// The key with the tables that it stands in, quoted where TOML asks for it.
pub(crate) fn join(scope: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let key = if bare { key.to_owned() } else { quoted(key) };
    if scope.is_empty() {
        key
    } else {
        format!("{scope}.{key}")
    }
}

/// A mismatch between a value and what is expected of it.
pub(crate) fn wrong(value: &DeValue<'_>, expected: impl Into<String>) -> Mismatch {
    let found = match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => format!("the integer {number}"),
        DeValue::Float(number) => format!("the float {number}"),
        DeValue::Boolean(flag) => format!("the boolean {flag}"),
        DeValue::Datetime(_) => "a date or a time".to_owned(),
        DeValue::Array(_) => "an array".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    };
    Mismatch::described(found, expected)
}

/// Reads `true` or `false`.
pub(crate) fn boolean(value: &DeValue<'_>) -> Result<bool, Mismatch> {
    value.as_bool().ok_or_else(|| wrong(value, "true or false"))
}

/// Reads a string that can be shown on one line.
pub(crate) fn name(value: &DeValue<'_>) -> Result<String, Mismatch> {
    match value.as_str() {
        Some(text) if is_name(text) => Ok(text.to_owned()),
        _ => Err(wrong(
            value,
            format!("a string of 1 to {NAME_MAX} printable characters"),
        )),
    }
}

/// Reads one of a few words; `what` says what they are.
pub(crate) fn one_of<T: Copy>(value: &DeValue<'_>, what: &str, words: &[(&str, T)]) -> Result<T, Mismatch> {
    let valid: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let Some(text) = value.as_str() else {
        let all: Vec<String> = valid.iter().map(|word| quoted(word)).collect();
        return Err(wrong(value, format!("one of {}", all.join(", "))));
    };
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meant)| *meant).ok_or_else(|| {
        Mismatch::Refused(format!(
            "there is no {what} {}; {}",
            quoted(text),
            advice(text, what, &valid)
        ))
    })
}

/// Reads a text of so many printable characters at most, which may have several lines.
pub(crate) fn lines(value: &DeValue<'_>, longest: usize) -> Result<String, Mismatch> {
    bounded(value, longest, |text| text.trim().to_owned())
}

/// The same on one line: the line breaks that it is written with are spaces.
pub(crate) fn prose(value: &DeValue<'_>, longest: usize) -> Result<String, Mismatch> {
    bounded(value, longest, |text| {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

fn bounded(value: &DeValue<'_>, longest: usize, laid_out: fn(&str) -> String) -> Result<String, Mismatch> {
    let hostile = |c: char| c != '\n' && is_hostile(c);
    let fits = |text: &String| !text.is_empty() && text.chars().count() <= longest && !text.contains(hostile);
    let text = value.as_str().map(laid_out).filter(fits);
    text.ok_or_else(|| wrong(value, format!("a string of 1 to {longest} printable characters")))
}

/// Whether the text can be the name of something.
pub(crate) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(is_hostile)
}

/// Reads a whole number of the range.
pub(crate) fn whole(value: &DeValue<'_>, range: RangeInclusive<u64>) -> Result<u64, Mismatch> {
    let number = value
        .as_integer()
        .and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
    match number {
        Some(number) if range.contains(&number) => Ok(number),
        _ if *range.end() == u64::MAX => Err(wrong(value, "a whole number, 0 or more")),
        _ => Err(wrong(
            value,
            format!("a whole number from {} to {}", range.start(), range.end()),
        )),
    }
}

/// Reads a duration.
pub(crate) fn duration(value: &DeValue<'_>) -> Result<Duration, Mismatch> {
    match value.as_str() {
        Some(text) => parse_duration(text),
        None => Err(wrong(value, "a string with a duration, such as \"1s\"")),
    }
}

/// Reads a refresh interval.
pub(crate) fn refresh(value: &DeValue<'_>) -> Result<Duration, Mismatch> {
    match value.as_str() {
        Some(text) => parse_within(text, REFRESH_MIN, REFRESH_MAX),
        None => Err(wrong(value, "a string with a duration, such as \"1s\"")),
    }
}

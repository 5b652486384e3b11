//! Typed reading of single values of a scenario file.

use toml::de::DeValue;

use crate::config::{Mismatch, advice, quoted, wrong};
use crate::model::text::needs_escape;

/// The longest text that is told, in characters.
const LONGEST: usize = 1_000;
/// The longest title, in characters: it stands in the header.
const LONGEST_TITLE: usize = 40;

/// Reads one of several words.
pub(super) fn word<T: Copy>(value: &DeValue<'_>, what: &str, words: &[(&str, T)]) -> Result<T, Mismatch> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    let Some(text) = value.as_str() else {
        let all: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        return Err(wrong(value, format!("one of {}", all.join(", "))));
    };
    let found = words.iter().find(|(name, _)| *name == text);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        Mismatch::Refused(format!(
            "there is no {what} {}; {}",
            quoted(text),
            advice(text, what, &names)
        ))
    })
}

/// Reads prose: its line breaks are spaces.
pub(super) fn prose(value: &DeValue<'_>) -> Result<String, Mismatch> {
    bounded(value, LONGEST)
}

/// Reads a title.
pub(super) fn title(value: &DeValue<'_>) -> Result<String, Mismatch> {
    bounded(value, LONGEST_TITLE)
}

fn bounded(value: &DeValue<'_>, longest: usize) -> Result<String, Mismatch> {
    let words = value
        .as_str()
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    match words {
        Some(text) if fits(&text, longest) => Ok(text),
        _ => Err(wrong(
            value,
            format!("a string of 1 to {longest} printable characters"),
        )),
    }
}

fn fits(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.chars().count() <= longest && !text.chars().any(needs_escape)
}

/// Reads a number between two bounds, whole or not.
pub(super) fn number(value: &DeValue<'_>, least: f64, most: f64) -> Result<f64, Mismatch> {
    let text = value.as_float().map(toml::de::DeFloat::as_str).or_else(|| {
        value
            .as_integer()
            .filter(|n| n.radix() == 10)
            .map(toml::de::DeInteger::as_str)
    });
    match text.and_then(|text| text.parse::<f64>().ok()) {
        Some(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(wrong(value, format!("a number from {least} to {most}"))),
    }
}

/// Reads a whole number between two bounds.
pub(super) fn count(value: &DeValue<'_>, least: u32, most: u32) -> Result<u32, Mismatch> {
    crate::config::whole(value, u64::from(least)..=u64::from(most))
        .map(|number| u32::try_from(number).unwrap_or(most))
}

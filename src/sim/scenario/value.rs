//! Typed reading of single values of a scenario file.

use toml::de::DeValue;

use crate::config::{self, Mismatch, wrong};

/// The longest text that is told, in characters.
const LONGEST: usize = 1_000;
/// The longest title, in characters: it stands in the header.
const LONGEST_TITLE: usize = 40;

/// Reads prose: its line breaks are spaces.
pub(super) fn prose(value: &DeValue<'_>) -> Result<String, Mismatch> {
    config::prose(value, LONGEST)
}

/// Reads a title.
pub(super) fn title(value: &DeValue<'_>) -> Result<String, Mismatch> {
    config::prose(value, LONGEST_TITLE)
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
    config::whole(value, u64::from(least)..=u64::from(most))
        .map(|number| u32::try_from(number).unwrap_or(most))
}

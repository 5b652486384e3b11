//! The nearest of the names that would have been right.

use super::printable::quoted;

/// Names longer than this are not compared: no valid name is, and the cost grows with the square.
const LONGEST: usize = 80;

/// How alike two names must be, from 0 to 1, for one to be proposed for the other.
const ALIKE: f64 = 0.8;

/// The candidate that looks most like the word, if one looks like it at all.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().nth(LONGEST).is_some() {
        return None;
    }
    let word = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let score = strsim::jaro_winkler(&word, &candidate.to_lowercase());
        if score >= ALIKE && best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The names, and where they are many, the first of them.
pub(crate) fn some(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().copied().take(SHOWN).collect();
    let rest = if names.len() > SHOWN { " and more" } else { "" };
    format!("{}{rest}", shown.join(", "))
}

/// The end of an "unknown name" sentence: the nearest valid name, or all of them when none is near.
pub(crate) fn advice(word: &str, what: &str, valid: &[&str]) -> String {
    if let Some(name) = nearest(word, valid.iter().copied()) {
        return format!("the nearest valid {what} is {}", quoted(name));
    }
    if valid.is_empty() {
        return "none is defined".to_owned();
    }
    let all: Vec<String> = valid.iter().map(|name| quoted(name)).collect();
    format!("the valid ones are {}", all.join(", "))
}

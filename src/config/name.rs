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

/// The most valid names that are all told.
const ALL: usize = 15;

/// The end of an "unknown name" sentence: the nearest valid name, or when none is near all of them, of many those most alike.
pub(crate) fn advice(word: &str, what: &str, valid: &[&str]) -> String {
    if let Some(name) = nearest(word, valid.iter().copied()) {
        return format!("the nearest valid {what} is {}", quoted(name));
    }
    if valid.is_empty() {
        return "none is defined".to_owned();
    }
    let mut told = valid.to_vec();
    let few = told.len() <= ALL;
    if !few {
        let word: String = word.to_lowercase().chars().take(LONGEST).collect();
        let alike = |name: &str| strsim::jaro_winkler(&word, &name.to_lowercase());
        told.sort_by(|a, b| alike(b).total_cmp(&alike(a)));
        told.truncate(3);
    }
    let told: Vec<String> = told.into_iter().map(quoted).collect();
    if few {
        format!("the valid ones are {}", told.join(", "))
    } else {
        format!(
            "of {} valid ones {} are most like it",
            valid.len(),
            told.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_those_most_alike_are_told_and_of_few_all() {
        let few = ["warn", "bad", "good"];
        assert_eq!(advice("wran", "role", &few), "the nearest valid role is \"warn\"");
        assert_eq!(
            advice("x", "role", &few),
            "the valid ones are \"warn\", \"bad\", \"good\""
        );
        let names: Vec<String> = (0..40).map(|number| format!("name-{number}")).collect();
        let mut many: Vec<&str> = names.iter().map(String::as_str).collect();
        many.push("frost");
        let told = advice("fxyzwu", "role", &many);
        assert!(told.starts_with("of 41 valid ones \"frost\", "), "{told}");
        assert!(
            told.ends_with(" are most like it") && told.matches('"').count() == 6,
            "{told}"
        );
    }
}

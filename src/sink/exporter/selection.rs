//! Which topics and groups have series of their own, and how many series there may be.

use regex::Regex;

use crate::model::text::Name;

/// The most series of each metric with a label `partition`, unless it is said otherwise.
pub const PARTITION_SERIES: usize = 10_000;

/// The label's value of the sums over all topics.
pub(super) const TOTAL: &str = "__total__";

/// A pattern that must match a whole name, as patterns of Prometheus do.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, as the reader of patterns tells.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Alone first, so that a parenthesis too many cannot close the group around it.
        Regex::new(text)
            .and_then(|_| Regex::new(&format!("^(?s:{text})$")))
            .map(Self)
            .map_err(|error| error.to_string())
    }

    fn matches(&self, name: &Name) -> bool {
        self.0.is_match(name.raw())
    }
}

/// What names a pattern lets through: those of `only`, where it is there, without those of `not`.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The names to take.
    pub only: Option<Pattern>,
    /// The names to leave out, of those.
    pub not: Option<Pattern>,
}

impl Filter {
    pub(super) fn takes(&self, name: &Name) -> bool {
        self.only.as_ref().is_none_or(|only| only.matches(name))
            && !self.not.as_ref().is_some_and(|not| not.matches(name))
    }
}

/// What has series of its own; sums over the cluster count everything, whatever is left out here.
#[derive(Clone, Debug)]
pub struct Selection {
    /// By topic.
    pub topics: Filter,
    /// By group.
    pub groups: Filter,
    /// The most series of each metric with a label `partition`.
    pub partition_series: usize,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            topics: Filter::default(),
            groups: Filter::default(),
            partition_series: PARTITION_SERIES,
        }
    }
}

impl Selection {
    /// Whether the topic has series. One that bears the name of the sums has none: the page would be invalid.
    pub(super) fn takes_topic(&self, name: &Name) -> bool {
        name.raw() != TOTAL && self.topics.takes(name)
    }

    /// Whether the group has series.
    pub(super) fn takes_group(&self, name: &Name) -> bool {
        self.groups.takes(name)
    }
}

/// How many series of one metric may still be written, and how many were left out.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
    pub left_out: u64,
}

impl Budget {
    pub fn new(most: usize) -> Self {
        Self {
            left: most,
            left_out: 0,
        }
    }

    /// Whether one more series may be written; one that may not is counted.
    pub fn take(&mut self) -> bool {
        if self.left == 0 {
            self.left_out += 1;
            return false;
        }
        self.left -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        let filter = |only: Option<&str>, not: Option<&str>| Filter {
            only: only.map(|text| Pattern::parse(text).unwrap()),
            not: not.map(|text| Pattern::parse(text).unwrap()),
        };
        let table = [
            (None, None, "orders", true),
            (Some("orders"), None, "orders", true),
            (Some("orders"), None, "orders-2", false),
            (Some("orders|dlq"), None, "dlq", true),
            (Some("orders|dlq"), None, "dlq-2", false),
            (Some("orders.*"), Some(".*-2"), "orders-2", false),
            (None, Some("__.*"), "__consumer_offsets", false),
            (None, Some("__.*"), "orders", true),
        ];
        for (only, not, name, takes) in table {
            let name = Name::from(name);
            assert_eq!(
                filter(only, not).takes(&name),
                takes,
                "{only:?} without {not:?}: {name}"
            );
        }
    }

    #[test]
    fn patterns_with_errors_are_refused() {
        for text in ["(", "a)b", "[", "a{9999999}", "(?P<x>a"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_topic_that_bears_the_name_of_the_sums_has_no_series() {
        let selection = Selection::default();
        assert!(!selection.takes_topic(&Name::from("__total__")));
        assert!(selection.takes_topic(&Name::from("__total")));
    }

    #[test]
    fn a_budget_counts_what_is_left_out() {
        let mut budget = Budget::new(2);
        let taken: Vec<bool> = (0..5).map(|_| budget.take()).collect();
        assert_eq!(
            (taken, budget.left_out),
            (vec![true, true, false, false, false], 3)
        );
    }
}

//! The text format of Prometheus, version 0.0.4: families of samples, each name, label and value safe to parse.

use std::fmt::Write;

use crate::model::text::{Name, printable};

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It goes up and down.
    Gauge,
    /// It only grows, and begins at 0 with each start.
    Counter,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
        }
    }
}

/// A label's name with its value, which may hold anything.
pub(super) type Label<'a> = (&'static str, &'a str);

/// The text as it grows.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
}

impl Text {
    /// Begins a family. Without a sample nothing of it is written: what is not known is absent.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &'static str) -> Family<'_> {
        Family {
            out: &mut self.out,
            name,
            kind,
            help,
            begun: false,
        }
    }

    /// Begins a family of gauges.
    pub fn gauge(&mut self, name: &'static str, help: &'static str) -> Family<'_> {
        self.family(name, Kind::Gauge, help)
    }

    /// Begins a family of counters.
    pub fn counter(&mut self, name: &'static str, help: &'static str) -> Family<'_> {
        self.family(name, Kind::Counter, help)
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }
}

/// A family under way.
#[derive(Debug)]
pub(super) struct Family<'a> {
    out: &'a mut String,
    name: &'static str,
    kind: Kind,
    help: &'static str,
    begun: bool,
}

impl Family<'_> {
    /// Writes a sample.
    pub fn sample(&mut self, labels: &[Label<'_>], value: f64) {
        if !self.begun {
            self.begun = true;
            let (name, kind, help) = (self.name, self.kind.word(), self.help);
            // Writing to a string cannot fail.
            let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        }
        self.out.push_str(self.name);
        for (place, (label, text)) in labels.iter().enumerate() {
            self.out.push(if place == 0 { '{' } else { ',' });
            self.out.push_str(label);
            self.out.push_str("=\"");
            escape(text, self.out);
            self.out.push('"');
        }
        if !labels.is_empty() {
            self.out.push('}');
        }
        // With a fraction always, as the guide prints its values: `3.0`.
        let _ = writeln!(self.out, " {value:?}");
    }

    /// Writes a sample where the value is known.
    pub fn known(&mut self, labels: &[Label<'_>], value: Option<f64>) {
        if let Some(value) = value {
            self.sample(labels, value);
        }
    }

    /// Writes a sample for each of some states: 1 for the one that holds, 0 for the others.
    pub fn states(&mut self, labels: &[Label<'_>], states: &[&str], holds: &str) {
        let mut all = labels.to_vec();
        for state in states {
            all.push(("state", state));
            self.sample(&all, truth(*state == holds));
            all.pop();
        }
    }
}

/// What the format demands of a label's value.
fn escape(text: &str, out: &mut String) {
    if !text.contains(['\\', '"', '\n']) {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
}

/// A name as a label's value: nothing in it is obeyed by a terminal, and two names never give one value, which would
/// make a whole page invalid.
pub(super) fn label(name: &Name) -> String {
    let raw = name.raw();
    let safe = printable(raw);
    if safe == raw && !raw.contains("\\u{") {
        return raw.to_owned();
    }
    // An escape that the name itself spells out is told from one that is made here by its doubled backslash.
    printable(&raw.replace('\\', "\\\\")).into_owned()
}

/// A count as a value.
#[expect(
    clippy::cast_precision_loss,
    reason = "values of the format are 64-bit floats; above 2^53 the last digits are lost"
)]
pub(super) fn count(count: u64) -> f64 {
    count as f64
}

/// A length as a value.
pub(super) fn length(length: usize) -> f64 {
    count(u64::try_from(length).unwrap_or(u64::MAX))
}

/// An offset as a value.
#[expect(
    clippy::cast_precision_loss,
    reason = "values of the format are 64-bit floats; above 2^53 the last digits are lost"
)]
pub(super) fn offset(offset: i64) -> f64 {
    offset as f64
}

/// 1 for true.
pub(super) fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_written_as_the_guide_prints_them() {
        let mut text = Text::default();
        text.gauge("kafka_cluster_brokers", "Number of online brokers.")
            .sample(&[], 3.0);
        let mut online = text.gauge("kafka_broker_online", "Broker availability.");
        let labels = [("broker_id", "1"), ("host", "kafka-1"), ("port", "29092")];
        online.sample(&labels, 1.0);
        online.known(&labels, None);
        text.counter("nothing_total", "Never written.").known(&[], None);
        assert_eq!(
            text.finish(),
            "# HELP kafka_cluster_brokers Number of online brokers.\n\
             # TYPE kafka_cluster_brokers gauge\n\
             kafka_cluster_brokers 3.0\n\
             # HELP kafka_broker_online Broker availability.\n\
             # TYPE kafka_broker_online gauge\n\
             kafka_broker_online{broker_id=\"1\",host=\"kafka-1\",port=\"29092\"} 1.0\n"
        );
    }

    #[test]
    fn large_and_small_values_stay_numbers() {
        for (value, written) in [
            (0.0, "0.0"),
            (0.000_25, "0.00025"),
            (1.5e19, "1.5e19"),
            (count(u64::MAX), "1.8446744073709552e19"),
            (offset(-1), "-1.0"),
        ] {
            let mut text = Text::default();
            text.gauge("x", "X.").sample(&[], value);
            assert!(text.finish().ends_with(&format!("x {written}\n")), "{value}");
        }
    }

    #[test]
    fn hostile_names_give_valid_and_distinct_values() {
        let names = [
            "plain",
            "quo\"te",
            "line\nbreak",
            "\u{1b}[2J",
            "\\u{1b}[2J",
            "\\\\u{1b}[2J",
            "back\\slash",
            "back\\\\slash",
            "\u{202e}",
            "",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for name in names {
            let value = label(&Name::from(name));
            assert!(!value.contains(['\u{1b}', '\u{202e}', '\n']), "{name:?}");
            assert!(seen.insert(value), "{name:?}");
        }
        let mut text = Text::default();
        text.gauge("x", "X.")
            .sample(&[("a", "quo\"te\\"), ("b", "two\nlines")], 1.0);
        assert!(
            text.finish()
                .ends_with("x{a=\"quo\\\"te\\\\\",b=\"two\\nlines\"} 1.0\n")
        );
    }
}

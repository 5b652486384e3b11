//! Rows as text for the clipboard: a line each, the columns apart by tabs, numbers in full.

use std::cell::LazyCell;

use super::filter::Row;
use super::value::Value;
use super::{alerts, brokers, events, groups, keepers, partitions, topics};
use crate::health::Bulletin;
use crate::ui::field::Subject;
use crate::ui::lists::Risks;
use crate::ui::screen::RowKey;

/// The rows that are still there, under the names of their columns.
pub fn text(bulletin: &Bulletin, keys: &[RowKey]) -> String {
    let mut text = String::new();
    let mut headed = None;
    let at_risk = LazyCell::new(|| Risks::of(bulletin).by_topic());
    for key in keys {
        let subject = subject(key);
        if headed != Some(subject) {
            let names: Vec<&str> = subject.columns().iter().map(|spec| spec.name).collect();
            text.push_str(&names.join("\t"));
            text.push('\n');
            headed = Some(subject);
        }
        let mut write = |row: &dyn Row| line(&mut text, subject, row);
        match key {
            RowKey::Broker(id) => brokers::with(bulletin, *id, &mut write),
            RowKey::Topic(name) => topics::with(bulletin, &at_risk, name, &mut write),
            RowKey::Partition(id) => partitions::with(bulletin, id, &mut write),
            RowKey::Group(name) => groups::with(bulletin, name, &mut write),
            RowKey::Event(id) => events::with(bulletin, *id, &mut write),
            RowKey::Replica(_) | RowKey::Member(_) => keepers::with(bulletin, key, &mut write),
            RowKey::Alert(..) => alerts::with(bulletin, key, &mut write),
        }
    }
    text
}

fn subject(key: &RowKey) -> Subject {
    match key {
        RowKey::Broker(_) => Subject::Broker,
        RowKey::Topic(_) => Subject::Topic,
        RowKey::Partition(_) => Subject::Partition,
        RowKey::Group(_) => Subject::Group,
        RowKey::Replica(_) | RowKey::Member(_) => Subject::Keeper,
        RowKey::Event(_) => Subject::Event,
        RowKey::Alert(..) => Subject::Alert,
    }
}

fn line(text: &mut String, subject: Subject, row: &dyn Row) {
    let cells: Vec<String> = subject
        .columns()
        .iter()
        .map(|spec| match row.value(spec.field) {
            Value::Text(text) => crate::model::text::printable(&text).into_owned(),
            Value::Number(number) => number.to_string(),
            Value::Unknown => "?".to_owned(),
            Value::Nothing => "-".to_owned(),
        })
        .collect();
    text.push_str(&cells.join("\t"));
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::BrokerId;
    use crate::model::text::Name;
    use crate::ui::fixture;

    #[test]
    fn rows_are_written_with_heads_and_in_full() {
        let bulletin = fixture::degraded();
        let keys = [
            RowKey::Broker(BrokerId(1)),
            RowKey::Group(Name::from("billing-export")),
            RowKey::Group(Name::from("gone")),
        ];
        let text = text(&bulletin, &keys);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!(lines[0][..2], ["id", "state"]);
        assert_eq!(lines[1][..2], ["1", "down"]);
        assert_eq!(lines[3][0], "billing-export");
        assert!(lines[3][2].len() > 4, "the lag in full: {text}");
        assert_eq!(lines[0].len(), lines[1].len());
    }
}

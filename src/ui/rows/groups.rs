//! What the columns of a consumer group hold.

use std::cmp::Reverse;

use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::{Bulletin, falls_behind, group_trouble, lost_records};
use crate::model::group::{Group, LagAge};
use crate::model::snapshot::Snapshot;
use crate::model::text::Name;
use crate::ui::field::{Field, Subject};
use crate::ui::screen::RowKey;

/// A group, and the snapshot that it is judged in.
struct Of<'a>(&'a Group, &'a Snapshot);

/// Groups that lose data first, then those that fall behind, then by lag.
pub fn rows(bulletin: &Bulletin, view: &View, marks: &Marks) -> Narrowed {
    let groups = &bulletin.snapshot.groups.table;
    let mut rows: Vec<Of<'_>> = groups
        .values()
        .map(|group| Of(group, &bulletin.snapshot))
        .collect();
    rows.sort_by_key(|Of(group, _)| {
        (
            Reverse(lost_records(group) > 0),
            Reverse(falls_behind(group)),
            Reverse(group.lag.records),
        )
    });
    narrow(rows, Subject::Group, view, marks, 0)
}

/// Shows a group to `look`, where it exists.
pub fn with(bulletin: &Bulletin, name: &Name, look: &mut dyn FnMut(&dyn Row)) {
    if let Some(group) = bulletin.snapshot.groups.table.get(name) {
        look(&Of(group, &bulletin.snapshot));
    }
}

impl Row for Of<'_> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds as seconds")]
    fn value(&self, field: Field) -> Value<'_> {
        let group = self.0;
        match field {
            Field::Name => Value::text(group.name.raw()),
            Field::State => group
                .state
                .as_ref()
                .map_or(Value::Unknown, |state| Value::text(state.raw().to_lowercase())),
            Field::Lag => Value::counted(group.lag.records),
            Field::Slope => Value::known(group.trend.slope),
            Field::Age => match group.trend.age {
                Some(LagAge::About(age) | LagAge::AtLeast(age)) => Value::Number(age.0 as f64 / 1_000.0),
                None if group.lag.records == Some(0) => Value::Nothing,
                None => Value::Unknown,
            },
            Field::ClearsIn => match (group.lag.records, group.trend.slope) {
                (Some(0), _) => Value::Nothing,
                (Some(records), Some(slope)) => match group.trend.clears_in(records) {
                    Some(span) => Value::Number(span.0 as f64 / 1_000.0),
                    None if slope >= 0.05 => Value::Number(f64::INFINITY),
                    None => Value::Nothing,
                },
                _ => Value::Unknown,
            },
            Field::Lost => Value::count(lost_records(group)),
            Field::Members => {
                let members = group.description.value().map(|told| told.members.len() as u64);
                Value::counted(members)
            }
            Field::Coordinator => Value::Number(f64::from(group.coordinator.0)),
            Field::Kind => Value::text(group.kind.word()),
            _ => Value::Unknown,
        }
    }

    fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool {
        passes(self.0.name.raw())
    }
}

impl Listed for Of<'_> {
    fn key(&self) -> RowKey {
        RowKey::Group(self.0.name.clone())
    }

    fn is_bad(&self) -> bool {
        group_trouble(self.1, self.0).is_some()
    }
}

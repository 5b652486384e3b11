//! What the columns of a consumer group hold.

use std::cmp::Reverse;

use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::{Bulletin, GroupTrouble, lost_records};
use crate::model::group::{Group, LagAge};
use crate::model::text::Name;
use crate::ui::field::{Field, Subject};
use crate::ui::screen::RowKey;

/// A group, and what is wrong with it.
struct Of<'a>(&'a Group, Option<&'a GroupTrouble>);

/// Groups in trouble first, the worst trouble before, then by lag.
pub fn rows(bulletin: &Bulletin, view: &View, marks: &Marks) -> Narrowed {
    let groups = &bulletin.snapshot.groups.table;
    let troubles = &bulletin.health.groups;
    let mut rows: Vec<Of<'_>> = groups
        .values()
        .map(|group| Of(group, troubles.get(&group.name)))
        .collect();
    rows.sort_by_key(|Of(group, trouble)| {
        (
            trouble.map_or(u8::MAX, GroupTrouble::rank),
            Reverse(group.lag.records),
        )
    });
    narrow(rows, Subject::Group, view, marks, 0)
}

/// Shows a group to `look`, where it exists.
pub fn with(bulletin: &Bulletin, name: &Name, look: &mut dyn FnMut(&dyn Row)) {
    if let Some(group) = bulletin.snapshot.groups.table.get(name) {
        look(&Of(group, bulletin.health.groups.get(name)));
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
        self.1.is_some()
    }
}

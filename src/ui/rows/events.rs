//! What the columns of an event hold.

use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::Bulletin;
use crate::model::event::{Event, EventId, Turn};
use crate::model::time::At;
use crate::ui::field::{Field, Subject};
use crate::ui::screen::RowKey;

/// An event, and the moment that ages are counted to.
struct Of<'a>(&'a Event, At);

/// The newest event first.
pub fn rows(bulletin: &Bulletin, view: &View, marks: &Marks) -> Narrowed {
    let snapshot = &bulletin.snapshot;
    let rows: Vec<Of<'_>> = snapshot
        .events
        .iter()
        .rev()
        .map(|event| Of(event, snapshot.now()))
        .collect();
    narrow(rows, Subject::Event, view, marks, 0)
}

/// Shows an event to `look`, where it is kept.
pub fn with(bulletin: &Bulletin, id: EventId, look: &mut dyn FnMut(&dyn Row)) {
    if let Some(event) = bulletin.snapshot.events.get(id) {
        look(&Of(event, bulletin.snapshot.now()));
    }
}

impl Row for Of<'_> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds as seconds")]
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Time => Value::Number(self.0.when.first.age(self.1).0 as f64 / 1_000.0),
            Field::Kind => Value::text(self.0.kind().word()),
            Field::What => Value::text(self.0.sentence()),
            _ => Value::Unknown,
        }
    }

    fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool {
        passes(&self.0.sentence()) || self.0.consequences.iter().any(|event| passes(&event.sentence()))
    }
}

impl Listed for Of<'_> {
    fn key(&self) -> RowKey {
        RowKey::Event(self.0.id)
    }

    fn is_bad(&self) -> bool {
        self.0.turn() == Turn::Worse
    }
}

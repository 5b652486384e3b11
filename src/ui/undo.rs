//! What kaftop left undone in an earlier run: offered for undoing until it is undone, or sent away.

use crate::model::act::Verb;
use crate::model::progress::Leftover;

/// What is left of earlier runs. What is done in this run is no part of it: whoever did it knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// None before the journal was read.
    left: Option<Vec<Leftover>>,
    /// Whether the offer is not shown any more.
    hidden: bool,
}

impl Offer {
    /// Takes what the journal holds: at first what is offered, later what is left of that.
    pub fn take(&mut self, entries: Vec<Leftover>) {
        self.left = Some(match self.left.take() {
            None => entries,
            Some(mut offered) => {
                offered.retain(|one| entries.iter().any(|entry| entry.id == one.id));
                offered
            }
        });
    }

    /// What is left, the oldest first.
    pub fn left(&self) -> &[Leftover] {
        self.left.as_deref().unwrap_or_default()
    }

    /// What is shown of it.
    pub fn shown(&self) -> &[Leftover] {
        if self.hidden { &[] } else { self.left() }
    }

    /// Hides it; whether it was shown. The journal keeps it.
    pub fn hide(&mut self) -> bool {
        let was_shown = !self.shown().is_empty();
        self.hidden = true;
        was_shown
    }
}

/// What undoes something that is left.
pub fn undoing(left: &Leftover) -> Verb {
    left.verb.undo().unwrap_or(Verb::Start)
}

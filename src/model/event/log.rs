//! The events of this run, as every sink reads them.

use std::sync::Arc;

use super::{Event, EventId};
use crate::model::time::At;

/// The newest events of this run; nothing that happened before kaftop looked is among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventLog {
    events: Vec<Arc<Event>>,
    left_out: u64,
}

impl EventLog {
    /// A log of these, by the moment of their first, the newest last, after `left_out` older ones that were dropped.
    pub fn new(events: Vec<Arc<Event>>, left_out: u64) -> Self {
        Self { events, left_out }
    }

    /// The events, the newest last.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Event>> {
        self.events.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Older events that are not kept any more.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The event of that number, if it is kept and no consequence of another.
    pub fn get(&self, id: EventId) -> Option<&Arc<Event>> {
        self.events.iter().rev().find(|event| event.id == id)
    }

    /// The event that is newest.
    pub fn newest(&self) -> Option<&Arc<Event>> {
        self.events.last()
    }

    /// The events of which anything happened at `at` or later, the newest last.
    pub fn since(&self, at: At) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        self.events.iter().filter(move |event| event.when.last >= at)
    }
}

impl<'a> IntoIterator for &'a EventLog {
    type Item = &'a Arc<Event>;
    type IntoIter = std::slice::Iter<'a, Arc<Event>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

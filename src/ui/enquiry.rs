//! A question about the selected group, from the key that asked it until another group is selected.

use crate::model::failure::{Failure, FailureKind};
use crate::model::question::Answer;
use crate::model::text::Name;

use super::screen::{ListId, RowKey, Screen};

/// A question about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enquiry {
    /// The group.
    pub group: Name,
    /// How far it has come.
    pub state: State,
}

/// How far a question has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is under way.
    Asking,
    /// It could not be asked.
    NotAsked(Failure),
    /// It was answered.
    Answered(Answer),
}

impl Screen {
    /// Notes that a question about a group was sent, or that there was no room for it.
    pub fn asked(&mut self, group: Name, sent: bool) {
        let under_way = self
            .enquiry
            .as_ref()
            .is_some_and(|before| before.group == group && before.state == State::Asking);
        let state = if sent || under_way {
            State::Asking
        } else {
            State::NotAsked(Failure::new(
                FailureKind::NotAsked,
                "the questions before this one are still under way; ask again in a moment",
            ))
        };
        self.enquiry = Some(Enquiry { group, state });
    }

    /// Takes an answer; whether it is about the group that was asked about last, else it is of no use any more.
    pub fn answered(&mut self, answer: Answer) -> bool {
        let Some(enquiry) = self
            .enquiry
            .as_mut()
            .filter(|enquiry| enquiry.group == answer.group)
        else {
            return false;
        };
        enquiry.state = State::Answered(answer);
        true
    }

    /// Forgets the question where another group is selected by now.
    pub(super) fn keep_enquiry(&mut self) {
        // On another page nothing is selected here, and the question keeps.
        if !self.lists.has(ListId::Groups) {
            return;
        }
        let selected = match self.selected_key(ListId::Groups) {
            Some(RowKey::Group(name)) => Some(name),
            _ => None,
        };
        let about = self.enquiry.as_ref().map(|enquiry| &enquiry.group);
        if about != selected {
            self.enquiry = None;
        }
    }
}

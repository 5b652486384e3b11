//! A question about a group or a topic, from the key that asked it until it is of no use any more.

use crate::model::failure::{Failure, FailureKind};
use crate::model::question::{Answer, Question};

use super::screen::{ListId, Page, RowKey, Screen};
use super::update::{Effect, pin};

/// A question and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enquiry {
    /// The question.
    pub question: Question,
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
    /// Notes that a question was sent, or that there was no room for it.
    pub fn asked(&mut self, question: Question, sent: bool) {
        let under_way = self
            .enquiry
            .as_ref()
            .is_some_and(|before| before.question == question && before.state == State::Asking);
        let state = if sent || under_way {
            State::Asking
        } else {
            State::NotAsked(Failure::new(
                FailureKind::NotAsked,
                "the questions before this one are still under way; ask again in a moment",
            ))
        };
        self.enquiry = Some(Enquiry { question, state });
    }

    /// Takes an answer; whether it is the answer to the newest question, else it is of no use any more.
    pub fn answered(&mut self, answer: Answer) -> bool {
        let Some(enquiry) = self
            .enquiry
            .as_mut()
            .filter(|enquiry| enquiry.question == answer.question)
        else {
            return false;
        };
        enquiry.state = State::Answered(answer);
        true
    }

    /// What was asked, and how far that has come, where it is this question.
    pub fn enquiry_of(&self, question: &Question) -> Option<&State> {
        let enquiry = self.enquiry.as_ref()?;
        (enquiry.question == *question).then_some(&enquiry.state)
    }

    /// Forgets the question about a group where another one is selected by now. The configuration of a topic is kept
    /// until the next question: it is asked for when the topic is opened.
    pub(super) fn keep_enquiry(&mut self) {
        // On another page nothing is selected here, and the question keeps.
        if !self.lists.has(ListId::Groups) {
            return;
        }
        let Some(Question::OldestUnread { group }) = self.enquiry.as_ref().map(|enquiry| &enquiry.question)
        else {
            return;
        };
        let selected = match self.selected_key(ListId::Groups) {
            Some(RowKey::Group(name)) => Some(name),
            _ => None,
        };
        if selected != Some(group) {
            self.enquiry = None;
        }
    }
}

/// The answer belongs to the row and stands in its detail: both stay as they are then.
pub(super) fn oldest_unread(screen: &mut Screen) -> Effect {
    if screen.is_covered() || screen.page() != Page::Groups {
        return Effect::None;
    }
    let Some(RowKey::Group(group)) = screen.selected_key(ListId::Groups).cloned() else {
        return Effect::None;
    };
    pin(screen);
    screen.detail |= !screen.detail_seen;
    Effect::Ask(Question::OldestUnread { group })
}

/// The settings are many: the detail takes the whole page.
pub(super) fn topic_config(screen: &mut Screen) -> Effect {
    if screen.is_covered() || screen.page() != Page::Topics {
        return Effect::None;
    }
    let Some(RowKey::Topic(topic)) = screen.selected_key(ListId::AllTopics).cloned() else {
        return Effect::None;
    };
    pin(screen);
    screen.detail = true;
    Effect::Ask(Question::TopicConfig { topic })
}

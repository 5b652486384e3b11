//! The story of a demonstration as this screen has heard it, with the answers to its questions.

use std::sync::Arc;

use crate::model::story::{QuizQuestion, Score, Story};

use super::screen::Screen;

/// A story, and what was answered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tale {
    /// The story as far as it has come.
    pub story: Arc<Story>,
    /// The chosen option of each question that was answered, in their order.
    pub answers: Vec<usize>,
}

impl Tale {
    /// Whether what was done and the conclusion are kept back.
    pub fn keeps_back(&self) -> bool {
        self.story.quiz && self.answers.len() < self.story.lesson.questions.len()
    }

    /// The question that waits for its answer: in a quiz, once there is enough to be seen.
    pub fn question(&self) -> Option<&QuizQuestion> {
        let asks = self.story.quiz && self.story.is_ripe();
        self.story
            .lesson
            .questions
            .get(self.answers.len())
            .filter(|_| asks)
    }

    /// Takes an answer to the question that waits; whether there is such a question and such an option.
    pub fn choose(&mut self, option: usize) -> bool {
        let fits = self
            .question()
            .is_some_and(|question| option < question.options.len());
        if fits {
            self.answers.push(option);
        }
        fits
    }

    /// How the quiz goes.
    pub fn score(&self) -> Score {
        self.story.lesson.score(&self.answers)
    }
}

impl Screen {
    /// Takes the newest state of the story.
    pub fn hear(&mut self, story: Arc<Story>) {
        self.tale.get_or_insert_default().story = story;
    }

    /// How the quiz went; `None` where there was none.
    pub fn score(&self) -> Option<Score> {
        self.tale.as_ref().filter(|tale| tale.story.quiz).map(Tale::score)
    }
}

//! The story of a demonstration: what was done to a simulated cluster so far, and what there is to learn from it.
//!
//! Every text may come from a file of the user's: it is shown only through [`printable`](super::text::printable).

use std::sync::Arc;

use super::time::Span;

/// A story as far as it has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// A few words for the header.
    pub title: String,
    /// What is seen from outside, in one or two sentences that do not give the cause away.
    pub situation: String,
    /// How far it has come.
    pub progress: Progress,
    /// What was done to the cluster so far, in order.
    pub told: Vec<Told>,
    /// What there is to learn.
    pub lesson: Arc<Lesson>,
    /// Whether what was done and the conclusion are kept back until the questions are answered.
    pub quiz: bool,
}

/// How far a story has come, in time of the simulated cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The time since it began.
    pub now: Span,
    /// How much faster than the wall clock its time runs, in hundredths: 100 is as fast.
    pub speed_percent: u32,
    /// How often it was told from the beginning before this time.
    pub rounds: u32,
}

/// One thing that was done to the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When, on the clock of the story.
    pub at: Span,
    /// What, in one sentence.
    pub words: String,
}

/// What an engineer should make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// When enough is to be seen to conclude.
    pub from: Span,
    /// What to conclude; `None` where nothing happens.
    pub conclusion: Option<Conclusion>,
    /// Questions whose answers can be seen on the screen.
    pub questions: Vec<QuizQuestion>,
}

/// What an engineer should conclude.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conclusion {
    /// What broke, and by what it is told from its look-alikes.
    pub cause: String,
    /// What is refused, stalled or may be lost, and what is not.
    pub at_risk: String,
    /// What to do now.
    pub next: String,
}

/// A question with its possible answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuizQuestion {
    /// The question.
    pub ask: String,
    /// Two to four answers.
    pub options: Vec<String>,
    /// The place of the right one among them.
    pub right: usize,
}

/// How a quiz went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Questions that were answered right.
    pub right: usize,
    /// Questions that were answered.
    pub answered: usize,
    /// All questions.
    pub all: usize,
}

impl Story {
    /// Whether enough is to be seen to conclude.
    pub fn is_ripe(&self) -> bool {
        self.progress.now >= self.lesson.from || self.progress.rounds > 0
    }
}

impl Lesson {
    /// How these answers, in the order of the questions, do.
    pub fn score(&self, answers: &[usize]) -> Score {
        let pairs = || self.questions.iter().zip(answers);
        Score {
            right: pairs()
                .filter(|(question, answer)| question.right == **answer)
                .count(),
            answered: pairs().count(),
            all: self.questions.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson() -> Lesson {
        let question = |right| QuizQuestion {
            ask: "?".to_owned(),
            options: vec!["a".to_owned(), "b".to_owned()],
            right,
        };
        Lesson {
            from: Span::seconds(20),
            conclusion: None,
            questions: vec![question(0), question(1)],
        }
    }

    #[test]
    fn answers_are_counted_in_the_order_of_the_questions() {
        let table = [
            (&[][..], (0, 0)),
            (&[0][..], (1, 1)),
            (&[1, 1][..], (1, 2)),
            (&[0, 1, 1][..], (2, 2)),
        ];
        for (answers, (right, answered)) in table {
            let score = Score {
                right,
                answered,
                all: 2,
            };
            assert_eq!(lesson().score(answers), score, "{answers:?}");
        }
    }

    #[test]
    fn a_story_that_begins_anew_stays_ripe() {
        let mut story = Story {
            lesson: Arc::new(lesson()),
            ..Story::default()
        };
        assert!(!story.is_ripe());
        story.progress.now = Span::seconds(20);
        assert!(story.is_ripe());
        story.progress = Progress {
            rounds: 1,
            ..Progress::default()
        };
        assert!(story.is_ripe());
    }
}

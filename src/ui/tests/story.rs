//! The story of a demonstration: the header, the quiet line, the overlay, and the quiz.

use std::sync::Arc;

use insta::assert_snapshot;

use super::Stage;
use crate::model::story::{Conclusion, Lesson, Progress, QuizQuestion, Score, Story, Told};
use crate::model::time::Span;
use crate::ui::fixture;
use crate::ui::screen::{Overlay, Page};
use crate::ui::update::Effect;

fn question(ask: &str, options: &[&str], right: usize) -> QuizQuestion {
    QuizQuestion {
        ask: ask.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        right,
    }
}

fn story(seconds: u64, quiz: bool) -> Arc<Story> {
    let told = |at, words: &str| Told {
        at: Span::seconds(at),
        words: words.to_owned(),
    };
    let all = [
        told(8, "Broker 1 is killed: its process is gone without a word."),
        told(
            17,
            "The session of broker 1 ends: the controller fences it, and the partitions that it led get new leaders.",
        ),
    ];
    Arc::new(Story {
        title: "A broker crashes".to_owned(),
        situation: "Producers report timeouts for some seconds, then all goes on.".to_owned(),
        progress: Progress {
            now: Span::seconds(seconds),
            speed_percent: 100,
            rounds: 0,
        },
        told: all
            .into_iter()
            .filter(|told| told.at <= Span::seconds(seconds))
            .collect(),
        lesson: Arc::new(Lesson {
            from: Span::seconds(20),
            conclusion: Some(Conclusion {
                cause: "Broker 1 is down; its connections are refused, and no controlled shutdown moved its leaders first."
                    .to_owned(),
                at_risk: "Nothing is lost, but every partition is one loss from refusing acks=all writes."
                    .to_owned(),
                next: "Find out why it died, start it, and wait until every ISR is whole before anything else is stopped."
                    .to_owned(),
            }),
            questions: vec![
                question(
                    "Which brokers may be stopped now?",
                    &["Any one of them", "None", "Broker 2 only"],
                    1,
                ),
                question("Were acks=all records lost?", &["Yes", "No"], 1),
            ],
        }),
        quiz,
    })
}

fn stage(story: Arc<Story>) -> Stage {
    let mut stage = Stage::new(fixture::degraded());
    stage.screen.hear(story);
    stage
}

#[test]
fn the_newest_step_stands_under_every_page_and_the_story_over_it() {
    let mut told = stage(story(24, false));
    assert_snapshot!("story_line_80x24", told.frame(80, 24));
    assert_snapshot!("story_line_120x40", told.frame(120, 40));
    told.press("d");
    assert_snapshot!("story_told_80x24", told.frame(80, 24));
    assert_snapshot!("story_told_120x40", told.frame(120, 40));
    told.press("d");
    assert_eq!(told.screen.overlay, None);
    let mut early = stage(story(3, false));
    early.press("d");
    assert_snapshot!("story_early_80x24", early.frame(80, 24));
}

#[test]
fn a_quiz_keeps_the_cause_back_until_every_question_is_answered() {
    let mut quiz = stage(story(12, true));
    quiz.press("d");
    let early = quiz.frame(80, 24);
    assert!(early.contains("2 questions from 20s on"), "{early}");
    assert!(!early.contains("killed") && !early.contains("crashes"), "{early}");
    quiz.press("1");
    assert_eq!(quiz.screen.page(), Page::Overview, "no question waits: a page");
    assert_eq!(quiz.screen.overlay, None);
    quiz.screen.hear(story(24, true));
    quiz.press("d");
    assert_snapshot!("quiz_question_80x24", quiz.frame(80, 24));
    assert_snapshot!("quiz_question_120x40", quiz.frame(120, 40));
    assert_eq!(quiz.press("4"), Effect::None, "there is no fourth answer");
    assert_eq!(quiz.press("3"), Effect::Draw);
    let second = quiz.frame(80, 24);
    assert!(
        second.contains("Question 2 of 2") && !second.contains("cause"),
        "{second}"
    );
    quiz.press("2");
    assert_snapshot!("quiz_answered_80x24", quiz.frame(80, 24));
    assert_snapshot!("quiz_answered_120x40", quiz.frame(120, 40));
    let score = Score {
        right: 1,
        answered: 2,
        all: 2,
    };
    assert_eq!(quiz.screen.score(), Some(score));
    quiz.press("2");
    assert_eq!(
        quiz.screen.page(),
        Page::Brokers,
        "the digits are the pages' again"
    );
    assert_eq!(quiz.screen.score(), Some(score));
}

#[test]
fn outside_of_a_demonstration_there_is_no_story() {
    let mut plain = Stage::new(fixture::degraded());
    assert_eq!(plain.press("d"), Effect::None);
    plain.press("?");
    assert!(!plain.frame(120, 60).contains("demonstration"));
    assert_eq!(plain.screen.score(), None);
    let mut told = stage(story(24, false));
    told.press("?");
    assert!(told.frame(120, 60).contains("demonstration"));
    assert_eq!(told.screen.score(), None, "no quiz, no score");
}

#[test]
fn the_time_stays_where_the_title_has_no_room() {
    let mut fast = Story::clone(&story(90, false));
    fast.title = "A title that is far too long to stand in the header of such a screen".to_owned();
    fast.progress.speed_percent = 1_000;
    let mut fast = stage(Arc::new(fast));
    for width in [60, 80, 120] {
        let frame = fast.frame(width, 24);
        let header = frame.lines().next().unwrap();
        assert!(
            header.contains("demo ") && header.contains(if width == 60 { " 1m30s " } else { "1m30s x10" }),
            "{width}: {header}"
        );
    }
}

#[test]
fn hostile_texts_are_written_out_and_every_size_stands() {
    let wild = "\u{1b}[2J\u{202e}日本語 \u{9b}31m\n\u{200b}".repeat(9);
    let mut hostile = Story::clone(&story(24, true));
    hostile.title.clone_from(&wild);
    hostile.situation.clone_from(&wild);
    for told in &mut hostile.told {
        told.words.clone_from(&wild);
    }
    let options = ["a", wild.as_str(), "b", "c"];
    hostile.lesson = Arc::new(Lesson {
        from: Span::seconds(0),
        conclusion: Some(Conclusion {
            cause: wild.clone(),
            at_risk: wild.clone(),
            next: wild.clone(),
        }),
        questions: vec![question(&wild, &options, 9)],
    });
    let hostile = Arc::new(hostile);
    for keys in ["1", "d", "d 2", "d 2 down pagedown"] {
        let mut stage = stage(Arc::clone(&hostile));
        for width in (1..=260).step_by(13) {
            for height in [1, 15, 17, 18, 24, 40] {
                let frame = stage.frame(width, height);
                assert!(
                    !frame.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{200b}']),
                    "{frame}"
                );
            }
        }
        stage.press(keys);
        assert_eq!(
            stage.screen.overlay,
            keys.starts_with('d').then_some(Overlay::Story)
        );
        stage.frame(80, 24);
    }
}

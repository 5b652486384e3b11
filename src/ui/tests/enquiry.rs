//! The exact age of the oldest unread record: asked for, answered, refused, forgotten.

use insta::assert_snapshot;

use super::Stage;
use crate::command::Command;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::PartitionId;
use crate::model::question::{Answer, Oldest, Question, Reply, Untold};
use crate::model::text::Name;
use crate::model::time::Span;
use crate::ui::enquiry::State;
use crate::ui::fixture;
use crate::ui::screen::{ListId, RowKey};
use crate::ui::update::{Effect, update};

fn answer(group: &str, outcome: Result<Option<Oldest>, Failure>) -> Answer {
    Answer {
        question: question(group),
        asked: fixture::ago(12),
        reply: Reply::OldestUnread(outcome),
    }
}

fn question(group: &str) -> Question {
    Question::OldestUnread {
        group: Name::from(group),
    }
}

fn oldest(topic: &str, untold: Untold) -> Oldest {
    Oldest {
        partition: PartitionId {
            topic: Name::from(topic),
            partition: 12,
        },
        offset: 48_211,
        written: fixture::ago(3_721),
        untold,
    }
}

const NONE: Untold = Untold {
    failed: 0,
    unasked: 0,
};

/// The first group is selected and was asked about.
fn asked() -> Stage {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("5 w");
    stage
}

#[test]
fn the_key_asks_about_the_selected_group_and_opens_its_detail() {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("5");
    assert_eq!(stage.press("w"), Effect::Ask(question("message-router")));
    assert!(stage.screen.detail);
    // The row stays the selected one wherever it moves.
    assert!(stage.screen.is_pinned(ListId::Groups));
    for keys in ["1", "2", "3 ?", "3 i"] {
        let mut stage = Stage::new(fixture::degraded());
        stage.press(keys);
        assert_eq!(
            update(&mut stage.screen, Command::OldestUnread),
            Effect::None,
            "{keys}"
        );
    }
    let mut nothing = Stage::new(fixture::never());
    assert_eq!(nothing.press("5 w"), Effect::None);
}

#[test]
fn an_answer_stays_until_another_group_is_selected_or_a_newer_one_comes() {
    // What is pressed after the answer, and whether it is still there.
    let table = [
        ("", true),
        ("esc", true),
        ("esc r", true),
        ("1 5", true),
        ("? esc", true),
        ("w", false),
        ("esc down", false),
        ("esc down up", false),
        ("esc G", false),
    ];
    for (keys, stays) in table {
        let mut stage = asked();
        assert!(
            stage
                .screen
                .answered(answer("message-router", Ok(Some(oldest("messages", NONE)))))
        );
        stage.press(keys);
        let state = stage.screen.enquiry.as_ref().map(|enquiry| &enquiry.state);
        assert_eq!(matches!(state, Some(State::Answered(_))), stays, "{keys}");
    }
    let mut stage = asked();
    assert!(stage.screen.answered(answer("message-router", Ok(None))));
    assert!(
        stage
            .screen
            .answered(answer("message-router", Err(fixture::refused(1))))
    );
    assert!(stage.frame(80, 24).contains("refused: connect"));
    assert!(!stage.screen.answered(answer("indexer", Ok(None))));
    // The group is deleted: another one is selected now.
    let mut later = fixture::degraded();
    std::sync::Arc::make_mut(&mut later.snapshot)
        .groups
        .table
        .remove(&Name::from("message-router"));
    stage.screen.settle(&later, false);
    assert_eq!(stage.screen.enquiry, None);
    assert_ne!(
        stage.screen.selected_key(ListId::Groups),
        Some(&RowKey::Group(Name::from("message-router")))
    );
}

#[test]
fn the_detail_shows_the_question_and_its_answer() {
    let mut stage = asked();
    assert_snapshot!("oldest_unread_asking_80x24", stage.frame(80, 24));
    stage
        .screen
        .answered(answer("message-router", Ok(Some(oldest("messages", NONE)))));
    assert_snapshot!("oldest_unread_answered_80x24", stage.frame(80, 24));
    assert_snapshot!("oldest_unread_answered_120x40", stage.frame(120, 40));
    let untold = Untold {
        failed: 1,
        unasked: 42,
    };
    stage.screen.answered(answer(
        "message-router",
        Ok(Some(oldest("file_merge_requests", untold))),
    ));
    assert_snapshot!("oldest_unread_in_part_200x60", stage.frame(200, 60));
    let why = Failure::new(
        FailureKind::Timeout,
        "none of 3 partitions told; messages-0: no answer to Fetch from kafka-1:9092 within 2s",
    );
    stage.screen.answered(answer("message-router", Err(why)));
    assert_snapshot!("oldest_unread_failed_80x24", stage.frame(80, 24));
    assert_snapshot!("oldest_unread_failed_60x15", stage.frame(60, 15));
}

#[test]
fn every_answer_is_said_in_words() {
    let untold = |failed, unasked| Untold { failed, unasked };
    let found = |untold| Ok(Some(oldest("messages", untold)));
    let table = [
        (
            found(NONE),
            "written 13:01:22Z, 1h2m ago (messages-12 at 48,211); asked 12s ago",
        ),
        (
            found(untold(2, 0)),
            "(messages-12 at 48,211); may be older: 2 partitions not read; asked 12s ago",
        ),
        (found(untold(0, 1)), "may be older: 1 partition not asked; asked"),
        (
            found(untold(1, 42)),
            "may be older: 1 partition not read, 42 partitions not asked;",
        ),
        (Ok(None), "nothing is unread; asked 12s ago"),
        (
            Err(fixture::refused(1)),
            "✖ refused: connect to kafka-1:9092: connection refused; asked 12s ago",
        ),
    ];
    for (outcome, words) in table {
        let mut stage = asked();
        stage.screen.answered(answer("message-router", outcome));
        let frame = stage.frame(160, 40);
        assert!(frame.contains(words), "{words}\n{frame}");
    }
    let mut stage = asked();
    stage.screen.asked(question("message-router"), true);
    stage.screen.asked(question("message-router"), false);
    assert!(stage.frame(160, 40).contains("asking…"));
    stage.settings.looks.ascii = true;
    assert!(stage.frame(160, 40).contains("asking..."));
    stage.screen.answered(answer("message-router", Ok(None)));
    stage.screen.asked(question("message-router"), false);
    assert!(stage.frame(160, 40).contains("not asked: the questions before"));
}

#[test]
fn the_column_shows_the_age_that_was_read_while_it_is_fresh_and_complete() {
    let shown = |untold, since| {
        let mut stage = asked();
        stage.screen.detail = false;
        let answer = answer("message-router", Ok(Some(oldest("messages", untold))));
        stage.screen.answered(answer);
        stage.since_arrival = Span::seconds(since);
        let frame = stage.frame(160, 40);
        let row = frame.lines().find(|line| line.contains("message-router"));
        row.map(str::to_owned).unwrap_or_default()
    };
    assert!(shown(NONE, 0).contains("1h2m"), "{}", shown(NONE, 0));
    assert!(!shown(NONE, 60).contains("1h"), "it was asked 72 s ago");
    let untold = Untold {
        failed: 0,
        unasked: 1,
    };
    assert!(!shown(untold, 0).contains("1h"), "one may be older");
    let mut stage = asked();
    stage.screen.detail = false;
    let snapshot = &stage.bulletin.as_ref().expect("shown").snapshot;
    let place = &snapshot.groups.table["message-router"].partitions[0];
    let read = Oldest {
        partition: PartitionId {
            topic: place.topic.clone(),
            partition: place.partition,
        },
        offset: place.committed.expect("committed") - 1,
        ..oldest("messages", NONE)
    };
    stage.screen.answered(answer("message-router", Ok(Some(read))));
    let frame = stage.frame(160, 40);
    let row = frame.lines().find(|line| line.contains("message-router"));
    assert!(!row.unwrap_or_default().contains("1h"), "it was read meanwhile");
}

#[test]
fn the_ages_of_an_answer_grow() {
    let mut stage = asked();
    stage
        .screen
        .answered(answer("message-router", Ok(Some(oldest("messages", NONE)))));
    stage.since_arrival = Span::seconds(60);
    let frame = stage.frame(160, 40);
    assert!(
        frame.contains("13:01:22Z, 1h3m ago") && frame.contains("asked 1m12s ago"),
        "{frame}"
    );
}

#[test]
fn hostile_names_are_written_out_and_every_size_stands() {
    let mut stage = Stage::new(fixture::hostile());
    stage.press("5 w");
    let Some(RowKey::Group(group)) = stage.screen.selected_key(ListId::Groups).cloned() else {
        panic!("a group is selected");
    };
    let untold = Untold {
        failed: usize::MAX,
        unasked: usize::MAX,
    };
    let mut found = oldest("\u{1b}[2J\u{202e}日本語", untold);
    found.offset = i64::MIN;
    stage.screen.answered(answer(group.raw(), Ok(Some(found))));
    for width in (1..=260).step_by(7) {
        for height in [1, 15, 16, 17, 18, 24, 40] {
            let frame = stage.frame(width, height);
            assert!(!frame.contains(['\u{1b}', '\u{202e}']), "{frame}");
        }
    }
}

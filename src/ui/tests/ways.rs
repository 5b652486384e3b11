//! The ways in which people are told of alerts: under the sources, and in the header where one fails.

use std::sync::Arc;

use insta::assert_snapshot;

use super::Stage;
use crate::model::notice::Line;
use crate::model::ways::{Tally, Way, WayEvent, WayState, Ways};
use crate::ui::fixture;

fn way(name: &str, state: WayState, delivered: u64, undelivered: u64) -> Way {
    Way {
        name: Line::new(name),
        state,
        tally: Tally {
            delivered,
            undelivered,
            ..Tally::default()
        },
    }
}

fn told() -> Ways {
    let works = WayState::Working {
        since: fixture::ago(600),
        said: "rung".into(),
    };
    let absent = WayState::Unavailable {
        since: fixture::ago(600),
        why: "no notification server runs on the session bus".into(),
    };
    let fails = WayState::Failing {
        since: fixture::ago(72),
        why: "POST https://hooks.example.com/********: HTTP 500: try \\u{1b}later".into(),
        again: None,
    };
    let mut ways = Ways {
        ways: vec![
            way("desktop", absent, 0, 0),
            way("bell", works, 3, 0),
            way("command pager", WayState::Untried, 0, 0),
            way("webhook chat", fails, 12, 2),
        ],
        ..Ways::default()
    };
    ways.note(WayEvent {
        at: fixture::ago(72),
        way: "webhook chat".into(),
        what: "does not work: HTTP 500".into(),
    });
    ways
}

#[test]
fn a_way_that_fails_is_in_the_header_and_all_are_under_the_sources() {
    let mut stage = Stage::new(fixture::degraded());
    stage.screen.ways = Arc::new(told());
    assert!(stage.frame(120, 40).contains("telling fails"));
    stage.press("i");
    assert_snapshot!("ways_120x40", stage.frame(120, 40));
    stage.screen.ways = Arc::default();
    assert!(!stage.frame(120, 40).contains("How people are told"));
}

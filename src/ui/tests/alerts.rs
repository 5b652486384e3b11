//! The Alerts page: its list, its detail, and what its keys ask for.

use std::sync::Arc;

use insta::assert_snapshot;

use super::Stage;
use crate::model::alert::Silence;
use crate::model::time::Span;
use crate::ui::fixture;
use crate::ui::prompt::Prompt;
use crate::ui::prompt::line::Line;
use crate::ui::prompt::silence::Asked;
use crate::ui::update::Effect;

#[test]
fn the_page_with_alerts() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::new(fixture::alarmed(400));
        stage.press("8");
        assert_snapshot!(
            format!("alerts_firing_{width}x{height}"),
            stage.frame(width, height)
        );
    }
    let mut stage = Stage::new(fixture::alarmed(50));
    stage.press("8");
    assert_snapshot!("alerts_pending_80x24", stage.frame(80, 24));
}

#[test]
fn the_detail_shows_what_it_rests_on_what_it_means_and_what_to_do() {
    let mut stage = Stage::new(fixture::alarmed(400));
    stage.press("8 enter");
    let frame = stage.frame(80, 24);
    assert_snapshot!("alert_detail_80x24", frame);
    for words in ["condition", "broker.online = 0", "means", "what to do"] {
        assert!(frame.contains(words), "{words}: {frame}");
    }
}

#[test]
fn the_overview_and_the_header_tell_of_alerts() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut stage = Stage::new(fixture::alarmed(400));
        let frame = stage.frame(width, height);
        assert_snapshot!(format!("overview_alarmed_{width}x{height}"), frame);
    }
    let mut stage = Stage::new(fixture::alarmed(400));
    let frame = stage.frame(120, 40);
    assert!(frame.contains("1 critical"), "{frame}");
    assert!(frame.contains("Kafka broker 1 is offline"), "{frame}");
}

#[test]
fn keys_take_note_of_what_fires_and_of_nothing_that_is_over() {
    let mut stage = Stage::new(fixture::alarmed(400));
    stage.press("8");
    stage.frame(120, 40);
    assert_eq!(stage.press("A"), Effect::Acknowledge(fixture::offline()));
    assert_eq!(stage.press("z"), Effect::Silence(fixture::offline()));
    stage.press("end");
    assert_eq!(stage.press("A"), Effect::None, "it is over");
    stage.press("1");
    assert_eq!(stage.press("A"), Effect::None, "on another page");
}

/// What the loop does with `z` where the alert is not silenced yet.
fn asked() -> Stage {
    let mut stage = Stage::new(fixture::alarmed(400));
    stage.press("8");
    let key = fixture::offline();
    let line = Line::default();
    stage.screen.prompt = Some(Prompt::Silence(Asked { key, line }));
    stage
}

#[test]
fn a_silence_is_typed_and_said_before_it_is_made() {
    let mut stage = asked();
    let frame = stage.frame(80, 24);
    assert!(
        frame.contains("silence for") && frame.contains("enter silences for 1h"),
        "{frame}"
    );
    stage.press("d i s k");
    assert_eq!(stage.press("enter"), Effect::Draw, "that is no length");
    assert_snapshot!("silence_wrong_80x24", stage.frame(80, 24));
    stage.press("ctrl-u");
    stage.press("2 h space d i s k");
    assert_snapshot!("silence_typed_80x24", stage.frame(80, 24));
    let Effect::Hush(key, hush) = stage.press("enter") else {
        panic!("{:?}", stage.screen.prompt);
    };
    assert_eq!((key, hush.span), (fixture::offline(), Span::seconds(7_200)));
    assert_eq!(hush.reason, "disk");
    assert_eq!(stage.screen.prompt, None);
    let mut left = asked();
    assert_eq!(left.press("esc"), Effect::Draw);
    assert_eq!(left.screen.prompt, None);
}

#[test]
fn a_silence_is_seen_also_where_nothing_of_it_fires() {
    let mut bulletin = fixture::alarmed(400);
    let silence = Silence {
        rule: Some("KafkaClusterDown".into()),
        subject: None,
        until: bulletin.snapshot.now().plus(Span::seconds(7_200)),
        reason: "planned".to_owned(),
    };
    Arc::make_mut(&mut bulletin.alerts).silences = Arc::new(vec![silence]);
    let mut stage = Stage::new(bulletin);
    stage.press("8");
    let frame = stage.frame(120, 40);
    assert!(frame.contains("0 pending, 1 silence for 2h"), "{frame}");
}

#[test]
fn filters_know_the_columns() {
    let mut stage = Stage::new(fixture::alarmed(400));
    stage.press("8 / s e v e r i t y = c r i t i c a l enter");
    let frame = stage.frame(120, 40);
    assert!(
        frame.contains("KafkaBrokerOffline") && !frame.contains("ManyTopics"),
        "{frame}"
    );
}

//! Every setting of a topic: asked for, answered, refused.

use insta::assert_snapshot;

use super::Stage;
use crate::model::failure::{Failure, FailureKind};
use crate::model::question::{Answer, ConfigEntry, ConfigOrigin, Question, Reply};
use crate::model::text::Name;
use crate::ui::fixture;
use crate::ui::update::Effect;

fn question() -> Question {
    Question::TopicConfig {
        topic: Name::from("messages"),
    }
}

fn entry(name: &str, value: Option<&str>, origin: ConfigOrigin) -> ConfigEntry {
    ConfigEntry {
        name: Name::from(name),
        value: value.map(Name::from),
        sensitive: false,
        origin,
        read_only: false,
    }
}

/// The topic `messages` is selected, its settings were asked for, and this came back.
fn answered(outcome: Result<Vec<ConfigEntry>, Failure>) -> Stage {
    let mut stage = Stage::new(fixture::degraded());
    assert_eq!(stage.press("3 c"), Effect::Ask(question()));
    stage.screen.asked(question(), true);
    let answer = Answer {
        question: question(),
        asked: fixture::ago(12),
        reply: Reply::TopicConfig(outcome),
    };
    assert!(stage.screen.answered(answer));
    stage
}

fn entries() -> Vec<ConfigEntry> {
    let mut entries = vec![
        entry("cleanup.policy", Some("delete"), ConfigOrigin::Default),
        entry("compression.type", Some("producer"), ConfigOrigin::Default),
        entry("min.insync.replicas", Some("2"), ConfigOrigin::File),
        entry("retention.ms", Some("604800000"), ConfigOrigin::Topic),
        entry(
            "follower.replication.throttled.replicas",
            Some(""),
            ConfigOrigin::Default,
        ),
        entry(
            "hostile\u{1b}[31m\u{202e}",
            Some("x\u{7}\ny"),
            ConfigOrigin::Other(9),
        ),
        entry("unset", None, ConfigOrigin::Default),
    ];
    entries.push(ConfigEntry {
        sensitive: true,
        value: None,
        ..entry("secret", None, ConfigOrigin::Broker)
    });
    entries
}

#[test]
fn every_setting_is_told_with_where_it_comes_from_and_those_that_were_set_stand_first() {
    let mut stage = answered(Ok(entries()));
    assert_snapshot!("topic_config_120x40", stage.frame(120, 40));
    assert_snapshot!("topic_config_80x24", stage.frame(80, 24));
}

#[test]
fn a_question_under_way_and_one_that_failed_are_told() {
    let mut stage = Stage::new(fixture::degraded());
    stage.press("3 c");
    stage.screen.asked(question(), true);
    assert!(stage.frame(80, 24).contains("asking…"));
    let mut stage = answered(Err(Failure::new(
        FailureKind::Denied,
        "TOPIC_AUTHORIZATION_FAILED",
    )));
    let frame = stage.frame(80, 24);
    assert!(
        frame.contains("denied: TOPIC_AUTHORIZATION_FAILED; asked 12s ago"),
        "{frame}"
    );
}

#[test]
fn the_settings_of_another_topic_are_not_shown() {
    let mut stage = answered(Ok(entries()));
    stage.press("esc down");
    assert!(!stage.frame(120, 40).contains("retention.ms"));
    stage.press("up");
    assert!(stage.frame(120, 40).contains("retention.ms"));
}

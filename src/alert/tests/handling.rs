//! What keeps an alert from being told.

use super::*;
use crate::model::alert::{AlertKey, Maintenance, Order, Silence, Subject, Works};
use crate::model::ids::BrokerId;

fn key(id: i32) -> AlertKey {
    AlertKey {
        rule: "Down".into(),
        subject: Subject::Broker(BrokerId(id)),
    }
}

fn watch() -> Watch {
    Watch::new(Mode::ZooKeeper, &only(ONE))
}

#[test]
fn a_silence_covers_until_it_ends_and_then_it_is_told() {
    let mut watch = watch();
    let until = watch.world.now.plus(MINUTE);
    let silence = Silence {
        rule: Some("Down".into()),
        subject: None,
        until,
        reason: "planned \u{1b}[2J".to_owned(),
    };
    watch.engine.order(Order::Silence(silence), watch.world.now);
    watch.stop(&[1]);
    watch.seconds(50);
    assert_eq!(watch.lines(), [""; 0]);
    let silenced = watch.alerts.firing[0].handling.silenced.clone().unwrap();
    assert_eq!(silenced.reason, "planned \\u{1b}[2J");
    watch.seconds(15);
    assert_eq!(watch.lines(), ["60 firing Down broker:1"]);
    assert!(watch.alerts.silences.is_empty(), "an ended silence is forgotten");
    assert!(watch.engine.to_keep().is_some(), "and that is kept");
    assert_eq!(watch.engine.to_keep(), None, "once");
}

#[test]
fn what_was_silenced_from_its_beginning_to_its_end_is_never_told() {
    let mut watch = watch();
    let silence = Silence {
        rule: None,
        subject: Some(Subject::Broker(BrokerId(1))),
        until: watch.world.now.plus(Span::seconds(3_600)),
        reason: String::new(),
    };
    watch.engine.order(Order::Silence(silence), watch.world.now);
    watch.stop(&[1]);
    watch.seconds(10);
    watch.recover();
    watch.seconds(10);
    assert_eq!(watch.lines(), [""; 0]);
    assert_eq!(watch.alerts.resolved.len(), 1, "the history has it");
    watch.engine.order(Order::Unsilence(key(1)), watch.world.now);
    watch.stop(&[1]);
    watch.seconds(5);
    assert_eq!(watch.lines().len(), 1);
}

#[test]
fn an_acknowledgement_lasts_as_long_as_its_alert() {
    let mut watch = watch();
    watch.stop(&[1]);
    watch.seconds(5);
    let order = Order::Acknowledge {
        key: key(1),
        reason: "on it".to_owned(),
    };
    watch.engine.order(order, watch.world.now);
    watch.seconds(1);
    let note = watch.alerts.firing[0].handling.acknowledged.clone().unwrap();
    assert_eq!(note.reason, "on it");
    watch.recover();
    watch.seconds(5);
    watch.stop(&[1]);
    watch.seconds(5);
    assert_eq!(watch.alerts.firing[0].handling.acknowledged, None);
    assert_eq!(
        watch.lines().len(),
        3,
        "fired, resolved, fired: {:?}",
        watch.lines()
    );
}

#[test]
fn acts_of_our_own_are_no_news_but_what_outlasts_them_is() {
    let mut watch = watch();
    let maintenance = Maintenance {
        brokers: vec![BrokerId(1)],
        why: "stop broker 1".to_owned(),
        until: None,
    };
    watch.engine.works([("act".to_owned(), maintenance)].into());
    watch.stop(&[1, 2]);
    watch.seconds(5);
    assert_eq!(
        watch.lines().len(),
        1,
        "broker 2 is not part of it: {:?}",
        watch.lines()
    );
    assert!(watch.lines()[0].ends_with("Down broker:2"));
    let own = watch.alerts.firing.iter().find(|alert| alert.key == key(1));
    let why = own.unwrap().handling.maintenance.as_deref();
    assert_eq!(why, Some("stop broker 1"));
    watch.engine.works(Works::new());
    watch.seconds(1);
    assert_eq!(watch.lines().len(), 2);
    assert!(watch.lines()[1].ends_with("firing Down broker:1"));
}

#[test]
fn what_an_act_left_behind_is_news_after_a_while() {
    let mut watch = watch();
    let maintenance = Maintenance {
        brokers: vec![BrokerId(1)],
        why: "stop broker 1".to_owned(),
        until: Some(watch.world.now.plus(MINUTE)),
    };
    watch.engine.works([("act".to_owned(), maintenance)].into());
    watch.stop(&[1]);
    watch.seconds(50);
    assert_eq!(watch.lines(), [""; 0]);
    watch.seconds(15);
    assert_eq!(watch.lines(), ["60 firing Down broker:1"]);
}

#[test]
fn silences_and_notes_survive_a_restart() {
    let mut watch = watch();
    let hostile = Subject::Topic("a\u{202e}\"b".into());
    let silence = Silence {
        rule: None,
        subject: Some(hostile.clone()),
        until: watch.world.now.plus(MINUTE),
        reason: "r".to_owned(),
    };
    watch.engine.order(Order::Silence(silence), watch.world.now);
    watch.stop(&[1]);
    watch.seconds(3);
    let order = Order::Acknowledge {
        key: key(1),
        reason: String::new(),
    };
    watch.engine.order(order, watch.world.now);
    let kept = watch.engine.to_keep().unwrap();
    let mut after = Engine::new(&only(ONE));
    after.restore(&kept, watch.world.now).unwrap();
    let snapshot = watch.world.poll();
    let step = after.step(&snapshot, &derive(&snapshot, None));
    assert_eq!(step.alerts.silences[0].subject, Some(hostile));
    assert_eq!(step.transitions, [], "the alert is known already");
    assert!(step.alerts.firing[0].handling.acknowledged.is_some());
    let mut late = Engine::new(&only(ONE));
    late.restore(&kept, watch.world.now.plus(MINUTE)).unwrap();
    let step = late.step(&snapshot, &derive(&snapshot, None));
    assert!(step.alerts.silences.is_empty(), "it has ended meanwhile");
    for rubbish in [
        "",
        "[]",
        "{\"version\":1}",
        &kept.replace("\"version\": 1", "\"version\": 2"),
    ] {
        assert!(
            Engine::new(&only(ONE)).restore(rubbish, watch.world.now).is_err(),
            "{rubbish}"
        );
    }
}

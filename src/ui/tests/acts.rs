//! The dialog of a plan, and the line of an act that goes on.

use insta::assert_snapshot;

use super::Stage;
use crate::command::Command;
use crate::gate::Dialog;
use crate::model::act::{Act, Node, Verb};
use crate::model::ids::BrokerId;
use crate::model::plan::{Confirm, Plan};
use crate::model::progress::{Happening, Progress, Reply};
use crate::model::time::Span;
use crate::ui::fixture;
use crate::ui::screen::RowKey;
use crate::ui::update::Effect;

fn plan(confirm: Confirm, blockers: usize) -> Plan {
    Plan {
        act: Act::on(Verb::Stop, Node::Broker(BrokerId(2)), "test"),
        on: Some("container kafka-2".into()),
        does: vec![
            "Ends container kafka-2 in order; what has not ended after its grace time of 10s is killed."
                .to_owned(),
            "54 partitions that it leads get other leaders first.".to_owned(),
        ],
        blockers: vec!["162 partitions would refuse acks=all writes".to_owned(); blockers],
        notes: vec!["it is the active controller: another one must be elected".to_owned()],
        confirm,
    }
}

#[test]
fn dialogs() {
    for (name, confirm, blockers) in [
        ("key", Confirm::Key, 0),
        ("id", Confirm::Id("2".to_owned()), 1),
        ("cluster", Confirm::Cluster("prod".to_owned()), 1),
    ] {
        let mut stage = Stage::new(fixture::degraded());
        stage.screen.acts.dialog = Some(Dialog::open(plan(confirm, blockers)));
        assert_snapshot!(format!("dialog_{name}_80x24"), stage.frame(80, 24));
    }
}

#[test]
fn the_way_to_confirm_is_in_sight_in_every_size() {
    for (width, height) in [(60, 15), (80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::new(fixture::degraded());
        stage.screen.acts.dialog = Some(Dialog::open(plan(Confirm::Id("2".to_owned()), 30)));
        let frame = stage.frame(width, height);
        assert!(frame.contains("type 2"), "{width}x{height}:\n{frame}");
        assert!(frame.contains("Stop broker 2"), "{width}x{height}:\n{frame}");
    }
}

#[test]
fn an_act_that_goes_on_is_counted_down_in_the_last_line() {
    let mut stage = Stage::new(fixture::degraded());
    let now = fixture::NOW;
    stage.screen.acts.hear(Reply::Progress(Progress {
        number: 1,
        act: plan(Confirm::Key, 0).act,
        began: now,
        at: now,
        what: Happening::Waiting {
            what: "container kafka-2 to end; then it is killed".to_owned(),
            until: now.plus(Span::seconds(10)),
        },
    }));
    stage.since_arrival = Span::seconds(4);
    let frame = stage.frame(120, 40);
    let last = frame.lines().last().unwrap();
    assert!(
        last.contains(
            "stop broker 2, for 4s: waiting for container kafka-2 to end; then it is killed, at most 6s more"
        ),
        "{last}"
    );
}

#[test]
fn keys_ask_for_acts_on_the_selected_row() {
    let mut stage = Stage::new(fixture::healthy());
    stage.press("2");
    let broker = stage.screen.selected_key(stage.screen.list()).cloned();
    for (key, command) in [
        ("S", Command::Stop),
        ("U", Command::Start),
        ("R", Command::Restart),
        ("K", Command::Kill),
        ("P", Command::Pause),
        ("C", Command::Resume),
        ("X", Command::Cut),
        ("V", Command::Reconnect),
        ("E", Command::ElectLeaders),
        ("W", Command::Roll),
    ] {
        assert_eq!(stage.press(key), Effect::Act(command, broker.clone()), "{key}");
    }
    assert!(matches!(broker, Some(RowKey::Broker(_))));
    stage.press("?");
    assert_eq!(stage.press("S"), Effect::None, "help lies over it");
}

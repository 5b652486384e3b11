//! The dialog of a plan, and the line of an act that goes on.

use insta::assert_snapshot;

use super::Stage;
use crate::command::Command;
use crate::gate::Dialog;
use crate::model::act::{Act, Deed, Node, Verb};
use crate::model::ids::BrokerId;
use crate::model::plan::{Confirm, Plan};
use crate::model::progress::{Control, Happening, Leftover, Progress, Reply};
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
fn after_a_wrong_word_the_whole_question_stands_in_every_size() {
    for (width, height) in [(60, 15), (80, 24), (120, 40)] {
        let mut stage = Stage::new(fixture::degraded());
        let mut dialog = Dialog::open(plan(Confirm::Id("2".to_owned()), 1));
        dialog.drawn(fixture::NOW);
        let later = fixture::NOW.plus(Span::seconds(1));
        dialog.press(crate::gate::Press::Letter('3'), later);
        dialog.press(crate::gate::Press::Enter, later);
        stage.screen.acts.dialog = Some(dialog);
        let frame = stage.frame(width, height);
        assert!(
            frame.contains("That is not it: type 2 and enter, or esc: 3"),
            "{frame}"
        );
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
    let words =
        "stop broker 2, for 4s: waiting for container kafka-2 to end; then it is killed, at most 6s more";
    assert!(frame.contains(words), "{frame}");
    let last = frame.lines().last().unwrap();
    assert!(last.contains("q quit"), "the keys stay: {last}");
    // Where there is no line to spare, it takes the place of the keys.
    let small = stage.frame(60, 15);
    let last = small.lines().last().unwrap();
    assert!(last.contains("stop broker 2, for 4s"), "{last}");
}

/// A rolling restart that restarts its second broker.
fn rolling(stage: &mut Stage) {
    let now = fixture::NOW;
    let told = |deed: Deed, what| {
        Reply::Progress(Progress {
            number: 7,
            act: Act {
                deed,
                why: "test".into(),
            },
            began: now,
            at: now,
            what,
        })
    };
    let step = "Broker 3 is restarted (2 of 3).".to_owned();
    stage.screen.acts.hear(told(Deed::Roll, Happening::Step(step)));
    let part = Deed::Node(Verb::Restart, Node::Broker(BrokerId(3)));
    let what = Happening::Waiting {
        what: "broker 3 to be back in every ISR".to_owned(),
        until: now.plus(Span::seconds(120)),
    };
    stage.screen.acts.hear(told(part, what));
    stage.since_arrival = Span::seconds(4);
}

#[test]
fn a_rolling_restart_tells_how_far_it_is_and_how_it_is_steered() {
    let mut stage = Stage::new(fixture::healthy());
    rolling(&mut stage);
    for (width, height) in [(60, 15), (80, 24), (120, 40)] {
        let frame = stage.frame(width, height);
        let tells = frame.contains("Roll 2 of 3") || frame.contains("(2 of 3)");
        assert!(tells, "{frame}");
        assert!(frame.contains("B hold") && frame.contains("F end"), "{frame}");
    }
    assert_snapshot!("rolling_120x40", stage.frame(120, 40));
    assert_snapshot!("rolling_60x15", stage.frame(60, 15));
    for (key, how, says) in [
        ("B", Control::Hold, "To be held before the next broker."),
        ("B", Control::Go, "B holds it before the next broker"),
        ("F", Control::Abort, "To end after this broker."),
        ("B", Control::Go, "F ends it after this one"),
    ] {
        assert_eq!(stage.press(key), Effect::Steer(7, how), "{key}");
        let frame = stage.frame(80, 24);
        assert!(frame.contains(says), "{says}:\n{frame}");
    }
}

#[test]
fn without_a_rolling_restart_there_is_nothing_to_steer() {
    let mut stage = Stage::new(fixture::healthy());
    for key in ["B", "F"] {
        stage.screen.toast = None;
        assert_eq!(stage.press(key), Effect::Draw);
        assert_eq!(stage.screen.toast.as_deref(), Some("No rolling restart goes on."));
    }
}

#[test]
fn whoever_leaves_while_an_act_goes_on_is_told_first() {
    let mut stage = Stage::new(fixture::healthy());
    assert_eq!(stage.press("q"), Effect::Quit, "nothing goes on");
    rolling(&mut stage);
    assert_eq!(stage.press("q"), Effect::Draw);
    let frame = stage.frame(80, 24);
    assert!(
        frame.contains("Under way: rolling restart, Broker 3 is restarted"),
        "{frame}"
    );
    let said = stage.screen.toast.clone().unwrap();
    assert!(said.ends_with("The same key again leaves."), "{said}");
    // Another key in between takes that back.
    stage.press("2");
    assert_eq!(stage.press("ctrl-c"), Effect::Draw);
    assert_eq!(stage.press("q"), Effect::Quit);
}

#[test]
fn an_outcome_that_needs_several_lines_is_told_in_full() {
    let words = "Container kafka-2 ended with exit code 0 after 1.4s; broker 2 left the cluster after 3.1s; 54 partitions got other leaders, 3 of them unclean, and nobody is without one; the group router went on at once.";
    for (width, height) in [(80, 24), (120, 40)] {
        let mut stage = Stage::new(fixture::degraded());
        stage.screen.toast = Some(words.to_owned());
        let frame = stage.frame(width, height);
        let plain: Vec<&str> = frame
            .split(['"', '\n', ' '])
            .filter(|word| !word.is_empty())
            .collect();
        assert!(plain.join(" ").contains(words), "{frame}");
    }
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

fn left(number: u8, verb: Verb, node: Node, seconds: u64) -> Leftover {
    Leftover {
        id: format!("{number}").into(),
        at: fixture::ago(seconds),
        verb,
        node,
        shown: "container x".into(),
    }
}

#[test]
fn what_an_earlier_run_left_is_offered_with_one_key_until_it_is_undone() {
    let mut stage = Stage::new(fixture::degraded());
    stage.settings.standing.read_only = false;
    let entries = vec![
        left(1, Verb::Kill, Node::Broker(BrokerId(1)), 7_500),
        left(2, Verb::Pause, Node::ZooKeeper("zk-\u{1b}1:2181".into()), 70),
    ];
    stage.screen.acts.hear(Reply::Leftovers(entries.clone()));
    assert_snapshot!("left_over_80x24", stage.frame(80, 24));
    stage.press("2");
    let offers = |stage: &mut Stage, words: &str| {
        let frame = stage.frame(120, 24);
        assert!(frame.contains(words), "{words}:\n{frame}");
        assert!(!frame.contains('\u{1b}'));
    };
    offers(
        &mut stage,
        "kaftop left broker 1 killed 2h5m ago (1 more): H starts it.",
    );
    assert_eq!(stage.press("H"), Effect::Undo);
    assert_eq!(stage.screen.acts.to_undo(), Some(&entries[0]));
    // While it is undone, and once it is, the next one is offered.
    stage.screen.acts.hear(Reply::Progress(Progress {
        number: 1,
        act: Act::on(Verb::Start, Node::Broker(BrokerId(1)), "test"),
        began: fixture::NOW,
        at: fixture::NOW,
        what: Happening::Step("started".to_owned()),
    }));
    offers(
        &mut stage,
        "kaftop left ZooKeeper zk-\\u{1b}1:2181 paused 1m10s ago",
    );
    let own = left(9, Verb::Stop, Node::Broker(BrokerId(3)), 1);
    stage
        .screen
        .acts
        .hear(Reply::Leftovers(vec![entries[1].clone(), own]));
    assert_eq!(stage.screen.acts.offer.left(), &entries[1..]);
    offers(&mut stage, "H resumes it.");
    // It can be sent away, and a kaftop that may do nothing says who may.
    stage.settings.standing.read_only = true;
    offers(&mut stage, "kaftop heal undoes it.");
    assert_eq!(stage.press("1 esc"), Effect::Draw);
    assert!(!stage.frame(120, 24).contains("kaftop left"));
}

//! What the gate refuses, what it writes down, and what it shows instead of doing it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::kit::{Bench, broker};
use crate::act::records::Records;
use crate::act::simulated::Simulated;
use crate::act::{Gate, Unmet, desk};
use crate::gate::Mandate;
use crate::model::act::{Act, Verb};
use crate::model::cluster::Mode;
use crate::model::plan::Confirm;
use crate::model::progress::{Control, Ending, Happening, Reply, Wish};
use crate::sim::world::{self, Act as Happens, ProcessState};

fn stop(id: i32) -> Act {
    Act::on(Verb::Stop, broker(id), "test")
}

#[tokio::test(start_paused = true)]
async fn a_change_since_the_plan_is_shown_instead_of_acted_on() {
    let bench = Bench::new(Mode::Kraft).await;
    let plan = bench.gate.plan(&stop(2)).await.unwrap();
    assert_eq!(plan.confirm, Confirm::Key);
    // Somebody else kills broker 3 while the dialog is open.
    bench
        .model
        .world()
        .act(&Happens::Kill(world::Node::Broker(3)))
        .unwrap();
    sleep(Duration::from_secs(15)).await;
    let (_control, steer) = watch::channel(Control::Go);
    let unmet = bench.gate.carry_out(&plan, 1, steer, &|_| {}).await.unwrap_err();
    let Unmet::Changed(newer) = unmet else {
        panic!("{unmet:?}");
    };
    assert_eq!(newer.confirm, Confirm::Id("2".to_owned()));
    assert!(
        newer.blockers.iter().any(|why| why.contains("would refuse")),
        "{newer:?}"
    );
    assert_eq!(bench.state(world::Node::Broker(2)), ProcessState::Running);
    assert_eq!(bench.left().await, []);
    assert_eq!(bench.gate.records().audit.kept(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn one_act_per_target_at_a_time() {
    let bench = Bench::new(Mode::Kraft).await;
    let (two, three) = (
        bench.gate.plan(&stop(2)).await.unwrap(),
        bench.gate.plan(&stop(3)).await.unwrap(),
    );
    let (_control, steer) = watch::channel(Control::Go);
    let first = bench.gate.carry_out(&two, 1, steer.clone(), &|_| {});
    let second = async {
        sleep(Duration::from_millis(10)).await;
        let same = bench.gate.carry_out(&two, 2, steer.clone(), &|_| {}).await;
        let other = bench.gate.carry_out(&three, 3, steer.clone(), &|_| {}).await;
        (same, other)
    };
    let (first, (same, other)) = tokio::join!(first, second);
    assert_eq!(first.unwrap().ending, Ending::Done);
    assert!(
        matches!(&same, Err(Unmet::Refused(refusal)) if refusal.why.contains("about to stop broker 2")),
        "{same:?}"
    );
    // Another target is not held up; whether it is still safe is asked anew.
    assert!(!matches!(&other, Err(Unmet::Refused(refusal)) if refusal.why.contains("about to")));
}

#[tokio::test(start_paused = true)]
async fn who_ends_kaftop_meanwhile_is_told_what_is_left_and_it_is_written_down() {
    let table = [
        (
            Verb::Stop,
            100,
            "is shutting down; `kaftop heal` starts it again.",
        ),
        (Verb::Kill, 100, "is stopped; `kaftop heal` starts it again."),
        (Verb::Pause, 100, "is paused; `kaftop heal` ends the freeze."),
    ];
    for (verb, after, words) in table {
        let bench = Bench::new(Mode::Kraft).await;
        let plan = bench.gate.plan(&Act::on(verb, broker(2), "test")).await.unwrap();
        let (control, steer) = watch::channel(Control::Go);
        let end = async {
            sleep(Duration::from_millis(after)).await;
            control.send_replace(Control::Abort);
        };
        let doing = bench.gate.carry_out(&plan, 1, steer, &|_| {});
        let (outcome, ()) = tokio::join!(doing, end);
        let outcome = outcome.unwrap();
        assert_eq!(outcome.ending, Ending::Unverified);
        assert!(outcome.words.ends_with(words), "{}", outcome.words);
        assert_eq!(bench.left().await, [(verb, broker(2))]);
        let lines = bench.gate.records().audit.kept();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].contains("told to end"), "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_kaftop_of_the_same_user_is_kept_out() {
    let directory = std::env::temp_dir().join(format!("kaftop-two-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&directory));
    let records = |who| Records::on_disk(&directory, who);
    let bench = Bench::with(Mode::Kraft, Mandate::default(), records("ann (process 7)")).await;
    let other = Gate::new(
        Simulated(bench.model.clone()),
        bench.model.clone(),
        Mandate::default(),
        bench.newest.clone(),
        records("bob (process 8)"),
        bench.clock,
    );
    let (_control, steer) = watch::channel(Control::Go);
    let plan = other.plan(&stop(2)).await.unwrap();
    let act = stop(2);
    let first = bench.act(&act);
    let second = async {
        sleep(Duration::from_millis(500)).await;
        other.carry_out(&plan, 1, steer.clone(), &|_| {}).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().ending, Ending::Done);
    let Err(Unmet::Refused(refused)) = second else {
        panic!("{second:?}");
    };
    assert_eq!(
        refused.why,
        "another kaftop acts on it: ann (process 7) is about to stop broker 2; wait until that is over, or end that process."
    );
    // Nothing is locked once it is over.
    let start = Act::on(Verb::Start, broker(2), "test");
    let plan = other.plan(&start).await.unwrap();
    let started = other.carry_out(&plan, 2, steer, &|_| {}).await.unwrap();
    assert_eq!(started.ending, Ending::Done, "{}", started.words);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_kaftop_has_just_taken_away_speaks_against_taking_more() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        for verb in [Verb::Cut, Verb::Pause] {
            let bench = Bench::new(mode).await;
            let done = bench.on(verb, broker(2)).await.unwrap();
            assert_eq!(done.ending, Ending::Done, "{}", done.words);
            let plan = bench.gate.plan(&stop(1)).await.unwrap();
            let refuses = plan.blockers.iter().any(|why| why.contains("would refuse"));
            assert!(refuses, "{mode:?} {verb:?}: {:?}", plan.blockers);
            assert_eq!(plan.confirm, Confirm::Id("1".to_owned()));
            let missed = crate::health::is_missed(&bench.gate.newest().unwrap(), &broker(2));
            let named = plan.blockers[0]
                == format!(
                    "broker 2 was {} by kaftop, and the cluster has not noticed yet",
                    verb.past()
                );
            assert_eq!(named, !missed, "{mode:?} {verb:?}: {:?}", plan.blockers);
            assert!(named || verb == Verb::Pause, "a cut is noticed later");
            let roll = Act {
                deed: crate::model::act::Deed::Roll,
                why: "test".into(),
            };
            bench.gate.plan(&roll).await.unwrap_err();
            // Another act on the same broker is not held up by itself, and nothing is once it is back.
            let undo = verb.undo().unwrap();
            let back = bench.on(undo, broker(2)).await.unwrap();
            assert_eq!(back.ending, Ending::Done, "{}", back.words);
            let plan = bench.gate.plan(&stop(1)).await.unwrap();
            assert_eq!(plan.blockers, Vec::<String>::new(), "{mode:?} {verb:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn read_only_touches_nothing() {
    let mandate = Mandate {
        read_only: Some("flag --read-only".to_owned()),
        ..Mandate::default()
    };
    let bench = Bench::with(Mode::Kraft, mandate, Records::in_memory("tester")).await;
    for verb in Verb::ALL {
        let refused = bench.on(verb, broker(2)).await;
        assert!(matches!(refused, Err(Unmet::Refused(_))), "{refused:?}");
    }
    assert_eq!(bench.state(world::Node::Broker(2)), ProcessState::Running);
    assert_eq!(bench.gate.records().audit.kept(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_act_is_written_down_before_and_after() {
    let bench = Bench::new(Mode::Kraft).await;
    bench.act(&stop(2)).await.unwrap();
    let lines: Vec<serde_json::Value> = bench
        .gate
        .records()
        .audit
        .kept()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["id"], lines[1]["id"]);
    for (line, phase) in lines.iter().zip(["before", "after"]) {
        assert_eq!(line["phase"], phase);
        assert_eq!(line["who"], "tester");
        assert_eq!(
            (&line["act"], &line["target"], &line["why"]),
            (&"stop".into(), &"broker 2".into(), &"test".into())
        );
        assert_eq!(line["preflight"]["blockers"], serde_json::json!([]));
        assert!(line["time"].as_str().unwrap().ends_with('Z'));
    }
    assert!(lines[0].get("result").is_none());
    assert_eq!(lines[1]["result"]["ending"], "done");
}

#[tokio::test]
async fn where_nothing_can_be_written_down_only_what_gives_back_goes_on() {
    tokio::time::pause();
    // A directory that cannot be made: its place is taken by a file.
    let taken = std::env::temp_dir().join(format!("kaftop-taken-{}", std::process::id()));
    std::fs::write(&taken, "").unwrap();
    let records = Records::on_disk(&taken.join("state"), "tester");
    let bench = Bench::with(Mode::Kraft, Mandate::default(), records).await;
    let refused = bench.act(&stop(2)).await.unwrap_err();
    assert!(
        matches!(&refused, Unmet::Refused(refusal) if refusal.why.contains("what cannot be written down is not done")),
        "{refused:?}"
    );
    assert_eq!(bench.state(world::Node::Broker(2)), ProcessState::Running);
    bench
        .model
        .world()
        .act(&Happens::Kill(world::Node::Broker(2)))
        .unwrap();
    sleep(Duration::from_secs(15)).await;
    let started = bench.on(Verb::Start, broker(2)).await.unwrap();
    assert_eq!(started.ending, Ending::Done, "{}", started.words);
    assert!(
        bench.steps().iter().any(|step| step.starts_with("WARNING")),
        "{:?}",
        bench.steps()
    );
    std::fs::remove_file(&taken).unwrap();
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_speaks_against_taking_more_away() {
    tokio::time::pause();
    let state = std::env::temp_dir().join(format!("kaftop-unread-{}", std::process::id()));
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("journal"), "").unwrap();
    let bench = Bench::with(
        Mode::Kraft,
        Mandate::default(),
        Records::on_disk(&state, "tester"),
    )
    .await;
    let unknown = "what kaftop has taken away before is not known: cannot read the journal";
    let plan = bench.gate.plan(&stop(2)).await.unwrap();
    assert!(plan.blockers[0].starts_with(unknown), "{:?}", plan.blockers);
    let roll = Act {
        deed: crate::model::act::Deed::Roll,
        why: "test".into(),
    };
    let refusal = bench.gate.plan(&roll).await.unwrap_err();
    assert!(refusal.why.contains(unknown), "{}", refusal.why);
    bench
        .model
        .world()
        .act(&Happens::Kill(world::Node::Broker(2)))
        .unwrap();
    sleep(Duration::from_secs(15)).await;
    let back = Act::on(Verb::Start, broker(2), "test");
    let back = bench.gate.plan(&back).await.unwrap();
    assert!(
        back.blockers.is_empty(),
        "what gives back goes on: {:?}",
        back.blockers
    );
    std::fs::remove_dir_all(&state).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_desk_plans_does_and_tells() {
    let bench = Bench::new(Mode::Kraft).await;
    let (wish, wishes) = mpsc::channel(4);
    let (tell, mut replies) = mpsc::channel(256);
    let task = tokio::spawn(desk(Arc::clone(&bench.gate), wishes, move |reply| {
        tell.try_send(reply).unwrap();
    }));
    wish.send(Wish::Plan(stop(2))).await.unwrap();
    let Some(Reply::Planned(plan)) = replies.recv().await else {
        panic!("no plan");
    };
    wish.send(Wish::Do(plan)).await.unwrap();
    let outcome = loop {
        match replies.recv().await {
            Some(Reply::Progress(progress)) => {
                if let Happening::Ended(outcome) = progress.what {
                    break outcome;
                }
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(outcome.ending, Ending::Done);
    wish.send(Wish::Leftovers).await.unwrap();
    let Some(Reply::Leftovers(left)) = replies.recv().await else {
        panic!("no leftovers");
    };
    assert_eq!(left.len(), 1);
    wish.send(Wish::Undo(left[0].clone())).await.unwrap();
    loop {
        match replies.recv().await {
            Some(Reply::Progress(progress)) => {
                if let Happening::Ended(outcome) = progress.what {
                    assert_eq!(outcome.ending, Ending::Done, "{}", outcome.words);
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(bench.left().await, []);
    drop(wish);
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_put_right_is_not_undone_again() {
    let bench = Bench::new(Mode::Kraft).await;
    bench.on(Verb::Pause, broker(3)).await.unwrap();
    bench
        .model
        .world()
        .act(&Happens::Resume(world::Node::Broker(3)))
        .unwrap();
    let (entries, _) = bench.gate.leftovers().await;
    let moot = bench.gate.is_moot(&entries[0]).await.unwrap();
    assert!(moot.contains("put right already"), "{moot}");
    assert_eq!(bench.left().await, []);
}

//! Each verb, done and undone, in both modes: what was done is seen by the process and by the cluster.

use super::kit::{Bench, broker};
use crate::act::Unmet;
use crate::model::act::{Act, Deed, Node, Scope, Verb};
use crate::model::cluster::Mode;
use crate::model::progress::{Ending, Outcome};
use crate::sim::world::{self, ProcessState};

fn done(outcome: Result<Outcome, Unmet>, part: &str) {
    let outcome = outcome.unwrap();
    assert_eq!(outcome.ending, Ending::Done, "{}", outcome.words);
    assert!(outcome.words.contains(part), "{}", outcome.words);
}

#[tokio::test(start_paused = true)]
async fn what_takes_away_is_proven_and_can_be_undone() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let bench = Bench::new(mode).await;
        let table = [
            (Verb::Stop, "the cluster has dropped broker 2", Verb::Start),
            (Verb::Kill, "the cluster has dropped broker 2", Verb::Start),
            (Verb::Pause, "broker 2 no longer answers", Verb::Resume),
            (Verb::Cut, "broker 2 still answers clients", Verb::Reconnect),
        ];
        for (verb, seen, undo) in table {
            done(bench.on(verb, broker(2)).await, seen);
            assert_eq!(bench.left().await, [(verb, broker(2))], "{mode:?}");
            done(bench.on(undo, broker(2)).await, "broker 2 is back in every ISR");
            assert_eq!(bench.left().await, [], "{mode:?} after {}", undo.word());
        }
        done(
            bench.on(Verb::Restart, broker(2)).await,
            "broker 2 is back in every ISR",
        );
        assert_eq!(bench.left().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn members_of_the_ensemble_pass_the_same_gate() {
    let bench = Bench::new(Mode::ZooKeeper).await;
    let member = || Node::ZooKeeper("zk-3:2181".into());
    done(
        bench.on(Verb::Stop, member()).await,
        "the cluster has dropped ZooKeeper zk-3:2181",
    );
    assert_eq!(bench.left().await, [(Verb::Stop, member())]);
    // The next one would take the majority away.
    let plan = bench
        .gate
        .plan(&Act::on(Verb::Stop, Node::ZooKeeper("zk-2:2181".into()), "test"))
        .await
        .unwrap();
    assert!(
        plan.blockers[0].contains("would lose its majority"),
        "{:?}",
        plan.blockers
    );
    done(
        bench.on(Verb::Start, member()).await,
        "ZooKeeper zk-3:2181 serves",
    );
    assert_eq!(bench.left().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_a_paused_broker_may_be_a_kill_and_says_so() {
    let bench = Bench::new(Mode::Kraft).await;
    done(bench.on(Verb::Pause, broker(1)).await, "");
    let plan = bench
        .gate
        .plan(&Act::on(Verb::Stop, broker(1), "test"))
        .await
        .unwrap();
    assert!(plan.does[0].contains("it is killed"), "{:?}", plan.does);
    done(
        bench.on(Verb::Stop, broker(1)).await,
        "the cluster has dropped broker 1",
    );
    // The pause is gone with the process.
    assert_eq!(bench.left().await, [(Verb::Stop, broker(1))]);
    assert_eq!(bench.state(world::Node::Broker(1)), ProcessState::Gone);
}

#[tokio::test(start_paused = true)]
async fn preferred_leaders_are_elected_and_seen() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let bench = Bench::new(mode).await;
        done(bench.on(Verb::Restart, broker(3)).await, "");
        let elect = |scope| Act {
            deed: Deed::Elect(scope),
            why: "test".into(),
        };
        let all = elect(Scope::All);
        match bench.gate.plan(&all).await {
            Ok(plan) => assert!(
                plan.does[0].starts_with("1 partition goes back"),
                "{:?}",
                plan.does
            ),
            Err(refusal) => panic!("{mode:?}: {refusal}"),
        }
        done(bench.act(&all).await, "first replica leads the partition");
        let again = bench.act(&all).await.unwrap_err();
        assert!(
            matches!(&again, Unmet::Refused(refusal) if refusal.why.contains("already")),
            "{again:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_does_not_come_back_is_not_called_done() {
    let bench = Bench::new(Mode::Kraft).await;
    // Without a majority nobody takes it back.
    for id in [1, 2] {
        bench.on(Verb::Kill, broker(id)).await.unwrap();
    }
    let outcome = bench.on(Verb::Start, broker(1)).await.unwrap();
    assert!(
        matches!(outcome.ending, Ending::Done | Ending::Unverified),
        "{}",
        outcome.words
    );
    for id in [1, 3] {
        bench.on(Verb::Pause, broker(id)).await.unwrap();
    }
    let outcome = bench.on(Verb::Start, broker(2)).await.unwrap();
    assert_eq!(outcome.ending, Ending::Unverified, "{}", outcome.words);
    assert!(
        outcome.words.contains("not seen back in every ISR within 2m"),
        "{}",
        outcome.words
    );
}

//! A rolling restart: in order, one at a time, and no further when something breaks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::kit::Bench;
use crate::model::act::{Act, Deed};
use crate::model::cluster::Mode;
use crate::model::progress::{Control, Ending, Happening};
use crate::sim::world::{self, Act as Happens};

fn roll() -> Act {
    Act {
        deed: Deed::Roll,
        why: "test".into(),
    }
}

/// The brokers that were restarted, in order.
fn restarted(steps: &[String]) -> Vec<String> {
    let ids = steps.iter().filter_map(|step| {
        let rest = step.strip_prefix("Broker ")?;
        rest.split_once(" is restarted").map(|(id, _)| id.to_owned())
    });
    ids.collect()
}

#[tokio::test(start_paused = true)]
async fn brokers_go_one_by_one_and_the_controller_last() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let bench = Bench::new(mode).await;
        let controller = bench.model.world().truth().controller.unwrap();
        let outcome = bench.act(&roll()).await.unwrap();
        assert_eq!(outcome.ending, Ending::Done, "{mode:?}: {}", outcome.words);
        let order = restarted(&bench.steps());
        assert_eq!(order.len(), 3, "{order:?}");
        assert_eq!(order[2], controller.to_string(), "{order:?}");
        assert_eq!(bench.left().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn it_stops_by_itself_when_something_else_breaks() {
    let bench = Bench::new(Mode::Kraft).await;
    let order = crate::gate::order(&bench_snapshot(&bench).await);
    let victim = order[2].0;
    let breaking = async {
        sleep(Duration::from_secs(5)).await;
        bench
            .model
            .world()
            .act(&Happens::Kill(world::Node::Broker(victim)))
            .unwrap();
    };
    let act = roll();
    let (outcome, ()) = tokio::join!(bench.act(&act), breaking);
    let outcome = outcome.unwrap();
    assert_ne!(outcome.ending, Ending::Done);
    assert!(outcome.words.contains("Stopped"), "{}", outcome.words);
    assert!(restarted(&bench.steps()).len() <= 2, "{:?}", bench.steps());
}

async fn bench_snapshot(bench: &Bench) -> crate::model::snapshot::Snapshot {
    // The gate's own view is what orders the brokers.
    let plan = bench.gate.plan(&roll()).await.unwrap();
    assert!(plan.does[0].starts_with("Restarts brokers"));
    bench
        .gate
        .newest()
        .map(|bulletin| (*bulletin.snapshot).clone())
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn it_is_held_and_ended_between_two_brokers() {
    let bench = Bench::new(Mode::Kraft).await;
    let plan = bench.gate.plan(&roll()).await.unwrap();
    let (control, steer) = watch::channel(Control::Go);
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = {
        let told = Arc::clone(&told);
        move |progress: crate::model::progress::Progress| {
            if let Happening::Step(words) = progress.what {
                told.lock().unwrap().push(words);
            }
        }
    };
    let steering = async {
        sleep(Duration::from_secs(2)).await;
        control.send_replace(Control::Hold);
        sleep(Duration::from_secs(120)).await;
        let held = told.lock().unwrap().clone();
        control.send_replace(Control::Abort);
        held
    };
    let (outcome, held) = tokio::join!(bench.gate.carry_out(&plan, 1, steer, &tell), steering);
    let outcome = outcome.unwrap();
    assert_eq!(outcome.ending, Ending::Aborted, "{}", outcome.words);
    assert_eq!(restarted(&held).len(), 1, "{held:?}");
    assert!(
        held.iter().any(|step| step.starts_with("Held before broker")),
        "{held:?}"
    );
    assert!(outcome.words.contains("1 of 3 restarted"), "{}", outcome.words);
    assert_eq!(bench.left().await, []);
}

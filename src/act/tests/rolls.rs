//! A rolling restart: in order, one at a time, and no further when something breaks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::kit::Bench;
use crate::act::desk;
use crate::model::act::{Act, Deed};
use crate::model::cluster::Mode;
use crate::model::progress::{Control, Ending, Happening, Outcome, Reply, Wish};
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

/// A rolling restart that is steered as from a screen.
struct Desk {
    bench: Bench,
    wishes: mpsc::Sender<Wish>,
    told: Arc<Mutex<Vec<Reply>>>,
}

impl Desk {
    /// One that has begun.
    async fn start() -> Self {
        let bench = Bench::new(Mode::Kraft).await;
        let (wishes, wished) = mpsc::channel(4);
        let told: Arc<Mutex<Vec<Reply>>> = Arc::default();
        let heard = Arc::clone(&told);
        tokio::spawn(desk(Arc::clone(&bench.gate), wished, move |reply| {
            heard.lock().unwrap().push(reply);
        }));
        let plan = bench.gate.plan(&roll()).await.unwrap();
        wishes.send(Wish::Do(Box::new(plan))).await.unwrap();
        let desk = Self { bench, wishes, told };
        while desk.steps().is_empty() {
            sleep(Duration::from_millis(50)).await;
        }
        desk
    }

    async fn steer(&self, how: Control) {
        let number = self.told.lock().unwrap().iter().find_map(|reply| match reply {
            Reply::Progress(progress) => Some(progress.number),
            _ => None,
        });
        self.wishes.send(Wish::Steer(number.unwrap(), how)).await.unwrap();
    }

    fn steps(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let steps = told.iter().filter_map(|reply| match reply {
            Reply::Progress(progress) => match &progress.what {
                Happening::Step(words) => Some(words.clone()),
                _ => None,
            },
            _ => None,
        });
        steps.collect()
    }

    async fn ends(&self) -> Outcome {
        for _ in 0..600 {
            let told = self.told.lock().unwrap().clone();
            let ended = told.iter().find_map(|reply| match reply {
                Reply::Progress(progress) => match &progress.what {
                    Happening::Ended(outcome) => Some(outcome.clone()),
                    _ => None,
                },
                _ => None,
            });
            if let Some(outcome) = ended {
                return outcome;
            }
            sleep(Duration::from_secs(1)).await;
        }
        panic!("it does not end: {:?}", self.steps());
    }
}

#[tokio::test(start_paused = true)]
async fn once_it_is_held_no_further_broker_is_begun_and_it_goes_on_when_told_to() {
    // At every moment of a broker's turn, also while the cluster is waited for.
    for millis in (0..12_000).step_by(500) {
        let desk = Desk::start().await;
        sleep(Duration::from_millis(millis)).await;
        desk.steer(Control::Hold).await;
        // The wish is on its way for a moment.
        sleep(Duration::from_millis(1)).await;
        let begun = restarted(&desk.steps()).len();
        sleep(Duration::from_secs(30)).await;
        let steps = desk.steps();
        assert_eq!(restarted(&steps).len(), begun, "after {millis} ms: {steps:?}");
        let last = steps.last().unwrap();
        assert!(
            last.starts_with("Held before broker"),
            "after {millis} ms: {steps:?}"
        );
        desk.steer(Control::Go).await;
        let outcome = desk.ends().await;
        assert_eq!(
            outcome.ending,
            Ending::Done,
            "after {millis} ms: {}",
            outcome.words
        );
        assert_eq!(restarted(&desk.steps()).len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn it_ends_after_the_broker_whose_turn_it_is_and_leaves_nothing_undone() {
    for millis in [0, 2_500, 6_000] {
        let desk = Desk::start().await;
        sleep(Duration::from_millis(millis)).await;
        desk.steer(Control::Abort).await;
        let outcome = desk.ends().await;
        assert_eq!(outcome.ending, Ending::Aborted, "{}", outcome.words);
        let over = restarted(&desk.steps()).len();
        let words = format!("{over} of 3 restarted");
        assert!(outcome.words.contains(&words), "{}", outcome.words);
        assert_eq!(desk.bench.left().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_held_and_forgotten_ends() {
    let desk = Desk::start().await;
    desk.steer(Control::Hold).await;
    sleep(super::super::roll::HELD).await;
    let outcome = desk.ends().await;
    assert_eq!(outcome.ending, Ending::Aborted);
    assert!(outcome.words.contains("held for an hour"), "{}", outcome.words);
}

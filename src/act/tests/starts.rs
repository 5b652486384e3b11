//! Starts that do not succeed at once: an old session, and a process that ends again.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::kit::{Bench, Model, broker};
use crate::act::records::Records;
use crate::act::simulated::Simulated;
use crate::act::{Fault, Gate, Hand, Severed, Step};
use crate::gate::Mandate;
use crate::health::Bulletin;
use crate::model::act::{Act, Node, Verb};
use crate::model::cluster::Mode;
use crate::model::progress::{Control, Ending, Happening, Outcome, Progress};
use crate::model::sighting::{Condition, Runs, Sighting};
use crate::model::text::Name;
use crate::model::time::At;
use crate::sim::world;

/// A hand whose first starts end at once, with these last words.
struct Stubborn {
    inner: Simulated<Model>,
    failures: AtomicU32,
    words: &'static str,
    /// How often each look finds it started again by itself since the one before.
    loops: u64,
    again: AtomicU64,
}

impl Hand for Stubborn {
    fn world(&self) -> Name {
        self.inner.world()
    }

    async fn find(&self, node: &Node, bulletin: &Bulletin) -> Result<Sighting, Fault> {
        self.inner.find(node, bulletin).await
    }

    async fn look(&self, handle: &Name) -> Result<Sighting, Fault> {
        let seen = self.inner.look(handle).await?;
        let again = self.again.fetch_add(self.loops, Ordering::SeqCst);
        if self.loops == 0 || seen.condition == Condition::Running {
            return Ok(seen);
        }
        // Its engine starts it whenever it has ended.
        let restarts = again.is_multiple_of(2);
        Ok(Sighting {
            condition: if restarts {
                Condition::Between("restarting".into())
            } else {
                Condition::Running
            },
            runs: Runs {
                again,
                started: None,
                last_end: restarts.then(|| "exited 1, killed for want of memory".into()),
            },
            ..seen
        })
    }

    async fn act(&self, handle: &Name, step: &Step) -> Result<(), Fault> {
        let left = self.failures.load(Ordering::SeqCst);
        if *step == Step::Start && left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Ok(());
        }
        self.inner.act(handle, step).await
    }

    async fn last_lines(&self, _handle: &Name, _since: Option<At>) -> Vec<String> {
        vec!["INFO starting".to_owned(), self.words.to_owned()]
    }

    async fn severed(&self, node: &Node, handle: &Name, bulletin: &Bulletin) -> Result<Severed, Fault> {
        self.inner.severed(node, handle, bulletin).await
    }
}

/// A hand whose container is removed as it is ended.
struct Removed {
    inner: Simulated<Model>,
    gone: AtomicBool,
}

impl Hand for Removed {
    fn world(&self) -> Name {
        self.inner.world()
    }

    async fn find(&self, node: &Node, bulletin: &Bulletin) -> Result<Sighting, Fault> {
        self.inner.find(node, bulletin).await
    }

    async fn look(&self, handle: &Name) -> Result<Sighting, Fault> {
        if self.gone.load(Ordering::SeqCst) {
            return Err(Fault::missing("it is gone"));
        }
        self.inner.look(handle).await
    }

    async fn act(&self, handle: &Name, step: &Step) -> Result<(), Fault> {
        self.gone.store(true, Ordering::SeqCst);
        self.inner.act(handle, step).await
    }

    async fn last_lines(&self, _handle: &Name, _since: Option<At>) -> Vec<String> {
        Vec::new()
    }

    async fn severed(&self, node: &Node, handle: &Name, bulletin: &Bulletin) -> Result<Severed, Fault> {
        self.inner.severed(node, handle, bulletin).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_removed_as_it_is_ended_is_told_at_once_and_leaves_nothing_to_undo() {
    let bench = Bench::new(Mode::Kraft).await;
    let hand = Removed {
        inner: Simulated(bench.model.clone()),
        gone: AtomicBool::new(false),
    };
    let gate = Gate::new(
        hand,
        bench.model.clone(),
        Mandate::default(),
        bench.newest.clone(),
        Records::in_memory("tester"),
        bench.clock,
    );
    let plan = gate.plan(&Act::on(Verb::Stop, broker(2), "test")).await.unwrap();
    let (_control, steer) = watch::channel(Control::Go);
    let outcome = gate.carry_out(&plan, 1, steer, &|_| {}).await.unwrap();
    assert_eq!(
        (outcome.ending, outcome.words.as_str()),
        (
            Ending::Failed,
            "The simulated broker 2 was removed while it was to be ended; make it again, and kaftop finds it."
        )
    );
    assert!(
        outcome.took < crate::model::time::Span::seconds(2),
        "{:?}",
        outcome.took
    );
    assert_eq!(gate.leftovers().await.0, []);
}

/// Starts broker 2, which was stopped, with a hand that fails so often.
async fn start(mode: Mode, failures: u32, words: &'static str, loops: u64) -> (Outcome, Vec<String>) {
    let bench = Bench::new(mode).await;
    bench.on(Verb::Stop, broker(2)).await.unwrap();
    let hand = Stubborn {
        inner: Simulated(bench.model.clone()),
        failures: AtomicU32::new(failures),
        words,
        loops,
        again: AtomicU64::new(0),
    };
    let gate = Gate::new(
        hand,
        bench.model.clone(),
        Mandate::default(),
        bench.newest.clone(),
        Records::in_memory("tester"),
        bench.clock,
    );
    let plan = gate.plan(&Act::on(Verb::Start, broker(2), "test")).await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = {
        let told = Arc::clone(&told);
        move |progress: Progress| {
            if let Happening::Step(words) = progress.what {
                told.lock().unwrap().push(words);
            }
        }
    };
    let (_control, steer) = watch::channel(Control::Go);
    let outcome = gate.carry_out(&plan, 1, steer, &tell).await.unwrap();
    let told = told.lock().unwrap().clone();
    (outcome, told)
}

#[tokio::test(start_paused = true)]
async fn an_old_zookeeper_session_is_waited_out() {
    let words = "org.apache.zookeeper.KeeperException$NodeExistsException: KeeperErrorCode = NodeExists";
    let (outcome, told) = start(Mode::ZooKeeper, 3, words, 0).await;
    assert_eq!(outcome.ending, Ending::Done, "{}", outcome.words);
    let again = told.iter().filter(|step| step.contains("started again"));
    assert_eq!(again.count(), 3, "{told:?}");
    // One that never ends is not waited for without end.
    let (outcome, _) = start(Mode::ZooKeeper, 1_000, words, 0).await;
    assert_eq!(outcome.ending, Ending::Failed);
    assert!(outcome.words.contains("NodeExists"), "{}", outcome.words);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_again_is_told_with_its_last_lines() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let (outcome, told) = start(mode, 1, "FATAL the disk is full", 0).await;
        assert_eq!(outcome.ending, Ending::Failed);
        assert!(
            outcome.words.contains("ended again at once: stopped.")
                && outcome.words.contains("the disk is full"),
            "{}",
            outcome.words
        );
        assert!(
            !told.iter().any(|step| step.contains("started again")),
            "{told:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_its_engine_starts_again_and_again_is_told_with_how_it_ends() {
    let (outcome, told) = start(Mode::Kraft, 1_000, "FATAL the disk is full", 1).await;
    assert_eq!(outcome.ending, Ending::Failed, "{}", outcome.words);
    let how = "by its engine: exited 1, killed for want of memory.";
    for words in [told.last().unwrap(), &outcome.words] {
        assert!(
            words.contains(how) && words.contains("the disk is full"),
            "{words}"
        );
    }
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[1].contains("has ended and was started again") && told[1].ends_with("Kaftop waits on."),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_does_not_join_is_told_of_and_waited_for() {
    let bench = Bench::new(Mode::Kraft).await;
    let node = world::Node::Broker(2);
    bench.on(Verb::Stop, broker(2)).await.unwrap();
    bench.model.world().act(&world::Act::Cut(node)).unwrap();
    let late = async {
        sleep(Duration::from_secs(40)).await;
        let steps = bench.steps();
        bench.model.world().act(&world::Act::Heal(node)).unwrap();
        steps
    };
    let (outcome, steps) = tokio::join!(bench.on(Verb::Start, broker(2)), late);
    let said = "After 15 s broker 2 has not joined the cluster: kaftop waits on.";
    assert!(steps.iter().any(|step| step == said), "{steps:?}");
    assert_eq!(outcome.unwrap().ending, Ending::Done);
    // Said once, and of one that joins in time not at all.
    bench.on(Verb::Stop, broker(2)).await.unwrap();
    bench.on(Verb::Start, broker(2)).await.unwrap();
    let steps = bench.steps();
    assert_eq!(steps.iter().filter(|step| *step == said).count(), 1, "{steps:?}");
}

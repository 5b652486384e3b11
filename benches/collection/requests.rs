//! How often kaftop asks each broker of a large cluster, counted by the brokers themselves: they are simulated in this
//! process, and kaftop runs in another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use color_eyre::eyre::eyre;
use kaftop::model::cluster::Mode;
use kaftop::sim::world::ClusterSpec;
use kaftop::sim::{Listen, Pace, Simulation};
use tokio::runtime::{Builder, Runtime};

use super::oneshot;
use super::screen::Screen;
use super::simulated::Size;
use super::table::{Table, Unit, figure};
use super::{Options, Outcome, say};

/// Between two looks at the counters.
const LOOK: Duration = Duration::from_millis(50);
/// What is counted together.
const SECOND: Duration = Duration::from_secs(1);

/// How often each broker of a large cluster is asked: by one collection, by the start of a watch, and by watching.
pub fn run(options: &Options, size: Size, table: &mut Table) -> Outcome {
    say("counting requests to 60 simulated brokers with 50,000 partitions");
    let cluster = Inside::start(size)?;
    let flags = cluster.flags();
    table.head("Simulated in this process: 60 brokers, 50,000 partitions, 1,000 groups; requests by broker");
    let (collected, asked) = cluster.during(|| oneshot::collect(&flags))?;
    collected.check_at_least(size.partitions, size.groups)?;
    asked.write("kaftop snapshot", table);
    let (screen, asked) = cluster.during(|| {
        let screen = Screen::start(&flags)?;
        screen.first("every broker", |text| text.contains("60 of 60 up"))?;
        Ok(screen)
    })?;
    asked.write("watching, until every broker is shown", table);
    let ((), asked) = cluster.during(|| {
        thread::sleep(options.watched);
        Ok(())
    })?;
    asked.write("watching", table);
    screen.quit()
}

/// A simulated cluster within this process.
struct Inside {
    simulation: Simulation,
    // After the simulation, whose tasks it runs.
    _runtime: Runtime,
}

/// Requests by broker.
type Counts = BTreeMap<i32, u64>;

/// What brokers were asked while something ran.
#[derive(Debug, Default)]
struct Asked {
    /// How many requests each broker got in all.
    all: Counts,
    /// The most that any broker got within a second.
    in_a_second: u64,
    /// How long it ran.
    took: Duration,
}

impl Inside {
    /// Starts a cluster of this size whose clock goes as the machine's.
    fn start(size: Size) -> Outcome<Self> {
        let spec = ClusterSpec::sized(Mode::Kraft, size.brokers, size.partitions, size.groups);
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let started = Simulation::start(&spec, 1, Pace::Real { speed: 1.0 }, Listen::default());
        let simulation = runtime.block_on(started)?;
        Ok(Self {
            simulation,
            _runtime: runtime,
        })
    }

    /// The flags with which kaftop watches it.
    fn flags(&self) -> Vec<String> {
        let addresses = self.simulation.bootstrap().into_iter().take(5);
        let addresses: Vec<String> = addresses.map(|address| address.to_string()).collect();
        vec!["-b".to_owned(), addresses.join(",")]
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::new();
        for ((broker, _), count) in self.simulation.asked() {
            *counts.entry(broker).or_default() += count;
        }
        counts
    }

    /// Runs something, and counts what the brokers are asked meanwhile.
    fn during<T>(&self, run: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Asked)> {
        let (began, first) = (Instant::now(), self.counts());
        let over = AtomicBool::new(false);
        let (outcome, in_a_second) = thread::scope(|scope| {
            let counting = scope.spawn(|| self.count_until(&over));
            let outcome = run();
            over.store(true, Ordering::SeqCst);
            (outcome, counting.join())
        });
        let in_a_second = in_a_second.map_err(|_| eyre!("the thread that counts died"))?;
        let asked = Asked {
            all: grown(&first, &self.counts()),
            in_a_second,
            took: began.elapsed(),
        };
        Ok((outcome?, asked))
    }

    /// The most that any broker is asked within a second, until it is over.
    fn count_until(&self, over: &AtomicBool) -> u64 {
        let mut seen = VecDeque::from([(Instant::now(), self.counts())]);
        let mut most = 0;
        while !over.load(Ordering::SeqCst) {
            thread::sleep(LOOK);
            let (now, counts) = (Instant::now(), self.counts());
            while seen.len() > 1 && seen.get(1).is_some_and(|(at, _)| now - *at >= SECOND) {
                seen.pop_front();
            }
            if let Some((_, before)) = seen.front() {
                most = grown(before, &counts).into_values().max().unwrap_or(0).max(most);
            }
            seen.push_back((now, counts));
        }
        most
    }
}

fn grown(before: &Counts, after: &Counts) -> Counts {
    let since = |(id, count): (&i32, &u64)| (*id, count - before.get(id).unwrap_or(&0));
    after.iter().map(since).collect()
}

impl Asked {
    /// Rows of what one broker was asked, those of the broker that was asked most.
    fn write(&self, what: &str, table: &mut Table) {
        let per_second = |count: u64| figure(count) / self.took.as_secs_f64();
        let most = self.all.values().copied().max().unwrap_or(0);
        let sum: u64 = self.all.values().sum();
        table.row(
            &format!("{what}: requests to all brokers"),
            Unit::Count,
            vec![figure(sum)],
            "",
        );
        table.row(
            "  to the broker that was asked most",
            Unit::Count,
            vec![figure(most)],
            "",
        );
        table.row("  to it a second", Unit::Count, vec![per_second(most)], "<= 50");
        table.row(
            "  the most within any second to any broker",
            Unit::Count,
            vec![figure(self.in_a_second)],
            "",
        );
    }
}

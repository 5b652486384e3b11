//! How often kaftop asks each broker of a large cluster, counted by the brokers themselves: they are simulated in this
//! process, and kaftop runs in another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use color_eyre::eyre::eyre;
use kaftop::model::cluster::Mode;
use kaftop::sim::world::ClusterSpec;
use kaftop::sim::{Listen, Pace, Simulation, Traffic};
use kaftop::wire::Api;
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
    asked.write("kaftop snapshot", table);
    // Brokers in this process answer more slowly than others: how much came within the limit belongs to the count.
    table.note(format!("it told {}", collected.told()));
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
pub struct Inside {
    simulation: Simulation,
    // After the simulation, whose tasks it runs.
    _runtime: Runtime,
}

/// Requests and bytes by broker and by the key of the API.
type Counts = BTreeMap<(i32, i16), Traffic>;

/// What brokers were asked while something ran.
#[derive(Debug, Default)]
pub struct Asked {
    /// All of it.
    all: Counts,
    /// The most that any broker got within a second.
    in_a_second: u64,
    /// How long it ran.
    took: Duration,
}

impl Inside {
    /// Starts a cluster of this size whose clock goes as the machine's.
    pub fn start(size: Size) -> Outcome<Self> {
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
    pub fn flags(&self) -> Vec<String> {
        let addresses = self.simulation.bootstrap().into_iter().take(5);
        let addresses: Vec<String> = addresses.map(|address| address.to_string()).collect();
        vec!["-b".to_owned(), addresses.join(",")]
    }

    /// Runs something, and counts what the brokers are asked meanwhile.
    pub fn during<T>(&self, run: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Asked)> {
        let (began, first) = (Instant::now(), self.simulation.traffic());
        let over = AtomicBool::new(false);
        let (outcome, in_a_second) = thread::scope(|scope| {
            let counting = scope.spawn(|| self.count_until(&over));
            let outcome = run();
            over.store(true, Ordering::SeqCst);
            (outcome, counting.join())
        });
        let in_a_second = in_a_second.map_err(|_| eyre!("the thread that counts died"))?;
        let asked = Asked {
            all: grown(&first, &self.simulation.traffic()),
            in_a_second,
            took: began.elapsed(),
        };
        Ok((outcome?, asked))
    }

    /// The most that any broker is asked within a second, until it is over.
    fn count_until(&self, over: &AtomicBool) -> u64 {
        let mut seen = VecDeque::from([(Instant::now(), self.simulation.traffic())]);
        let mut most = 0;
        while !over.load(Ordering::SeqCst) {
            thread::sleep(LOOK);
            let (now, counts) = (Instant::now(), self.simulation.traffic());
            while seen.len() > 1 && seen.get(1).is_some_and(|(at, _)| now - *at >= SECOND) {
                seen.pop_front();
            }
            if let Some((_, before)) = seen.front() {
                most = most_of_a_broker(&grown(before, &counts)).requests.max(most);
            }
            seen.push_back((now, counts));
        }
        most
    }
}

fn grown(before: &Counts, after: &Counts) -> Counts {
    let since = |(key, after): (&(i32, i16), &Traffic)| {
        let before = before.get(key).copied().unwrap_or_default();
        let grown = Traffic {
            requests: after.requests - before.requests,
            bytes: after.bytes - before.bytes,
        };
        (*key, grown)
    };
    after.iter().map(since).collect()
}

/// Sums of what is alike.
fn by<K: Ord>(counts: &Counts, key: impl Fn(&(i32, i16)) -> K) -> BTreeMap<K, Traffic> {
    let mut sums: BTreeMap<K, Traffic> = BTreeMap::new();
    for (place, traffic) in counts {
        let sum = sums.entry(key(place)).or_default();
        sum.requests += traffic.requests;
        sum.bytes += traffic.bytes;
    }
    sums
}

/// The most requests and the most bytes of any broker.
fn most_of_a_broker(counts: &Counts) -> Traffic {
    let brokers = by(counts, |(broker, _)| *broker);
    Traffic {
        requests: brokers.values().map(|broker| broker.requests).max().unwrap_or(0),
        bytes: brokers.values().map(|broker| broker.bytes).max().unwrap_or(0),
    }
}

impl Asked {
    fn all(&self) -> Traffic {
        by(&self.all, |_| ()).remove(&()).unwrap_or_default()
    }

    /// Rows of what went to and from all brokers, and the one with most of it; a line of each API.
    fn write(&self, what: &str, table: &mut Table) {
        table.note(format!("{what}, {:.1} s", self.took.as_secs_f64()));
        self.write_sums(table);
        self.write_rates(table);
        table.row(
            "  requests within any second to any broker, at most",
            Unit::Count,
            vec![figure(self.in_a_second)],
            "<= 50",
        );
        let apis = by(&self.all, |(_, api)| *api);
        let line = apis.into_iter().filter(|(_, traffic)| traffic.requests > 0);
        let line = line.map(|(api, traffic)| {
            let name = Api::ALL.iter().find(|known| known.key() == api);
            let name = name.map_or_else(|| format!("API {api}"), ToString::to_string);
            format!(
                "{name} {} ({} kB)",
                traffic.requests,
                traffic.bytes.div_ceil(1_000)
            )
        });
        table.note(line.collect::<Vec<_>>().join(", "));
    }

    /// Rows of requests and bytes in all.
    pub fn write_sums(&self, table: &mut Table) {
        let (all, most) = (self.all(), most_of_a_broker(&self.all));
        table.row(
            "  requests to all brokers",
            Unit::Count,
            vec![figure(all.requests)],
            "",
        );
        table.row(
            "  requests to one broker, at most",
            Unit::Count,
            vec![figure(most.requests)],
            "",
        );
        table.row("  bytes, both ways", Unit::Bytes, vec![figure(all.bytes)], "");
    }

    /// Rows of requests and bytes a second.
    pub fn write_rates(&self, table: &mut Table) {
        let per_second = |count: u64| vec![figure(count) / self.took.as_secs_f64()];
        let (all, most) = (self.all(), most_of_a_broker(&self.all));
        table.row(
            "  requests a second to one broker, at most",
            Unit::Each,
            per_second(most.requests),
            "",
        );
        table.row(
            "  bytes a second, all brokers",
            Unit::Rate,
            per_second(all.bytes),
            "",
        );
        table.row(
            "  bytes a second, one broker, at most",
            Unit::Rate,
            per_second(most.bytes),
            "",
        );
    }
}

//! The parts of the benchmark, each with its rows.

use std::time::{Duration, Instant};

use super::cluster::{BROKERS, Cluster};
use super::content::{Content, LARGE_GROUPS, LARGE_PARTITIONS, SMALL_GROUPS, SMALL_PARTITIONS};
use super::screen::{Cost, Screen};
use super::table::{Table, Unit, figure, median, seconds};
use super::tap::{LIST_OFFSETS, METADATA, Passed, Tap, Way};
use super::{Options, Outcome, oneshot, say, scripts};

/// How often what varies little or takes long is measured.
const FEW: usize = 3;
/// Collections before those that count: brokers that have just started answer more slowly than those of a cluster that is
/// asked all day, since their code is not compiled yet.
const WARMING: usize = 60;
/// Collections that count for each run of the scripts.
const FOR_EACH: usize = 3;
/// How often a key is pressed.
const KEYS: usize = 10;
/// How long the screen may settle before its cost is counted.
const SETTLE: Duration = Duration::from_secs(3);

/// How long a coordinator may take until it tells what it took over.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// What one full collection should come to.
struct Aims {
    wall: &'static str,
    cpu: &'static str,
    requests: &'static str,
}

/// The benchmark on a cluster.
pub struct Bench<'a> {
    cluster: &'a Cluster,
    options: &'a Options,
    content: Content,
    tap: Tap,
    flags: Vec<String>,
    /// What was measured so far.
    pub table: Table,
}

impl<'a> Bench<'a> {
    /// A benchmark that has measured nothing.
    pub fn new(cluster: &'a Cluster, options: &'a Options) -> Outcome<Self> {
        Ok(Self {
            cluster,
            options,
            content: Content::of(cluster.bootstrap()),
            tap: Tap::open(cluster.port(), BROKERS)?,
            flags: vec!["-b".to_owned(), cluster.bootstrap()],
            table: Table::default(),
        })
    }

    /// Measures the parts that are wanted.
    pub fn run(&mut self) -> Outcome {
        self.content.fill_small()?;
        if self.options.wants("small") {
            let aims = Aims {
                wall: "<= 30 ms",
                cpu: "<= 15 ms",
                requests: "",
            };
            self.collection("212 partitions, 5 groups", SMALL_PARTITIONS, SMALL_GROUPS, &aims)?;
        }
        if self.options.wants("watching") {
            self.watching()?;
        }
        if self.options.wants("hung") {
            self.hung()?;
        }
        if self.options.wants("down") {
            self.down()?;
        }
        if self.options.wants("large") {
            self.content.grow()?;
            // Making so much may have cost a broker its leaderships for a while.
            scripts::elect_preferred(self.cluster)?;
            self.content.await_whole()?;
            let aims = Aims {
                wall: "<= 100 ms",
                cpu: "<= 50 ms",
                requests: "<= 45",
            };
            let head = "2,212 partitions, 105 groups of 100 partitions";
            self.collection(head, LARGE_PARTITIONS, LARGE_GROUPS, &aims)?;
        }
        Ok(())
    }

    /// One full collection, and the same by Kafka's scripts.
    fn collection(&mut self, head: &str, partitions: usize, groups: usize, aims: &Aims) -> Outcome {
        self.await_told(partitions, groups)?;
        say(&format!("measuring one full collection of {head}"));
        let (mut own, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..WARMING {
            oneshot::collect(&self.flags)?;
        }
        for _ in 0..self.options.runs * FOR_EACH {
            let collected = oneshot::collect(&self.flags)?;
            collected.check_whole(partitions, groups)?;
            own.push(collected.timed);
        }
        for _ in 0..self.options.runs {
            peers.push(scripts::describe(self.cluster, 1)?);
        }
        let (mut memory, mut traffic) = (Vec::new(), Vec::new());
        for _ in 0..FEW.min(self.options.runs) {
            memory.push(figure(oneshot::memory(&self.flags)?));
            traffic.push(oneshot::counted(&self.tap)?);
        }
        let walls = seconds(own.iter().map(|timed| &timed.wall));
        let theirs = seconds(peers.iter().map(|peer| &peer.timed.wall));
        let table = &mut self.table;
        table.head(format!("One full collection: {head}"));
        table.row("kaftop snapshot: time", Unit::Time, walls.clone(), aims.wall);
        let cpu = seconds(own.iter().map(|timed| &timed.cpu));
        table.row("  CPU, user and system", Unit::Time, cpu.clone(), aims.cpu);
        table.row("  peak memory", Unit::Bytes, memory, "");
        let counts = |of: fn(&oneshot::Counted) -> u64| traffic.iter().map(|one| figure(of(one))).collect();
        table.row(
            "  requests sent",
            Unit::Count,
            counts(|one| one.requests),
            aims.requests,
        );
        table.row("  bytes sent", Unit::Bytes, counts(|one| one.sent), "");
        table.row("  bytes received", Unit::Bytes, counts(|one| one.received), "");
        table.row("Kafka's scripts: time", Unit::Time, theirs.clone(), "");
        let their_cpu = seconds(peers.iter().map(|peer| &peer.timed.cpu));
        table.row("  CPU, user and system", Unit::Time, their_cpu.clone(), "");
        table.row(
            "scripts to kaftop: time",
            Unit::Times,
            vec![ratio(&theirs, &walls)],
            "",
        );
        table.row("  CPU", Unit::Times, vec![ratio(&their_cpu, &cpu)], "");
        if let Some(peer) = peers.last() {
            table.note(format!("the scripts' last run: {peer}"));
        }
        Ok(())
    }

    /// Waits until everything is told: a coordinator that has just taken over reads the commits first.
    fn await_told(&self, partitions: usize, groups: usize) -> Outcome {
        let deadline = Instant::now() + TOLD_WITHIN;
        loop {
            let told = oneshot::collect(&self.flags)?.check_whole(partitions, groups);
            if told.is_ok() || Instant::now() > deadline {
                return told;
            }
        }
    }

    /// The first bootstrap broker hangs: before each run it is whole, and hung from just before the run.
    fn hung(&mut self) -> Outcome {
        let (mut walls, mut others) = (Vec::new(), Vec::new());
        let (mut theirs, mut notes) = (Vec::new(), Vec::new());
        for run in 0..self.options.runs {
            say(&format!("measuring with broker 1 hung, run {}", run + 1));
            let paused = self.cluster.pause(1)?;
            let (collected, there) = oneshot::beside_hung(&self.tap)?;
            drop(paused);
            walls.push(collected.timed.wall);
            others.push(there);
            if run == 0 {
                notes.push(format!(
                    "kaftop: broker {}; {}",
                    collected.named(),
                    collected.told()
                ));
                notes.push(collected.verdict());
            }
            self.content.await_whole()?;
            if run < FEW {
                let paused = self.cluster.pause(1)?;
                let described = scripts::describe(self.cluster, 2)?;
                drop(paused);
                notes.push(format!("the scripts: {described}"));
                theirs.push(described.timed.wall);
                self.content.await_whole()?;
                scripts::elect_preferred(self.cluster)?;
            }
        }
        let table = &mut self.table;
        table.head("First bootstrap broker hung (docker pause), 212 partitions, 5 groups");
        table.row(
            "kaftop snapshot: time, the hung broker named",
            Unit::Time,
            seconds(&walls),
            "<= 2 s",
        );
        table.row("  the others' data there", Unit::Time, seconds(&others), "<= 1 s");
        table.row(
            &format!("Kafka's scripts: time, bounded at {} s", scripts::BOUND),
            Unit::Time,
            seconds(&theirs),
            "",
        );
        for note in notes {
            table.note(note);
        }
        Ok(())
    }

    /// Two of three brokers are killed: no quorum, one broker left.
    fn down(&mut self) -> Outcome {
        say("measuring with two of three brokers killed");
        let killed = self.cluster.kill(&[2, 3])?;
        let mut own = Vec::new();
        for _ in 0..self.options.runs {
            own.push(oneshot::collect(&self.flags)?);
        }
        let table = &mut self.table;
        table.head("Two of three brokers down (docker kill), 212 partitions, 5 groups");
        let walls = seconds(own.iter().map(|collected| &collected.timed.wall));
        table.row("kaftop snapshot: time", Unit::Time, walls, "<= 2 s");
        let cpu = seconds(own.iter().map(|collected| &collected.timed.cpu));
        table.row("  CPU, user and system", Unit::Time, cpu, "");
        if let Some(last) = own.last() {
            table.note(format!(
                "kaftop: broker {}; controller {}; {}",
                last.named(),
                last.controller(),
                last.told()
            ));
            table.note(last.verdict());
        }
        killed.revive()?;
        self.content.await_whole()?;
        scripts::elect_preferred(self.cluster)
    }

    /// The screen, while 200 records a second are written.
    fn watching(&mut self) -> Outcome {
        say("watching");
        let flow = self.content.flow()?;
        let (mut first, mut all) = (Vec::new(), Vec::new());
        for _ in 0..self.options.runs {
            let screen = Screen::start(&self.flags)?;
            first.push(screen.first("a broker that is up", |text| text.contains("of 3 up"))?);
            all.push(screen.first("all brokers and groups", |text| {
                text.contains("3 of 3 up") && text.contains("group-4")
            })?);
            screen.quit()?;
        }
        let screen = Screen::start(&self.flags)?;
        screen.first("all brokers", |text| text.contains("3 of 3 up"))?;
        std::thread::sleep(SETTLE);
        let healthy = screen.watch(self.options.watched)?;
        screen.quit()?;
        let table = &mut self.table;
        table.head("Watching on 120 x 40, 212 partitions, 5 groups, 200 records/s");
        table.row(
            "start to the first broker shown",
            Unit::Time,
            seconds(&first),
            "<= 300 ms",
        );
        table.row("start to all brokers and groups", Unit::Time, seconds(&all), "");
        cost(table, &healthy);
        self.watching_hung()?;
        drop(flow);
        self.content.await_whole()?;
        scripts::elect_preferred(self.cluster)
    }

    /// The same with broker 1 hung, through the tap, which tells how old the others' data became.
    fn watching_hung(&mut self) -> Outcome {
        let mut screen = Screen::start(&self.tap.flags())?;
        screen.first("all brokers", |text| text.contains("3 of 3 up"))?;
        std::thread::sleep(SETTLE);
        let paused = self.cluster.pause(1)?;
        self.tap.take();
        let began = Instant::now();
        let hung = screen.watch(self.options.watched)?;
        let passed = self.tap.take();
        let taken = began.elapsed();
        let shown = screen.text();
        let mut keys = Vec::new();
        for _ in 0..KEYS {
            keys.push(screen.press("4", "the Partitions page", |text| text.contains("by harm"))?);
            keys.push(screen.press("1", "the Overview page", |text| text.contains(" ANSWERS"))?);
        }
        screen.quit()?;
        drop(paused);
        let table = &mut self.table;
        table.head(format!(
            "The same with broker 1 hung for {:.0} s",
            taken.as_secs_f64()
        ));
        cost(table, &hung);
        for (api, what, aim) in [
            (METADATA, "oldest table of a healthy broker", "<= 2 s"),
            (LIST_OFFSETS, "oldest ends of a healthy broker's logs", "<= 2 s"),
        ] {
            let ages: Vec<Duration> = (2..=BROKERS)
                .map(|broker| longest_wait(&passed, broker, api, began, taken))
                .collect();
            table.row(what, Unit::Time, seconds(&ages), aim);
        }
        let asked = passed.iter().filter(|frame| frame.way == Way::Request);
        let most = (1..=BROKERS).map(|broker| asked.clone().filter(|frame| frame.broker == broker).count());
        let most = figure(u64::try_from(most.max().unwrap_or(0))?) / taken.as_secs_f64();
        table.row(
            "requests a second to the broker asked most",
            Unit::Count,
            vec![most],
            "<= 50",
        );
        table.row("key to changed screen", Unit::Time, seconds(&keys), "");
        let words = shown
            .lines()
            .find(|line| line.contains("unreachable") || line.contains(" down "));
        table.note(format!(
            "the row of broker 1 at the end: {}",
            words.unwrap_or("(not said)").trim()
        ));
        Ok(())
    }
}

/// The longest time without an answer of that kind from that broker.
fn longest_wait(passed: &[Passed], broker: u16, api: i16, began: Instant, taken: Duration) -> Duration {
    let answers = passed
        .iter()
        .filter(|frame| frame.broker == broker && frame.api == api && frame.way == Way::Answer)
        .map(|frame| frame.at);
    let mut last = began;
    let mut longest = Duration::ZERO;
    for at in answers.chain([began + taken]) {
        longest = longest.max(at.saturating_duration_since(last));
        last = at;
    }
    longest
}

fn cost(table: &mut Table, cost: &Cost) {
    table.row("CPU, share of a core", Unit::Share, vec![cost.share], "<= 1 %");
    table.row("peak memory", Unit::Bytes, vec![figure(cost.memory)], "<= 40 MB");
    table.row("written to the terminal", Unit::Rate, vec![cost.written], "");
}

/// How many times as much the median of the first is.
fn ratio(more: &[f64], less: &[f64]) -> f64 {
    let middle = |samples: &[f64]| {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        median(&sorted)
    };
    middle(more) / middle(less)
}

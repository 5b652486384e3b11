//! The parts that need no Docker: clusters of any size, simulated in another process.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use color_eyre::eyre::{WrapErr, bail, eyre};
use kaftop::app::{self, Target};
use kaftop::health::Bulletin;
use kaftop::model::broker::Answers;
use kaftop::model::ids::BrokerId;
use kaftop::model::time::At;
use kaftop::source::clock::Clock;
use kaftop::source::council::ensemble;
use kaftop::source::kafka::EyeOptions;
use kaftop::wire::Address;

use super::oneshot;
use super::screen::{Cost, Screen};
use super::simulated::{Simulator, Size};
use super::table::{Table, Unit, figure, seconds};
use super::{Options, Outcome, frames, growth, hour, requests, say, scrape};

/// The small cluster.
pub const SMALL: Size = Size {
    brokers: 3,
    partitions: 200,
    groups: 5,
};
/// The large cluster.
pub const LARGE: Size = Size {
    brokers: 60,
    partitions: 50_000,
    groups: 1_000,
};
const HUGE: Size = Size {
    brokers: 60,
    partitions: 200_000,
    groups: 1_000,
};
/// How often what takes long is measured.
const FEW: usize = 3;
/// Measures the parts that are wanted.
pub fn run(options: &Options, table: &mut Table) -> Outcome {
    if options.wants("sim-small") {
        small(options, table)?;
    }
    if options.wants("sim-large") {
        large(options, table)?;
    }
    if options.wants("sim-hour") {
        hour::run(options, LARGE, table)?;
    }
    if options.wants("sim-requests") {
        requests::run(options, LARGE, table)?;
    }
    if options.wants("sim-growth") {
        growth::run(options, table)?;
    }
    if options.wants("sim-paused") {
        paused(table)?;
    }
    if options.wants("sim-huge") {
        huge(table)?;
    }
    if options.wants("scrape-small") {
        scrape::small(options, table)?;
    }
    if options.wants("scrape-large") {
        scrape::large(table)?;
    }
    Ok(())
}

/// The small cluster: start, idle CPU, memory.
fn small(options: &Options, table: &mut Table) -> Outcome {
    say("measuring on 3 simulated brokers");
    let simulator = Simulator::start(SMALL, "quiet")?;
    let flags = simulator.flags();
    let mut first = Vec::new();
    for _ in 0..options.runs {
        let screen = Screen::start(&flags)?;
        first.push(screen.first("a broker that is up", |text| text.contains("of 3 up"))?);
        screen.quit()?;
    }
    let cost = watched(&flags, "3 of 3 up", options.watched)?;
    let keys = keys(&flags)?;
    let still = still(options)?;
    table.head("Simulated: 3 brokers, 200 partitions, 5 groups");
    table.row(
        "start to the first broker shown",
        Unit::Time,
        seconds(&first),
        "<= 300 ms",
    );
    table.row(
        "watching: CPU, share of a core",
        Unit::Share,
        vec![cost.share],
        "<= 1 %",
    );
    table.row(
        "  peak memory",
        Unit::Bytes,
        vec![figure(cost.memory)],
        "<= 40 MB",
    );
    table.row(
        "  written to the terminal",
        Unit::Rate,
        vec![cost.written],
        "<= 4 kB/s",
    );
    table.row(
        "  while no record is written",
        Unit::Rate,
        vec![still.written],
        "<= 400 B/s",
    );
    table.row(
        "a key to its frame in the terminal",
        Unit::Time,
        seconds(&keys),
        "<= 16 ms",
    );
    table.row(
        "the simulator itself: peak memory",
        Unit::Bytes,
        vec![figure(simulator.memory()?)],
        "",
    );
    table.row(
        "  CPU, share of a core",
        Unit::Share,
        vec![simulator.share(Duration::from_secs(5))?],
        "",
    );
    Ok(())
}

/// Keys that open another page each.
const PAGES: [&str; 5] = ["3", "4", "5", "2", "7"];

/// How long keys take that open another page.
fn keys(flags: &[String]) -> Outcome<Vec<Duration>> {
    let mut screen = Screen::start(flags)?;
    screen.first("all brokers", |text| text.contains("3 of 3 up"))?;
    std::thread::sleep(Duration::from_secs(3));
    let title = |text: &str| text.lines().find(|line| line.starts_with('─')).map(str::to_owned);
    let mut taken = Vec::new();
    for key in PAGES.iter().cycle().take(PAGES.len() * FEW) {
        let before = title(&screen.text());
        taken.push(screen.press(key, "another page", |text| title(text) != before)?);
    }
    screen.quit()?;
    Ok(taken)
}

/// What watching a cluster costs to which nobody writes.
fn still(options: &Options) -> Outcome<Cost> {
    let path = scenario(
        "[cluster]\nbare = true\n[[topics]]\nname = \"still\"\npartitions = 200\n",
        "",
    )?;
    let simulator = Simulator::start_file(&path);
    fs::remove_file(&path)?;
    let simulator = simulator?;
    watched(&simulator.flags(), "3 of 3 up", options.watched)
}

/// A scenario of its own in a file.
fn scenario(cluster: &str, steps: &str) -> Outcome<std::path::PathBuf> {
    let path = std::env::temp_dir().join(format!("kaftop-bench-{}.toml", std::process::id()));
    let text = format!(
        "title = \"-\"\nstory = \"-\"\n{cluster}{steps}[conclusion]\ncause = \"-\"\nat_risk = \"-\"\nnext = \"-\"\n"
    );
    fs::write(&path, text)?;
    Ok(path)
}

/// Watches once everything is there.
pub fn watched(flags: &[String], there: &str, length: Duration) -> Outcome<Cost> {
    let screen = Screen::start(flags)?;
    screen.first(there, |text| text.contains(there))?;
    std::thread::sleep(Duration::from_secs(3));
    let cost = screen.watch(length)?;
    screen.quit()?;
    Ok(cost)
}

/// The large cluster: collection, the simulator's own cost, frames, watching, one broker of many paused.
fn large(options: &Options, table: &mut Table) -> Outcome {
    say("measuring on 60 simulated brokers with 50,000 partitions");
    let simulator = Simulator::start(LARGE, "quiet")?;
    let flags = simulator.flags();
    table.head("Simulated: 60 brokers, 50,000 partitions, 1,000 groups of 50 partitions");
    let first = simulator.bootstrap.split(',').next().unwrap_or_default();
    let answers: Vec<Duration> = (0..options.runs)
        .map(|_| metadata(first))
        .collect::<Outcome<_>>()?;
    table.row(
        "the simulator: Metadata of everything",
        Unit::Time,
        seconds(&answers),
        "<= 60 ms",
    );
    collection(LARGE, &flags, FEW, "<= 2 s", table)?;
    table.row(
        "the simulator: peak memory",
        Unit::Bytes,
        vec![figure(simulator.memory()?)],
        "<= 150 MB",
    );
    table.row(
        "  CPU, share of a core",
        Unit::Share,
        vec![simulator.share(Duration::from_secs(5))?],
        "",
    );
    frames::run(&flags, table)?;
    say("watching it");
    let healthy = watched(&flags, "60 of 60 up", options.watched * 3)?;
    table.row(
        "watching: CPU, share of a core",
        Unit::Share,
        vec![healthy.share],
        "<= 25 %",
    );
    table.row(
        "  peak memory",
        Unit::Bytes,
        vec![figure(healthy.memory)],
        "<= 250 MB",
    );
    table.row("  written to the terminal", Unit::Rate, vec![healthy.written], "");
    Ok(())
}

fn huge(table: &mut Table) -> Outcome {
    say("measuring on 60 simulated brokers with 200,000 partitions");
    let simulator = Simulator::start(HUGE, "quiet")?;
    let flags = simulator.flags();
    table.head("Simulated: 60 brokers, 200,000 partitions, 1,000 groups of 50 partitions");
    table.row(
        "the simulator: peak memory",
        Unit::Bytes,
        vec![figure(simulator.memory()?)],
        "",
    );
    let cost = watched(&flags, "60 of 60 up", Duration::from_secs(20))?;
    table.row(
        "watching: peak memory",
        Unit::Bytes,
        vec![figure(cost.memory)],
        "<= 1 GB",
    );
    table.row("  CPU, share of a core", Unit::Share, vec![cost.share], "");
    Ok(())
}

/// Full collections, each held against what there is.
fn collection(size: Size, flags: &[String], runs: usize, aim: &'static str, table: &mut Table) -> Outcome {
    let mut own = Vec::new();
    for _ in 0..runs {
        let collected = oneshot::collect(flags)?;
        collected.check_at_least(size.partitions, size.groups)?;
        own.push(collected.timed);
    }
    table.row(
        "kaftop snapshot: time",
        Unit::Time,
        seconds(own.iter().map(|timed| &timed.wall)),
        aim,
    );
    let cpu = seconds(own.iter().map(|timed| &timed.cpu));
    table.row("  CPU, user and system", Unit::Time, cpu, "");
    table.row(
        "  peak memory",
        Unit::Bytes,
        vec![figure(oneshot::memory(flags)?)],
        "",
    );
    Ok(())
}

/// How long a broker takes to answer Metadata of all topics, version 12, the first byte of the answer read last.
fn metadata(address: &str) -> Outcome<Duration> {
    // Header version 2: API 3, version 12, correlation 1, client id "b", no tags; all topics, no auto creation.
    let body: [u8; 17] = [0, 3, 0, 12, 0, 0, 0, 1, 0, 1, b'b', 0, 0, 0, 0, 0, 0];
    let body = body.get(..16).unwrap_or_default();
    let mut stream = TcpStream::connect(address).wrap_err("cannot reach the simulator")?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let asked = Instant::now();
    stream.write_all(&u32::try_from(body.len())?.to_be_bytes())?;
    stream.write_all(body)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length))?];
    stream.read_exact(&mut answer)?;
    let taken = asked.elapsed();
    if answer.len() < 100_000 {
        bail!("the simulator answered Metadata with {} bytes only", answer.len());
    }
    Ok(taken)
}

/// The bulletins of a watch in this process, which ends once nobody takes them any more.
pub fn observed(flags: &[String]) -> Outcome<Receiver<Bulletin>> {
    let (sender, bulletins) = sync_channel::<Bulletin>(1);
    let target = target(flags.last().map(String::as_str).unwrap_or_default())?;
    std::thread::spawn(move || {
        app::observe(target, move |bulletin| match sender.try_send(bulletin.clone()) {
            Err(TrySendError::Disconnected(_)) => ControlFlow::Break(()),
            // A frame shows the newest: one that nobody took yet stands for it.
            Ok(()) | Err(TrySendError::Full(_)) => ControlFlow::Continue(()),
        })
    });
    Ok(bulletins)
}

/// What is to be watched, with these addresses to begin with.
pub fn target(bootstrap: &str) -> Outcome<Target> {
    let address = |text: &str| {
        let (host, port) = text
            .rsplit_once(':')
            .ok_or_else(|| eyre!("{text} is no address"))?;
        Ok(Address::new(host, port.parse()?)?)
    };
    let (word, ensemble) = ensemble(0);
    Ok(Target {
        eye: EyeOptions {
            bootstrap: bootstrap.split(',').map(address).collect::<Outcome<_>>()?,
            overrides: BTreeMap::new(),
            client_id: "kaftop-bench".to_owned(),
            refresh: Duration::from_secs(1),
            ensemble,
            clock: Clock::start(),
        },
        zookeeper: Vec::new(),
        engine: None,
        containers: BTreeMap::new(),
        ensemble: word,
        alerting: app::Alerting::default(),
        telling: None,
    })
}

/// When the broker of [`paused`] hangs.
const HANGS_AFTER: Duration = Duration::from_secs(45);
const HANGING: i32 = 7;

/// One broker of 60 hangs: how often the others are read, before and after.
fn paused(table: &mut Table) -> Outcome {
    say("measuring with one simulated broker of 60 hung");
    let path = scenario(
        "",
        &format!(
            "[[step]]\nat = \"{}s\"\nact = \"pause\"\nnode = \"broker:{HANGING}\"\n",
            HANGS_AFTER.as_secs()
        ),
    )?;
    let simulator = Simulator::start(LARGE, &path.to_string_lossy());
    fs::remove_file(&path)?;
    let simulator = simulator?;
    let began = Instant::now();
    let bulletins = observed(&simulator.flags())?;
    let settle = Duration::from_secs(10);
    let before = intervals(&bulletins, began + settle, began + HANGS_AFTER)?;
    let after = intervals(&bulletins, began + HANGS_AFTER + settle, began + HANGS_AFTER * 2)?;
    let mean = |all: &[f64]| all.iter().sum::<f64>() / figure(all.len().max(1).try_into().unwrap_or(1));
    table.head("Simulated: one broker of 60 hung, 50,000 partitions, 1,000 groups");
    table.row(
        "between two answers of another broker: before",
        Unit::Time,
        before.clone(),
        "",
    );
    table.row("  after", Unit::Time, after.clone(), "");
    table.row(
        "  mean after to mean before",
        Unit::Share,
        vec![mean(&after) * 100.0 / mean(&before)],
        "95 to 105 %",
    );
    Ok(())
}

/// The times between two answers of every broker but the one that hangs, between two moments.
fn intervals(bulletins: &Receiver<Bulletin>, from: Instant, to: Instant) -> Outcome<Vec<f64>> {
    let mut last: BTreeMap<BrokerId, At> = BTreeMap::new();
    let mut all = Vec::new();
    while Instant::now() < to {
        let bulletin = bulletins.recv_timeout(Duration::from_secs(5))?;
        if Instant::now() < from {
            continue;
        }
        for (id, broker) in &bulletin.snapshot.brokers {
            let Answers::Yes { at, .. } = broker.answers else {
                continue;
            };
            if let Some(before) = last.insert(*id, at).filter(|before| *before != at)
                && id.0 != HANGING
            {
                all.push(before.age(at).as_seconds());
            }
        }
    }
    Ok(all)
}

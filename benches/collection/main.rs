//! How long kaftop takes for one full collection, and what watching costs: on a real cluster of three brokers, and on
//! simulated ones of any size.
//!
//! `assets/cluster/rig prepare` once, then `cargo bench --bench collection`. It starts a KRaft cluster of its own
//! (`KAFTOP_RIG_PREFIX`, else `bench-`; `KAFTOP_RIG_PORT`, else 25092), fills it, breaks it, prints one table, and
//! removes it, also when it fails or is interrupted. After `--`: `--runs N` (7), `--seconds N` of watching (30), and
//! the parts to measure, all where none is named: `small watching hung down large`, and those that need no Docker:
//! `sim-small sim-large sim-hour sim-requests sim-growth sim-paused sim-huge scrape-small scrape-large`.

mod cluster;
mod content;
mod frames;
mod growth;
mod hour;
mod machine;
mod oneshot;
mod part;
mod process;
mod requests;
mod scale;
mod scrape;
mod screen;
mod scripts;
mod simulated;
mod table;
mod tap;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use color_eyre::eyre::{Report, bail};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use cluster::Cluster;
use part::Bench;
use table::Table;

/// What an error of the benchmark is.
type Outcome<T = ()> = Result<T, Report>;

/// The parts on a real cluster, in the order in which they are measured.
const REAL: [&str; 5] = ["small", "watching", "hung", "down", "large"];
/// The parts on simulated clusters.
const SIMULATED: [&str; 9] = [
    "sim-small",
    "sim-large",
    "sim-hour",
    "sim-requests",
    "sim-growth",
    "sim-paused",
    "sim-huge",
    "scrape-small",
    "scrape-large",
];

/// What was asked for on the command line.
#[derive(Clone, Debug)]
struct Options {
    /// How many times each thing is measured.
    runs: usize,
    /// How long the screen is watched.
    watched: Duration,
    /// The parts to measure.
    parts: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self {
            runs: 7,
            watched: Duration::from_secs(30),
            parts: Vec::new(),
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => {}
                "--runs" => options.runs = number(argument, arguments.next())?.max(1).try_into()?,
                "--seconds" => {
                    options.watched = Duration::from_secs(number(argument, arguments.next())?.max(2));
                }
                part if REAL.contains(&part) || SIMULATED.contains(&part) => {
                    options.parts.push(part.to_owned());
                }
                other => bail!(
                    "{other} is neither --runs N nor --seconds N nor one of: {} {}",
                    REAL.join(" "),
                    SIMULATED.join(" ")
                ),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}

fn number(option: &str, value: Option<&String>) -> Outcome<u64> {
    match value.map(|value| value.parse()) {
        Some(Ok(number)) => Ok(number),
        _ => bail!("{option} needs a number"),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        say("not measured: this starts real clusters; run it with `cargo bench --bench collection`");
        return ExitCode::SUCCESS;
    }
    let child = arguments.iter().position(|argument| argument == hour::FLAG);
    if let Some(bootstrap) = child.and_then(|place| arguments.get(place + 1)) {
        return ended(hour::fill(bootstrap));
    }
    let outcome = Options::parse(&arguments).and_then(|options| {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let outcome = runtime.block_on(unless_interrupted(options));
        // A run that was interrupted is left where it is.
        runtime.shutdown_background();
        outcome
    });
    ended(outcome)
}

fn ended(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            say(&format!("error: {report:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Measures; on SIGINT and SIGTERM the cluster is removed first.
async fn unless_interrupted(options: Options) -> Outcome {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::task::spawn_blocking(move || measure(&options)) => done?,
        _ = interrupt.recv() => interrupted(),
        _ = terminate.recv() => interrupted(),
    }
}

fn interrupted() -> Outcome {
    cluster::remove_ours();
    bail!("interrupted")
}

/// Starts the cluster, measures each part, and prints what there is, also when a part fails.
fn measure(options: &Options) -> Outcome {
    let head = machine::head();
    let mut outcome = Ok(());
    let mut text = format!("\n{head}\n");
    let mut simulated = Table::default();
    if REAL.iter().any(|part| options.wants(part)) {
        let cluster = Cluster::start()?;
        let mut bench = Bench::new(&cluster, options)?;
        outcome = bench.run();
        text = format!("{text}{}\n{}", cluster::describe(), bench.table);
    }
    if outcome.is_ok() && SIMULATED.iter().any(|part| options.wants(part)) {
        outcome = scale::run(options, &mut simulated);
        text.push_str(&simulated.to_string());
    }
    print(&text)?;
    outcome
}

fn print(text: &str) -> Outcome {
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

/// Says on standard error how far it is.
fn say(words: &str) {
    // Nobody listening is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "bench: {words}");
}

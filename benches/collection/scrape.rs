//! The exporter: what a scrape costs, on clusters simulated in another process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use color_eyre::eyre::{WrapErr, bail, eyre};

use super::process::{KAFTOP, VARIABLES, cpu_of, no_config, peak_of, ticks_a_second};
use super::scale::{LARGE, SMALL};
use super::simulated::Simulator;
use super::table::{Table, Unit, figure, seconds};
use super::{Options, Outcome, say};

/// The time between two scrapes; the eye reads the cluster once in it, so that each scrape has a collection of its own.
const EVERY: Duration = Duration::from_secs(1);
/// How often the large page is asked for, each time another one.
const LARGE_SCRAPES: usize = 5;

/// A running exporter, ended on drop.
struct Exporter {
    child: Child,
    address: String,
}

impl Exporter {
    /// Starts one, and waits until it has read so many partitions.
    fn start(flags: &[String], arguments: &[&str], partitions: u32) -> Outcome<Self> {
        let mut command = Command::new(KAFTOP);
        command
            .args(["export", "--metrics-port", "127.0.0.1:0", "--interval", "1s"])
            .args(flags)
            .args(arguments);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", no_config());
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().wrap_err("cannot start the exporter")?;
        let errors = child
            .stderr
            .take()
            .ok_or_else(|| eyre!("the exporter has no log"))?;
        let mut lines = BufReader::new(errors);
        let mut first = String::new();
        lines.read_line(&mut first)?;
        let address = first
            .split_once("http://")
            .and_then(|(_, rest)| rest.split_once("/metrics"))
            .map(|(address, _)| address.to_owned());
        let Some(address) = address else {
            // It is over anyway.
            let _ = child.kill();
            let _ = child.wait();
            bail!("the exporter does not say where it serves but: {first}");
        };
        // Its lines are read on, so that none is lost.
        std::thread::spawn(move || lines.lines().map_while(Result::ok).for_each(drop));
        let exporter = Self { child, address };
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let page = exporter.page()?;
            let value = |name: &str| {
                let line = page.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|value| value.trim().parse::<f64>().ok())
            };
            let read = value("kaftop_partitions ").is_some_and(|read| read >= f64::from(partitions));
            if read && page.contains("\nkaftop_groups ") {
                return Ok(exporter);
            }
            if Instant::now() > deadline {
                bail!("the exporter does not read {partitions} partitions within a minute");
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn page(&self) -> Outcome<String> {
        Ok(String::from_utf8_lossy(&self.scrape("")?.1).into_owned())
    }

    /// One scrape: how long it took, and what came.
    fn scrape(&self, headers: &str) -> Outcome<(Duration, Vec<u8>)> {
        let asked = Instant::now();
        let mut stream = TcpStream::connect(&self.address).wrap_err("cannot reach the exporter")?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET /metrics HTTP/1.0\r\n{headers}\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let taken = asked.elapsed();
        if !answer.starts_with(b"HTTP/1.0 200") && !answer.starts_with(b"HTTP/1.1 200") {
            bail!("the exporter answered: {}", String::from_utf8_lossy(&answer));
        }
        Ok((taken, answer))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const GZIP: &str = "accept-encoding: gzip\r\n";

/// The small cluster: CPU for a scrape with a collection of its own.
pub fn small(options: &Options, table: &mut Table) -> Outcome {
    say("measuring scrapes on 3 simulated brokers");
    let simulator = Simulator::start(SMALL, "quiet")?;
    let exporter = Exporter::start(&simulator.flags(), &[], SMALL.partitions)?;
    // Its opening is over then: a page for each bulletin.
    std::thread::sleep(Duration::from_secs(11));
    let ticks = ticks_a_second()?;
    let before = cpu_of(exporter.child.id(), ticks)?;
    let (began, mut taken) = (Instant::now(), Vec::new());
    while began.elapsed() < options.watched {
        std::thread::sleep(EVERY.saturating_sub(taken.last().copied().unwrap_or_default()));
        taken.push(exporter.scrape(GZIP)?.0);
    }
    let spent = cpu_of(exporter.child.id(), ticks)?.saturating_sub(before);
    let plain = exporter.scrape("")?.1.len();
    let packed = exporter.scrape(GZIP)?.1.len();
    table.head("Exporter, simulated: 3 brokers, 200 partitions, 5 groups, a scrape each second");
    let each = spent.as_secs_f64() / figure(u64::try_from(taken.len())?);
    table.row(
        "a scrape with a collection of its own: CPU",
        Unit::Time,
        vec![each],
        "<= 30 ms",
    );
    table.row("  time of the answer", Unit::Time, seconds(&taken), "<= 100 ms");
    table.row("  the page", Unit::Bytes, vec![figure(u64::try_from(plain)?)], "");
    table.row("  packed", Unit::Bytes, vec![figure(u64::try_from(packed)?)], "");
    let held = peak_of(exporter.child.id())?;
    table.row("  peak memory", Unit::Bytes, vec![figure(held)], "");
    Ok(())
}

/// The large cluster: time and memory, with the limit on series and without.
pub fn large(table: &mut Table) -> Outcome {
    say("measuring scrapes on 60 simulated brokers with 50,000 partitions");
    let simulator = Simulator::start(LARGE, "quiet")?;
    table.head("Exporter, simulated: 60 brokers, 50,000 partitions, 1,000 groups of 50 partitions");
    for (what, arguments) in [
        ("10,000 series by partition for each metric", &[][..]),
        ("no limit on series", &["--partition-series", "1000000"][..]),
    ] {
        let exporter = Exporter::start(&simulator.flags(), arguments, LARGE.partitions)?;
        let (mut taken, mut bytes) = (Vec::new(), 0);
        for _ in 0..LARGE_SCRAPES {
            // Another page each time, that nobody has asked for yet.
            std::thread::sleep(Duration::from_secs(4));
            let (time, page) = exporter.scrape(GZIP)?;
            taken.push(time);
            bytes = page.len();
        }
        let plain = exporter.scrape("")?.1;
        let lines = String::from_utf8_lossy(&plain).lines().count();
        table.row(
            &format!("a scrape, {what}"),
            Unit::Time,
            seconds(&taken),
            "<= 1 s",
        );
        table.row("  lines", Unit::Count, vec![figure(u64::try_from(lines)?)], "");
        table.row(
            "  the page",
            Unit::Bytes,
            vec![figure(u64::try_from(plain.len())?)],
            "",
        );
        table.row("  packed", Unit::Bytes, vec![figure(u64::try_from(bytes)?)], "");
        let held = peak_of(exporter.child.id())?;
        table.row("  peak memory", Unit::Bytes, vec![figure(held)], "<= 300 MB");
    }
    Ok(())
}

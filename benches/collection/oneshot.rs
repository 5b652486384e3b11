//! One full collection, `kaftop snapshot`: run, checked, and counted.

use std::time::{Duration, Instant};

use color_eyre::eyre::{WrapErr, bail, eyre};
use serde_json::Value;

use super::Outcome;
use super::process::{Timed, peak, timed};
use super::tap::{LIST_OFFSETS, Passed, Tap, Way};

/// How kaftop is told to look at the cluster.
pub fn arguments(flags: &[String]) -> Vec<String> {
    let mut arguments = vec!["snapshot".to_owned(), "--json".to_owned()];
    arguments.extend_from_slice(flags);
    arguments
}

/// A collection with its document.
pub struct Collected {
    /// Times.
    pub timed: Timed,
    /// What was printed.
    pub document: Value,
}

/// Collects once.
pub fn collect(flags: &[String]) -> Outcome<Collected> {
    let timed = timed(&arguments(flags))?;
    let document = serde_json::from_str(&timed.output)
        .wrap_err_with(|| format!("kaftop snapshot ended with {:?} and no document", timed.code))?;
    Ok(Collected { timed, document })
}

/// The most memory held by a collection, in bytes.
pub fn memory(flags: &[String]) -> Outcome<u64> {
    peak(&arguments(flags))
}

impl Collected {
    /// Fails unless everything was read: so many partitions with their ends, so many groups with their lag.
    pub fn check_whole(&self, partitions: usize, groups: usize) -> Outcome {
        let (ends, lags) = (self.ends(), self.lags());
        if (ends, lags) == ((partitions, partitions), (groups, groups)) {
            return Ok(());
        }
        bail!(
            "a collection told {}, where {partitions} partitions and {groups} groups are; the verdict: {}",
            self.told(),
            self.verdict()
        );
    }

    /// Fails unless everything was read of at least so many partitions and groups.
    pub fn check_at_least(&self, partitions: u32, groups: u32) -> Outcome {
        let ((ends, all), (lags, listed)) = (self.ends(), self.lags());
        let enough = |number: usize, least: u32| u32::try_from(number).is_ok_and(|number| number >= least);
        if ends == all && enough(all, partitions) && lags == listed && enough(listed, groups) {
            return Ok(());
        }
        bail!(
            "a collection told {}, where at least {partitions} partitions and {groups} groups are; the verdict: {}",
            self.told(),
            self.verdict()
        );
    }

    /// Of how many partitions and groups the ends and the lag were told.
    pub fn told(&self) -> String {
        let ((ends, partitions), (lags, groups)) = (self.ends(), self.lags());
        format!("the ends of {ends} of {partitions} partitions and the lag of {lags} of {groups} groups")
    }

    fn ends(&self) -> (usize, usize) {
        self.known("partitions", "end_offset")
    }

    fn lags(&self) -> (usize, usize) {
        self.known("groups", "lag")
    }

    /// How many entries of a list have a field, and how many there are.
    fn known(&self, list: &str, field: &str) -> (usize, usize) {
        let known = self
            .list(list)
            .filter(|entry| entry.get(field).is_some_and(|value| !value.is_null()));
        (known.count(), self.list(list).count())
    }

    /// What is said of the brokers that are not up.
    pub fn named(&self) -> String {
        let words = self.list("brokers").filter_map(|broker| {
            let state = word(broker, "/state");
            let id = broker.get("id")?;
            (state != "up").then(|| format!("{id} {state} ({})", word(broker, "/failure")))
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// The controller as it was told.
    pub fn controller(&self) -> String {
        word(&self.document, "/cluster/controller_state")
    }

    /// Level and sentence of the verdict.
    pub fn verdict(&self) -> String {
        format!(
            "{}: {}",
            word(&self.document, "/verdict/level"),
            word(&self.document, "/verdict/sentence")
        )
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        let list = self.document.get(name).and_then(Value::as_array);
        list.into_iter().flatten()
    }
}

/// The word at a place, or `?`.
fn word(value: &Value, at: &str) -> String {
    let word = value.pointer(at).and_then(Value::as_str);
    word.unwrap_or("?").to_owned()
}

/// What went over the wire for one collection.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Requests, the handshakes included.
    pub requests: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

/// Collects through the tap: how much went over the wire.
pub fn counted(tap: &Tap) -> Outcome<Counted> {
    tap.take();
    collect(&tap.flags())?;
    let passed = tap.take();
    let of = |way: Way| passed.iter().filter(move |frame| frame.way == way);
    Ok(Counted {
        requests: u64::try_from(of(Way::Request).count())?,
        sent: of(Way::Request).map(|frame| frame.bytes).sum(),
        received: of(Way::Answer).map(|frame| frame.bytes).sum(),
    })
}

/// Collects through the tap with broker 1 hung: the collection, and when the ends of the other brokers' logs were
/// there, which are read last.
pub fn beside_hung(tap: &Tap) -> Outcome<(Collected, Duration)> {
    tap.take();
    let started = Instant::now();
    let collected = collect(&tap.flags())?;
    let passed = tap.take();
    let ends = |frame: &&Passed| frame.broker != 1 && frame.way == Way::Answer && frame.api == LIST_OFFSETS;
    let last = passed.iter().filter(ends).map(|frame| frame.at).max();
    let last = last.ok_or_else(|| eyre!("no broker told the ends of its logs"))?;
    Ok((collected, last - started))
}

//! A container's counters, and what it uses, measured between two reads of them.

use bollard::models::{ContainerBlkioStatEntry, ContainerStatsResponse};

use super::client::Engine;
use super::error::{EngineError, Operation, Trouble};
use crate::model::container::{EngineId, Flow, Usage};

/// What the engine has counted since the container was started; the moment is on the engine's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// When they were read, in nanoseconds of the Unix epoch.
    pub at: i128,
    /// Nanoseconds of processor time.
    pub cpu: Option<u64>,
    /// Bytes of memory in use, the page cache that can be dropped left out.
    pub memory: Option<u64>,
    /// Bytes of memory that it may use.
    pub memory_limit: Option<u64>,
    /// Bytes received over all networks.
    pub received: Option<u64>,
    /// Bytes sent.
    pub sent: Option<u64>,
    /// Bytes read from disks.
    pub read: Option<u64>,
    /// Bytes written to them.
    pub written: Option<u64>,
}

impl Counters {
    /// What was used between `earlier` and these; rates are none where a counter began anew in between.
    pub fn usage(&self, earlier: Option<&Counters>) -> Usage {
        let seconds = earlier.map_or(0.0, |earlier| seconds(self.at - earlier.at));
        let rate = |count: fn(&Counters) -> Option<u64>| -> Option<f64> {
            let (now, before) = (count(self)?, count(earlier?)?);
            let grown = now.checked_sub(before)?;
            (seconds > 0.05).then(|| float(grown) / seconds)
        };
        Usage {
            cpus: rate(|counters| counters.cpu).map(|nanos| nanos / 1e9),
            memory: self.memory,
            memory_limit: self.memory_limit,
            network: Flow {
                inward: rate(|counters| counters.received),
                outward: rate(|counters| counters.sent),
            },
            disk: Flow {
                inward: rate(|counters| counters.read),
                outward: rate(|counters| counters.written),
            },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "rates are shown with three digits")]
fn float(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "spans between two reads are far below 2^52 nanoseconds"
)]
fn seconds(nanos: i128) -> f64 {
    nanos as f64 / 1e9
}

/// The counters in one answer; none where the container does not run, of which the engine tells zeros.
fn read(report: &ContainerStatsResponse) -> Option<Counters> {
    let at = report
        .read
        .as_deref()?
        .parse::<jiff::Timestamp>()
        .ok()?
        .as_nanosecond();
    if at <= 0 {
        return None;
    }
    let memory = report.memory_stats.as_ref();
    // As Docker's own tools count: without the inactive page cache, under its name of cgroup v1 or v2.
    let cache = memory
        .and_then(|memory| memory.stats.as_ref())
        .and_then(|stats| {
            stats
                .get("total_inactive_file")
                .or_else(|| stats.get("inactive_file"))
        })
        .copied()
        .unwrap_or(0);
    let networks = report.networks.as_ref();
    let blocks = report
        .blkio_stats
        .as_ref()
        .and_then(|stats| stats.io_service_bytes_recursive.as_deref())
        // Where the kernel does not account for the disks there is no entry: that is not known, and no zero.
        .filter(|entries| !entries.is_empty());
    Some(Counters {
        at,
        cpu: report
            .cpu_stats
            .as_ref()
            .and_then(|cpu| cpu.cpu_usage.as_ref()?.total_usage),
        memory: memory
            .and_then(|memory| memory.usage)
            .map(|usage| usage.checked_sub(cache).unwrap_or(usage)),
        memory_limit: memory.and_then(|memory| memory.limit).filter(|limit| *limit > 0),
        received: networks.map(|all| {
            all.values()
                .filter_map(|one| one.rx_bytes)
                .fold(0, u64::saturating_add)
        }),
        sent: networks.map(|all| {
            all.values()
                .filter_map(|one| one.tx_bytes)
                .fold(0, u64::saturating_add)
        }),
        read: blocks.map(|entries| sum(entries, "read")),
        written: blocks.map(|entries| sum(entries, "write")),
    })
}

fn sum(entries: &[ContainerBlkioStatEntry], wanted: &str) -> u64 {
    entries
        .iter()
        .filter(|entry| {
            entry
                .op
                .as_deref()
                .is_some_and(|op| op.eq_ignore_ascii_case(wanted))
        })
        .filter_map(|entry| entry.value)
        .fold(0, u64::saturating_add)
}

impl Engine {
    /// A container's counters; a conflict where it does not run.
    pub async fn counters(&self, container: &EngineId) -> Result<Counters, EngineError> {
        let path = format!("/containers/{}/stats?stream=false&one-shot=true", container.raw());
        let report: ContainerStatsResponse = self.fetch(Operation::Stats, container, &path, true).await?;
        read(&report).ok_or_else(|| {
            let detail = "it does not run".to_owned();
            EngineError::new(Operation::Stats, container, Trouble::Conflict { detail })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(at: i128, count: u64) -> Counters {
        Counters {
            at,
            cpu: Some(count),
            memory: Some(7),
            memory_limit: None,
            received: Some(count),
            sent: None,
            read: Some(count),
            written: Some(0),
        }
    }

    #[test]
    fn rates_need_two_reads_that_belong_together() {
        let first = counters(1_000_000_000, 1_000_000_000);
        let second = counters(3_000_000_000, 4_000_000_000);
        assert_eq!(first.usage(None).cpus, None);
        assert_eq!(first.usage(None).memory, Some(7));
        let usage = second.usage(Some(&first));
        assert_eq!(usage.cpus, Some(1.5));
        assert_eq!(
            usage.network,
            Flow {
                inward: Some(1.5e9),
                outward: None
            }
        );
        assert_eq!(
            usage.disk,
            Flow {
                inward: Some(1.5e9),
                outward: Some(0.0)
            }
        );
        // Started anew in between, or read twice at once: no rate, and never a negative one.
        assert_eq!(first.usage(Some(&second)).cpus, None);
        assert_eq!(second.usage(Some(&second)).cpus, None);
    }

    #[test]
    fn an_answer_of_a_container_that_does_not_run_is_no_counters() {
        let zeros = r#"{"read":"0001-01-01T00:00:00Z","preread":"0001-01-01T00:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{}}"#;
        assert_eq!(read(&serde_json::from_str(zeros).expect("an answer")), None);
    }

    #[test]
    fn memory_is_counted_as_the_engines_own_tools_count_it() {
        let answer = r#"{"read":"2026-01-02T03:04:05.678Z","cpu_stats":{"cpu_usage":{"total_usage":5}},
            "memory_stats":{"usage":1000,"limit":4000,"stats":{"inactive_file":300}},
            "networks":{"eth0":{"rx_bytes":1,"tx_bytes":2},"eth1":{"rx_bytes":10,"tx_bytes":20}},
            "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":8},{"op":"write","value":9},{"op":"Total","value":17}]}}"#;
        let counters = read(&serde_json::from_str(answer).expect("an answer")).expect("it runs");
        assert_eq!((counters.memory, counters.memory_limit), (Some(700), Some(4000)));
        assert_eq!((counters.received, counters.sent), (Some(11), Some(22)));
        assert_eq!((counters.read, counters.written), (Some(8), Some(9)));
    }

    #[test]
    fn disks_that_the_kernel_does_not_account_for_are_not_known() {
        let answer = r#"{"read":"2026-01-02T03:04:05.678Z","blkio_stats":{"io_service_bytes_recursive":[]}}"#;
        let counters = read(&serde_json::from_str(answer).expect("an answer")).expect("it runs");
        assert_eq!((counters.read, counters.written), (None, None));
    }
}

//! Kafka's own scripts, which tell about the same: `kafka-topics` and `kafka-consumer-groups`.

use std::fmt;

use color_eyre::eyre::WrapErr;

use super::Outcome;
use super::cluster::Cluster;
use super::process::{Timed, read_times};

/// The longest that both may take together, in seconds.
pub const BOUND: u32 = 40;
/// The exit code of `timeout` for a command that it ended.
const ENDED: i32 = 124;

/// Describes all topics and all groups, timed by bash inside the container, so that Docker's own time is left out.
/// Beside the names of the tools in one public image there are those of the other, with an ending.
const BOTH: &str = r#"
tool() { command -v "$1" || command -v "$1.sh"; }
export topics=$(tool kafka-topics) groups=$(tool kafka-consumer-groups) at=$2
TIMEFORMAT='%3R %3U %3S'
time timeout "$1" bash -c '
    "$topics" --bootstrap-server "$at" --describe
    first=$?
    "$groups" --bootstrap-server "$at" --describe --all-groups && exit $first'
"#;

/// What the scripts did.
#[derive(Debug)]
pub struct Described {
    /// Times and output of both.
    pub timed: Timed,
    /// Lines that describe a partition.
    pub partitions: usize,
    /// Lines that describe a partition of a group.
    pub commits: usize,
}

impl fmt::Display for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.timed.code {
            Some(0) => "done",
            Some(ENDED) => "ended by the bound",
            _ => "failed",
        };
        write!(
            f,
            "{how} after {:.1} s, with {} partitions and {} rows of groups",
            self.timed.wall.as_secs_f64(),
            self.partitions,
            self.commits
        )
    }
}

/// Runs both inside a broker's container, with all brokers' addresses.
pub fn describe(cluster: &Cluster, inside: u16) -> Outcome<Described> {
    let mut command = cluster.exec(inside);
    let at = "kafka-1:29092,kafka-2:29092,kafka-3:29092";
    let output = command
        .args(["bash", "-c", BOTH, "bash", &BOUND.to_string(), at])
        .output()
        .wrap_err("cannot run the rig")?;
    let timed = read_times(&output)?;
    let lines = || timed.output.lines();
    let partitions = lines().filter(|line| line.contains("\tPartition: ")).count();
    let commits = lines()
        .filter(|line| line.starts_with("group-") || line.starts_with("bulk-group-"))
        .count();
    Ok(Described {
        timed,
        partitions,
        commits,
    })
}

/// Gives every partition back to its preferred leader.
pub fn elect_preferred(cluster: &Cluster) -> Outcome {
    let mut command = cluster.exec(1);
    let elect = r#"tool=$(command -v kafka-leader-election || command -v kafka-leader-election.sh)
        timeout 60 "$tool" --bootstrap-server kafka-1:29092 --election-type preferred --all-topic-partitions"#;
    // Where every leader is the preferred one already, it says so and fails.
    command.args(["bash", "-c", elect]).output()?;
    Ok(())
}

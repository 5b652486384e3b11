//! The arguments of `kaftop demo`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::cluster::Mode;

/// The slowest that a demonstration runs, in hundredths of the wall clock.
const SLOWEST: u32 = 10;
/// The fastest.
const FASTEST: u32 = 10_000;

/// The arguments of `demo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Demo")]
pub struct DemoArgs {
    /// A scenario that kaftop brings, or the path of a file with one; without it, the default one.
    pub scenario: Option<String>,

    /// What is done with the scenario.
    #[command(flatten)]
    pub way: DemoWay,

    /// How large the cluster is.
    #[command(flatten)]
    pub size: DemoSize,

    /// Where the cluster listens.
    #[command(flatten)]
    pub place: DemoPlace,

    /// Keep back what happens and what to conclude, ask the scenario's questions, and tell it then.
    #[arg(long, conflicts_with_all = ["list", "check", "serve"])]
    pub quiz: bool,

    /// What keeps the cluster's metadata; without it what the scenario says, else kraft.
    #[arg(long, value_enum)]
    pub mode: Option<DemoMode>,

    /// How much faster than the wall clock the cluster lives, its own timeouts too: from 0.1 to 100.
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = speed)]
    pub speed: Speed,

    /// What the cluster's chances come from: the same number gives the same run.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
}

/// What is done with a scenario other than to show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Demo")]
pub struct DemoWay {
    /// Name the scenarios that kaftop brings.
    #[arg(long, conflicts_with_all = ["scenario", "check", "serve"])]
    pub list: bool,

    /// Check a file with a scenario, and do nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scenario", "serve"])]
    pub check: Option<PathBuf>,

    /// Show no screen: print the addresses, and the steps as they happen, until SIGINT or SIGTERM.
    #[arg(long)]
    pub serve: bool,
}

/// How large the cluster is; what is not given is the scenario's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Demo")]
pub struct DemoSize {
    /// How many brokers.
    #[arg(long, value_name = "NUMBER")]
    pub brokers: Option<u32>,

    /// How many partitions, in topics of at most 100 each.
    #[arg(long, value_name = "NUMBER")]
    pub partitions: Option<u32>,

    /// How many consumer groups.
    #[arg(long, value_name = "NUMBER")]
    pub groups: Option<u32>,
}

/// Where the cluster listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Demo")]
pub struct DemoPlace {
    /// The first port; each broker and ZooKeeper takes the next one. Without it, any free ones.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// The address to listen on; without it 127.0.0.1, which only this machine reaches.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,
}

/// What keeps the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoMode {
    /// A KRaft quorum.
    Kraft,
    /// A ZooKeeper ensemble.
    Zookeeper,
}

impl From<DemoMode> for Mode {
    fn from(mode: DemoMode) -> Self {
        match mode {
            DemoMode::Kraft => Self::Kraft,
            DemoMode::Zookeeper => Self::ZooKeeper,
        }
    }
}

/// A factor in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// 100 is as fast as the wall clock.
    pub percent: u32,
}

impl Default for Speed {
    fn default() -> Self {
        Self { percent: 100 }
    }
}

impl Speed {
    /// The factor.
    pub fn factor(self) -> f64 {
        f64::from(self.percent) / 100.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value lies between the two limits"
)]
fn speed(text: &str) -> Result<Speed, String> {
    let percent = text.trim().parse::<f64>().map(|factor| (factor * 100.0).round());
    match percent {
        Ok(percent) if (f64::from(SLOWEST)..=f64::from(FASTEST)).contains(&percent) => Ok(Speed {
            percent: percent as u32,
        }),
        _ => Err(format!(
            "expected a number from {} to {}",
            f64::from(SLOWEST) / 100.0,
            FASTEST / 100
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Cli, Command, parse};
    use super::*;

    fn demo(line: &str) -> Result<DemoArgs, String> {
        let cli = parse(format!("kaftop demo {line}").split_whitespace()).map_err(|outcome| outcome.text)?;
        match cli {
            Cli {
                command: Some(Command::Demo(args)),
                ..
            } => Ok(args),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn every_argument_reaches_its_place() {
        assert_eq!(
            demo("").unwrap(),
            DemoArgs {
                seed: 1,
                ..DemoArgs::default()
            }
        );
        let args = demo(
            "crash --quiz --mode zookeeper --speed 10 --seed 7 --brokers 60 --partitions 50000 --groups 1000 \
             --port 9092 --listen 0.0.0.0",
        )
        .unwrap();
        let expected = DemoArgs {
            scenario: Some("crash".to_owned()),
            way: DemoWay::default(),
            size: DemoSize {
                brokers: Some(60),
                partitions: Some(50_000),
                groups: Some(1_000),
            },
            place: DemoPlace {
                port: Some(9_092),
                listen: Some(IpAddr::from([0, 0, 0, 0])),
            },
            quiz: true,
            mode: Some(DemoMode::Zookeeper),
            speed: Speed { percent: 1_000 },
            seed: 7,
        };
        assert_eq!(args, expected);
    }

    #[test]
    fn the_speed_has_limits() {
        for (text, percent) in [("0.1", 10), ("1", 100), ("2.5", 250), ("100", 10_000)] {
            assert_eq!(demo(&format!("--speed {text}")).unwrap().speed, Speed { percent });
        }
        for text in ["0", "0.05", "100.1", "-1", "nan", "inf", "1e9", "fast", ""] {
            let said = demo(&format!("--speed={text}")).unwrap_err();
            assert!(said.contains("from 0.1 to 100"), "{text}: {said}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let lines = [
            "--list crash",
            "--list --serve",
            "--check a.toml crash",
            "--check a.toml --serve",
            "--quiz --serve",
            "--port 0",
            "--port 65536",
            "--listen here",
            "--mode raft",
            "--brokers -1",
        ];
        for line in lines {
            assert!(demo(line).is_err(), "{line}");
        }
    }
}

//! The command line: flags, subcommands, help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::act_args::{ActArgs, HealArgs};
use super::demo_args::DemoArgs;
use super::export_args::ExportArgs;
use crate::config::{Flags, Secret};

/// The exit code of a usage or configuration error (`EX_USAGE` of `sysexits.h`).
pub const EXIT_USAGE: u8 = 64;

/// The widest line of help, in columns.
const HELP_WIDTH: usize = 100;

/// The examples, which both helps end with; no line is wider than 78 columns, so that none is wrapped.
macro_rules! examples {
    () => {
        "\
Examples:
  kaftop demo                            see an incident on a simulated cluster
  kaftop -b kafka-1:9092,kafka-2:9092    watch a cluster
  kaftop --cluster prod                  watch a cluster of the config file
  kaftop -b localhost:19092 --address 2=localhost:19093
                                         watch a cluster through a tunnel
  kaftop snapshot --json | jq .verdict   read everything once, as JSON
  kaftop check -b kafka-1:9092           one line and an exit code for monitoring
  kaftop export -b kafka-1:9092          metrics for Prometheus on port 9090
  kaftop act stop 2 --dry-run            say what stopping broker 2 would do
  kaftop config sample                   print a config file to begin with
"
    };
}

const AFTER_HELP: &str = concat!(examples!(), "\nMore: kaftop --help");

const AFTER_LONG_HELP: &str = concat!(
    examples!(),
    "
Which cluster:
  --cluster or --bootstrap; else KAFTOP_CLUSTER; else KAFKA_BOOTSTRAP_SERVERS;
  else default_cluster of the config file; else a screen that says how to
  connect. With --cluster and --bootstrap together, the addresses take the
  place of those in the file.

Environment:
  KAFKA_BOOTSTRAP_SERVERS   addresses to begin with, as --bootstrap
  KAFTOP_CLUSTER            name of a cluster of the config file, as --cluster
  KAFTOP_CONFIG             path of the config file, as --config
  KAFTOP_REFRESH            time between two reads, as --refresh
  METRICS_PORT              port of kaftop export, as --metrics-port; 9090
  KAFKA_HEALTH_CHECK_INTERVAL
                            seconds between two pages of kaftop export, as
                            --interval; 30
  ENABLE_KAFKA_HEALTH_MONITORING
                            when false, kaftop export leaves at once with 0
  NO_COLOR                  when not empty, no colours, as --no-color
  XDG_CONFIG_HOME           directory of config files; ~/.config when unset
  XDG_STATE_HOME            directory of what is kept; ~/.local/state when unset

Files:
  $XDG_CONFIG_HOME/kaftop/config.toml
  $XDG_STATE_HOME/kaftop/audit.jsonl   every act, before and after
  $XDG_STATE_HOME/kaftop/journal       what is stopped, paused or cut off

Exit codes:
  kaftop            0 left by the user
                    1 ended by an error, which is printed
                    101 ended by a fault of kaftop itself, with a report
                    129 ended by SIGHUP, 143 by SIGTERM
  kaftop snapshot   0 collected, whatever the state of the cluster
                    2 with --strict, when some fact could not be read
                    3 nothing could be read; the JSON says why
  kaftop check      0 ok
                    1 degraded
                    2 critical
                    3 unknown, or kaftop itself failed
  kaftop export     0 at SIGINT, SIGTERM and SIGHUP, and when it is disabled
                    1 ended by an error, such as a port that is taken
  kaftop act, heal  0 done and verified
                    1 failed
                    2 refused, or not confirmed: nothing was done
                    3 done, and not seen to have taken effect
  kaftop demo       as kaftop; with --serve 0 at SIGINT and SIGTERM
  kaftop config     0 no error found
  all               64 wrong usage or configuration"
);

/// A terminal monitor for Kafka that tells the truth while brokers die.
#[derive(Clone, Debug, Parser)]
#[command(name = "kaftop", version, after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
#[command(max_term_width = HELP_WIDTH, disable_help_subcommand = true)]
#[command(about = "A terminal monitor for Kafka that tells the truth while brokers die.")]
pub struct Cli {
    /// The flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do; without a command, the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The flags that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct GlobalArgs {
    /// Addresses of brokers to begin with; one that answers is enough. May be given several times.
    #[arg(short, long, global = true, value_name = "HOST:PORT,...")]
    pub bootstrap: Vec<String>,

    /// Watch the cluster of this name in the config file.
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,

    /// Read this config file.
    #[arg(long, global = true, value_name = "PATH")]
    pub config: Option<PathBuf>,

    /// Addresses of the `ZooKeeper` members to watch.
    #[arg(long, global = true, value_name = "HOST:PORT,...")]
    #[arg(help = "Addresses of ZooKeeper's members, to watch them too")]
    pub zookeeper: Vec<String>,

    /// Use this address for the broker of this id, in the place of the one that it advertises. May be
    /// given several times.
    #[arg(long, global = true, value_name = "ID=HOST:PORT")]
    pub address: Vec<String>,

    /// Set a client property by its librdkafka name. May be given several times.
    #[arg(short = 'X', global = true, value_name = "KEY=VALUE")]
    pub property: Vec<Secret>,

    /// Read client properties from this file, one KEY=VALUE a line.
    #[arg(long, global = true, value_name = "FILE")]
    pub config_file: Option<PathBuf>,

    /// The container engine, such as unix:///var/run/docker.sock; found by itself when nothing names it.
    #[arg(long, global = true, value_name = "URL", conflicts_with = "no_docker")]
    pub docker: Option<String>,

    /// Time between two reads of brokers and partitions, from 250ms to 60s; 1s when nothing sets it.
    #[arg(long, global = true, value_name = "DURATION")]
    pub refresh: Option<String>,

    /// Serve metrics for Prometheus there; beside the screen on loopback, unless an address is named.
    #[arg(long, global = true, value_name = "[IP:]PORT")]
    pub metrics_port: Option<String>,

    /// The flags without a value.
    #[command(flatten)]
    pub switches: Switches,
}

/// The flags without a value.
#[derive(Clone, Debug, Default, Args)]
pub struct Switches {
    /// Never change anything in the cluster.
    #[arg(long, global = true)]
    pub read_only: bool,

    /// Allow acts on a cluster that is marked as production.
    #[arg(long, global = true)]
    pub allow_acts: bool,

    /// Look for no container engine.
    #[arg(long, global = true)]
    pub no_docker: bool,

    /// How the screen is drawn.
    #[command(flatten)]
    pub look: LookSwitches,
}

/// The flags that say how the screen is drawn.
#[derive(Clone, Debug, Default, Args)]
pub struct LookSwitches {
    /// Use no colours.
    #[arg(long, global = true)]
    pub no_color: bool,

    /// Draw with ASCII characters only.
    #[arg(long, global = true)]
    pub ascii: bool,
}

/// A command; each works without a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Show an incident on a simulated cluster; it needs nothing else on the machine.
    Demo(DemoArgs),
    /// Read the whole cluster once, in at most 2 s, and print it as JSON.
    Snapshot(SnapshotArgs),
    /// Print one line and exit with 0 ok, 1 degraded, 2 critical or 3 unknown, as monitoring plugins do.
    Check,
    /// Serve metrics for Prometheus, as the health monitor of the HA guide; no screen.
    Export(ExportArgs),
    /// Stop, start, kill, pause or cut off a node, elect preferred leaders, or restart all brokers in turn, after saying
    /// what that does to the cluster.
    Act(ActArgs),
    /// Undo what kaftop has stopped, paused or cut off and not undone, also before a crash.
    Heal(HealArgs),
    /// Show the configuration with the origin of each value, check a file, or print a sample.
    Config {
        /// What to do; without it, show.
        #[command(subcommand)]
        command: Option<ConfigCommand>,
    },
}

/// The flags of `snapshot`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct SnapshotArgs {
    /// Print JSON. It is the only format, and the flag may be left out.
    #[arg(long)]
    pub json: bool,

    /// Exit with 2 when some fact could not be read.
    #[arg(long)]
    pub strict: bool,
}

/// What `config` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Print each value with where it came from; secrets are masked.
    #[default]
    Show,
    /// Check a config file and the client properties files that it names.
    Check {
        /// The file; without it, the one that kaftop would read.
        file: Option<PathBuf>,
    },
    /// Print a commented config file with every setting.
    Sample,
}

impl GlobalArgs {
    /// The flags as a layer of the configuration.
    pub fn flags(&self) -> Flags {
        let given = [
            (self.switches.read_only, "--read-only"),
            (self.switches.look.no_color, "--no-color"),
            (self.switches.look.ascii, "--ascii"),
            (self.switches.no_docker, "--no-docker"),
        ];
        Flags {
            bootstrap: self.bootstrap.clone(),
            cluster: self.cluster.clone(),
            zookeeper: self.zookeeper.clone(),
            addresses: self.address.clone(),
            properties: self.property.clone(),
            refresh: self.refresh.clone(),
            docker: self.docker.clone(),
            switches: given
                .iter()
                .filter(|(on, _)| *on)
                .map(|(_, name)| *name)
                .collect(),
        }
    }
}

/// What to print, and how to exit, when the arguments do not lead to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageOutcome {
    /// 0 for help and version, [`EXIT_USAGE`] for an error.
    pub code: u8,
    /// What to print, with its line ends.
    pub text: String,
    /// Whether the text was asked for and goes to stdout; an error goes to stderr.
    pub to_stdout: bool,
}

/// Reads the arguments; the first one is the program's name.
pub fn parse<I, T>(args: I) -> Result<Cli, UsageOutcome>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    Cli::command()
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| outcome(&error))
}

fn outcome(error: &clap::Error) -> UsageOutcome {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => UsageOutcome {
            code: 0,
            text,
            to_stdout: true,
        },
        _ => UsageOutcome {
            code: EXIT_USAGE,
            text: crate::config::printable_lines(&text),
            to_stdout: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Cli {
        parse(line.split_whitespace()).unwrap()
    }

    fn refused(line: &str) -> UsageOutcome {
        parse(line.split_whitespace()).unwrap_err()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        for line in [
            "kaftop -b a:1,b:2 -b c:3 snapshot --strict",
            "kaftop snapshot -b a:1,b:2 --strict -b c:3",
        ] {
            let cli = parsed(line);
            assert_eq!(
                cli.command,
                Some(Command::Snapshot(SnapshotArgs {
                    json: false,
                    strict: true
                }))
            );
            assert!(
                cli.global.bootstrap.contains(&"c:3".to_owned()),
                "{line}: {:?}",
                cli.global.bootstrap
            );
        }
    }

    #[test]
    fn commands_are_told_apart() {
        let config = |command| Some(Command::Config { command });
        let cases = [
            ("kaftop", None),
            ("kaftop check", Some(Command::Check)),
            (
                "kaftop snapshot --json",
                Some(Command::Snapshot(SnapshotArgs {
                    json: true,
                    strict: false,
                })),
            ),
            ("kaftop config", config(None)),
            ("kaftop config show", config(Some(ConfigCommand::Show))),
            ("kaftop config sample", config(Some(ConfigCommand::Sample))),
            (
                "kaftop config check",
                config(Some(ConfigCommand::Check { file: None })),
            ),
            (
                "kaftop config check x.toml",
                config(Some(ConfigCommand::Check {
                    file: Some("x.toml".into()),
                })),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parsed(line).command, expected, "{line}");
        }
    }

    #[test]
    fn every_flag_reaches_its_layer() {
        let cli = parsed(
            "kaftop -b a --cluster p --zookeeper z --address 1=x:1 -X client.id=i --refresh 2s \
             --read-only --no-color --ascii --docker unix:///d",
        );
        let expected = Flags {
            bootstrap: vec!["a".into()],
            cluster: Some("p".into()),
            zookeeper: vec!["z".into()],
            addresses: vec!["1=x:1".into()],
            properties: vec!["client.id=i".into()],
            refresh: Some("2s".into()),
            docker: Some("unix:///d".into()),
            switches: vec!["--read-only", "--no-color", "--ascii"],
        };
        assert_eq!(cli.global.flags(), expected);
    }

    #[test]
    fn wrong_usage_exits_with_64_on_stderr() {
        let lines = [
            "kaftop --bogus",
            "kaftop snapshto",
            "kaftop check extra",
            "kaftop --refresh",
            "kaftop config chek",
        ];
        for line in lines {
            let outcome = refused(line);
            assert_eq!((outcome.code, outcome.to_stdout), (EXIT_USAGE, false), "{line}");
            assert!(outcome.text.starts_with("error: "), "{line}: {}", outcome.text);
        }
    }

    #[test]
    fn hostile_arguments_are_echoed_printable() {
        let outcome = parse(["kaftop", "--\u{1b}[31mred\u{202e}"]).unwrap_err();
        assert!(
            !outcome.text.contains(['\u{1b}', '\u{202e}']),
            "{:?}",
            outcome.text
        );
    }

    #[test]
    fn properties_are_never_in_debug_output() {
        let cli = parsed("kaftop -X sasl.password=hunter2");
        assert!(!format!("{cli:?}").contains("hunter2"));
    }

    #[test]
    fn help_and_version_exit_with_0_on_stdout() {
        for line in [
            "kaftop -h",
            "kaftop --help",
            "kaftop -V",
            "kaftop --version",
            "kaftop config check --help",
        ] {
            let outcome = refused(line);
            assert_eq!((outcome.code, outcome.to_stdout), (0, true), "{line}");
        }
    }

    #[test]
    fn help_is_reviewed() {
        let mut command = Cli::command().term_width(HELP_WIDTH);
        insta::assert_snapshot!("help_short", command.render_help());
        insta::assert_snapshot!("help_long", command.render_long_help());
        command.build();
        for name in ["demo", "snapshot", "check", "act", "heal", "export", "config"] {
            let subcommand = command.find_subcommand_mut(name).unwrap();
            insta::assert_snapshot!(
                format!("help_{name}"),
                subcommand.clone().term_width(HELP_WIDTH).render_help()
            );
        }
    }
}

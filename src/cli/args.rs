//! The command line: flags, subcommands, help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use super::demo_args::DemoArgs;
use super::export_args::ExportArgs;
use super::notify::NotifyArgs;
use super::rules::RulesArgs;
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
  kaftop config sample                   print a config file to begin with
  kaftop themes                          how the screen can look
"
    };
}

const AFTER_HELP: &str = concat!(examples!(), "\nMore: kaftop --help");

pub(super) const AFTER_LONG_HELP: &str = concat!(
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
  KAFTOP_KEYMAP             name of a keymap, as --keymap
  KAFTOP_REFRESH            time between two reads, as --refresh
  KAFTOP_THEME              name of a theme, as --theme
  METRICS_PORT              port of kaftop export, as --metrics-port; 9090
  KAFKA_HEALTH_CHECK_INTERVAL
                            seconds between two pages of kaftop export, as
                            --interval; 30
  ENABLE_KAFKA_HEALTH_MONITORING
                            when false, kaftop export leaves at once with 0
  NO_COLOR                  when not empty, no colours, as --no-color
  COLORTERM, TERM           how many colours the terminal has: 24 bits, 256 or 16;
                            with TERM=dumb there is no screen
  COLORFGBG                 whether the background is dark or light, where the
                            terminal does not answer that itself
  LC_ALL, LC_CTYPE, LANG    the first that is set: not one of UTF-8, and only
                            ASCII is drawn; none set, and Unicode is
  XDG_CONFIG_HOME           directory of config files; ~/.config when unset

Files:
  $XDG_CONFIG_HOME/kaftop/config.toml
  $XDG_CONFIG_HOME/kaftop/themes/NAME.toml, keymaps/NAME.toml
                            one's own; beside the config file, wherever it is
  $XDG_CONFIG_HOME/kaftop/rules/*.toml
                            rules of alerts, over the built-in ones
  $XDG_STATE_HOME/kaftop/alerts
                            what was silenced and acknowledged

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
  kaftop notify     0 every way took the trial
                    1 some way did not
                    2 no way did, or none is set
  kaftop export     0 at SIGINT, SIGTERM and SIGHUP, and when it is disabled
                    1 ended by an error, such as a port that is taken
  kaftop demo       as kaftop; with --serve 0 at SIGINT and SIGTERM
  kaftop config, kaftop rules, kaftop themes, kaftop keys
                    0 no error found
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

    /// How the screen is drawn.
    #[command(flatten)]
    pub look: LookArgs,

    /// Serve metrics for Prometheus there; beside the screen on loopback, unless an address is named.
    #[arg(long, global = true, value_name = "[IP:]PORT")]
    pub metrics_port: Option<String>,

    /// The flags without a value.
    #[command(flatten)]
    pub switches: Switches,
}

/// The flags that name how the screen is drawn.
#[derive(Clone, Debug, Default, Args)]
pub struct LookArgs {
    /// Draw with the theme of this name; `kaftop themes` lists them.
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,

    /// Use the keys of the keymap of this name; `kaftop keys` lists them.
    #[arg(long, global = true, value_name = "NAME")]
    pub keymap: Option<String>,
}

/// The flags without a value.
#[derive(Clone, Debug, Default, Args)]
pub struct Switches {
    /// Never change anything in the cluster.
    #[arg(long, global = true)]
    pub read_only: bool,

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

    /// Draw with ASCII characters only, as where the locale is not one of UTF-8.
    #[arg(long, global = true)]
    pub ascii: bool,

    /// Draw with Unicode whatever the locale says.
    #[arg(long, global = true, conflicts_with = "ascii")]
    pub unicode: bool,
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
    /// Try every way in which people are told of alerts away from the screen.
    Notify(NotifyArgs),
    /// Serve metrics for Prometheus, as the health monitor of the HA guide; no screen.
    Export(ExportArgs),
    /// List the rules of alerts and check those of your own, or print them for Prometheus.
    Rules(RulesArgs),
    /// Show the configuration with the origin of each value, check a file, or print a sample.
    Config {
        /// What to do; without it, show.
        #[command(subcommand)]
        command: Option<ConfigCommand>,
    },
    /// List the themes with a sample of each, or check a theme file.
    Themes {
        /// What to do; without it, list.
        #[command(subcommand)]
        command: Option<CheckCommand>,
    },
    /// List all commands with their keys, or check a keymap file.
    Keys {
        /// What to do; without it, list.
        #[command(subcommand)]
        command: Option<CheckCommand>,
    },
    /// Print the man page.
    Man,
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
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

/// What `themes` and `keys` do besides listing.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum CheckCommand {
    /// Say what is wrong with a file, with the line and the nearest valid name.
    Check {
        /// The file.
        file: PathBuf,
    },
}

impl GlobalArgs {
    /// The flags as a layer of the configuration.
    pub fn flags(&self) -> Flags {
        let given = [
            (self.switches.read_only, "--read-only"),
            (self.switches.look.no_color, "--no-color"),
            (self.switches.look.ascii, "--ascii"),
            (self.switches.no_docker, "--no-docker"),
            (self.switches.look.unicode, "--unicode"),
        ];
        Flags {
            bootstrap: self.bootstrap.clone(),
            cluster: self.cluster.clone(),
            zookeeper: self.zookeeper.clone(),
            addresses: self.address.clone(),
            properties: self.property.clone(),
            refresh: self.refresh.clone(),
            docker: self.docker.clone(),
            theme: self.look.theme.clone(),
            keymap: self.look.keymap.clone(),
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
mod tests;

//! `kaftop export`: what the flags and the HA guide's four environment variables ask for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::args::GlobalArgs;
use super::export_args::ExportArgs;
use super::inputs::Lookup;
use crate::config::{Environment, Mismatch, Period, parse_duration};
use crate::model::time::Span;
use crate::sink::exporter::{ExporterOptions, Filter, Pattern, Selection};

/// Where the guide's cluster is, for where nothing names another.
pub const DEFAULT_BOOTSTRAP: &str = "kafka-1:9092,kafka-2:9093,kafka-3:9094";
/// The port of the guide's monitor.
const DEFAULT_PORT: u16 = 9090;

/// The guide's variable with the time between two checks, in seconds.
const INTERVAL: &str = "KAFKA_HEALTH_CHECK_INTERVAL";
/// The guide's variable that turns the monitor off.
const ENABLE: &str = "ENABLE_KAFKA_HEALTH_MONITORING";
/// The guide's variable with the port.
const PORT: &str = "METRICS_PORT";

const LEAST_INTERVAL: Duration = Duration::from_secs(1);
const MOST_INTERVAL: Duration = Duration::from_secs(3600);

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Task {
    /// Print this and leave with 0: monitoring is turned off.
    Leave(String),
    /// Serve there.
    Serve(Box<Monitor>),
}

/// How the monitor is to work.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// The address of the metrics.
    pub at: SocketAddr,
    /// What is told there.
    pub options: ExporterOptions,
}

/// Reads flags and environment for `kaftop export`.
///
/// # Errors
/// A sentence, for exit code 64, that says what was found and what is expected.
pub fn prepare(args: &ExportArgs, global: &GlobalArgs, variable: Lookup<'_>) -> Result<Task, String> {
    if !enabled(variable)? {
        return Ok(Task::Leave(format!(
            "kaftop export: {ENABLE} turns monitoring off; nothing is read and nothing is served.\n"
        )));
    }
    let at = match &global.metrics_port {
        Some(text) => {
            address(text, Ipv4Addr::UNSPECIFIED.into()).map_err(|why| flag("--metrics-port", &why))?
        }
        None => from_variable(variable)?,
    };
    let interval = match &args.interval {
        Some(text) => duration(text).map_err(|why| flag("--interval", &why))?,
        None => interval(variable)?,
    };
    let pattern = |name: &str, text: &Option<String>| {
        let parsed = text.as_deref().map(Pattern::parse).transpose();
        parsed.map_err(|why| format!("flag {name}: not a pattern: {why}"))
    };
    let selection = Selection {
        topics: Filter {
            only: pattern("--topics", &args.topics)?,
            not: pattern("--not-topics", &args.not_topics)?,
        },
        groups: Filter {
            only: pattern("--groups", &args.groups)?,
            not: pattern("--not-groups", &args.not_groups)?,
        },
        partition_series: args.partition_series,
    };
    Ok(Task::Serve(Box::new(Monitor {
        at,
        options: ExporterOptions { interval, selection },
    })))
}

/// What the screen is to serve beside itself, where `--metrics-port` asks for it: on loopback, unless it names an address.
///
/// # Errors
/// As [`prepare`].
pub fn beside_screen(global: &GlobalArgs, variable: Lookup<'_>) -> Result<Option<Monitor>, String> {
    let Some(text) = &global.metrics_port else {
        return Ok(None);
    };
    let at = address(text, Ipv4Addr::LOCALHOST.into()).map_err(|why| flag("--metrics-port", &why))?;
    let options = ExporterOptions {
        interval: interval(variable)?,
        selection: Selection::default(),
    };
    Ok(Some(Monitor { at, options }))
}

/// Whether neither a flag nor a variable nor a file names a cluster is for the caller to say; this names the guide's.
pub fn with_default_cluster(global: &GlobalArgs) -> GlobalArgs {
    GlobalArgs {
        bootstrap: vec![DEFAULT_BOOTSTRAP.to_owned()],
        ..global.clone()
    }
}

/// The first line of the log.
pub fn opening(at: SocketAddr, options: &ExporterOptions, cluster: &str) -> String {
    let every = Period(options.interval.into());
    format!("INFO - Kafka health monitor of {cluster}: metrics on http://{at}/metrics, every {every}")
}

/// What is said where no cluster was named.
pub fn assumed() -> String {
    format!(
        "INFO - no cluster is named: {DEFAULT_BOOTSTRAP} is watched; {} or -b names another",
        Environment::BOOTSTRAP
    )
}

fn flag(name: &str, why: &Mismatch) -> String {
    format!("flag {name}: {why}")
}

/// The variable's text; an empty one counts as unset.
fn set(variable: Lookup<'_>, name: &str) -> Option<String> {
    let value = variable(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

fn enabled(variable: Lookup<'_>) -> Result<bool, String> {
    let Some(text) = set(variable, ENABLE) else {
        return Ok(true);
    };
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(in_variable(ENABLE, &Mismatch::text(&text, "true or false"))),
    }
}

fn in_variable(name: &str, why: &Mismatch) -> String {
    format!("environment {name}: {why}")
}

fn interval(variable: Lookup<'_>) -> Result<Span, String> {
    let Some(text) = set(variable, INTERVAL) else {
        return Ok(ExporterOptions::default().interval);
    };
    // The guide's number of seconds has no unit.
    let with_unit = if text.chars().all(|c| c.is_ascii_digit()) {
        format!("{text}s")
    } else {
        text.clone()
    };
    duration(&with_unit).map_err(|_| {
        let expected = "a number of seconds from 1 to 3600";
        in_variable(INTERVAL, &Mismatch::text(&text, expected))
    })
}

fn duration(text: &str) -> Result<Span, Mismatch> {
    let length = parse_duration(text)?;
    if (LEAST_INTERVAL..=MOST_INTERVAL).contains(&length) {
        Ok(length.into())
    } else {
        Err(Mismatch::text(text, "a duration from 1s to 1h"))
    }
}

fn from_variable(variable: Lookup<'_>) -> Result<SocketAddr, String> {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    match set(variable, PORT) {
        Some(text) => address(&text, any).map_err(|why| in_variable(PORT, &why)),
        None => Ok(SocketAddr::new(any, DEFAULT_PORT)),
    }
}

/// A port, or an address with a port.
fn address(text: &str, ip: IpAddr) -> Result<SocketAddr, Mismatch> {
    let text = text.trim();
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::new(ip, port));
    }
    let expected = "a port from 0 to 65535, or IP:PORT such as 0.0.0.0:9090 or [::1]:9090";
    text.parse().map_err(|_| Mismatch::text(text, expected))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;

    use super::*;

    fn asked(args: &ExportArgs, port: Option<&str>, set: &[(&str, &str)]) -> Result<Task, String> {
        let variables: BTreeMap<String, OsString> = set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        let global = GlobalArgs {
            metrics_port: port.map(str::to_owned),
            ..GlobalArgs::default()
        };
        prepare(args, &global, &|name| variables.get(name).cloned())
    }

    fn served(args: &ExportArgs, port: Option<&str>, set: &[(&str, &str)]) -> Monitor {
        match asked(args, port, set).unwrap() {
            Task::Serve(monitor) => *monitor,
            Task::Leave(text) => panic!("{text}"),
        }
    }

    /// The guide's table "Environment Variables", line by line; `KAFKA_BOOTSTRAP_SERVERS` as a variable is read with the
    /// rest of the configuration, and its default is here.
    #[test]
    fn the_guides_environment_variables_have_its_defaults() {
        let nothing = served(&ExportArgs::default(), None, &[]);
        assert_eq!(nothing.at.to_string(), "0.0.0.0:9090");
        assert_eq!(nothing.options.interval, Span::seconds(30));
        assert!(DEFAULT_BOOTSTRAP.starts_with("kafka-1:9092,"));
        let watched = with_default_cluster(&GlobalArgs::default()).bootstrap;
        assert_eq!(watched, ["kafka-1:9092,kafka-2:9093,kafka-3:9094"]);
    }

    #[test]
    fn kafka_health_check_interval_is_a_number_of_seconds() {
        for (text, seconds) in [
            ("5", 5),
            ("30", 30),
            ("3600", 3600),
            ("10s", 10),
            ("", 30),
            (" 7 ", 7),
        ] {
            let monitor = served(&ExportArgs::default(), None, &[(INTERVAL, text)]);
            assert_eq!(monitor.options.interval, Span::seconds(seconds), "{text}");
        }
        for text in ["0", "-1", "soon", "3601", "99999999999999999999", "1.5"] {
            let why = asked(&ExportArgs::default(), None, &[(INTERVAL, text)]).unwrap_err();
            assert_eq!(
                why,
                format!(
                    "environment KAFKA_HEALTH_CHECK_INTERVAL: found \"{text}\", expected a number of seconds from 1 to 3600"
                )
            );
        }
    }

    #[test]
    fn enable_kafka_health_monitoring_false_leaves_and_says_so() {
        for text in ["false", "False", "0", "no", "off"] {
            // Nothing else is looked at then.
            let left = asked(&ExportArgs::default(), None, &[(ENABLE, text), (PORT, "x")]).unwrap();
            match left {
                Task::Leave(said) => assert!(said.contains("ENABLE_KAFKA_HEALTH_MONITORING"), "{said}"),
                Task::Serve(_) => panic!("{text}"),
            }
        }
        for text in ["true", "TRUE", "1", "yes", "on", ""] {
            served(&ExportArgs::default(), None, &[(ENABLE, text)]);
        }
        let why = asked(&ExportArgs::default(), None, &[(ENABLE, "maybe")]).unwrap_err();
        assert!(why.contains("expected true or false"), "{why}");
    }

    #[test]
    fn metrics_port_says_where() {
        let of = |flag: Option<&str>, variable: &str| {
            served(&ExportArgs::default(), flag, &[(PORT, variable)])
                .at
                .to_string()
        };
        assert_eq!(of(None, "9191"), "0.0.0.0:9191");
        assert_eq!(of(Some("9292"), "9191"), "0.0.0.0:9292");
        assert_eq!(of(Some("127.0.0.1:0"), ""), "127.0.0.1:0");
        assert_eq!(of(Some("[::1]:9090"), ""), "[::1]:9090");
        for text in ["port", "65536", "-1", "host:9090", "1.2.3.4"] {
            let why = asked(&ExportArgs::default(), None, &[(PORT, text)]).unwrap_err();
            assert!(why.starts_with("environment METRICS_PORT: found "), "{why}");
            let why = asked(&ExportArgs::default(), Some(text), &[]).unwrap_err();
            assert!(why.starts_with("flag --metrics-port: found "), "{why}");
        }
    }

    #[test]
    fn the_screen_serves_on_loopback_and_only_when_asked() {
        let global = |port: Option<&str>| GlobalArgs {
            metrics_port: port.map(str::to_owned),
            ..GlobalArgs::default()
        };
        let none = &|_: &str| None;
        assert!(beside_screen(&global(None), none).unwrap().is_none());
        let at = beside_screen(&global(Some("9090")), none).unwrap().unwrap().at;
        assert_eq!(at.to_string(), "127.0.0.1:9090");
        assert!(beside_screen(&global(Some("x")), none).is_err());
    }

    #[test]
    fn flags_are_refused_with_a_sentence() {
        let args = |change: fn(&mut ExportArgs)| {
            let mut args = ExportArgs::default();
            change(&mut args);
            asked(&args, None, &[]).unwrap_err()
        };
        let why = args(|args| args.topics = Some("(".to_owned()));
        assert!(why.starts_with("flag --topics: not a pattern: "), "{why}");
        let why = args(|args| args.not_groups = Some("[".to_owned()));
        assert!(why.starts_with("flag --not-groups: not a pattern: "), "{why}");
        let why = args(|args| args.interval = Some("5".to_owned()));
        assert!(why.starts_with("flag --interval: found \"5\""), "{why}");
        let why = args(|args| args.interval = Some("2h".to_owned()));
        assert!(why.ends_with("expected a duration from 1s to 1h"), "{why}");
    }
}

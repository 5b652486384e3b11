//! From arguments to an exit code: which subcommand runs, and what it prints where.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use color_eyre::eyre::Report;

use super::args::{Command, EXIT_USAGE, GlobalArgs, SnapshotArgs, parse};
use super::demo_args::DemoArgs;
use super::document::Document;
use super::export::{self, Monitor};
use super::export_args::ExportArgs;
use super::inputs::{load, process_environment};
use super::opening::{HOW_TO_CONNECT, ui_settings};
use super::{act, check, config_command, demo, keys_command, man, notify, rules, themes_command, who};
use crate::act::records::Records;
use crate::app::{self, Demo, Left, License, Metrics, Target, Telling};
use crate::config::{Settings, printable_lines};
use crate::model::notice::Line;
use crate::model::text::printable;
use crate::sink::exporter::{Exporter, Log, Port};
use crate::ui::terminal;

mod errand;

/// Nothing could be read.
const EXIT_NOTHING_READ: u8 = 3;
/// Some fact could not be read, with `--strict`.
const EXIT_PARTIAL: u8 = 2;
/// An error that ended kaftop.
const EXIT_FAILED: u8 = 1;

/// What `kaftop demo` says where there is no terminal.
const NO_SCREEN: &str = "kaftop demo needs a terminal on stdin and stdout for its screen; without one, \
    `kaftop demo --serve` starts the cluster and prints its addresses, and `kaftop check -b ADDRESS` judges it";

/// Runs kaftop with these arguments, the program's name first, and gives the exit code.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(outcome) => {
            if outcome.to_stdout {
                out(&outcome.text);
            } else {
                err(&outcome.text);
            }
            return outcome.code;
        }
    };
    match &cli.command {
        Some(Command::Config { command }) => {
            let command = command.clone().unwrap_or_default();
            printed(config_command::run(&command, &cli.global, &process_environment))
        }
        Some(Command::Themes { command }) => {
            let coloured = io::stdout().is_terminal();
            printed(themes_command::run(
                command.as_ref(),
                &cli.global,
                &process_environment,
                coloured,
            ))
        }
        Some(Command::Keys { command }) => printed(keys_command::run(
            command.as_ref(),
            &cli.global,
            &process_environment,
        )),
        Some(Command::Man) => match man::page() {
            Ok(page) => printed((page, 0)),
            Err(error) => failed(&error.into()),
        },
        Some(Command::Completions { shell }) => printed((man::completions(*shell), 0)),
        Some(Command::Rules(wanted)) => {
            let printed = rules::run(wanted, &cli.global, &process_environment);
            out(&printed.out);
            err(&printed.err);
            printed.code
        }
        Some(Command::Snapshot(wanted)) => snapshot(&cli.global, *wanted),
        Some(Command::Demo(args)) => demonstrate(args, &cli.global),
        Some(Command::Check) => checked(&cli.global),
        Some(Command::Notify(_)) => try_notifying(&cli.global),
        Some(Command::Export(args)) => exported(args, &cli.global),
        Some(Command::Act(args)) => errand::act(args, &cli.global),
        Some(Command::Heal(args)) => errand::heal(args, &cli.global),
        None => screen(&cli.global),
    }
}

/// Prints to stdout what was asked for, and to stderr what says why it is not.
fn printed((text, code): (String, u8)) -> u8 {
    if code == 0 {
        out(&text);
    } else {
        err(&text);
    }
    code
}

fn snapshot(global: &GlobalArgs, wanted: SnapshotArgs) -> u8 {
    let target = match one_target(global) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let bulletin = match app::collect(target) {
        Ok(bulletin) => bulletin,
        Err(report) => return failed(&report),
    };
    let document = Document::of(&bulletin);
    match document.text() {
        Ok(text) => out(&text),
        Err(error) => return failed(&error.into()),
    }
    if document.is_empty() {
        EXIT_NOTHING_READ
    } else if wanted.strict && document.is_partial() {
        EXIT_PARTIAL
    } else {
        0
    }
}

fn try_notifying(global: &GlobalArgs) -> u8 {
    let settings = match settings(global) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    match app::try_ways(&settings.notify, notify::cluster(&settings)) {
        Ok(tried) => {
            let (text, code) = notify::report(&tried, settings.notify.enabled.value);
            out(&text);
            code
        }
        Err(report) => failed(&report),
    }
}

fn checked(global: &GlobalArgs) -> u8 {
    let target = match one_target(global) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let (line, code) = match app::collect(target) {
        Ok(bulletin) => check::line(&bulletin),
        Err(report) => check::own_failure(&printable(&report.to_string())),
    };
    out(&line);
    code
}

fn exported(args: &ExportArgs, global: &GlobalArgs) -> u8 {
    let monitor = match export::prepare(args, global, &process_environment) {
        Ok(export::Task::Serve(monitor)) => *monitor,
        Ok(export::Task::Leave(text)) => {
            out(&text);
            return 0;
        }
        Err(text) => return wrong_usage(&text),
    };
    let log = match Log::to(io::stderr()) {
        Ok(log) => log,
        Err(error) => return failed(&error.into()),
    };
    let settings = settings(global).and_then(|settings| {
        if settings.cluster.is_some() {
            return Ok(settings);
        }
        log.line(&export::assumed());
        self::settings(&export::with_default_cluster(global))
    });
    let target = settings.and_then(|settings| Ok((to_target(&settings)?, settings)));
    let (target, settings) = match target {
        Ok((Some(target), settings)) => (target, settings),
        Ok((None, _)) => return wrong_usage("no cluster is named"),
        Err(code) => return code,
    };
    let label = label(&settings);
    let (asked_for, options) = (monitor.at, monitor.options.clone());
    let metrics = match metrics(monitor, log) {
        Ok(metrics) => metrics,
        Err(code) => return code,
    };
    let at = metrics.port.address().unwrap_or(asked_for);
    let opening = export::opening(at, &options, &label);
    let target = with_rules(target, global, &settings, true);
    match app::export(target, metrics, &opening) {
        Ok(()) => 0,
        Err(report) => failed(&report),
    }
}

/// The cluster in a word or by its addresses.
fn label(settings: &Settings) -> String {
    let Some(cluster) = &settings.cluster else {
        return String::new();
    };
    if let Some(name) = &cluster.name {
        return printable(&name.value).into_owned();
    }
    let addresses: Vec<String> = cluster.bootstrap.value.iter().map(ToString::to_string).collect();
    addresses.join(",")
}

fn beside_screen(global: &GlobalArgs) -> Result<Option<Metrics>, u8> {
    match export::beside_screen(global, &process_environment) {
        // The screen has the terminal: what a line would say, it shows.
        Ok(Some(monitor)) => metrics(monitor, Log::silent()).map(Some),
        Ok(None) => Ok(None),
        Err(text) => Err(wrong_usage(&text)),
    }
}

fn metrics(monitor: Monitor, log: Log) -> Result<Metrics, u8> {
    match Port::open(monitor.at.ip(), monitor.at.port()) {
        Ok(port) => Ok(Metrics {
            port,
            exporter: Arc::new(Exporter::new(monitor.options, log)),
        }),
        Err(error) => Err(failed(&error.into())),
    }
}

fn wrong_usage(text: &str) -> u8 {
    err(&format!("kaftop: {}\n", printable_lines(text)));
    EXIT_USAGE
}

fn screen(global: &GlobalArgs) -> u8 {
    let settings = match settings(global) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let target = match to_target(&settings) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let target = target.map(|target| with_rules(target, global, &settings, true));
    let metrics = match beside_screen(global) {
        Ok(metrics) => metrics,
        Err(code) => return code,
    };
    let license = License {
        mandate: act::mandate(&settings, global.switches.allow_acts),
        records: act::records(&process_environment),
    };
    match app::watch(
        target,
        ui_settings(&settings, global, &process_environment),
        None,
        metrics,
        license,
    ) {
        Ok(left) => {
            after(&left);
            left.exit.code()
        }
        Err(report) => failed(&report),
    }
}

/// Says what could be said only once the terminal is as it was.
fn after(left: &Left) {
    for line in &left.said {
        err(&format!("kaftop: {line}\n"));
    }
}

fn demonstrate(args: &DemoArgs, global: &GlobalArgs) -> u8 {
    let (options, warnings) = match demo::prepare(args, global) {
        Ok(demo::Task::Start(options, warnings)) => (*options, warnings),
        Ok(demo::Task::Print(text)) => {
            out(&text);
            return 0;
        }
        Err(text) => {
            err(&format!("kaftop: {}\n", printable_lines(&text)));
            return EXIT_USAGE;
        }
    };
    if !args.way.serve && !terminal::is_there() {
        // Before there is a cluster that nobody could see.
        err(&format!("kaftop: {NO_SCREEN}\n"));
        return EXIT_FAILED;
    }
    for warning in warnings {
        err(&format!("kaftop: {warning}\n"));
    }
    let running = match Demo::start(options) {
        Ok(running) => running,
        Err(error) => {
            err(&format!("kaftop: {}\n", printable_lines(&error.to_string())));
            return demo::exit_code(&error);
        }
    };
    if args.way.serve {
        out(&demo::addresses(&running.bootstrap, &running.zookeepers));
        return match app::serve(&running, |told| out(&demo::step(told))) {
            Ok(()) => 0,
            Err(report) => failed(&report),
        };
    }
    let flags = demo::flags(global, &running.bootstrap, &running.zookeepers);
    let target = settings(&flags).and_then(|settings| Ok((to_target(&settings)?, settings)));
    let (target, settings) = match target {
        Ok(both) => both,
        Err(code) => return code,
    };
    let target = target.map(|target| with_rules(target, global, &settings, false));
    let mut looks = ui_settings(&settings, global, &process_environment);
    "demo".clone_into(&mut looks.standing.label);
    let metrics = match beside_screen(global) {
        Ok(metrics) => metrics,
        Err(code) => return code,
    };
    // The simulated cluster ends with this process: what is done to it is nothing to write down.
    let license = License {
        mandate: act::mandate(&settings, true),
        records: Records::in_memory(&who::who(&process_environment)),
    };
    match app::watch(target, looks, Some(&running), metrics, license) {
        Ok(left) => {
            if let Some(score) = left.score {
                out(&demo::score(score));
            }
            after(&left);
            left.exit.code()
        }
        Err(report) => failed(&report),
    }
}

fn settings(global: &GlobalArgs) -> Result<Settings, u8> {
    match load(global, &process_environment) {
        Ok((settings, warnings)) => {
            for warning in warnings {
                err(&format!("kaftop: {warning}\n"));
            }
            Ok(settings)
        }
        Err(failure) => {
            err(&format!("kaftop: {}\n", failure.text.trim_end()));
            Err(failure.code)
        }
    }
}

fn to_target(settings: &Settings) -> Result<Option<Target>, u8> {
    let target = settings
        .cluster
        .as_ref()
        .map(|cluster| app::target(cluster, settings))
        .transpose();
    target.map_err(|error| {
        err(&format!("kaftop: {}\n", printable(&error.to_string())));
        EXIT_USAGE
    })
}

/// A target whose alerts go by the user's rules, and are told to whom the settings name. What was silenced is kept, and
/// anybody told, but not of a cluster that is made anew each time.
fn with_rules(mut target: Target, global: &GlobalArgs, settings: &Settings, kept: bool) -> Target {
    let name = settings.cluster.as_ref().filter(|_| kept).and_then(|cluster| {
        let address = || cluster.bootstrap.value.first().map(ToString::to_string);
        cluster
            .name
            .as_ref()
            .map(|name| name.value.clone())
            .or_else(address)
    });
    let (alerting, faults) = rules::alerting(
        global,
        name.as_deref(),
        target.eye.clock.now(),
        &process_environment,
    );
    for fault in faults {
        err(&format!("kaftop: {fault}\n"));
    }
    target.alerting = alerting;
    if let Some(name) = name.filter(|_| settings.notify.enabled.value) {
        let notices = target.alerting.notices(Line::new(&name));
        target.telling = Some(Telling::new(settings.notify.clone(), notices));
    }
    target
}

fn one_target(global: &GlobalArgs) -> Result<Target, u8> {
    to_target(&settings(global)?)?.ok_or_else(no_cluster)
}

fn no_cluster() -> u8 {
    err(&format!(
        "kaftop: no cluster is named.\n{}\n",
        HOW_TO_CONNECT.join("\n")
    ));
    EXIT_USAGE
}

fn failed(report: &Report) -> u8 {
    err(&format!("kaftop: {}\n", printable(&format!("{report:#}"))));
    EXIT_FAILED
}

/// Prints to stdout. A reader that went away (a closed pipe) is its own business.
fn out(text: &str) {
    drop(io::stdout().lock().write_all(text.as_bytes()));
}

/// Prints to stderr, where nobody may listen.
fn err(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}

/// Installs the panic report; the terminal is given back before anything is printed.
///
/// # Errors
/// A hook is installed already.
pub fn install_hooks() -> Result<(), Report> {
    let (panic_hook, eyre_hook) = color_eyre::config::HookBuilder::default()
        .theme(if io::stderr().is_terminal() {
            color_eyre::config::Theme::dark()
        } else {
            color_eyre::config::Theme::new()
        })
        .into_hooks();
    eyre_hook.install()?;
    let report = panic_hook.into_panic_hook();
    std::panic::set_hook(Box::new(move |info| {
        terminal::restore();
        report(info);
    }));
    Ok(())
}

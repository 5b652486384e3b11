//! `kaftop demo`: a simulated cluster, an incident, and the same screen as ever.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::args::{EXIT_USAGE, GlobalArgs};
use super::demo_args::{DemoArgs, DemoSize};
use super::inputs::read_text;
use crate::app::DemoOptions;
use crate::config::printable;
use crate::model::story::{Score, Told};
use crate::sim::scenario::{
    BUILT_IN, BuiltIn, DEFAULT, Ending, Plan, PlanError, Scenario, Wishes, built_in, unknown_name,
};

/// How much of a scenario a check goes through on the model, in simulated time.
const REHEARSED: Duration = Duration::from_secs(3_600);

/// What to do after the arguments were looked at.
#[derive(Debug)]
pub enum Task {
    /// Print this and leave with 0.
    Print(String),
    /// Start the cluster, after these lines of warning.
    Start(Box<DemoOptions>, Vec<String>),
}

/// Looks at the arguments and reads the scenario; no cluster is started, nothing is printed.
///
/// # Errors
/// Printable lines that say what is wrong, for exit code [`EXIT_USAGE`].
pub fn prepare(args: &DemoArgs, global: &GlobalArgs) -> Result<Task, String> {
    if args.way.list {
        return Ok(Task::Print(list()));
    }
    let wishes = wishes(args);
    if let Some(path) = &args.way.check {
        return check(path, wishes).map(Task::Print);
    }
    refuse_other_clusters(global)?;
    let name = args.scenario.as_deref().unwrap_or(DEFAULT);
    let plan = plan(&find(name)?, wishes)?;
    let ip = args.place.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let mut warnings = Vec::new();
    if !ip.is_loopback() {
        warnings.push(format!(
            "the simulated cluster listens on {ip}, where others can reach it: it has neither encryption nor passwords"
        ));
    }
    Ok(Task::Start(
        Box::new(DemoOptions {
            plan,
            quiz: args.quiz,
            speed_percent: args.speed.percent,
            seed: args.seed,
            ip,
            first_port: args.place.port,
        }),
        warnings,
    ))
}

fn wishes(args: &DemoArgs) -> Wishes {
    let DemoSize {
        brokers,
        partitions,
        groups,
    } = args.size;
    Wishes {
        mode: args.mode.map(Into::into),
        brokers,
        partitions,
        groups,
    }
}

/// A demonstration has a cluster of its own: another one that is named would not be watched.
fn refuse_other_clusters(global: &GlobalArgs) -> Result<(), String> {
    let named = [
        (!global.bootstrap.is_empty(), "--bootstrap"),
        (global.cluster.is_some(), "--cluster"),
        (!global.zookeeper.is_empty(), "--zookeeper"),
        (!global.address.is_empty(), "--address"),
    ];
    match named.iter().find(|(given, _)| *given) {
        Some((_, flag)) => Err(format!(
            "kaftop demo watches a cluster of its own; leave {flag} out"
        )),
        None => Ok(()),
    }
}

/// The scenarios that kaftop brings, a line each.
fn list() -> String {
    let line = |scenario: &BuiltIn| {
        let read = Scenario::parse(scenario.text, &scenario.path()).ok()?;
        let mode = read.cluster.mode.map_or("", |mode| mode.value.word());
        let note = if scenario.name == DEFAULT {
            " (the default)"
        } else {
            ""
        };
        Some(format!("{:<18}{mode:<11}{}{note}\n", scenario.name, read.title))
    };
    BUILT_IN.iter().filter_map(line).collect()
}

/// Checks a file as far as that can be done without starting the cluster.
fn check(path: &Path, wishes: Wishes) -> Result<String, String> {
    let plan = plan(&from_file(path)?, wishes)?;
    let shown = path.to_string_lossy();
    let shown = printable(&shown);
    plan.rehearse(REHEARSED).map_err(|error| error.to_string())?;
    let last = plan.steps.last().map_or(Duration::ZERO, |step| step.at);
    let again = match plan.ending {
        Ending::Stay => "",
        Ending::Repeat(_) => ", then anew",
    };
    Ok(format!(
        "{shown}: no error found: \"{}\", {} in {}{again}, {}\n",
        plan.title,
        plural(plan.steps.len(), "step"),
        crate::config::Period(last),
        plural(plan.lesson.questions.len(), "question"),
    ))
}

fn plural(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// The scenario that kaftop brings under this name, or else the one in the file at this path.
fn find(name: &str) -> Result<Scenario, String> {
    if let Some(scenario) = built_in(name) {
        return parse(scenario.text, &scenario.path());
    }
    let path = Path::new(name);
    let looks_like_a_path = path.components().count() > 1 || path.extension().is_some();
    if looks_like_a_path || path.exists() {
        from_file(path)
    } else {
        Err(unknown_name(name))
    }
}

fn from_file(path: &Path) -> Result<Scenario, String> {
    let text = read_text(path, "scenario").map_err(|failure| failure.text)?;
    parse(&text, &path.to_string_lossy())
}

fn parse(text: &str, path: &str) -> Result<Scenario, String> {
    Scenario::parse(text, path).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

fn plan(scenario: &Scenario, wishes: Wishes) -> Result<Plan, String> {
    scenario
        .plan(wishes)
        .map_err(|error: PlanError| error.to_string())
}

/// What `--serve` prints at its start: addresses to begin with, and how to watch the cluster.
pub fn addresses(bootstrap: &[SocketAddr], zookeepers: &[SocketAddr]) -> String {
    let joined = |addresses: &[SocketAddr]| {
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        texts.join(",")
    };
    let bootstrap = joined(bootstrap);
    let (members, flag) = if zookeepers.is_empty() {
        (String::new(), String::new())
    } else {
        let zookeepers = joined(zookeepers);
        (
            format!("zookeeper  {zookeepers}\n"),
            format!(" --zookeeper {zookeepers}"),
        )
    };
    format!("bootstrap  {bootstrap}\n{members}watch it   kaftop -b {bootstrap}{flag}\n")
}

/// One step, as `--serve` prints it.
pub fn step(told: &Told) -> String {
    format!("{:>7}  {}\n", told.at.to_string(), printable(&told.words))
}

/// The score of a quiz, in one line.
pub fn score(score: Score) -> String {
    let Score { right, answered, all } = score;
    let open = all.saturating_sub(answered);
    let rest = if open > 0 {
        format!(", {open} not answered")
    } else {
        String::new()
    };
    format!("quiz: {right} of {all} right{rest}\n")
}

/// The flags with which the simulated cluster is watched as any other.
pub fn flags(global: &GlobalArgs, bootstrap: &[SocketAddr], zookeepers: &[SocketAddr]) -> GlobalArgs {
    let texts = |addresses: &[SocketAddr]| addresses.iter().map(ToString::to_string).collect();
    let mut flags = GlobalArgs {
        bootstrap: texts(bootstrap),
        zookeeper: texts(zookeepers),
        docker: None,
        ..global.clone()
    };
    // Nothing of a simulated cluster runs in a container.
    flags.switches.no_docker = true;
    flags
}

/// The exit code where a cluster cannot be started: what was asked for is at fault, or kaftop.
pub fn exit_code(error: &crate::app::DemoError) -> u8 {
    if error.is_usage() { EXIT_USAGE } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Command, parse};
    use super::*;

    fn prepared(line: &str) -> Result<Task, String> {
        let cli = parse(format!("kaftop demo {line}").split_whitespace()).map_err(|outcome| outcome.text)?;
        match cli.command {
            Some(Command::Demo(args)) => prepare(&args, &cli.global),
            other => Err(format!("{other:?}")),
        }
    }

    fn started(line: &str) -> (DemoOptions, Vec<String>) {
        match prepared(line) {
            Ok(Task::Start(options, warnings)) => (*options, warnings),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn every_scenario_is_listed_and_can_be_started() {
        let Ok(Task::Print(list)) = prepared("--list") else {
            panic!("a list");
        };
        insta::assert_snapshot!("demo_list", list);
        for scenario in BUILT_IN {
            assert!(list.contains(scenario.name), "{list}");
            let (options, warnings) = started(scenario.name);
            assert!(options.ip.is_loopback() && warnings.is_empty());
        }
        assert_eq!(started("").0.plan, started(DEFAULT).0.plan);
    }

    #[test]
    fn a_scenario_fits_on_as_few_brokers_as_its_steps_need() {
        for (line, replicas) in [
            ("quiet --brokers 1", (1, 1)),
            ("crash --brokers 2", (2, 1)),
            ("retention --brokers 1", (1, 1)),
            ("crash --brokers 5", (3, 2)),
        ] {
            let spec = started(line).0.plan.spec;
            assert_eq!(spec.check(), Ok(()), "{line}");
            for topic in &spec.topics {
                assert_eq!(
                    (topic.replication, topic.min_isr),
                    replicas,
                    "{line}: {}",
                    topic.name
                );
            }
        }
    }

    #[test]
    fn what_is_open_to_others_is_warned_of() {
        let (options, warnings) = started("--listen 0.0.0.0 --port 9092 --quiz --speed 10 --seed 3");
        assert_eq!(
            (
                options.first_port,
                options.quiz,
                options.speed_percent,
                options.seed
            ),
            (Some(9_092), true, 1_000, 3)
        );
        assert!(
            warnings.len() == 1 && warnings[0].contains("0.0.0.0"),
            "{warnings:?}"
        );
    }

    #[test]
    fn what_cannot_be_started_is_said_in_words() {
        let table = [
            ("craash", "the nearest valid name is \"crash\""),
            ("no/such.toml", "cannot read no/such.toml"),
            ("src", "not a regular file"),
            ("quorum-lost --mode zookeeper", "does not work in zookeeper mode"),
            ("zookeeper-lost --mode kraft", "does not work in kraft mode"),
            ("cut-off --brokers 2", "needs 3 brokers at least"),
            ("cut-off --brokers 1 --partitions 9", "a cluster of 1 is wished"),
            ("--brokers 4000000", "at most 1000"),
            ("--partitions 4000000000", "at most 1000000"),
            ("--groups 4000000000", "at most 20000"),
            ("-b a:1", "leave --bootstrap out"),
            ("--cluster prod", "leave --cluster out"),
            ("--check no.toml", "cannot read no.toml"),
        ];
        for (line, expected) in table {
            let said = match prepared(line) {
                Err(said) => said,
                Ok(task) => panic!("{line}: {task:?}"),
            };
            assert!(said.contains(expected), "{line}: {said}");
        }
    }

    #[test]
    fn what_is_printed_can_be_read_by_others() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let text = addresses(&[at(1), at(2)], &[at(3)]);
        assert_eq!(
            text,
            "bootstrap  127.0.0.1:1,127.0.0.1:2\nzookeeper  127.0.0.1:3\n\
             watch it   kaftop -b 127.0.0.1:1,127.0.0.1:2 --zookeeper 127.0.0.1:3\n"
        );
        assert_eq!(
            addresses(&[at(1)], &[]),
            "bootstrap  127.0.0.1:1\nwatch it   kaftop -b 127.0.0.1:1\n"
        );
        let of = |right, answered, all| score(Score { right, answered, all });
        assert_eq!(of(2, 3, 3), "quiz: 2 of 3 right\n");
        assert_eq!(of(1, 1, 3), "quiz: 1 of 3 right, 2 not answered\n");
    }
}

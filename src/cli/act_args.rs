//! The arguments of `act` and `heal`.

use clap::{Args, ValueEnum};

use crate::config::Address;
use crate::model::act::{Deed, Node, Scope, Verb};
use crate::model::ids::{BrokerId, PartitionId};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ActVerb {
    /// End a process in order, within its grace time.
    Stop,
    /// Start what has ended.
    Start,
    /// End a process in order and start it.
    Restart,
    /// End a process at once.
    Kill,
    /// Freeze a process.
    Pause,
    /// End a freeze.
    Resume,
    /// Cut a node off from its peers.
    Cut,
    /// Connect it again.
    Reconnect,
    /// Let preferred leaders be elected.
    Elect,
    /// Restart all brokers, one after the other.
    Roll,
}

/// The arguments of `act`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Act")]
pub struct ActArgs {
    /// What to do.
    #[arg(value_enum)]
    pub verb: ActVerb,

    /// On what: a broker's id, controller:ID, or zookeeper:HOST:PORT as --zookeeper has it, or zookeeper:N for the Nth of
    /// those; for elect all, TOPIC or TOPIC:PARTITION; for roll nothing, or all.
    pub target: Option<String>,

    /// How it is confirmed, and what is printed.
    #[command(flatten)]
    pub how: HowArgs,

    /// Why: it is written into the audit log.
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

/// The arguments of `heal`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Heal")]
pub struct HealArgs {
    /// How it is confirmed, and what is printed.
    #[command(flatten)]
    pub how: HowArgs,
}

/// How an act is confirmed, and what is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct HowArgs {
    /// Do it without asking, where nothing speaks against it.
    #[arg(long)]
    pub yes: bool,

    /// Do it without asking, where the node's id or the cluster's name must be typed: this is that word.
    #[arg(long, value_name = "WORD")]
    pub confirm: Option<String>,

    /// Print what it would come to, and do nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

impl ActArgs {
    /// What is to be done; an error is what is wrong with the arguments. `zookeepers` are the members that are watched.
    pub fn deed(&self, zookeepers: &[Address]) -> Result<Deed, String> {
        let verb = match self.verb {
            ActVerb::Stop => Verb::Stop,
            ActVerb::Start => Verb::Start,
            ActVerb::Restart => Verb::Restart,
            ActVerb::Kill => Verb::Kill,
            ActVerb::Pause => Verb::Pause,
            ActVerb::Resume => Verb::Resume,
            ActVerb::Cut => Verb::Cut,
            ActVerb::Reconnect => Verb::Reconnect,
            ActVerb::Elect => return scope(self.target.as_deref()).map(Deed::Elect),
            ActVerb::Roll => {
                return match self.target.as_deref() {
                    None | Some("all") => Ok(Deed::Roll),
                    Some(other) => Err(format!("roll restarts all brokers; leave {other:?} out")),
                };
            }
        };
        let target = self.target.as_deref().ok_or_else(|| {
            format!(
                "{} needs a target: a broker's id, controller:ID or zookeeper:HOST:PORT",
                verb.word()
            )
        })?;
        node(target, zookeepers).map(|node| Deed::Node(verb, node))
    }
}

fn node(text: &str, zookeepers: &[Address]) -> Result<Node, String> {
    let wrong =
        || format!("{text:?} names no node: write a broker's id, controller:ID or zookeeper:HOST:PORT");
    let id = |text: &str| {
        let id: i32 = text.parse().map_err(|_| wrong())?;
        if id < 0 { Err(wrong()) } else { Ok(BrokerId(id)) }
    };
    match text.split_once(':') {
        None => id(text).map(Node::Broker),
        Some(("broker", rest)) => id(rest).map(Node::Broker),
        Some(("controller", rest)) => id(rest).map(Node::Controller),
        Some(("zookeeper", rest)) => {
            let named: Vec<String> = zookeepers.iter().map(ToString::to_string).collect();
            let found = match rest.parse::<usize>() {
                Ok(place) => place.checked_sub(1).and_then(|place| named.get(place)),
                Err(_) => named.iter().find(|address| *address == rest),
            };
            let found = found.ok_or_else(|| {
                format!(
                    "{text:?} is none of the ZooKeepers that are watched ({}); name them with --zookeeper",
                    if named.is_empty() {
                        "none".to_owned()
                    } else {
                        named.join(", ")
                    }
                )
            })?;
            Ok(Node::ZooKeeper(found.as_str().into()))
        }
        Some(_) => Err(wrong()),
    }
}

/// Topic names have no colon (`Topic.validate`), so that one can part topic and partition.
fn scope(text: Option<&str>) -> Result<Scope, String> {
    let text = text.ok_or("elect needs a target: all, TOPIC or TOPIC:PARTITION")?;
    match text.split_once(':') {
        None if text == "all" => Ok(Scope::All),
        None => Ok(Scope::Topic(text.into())),
        Some((topic, number)) => {
            let partition = number.parse().ok().filter(|number| *number >= 0);
            let partition =
                partition.ok_or_else(|| format!("{number:?} is no number of a partition of {topic:?}"))?;
            Ok(Scope::Partition(PartitionId {
                topic: topic.into(),
                partition,
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Command, parse};
    use super::*;

    fn deed(line: &str) -> Result<String, String> {
        let cli = parse(format!("kaftop act {line}").split_whitespace()).map_err(|outcome| outcome.text)?;
        let zookeepers = ["zk-1", "zk-2"].map(|host| Address {
            host: host.to_owned(),
            port: 2181,
        });
        match cli.command {
            Some(Command::Act(args)) => args.deed(&zookeepers).map(|deed| deed.to_string()),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn targets_are_read() {
        let table = [
            ("stop 2", "stop broker 2"),
            ("kill broker:2", "kill broker 2"),
            ("pause controller:3001", "pause controller 3001"),
            ("cut zookeeper:2", "cut ZooKeeper zk-2:2181"),
            ("start zookeeper:zk-1:2181", "start ZooKeeper zk-1:2181"),
            ("elect all", "elect the preferred leaders of all partitions"),
            ("elect orders", "elect the preferred leaders of topic orders"),
            (
                "elect orders:3",
                "elect the preferred leaders of partition orders-3",
            ),
            ("roll", "restart all brokers, one after the other"),
            ("roll all --yes", "restart all brokers, one after the other"),
        ];
        for (line, expected) in table {
            assert_eq!(deed(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_no_target_is_said() {
        let table = [
            ("stop", "needs a target"),
            ("stop two", "names no node"),
            ("stop -- -1", "names no node"),
            ("stop kafka:2", "names no node"),
            ("stop zookeeper:3", "none of the ZooKeepers"),
            ("stop zookeeper:0", "none of the ZooKeepers"),
            ("stop zookeeper:zk-9:2181", "none of the ZooKeepers"),
            ("elect", "needs a target"),
            ("elect orders:x", "no number"),
            ("roll 2", "leave \"2\" out"),
            ("destroy 2", "invalid value"),
        ];
        for (line, part) in table {
            let said = deed(line).unwrap_err();
            assert!(said.contains(part), "{line}: {said}");
        }
    }
}

//! What an act does to the cluster, in words.

use std::time::Duration;

use crate::model::act::{Node, Verb};
use crate::model::broker::{Broker, Load};
use crate::model::cluster::Mode;
use crate::model::ids::BrokerId;
use crate::model::sighting::{Condition, Sighting};
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;

/// How long the cluster waits for a broker that fell silent, with Kafka's default settings: `broker.session.timeout.ms`, or
/// `zookeeper.session.timeout.ms`.
pub(super) fn session(mode: Option<Mode>) -> Duration {
    match mode {
        Some(Mode::Kraft) | None => Duration::from_secs(9),
        Some(Mode::ZooKeeper) => Duration::from_secs(18),
    }
}

pub(super) fn count(number: u32, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// What is done to the process itself.
pub(super) fn process(verb: Verb, node: &Node, sighting: &Sighting) -> String {
    let (shown, grace) = (&sighting.shown, sighting.grace);
    let frozen = sighting.condition == Condition::Paused;
    match verb {
        Verb::Stop | Verb::Restart if frozen => format!(
            "Ends {shown}, which is paused. Docker lets it go on, so that it ends in order; where the engine does not, or that takes longer than its grace time of {grace}, it is killed."
        ),
        Verb::Stop => {
            format!("Ends {shown} in order; what has not ended after its grace time of {grace} is killed.")
        }
        Verb::Restart => format!(
            "Ends {shown} in order; what has not ended after its grace time of {grace} is killed. Then starts it again."
        ),
        Verb::Start => format!("Starts {shown}."),
        Verb::Kill => format!("Ends {shown} at once (SIGKILL): nothing is handed over."),
        Verb::Pause => format!(
            "Freezes {shown}: its port still takes connections, nothing answers, and no heartbeat is sent."
        ),
        Verb::Resume => format!("Ends the freeze of {shown}."),
        Verb::Cut => format!("Cuts {node} ({shown}) off from its peers."),
        Verb::Reconnect => format!("Connects {shown} with its peers again, under the names that it had."),
    }
}

/// What a broker holds up while its peers wait for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Partitions that it leads and that no other replica in sync could lead that is up.
    heirless: u32,
    /// Partitions that have it in their ISR beside another that is up: their leader waits for it with every acks=all write.
    awaited: u32,
}

impl Held {
    pub(super) fn of(snapshot: &Snapshot, id: BrokerId) -> Self {
        let heir = |other: &BrokerId| *other != id && snapshot.broker(*other).is_some_and(Broker::is_up);
        let mut held = Self::default();
        for (_, partition) in snapshot.partitions() {
            let has_heir = partition.isr.iter().any(heir);
            held.heirless += u32::from(partition.leader == Some(id) && !has_heir);
            held.awaited += u32::from(partition.isr.contains(&id) && has_heir);
        }
        held
    }
}

/// What it means for the partitions of a broker.
pub(super) fn partitions(verb: Verb, mode: Option<Mode>, load: Option<Load>, held: Held) -> Vec<String> {
    let Some(Load {
        leaders, replicas, ..
    }) = load
    else {
        return vec!["How many partitions it leads is not known.".to_owned()];
    };
    if replicas == 0 {
        return vec!["It holds no partition.".to_owned()];
    }
    let Held { heirless, awaited } = held;
    let leaders = leaders.saturating_sub(heirless);
    let led = count(leaders, "partition");
    let (their, get) = if leaders == 1 {
        ("its leader", "gets another leader")
    } else {
        ("their leaders", "get other leaders")
    };
    let mut said = Vec::new();
    match verb {
        Verb::Stop | Verb::Restart if leaders > 0 => {
            said.push(format!("{led} that it leads {get} first."));
        }
        Verb::Kill | Verb::Pause | Verb::Cut => {
            let until = format!(
                "until its session ends: about {} with Kafka's defaults",
                Span::from(session(mode))
            );
            if leaders > 0 {
                let lose = if leaders == 1 { "loses" } else { "lose" };
                said.push(format!("{led} {lose} {their} {until}."));
            }
            if awaited > 0 {
                let (in_sync, until) = (
                    count(awaited, "partition"),
                    if leaders > 0 { "for as long" } else { &until },
                );
                let (have, their) = if awaited == 1 {
                    ("has", "its")
                } else {
                    ("have", "their")
                };
                said.push(format!(
                    "{in_sync} {have} it in {their} ISR: writes with acks=all to {} hang {until}.",
                    if awaited == 1 { "it" } else { "them" }
                ));
            }
        }
        _ => {}
    }
    if heirless > 0 && verb.is_harmful() {
        let (has, it, is) = if heirless == 1 {
            ("has", "it", "is")
        } else {
            ("have", "they", "are")
        };
        said.push(format!(
            "{} that it leads {has} no other replica in sync: {it} {is} offline until it is back.",
            count(heirless, "partition")
        ));
    }
    said.push(match verb {
        Verb::Stop | Verb::Kill | Verb::Pause | Verb::Cut => {
            format!("{} on one replica less until it is back.", run(replicas))
        }
        Verb::Restart => format!("{} on one replica less meanwhile.", run(replicas)),
        Verb::Start | Verb::Resume | Verb::Reconnect => format!(
            "It is done when the broker is back in every ISR: {}.",
            count(replicas, "replica")
        ),
    });
    if verb == Verb::Cut {
        said.push(
            "It does not notice: what it acknowledges with acks=1 meanwhile is lost when it is connected again."
                .to_owned(),
        );
    }
    let waits = matches!(verb, Verb::Start | Verb::Restart) && mode == Some(Mode::ZooKeeper);
    if waits {
        said.push(
            "Started before its old ZooKeeper session has ended it exits with NodeExistsException; it is then started again."
                .to_owned(),
        );
    }
    said
}

fn run(replicas: u32) -> String {
    let verb = if replicas == 1 { "runs" } else { "run" };
    format!("{} {verb}", count(replicas, "partition"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_wait_for_whoever_is_in_the_isr_also_where_it_leads_nothing() {
        let said = |verb, mode, leaders, awaited| {
            let load = Load {
                leaders,
                replicas: 253,
                ..Load::default()
            };
            let held = Held { heirless: 0, awaited };
            partitions(verb, Some(mode), Some(load), held).join(" ")
        };
        let less = " 253 partitions run on one replica less until it is back.";
        let until = "until its session ends: about 9s with Kafka's defaults.";
        let table = [
            (
                Mode::Kraft,
                0,
                203,
                format!(
                    "203 partitions have it in their ISR: writes with acks=all to them hang {until}{less}"
                ),
            ),
            (
                Mode::ZooKeeper,
                0,
                1,
                format!(
                    "1 partition has it in its ISR: writes with acks=all to it hang {}{less}",
                    until.replace('9', "18")
                ),
            ),
            (
                Mode::Kraft,
                2,
                203,
                format!(
                    "2 partitions lose their leaders {until} 203 partitions have it in their ISR: writes with acks=all to them hang for as long.{less}"
                ),
            ),
            (Mode::Kraft, 0, 0, less.trim_start().to_owned()),
        ];
        for (mode, leaders, awaited, words) in table {
            assert_eq!(said(Verb::Kill, mode, leaders, awaited), words);
            assert_eq!(said(Verb::Pause, mode, leaders, awaited), words);
        }
        // An orderly end leaves the ISR first.
        assert!(!said(Verb::Stop, Mode::Kraft, 2, 203).contains("acks=all"));
    }
}

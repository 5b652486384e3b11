//! What an act does to the cluster, in words.

use std::time::Duration;

use crate::model::act::{Node, Verb};
use crate::model::broker::Load;
use crate::model::cluster::Mode;
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
            "{shown} is paused. Docker lets it go on, so that it ends in order; where the engine does not, or that takes longer than its grace time of {grace}, it is killed."
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

/// What it means for the partitions of a broker, of which so many have nobody else to lead them.
pub(super) fn partitions(verb: Verb, snapshot: &Snapshot, load: Option<Load>, heirless: u32) -> Vec<String> {
    let Some(Load {
        leaders, replicas, ..
    }) = load
    else {
        return vec!["How many partitions it leads is not known.".to_owned()];
    };
    if replicas == 0 {
        return vec!["It holds no partition.".to_owned()];
    }
    let mode = snapshot.cluster.mode;
    let session = Span::from(session(mode));
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
        Verb::Kill | Verb::Pause | Verb::Cut if leaders > 0 => said.push(format!(
            "{led} {} {their} until its session ends: about {session} with Kafka's defaults, and acks=all stalls for as long.",
            if leaders == 1 { "loses" } else { "lose" }
        )),
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

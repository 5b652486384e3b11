//! What the containers of brokers that are down say of why, in words.

use super::faults::Faults;
use crate::model::broker::Broker;
use crate::model::container::{Container, ContainerState};
use crate::model::fleet::{Hosted, Node};
use crate::model::ids::BrokerId;

/// How the containers of brokers ended, where an engine tells: of one with name and moment, of several together.
pub(super) fn ended(faults: &Faults<'_>, down: &[&Broker]) -> Option<String> {
    let stopped = |broker: &&Broker| faults.snapshot.fleet.stopped(&Node::Broker(broker.id));
    if let [one] = down {
        let dropped = if one.listing.listed == Some(true) {
            ", and the cluster has not dropped it yet"
        } else {
            ""
        };
        let how = end_of(faults, &Node::Broker(one.id))?;
        return Some(format!("{how}{dropped}"));
    }
    let all: Vec<&Container> = down.iter().filter_map(stopped).collect();
    let oom = all.iter().filter(|container| container.life.oom_killed).count();
    let killed = if oom > 0 {
        format!(" ({oom} out of memory)")
    } else {
        String::new()
    };
    let count = if all.len() == down.len() {
        "their".to_owned()
    } else {
        format!("{} of their", all.len())
    };
    (!all.is_empty()).then(|| format!("{count} containers have stopped{killed}"))
}

/// How the container of one node ended, or that it does again and again; none where it runs, or is not known.
pub(super) fn end_of(faults: &Faults<'_>, node: &Node) -> Option<String> {
    let stopped = faults.snapshot.fleet.stopped(node).map(how_it_ended);
    stopped
        .or_else(|| again_and_again(faults, node))
        .or_else(|| frozen(faults, node).map(|container| format!("container {} is paused", container.name)))
        .or_else(|| just_started(faults, node))
}

/// The container of a node that is frozen, as far as the engine still tells.
pub(super) fn frozen<'a>(faults: &Faults<'a>, node: &Node) -> Option<&'a Container> {
    let container = faults.snapshot.fleet.of(node)?.current()?;
    (container.life.state == ContainerState::Paused).then_some(container)
}

/// `container kafka-1 was started 4s ago`, of one whose node may need that long to join.
pub(super) fn just_started(faults: &Faults<'_>, node: &Node) -> Option<String> {
    let container = faults.snapshot.fleet.of(node)?.current()?;
    let age = container.life.started_lately(faults.snapshot.now())?;
    Some(format!("container {} was started {age} ago", container.name))
}

/// What gives nodes back: `Start`, or `Resume` where all of them are frozen.
pub(super) fn remedy(faults: &Faults<'_>, nodes: &[Node]) -> &'static str {
    if !nodes.is_empty() && nodes.iter().all(|node| frozen(faults, node).is_some()) {
        "Resume"
    } else {
        "Start"
    }
}

/// `container kafka-1 ends and is started again, 7 times so far`: how a container does that its engine restarts; none where it
/// runs.
fn again_and_again(faults: &Faults<'_>, node: &Node) -> Option<String> {
    let hosted = restarting(faults, node)?;
    let container = hosted.current()?;
    let times = match container.life.restarts {
        0 | 1 => String::new(),
        many => format!(", {many} times so far"),
    };
    let why = match hosted.is_out_of_memory(faults.snapshot.now()) {
        Some(true) => "; processes in it are killed for want of memory",
        _ => "",
    };
    Some(format!(
        "container {} ends and is started again{times}{why}",
        container.name
    ))
}

/// The container of a broker that its engine starts again and again.
fn restarting<'a>(faults: &Faults<'a>, node: &Node) -> Option<&'a Hosted> {
    let hosted = faults.snapshot.fleet.of(node)?;
    hosted
        .current()?
        .life
        .is_restarting(faults.snapshot.now())
        .then_some(hosted)
}

/// What to do about the container of a broker that is gone; none where that is not known to be the reason.
pub(super) fn container_step(faults: &Faults<'_>, id: BrokerId) -> Option<String> {
    let node = Node::Broker(id);
    if let Some(hosted) = restarting(faults, &node) {
        let container = hosted.current()?;
        let first = if hosted.is_out_of_memory(faults.snapshot.now()) == Some(true) {
            more_memory(container)
        } else {
            format!(
                "Read in the log of container {} why it ends, and mend that",
                container.name
            )
        };
        return Some(format!("{first}: until then it ends each time."));
    }
    if let Some(container) = frozen(faults, &node) {
        return Some(format!(
            "Resume broker {id}: container {} is paused; stop no other before every replica is in sync again.",
            container.name
        ));
    }
    if let Some(started) = just_started(faults, &node) {
        return Some(format!(
            "Wait for broker {id} to join: {started}; if it does not, read its log."
        ));
    }
    let container = faults.snapshot.fleet.stopped(&node)?;
    let first = if container.life.oom_killed {
        more_memory(container)
    } else {
        format!("Read the last log of container {}", container.name)
    };
    Some(format!(
        "{first}, and start it; stop no other before every replica is in sync again."
    ))
}

fn more_memory(container: &Container) -> String {
    format!(
        "Give container {} more memory, or its JVM a smaller heap",
        container.name
    )
}

/// `container exited 137 at 14:02:11Z, killed for want of memory`.
fn how_it_ended(container: &Container) -> String {
    let life = &container.life;
    let when = match (life.state, life.finished) {
        (ContainerState::Exited { .. } | ContainerState::Dead, Some(at)) => format!(" at {}", at.clock()),
        _ => String::new(),
    };
    let what = match life.state {
        ContainerState::Created => "container was never started".to_owned(),
        ContainerState::Removed => "container was removed".to_owned(),
        state => format!("container {state}"),
    };
    let why = match (life.oom_killed, &life.error) {
        (true, _) => ", killed for want of memory".to_owned(),
        (false, Some(error)) => format!(" ({error})"),
        (false, None) => String::new(),
    };
    format!("{what}{when}{why}")
}

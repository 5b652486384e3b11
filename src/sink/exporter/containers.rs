//! Metrics of the containers that run the cluster's nodes, where an engine tells of them.

use crate::model::container::{Container, ContainerState};
use crate::model::fleet::Hosted;
use crate::model::snapshot::Snapshot;

use super::text::{Text, count, label, truth};

/// A container that is read, with its labels.
struct Read<'a> {
    hosted: &'a Hosted,
    container: &'a Container,
    name: String,
    node: String,
}

impl Read<'_> {
    fn labels(&self) -> [(&'static str, &str); 2] {
        [("container", &self.name), ("node", &self.node)]
    }
}

/// Writes them.
pub(super) fn write(text: &mut Text, snapshot: &Snapshot) {
    let read = read(snapshot);
    let mut states = text.gauge(
        "kaftop_container_state",
        "1 for what the container of the node does, in the engine's word.",
    );
    for one in &read {
        states.states(
            &one.labels(),
            &ContainerState::WORDS,
            one.container.life.state.word(),
        );
    }
    let mut restarts = text.counter(
        "kaftop_container_restarts_total",
        "Times that the engine started the container again by its restart policy, as the engine counts.",
    );
    for one in &read {
        restarts.sample(&one.labels(), count(one.container.life.restarts));
    }
    let mut starved = text.gauge(
        "kaftop_container_out_of_memory",
        "1 when the kernel killed a process in it for want of memory in the last 10 minutes, or so that it stopped.",
    );
    for one in &read {
        let is = one.hosted.is_out_of_memory(snapshot.now());
        starved.known(&one.labels(), is.map(truth));
    }
    let used = |one: &Read<'_>| {
        let usage = &one.hosted.usage;
        usage.value().filter(|_| usage.failing().is_none()).copied()
    };
    let mut memory = text.gauge(
        "kaftop_container_memory_bytes",
        "Memory in use, without the page cache that can be dropped.",
    );
    for one in &read {
        memory.known(&one.labels(), used(one).and_then(|used| used.memory).map(count));
    }
    let mut limit = text.gauge(
        "kaftop_container_memory_limit_bytes",
        "Memory that the container may use; the machine's where it has no limit.",
    );
    for one in &read {
        limit.known(
            &one.labels(),
            used(one).and_then(|used| used.memory_limit).map(count),
        );
    }
    let mut cpus = text.gauge("kaftop_container_cpus", "Processors in use by the container.");
    for one in &read {
        cpus.known(&one.labels(), used(one).and_then(|used| used.cpus));
    }
}

/// The containers that run nodes and are read now, by name.
fn read(snapshot: &Snapshot) -> Vec<Read<'_>> {
    let fleet = &snapshot.fleet;
    let read = fleet.hosts().into_iter().filter_map(|(id, nodes)| {
        let nodes: Vec<String> = nodes.iter().map(|node| label(&node.to_string().into())).collect();
        let hosted = fleet.containers.get(id)?;
        let container = hosted.current()?;
        Some(Read {
            hosted,
            container,
            name: label(&container.name),
            node: nodes.join(" and "),
        })
    });
    let mut read: Vec<Read<'_>> = read.collect();
    read.sort_by(|a, b| a.name.cmp(&b.name));
    // An engine has no two of one name; a page with two of one name would be no page.
    read.dedup_by(|a, b| a.name == b.name);
    read
}

//! The containers that run the cluster's nodes: the engine, each node's container, and on what evidence it is that one.

use crate::model::container::{Container, ContainerHealth, ContainerState, Flow, Usage};
use crate::model::fleet::{Fleet, Hosted, Match, Node};
use crate::model::ids::BrokerId;
use crate::model::text::printable;
use crate::model::time::Span;
use crate::ui::canvas::Strip;
use crate::ui::scene::{Scene, none, unknown};
use crate::ui::text;
use crate::ui::theme::Role;

/// How old a container's use of the machine may be: three rounds of 3 s.
const USAGE_PATIENCE: Span = Span::seconds(10);

/// Whether any broker's container is known, so that a column of them is worth its place.
pub fn any(scene: &Scene) -> bool {
    let matches = &scene.snapshot().fleet.matches;
    matches.keys().any(|node| matches!(node, Node::Broker(_)))
}

/// A broker's cell: what its container does and since when, its health, how often the engine has started it again; with
/// processors and memory where they have no columns of their own.
pub fn cell(scene: &Scene, id: BrokerId, with_usage: bool) -> Strip {
    let fleet = &scene.snapshot().fleet;
    match fleet.matches.get(&Node::Broker(id)) {
        Some(Match::One(..)) => {}
        Some(Match::Several(all)) => return Strip::of(format!("? {} fit", all.len()), Role::Warn),
        Some(Match::Missing(_) | Match::Shared(..)) => return Strip::of("? not settled", Role::Warn),
        None => return none(),
    }
    let Some(hosted) = fleet.of_broker(id) else {
        return unknown();
    };
    let old = hosted.container.failing().is_some();
    let Some(container) = hosted.container.value() else {
        return unknown();
    };
    let mut strip = told(scene, container, true);
    let usage = hosted.usage.fresh_value(scene.now(), USAGE_PATIENCE);
    if let Some(usage) = usage.filter(|_| with_usage) {
        let shown = brief(usage);
        if !shown.is_empty() {
            strip.push(format!(" {shown}"), Role::Dim);
        }
    }
    if old { strip.recast(Role::Stale) } else { strip }
}

/// `running 3h5m`, `exited 137 8s, out of memory`.
pub fn state(scene: &Scene, container: &Container) -> Strip {
    told(scene, container, false)
}

/// The state, and where asked for how often the engine has started it again: before its health, which is the first to be cut
/// off.
fn told(scene: &Scene, container: &Container, with_restarts: bool) -> Strip {
    let life = &container.life;
    let (role, since) = match life.state {
        ContainerState::Running => (Role::Text, life.started),
        ContainerState::Paused | ContainerState::Restarting | ContainerState::Removing => (Role::Warn, None),
        ContainerState::Created | ContainerState::Removed => (Role::Bad, None),
        ContainerState::Exited { .. } | ContainerState::Dead => (Role::Bad, life.finished),
    };
    let mut strip = Strip::of(life.state.to_string(), role);
    if let Some(at) = since {
        strip.push(format!(" {}", scene.age(at)), role);
    }
    if life.oom_killed && life.state.is_stopped() {
        strip.push(" out of memory", Role::Bad);
    }
    if with_restarts && life.restarts > 0 {
        strip.push(format!(", {}", restarts(container)), Role::Warn);
    }
    match life.health {
        ContainerHealth::Unhealthy if !life.state.is_stopped() => strip.push(" unhealthy", Role::Bad),
        ContainerHealth::Starting if !life.state.is_stopped() => strip.push(" starting", Role::Warn),
        _ => {}
    }
    strip
}

/// `1 restart`: how often the engine has started it again.
fn restarts(container: &Container) -> String {
    text::plural(
        usize::try_from(container.life.restarts).unwrap_or(usize::MAX),
        "restart",
    )
}

/// What a broker's container uses, each in a cell of its own: processors, memory, network and disks.
pub fn usage_cells(scene: &Scene, id: BrokerId) -> [Strip; 4] {
    let hosted = scene.snapshot().fleet.of_broker(id);
    let runs = |hosted: &&Hosted| {
        let container = hosted.container.value();
        container.is_some_and(|container| !container.life.state.is_stopped())
    };
    let Some(hosted) = hosted.filter(runs) else {
        return std::array::from_fn(|_| none());
    };
    let usage = &hosted.usage;
    let role = match usage.fresh_value(scene.now(), USAGE_PATIENCE) {
        Some(_) => Role::Text,
        None => Role::Stale,
    };
    let of = |write: &dyn Fn(&Usage) -> Option<String>| {
        let words = usage.value().and_then(write);
        words.map_or_else(unknown, |words| Strip::of(words, role))
    };
    let flow = |flow: Flow| {
        Some(format!(
            "{}/{}",
            rate_bytes(flow.inward?),
            rate_bytes(flow.outward?)
        ))
    };
    [
        of(&|usage| Some(format!("{:.0}%", usage.cpus? * 100.0))),
        of(&|usage| {
            let limit = usage.memory_limit;
            let limit = limit.map_or_else(String::new, |limit| format!("/{}", text::bytes(limit)));
            Some(format!("{}{limit}", text::bytes(usage.memory?)))
        }),
        of(&|usage| flow(usage.network)),
        of(&|usage| flow(usage.disk)),
    ]
}

/// `331M of 1G`.
fn memory(usage: &Usage) -> Option<String> {
    let limit = usage
        .memory_limit
        .map_or_else(String::new, |limit| format!(" of {}", text::bytes(limit)));
    Some(format!("{}{limit}", text::bytes(usage.memory?)))
}

/// `7% 331M`: processors and memory.
fn brief(usage: &Usage) -> String {
    let cpus = usage.cpus.map(|cpus| format!("{:.0}%", cpus * 100.0));
    let memory = usage.memory.map(text::bytes);
    cpus.into_iter().chain(memory).collect::<Vec<_>>().join(" ")
}

/// Why a node has no container; that it is not settled which one it has needs eyes.
fn none_of(fleet: &Fleet, node: &Node) -> Option<(String, Role)> {
    let why = fleet.why_none(node)?;
    let unsettled = fleet.matches.contains_key(node);
    Some((why, if unsettled { Role::Warn } else { Role::Dim }))
}

/// Everything that is known of a node's container, a line each.
pub fn of_node(scene: &Scene, node: &Node) -> Vec<(String, Role)> {
    let fleet = &scene.snapshot().fleet;
    if let Some((why, role)) = none_of(fleet, node) {
        let mut lines = vec![(format!("{node}: {why}"), role)];
        if let Some(Match::Several(all)) = fleet.matches.get(node) {
            for (id, evidence) in all {
                let name = fleet
                    .containers
                    .get(id)
                    .and_then(|hosted| hosted.container.value());
                let name = name.map_or_else(|| id.to_string(), |container| container.name.to_string());
                lines.push((format!("{name}: {}", listed(evidence)), Role::Dim));
            }
        }
        return lines;
    }
    let Some(hosted) = fleet.of(node) else {
        return vec![];
    };
    let mut lines = Vec::new();
    match hosted.container.value() {
        Some(container) => lines.extend(known(scene, node, container, hosted)),
        None => lines.push((format!("{node}: its container was not read yet"), Role::Unknown)),
    }
    if let Some(failing) = hosted.container.failing() {
        lines.push((
            format!("not read for {}: {}", scene.age(failing.since), failing.why),
            Role::Warn,
        ));
    }
    if let Some(Match::One(_, evidence)) = fleet.matches.get(node) {
        lines.push((format!("taken for it because {}", listed(evidence)), Role::Dim));
    }
    lines
}

fn known(scene: &Scene, node: &Node, container: &Container, hosted: &Hosted) -> Vec<(String, Role)> {
    let life = &container.life;
    let restarts = if life.restarts > 0 {
        format!(", {} by the engine", restarts(container))
    } else {
        String::new()
    };
    let error = life
        .error
        .as_ref()
        .map_or_else(String::new, |error| format!(" ({error})"));
    let first = format!(
        "{node}: {} {}{restarts}{error}",
        container.name,
        state(scene, container).plain()
    );
    let role = if life.state.is_stopped() {
        Role::Bad
    } else {
        Role::Text
    };
    let mut lines = vec![(first, role)];
    if let Some(usage) = hosted.usage.value() {
        let age = hosted.usage.age(scene.now()).filter(|age| *age > USAGE_PATIENCE);
        let age = age.map_or_else(String::new, |age| format!(" ({} ago)", scene.span(age)));
        lines.push((
            format!("{}{age}", full(usage)),
            if age.is_empty() { Role::Text } else { Role::Stale },
        ));
    }
    lines
}

/// What the detail of a broker says of its container, each fact short enough for a column.
pub fn facts(scene: &Scene, node: &Node) -> Vec<(&'static str, Strip)> {
    let fleet = &scene.snapshot().fleet;
    if let Some((why, role)) = none_of(fleet, node) {
        return vec![("container", Strip::of(printable(&why).into_owned(), role))];
    }
    let Some(hosted) = fleet.of(node) else {
        return Vec::new();
    };
    let Some(container) = hosted.container.value() else {
        return vec![("container", unknown())];
    };
    let mut facts = vec![("container", Strip::of(container.name.to_string(), Role::Text))];
    let mut does = state(scene, container);
    if container.life.restarts > 0 {
        does.push(format!(", {}", restarts(container)), Role::Warn);
    }
    if let Some(failing) = hosted.container.failing() {
        let age = format!(", not read for {}", scene.age(failing.since));
        does = does.recast(Role::Stale).and(age, Role::Warn);
    }
    facts.push(("does", does));
    if container.life.state.is_stopped() {
        return facts;
    }
    let used = |write: &dyn Fn(&Usage) -> Option<String>| {
        scene.reading(&hosted.usage, USAGE_PATIENCE, |usage| {
            write(usage).map_or_else(unknown, |words| Strip::of(words, Role::Text))
        })
    };
    facts.extend([
        (
            "processors",
            used(&|usage| Some(format!("{:.2} in use", usage.cpus?))),
        ),
        ("memory", used(&memory)),
        ("network", used(&|usage| both(usage.network, "in", "out"))),
        ("disk I/O", used(&|usage| both(usage.disk, "read", "written"))),
    ]);
    facts
}

/// `12K/s in 4K/s out`.
fn both(flow: Flow, inward: &str, outward: &str) -> Option<String> {
    let side = |rate: Option<f64>, word: &str| rate.map(|rate| format!("{}/s {word}", rate_bytes(rate)));
    let sides: Vec<String> = side(flow.inward, inward)
        .into_iter()
        .chain(side(flow.outward, outward))
        .collect();
    (!sides.is_empty()).then(|| sides.join(" "))
}

/// On what evidence a container is taken for a node's; nothing where none is.
pub fn evidence(scene: &Scene, node: &Node) -> Vec<Strip> {
    match scene.snapshot().fleet.matches.get(node) {
        Some(Match::One(_, evidence)) => {
            let lines = evidence
                .iter()
                .map(|one| printable(&one.to_string()).into_owned());
            lines.map(|line| Strip::of(line, Role::Dim)).collect()
        }
        _ => Vec::new(),
    }
}

fn full(usage: &Usage) -> String {
    let mut parts = Vec::new();
    if let Some(cpus) = usage.cpus {
        parts.push(format!("{cpus:.2} CPUs"));
    }
    parts.extend(memory(usage).map(|memory| format!("memory {memory}")));
    parts.extend(flow("network", usage.network, "in", "out"));
    parts.extend(flow("disk", usage.disk, "read", "written"));
    parts.join(", ")
}

fn flow(what: &str, flow: Flow, inward: &str, outward: &str) -> Option<String> {
    Some(format!("{what} {}", both(flow, inward, outward)?))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate of bytes is not negative, and beyond 2^64 it may saturate"
)]
fn rate_bytes(rate: f64) -> String {
    text::bytes(rate.max(0.0) as u64)
}

fn listed(evidence: &[crate::model::fleet::Evidence]) -> String {
    evidence
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// The engine and the container of every node, where an engine is looked for.
pub fn lines(scene: &Scene) -> Vec<(String, Role)> {
    let snapshot = scene.snapshot();
    let fleet: &Fleet = &snapshot.fleet;
    let Some(engine) = &fleet.engine else {
        return vec![];
    };
    let Some(report) = engine.value() else {
        let why = engine.failing().map(|failing| failing.why.to_string());
        return vec![(
            why.unwrap_or_else(|| "The container engine is looked for.".to_owned()),
            Role::Dim,
        )];
    };
    let mut lines = vec![(
        format!("{} at {}: {}", report.version, report.address, report.why),
        if fleet.answers() { Role::Text } else { Role::Stale },
    )];
    let brokers = snapshot.brokers.keys().map(|id| Node::Broker(*id));
    let members = snapshot
        .ensemble
        .members
        .iter()
        .map(|member| Node::ZooKeeper(member.address.clone()));
    let mut nodes: Vec<Node> = brokers.chain(members).collect();
    nodes.extend(
        fleet
            .matches
            .keys()
            .filter(|node| matches!(node, Node::Controller(_)))
            .cloned(),
    );
    for node in nodes {
        lines.extend(of_node(scene, &node));
    }
    lines
        .into_iter()
        .map(|(words, role)| (printable(&words).into_owned(), role))
        .collect()
}

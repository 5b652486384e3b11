//! A scenario laid over a cluster: what is started, and what is done to it when.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::form::{Ending, Scenario};
use crate::config::{Period, Problem, Sourced, advice, quoted};
use crate::model::cluster::Mode;
use crate::model::story::Lesson;
use crate::sim::world::{
    Act, ClusterSpec, Controllers, FIRST_CONTROLLER, MOST_BROKERS, MOST_GROUPS, MOST_PARTITIONS, Node,
    SimTime, SpecError, TopicSpec, World,
};

/// The partitions and groups of a cluster of which only another size was wished.
const PARTITIONS: u32 = 200;
const GROUPS: u32 = 8;
/// What one partition with three replicas, and one group, take about, in bytes; to be told with a size that is refused.
const PARTITION_BYTES: u64 = 490;
const GROUP_BYTES: u64 = 4_000;

/// What is wished of the cluster; what is unset is as in the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// What keeps the metadata.
    pub mode: Option<Mode>,
    /// How many brokers.
    pub brokers: Option<u32>,
    /// How many partitions.
    pub partitions: Option<u32>,
    /// How many groups.
    pub groups: Option<u32>,
}

/// A scenario that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// A few words for the header.
    pub title: String,
    /// What is seen from outside, without the cause.
    pub situation: String,
    /// The cluster.
    pub spec: ClusterSpec,
    /// What is done, in order.
    pub steps: Vec<PlannedStep>,
    /// What there is to learn.
    pub lesson: Arc<Lesson>,
    /// What follows the last step.
    pub ending: Ending,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedStep {
    /// When, since the beginning.
    pub at: Duration,
    /// What is done, with its line; nothing where something is only told.
    pub act: Option<Sourced<Act>>,
    /// What is told of it.
    pub note: Option<String>,
}

/// Why a scenario cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Another mode is wished than the scenario works in.
    #[error("this scenario is about a cluster in {needs} mode, and does not work in {wished} mode", needs = .needs.word(), wished = .wished.word())]
    Mode {
        /// What the scenario works in.
        needs: Mode,
        /// What is wished.
        wished: Mode,
    },
    /// Steps ask for what the cluster does not have or cannot do; a line each.
    #[error("{}", lines(.0))]
    Missing(Vec<Problem>),
    /// The steps name a broker that the wished cluster does not have.
    #[error(
        "this scenario needs {needs} brokers at least, and a cluster of {wished} is wished; --list names others, and \"quiet\" takes any number"
    )]
    Brokers {
        /// How many the steps need.
        needs: u32,
        /// How many are wished.
        wished: u32,
    },
    /// Such a cluster cannot be simulated.
    #[error("such a cluster cannot be simulated: {0}")]
    Spec(#[from] SpecError),
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

impl Plan {
    /// Goes through the steps on the model, as far as `limit` of simulated time: what could not be done at its time.
    ///
    /// # Errors
    /// The first step that the cluster does not take, such as the start of a broker that runs.
    pub fn rehearse(&self, limit: Duration) -> Result<(), PlanError> {
        let mut world = World::new(&self.spec, 1, 0)?;
        for step in self.steps.iter().take_while(|step| step.at <= limit) {
            world.advance(SimTime::default() + step.at);
            let Some(act) = &step.act else { continue };
            if let Err(error) = world.act(&act.value) {
                let words = format!("at {} this cannot be done: {error}", Period(step.at));
                let problem = Problem::new(act.origin.clone(), "step", &words);
                return Err(PlanError::Missing(vec![problem]));
            }
        }
        Ok(())
    }
}

impl Scenario {
    /// Lays the scenario over a cluster as it is wished.
    ///
    /// # Errors
    /// The scenario does not work on such a cluster, or such a cluster cannot be simulated.
    pub fn plan(&self, wishes: Wishes) -> Result<Plan, PlanError> {
        let needs = self.needs_brokers();
        if let Some(wished) = wishes.brokers.filter(|wished| (1..needs).contains(wished)) {
            return Err(PlanError::Brokers { needs, wished });
        }
        let spec = self.spec(wishes)?;
        let mut problems = Vec::new();
        for fault in spec.faults() {
            problems.push(self.located(&fault, wishes).ok_or(fault)?);
        }
        let mut survey = Survey::of(&spec);
        problems.extend(
            self.steps
                .iter()
                .filter_map(|step| survey.take(step.act.as_ref()?)),
        );
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(PlanError::Missing(problems));
        }
        Ok(Plan {
            title: self.title.clone(),
            situation: self.situation.clone(),
            spec,
            steps: self
                .steps
                .iter()
                .map(|step| PlannedStep {
                    at: step.at,
                    act: step.act.clone(),
                    note: step.note.clone(),
                })
                .collect(),
            lesson: Arc::clone(&self.lesson),
            ending: self.ending,
        })
    }

    /// How many brokers the steps need at least.
    fn needs_brokers(&self) -> u32 {
        let acts = self
            .steps
            .iter()
            .filter_map(|step| Some(&step.act.as_ref()?.value));
        let ids = acts.filter_map(|act| match node_of(act)? {
            Node::Broker(id) => u32::try_from(id).ok(),
            Node::Controller(_) | Node::ZooKeeper(_) => None,
        });
        ids.max().unwrap_or(1)
    }

    /// A fault of what the file says, with its line; none of what was wished, or is in no line.
    fn located(&self, error: &SpecError, wishes: Wishes) -> Option<Problem> {
        let form = &self.cluster;
        let (what, why) = match error {
            SpecError::Wrong { what, why } => (what, why),
            SpecError::TooLarge { what, .. } => {
                let size = &form.size;
                let (said, key) = match *what {
                    "brokers" if wishes.brokers.is_none() => (&size.brokers, "cluster.brokers"),
                    "partitions" if wishes.partitions.is_none() => (&size.partitions, "cluster.partitions"),
                    "groups" if wishes.groups.is_none() => (&size.groups, "cluster.groups"),
                    _ => return None,
                };
                let largest = form.topics.iter().max_by_key(|topic| topic.value.partitions);
                let (origin, key) = match (said, largest) {
                    (Some(said), _) => (&said.origin, key),
                    (None, Some(topic)) if *what == "partitions" => (&topic.origin, "topics.partitions"),
                    _ => return None,
                };
                return Some(Problem::new(origin.clone(), key, &error.to_string()));
            }
        };
        let topics = form
            .topics
            .iter()
            .map(|topic| (&topic.origin, "topics", format!("topic `{}`", topic.value.name)));
        let groups = form
            .groups
            .iter()
            .map(|group| (&group.origin, "groups", format!("group `{}`", group.value.name)));
        let mut named = topics.chain(groups).filter(|(_, _, name)| name == what);
        let (origin, key, name) = named.next()?;
        Some(Problem::new(origin.clone(), key, &format!("{name}: {why}")))
    }

    fn spec(&self, wishes: Wishes) -> Result<ClusterSpec, PlanError> {
        let said = |size: &Option<Sourced<u32>>| size.as_ref().map(|size| size.value);
        let form = &self.cluster;
        let needs = form.mode.as_ref().map(|mode| mode.value);
        if let (Some(needs), Some(wished)) = (needs, wishes.mode)
            && needs != wished
        {
            return Err(PlanError::Mode { needs, wished });
        }
        let mode = wishes.mode.or(needs).unwrap_or(Mode::Kraft);
        let brokers = wishes.brokers.or(said(&form.size.brokers));
        let partitions = wishes.partitions.or(said(&form.size.partitions));
        let groups = wishes.groups.or(said(&form.size.groups));
        refuse_absurd(brokers, partitions, groups).map_err(|error| match self.located(&error, wishes) {
            Some(problem) => PlanError::Missing(vec![problem]),
            None => error.into(),
        })?;
        let mut spec = if partitions.is_some() || groups.is_some() {
            ClusterSpec::sized(
                mode,
                brokers.unwrap_or(3),
                partitions.unwrap_or(PARTITIONS),
                groups.unwrap_or(GROUPS),
            )
        } else if form.size.bare {
            ClusterSpec::bare(mode, brokers.unwrap_or(3))
        } else {
            let guide = ClusterSpec::guide(mode);
            let brokers = brokers.unwrap_or(guide.brokers);
            let mut spec = ClusterSpec {
                brokers,
                controllers: ClusterSpec::bare(mode, brokers).controllers,
                ..guide
            };
            shrink(&mut spec.topics, brokers);
            spec
        };
        spec.release = form.release.unwrap_or(spec.release);
        if let Some(count) = form.controllers {
            spec.controllers = Controllers::Separate { count };
        }
        if mode == Mode::ZooKeeper {
            spec.zookeepers = form.zookeepers.unwrap_or(spec.zookeepers);
        }
        if let Some(racks) = &form.racks {
            spec.racks.clone_from(racks);
        }
        spec.timing.replica_lag = form.replica_lag.unwrap_or(spec.timing.replica_lag);
        spec.election.unclean = form.elections.unclean.unwrap_or(spec.election.unclean);
        spec.election.auto_rebalance = form
            .elections
            .auto_rebalance
            .unwrap_or(spec.election.auto_rebalance);
        replace(&mut spec.topics, &form.topics, |topic| &topic.name);
        replace(&mut spec.groups, &form.groups, |group| &group.name);
        if let Some(wished) = wishes.brokers {
            // The file counted on more.
            shrink(&mut spec.topics, wished);
        }
        Ok(spec)
    }
}

/// Refuses sizes that are far above what can be simulated before anything of that size is made.
fn refuse_absurd(
    brokers: Option<u32>,
    partitions: Option<u32>,
    groups: Option<u32>,
) -> Result<(), SpecError> {
    let sizes = [
        ("brokers", brokers, u64::from(MOST_BROKERS), 0),
        ("partitions", partitions, MOST_PARTITIONS, PARTITION_BYTES),
        ("groups", groups, MOST_GROUPS, GROUP_BYTES),
    ];
    for (what, asked, limit, bytes) in sizes {
        let asked = u64::from(asked.unwrap_or_default());
        if asked > limit {
            // Brokers cost by their pairs.
            let memory = asked.saturating_mul(if bytes == 0 { asked } else { bytes });
            return Err(SpecError::TooLarge {
                what,
                asked,
                limit,
                memory_mib: memory / (1024 * 1024),
            });
        }
    }
    Ok(())
}

/// Fits replicas to so many brokers, with one to spare where there are two or more. An assignment says for itself whom it needs.
fn shrink(topics: &mut [TopicSpec], brokers: u32) {
    for topic in topics {
        if topic.replication > brokers && brokers > 0 && topic.assignment.is_none() {
            topic.replication = brokers;
            topic.min_isr = topic.min_isr.min(brokers.saturating_sub(1)).max(1);
        }
    }
}

/// The node that something is done to.
fn node_of(act: &Act) -> Option<Node> {
    match act {
        Act::Stop(node)
        | Act::Start(node)
        | Act::Kill(node)
        | Act::Pause(node)
        | Act::Resume(node)
        | Act::Cut(node)
        | Act::Heal(node)
        | Act::Hide(node)
        | Act::Show(node)
        | Act::HangDisk(node)
        | Act::FreeDisk(node) => Some(*node),
        Act::Slow { broker, .. } => Some(Node::Broker(*broker)),
        Act::CreateTopic(_)
        | Act::DeleteTopic(_)
        | Act::SetRate { .. }
        | Act::Behave { .. }
        | Act::ElectPreferred => None,
    }
}

/// Puts each of the new ones in the place of that of the same name, or behind all.
fn replace<T: Clone>(all: &mut Vec<T>, new: &[Sourced<T>], name: impl Fn(&T) -> &String) {
    for one in new {
        match all.iter_mut().find(|old| name(old) == name(&one.value)) {
            Some(old) => *old = one.value.clone(),
            None => all.push(one.value.clone()),
        }
    }
}

/// What the cluster has while the steps are gone through in their order.
struct Survey {
    nodes: Vec<Node>,
    topics: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Survey {
    fn of(spec: &ClusterSpec) -> Self {
        let ids = |count: u32, first: i32| (first..).take(usize::try_from(count).unwrap_or_default());
        let mut nodes: Vec<Node> = ids(spec.brokers, 1).map(Node::Broker).collect();
        if spec.mode == Mode::ZooKeeper {
            nodes.extend(ids(spec.zookeepers, 1).map(Node::ZooKeeper));
        } else {
            let (count, first) = match spec.controllers {
                Controllers::Combined { voters } => (voters, 1),
                Controllers::Separate { count } => (count, FIRST_CONTROLLER),
            };
            nodes.extend(ids(count, first).map(Node::Controller));
        }
        Self {
            nodes,
            topics: spec.topics.iter().map(|topic| topic.name.clone()).collect(),
            groups: spec.groups.iter().map(|group| group.name.clone()).collect(),
        }
    }

    /// What an act asks for that is not there, if something is.
    fn take(&mut self, act: &Sourced<Act>) -> Option<Problem> {
        let fault = |key: &str, words: String| Some(Problem::new(act.origin.clone(), key, &words));
        if let Some(node) = node_of(&act.value) {
            return fault("step.node", self.no_node(node)?);
        }
        match &act.value {
            Act::CreateTopic(TopicSpec { name, .. }) if !self.topics.insert(name.clone()) => {
                fault("step.topic", format!("there is a topic {} already", quoted(name)))
            }
            Act::DeleteTopic(name) if !self.topics.remove(name) => {
                fault("step.topic", nothing("topic", name, &self.topics))
            }
            Act::SetRate { topic, .. } if !self.topics.contains(topic) => {
                fault("step.topic", nothing("topic", topic, &self.topics))
            }
            Act::Behave { group, .. } if !self.groups.contains(group) => {
                fault("step.group", nothing("group", group, &self.groups))
            }
            _ => None,
        }
    }

    fn no_node(&self, node: Node) -> Option<String> {
        if self.nodes.contains(&node) {
            return None;
        }
        let kind = |other: &&Node| std::mem::discriminant(*other) == std::mem::discriminant(&node);
        let alike: Vec<Node> = self.nodes.iter().filter(kind).copied().collect();
        if let (Some(first), Some(last)) = (alike.first(), alike.last()) {
            let nearest = if id(node) < id(*first) { first } else { last };
            return Some(format!(
                "there is no {node}: the cluster has {}s {} to {}; the nearest is {}",
                kind_word(node),
                id(*first),
                id(*last),
                quoted(&in_files(*nearest))
            ));
        }
        let (words, mode) = match node {
            Node::ZooKeeper(_) => ("ZooKeeper", "KRaft"),
            _ => ("controllers of its own", "ZooKeeper"),
        };
        Some(format!(
            "there is no {node}: a cluster in {mode} mode has no {words}"
        ))
    }
}

fn id(node: Node) -> i32 {
    match node {
        Node::Broker(id) | Node::Controller(id) | Node::ZooKeeper(id) => id,
    }
}

fn kind_word(node: Node) -> &'static str {
    match node {
        Node::Broker(_) => "broker",
        Node::Controller(_) => "controller",
        Node::ZooKeeper(_) => "ZooKeeper",
    }
}

/// A node as files name it.
fn in_files(node: Node) -> String {
    node.to_string().replace(' ', ":")
}

fn nothing(what: &str, name: &str, there: &BTreeSet<String>) -> String {
    let names: Vec<&str> = there.iter().map(String::as_str).collect();
    // A large cluster has too many to name them all.
    let hint = if names.len() > 20 {
        let near = advice(name, what, &names);
        if near.len() > 200 {
            format!("the cluster has {} of them", names.len())
        } else {
            near
        }
    } else {
        advice(name, what, &names)
    };
    format!("there is no {what} {}; {hint}", quoted(name))
}

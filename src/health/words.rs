//! The verdict's sentences. Plain words, each complete by itself, safe to print.

use crate::model::broker::{Broker, BrokerState};
use crate::model::failure::FailureKind;
use crate::model::fleet::Node;
use crate::model::ids::BrokerId;
use crate::model::time::{Since, Span};

use super::Cause;
use super::container_words::{end_of, ended};
use super::council::Council;
use super::faults::{Faults, failure_of, in_state};
use super::group_trouble::Worst;
use super::restless::{flapping, lagging};

/// `Broker 1`, `Brokers 1 and 2`, `Brokers 1, 2 and 3`.
fn brokers(ids: &[BrokerId]) -> String {
    let noun = if ids.len() == 1 { "Broker" } else { "Brokers" };
    format!("{noun} {}", list(ids))
}

pub(super) fn list<T: std::fmt::Display>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(ToString::to_string).collect();
            format!("{} and {last}", most.join(", "))
        }
    }
}

pub(super) fn ids(of: &[&Broker]) -> Vec<BrokerId> {
    of.iter().map(|broker| broker.id).collect()
}

fn verb<T>(items: &[T], one: &'static str, many: &'static str) -> &'static str {
    if items.len() == 1 { one } else { many }
}

/// `1 partition`, `162 partitions`.
pub(super) fn partitions(count: u32) -> String {
    format!("{count} partition{}", if count == 1 { "" } else { "s" })
}

/// `All 162 partitions` or `54 of 162 partitions`.
fn share(count: u32, total: u32) -> String {
    if count == total {
        format!("All {}", partitions(total))
    } else {
        format!("{count} of {}", partitions(total))
    }
}

/// What and why.
pub(super) fn sentence(faults: &Faults<'_>) -> String {
    if faults.nothing_yet() {
        return "Nothing read yet: connecting.".to_owned();
    }
    if let Some(why) = faults.unread {
        let council = council(faults).filter(|_| matches!(faults.council, Council::MajorityLost { .. }));
        let unread = unread(faults, why.detail());
        return council.map_or(unread.clone(), |council| format!("{unread} {council}"));
    }
    let mut parts: Vec<String> = Vec::new();
    // Without a majority nothing heals: that stands before what follows from it.
    let council = council(faults);
    let root = matches!(faults.council, Council::MajorityLost { .. });
    parts.extend(council.clone().filter(|_| root));
    parts.extend(absent(faults));
    parts.extend(apart(faults));
    parts.extend(effect(faults));
    parts.extend(lagging(faults));
    parts.extend(council.filter(|_| !root));
    let untried = faults.untried();
    if untried > 0 {
        let brokers = if untried == 1 { "broker" } else { "brokers" };
        parts.push(format!("Waiting for the first answer of {untried} {brokers}."));
    }
    if parts.is_empty() {
        let worst = Worst::of(faults.snapshot, faults.groups);
        let (first, last) = match worst {
            Some(worst) if worst.loses() => (Some(worst.sentence()), None),
            worst => (None, worst.map(|worst| worst.sentence())),
        };
        let all = [first, Some(healthy(faults)), flapping(faults.snapshot), last];
        all.into_iter().flatten().collect::<Vec<_>>().join(" ")
    } else {
        parts.join(" ")
    }
}

fn unread(faults: &Faults<'_>, detail: &str) -> String {
    let known = faults.snapshot.brokers.len();
    if known == 0 {
        return format!("No bootstrap address answers: {detail}.");
    }
    let age = faults.snapshot.metadata.read.age(faults.snapshot.now());
    let shown = age.map_or_else(String::new, |age| format!(" What is shown is {age} old."));
    if faults.all_refuse() {
        format!("No broker runs: all {known} refuse connections.{shown}")
    } else {
        format!("None of {known} brokers answers: all of them hang, or the network from here is cut.{shown}")
    }
}

fn absent(faults: &Faults<'_>) -> Vec<String> {
    let now = faults.snapshot.now();
    let mut parts = Vec::new();
    let down = in_state(&faults.absent, BrokerState::Down);
    if !down.is_empty() {
        let how = down
            .first()
            .and_then(|broker| failure_of(broker))
            .map_or("", |why| match why.kind {
                FailureKind::Refused if down.len() == 1 => ": its port refuses connections",
                FailureKind::Timeout if down.len() == 1 => ": it does not answer, and the cluster dropped it",
                _ => "",
            });
        let how = match ended(faults, &down) {
            Some(ended) => format!(": {ended}"),
            None => how.to_owned(),
        };
        parts.push(format!(
            "{} {} down{how}.",
            brokers(&ids(&down)),
            verb(&down, "is", "are")
        ));
    }
    let unreachable = in_state(&faults.absent, BrokerState::Unreachable);
    let (alive, silent): (Vec<&Broker>, Vec<&Broker>) =
        unreachable.into_iter().partition(|broker| broker.replicates);
    if !silent.is_empty() {
        let refused = silent
            .iter()
            .all(|broker| failure_of(broker).is_some_and(|why| why.kind == FailureKind::Refused));
        let how = if refused {
            verb(&silent, "refuses connections", "refuse connections")
        } else {
            verb(&silent, "does not answer", "do not answer")
        };
        let why = match silent.as_slice() {
            [one] => end_of(faults, &Node::Broker(one.id)),
            _ => None,
        };
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let listed = verb(&silent, "it", "them");
        parts.push(format!(
            "{} {how}{why}, and the cluster has not dropped {listed} yet.",
            brokers(&ids(&silent))
        ));
    }
    if !alive.is_empty() {
        let it = verb(&alive, "it", "them");
        parts.push(format!(
            "{} cannot be reached from here, but the cluster still works with {it}: look at the network from here.",
            brokers(&ids(&alive))
        ));
    }
    for broker in in_state(&faults.absent, BrokerState::CutOff) {
        // One look alone cannot tell for how long; the second from which on it is known says nothing.
        let age = broker.since.at().age(now);
        let when = match broker.since {
            Since::AtLeast(_) if age < Span::seconds(1) => String::new(),
            since => format!(" {} ago", since.lasting(now)),
        };
        parts.push(format!(
            "Broker {} answers clients but its peers dropped it{when}: anything it acknowledges with acks=1 is at risk.",
            broker.id
        ));
    }
    parts
}

/// Brokers that answer us and that the controllers no longer hear of.
fn apart(faults: &Faults<'_>) -> Option<String> {
    let ids = &faults.apart;
    (!ids.is_empty()).then(|| {
        format!(
            "{} {} us, but the controllers have not heard of {} for some seconds: the network to {} peers may be cut.",
            brokers(ids),
            verb(ids, "answers", "answer"),
            verb(ids, "it", "them"),
            verb(ids, "its", "their")
        )
    })
}

fn effect(faults: &Faults<'_>) -> Option<String> {
    let tallies = faults.tallies();
    let total = tallies.total;
    let nothing = faults.survey.short == 0 && tallies.offline == 0 && tallies.stalled == 0;
    if total == 0 || nothing {
        return None;
    }
    let mut parts = Vec::new();
    if tallies.offline > 0 {
        parts.push(format!("{} offline.", be(tallies.offline, total)));
    }
    if faults.refusing() > 0 {
        parts.push(format!(
            "{} writes: too few replicas in sync.",
            refuse(faults.refusing(), total)
        ));
    }
    // That nothing can be written to a partition without a leader is said by "offline".
    if tallies.stalled > faults.survey.leaderless {
        parts.push(format!(
            "Writes hang on {}.",
            share(tallies.stalled, total).replace("All", "all")
        ));
    }
    if parts.is_empty() {
        parts.push(run_short(faults));
    }
    Some(parts.join(" "))
}

fn be(count: u32, total: u32) -> String {
    format!(
        "{} {}",
        share(count, total),
        if count == 1 { "is" } else { "are" }
    )
}

fn refuse(count: u32, total: u32) -> String {
    format!(
        "{} {}",
        share(count, total),
        if count == 1 { "refuses" } else { "refuse" }
    )
}

fn run_short(faults: &Faults<'_>) -> String {
    let (survey, total) = (faults.survey, faults.tallies().total);
    let count = survey.short;
    let run = if count == 1 { "runs" } else { "run" };
    match (survey.short_of, survey.in_sync) {
        (Some((least, most)), Some((few, many))) if least == most && few == many => {
            format!("{} {run} on {few} of {most} replicas.", share(count, total))
        }
        _ => format!("{} {run} short of replicas.", share(count, total)),
    }
}

fn council(faults: &Faults<'_>) -> Option<String> {
    let kraft = faults.snapshot.cluster.mode == Some(crate::model::cluster::Mode::Kraft);
    match faults.council {
        Council::Whole { .. } => None,
        Council::NotRead => kraft.then(|| "The controller quorum is not read yet.".to_owned()),
        Council::NoAnswer { why, .. } if why.kind == FailureKind::Denied => Some(
            "This client may not ask for the controller quorum: whether a failing broker would be replaced is not known."
                .to_owned(),
        ),
        Council::NoAnswer { since, .. } => {
            let age = since.age(faults.snapshot.now());
            let how_long = if age < Span::seconds(1) {
                "No controller answers".to_owned()
            } else {
                format!("No controller has answered for {age}")
            };
            Some(format!(
                "{how_long}: whether a failing broker would be replaced is not known."
            ))
        }
        Council::MinorityLost { lost, voters } => {
            let last = if faults.council.has_no_spare() {
                "; one more loss ends failover"
            } else {
                ""
            };
            let told = |cause: &Cause| faults.is_absent(cause) || faults.apart.iter().any(|id| cause.is_node(*id));
            let alone: Vec<&Cause> = lost.iter().filter(|cause| !told(cause)).collect();
            if alone.is_empty() {
                return None;
            }
            let (what, verb) = members(&alone, kraft);
            let ended = match alone.as_slice() {
                [Cause::ZooKeeper(address)] => end_of(faults, &Node::ZooKeeper(address.clone())),
                [Cause::Controller(id)] => end_of(faults, &Node::Controller(*id)),
                _ => None,
            };
            let verb = match (faults.joins(), ended) {
                (Some(_), _) => "answers and has not joined the others".to_owned(),
                (None, Some(how)) => format!("is down: {how}"),
                (None, None) => verb.to_owned(),
            };
            Some(format!(
                "{what} {verb} ({} of {voters} left{last}).",
                voters - lost.len()
            ))
        }
        Council::MajorityLost { lost, voters } => {
            let left = voters - lost.len();
            Some(if kraft {
                format!(
                    "The controller quorum lost its majority ({left} of {voters} left): no leader is elected and no broker is dropped."
                )
            } else if left > voters / 2 {
                format!(
                    "{left} of {voters} ZooKeepers answer and have no leader: until they elect one a broker that fails is not replaced."
                )
            } else {
                let (what, _) = members(&lost.iter().collect::<Vec<_>>(), kraft);
                format!(
                    "{what} {} lost ({left} of {voters} left): running without failover, a broker that fails now is not replaced.",
                    verb(lost, "is", "are")
                )
            })
        }
    }
}

fn members(lost: &[&Cause], kraft: bool) -> (String, &'static str) {
    let names: Vec<String> = lost.iter().map(|cause| cause.bare()).collect();
    let noun = match (kraft, names.len()) {
        (true, 1) => "Controller",
        (true, _) => "Controllers",
        (false, 1) => "ZooKeeper",
        (false, _) => "ZooKeepers",
    };
    let verb = match (kraft, names.len()) {
        (true, 1) => "no longer follows the quorum",
        (true, _) => "no longer follow the quorum",
        (false, 1) => "does not serve",
        (false, _) => "do not serve",
    };
    (format!("{noun} {}", list(&names)), verb)
}

fn healthy(faults: &Faults<'_>) -> String {
    let brokers = faults.snapshot.brokers.values();
    let (up, all) = (
        brokers.clone().filter(|broker| broker.is_up()).count(),
        brokers.count(),
    );
    let total = faults.tallies().total;
    let replicas = match faults.survey.replicas {
        Some((least, most)) if least == most => format!(" on {most} of {most} replicas"),
        Some(_) => ", all replicas in sync".to_owned(),
        None => String::new(),
    };
    format!("{up} of {all} brokers, {}{replicas}.", partitions(total))
}

impl Faults<'_> {
    fn is_absent(&self, cause: &Cause) -> bool {
        self.absent
            .iter()
            .any(|broker| *cause == Cause::Broker(broker.id))
    }

    /// Partitions that refuse acks=all by configuration: more min ISR than replicas, on releases that do not cap it.
    pub(super) fn always_refusing(&self) -> u32 {
        self.survey.always_refusing
    }
}

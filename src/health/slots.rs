//! The slots beside the sentence: writes, next loss, safe to stop, next step.

use crate::model::broker::BrokerState;
use crate::model::failure::FailureKind;
use crate::model::fleet::Node;
use crate::model::history::{History, STEP};
use crate::model::ids::BrokerId;
use crate::model::time::Span;

use super::container_words::{container_step, remedy};
use super::council::Council;
use super::faults::{Faults, in_state};
use super::group_trouble::Worst;
use super::restless::{election_step, lagging_step};
use super::stop::next_loss;
use super::words::{ids, list, partitions};
use super::{Cause, Level, Writes};

/// The writes slot.
pub(super) fn writes(faults: &Faults<'_>, writes: Writes) -> String {
    let tallies = faults.tallies();
    let total = tallies.total;
    let thin_refuse = faults.always_refusing();
    match writes {
        Writes::Unknown => "not known".to_owned(),
        Writes::Ok if thin_refuse > 0 => {
            format!(
                "none refused but {}, with fewer replicas than min ISR",
                partitions(thin_refuse)
            )
        }
        Writes::Ok => none_refused(faults),
        Writes::Refused if tallies.stalled > 0 => {
            format!(
                "refused on {}, stalled on {} of {total}",
                faults.refusing(),
                tallies.stalled
            )
        }
        Writes::Refused => format!("refused on {} of {total}", faults.refusing()),
        Writes::Stalled => format!("stalled on {} of {total}", tallies.stalled),
    }
}

/// That nothing is refused, and what may all the same go wrong with writes.
fn none_refused(faults: &Faults<'_>) -> String {
    let cut = ids(&in_state(&faults.absent, BrokerState::CutOff));
    if !cut.is_empty() {
        let noun = if cut.len() == 1 { "broker" } else { "brokers" };
        return format!("none refused; those sent to {noun} {} hang", list(&cut));
    }
    match quiet(&faults.snapshot.history) {
        Some(span) => format!("none refused, but nothing was written for {span}"),
        None => "none refused".to_owned(),
    }
}

/// For how long no record has come in although they came before, for up to a minute. Nobody may have written any; or what is
/// written hangs, and nothing tells it yet.
#[expect(clippy::cast_precision_loss, reason = "a mean for a threshold")]
fn quiet(history: &History) -> Option<Span> {
    /// Steps without a record that are no mere pause, and steps before them that are no mere burst.
    const LEAST: usize = 2;
    /// The steps before that are looked at, and steps without a record with which quiet is no news any more.
    const MOST: usize = 12;
    let samples: Vec<Option<f32>> = history.cluster.records_in.iter().collect();
    let still = samples
        .iter()
        .rev()
        .take_while(|sample| **sample == Some(0.0))
        .count();
    let came = samples.len() - still;
    let before = samples.get(came.saturating_sub(MOST)..came)?;
    if !(LEAST..=MOST).contains(&still) || before.len() < LEAST {
        return None;
    }
    let sum = before.iter().copied().sum::<Option<f32>>()?;
    let flowed = sum / before.len() as f32 >= 1.0;
    flowed.then(|| Span(STEP.0.saturating_mul(still as u64)))
}

/// The next-loss slot.
pub(super) fn next_loss_words(faults: &Faults<'_>) -> String {
    if faults.nothing_yet() || faults.unread.is_some() {
        return "not known".to_owned();
    }
    if faults.survey.min_isr_unread > 0 {
        return "not known: min ISR is not read".to_owned();
    }
    let loss = next_loss(faults.snapshot, faults.survey);
    let min_isr = loss
        .min_isr
        .map_or_else(String::new, |min| format!(" (min ISR {min})"));
    let mut parts = Vec::new();
    if loss.offline > 0 {
        parts.push(format!("{} offline", partitions(loss.offline)));
    }
    if loss.refuse > 0 {
        let verb = if loss.refuse == 1 { "refuses" } else { "refuse" };
        parts.push(format!("{} {verb} writes{min_isr}", partitions(loss.refuse)));
    }
    match faults.council {
        Council::MajorityLost { .. } => parts.push("no failover".to_owned()),
        _ if faults.council.has_no_spare() => parts.push(no_failover(faults).to_owned()),
        _ => {}
    }
    if parts.is_empty() {
        let already = faults.writes() != Writes::Ok;
        return if already {
            "nothing more".to_owned()
        } else {
            "none refused".to_owned()
        };
    }
    parts.join(", ")
}

/// What the loss of one more of those who keep the metadata would do.
fn no_failover(faults: &Faults<'_>) -> &'static str {
    if faults.snapshot.ensemble.members.is_empty() {
        "no failover if a voter"
    } else {
        "no failover if a ZooKeeper"
    }
}

/// The safe-to-stop slot.
pub(super) fn safe(safe: Option<&[BrokerId]>, up: usize) -> String {
    match safe {
        None => "not known".to_owned(),
        Some([]) => "no broker".to_owned(),
        Some(ids) if ids.len() == up => "any one broker".to_owned(),
        Some([one]) => format!("broker {one}"),
        Some(ids) => format!("one of brokers {}", list(ids)),
    }
}

/// The next step.
pub(super) fn next_step(faults: &Faults<'_>, level: Level) -> String {
    if faults.nothing_yet() {
        return "Wait for the first answer.".to_owned();
    }
    if faults.unread.is_some() {
        return if faults.all_refuse() {
            "Check that the brokers run and that the address is right; then read their last logs and start them."
        } else {
            "Check the network from here to the brokers; then whether their processes hang."
        }
        .to_owned();
    }
    if let Some(step) = absent_step(faults) {
        return step;
    }
    if !faults.apart.is_empty() {
        let noun = if faults.apart.len() == 1 {
            "broker"
        } else {
            "brokers"
        };
        return format!(
            "Look at the network between {noun} {} and the others, and stop no other broker.",
            list(&faults.apart)
        );
    }
    match faults.council {
        Council::MajorityLost { lost, voters } if voters - lost.len() > voters / 2 => {
            return "Wait for the ZooKeepers to elect a leader; if they do not, look at the network between them."
                .to_owned();
        }
        Council::MajorityLost { lost, .. } | Council::MinorityLost { lost, .. } => {
            if let Some(address) = faults.joins() {
                return format!(
                    "Wait for ZooKeeper {address} to join the others; if it does not, look at its network and its log."
                );
            }
            let names: Vec<String> = lost.iter().map(Cause::bare).collect();
            let nouns = keepers(faults, names.len());
            let them = list(&names);
            let nodes: Vec<Node> = lost.iter().map(Cause::node).collect();
            let start = remedy(faults, &nodes);
            return if faults.council.elects() == Some(true) {
                format!("{start} {nouns} {them} first of all.")
            } else {
                format!("{start} {nouns} {them}; restart no broker before.")
            };
        }
        Council::NoAnswer { why, .. } if why.kind == FailureKind::Denied => {
            return "Allow this client Describe on the cluster; or ask Kafka's own tools for the quorum with more rights."
                .to_owned();
        }
        Council::NoAnswer { .. } => {
            return "Look at the controllers' logs and at the network to them; restart no broker before."
                .to_owned();
        }
        Council::Whole { .. } | Council::NotRead => {}
    }
    if let Some(step) = lagging_step(faults) {
        return step;
    }
    let worst = Worst::of(faults.snapshot, faults.groups);
    match level {
        Level::Ok => worst
            .map(|worst| worst.next_step())
            .or_else(|| election_step(faults.snapshot))
            .unwrap_or_else(|| "Nothing to do.".to_owned()),
        Level::Unknown => {
            "Wait for the first answers; if none come, check what this client may read.".to_owned()
        }
        Level::Degraded | Level::Critical => match worst.filter(Worst::loses) {
            Some(worst) => worst.next_step(),
            None => "Open the partitions at risk and start the brokers of their replicas.".to_owned(),
        },
    }
}

/// The word for those who keep the metadata.
fn keepers(faults: &Faults<'_>, count: usize) -> &'static str {
    match (faults.snapshot.ensemble.members.is_empty(), count) {
        (true, 1) => "controller",
        (true, _) => "controllers",
        (false, 1) => "ZooKeeper",
        (false, _) => "ZooKeepers",
    }
}

fn absent_step(faults: &Faults<'_>) -> Option<String> {
    if let Council::MajorityLost { lost, .. } = faults.council
        && !faults.absent.is_empty()
    {
        let ids: Vec<BrokerId> = faults.absent.iter().map(|broker| broker.id).collect();
        let noun = if ids.len() == 1 { "broker" } else { "brokers" };
        let brokers = format!("{noun} {}", list(&ids));
        // A broker cannot come back while there is nobody to take it back.
        let first = lost
            .iter()
            .filter(|cause| !matches!(cause, Cause::Broker(_)))
            .map(Cause::bare);
        let first: Vec<String> = first.collect();
        let absent: Vec<Node> = ids.iter().map(|id| Node::Broker(*id)).collect();
        let start = remedy(faults, &absent);
        return Some(if first.is_empty() {
            format!("{start} {brokers}: without a majority nothing heals by itself.")
        } else {
            let nodes: Vec<Node> = lost.iter().map(Cause::node).collect();
            format!(
                "{} {} {} first, then {} {brokers}: without a majority nothing heals by itself.",
                remedy(faults, &nodes),
                keepers(faults, first.len()),
                list(&first),
                start.to_lowercase()
            )
        });
    }
    let cut = in_state(&faults.absent, BrokerState::CutOff);
    if let Some(broker) = cut.first() {
        return Some(format!(
            "Keep acks=1 writers away from broker {0}, and restore the network to its peers: then it rejoins by itself.",
            broker.id
        ));
    }
    if let [one] = faults.absent.as_slice()
        && let Some(step) = container_step(faults, one.id)
    {
        return Some(step);
    }
    let down = in_state(&faults.absent, BrokerState::Down);
    if !down.is_empty() {
        let noun = if down.len() == 1 { "broker" } else { "brokers" };
        let its = if down.len() == 1 {
            "its last log"
        } else {
            "their last logs"
        };
        return Some(format!(
            "Read {its} and start {noun} {}; stop no other before every replica is in sync again.",
            list(&ids(&down))
        ));
    }
    let broker = faults.absent.first()?;
    Some(if broker.replicates {
        format!(
            "Check the route from here to broker {}; the cluster itself works.",
            broker.id
        )
    } else {
        format!(
            "Look at broker {}: is its process paused or hung, its disk full, its network cut? The cluster drops it when its session ends.",
            broker.id
        )
    })
}

//! What each word of the vocabulary is worth: known, known to be nothing, or unknown.

use super::expr::Fact;
use super::memory::Watched;
use super::scene::{Scene, Trouble};
use super::word::Word;
use crate::health::{Council, Writes};
use crate::model::broker::{Answers, Broker, BrokerState};
use crate::model::cluster::{Controller, Mode};
use crate::model::group::{Group, LagAge};
use crate::model::ids::PartitionId;
use crate::model::reading::Face;
use crate::model::time::Span;
use crate::model::topic::Topic;

/// Shrinks are counted over so many minutes.
const MINUTES: f64 = 5.0;
/// Groups are read so often at least, while their coordinator answers.
const GROUPS_WITHIN: Span = Span::seconds(60);
/// Disks are read so often at least, while their broker answers.
const DISKS_WITHIN: Span = Span::seconds(300);

/// A text that is written in the program.
fn fixed(text: &'static str) -> Fact<'static> {
    Fact::Text(text.into())
}

pub(super) fn seconds(span: Span) -> Fact<'static> {
    Fact::Number(span.as_seconds())
}

/// A share in percent.
fn percent(part: f64, whole: f64) -> Fact<'static> {
    if whole > 0.0 {
        Fact::Number(part / whole * 100.0)
    } else {
        Fact::Nothing
    }
}

/// What a word about the cluster is worth.
pub(super) fn cluster<'a>(scene: &Scene<'a>, word: Word) -> Fact<'a> {
    let snapshot = scene.snapshot;
    if word == Word::ClusterUnreadFor {
        return unread_for(scene);
    }
    if word == Word::ClusterController {
        return match snapshot.cluster.controller {
            Controller::Known(_) => fixed("known"),
            Controller::None { .. } => fixed("none"),
            Controller::NoAnswer { .. } if scene.read => fixed("no_answer"),
            // While no broker answers at all, that none of them names a controller says nothing.
            Controller::NoAnswer { .. } | Controller::Unknown => Fact::Unknown,
        };
    }
    if !scene.read {
        return Fact::Unknown;
    }
    let tallies = &scene.health.survey.tallies;
    let churn = &snapshot.churn.total;
    let holders = || snapshot.brokers.values().filter(|broker| broker.holds_replicas());
    match word {
        Word::ClusterBrokers => Fact::count(holders().count()),
        Word::ClusterBrokersOnline => {
            // One of which nothing is known yet would make the count a guess.
            if holders().any(|broker| broker.state.is_none()) {
                return Fact::Unknown;
            }
            Fact::count(holders().filter(|broker| broker.is_up()).count())
        }
        Word::ClusterTopics => Fact::count(snapshot.topics.len()),
        Word::ClusterPartitions => Fact::count(tallies.total),
        Word::ClusterOffline => Fact::count(tallies.offline),
        Word::ClusterUnderReplicated => Fact::count(scene.health.survey.short),
        Word::ClusterUnderMinIsr => Fact::count(tallies.under_min_isr),
        Word::ClusterAtMinIsr => Fact::count(tallies.at_min_isr),
        Word::ClusterRefused => Fact::count(scene.refused),
        Word::ClusterStalled => Fact::count(tallies.stalled),
        Word::ClusterWrites => fixed(match scene.health.verdict.writes {
            Writes::Ok => "ok",
            Writes::Stalled => "stalled",
            Writes::Refused => "refused",
            Writes::Unknown => "unknown",
        }),
        Word::ClusterNextLoss => {
            if scene.health.survey.min_isr_unread > 0 {
                return Fact::Unknown;
            }
            let up = snapshot.brokers.values().filter(|broker| broker.is_up());
            let losses = up.filter_map(|broker| scene.health.survey.if_lost.get(&broker.id));
            Fact::count(losses.map(|loss| loss.refuse + loss.offline).max().unwrap_or(0))
        }
        Word::ClusterNotPreferredShare => percent(f64::from(tallies.not_preferred), f64::from(tallies.total)),
        Word::ClusterShrinksPerMinute => Fact::Number(f64::from(churn.shrinks.five) / MINUTES),
        Word::ClusterWorstShrinks => {
            let worst = scene.troubles.values().map(|trouble| trouble.worst_shrinks);
            Fact::count(worst.max().unwrap_or(0))
        }
        Word::ClusterLeaderChangesPerMinute => Fact::Number(f64::from(churn.leader_changes.five) / MINUTES),
        Word::ClusterDisputed => Fact::count(snapshot.metadata.disputed),
        _ => Fact::Unknown,
    }
}

/// For how long no broker has told of the partitions. Where every one refuses, that is known and no blindness.
fn unread_for(scene: &Scene<'_>) -> Fact<'static> {
    let read = &scene.snapshot.metadata.read;
    let times = scene.snapshot.times;
    match read.face(scene.now, times.patience) {
        Face::Fresh => Fact::Number(0.0),
        Face::Failed if scene.read => Fact::Number(0.0),
        _ => {
            let since = read.last().map_or(times.watching_since, |last| last.at);
            seconds(since.age(scene.now))
        }
    }
}

/// What a word about those who elect is worth.
pub(super) fn quorum<'a>(scene: &Scene<'a>, word: Word) -> Fact<'a> {
    if word == Word::QuorumKind {
        return match scene.snapshot.cluster.mode {
            Some(Mode::Kraft) => fixed("kraft"),
            Some(Mode::ZooKeeper) => fixed("zookeeper"),
            None => Fact::Unknown,
        };
    }
    let (state, lost, voters) = match scene.council() {
        Council::Whole { voters } => ("whole", 0, *voters),
        Council::MinorityLost { lost, voters } => ("minority_lost", lost.len(), *voters),
        Council::MajorityLost { lost, voters } => ("majority_lost", lost.len(), *voters),
        Council::NoAnswer { .. } if word == Word::QuorumState => return fixed("no_answer"),
        Council::NoAnswer { .. } | Council::NotRead => return Fact::Unknown,
    };
    match word {
        Word::QuorumState => fixed(state),
        Word::QuorumVoters => Fact::count(voters),
        Word::QuorumLost => Fact::count(lost),
        Word::QuorumSpare => Fact::count((voters - lost.min(voters)).saturating_sub(voters / 2 + 1)),
        Word::QuorumMembers => {
            let names: Vec<String> = scene.council().lost().iter().map(ToString::to_string).collect();
            Fact::Text(names.join(", ").into())
        }
        _ => Fact::Unknown,
    }
}

/// What a word about a broker is worth.
pub(super) fn broker<'a>(scene: &Scene<'a>, broker: &'a Broker, word: Word) -> Fact<'a> {
    let endpoint = broker.endpoint.as_ref();
    let load = |count: fn(&crate::model::broker::Load) -> u32| match &broker.load {
        Some(load) if scene.read => Fact::count(count(load)),
        _ => Fact::Unknown,
    };
    match word {
        Word::BrokerId => Fact::Number(f64::from(broker.id.0)),
        Word::BrokerHost => endpoint.map_or(Fact::Nothing, |at| Fact::Text(at.host.raw().into())),
        Word::BrokerPort => endpoint.map_or(Fact::Nothing, |at| Fact::count(at.port)),
        Word::BrokerRack => broker
            .rack
            .as_ref()
            .map_or(Fact::Nothing, |rack| Fact::Text(rack.raw().into())),
        Word::BrokerState => state(scene, broker).map_or(Fact::Unknown, |state| fixed(state.word())),
        Word::BrokerOnline => {
            state(scene, broker).map_or(Fact::Unknown, |state| Fact::yes(state == BrokerState::Up))
        }
        Word::BrokerReplicates => Fact::yes(broker.replicates),
        Word::BrokerSilentFor => match &broker.answers {
            Answers::Untried => Fact::Unknown,
            Answers::Yes { .. } => Fact::Number(0.0),
            Answers::No { since, .. } => seconds(since.age(scene.now)),
        },
        Word::BrokerReplicas => load(|load| load.replicas),
        Word::BrokerInSync => load(|load| load.in_sync),
        Word::BrokerLeaders => load(|load| load.leaders),
        Word::BrokerDiskUsed | Word::BrokerDiskUsable => disk(scene, broker, word),
        Word::BrokerRoundTrip => match &broker.answers {
            Answers::Yes { round_trip, .. } => {
                Fact::maybe(round_trip.map(|round_trip| round_trip.as_secs_f64()))
            }
            Answers::No { .. } | Answers::Untried => Fact::Unknown,
        },
        _ => Fact::Unknown,
    }
}

/// The state of a broker, as far as it is known: while nobody at all answers, silence tells nothing of a single one.
fn state(scene: &Scene<'_>, broker: &Broker) -> Option<BrokerState> {
    let answers = broker.answers.known() == Some(true);
    broker.state.filter(|_| scene.read || answers)
}

#[expect(clippy::cast_precision_loss, reason = "shown and compared as a share")]
fn disk(scene: &Scene<'_>, broker: &Broker, word: Word) -> Fact<'static> {
    let Some(dirs) = broker.log_dirs.fresh_value(scene.now, DISKS_WITHIN) else {
        return Fact::Unknown;
    };
    // Brokers before log directories told of their volumes (KIP-827) have no such number.
    let (Some(total), Some(usable)) = (dirs.total, dirs.usable) else {
        return Fact::Nothing;
    };
    if word == Word::BrokerDiskUsable {
        Fact::Number(usable as f64)
    } else {
        percent(total.saturating_sub(usable) as f64, total as f64)
    }
}

/// What a word about a topic is worth.
pub(super) fn topic<'a>(scene: &Scene<'a>, topic: &'a Topic, word: Word) -> Fact<'a> {
    if word == Word::TopicName {
        return Fact::Text(topic.name.raw().into());
    }
    if word == Word::TopicMinIsr {
        return topic
            .min_isr
            .value()
            .map_or(Fact::Unknown, |min| Fact::Number(f64::from(*min)));
    }
    if !scene.read {
        return Fact::Unknown;
    }
    let trouble = scene.troubles.get(&topic.name);
    let count = |count: fn(&Trouble) -> u32| Fact::count(trouble.map_or(0, count));
    match word {
        Word::TopicPartitions => Fact::count(topic.partitions.len()),
        Word::TopicOffline => count(|trouble| trouble.offline),
        Word::TopicUnderReplicated => count(|trouble| trouble.under_replicated),
        Word::TopicUnderMinIsr => count(|trouble| trouble.under_min_isr),
        Word::TopicAtMinIsr => count(|trouble| trouble.at_min_isr),
        Word::TopicRefused => count(|trouble| trouble.refused),
        Word::TopicStalled => count(|trouble| trouble.stalled),
        Word::TopicWorstShrinks => count(|trouble| trouble.worst_shrinks),
        Word::TopicShrinksPerMinute => {
            Fact::Number(f64::from(trouble.map_or(0, |trouble| trouble.shrinks)) / MINUTES)
        }
        _ => Fact::Unknown,
    }
}

/// What a word about a group is worth.
pub(super) fn group<'a>(scene: &Scene<'a>, group: &'a Group, word: Word) -> Fact<'a> {
    match word {
        Word::GroupName => return Fact::Text(group.name.raw().into()),
        Word::GroupKind => return Fact::Text(group.kind.word().into()),
        _ => {}
    }
    let listed = group.unlisted.is_none() && group.listed_at.age(scene.now) <= GROUPS_WITHIN;
    if !listed {
        return Fact::Unknown;
    }
    match word {
        Word::GroupState => group
            .state
            .as_ref()
            .map_or(Fact::Nothing, |state| Fact::Text(state.raw().into())),
        Word::GroupMembers => match (group.description.value(), group.description.failing()) {
            (Some(description), None) => Fact::count(description.members.len()),
            (_, Some(_)) | (None, None) => Fact::Unknown,
        },
        _ if group.commits.failing().is_some() => Fact::Unknown,
        Word::GroupLost => {
            let lost = group.partitions.iter().map(|partition| partition.lost);
            Fact::count(lost.fold(0, u64::saturating_add))
        }
        Word::GroupRetentionUsed => retention_used(scene, group),
        Word::GroupLogLeft => log_left(scene, group),
        _ => lag(scene, group, word),
    }
}

#[expect(clippy::cast_precision_loss, reason = "lags stay far below 2^52")]
fn lag<'a>(scene: &Scene<'a>, group: &Group, word: Word) -> Fact<'a> {
    if !group.lag.complete {
        return Fact::Unknown;
    }
    // Nothing was ever committed: there is no lag to speak of.
    let Some(records) = group.lag.records else {
        return Fact::Nothing;
    };
    let progress = scene.memory.progress(&group.name);
    match word {
        Word::GroupLag => Fact::Number(records as f64),
        Word::GroupLagAge => match group.trend.age {
            Some(LagAge::About(age) | LagAge::AtLeast(age)) => seconds(age),
            None if records == 0 => Fact::Number(0.0),
            None => Fact::Unknown,
        },
        Word::GroupLagSlope => group.trend.slope.map_or(Fact::Unknown, Fact::Number),
        Word::GroupLagGrowth => progress
            .and_then(|progress| progress.growth(records, scene.now))
            .map_or(Fact::Unknown, Fact::Number),
        Word::GroupStalledFor => progress
            .and_then(|progress| progress.stalled_for(scene.now))
            .map_or(Fact::Unknown, seconds),
        _ => Fact::Unknown,
    }
}

/// The age of the oldest unread record in percent of the shortest retention. That the age is known as a lower bound only makes
/// this one, too.
fn retention_used(scene: &Scene<'_>, group: &Group) -> Fact<'static> {
    let mut shortest: Option<Span> = None;
    for partition in &group.partitions {
        let settings = scene.snapshot.topics.get(&partition.topic);
        match settings.and_then(|topic| topic.settings.value()?.retention) {
            Some(kept) => shortest = [shortest, kept.value].into_iter().flatten().min(),
            None => return Fact::Unknown,
        }
    }
    match (shortest, lag(scene, group, Word::GroupLagAge)) {
        (None, _) => Fact::Nothing,
        (Some(shortest), Fact::Number(age)) => percent(age, shortest.as_seconds()),
        (Some(_), other) => match other {
            Fact::Nothing => Fact::Nothing,
            _ => Fact::Unknown,
        },
    }
}

/// What is kept of a partition and read already, in percent; of one from which nothing was taken yet retention is far away.
#[expect(clippy::cast_precision_loss, reason = "compared as a share")]
fn log_left(scene: &Scene<'_>, group: &Group) -> Fact<'static> {
    if !group.lag.complete {
        return Fact::Unknown;
    }
    let mut least: Option<f64> = None;
    for place in group
        .partitions
        .iter()
        .filter(|place| place.lag.known() > Some(0))
    {
        let id = PartitionId {
            topic: place.topic.clone(),
            partition: place.partition,
        };
        let start = scene
            .snapshot
            .partition(&id)
            .and_then(|partition| partition.start.value());
        let (Some(start), Some(committed), Some(end)) = (start, place.committed, place.end) else {
            continue;
        };
        if *start > 0 && end > *start {
            let left = (committed - start).max(0) as f64 / (end - start) as f64 * 100.0;
            least = Some(least.map_or(left, |least| least.min(left)));
        }
    }
    Fact::maybe(least)
}

/// What a word about a source is worth.
pub(super) fn source<'a>(scene: &Scene<'a>, source: &'a Watched, word: Word) -> Fact<'a> {
    let failing = source.failing.as_ref();
    match word {
        Word::SourceName => Fact::Text(source.name.raw().into()),
        Word::SourceKind => fixed(source.kind),
        Word::SourceFailingFor => {
            failing.map_or(Fact::Number(0.0), |(since, _)| seconds(since.age(scene.now)))
        }
        Word::SourceWhy => failing.map_or(Fact::Nothing, |(_, why)| Fact::Text(why.as_str().into())),
        _ => Fact::Unknown,
    }
}

//! The reads: each asks one broker for one kind of fact. An error that comes back ended the connection; any other failure
//! is an observation.

use super::convert;
use super::pending::Pending;
use super::session::Session;
use crate::model::failure::{Failure, FailureKind};
use crate::model::ids::{BrokerId, PartitionId};
use crate::model::observation::{Ask, Fact, MetadataView, Observation};
use crate::model::settings::TopicSettings;
use crate::model::text::Name;
use crate::source::council::Ensemble;
use crate::wire::request::{self, ConfigKeys, TopicPartitions, Which};
use crate::wire::{Fingerprint, WireError, answer};
use std::collections::BTreeMap;
use std::sync::Arc;

mod group;

pub(super) use group::{Listing, groups};

/// Most topics in one DescribeConfigs or `DescribeTopicPartitions`.
const TOPICS_AT_ONCE: usize = 1_000;
/// Most partitions on one page of `DescribeTopicPartitions`; brokers cut at `max.request.partition.size.limit`, 2000.
const PAGE: i32 = 2_000;
/// Most pages of one read, so that a broker that repeats itself is left.
const MOST_PAGES: usize = 1_000;

/// Metadata of all topics.
pub(super) async fn metadata(
    session: &mut Session,
) -> Result<(Observation, Option<Arc<MetadataView>>), WireError> {
    let pending = begin_metadata(session).await;
    finish_metadata(session, pending).await
}

/// Metadata of all topics; where it is word for word as before on this connection, only that.
pub(super) async fn metadata_unless(
    session: &mut Session,
    known: &mut Option<Fingerprint>,
) -> Result<(Observation, Option<Arc<MetadataView>>), WireError> {
    let asked = session.clock.now();
    let outcome = match session.send(&request::metadata_all_topics()).await {
        Ok(sent) => session.answer_unless(sent, *known).await,
        Err(error) => Err(error),
    };
    let fact = outcome.map(|(fingerprint, answer)| {
        *known = Some(fingerprint);
        answer.map_or(Fact::SameMetadata, |answer| {
            Fact::Metadata(Arc::new(convert::metadata(&answer)))
        })
    });
    let observation = session.observe(Ask::Metadata, asked, fact)?;
    let view = view_in(&observation.fact);
    Ok((observation, view))
}

fn view_in(fact: &Fact) -> Option<Arc<MetadataView>> {
    match fact {
        Fact::Metadata(view) => Some(Arc::clone(view)),
        _ => None,
    }
}

/// Sends for Metadata of all topics.
pub(super) async fn begin_metadata(session: &mut Session) -> Pending<request::MetadataRequest> {
    let fact = |answer| Fact::Metadata(Arc::new(convert::metadata(&answer)));
    Pending::begin(session, Ask::Metadata, &request::metadata_all_topics(), fact).await
}

/// The observation, and the view in it.
pub(super) async fn finish_metadata(
    session: &mut Session,
    pending: Pending<request::MetadataRequest>,
) -> Result<(Observation, Option<Arc<MetadataView>>), WireError> {
    let observation = pending.finish(session).await?;
    let view = view_in(&observation.fact);
    Ok((observation, view))
}

/// Listed and fenced brokers. This is also the small request by which a broker shows that it answers.
pub(super) async fn fencing(session: &mut Session) -> Result<Observation, WireError> {
    let pending = begin_fencing(session).await;
    finish_fencing(session, pending).await
}

/// Sends for listed and fenced brokers.
pub(super) async fn begin_fencing(session: &mut Session) -> Pending<request::DescribeClusterRequest> {
    let fact = |answer| Fact::Fencing(convert::fencing(&answer));
    Pending::begin(session, Ask::Fencing, &request::describe_cluster(), fact).await
}

/// The observation; what the answer tells of our own rights is kept in the session.
pub(super) async fn finish_fencing(
    session: &mut Session,
    pending: Pending<request::DescribeClusterRequest>,
) -> Result<Observation, WireError> {
    let rights = |session: &mut Session, answer: &answer::Cluster| {
        session.describes_cluster = answer.describes_cluster;
    };
    pending.finish_seeing(session, rights).await
}

/// Whether the listing of groups names every group; nothing where the broker did not tell what we may do.
///
/// Without the right to describe the cluster ListGroups names only groups that we may describe, and does not say that
/// there are others (`KafkaApis.handleListGroupsRequest`).
pub(super) fn group_rights(session: &Session) -> Option<Fact> {
    if session.describes_cluster? {
        return Some(Fact::AllGroups);
    }
    let detail = "only groups that this client may describe are listed, and the brokers do not tell of others: allow it Describe on the cluster to see all";
    Some(Fact::Failed(
        Ask::AllGroups,
        Failure::new(FailureKind::Denied, detail),
    ))
}

/// Sends for the quorum. A broker passes this on to the active controller.
pub(super) async fn begin_quorum(session: &mut Session) -> Pending<request::DescribeQuorumRequest> {
    let fact = |answer| Fact::Quorum(convert::quorum(&answer));
    Pending::begin(session, Ask::Quorum, &request::describe_quorum(), fact).await
}

/// Sends for reassignments under way. In `KRaft` a broker passes this on to the active controller.
pub(super) async fn begin_reassignments(
    session: &mut Session,
) -> Pending<request::ListPartitionReassignmentsRequest> {
    let fact = |answer| Fact::Reassignments(convert::reassignments(&answer));
    Pending::begin(session, Ask::Reassignments, &request::list_reassignments(), fact).await
}

/// Log directories and replica sizes.
pub(super) async fn log_dirs(session: &mut Session) -> Result<Observation, WireError> {
    begin_log_dirs(session).await.finish(session).await
}

/// Sends for log directories and replica sizes.
pub(super) async fn begin_log_dirs(session: &mut Session) -> Pending<request::DescribeLogDirsRequest> {
    let fact = |answer| match convert::log_dirs(&answer) {
        Ok((disks, sizes)) => Fact::LogDirs(disks, sizes),
        Err(failure) => Fact::Failed(Ask::LogDirs, failure),
    };
    Pending::begin(session, Ask::LogDirs, &request::describe_log_dirs(), fact).await
}

/// One end of the logs of the given partitions, all of which the broker should lead.
pub(super) async fn offsets(
    session: &mut Session,
    led: Vec<TopicPartitions>,
    which: Which,
) -> Result<Observation, WireError> {
    begin_offsets(session, led, which).await.finish(session).await
}

/// Sends for one end of the logs of the given partitions.
pub(super) async fn begin_offsets(
    session: &mut Session,
    led: Vec<TopicPartitions>,
    which: Which,
) -> Pending<request::ListOffsetsRequest> {
    let request = request::list_offsets(led, which);
    match which {
        Which::Latest => {
            let fact = |answer| Fact::EndOffsets(convert::offsets(&answer));
            Pending::begin(session, Ask::EndOffsets, &request, fact).await
        }
        Which::Earliest => {
            let fact = |answer| Fact::StartOffsets(convert::offsets(&answer));
            Pending::begin(session, Ask::StartOffsets, &request, fact).await
        }
    }
}

/// The settings of the given topics that decide what may be lost, and beside them their effective `min.insync.replicas`,
/// by which the read is told to have failed or not.
pub(super) async fn settings(
    session: &mut Session,
    topics: &[String],
) -> Result<(Fact, Observation), WireError> {
    let asked = session.clock.now();
    let (mut settings, mut min_isr) = (BTreeMap::new(), BTreeMap::new());
    for some in topics.chunks(TOPICS_AT_ONCE) {
        let wanted = ConfigKeys::of_topics(some, &TopicSettings::KEYS);
        match session.ask(&request::describe_configs(wanted)).await {
            Ok((_, answer)) => {
                convert::settings(&answer, &mut settings);
                convert::min_isr(&answer, &mut min_isr);
            }
            Err(error) => {
                let failed = session.observe(Ask::MinIsr, asked, Err(error))?;
                return Ok((Fact::TopicSettings(BTreeMap::new()), failed));
            }
        }
    }
    let min_isr = session.observation(asked, Fact::MinIsr(min_isr));
    Ok((Fact::TopicSettings(settings), min_isr))
}

/// The broker's own default of `min.insync.replicas` in the place of the topics' settings, which it would have to read
/// from ZooKeeper; its default it knows itself (`DynamicBrokerConfig`).
pub(super) async fn default_min_isr(
    session: &mut Session,
    topics: &[String],
) -> Result<Observation, WireError> {
    let asked = session.clock.now();
    let wanted = ConfigKeys::of_broker(session.id.0, &["min.insync.replicas"]);
    let outcome = session.ask(&request::describe_configs(wanted)).await;
    let fact = outcome.map(|(_, answer)| {
        let default = convert::default_min_isr(&answer);
        Fact::MinIsr(
            topics
                .iter()
                .map(|topic| (Name::from(topic.as_str()), default.clone()))
                .collect(),
        )
    });
    session.observe(Ask::MinIsr, asked, fact)
}

/// What is to be said of topics' settings that are not asked for, for the sake of the broker.
pub(super) fn topic_settings_not_asked(ensemble: Ensemble) -> Fact {
    let why = match ensemble {
        Ensemble::NotWatched => "name the ZooKeepers with --zookeeper to have them read",
        Ensemble::NotRead | Ensemble::Serves => "the ensemble was not read yet",
        Ensemble::Lost => "no majority of the ZooKeepers serves",
    };
    let detail = format!(
        "topics' own min.insync.replicas are not asked for, since that can block a broker on ZooKeeper ({why}); the broker's default stands for them"
    );
    Fact::Failed(Ask::TopicSettings, Failure::new(FailureKind::NotAsked, &detail))
}

/// Eligible leader replicas of the given topics, page by page.
pub(super) async fn eligible(session: &mut Session, topics: &[String]) -> Result<Observation, WireError> {
    let asked = session.clock.now();
    let mut read = BTreeMap::new();
    for some in topics.chunks(TOPICS_AT_ONCE) {
        if let Err(error) = pages(session, some, &mut read).await {
            return session.observe(Ask::Eligible, asked, Err(error));
        }
    }
    Ok(session.observation(asked, Fact::Eligible(read)))
}

async fn pages(
    session: &mut Session,
    topics: &[String],
    into: &mut BTreeMap<PartitionId, Vec<BrokerId>>,
) -> Result<(), WireError> {
    let mut cursor: Option<(String, i32)> = None;
    for _ in 0..MOST_PAGES {
        // A topic before the cursor makes the broker begin anew with it, so those that are done are left out.
        let from = cursor.as_ref().map_or("", |(topic, _)| topic.as_str());
        let rest: Vec<String> = topics
            .iter()
            .filter(|topic| topic.as_str() >= from)
            .cloned()
            .collect();
        let request = request::describe_topic_partitions(&rest, cursor.clone(), PAGE);
        let (_, page) = session.ask(&request).await?;
        convert::eligible(&page, into);
        match page.next {
            Some(next) if cursor.as_ref().is_none_or(|cursor| next > *cursor) => cursor = Some(next),
            _ => break,
        }
    }
    Ok(())
}

/// The partitions that the broker leads by its own word.
pub(super) fn led_by(id: BrokerId, view: &MetadataView) -> Vec<TopicPartitions> {
    let topics = view.topics.iter().map(|topic| {
        let led = topic
            .partitions
            .iter()
            .filter(|partition| partition.leader == Some(id));
        TopicPartitions::new(topic.name.raw(), led.map(|partition| partition.index).collect())
    });
    topics.filter(|topic| !topic.partitions.is_empty()).collect()
}

/// The names of all topics of a view, in order.
pub(super) fn topic_names(view: &MetadataView) -> Vec<String> {
    view.topics
        .iter()
        .map(|topic| topic.name.raw().to_owned())
        .collect()
}

/// One failure for each of many items.
fn same<T>(items: &[Name], failure: &Failure) -> Vec<(Name, Result<T, Failure>)> {
    items
        .iter()
        .map(|item| (item.clone(), Err(failure.clone())))
        .collect()
}

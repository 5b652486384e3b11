//! What changes topics through the controller: CreateTopics, DeleteTopics, ElectLeaders.
//!
//! Rules: `ReplicationControlManager`. In KRaft any broker passes these on and is silent while no controller answers; in
//! ZooKeeper mode only the controller answers.

use super::metadata::is_topic_name;
use super::{broker_settings, settings};
use crate::sim::serve::call::{Call, Outcome};
use crate::sim::serve::seat::{Named, Seat, text, uuid};
use crate::sim::world::{ElectError, Image, TopicError, TopicImage, TopicSpec};
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use kafka_protocol::messages::{
    CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    ElectLeadersRequest, ElectLeadersResponse,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The election type of preferred leaders; 1 stands for unclean elections (KIP-460).
const PREFERRED: i8 = 0;

/// A topic that is refused: the code, and why.
type Refused = (ResponseError, String);

/// Makes topics.
pub(super) fn create_topics(
    seat: &Seat,
    request: CreateTopicsRequest,
    call: &Call,
) -> Outcome<CreateTopicsResponse> {
    let (seat, version) = (seat.clone(), call.version);
    through_controller(seat, move |seat, not_controller| {
        let topics = request.topics.iter().map(|topic| {
            let made = if not_controller {
                Err((ResponseError::NotController, String::new()))
            } else {
                create(seat, topic, request.validate_only)
            };
            created(topic, made, version)
        });
        CreateTopicsResponse::default().with_topics(topics.collect())
    })
}

/// Gives an answer as soon as a controller takes what is passed on to it; the flag says that another broker must be asked.
fn through_controller<A: Send + 'static>(
    seat: Seat,
    mut answer: impl FnMut(&Seat, bool) -> A + Send + 'static,
) -> Outcome<A> {
    Outcome::until(move || {
        if seat.is_not_controller() {
            return Some(answer(&seat, true));
        }
        let answer = seat.forwards().then(|| answer(&seat, false));
        if answer.is_some() {
            seat.shared.beat();
        }
        answer
    })
}

/// Makes a topic, or only says whether it could be made; none where it was not made.
fn create(seat: &Seat, topic: &CreatableTopic, only_check: bool) -> Result<Option<Arc<TopicImage>>, Refused> {
    let spec = topic_spec(seat, topic)?;
    if only_check {
        return match seat.image().topic(&spec.name) {
            Some(_) => Err(refusal(&TopicError::Exists(spec.name))),
            None => Ok(None),
        };
    }
    let made = seat.world().create_topic(seat.broker, &spec);
    made.map(Some).map_err(|error| refusal(&error))
}

fn topic_spec(seat: &Seat, topic: &CreatableTopic) -> Result<TopicSpec, Refused> {
    let name: &str = &topic.name;
    let bad = |error: ResponseError, why: &str| (error, why.to_owned());
    if !is_topic_name(name) {
        return Err(bad(
            ResponseError::InvalidTopicException,
            "The topic's name is invalid.",
        ));
    }
    let assignment = assignment(topic)?;
    // Where both are left to the broker they are -1 (KIP-464).
    let partitions = match (&assignment, topic.num_partitions) {
        (Some(lists), _) => u32::try_from(lists.len()).unwrap_or(u32::MAX),
        (None, -1) => 1,
        (None, count) => u32::try_from(count)
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| {
                bad(
                    ResponseError::InvalidPartitions,
                    "Number of partitions was set to an invalid non-positive value.",
                )
            })?,
    };
    let replication = match (&assignment, topic.replication_factor) {
        (Some(lists), _) => lists
            .first()
            .map_or(1, |list| u32::try_from(list.len()).unwrap_or(1)),
        (None, -1) => seat.spec().brokers.clamp(1, 3),
        (None, count) => u32::try_from(count)
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| {
                bad(
                    ResponseError::InvalidReplicationFactor,
                    "Replication factor must be larger than 0.",
                )
            })?,
    };
    let mut spec = TopicSpec {
        partitions,
        assignment,
        ..TopicSpec::named(name, 1).replicated(replication, broker_settings::min_isr(seat.spec()))
    };
    for config in &topic.configs {
        let value = config.value.as_deref().unwrap_or_default();
        set(&mut spec, &config.name, value).map_err(|why| (ResponseError::InvalidConfig, why))?;
    }
    Ok(spec)
}

/// The replicas of each partition, where the client names them.
fn assignment(topic: &CreatableTopic) -> Result<Option<Vec<Vec<i32>>>, Refused> {
    if topic.assignments.is_empty() {
        return Ok(None);
    }
    let bad = |why: &str| (ResponseError::InvalidReplicaAssignment, why.to_owned());
    if topic.num_partitions != -1 || topic.replication_factor != -1 {
        return Err((
            ResponseError::InvalidRequest,
            "A manual partition assignment was specified, but numPartitions or replicationFactor was not set to -1."
                .to_owned(),
        ));
    }
    let mut lists = BTreeMap::new();
    for partition in &topic.assignments {
        let list: Vec<i32> = partition.broker_ids.iter().map(|id| id.0).collect();
        if list.is_empty() || lists.insert(partition.partition_index, list).is_some() {
            return Err(bad("A partition has no replicas, or is assigned twice."));
        }
    }
    if !lists
        .keys()
        .copied()
        .eq(0..i32::try_from(lists.len()).unwrap_or(0))
    {
        return Err(bad("partitions should be a consecutive 0-based integer sequence"));
    }
    Ok(Some(lists.into_values().collect()))
}

/// Takes a setting of a new topic. Those that the model does not know are checked by name and left at their defaults.
fn set(spec: &mut TopicSpec, name: &str, value: &str) -> Result<(), String> {
    let wrong = || format!("Invalid value {value} for configuration {name}");
    match name {
        "min.insync.replicas" => {
            spec.min_isr = value.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
        }
        "unclean.leader.election.enable" => spec.unclean = Some(value.parse().map_err(|_| wrong())?),
        "retention.ms" => {
            let millis: i64 = value.parse().map_err(|_| wrong())?;
            spec.retention.time = u64::try_from(millis).ok().map(Duration::from_millis);
        }
        other if settings::TOPIC.iter().any(|setting| setting.name == other) => {}
        other => return Err(format!("Unknown topic config name: {other}")),
    }
    Ok(())
}

fn refusal(error: &TopicError) -> Refused {
    let code = match error {
        TopicError::Exists(_) => ResponseError::TopicAlreadyExists,
        TopicError::Unknown(_) => ResponseError::UnknownTopicOrPartition,
        TopicError::BadName(_) => ResponseError::InvalidTopicException,
        TopicError::TooFewBrokers { .. } => ResponseError::InvalidReplicationFactor,
        TopicError::Bad(_) => ResponseError::InvalidRequest,
        TopicError::NoController => ResponseError::NotController,
    };
    (code, error.to_string())
}

fn created(
    topic: &CreatableTopic,
    made: Result<Option<Arc<TopicImage>>, Refused>,
    version: i16,
) -> CreatableTopicResult {
    let shown = CreatableTopicResult::default().with_name(topic.name.clone());
    let made = match made {
        Ok(made) => made,
        Err((error, why)) => {
            return shown
                .with_error_code(error.code())
                .with_error_message((!why.is_empty()).then(|| why.into()));
        }
    };
    let (Some(made), true) = (made, version >= 5) else {
        return shown;
    };
    let replicas = made
        .partitions
        .first()
        .map_or(0, |partition| partition.replicas.len());
    let configs = settings::TOPIC.iter().map(|setting| {
        let own = made.configs.get(setting.name);
        CreatableTopicConfigs::default()
            .with_name(text(setting.name))
            .with_value(Some(text(own.map_or(setting.default, String::as_str))))
            .with_config_source(if own.is_some() { 1 } else { 5 })
    });
    let shown = shown
        .with_num_partitions(i32::try_from(made.partitions.len()).unwrap_or(i32::MAX))
        .with_replication_factor(i16::try_from(replicas).unwrap_or(i16::MAX))
        .with_configs(Some(configs.collect()));
    if version >= 7 {
        shown.with_topic_id(uuid(made.id))
    } else {
        shown
    }
}

/// Deletes topics, by name or from version 6 on by id.
pub(super) fn delete_topics(
    seat: &Seat,
    request: DeleteTopicsRequest,
    call: &Call,
) -> Outcome<DeleteTopicsResponse> {
    let (seat, version) = (seat.clone(), call.version);
    through_controller(seat, move |seat, not_controller| {
        let image = seat.image();
        let by_name = request.topic_names.iter().map(|name| Named::Name(name));
        let either = request.topics.iter().map(|topic| match &topic.name {
            Some(name) => Named::Name(name),
            None => Named::Id(topic.topic_id),
        });
        let responses = by_name
            .chain(either)
            .map(|named| deleted(seat, &image, named, not_controller, version));
        DeleteTopicsResponse::default().with_responses(responses.collect())
    })
}

fn deleted(
    seat: &Seat,
    image: &Image,
    named: Named<'_>,
    not_controller: bool,
    version: i16,
) -> DeletableTopicResult {
    let topic = named.find(image);
    let name = match named {
        Named::Name(name) => Some(name),
        Named::Id(_) => topic.map(|topic| &*topic.name),
    };
    let shown = DeletableTopicResult::default().with_name(name.map(|name| text(name).into()));
    let shown = match (topic, named) {
        (Some(topic), _) if version >= 6 => shown.with_topic_id(uuid(topic.id)),
        (None, Named::Id(id)) => shown.with_topic_id(id),
        _ => shown,
    };
    let outcome = match (topic, named) {
        _ if not_controller => Err((ResponseError::NotController, String::new())),
        (None, Named::Id(_)) => Err((ResponseError::UnknownTopicId, String::new())),
        (None, Named::Name(_)) => Err((ResponseError::UnknownTopicOrPartition, String::new())),
        (Some(topic), _) => {
            let done = seat.world().delete_topic(seat.broker, &topic.name);
            done.map_err(|error| refusal(&error))
        }
    };
    let Err((error, why)) = outcome else {
        return shown;
    };
    let shown = shown.with_error_code(error.code());
    if version >= 5 && !why.is_empty() {
        shown.with_error_message(Some(why.into()))
    } else {
        shown
    }
}

/// Gives partitions another leader: the preferred one, or any that lives (KIP-460).
pub(super) fn elect_leaders(
    seat: &Seat,
    request: ElectLeadersRequest,
    call: &Call,
) -> Outcome<ElectLeadersResponse> {
    let (seat, version) = (seat.clone(), call.version);
    through_controller(seat, move |seat, not_controller| {
        let response = ElectLeadersResponse::default();
        if not_controller && version >= 1 {
            return response.with_error_code(ResponseError::NotController.code());
        }
        let unclean = request.election_type != PREFERRED;
        let image = seat.image();
        let results: Vec<_> = match &request.topic_partitions {
            Some(topics) => topics
                .iter()
                .map(|topic| {
                    elected(
                        seat,
                        &image,
                        &topic.topic,
                        topic.partitions.iter().copied(),
                        unclean,
                        true,
                    )
                })
                .collect(),
            // Of all partitions those that need no election are not told.
            None => image
                .topics
                .iter()
                .map(|topic| elected(seat, &image, &topic.name, count(topic), unclean, false))
                .filter(|result| !result.partition_result.is_empty())
                .collect(),
        };
        response.with_replica_election_results(results)
    })
}

fn count(topic: &TopicImage) -> std::ops::Range<i32> {
    0..i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX)
}

fn elected(
    seat: &Seat,
    image: &Image,
    topic: &str,
    partitions: impl Iterator<Item = i32>,
    unclean: bool,
    named: bool,
) -> ReplicaElectionResult {
    let mut world = seat.world();
    let results = partitions.filter_map(|partition| {
        let outcome = match Named::Name(topic).place(image, partition) {
            Some(at) => world.elect_leader(seat.broker, at, unclean),
            None => Err(ElectError::Unknown),
        };
        let shown = PartitionResult::default().with_partition_id(partition);
        let error = match outcome {
            Ok(()) => return Some(shown),
            Err(error) => error,
        };
        let code = match error {
            ElectError::Unknown => ResponseError::UnknownTopicOrPartition,
            ElectError::NotAvailable if unclean => ResponseError::EligibleLeadersNotAvailable,
            ElectError::NotAvailable => ResponseError::PreferredLeaderNotAvailable,
            ElectError::NotNeeded => ResponseError::ElectionNotNeeded,
            ElectError::NoController => ResponseError::NotController,
        };
        let told = named || error != ElectError::NotNeeded;
        told.then(|| {
            shown
                .with_error_code(code.code())
                .with_error_message(Some(error.to_string().into()))
        })
    });
    ReplicaElectionResult::default()
        .with_topic(text(topic).into())
        .with_partition_result(results.collect())
}

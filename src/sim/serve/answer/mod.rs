//! Answers, a file per family of APIs. Each takes the codec's request and gives the codec's response, right for the version:
//! a field that the version does not have makes the encoding fail.

mod broker_settings;
mod cluster;
mod configs;
mod groups;
mod logs;
mod metadata;
mod offsets;
mod read;
mod settings;
mod topics;
mod write;

use super::call::{Call, Garbage, Outcome};
use super::seat::Seat;
use super::table;
use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse};
use kafka_protocol::protocol::{Request, StrBytes};

/// What a request comes to, as whole frames.
pub(super) type Framed = Outcome<Result<Bytes, Garbage>>;

/// The lowest version of ApiVersions in which a feature may begin at level 0 (KIP-1022).
const ZERO_LEVELS: i16 = 4;

/// Answers a request.
pub(super) fn answer(seat: &Seat, call: &Call) -> Result<Framed, Garbage> {
    match call.api {
        ApiKey::ApiVersions => now(seat, call, api_versions),
        ApiKey::Metadata => now(seat, call, metadata::metadata),
        ApiKey::DescribeTopicPartitions => now(seat, call, metadata::describe_topic_partitions),
        ApiKey::DescribeCluster => now(seat, call, cluster::describe_cluster),
        ApiKey::DescribeQuorum => with(seat, call, cluster::describe_quorum),
        ApiKey::ListPartitionReassignments => with(seat, call, cluster::list_reassignments),
        ApiKey::ElectLeaders => with(seat, call, topics::elect_leaders),
        ApiKey::CreateTopics => with(seat, call, topics::create_topics),
        ApiKey::DeleteTopics => with(seat, call, topics::delete_topics),
        ApiKey::DescribeConfigs => with(seat, call, configs::describe_configs),
        ApiKey::DescribeLogDirs => with(seat, call, logs::describe_log_dirs),
        ApiKey::ListOffsets => now(seat, call, logs::list_offsets),
        ApiKey::OffsetForLeaderEpoch => now(seat, call, logs::offset_for_leader_epoch),
        ApiKey::ListGroups => now(seat, call, groups::list_groups),
        ApiKey::DescribeGroups => now(seat, call, groups::describe_groups),
        ApiKey::ConsumerGroupDescribe => now(seat, call, groups::consumer_group_describe),
        ApiKey::FindCoordinator => now(seat, call, groups::find_coordinator),
        ApiKey::OffsetFetch => now(seat, call, offsets::offset_fetch),
        ApiKey::OffsetCommit => now(seat, call, offsets::offset_commit),
        ApiKey::InitProducerId => now(seat, call, write::init_producer_id),
        ApiKey::Produce => with(seat, call, write::produce),
        ApiKey::Fetch => with(seat, call, read::fetch),
        other => Err(Garbage::Api(other as i16)),
    }
}

/// Answers what never has to wait.
fn now<R: Request>(
    seat: &Seat,
    call: &Call,
    handler: impl Fn(&Seat, &R, &Call) -> R::Response,
) -> Result<Framed, Garbage> {
    let response = handler(seat, &call.message()?, call);
    Ok(Outcome::Now(call.frame(&response)))
}

/// Answers what may have to wait.
fn with<R: Request>(
    seat: &Seat,
    call: &Call,
    handler: impl Fn(&Seat, R, &Call) -> Outcome<R::Response>,
) -> Result<Framed, Garbage>
where
    R::Response: Send + 'static,
{
    let outcome = handler(seat, call.message()?, call);
    let call = call.clone();
    Ok(outcome.map(move |answer| call.frame(&answer)))
}

/// The APIs and features of a broker.
fn api_versions(seat: &Seat, _request: &ApiVersionsRequest, call: &Call) -> ApiVersionsResponse {
    let version = call.version;
    let apis = table::advertised(seat.release(), seat.mode()).map(api_version);
    let response = ApiVersionsResponse::default().with_api_keys(apis.collect());
    if version < 3 {
        return response;
    }
    let features = table::features(seat.release(), seat.mode());
    let supported = features
        .iter()
        .filter(|feature| version >= ZERO_LEVELS || feature.lowest > 0)
        .map(|feature| {
            SupportedFeatureKey::default()
                .with_name(StrBytes::from_static_str(feature.name))
                .with_min_version(feature.lowest)
                .with_max_version(feature.highest)
        });
    let finalized = features.iter().filter_map(|feature| {
        let level = feature.level?;
        let key = FinalizedFeatureKey::default()
            .with_name(StrBytes::from_static_str(feature.name))
            .with_max_version_level(level)
            .with_min_version_level(level);
        Some(key)
    });
    let epoch = i64::try_from(seat.image().version).unwrap_or(i64::MAX);
    response
        .with_supported_features(supported.collect())
        .with_finalized_features_epoch(if features.is_empty() { 0 } else { epoch })
        .with_finalized_features(finalized.collect())
}

/// What a broker answers to ApiVersions in a version that it does not know: the range that it does (KIP-511).
pub(super) fn unknown_api_versions(seat: &Seat) -> ApiVersionsResponse {
    let own = table::range(seat.release(), seat.mode(), ApiKey::ApiVersions);
    let own = own.map(|range| api_version((ApiKey::ApiVersions, range)));
    ApiVersionsResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_api_keys(own.into_iter().collect())
}

fn api_version((api, range): (ApiKey, table::Range)) -> ApiVersion {
    ApiVersion::default()
        .with_api_key(api as i16)
        .with_min_version(range.min)
        .with_max_version(range.max)
}

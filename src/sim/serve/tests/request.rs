//! A request of every API in every version, no list of it empty.

use crate::sim::serve::batch::{Synthetic, put_synthetic};
use crate::sim::serve::shape;
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{self as wire, ApiKey, RequestHeader};
use kafka_protocol::protocol::{Encodable, StrBytes};
use uuid::Uuid;

/// What the requests name.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// A topic that is there.
    pub(super) topic: String,
    /// Its id.
    pub(super) id: Uuid,
    /// One of its partitions, led by the asked broker.
    pub(super) partition: i32,
    /// An offset in that partition.
    pub(super) offset: i64,
    /// A classic group of the asked broker.
    pub(super) classic: String,
    /// A group of the consumer protocol of the asked broker.
    pub(super) consumer: String,
    /// A group of the asked broker without members.
    pub(super) idle: String,
    /// A group that is not there, and would be the asked broker's.
    pub(super) nobody: String,
    /// A topic that is not there.
    pub(super) new: String,
    /// The asked broker.
    pub(super) broker: i32,
}

impl Names {
    /// Names for requests that nobody answers.
    pub(super) fn any() -> Self {
        Self {
            topic: "orders".to_owned(),
            id: Uuid::from_u128(0x1234_5678),
            partition: 1,
            offset: 7,
            classic: "readers".to_owned(),
            consumer: "modern".to_owned(),
            idle: "idle".to_owned(),
            nobody: "nobody".to_owned(),
            new: "fresh".to_owned(),
            broker: 1,
        }
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A batch of two records.
pub(super) fn batch() -> Bytes {
    let record = |offset| Synthetic {
        offset,
        time: 1_700_000_000_000,
        size: 30,
    };
    let mut bytes = BytesMut::new();
    put_synthetic(&mut bytes, &[record(0), record(1)], 0);
    bytes.freeze()
}

/// The frame of a request, without its length.
pub(super) fn frame(api: ApiKey, version: i16, names: &Names) -> Bytes {
    let mut bytes = BytesMut::new();
    RequestHeader::default()
        .with_request_api_key(api as i16)
        .with_request_api_version(version)
        .with_correlation_id(77)
        .with_client_id(Some(text("test")))
        .encode(&mut bytes, api.request_header_version(version))
        .unwrap();
    bytes.put(body(api, version, names));
    bytes.freeze()
}

/// The body of a request.
pub(super) fn body(api: ApiKey, version: i16, names: &Names) -> Bytes {
    fn bytes(message: &impl Encodable, api: ApiKey, version: i16) -> Bytes {
        let mut bytes = BytesMut::new();
        message
            .encode(&mut bytes, version)
            .unwrap_or_else(|error| panic!("{api:?} {version}: {error}"));
        bytes.freeze()
    }
    macro_rules! put {
        ($message:expr) => {
            bytes(&$message, api, version)
        };
    }
    match api {
        ApiKey::Produce => put!(produce(version, names)),
        ApiKey::Fetch => put!(fetch(version, names)),
        ApiKey::ListOffsets => put!(list_offsets(version, names)),
        ApiKey::Metadata => put!(metadata(version, names)),
        ApiKey::OffsetCommit => put!(offset_commit(version, names)),
        ApiKey::OffsetFetch => put!(offset_fetch(version, names)),
        ApiKey::FindCoordinator => put!(find_coordinator(version, names)),
        ApiKey::DescribeGroups => {
            let groups = [&names.classic, &names.consumer, &names.nobody];
            let groups = groups.map(|group| text(group).into()).to_vec();
            put!(
                wire::DescribeGroupsRequest::default()
                    .with_groups(groups)
                    .with_include_authorized_operations(version >= 3)
            )
        }
        ApiKey::ListGroups => put!(list_groups(version)),
        ApiKey::ApiVersions => put!(
            wire::ApiVersionsRequest::default()
                .with_client_software_name(text(if version >= 3 { "test" } else { "" }))
                .with_client_software_version(text(if version >= 3 { "1.0" } else { "" }))
        ),
        ApiKey::CreateTopics => put!(create_topics(names)),
        ApiKey::DeleteTopics => put!(delete_topics(version, names)),
        ApiKey::InitProducerId => put!(
            wire::InitProducerIdRequest::default()
                .with_transactional_id(None)
                .with_transaction_timeout_ms(1_000)
        ),
        ApiKey::OffsetForLeaderEpoch => put!(leader_epoch(version, names)),
        ApiKey::DescribeConfigs => put!(describe_configs(version, names)),
        ApiKey::DescribeLogDirs => {
            let topic = wire::describe_log_dirs_request::DescribableLogDirTopic::default()
                .with_topic(text(&names.topic).into())
                .with_partitions(vec![names.partition]);
            put!(wire::DescribeLogDirsRequest::default().with_topics(Some(vec![topic])))
        }
        ApiKey::ElectLeaders => {
            let topic = wire::elect_leaders_request::TopicPartitions::default()
                .with_topic(text(&names.topic).into())
                .with_partitions(vec![names.partition]);
            put!(
                wire::ElectLeadersRequest::default()
                    .with_topic_partitions(Some(vec![topic]))
                    .with_timeout_ms(1_000)
            )
        }
        ApiKey::ListPartitionReassignments => {
            let topic =
                wire::list_partition_reassignments_request::ListPartitionReassignmentsTopics::default()
                    .with_name(text(&names.topic).into())
                    .with_partition_indexes(vec![names.partition]);
            put!(
                wire::ListPartitionReassignmentsRequest::default()
                    .with_topics(Some(vec![topic]))
                    .with_timeout_ms(1_000)
            )
        }
        ApiKey::DescribeQuorum => {
            let partition = wire::describe_quorum_request::PartitionData::default();
            let topic = wire::describe_quorum_request::TopicData::default()
                .with_topic_name(text("__cluster_metadata").into())
                .with_partitions(vec![partition]);
            put!(wire::DescribeQuorumRequest::default().with_topics(vec![topic]))
        }
        ApiKey::DescribeCluster => put!(
            wire::DescribeClusterRequest::default()
                .with_include_cluster_authorized_operations(true)
                .with_include_fenced_brokers(version >= 2)
        ),
        ApiKey::ConsumerGroupDescribe => {
            let groups = [&names.consumer, &names.classic, &names.nobody];
            let groups = groups.map(|group| text(group).into()).to_vec();
            put!(
                wire::ConsumerGroupDescribeRequest::default()
                    .with_group_ids(groups)
                    .with_include_authorized_operations(true)
            )
        }
        ApiKey::DescribeTopicPartitions => put!(topic_partitions(names)),
        other => panic!("{other:?} is not served"),
    }
}

fn produce(version: i16, names: &Names) -> wire::ProduceRequest {
    let data = wire::produce_request::PartitionProduceData::default()
        .with_index(names.partition)
        .with_records(Some(batch()));
    let topic = wire::produce_request::TopicProduceData::default().with_partition_data(vec![data]);
    let topic = if version >= 13 {
        topic.with_topic_id(names.id)
    } else {
        topic.with_name(text(&names.topic).into())
    };
    wire::ProduceRequest::default()
        .with_acks(-1)
        .with_timeout_ms(1_000)
        .with_topic_data(vec![topic])
}

fn fetch(version: i16, names: &Names) -> wire::FetchRequest {
    let partition = wire::fetch_request::FetchPartition::default()
        .with_partition(names.partition)
        .with_fetch_offset(names.offset)
        .with_partition_max_bytes(4_096);
    let topic = wire::fetch_request::FetchTopic::default().with_partitions(vec![partition]);
    let forgotten = wire::fetch_request::ForgottenTopic::default().with_partitions(vec![0, 1]);
    let (topic, forgotten) = if version >= 13 {
        (topic.with_topic_id(names.id), forgotten.with_topic_id(names.id))
    } else {
        let name = || text(&names.topic).into();
        (topic.with_topic(name()), forgotten.with_topic(name()))
    };
    let request = wire::FetchRequest::default()
        .with_max_wait_ms(0)
        .with_min_bytes(1)
        .with_max_bytes(10_000)
        .with_isolation_level(1)
        .with_topics(vec![topic]);
    let request = if version >= 7 {
        request.with_forgotten_topics_data(vec![forgotten])
    } else {
        request
    };
    let request = if version >= 11 {
        request.with_rack_id(text("a"))
    } else {
        request
    };
    if version >= 12 {
        request.with_cluster_id(Some(text("cluster")))
    } else {
        request
    }
}

fn list_offsets(version: i16, names: &Names) -> wire::ListOffsetsRequest {
    let partition = |timestamp| {
        wire::list_offsets_request::ListOffsetsPartition::default()
            .with_partition_index(names.partition)
            .with_timestamp(timestamp)
    };
    let topic = wire::list_offsets_request::ListOffsetsTopic::default()
        .with_name(text(&names.topic).into())
        .with_partitions([-1, -2, -3, 0].map(partition).to_vec());
    let request = wire::ListOffsetsRequest::default()
        .with_replica_id((-1).into())
        .with_topics(vec![topic]);
    if version >= 10 {
        request.with_timeout_ms(1_000)
    } else {
        request
    }
}

fn metadata(version: i16, names: &Names) -> wire::MetadataRequest {
    let named = |name: &str| {
        wire::metadata_request::MetadataRequestTopic::default().with_name(Some(text(name).into()))
    };
    let mut topics = vec![named(&names.topic), named(&names.new)];
    if version >= 10 {
        topics.push(
            wire::metadata_request::MetadataRequestTopic::default()
                .with_name(None)
                .with_topic_id(names.id),
        );
    }
    wire::MetadataRequest::default()
        .with_topics(Some(topics))
        .with_include_topic_authorized_operations(version >= 8)
        .with_include_cluster_authorized_operations((8..=10).contains(&version))
}

fn offset_commit(version: i16, names: &Names) -> wire::OffsetCommitRequest {
    let partition = wire::offset_commit_request::OffsetCommitRequestPartition::default()
        .with_partition_index(names.partition)
        .with_committed_offset(names.offset)
        .with_committed_metadata(Some(text("mine")));
    let partition = if version >= 6 {
        partition.with_committed_leader_epoch(1)
    } else {
        partition
    };
    let topic = wire::offset_commit_request::OffsetCommitRequestTopic::default()
        .with_name(text(&names.topic).into())
        .with_partitions(vec![partition]);
    wire::OffsetCommitRequest::default()
        .with_group_id(text(&names.idle).into())
        .with_topics(vec![topic])
}

fn offset_fetch(version: i16, names: &Names) -> wire::OffsetFetchRequest {
    let request = wire::OffsetFetchRequest::default().with_require_stable(version >= 7);
    if version < 8 {
        let topic = wire::offset_fetch_request::OffsetFetchRequestTopic::default()
            .with_name(text(&names.topic).into())
            .with_partition_indexes(vec![names.partition]);
        return request
            .with_group_id(text(&names.classic).into())
            .with_topics(Some(vec![topic]));
    }
    let topic = wire::offset_fetch_request::OffsetFetchRequestTopics::default()
        .with_name(text(&names.topic).into())
        .with_partition_indexes(vec![names.partition]);
    let group = |name: &str, topics| {
        wire::offset_fetch_request::OffsetFetchRequestGroup::default()
            .with_group_id(text(name).into())
            .with_topics(topics)
    };
    let some = group(&names.consumer, Some(vec![topic]));
    request.with_groups(vec![some, group(&names.classic, None)])
}

fn find_coordinator(version: i16, names: &Names) -> wire::FindCoordinatorRequest {
    let request = wire::FindCoordinatorRequest::default();
    if version >= 4 {
        request.with_coordinator_keys(vec![text(&names.classic), text(&names.consumer)])
    } else {
        request.with_key(text(&names.classic))
    }
}

fn list_groups(version: i16) -> wire::ListGroupsRequest {
    let request = wire::ListGroupsRequest::default();
    let request = if version >= 4 {
        request.with_states_filter(vec![text("stable"), text("Empty")])
    } else {
        request
    };
    if version >= 5 {
        request.with_types_filter(vec![text("Classic"), text("consumer")])
    } else {
        request
    }
}

fn create_topics(names: &Names) -> wire::CreateTopicsRequest {
    let config = wire::create_topics_request::CreatableTopicConfig::default()
        .with_name(text("min.insync.replicas"))
        .with_value(Some(text("2")));
    let assignment = wire::create_topics_request::CreatableReplicaAssignment::default()
        .with_partition_index(0)
        .with_broker_ids(vec![1.into(), 2.into(), 3.into()]);
    let topic = wire::create_topics_request::CreatableTopic::default()
        .with_name(text(&names.new).into())
        .with_num_partitions(-1)
        .with_replication_factor(-1)
        .with_assignments(vec![assignment])
        .with_configs(vec![config]);
    wire::CreateTopicsRequest::default()
        .with_topics(vec![topic])
        .with_timeout_ms(1_000)
}

fn delete_topics(version: i16, names: &Names) -> wire::DeleteTopicsRequest {
    let request = wire::DeleteTopicsRequest::default().with_timeout_ms(1_000);
    if version < 6 {
        return request.with_topic_names(vec![text(&names.topic).into(), text(&names.new).into()]);
    }
    let by_name =
        wire::delete_topics_request::DeleteTopicState::default().with_name(Some(text(&names.new).into()));
    let by_id = wire::delete_topics_request::DeleteTopicState::default()
        .with_name(None)
        .with_topic_id(names.id);
    request.with_topics(vec![by_name, by_id])
}

fn leader_epoch(version: i16, names: &Names) -> wire::OffsetForLeaderEpochRequest {
    let partition = wire::offset_for_leader_epoch_request::OffsetForLeaderPartition::default()
        .with_partition(names.partition)
        .with_leader_epoch(0);
    let topic = wire::offset_for_leader_epoch_request::OffsetForLeaderTopic::default()
        .with_topic(text(&names.topic).into())
        .with_partitions(vec![partition]);
    let request = wire::OffsetForLeaderEpochRequest::default().with_topics(vec![topic]);
    if version >= 3 {
        request.with_replica_id((-1).into())
    } else {
        request
    }
}

fn describe_configs(version: i16, names: &Names) -> wire::DescribeConfigsRequest {
    let resource = |kind, name: &str, keys| {
        wire::describe_configs_request::DescribeConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(name))
            .with_configuration_keys(keys)
    };
    let keys = vec![text("min.insync.replicas")];
    wire::DescribeConfigsRequest::default()
        .with_resources(vec![
            resource(2, &names.topic, Some(keys)),
            resource(4, &names.broker.to_string(), None),
            resource(2, &names.new, None),
        ])
        .with_include_synonyms(true)
        .with_include_documentation(version >= 3)
}

fn topic_partitions(names: &Names) -> wire::DescribeTopicPartitionsRequest {
    let topic =
        wire::describe_topic_partitions_request::TopicRequest::default().with_name(text(&names.topic).into());
    let cursor = wire::describe_topic_partitions_request::Cursor::default()
        .with_topic_name(text(&names.topic).into())
        .with_partition_index(0);
    wire::DescribeTopicPartitionsRequest::default()
        .with_topics(vec![topic])
        .with_response_partition_limit(1)
        .with_cursor(Some(cursor))
}

#[test]
fn every_shape_is_that_of_the_codec() {
    let names = Names::any();
    for (release, mode) in super::KINDS {
        for (api, version) in super::served(release, mode) {
            let body = body(api, version, &names);
            assert_eq!(
                shape::behind(api, version, &body),
                Some(&[][..]),
                "{api:?} {version}: {body:02x?}"
            );
            for cut in 0..body.len() {
                assert!(
                    !shape::holds(api, version, &body[..cut]),
                    "{api:?} {version} cut at {cut} of {}",
                    body.len()
                );
            }
        }
    }
}

//! Answers with every field filled, in every version that kaftop accepts, and a reader for any of them.

mod elect;
mod share;

use super::answer::Fault;
use super::request::{self, Ask, guarded};
use super::versions::Api;
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::consumer_group_describe_response as consumer;
use kafka_protocol::messages::describe_configs_response as config;
use kafka_protocol::messages::describe_groups_response as classic;
use kafka_protocol::messages::describe_log_dirs_response as disk;
use kafka_protocol::messages::describe_quorum_response as quorum;
use kafka_protocol::messages::describe_topic_partitions_response as page;
use kafka_protocol::messages::fetch_response as fetch;
use kafka_protocol::messages::list_groups_response as listing;
use kafka_protocol::messages::list_offsets_response as ends;
use kafka_protocol::messages::list_partition_reassignments_response as moves;
use kafka_protocol::messages::metadata_response as meta;
use kafka_protocol::messages::offset_fetch_response as commits;
use kafka_protocol::messages::{self, api_versions_response, describe_cluster_response};
use kafka_protocol::protocol::{Encodable, StrBytes};
use uuid::Uuid;

/// Reads an answer the way the connection does, and throws the values away.
pub(crate) fn read(api: Api, version: i16, bytes: Bytes) -> Result<String, Fault> {
    fn with<R: Ask>(_request: &R, version: i16, bytes: Bytes) -> Result<String, Fault>
    where
        R::Answer: std::fmt::Debug,
    {
        R::read(version, guarded(bytes)).map(|answer| format!("{answer:?}"))
    }
    match api {
        Api::Fetch => with(&request::fetch_record("", None, 0, 0), version, bytes),
        Api::ListOffsets => with(
            &request::list_offsets(vec![], request::Which::Latest),
            version,
            bytes,
        ),
        Api::Metadata => with(&request::metadata_all_topics(), version, bytes),
        Api::OffsetFetch => with(&request::offset_fetch(vec![]), version, bytes),
        Api::DescribeGroups => with(&request::describe_groups(&[]), version, bytes),
        Api::ListGroups => with(&request::list_groups(), version, bytes),
        Api::ApiVersions => with(&request::api_versions(), version, bytes),
        Api::DescribeConfigs => with(
            &request::describe_configs(request::ConfigKeys::of_topics(&[], &[])),
            version,
            bytes,
        ),
        Api::DescribeLogDirs => with(&request::describe_log_dirs(), version, bytes),
        Api::ListPartitionReassignments => with(&request::list_reassignments(), version, bytes),
        Api::DescribeQuorum => with(&request::describe_quorum(), version, bytes),
        Api::ElectLeaders => with(&request::elect_preferred(None), version, bytes),
        Api::DescribeCluster => with(&request::describe_cluster(), version, bytes),
        Api::ConsumerGroupDescribe => with(&request::consumer_group_describe(&[]), version, bytes),
        Api::ShareGroupDescribe => with(&request::share_group_describe(&[]), version, bytes),
        Api::DescribeShareGroupOffsets => with(&request::describe_share_group_offsets(&[]), version, bytes),
        Api::DescribeTopicPartitions => {
            with(&request::describe_topic_partitions(&[], None, 1), version, bytes)
        }
    }
}

/// A whole answer to an API in a version, as a broker would send it.
pub(crate) fn body(api: Api, version: i16) -> Bytes {
    fn bytes(message: &impl Encodable, version: i16) -> Bytes {
        let mut bytes = BytesMut::new();
        message.encode(&mut bytes, version).unwrap();
        bytes.freeze()
    }
    match api {
        Api::Fetch => bytes(&fetched(version), version),
        Api::ListOffsets => bytes(&list_offsets(), version),
        Api::Metadata => bytes(&metadata(version), version),
        Api::OffsetFetch => bytes(&offset_fetch(), version),
        Api::DescribeGroups => bytes(&describe_groups(version), version),
        Api::ListGroups => bytes(&list_groups(version), version),
        Api::ApiVersions => bytes(&api_versions(), version),
        Api::DescribeConfigs => bytes(&describe_configs(), version),
        Api::DescribeLogDirs => bytes(&describe_log_dirs(version), version),
        Api::ListPartitionReassignments => bytes(&reassignments(), version),
        Api::DescribeQuorum => bytes(&describe_quorum(version), version),
        Api::ElectLeaders => bytes(&elect::leaders(), version),
        Api::DescribeCluster => bytes(&describe_cluster(version), version),
        Api::ConsumerGroupDescribe => bytes(&consumer_groups(version), version),
        Api::ShareGroupDescribe => bytes(&share::groups(), version),
        Api::DescribeShareGroupOffsets => share::offsets(version),
        Api::DescribeTopicPartitions => bytes(&topic_page(), version),
    }
}

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn ids<const N: usize>(ids: [i32; N]) -> Vec<messages::BrokerId> {
    ids.into_iter().map(Into::into).collect()
}

const TOPIC_ID: Uuid = Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);

/// A broker that speaks everything kaftop speaks, and one API that it does not.
pub(crate) fn api_versions() -> messages::ApiVersionsResponse {
    let api = |key, min, max| {
        api_versions_response::ApiVersion::default()
            .with_api_key(key)
            .with_min_version(min)
            .with_max_version(max)
    };
    let mut apis: Vec<_> = Api::ALL
        .iter()
        .map(|ours| api(ours.key(), ours.ours().min, ours.ours().max))
        .collect();
    apis.push(api(0, 3, 12));
    messages::ApiVersionsResponse::default()
        .with_api_keys(apis)
        .with_supported_features(vec![
            api_versions_response::SupportedFeatureKey::default()
                .with_name(text("metadata.version"))
                .with_min_version(7)
                .with_max_version(27),
        ])
        .with_finalized_features_epoch(99)
        .with_finalized_features(vec![
            api_versions_response::FinalizedFeatureKey::default()
                .with_name(text("metadata.version"))
                .with_min_version_level(27)
                .with_max_version_level(27),
        ])
        .with_zk_migration_ready(true)
}

/// Two brokers, and one topic with a partition that is whole and one that has no leader.
pub(crate) fn metadata(version: i16) -> messages::MetadataResponse {
    let broker = |id: i32, rack| {
        meta::MetadataResponseBroker::default()
            .with_node_id(id.into())
            .with_host(text("127.0.0.1"))
            .with_port(9091 + id)
            .with_rack(rack)
    };
    let whole = meta::MetadataResponsePartition::default()
        .with_partition_index(0)
        .with_leader_id(1.into())
        .with_leader_epoch(4)
        .with_replica_nodes(ids([1, 2]))
        .with_isr_nodes(ids([1, 2]));
    let leaderless = meta::MetadataResponsePartition::default()
        .with_error_code(5)
        .with_partition_index(1)
        .with_leader_id((-1).into())
        .with_leader_epoch(9)
        .with_replica_nodes(ids([3]))
        .with_offline_replicas(ids([3]));
    let topic = meta::MetadataResponseTopic::default()
        .with_name(Some(text("orders").into()))
        .with_topic_id(if version >= 10 { TOPIC_ID } else { Uuid::nil() })
        .with_partitions(vec![whole, leaderless]);
    messages::MetadataResponse::default()
        .with_brokers(vec![broker(1, Some(text("a"))), broker(2, None)])
        .with_cluster_id(Some(text("cluster")))
        .with_controller_id(2.into())
        .with_topics(vec![topic])
}

fn describe_cluster(version: i16) -> messages::DescribeClusterResponse {
    let broker = |id: i32| {
        describe_cluster_response::DescribeClusterBroker::default()
            .with_broker_id(id.into())
            .with_host(text("kafka"))
            .with_port(9092)
            .with_is_fenced(version >= 2 && id == 3)
    };
    messages::DescribeClusterResponse::default()
        .with_cluster_id(text("cluster"))
        .with_controller_id(1.into())
        .with_brokers(vec![broker(1), broker(3)])
}

fn describe_quorum(version: i16) -> messages::DescribeQuorumResponse {
    let replica = |id: i32| {
        let replica = quorum::ReplicaState::default()
            .with_replica_id(id.into())
            .with_log_end_offset(700);
        let replica = if version >= 2 {
            replica.with_replica_directory_id(TOPIC_ID)
        } else {
            replica
        };
        if version >= 1 {
            replica
                .with_last_fetch_timestamp(1_700_000_000_000)
                .with_last_caught_up_timestamp(-1)
        } else {
            replica
        }
    };
    let partition = quorum::PartitionData::default()
        .with_leader_id(1.into())
        .with_leader_epoch(7)
        .with_high_watermark(699)
        .with_current_voters(vec![replica(1), replica(2)])
        .with_observers(vec![replica(5)]);
    let topic = quorum::TopicData::default()
        .with_topic_name(text("__cluster_metadata").into())
        .with_partitions(vec![partition]);
    let response = messages::DescribeQuorumResponse::default().with_topics(vec![topic]);
    if version < 2 {
        return response;
    }
    let listener = quorum::Listener::default()
        .with_name(text("CONTROLLER"))
        .with_host(text("kafka"))
        .with_port(9093);
    response.with_nodes(vec![
        quorum::Node::default()
            .with_node_id(1.into())
            .with_listeners(vec![listener]),
    ])
}

fn describe_log_dirs(version: i16) -> messages::DescribeLogDirsResponse {
    let partition = disk::DescribeLogDirsPartition::default()
        .with_partition_index(3)
        .with_partition_size(4096)
        .with_offset_lag(2)
        .with_is_future_key(true);
    let topic = disk::DescribeLogDirsTopic::default()
        .with_name(text("orders").into())
        .with_partitions(vec![partition]);
    let dir = disk::DescribeLogDirsResult::default()
        .with_log_dir(text("/var/kafka"))
        .with_topics(vec![topic]);
    let dir = if version >= 4 {
        dir.with_total_bytes(1 << 40).with_usable_bytes(1 << 39)
    } else {
        dir
    };
    let dead = disk::DescribeLogDirsResult::default()
        .with_error_code(56)
        .with_log_dir(text("/dead"));
    messages::DescribeLogDirsResponse::default().with_results(vec![dir, dead])
}

fn reassignments() -> messages::ListPartitionReassignmentsResponse {
    let partition = moves::OngoingPartitionReassignment::default()
        .with_partition_index(6)
        .with_replicas(ids([1, 2, 3]))
        .with_adding_replicas(ids([3]))
        .with_removing_replicas(ids([1]));
    let topic = moves::OngoingTopicReassignment::default()
        .with_name(text("orders").into())
        .with_partitions(vec![partition]);
    messages::ListPartitionReassignmentsResponse::default().with_topics(vec![topic])
}

fn list_groups(version: i16) -> messages::ListGroupsResponse {
    let group = listing::ListedGroup::default()
        .with_group_id(text("readers").into())
        .with_protocol_type(text("consumer"));
    let group = if version >= 4 {
        group.with_group_state(text("Stable"))
    } else {
        group
    };
    let group = if version >= 5 {
        group.with_group_type(text("classic"))
    } else {
        group
    };
    messages::ListGroupsResponse::default().with_groups(vec![group])
}

fn describe_groups(version: i16) -> messages::DescribeGroupsResponse {
    // ConsumerProtocolAssignment version 1: one topic "t" with partition 5, no user data.
    let assignment = b"\0\x01\0\0\0\x01\0\x01t\0\0\0\x01\0\0\0\x05\xff\xff\xff\xff";
    let member = classic::DescribedGroupMember::default()
        .with_member_id(text("member-1"))
        .with_group_instance_id(Some(text("static-1")))
        .with_client_id(text("client"))
        .with_client_host(text("/10.0.0.7"))
        .with_member_assignment(Bytes::from_static(assignment));
    let group = classic::DescribedGroup::default()
        .with_group_id(text("readers").into())
        .with_group_state(text("Stable"))
        .with_protocol_type(text("consumer"))
        .with_protocol_data(text("range"))
        .with_members(vec![member]);
    let gone = classic::DescribedGroup::default()
        .with_error_code(69)
        .with_group_id(text("gone").into());
    let gone = if version >= 6 {
        gone.with_error_message(Some(text("Group gone not found.")))
    } else {
        gone
    };
    messages::DescribeGroupsResponse::default().with_groups(vec![group, gone])
}

fn consumer_groups(version: i16) -> messages::ConsumerGroupDescribeResponse {
    let partitions = consumer::TopicPartitions::default()
        .with_topic_id(TOPIC_ID)
        .with_topic_name(text("orders").into())
        .with_partitions(vec![0, 1]);
    let assignment = consumer::Assignment::default().with_topic_partitions(vec![partitions]);
    let member = consumer::Member::default()
        .with_member_id(text("member-1"))
        .with_rack_id(Some(text("a")))
        .with_member_epoch(3)
        .with_client_id(text("client"))
        .with_client_host(text("/10.0.0.7"))
        .with_subscribed_topic_names(vec![text("orders").into()])
        .with_assignment(assignment.clone())
        .with_target_assignment(assignment);
    let member = if version >= 1 {
        member.with_member_type(1)
    } else {
        member
    };
    let group = consumer::DescribedGroup::default()
        .with_group_id(text("modern").into())
        .with_group_state(text("Stable"))
        .with_group_epoch(4)
        .with_assignment_epoch(4)
        .with_assignor_name(text("uniform"))
        .with_members(vec![member]);
    messages::ConsumerGroupDescribeResponse::default().with_groups(vec![group])
}

fn offset_fetch() -> messages::OffsetFetchResponse {
    let partition = |index, offset| {
        commits::OffsetFetchResponsePartitions::default()
            .with_partition_index(index)
            .with_committed_offset(offset)
            .with_committed_leader_epoch(-1)
            .with_metadata(Some(text("")))
    };
    let topic = commits::OffsetFetchResponseTopics::default()
        .with_name(text("orders").into())
        .with_partitions(vec![partition(0, 42), partition(1, -1)]);
    let group = commits::OffsetFetchResponseGroup::default()
        .with_group_id(text("readers").into())
        .with_topics(vec![topic]);
    let moved = commits::OffsetFetchResponseGroup::default()
        .with_group_id(text("moved").into())
        .with_error_code(16);
    messages::OffsetFetchResponse::default().with_groups(vec![group, moved])
}

fn list_offsets() -> messages::ListOffsetsResponse {
    let partition = |index, error, offset| {
        ends::ListOffsetsPartitionResponse::default()
            .with_partition_index(index)
            .with_error_code(error)
            .with_offset(offset)
            .with_leader_epoch(4)
    };
    let topic = ends::ListOffsetsTopicResponse::default()
        .with_name(text("orders").into())
        .with_partitions(vec![partition(0, 0, 50), partition(1, 6, -1)]);
    messages::ListOffsetsResponse::default().with_topics(vec![topic])
}

fn describe_configs() -> messages::DescribeConfigsResponse {
    let entry = config::DescribeConfigsResourceResult::default()
        .with_name(text("min.insync.replicas"))
        .with_value(Some(text("2")))
        .with_config_source(5)
        .with_synonyms(vec![
            config::DescribeConfigsSynonym::default().with_name(text("s")),
        ])
        .with_config_type(3)
        .with_documentation(Some(text("doc")));
    let result = config::DescribeConfigsResult::default()
        .with_resource_type(2)
        .with_resource_name(text("orders"))
        .with_configs(vec![entry]);
    let denied = config::DescribeConfigsResult::default()
        .with_error_code(29)
        .with_error_message(Some(text("denied")))
        .with_resource_type(2)
        .with_resource_name(text("secret"));
    messages::DescribeConfigsResponse::default().with_results(vec![result, denied])
}

fn topic_page() -> messages::DescribeTopicPartitionsResponse {
    let partition = page::DescribeTopicPartitionsResponsePartition::default()
        .with_partition_index(0)
        .with_leader_id(1.into())
        .with_leader_epoch(2)
        .with_replica_nodes(ids([1, 2]))
        .with_isr_nodes(ids([1]))
        .with_eligible_leader_replicas(Some(ids([2])));
    let topic = page::DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(text("orders").into()))
        .with_topic_id(TOPIC_ID)
        .with_is_internal(true)
        .with_partitions(vec![partition]);
    let cursor = page::Cursor::default()
        .with_topic_name(text("orders").into())
        .with_partition_index(1);
    messages::DescribeTopicPartitionsResponse::default()
        .with_topics(vec![topic])
        .with_next_cursor(Some(cursor))
}

fn fetched(version: i16) -> messages::FetchResponse {
    let partition = fetch::PartitionData::default()
        .with_partition_index(1)
        .with_high_watermark(10)
        .with_records(Some(Bytes::from_static(b"records")));
    let topic = fetch::FetchableTopicResponse::default().with_partitions(vec![partition]);
    let topic = if version >= 13 {
        topic.with_topic_id(TOPIC_ID)
    } else {
        topic.with_topic(text("orders").into())
    };
    messages::FetchResponse::default().with_responses(vec![topic])
}

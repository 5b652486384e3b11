//! Answers in every version, decoded again by the codec with nothing left over.

use super::request::{Names, frame};
use crate::model::cluster::Mode;
use crate::sim::serve::answer;
use crate::sim::serve::call::{self, Asked, Outcome};
use crate::sim::serve::seat::{Seat, Shared};
use crate::sim::world::{
    Act, Behaviour, ClusterSpec, Controllers, GroupKind, GroupSpec, Node, Release, SimTime, TopicSpec, World,
};
use bytes::{Buf, Bytes};
use kafka_protocol::messages::{self as wire, ApiKey, ResponseHeader};
use kafka_protocol::protocol::{Decodable, HeaderVersion};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use uuid::Uuid;

/// Three brokers, a topic, and groups of every kind at each broker, which live for a while.
pub(super) fn world(release: Release, mode: Mode) -> World {
    let mut groups = Vec::new();
    for number in 0..12 {
        let named = |kind: &str| GroupSpec::following(&format!("{kind}-{number}"), &["orders"], 2);
        groups.push(named("classic"));
        groups.push(GroupSpec {
            kind: GroupKind::Consumer,
            ..named("consumer")
        });
        groups.push(GroupSpec {
            members: 0,
            ..named("idle").behaving(Behaviour::Empty, 3)
        });
    }
    let spec = ClusterSpec {
        release,
        controllers: Controllers::Separate { count: 3 },
        racks: vec!["a".to_owned(), "b".to_owned()],
        topics: vec![TopicSpec::named("orders", 3).at_rate(30.0)],
        groups,
        ..ClusterSpec::bare(mode, 3)
    };
    let mut world = World::new(&spec, 3, 1_700_000_000_000).unwrap();
    world.advance(SimTime(5_000));
    world
}

/// A broker of a world, in ZooKeeper mode the controller, and names of what is there.
pub(super) fn seat(world: World) -> (Seat, Names) {
    let broker = match world.spec().mode {
        Mode::ZooKeeper => world.image(1).controller.unwrap(),
        Mode::Kraft => 1,
    };
    let ports = BTreeMap::from([(1, 9_092), (2, 9_093), (3, 9_094)]);
    let image = world.image(broker);
    let topic = image.topic("orders").unwrap();
    let partition = (0..)
        .zip(&topic.partitions)
        .find_map(|(index, partition)| (partition.leader == Some(broker)).then_some(index));
    let partition = partition.unwrap();
    let at = topic.place(partition).unwrap();
    let log = world.log(broker, at, None).unwrap();
    assert!(log.start < log.high_watermark, "{log:?}");
    let of = |kind: &str| {
        let mut names = (0..12).map(|number| format!("{kind}-{number}"));
        names
            .find(|name| world.coordinator(broker, name) == Some(broker))
            .unwrap()
    };
    let names = Names {
        topic: "orders".to_owned(),
        id: Uuid::from_bytes(topic.id.0),
        partition,
        offset: log.high_watermark - 1,
        classic: of("classic"),
        consumer: of("consumer"),
        idle: of("idle"),
        nobody: of("nobody"),
        new: "fresh".to_owned(),
        broker,
    };
    let seat = Seat::new(
        broker,
        Arc::new(Shared::new(world, ports)),
        "127.0.0.1".to_owned(),
    );
    (seat, names)
}

/// The answer to a frame, after as much time as it takes.
fn ask(seat: &Seat, frame: Bytes) -> Bytes {
    let Ok(Asked::Call(call)) = call::read(frame, seat) else {
        panic!("not a request that is answered");
    };
    let bytes = match answer::answer(seat, &call).unwrap() {
        Outcome::Now(bytes) => bytes,
        Outcome::Later(mut later) => {
            let waited = (0..200).find_map(|_| {
                seat.shared.change(|world| {
                    let next = SimTime(world.now().0 + 50);
                    world.advance(next);
                });
                (later.again)(false)
            });
            waited.unwrap_or_else(|| panic!("{:?} {} is never answered", call.api, call.version))
        }
        Outcome::Nothing | Outcome::Close => panic!("{:?} {} has no answer", call.api, call.version),
    };
    bytes.unwrap_or_else(|error| panic!("{error}"))
}

/// Decodes an answer to its last byte, as text.
fn decoded<M: Decodable + HeaderVersion + Debug>(mut frame: Bytes, version: i16) -> String {
    let length = usize::try_from(frame.get_i32()).unwrap();
    assert_eq!(length, frame.len());
    let header = ResponseHeader::decode(&mut frame, M::header_version(version)).unwrap();
    assert_eq!(header.correlation_id, 77);
    let message = M::decode(&mut frame, version).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(frame.remaining(), 0, "{message:?}");
    format!("{message:?}")
}

pub(super) fn read(api: ApiKey, version: i16, frame: Bytes) -> String {
    macro_rules! read {
        ($($api:ident => $message:ident),* $(,)?) => {
            match api {
                $(ApiKey::$api => decoded::<wire::$message>(frame, version),)*
                other => panic!("{other:?} is not served"),
            }
        };
    }
    read!(
        Produce => ProduceResponse,
        Fetch => FetchResponse,
        ListOffsets => ListOffsetsResponse,
        Metadata => MetadataResponse,
        OffsetCommit => OffsetCommitResponse,
        OffsetFetch => OffsetFetchResponse,
        FindCoordinator => FindCoordinatorResponse,
        DescribeGroups => DescribeGroupsResponse,
        ListGroups => ListGroupsResponse,
        ApiVersions => ApiVersionsResponse,
        CreateTopics => CreateTopicsResponse,
        DeleteTopics => DeleteTopicsResponse,
        InitProducerId => InitProducerIdResponse,
        OffsetForLeaderEpoch => OffsetForLeaderEpochResponse,
        DescribeConfigs => DescribeConfigsResponse,
        DescribeLogDirs => DescribeLogDirsResponse,
        ElectLeaders => ElectLeadersResponse,
        ListPartitionReassignments => ListPartitionReassignmentsResponse,
        DescribeQuorum => DescribeQuorumResponse,
        DescribeCluster => DescribeClusterResponse,
        ConsumerGroupDescribe => ConsumerGroupDescribeResponse,
        DescribeTopicPartitions => DescribeTopicPartitionsResponse,
    )
}

/// Lists that are empty in an answer of a healthy cluster, or in those versions that lay it out in another way.
fn may_be_empty(api: ApiKey) -> &'static [&'static str] {
    match api {
        ApiKey::Metadata => &["offline_replicas", "partitions"],
        ApiKey::DescribeTopicPartitions => {
            &["offline_replicas", "eligible_leader_replicas", "last_known_elr"]
        }
        ApiKey::Produce => &["record_errors", "node_endpoints"],
        ApiKey::Fetch => &["aborted_transactions", "node_endpoints"],
        ApiKey::OffsetFetch => &["topics", "groups"],
        ApiKey::FindCoordinator => &["coordinators"],
        ApiKey::DescribeQuorum => &["nodes"],
        ApiKey::DescribeGroups | ApiKey::ConsumerGroupDescribe => &["members"],
        ApiKey::ApiVersions => &["supported_features", "finalized_features"],
        // The broker's listener names and others have no default behind them; of a topic that is not there nothing is told.
        ApiKey::DescribeConfigs => &["configs", "synonyms"],
        // The model has no reassignments.
        ApiKey::ListPartitionReassignments => &["topics"],
        _ => &[],
    }
}

/// Error codes other than 0 that an answer holds.
pub(super) fn codes(text: &str) -> Vec<&str> {
    let all = text.split("error_code: ").skip(1);
    all.filter_map(|rest| rest.split([',', ' ']).next())
        .filter(|code| *code != "0")
        .collect()
}

/// Error codes that the requests provoke: of the topic and group that are not there, and of groups of the other kind.
fn provoked(api: ApiKey) -> &'static [&'static str] {
    match api {
        ApiKey::Metadata | ApiKey::DescribeConfigs | ApiKey::DeleteTopics => &["3"],
        ApiKey::DescribeGroups | ApiKey::ConsumerGroupDescribe => &["69"],
        ApiKey::ElectLeaders => &["84"],
        _ => &[],
    }
}

#[test]
fn every_answer_of_every_version_decodes_again() {
    for (release, mode) in super::KINDS {
        for (api, version) in super::served(release, mode) {
            let (seat, names) = seat(world(release, mode));
            let what = format!("{api:?} {version} of {release:?}, {mode:?}");
            let text = read(api, version, ask(&seat, frame(api, version, &names)));
            for field in text.split(": []").filter_map(|text| text.rsplit(' ').next()) {
                let allowed = field.is_empty() || text.ends_with(field) || may_be_empty(api).contains(&field);
                assert!(allowed, "{what}: {field} is empty: {text}");
            }
            let zookeeper = mode == Mode::ZooKeeper;
            let not_here = (zookeeper && api == ApiKey::ConsumerGroupDescribe).then_some("35");
            for code in codes(&text) {
                let known = provoked(api).contains(&code) || Some(code) == not_here;
                assert!(known, "{what}: error {code}: {text}");
            }
        }
    }
}

#[test]
fn lists_that_only_a_fault_fills() {
    let mut world = world(Release::V4_1, Mode::Kraft);
    world.act(&Act::Kill(Node::Broker(2))).unwrap();
    world.act(&Act::Kill(Node::Broker(3))).unwrap();
    let to = SimTime(world.now().0 + 20_000);
    world.advance(to);
    let (seat, names) = seat(world);
    for (api, field) in [
        (ApiKey::Metadata, "offline_replicas: [2"),
        (ApiKey::DescribeTopicPartitions, "offline_replicas: [2"),
        (
            ApiKey::DescribeTopicPartitions,
            "eligible_leader_replicas: Some([2",
        ),
        (ApiKey::DescribeCluster, "is_fenced: true"),
    ] {
        for (served, version) in super::served(Release::V4_1, Mode::Kraft) {
            let old = api == ApiKey::Metadata && version < 5 || api == ApiKey::DescribeCluster && version < 2;
            if served == api && !old {
                let text = read(api, version, ask(&seat, frame(api, version, &names)));
                assert!(text.contains(field), "{api:?} {version}: no {field} in {text}");
            }
        }
    }
    let text = read(ApiKey::Produce, 9, ask(&seat, frame(ApiKey::Produce, 9, &names)));
    assert_eq!(codes(&text), ["19"], "NOT_ENOUGH_REPLICAS: {text}");
}

/// A broker that does not lead tells who does (KIP-951).
#[test]
fn who_leads_instead_is_told() {
    let (seat, names) = seat(world(Release::V4_1, Mode::Kraft));
    let other = Seat::new(2, seat.shared.clone(), "127.0.0.1".to_owned());
    for (api, version, hint) in [
        (ApiKey::Produce, 10, true),
        (ApiKey::Produce, 9, false),
        (ApiKey::Fetch, 16, true),
        (ApiKey::Fetch, 11, false),
    ] {
        let text = read(api, version, ask(&other, frame(api, version, &names)));
        assert_eq!(codes(&text), ["6"], "{api:?} {version}: {text}");
        let told = text.contains("leader_id: 1") && text.contains("port: 9092");
        assert_eq!(told, hint, "{api:?} {version}: {text}");
    }
}

/// In ZooKeeper mode clients themselves go to the controller.
#[test]
fn only_the_controller_changes_topics_in_zookeeper_mode() {
    let (seat, names) = seat(world(Release::V3_9, Mode::ZooKeeper));
    let other = if seat.broker == 1 { 2 } else { 1 };
    let other = Seat::new(other, seat.shared.clone(), "127.0.0.1".to_owned());
    for api in [
        ApiKey::CreateTopics,
        ApiKey::DeleteTopics,
        ApiKey::ElectLeaders,
        ApiKey::ListPartitionReassignments,
    ] {
        let version = if api == ApiKey::ListPartitionReassignments {
            0
        } else {
            2
        };
        let text = read(api, version, ask(&other, frame(api, version, &names)));
        assert!(codes(&text).iter().all(|code| *code == "41"), "{api:?}: {text}");
        assert!(!codes(&text).is_empty(), "{api:?}: {text}");
    }
}

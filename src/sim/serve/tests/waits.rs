//! Answers that wait, and those that never come.

use super::answers::{codes, read, seat, world};
use super::request::{self, Names, frame};
use crate::model::cluster::Mode;
use crate::sim::serve::answer::{self, Framed};
use crate::sim::serve::call::{self, Asked, Later, Outcome};
use crate::sim::serve::seat::Seat;
use crate::sim::world::{Act, Node, Release, SimTime};
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{self as wire, ApiKey, RequestHeader};
use kafka_protocol::protocol::{Encodable, StrBytes};
use kafka_protocol::records::RecordBatchDecoder;

fn ask(seat: &Seat, frame: Bytes) -> Framed {
    match call::read(frame, seat) {
        Ok(Asked::Call(call)) => answer::answer(seat, &call).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// What waits in this outcome.
fn later<A>(outcome: Outcome<A>) -> Later<A> {
    match outcome {
        Outcome::Later(later) => later,
        Outcome::Now(_) => panic!("it is answered at once"),
        Outcome::Nothing | Outcome::Close => panic!("it is never answered"),
    }
}

fn seconds(seat: &Seat, seconds: u64) {
    seat.shared.change(|world| {
        let to = SimTime(world.now().0 + seconds * 1_000);
        world.advance(to);
    });
}

fn kraft() -> (Seat, Names) {
    seat(world(Release::V4_1, Mode::Kraft))
}

fn framed(api: ApiKey, version: i16, message: &impl Encodable) -> Bytes {
    let mut bytes = BytesMut::new();
    RequestHeader::default()
        .with_request_api_key(api as i16)
        .with_request_api_version(version)
        .with_correlation_id(77)
        .encode(&mut bytes, api.request_header_version(version))
        .unwrap();
    message.encode(&mut bytes, version).unwrap();
    bytes.freeze()
}

fn produce(names: &Names, topic: &str, acks: i16, records: Bytes) -> Bytes {
    let data = wire::produce_request::PartitionProduceData::default()
        .with_index(names.partition)
        .with_records(Some(records));
    let topic = wire::produce_request::TopicProduceData::default()
        .with_name(StrBytes::from_string(topic.to_owned()).into())
        .with_partition_data(vec![data]);
    let request = wire::ProduceRequest::default()
        .with_acks(acks)
        .with_timeout_ms(1_500)
        .with_topic_data(vec![topic]);
    framed(ApiKey::Produce, 9, &request)
}

fn fetch(names: &Names, offset: i64, min_bytes: i32) -> Bytes {
    let partition = wire::fetch_request::FetchPartition::default()
        .with_partition(names.partition)
        .with_current_leader_epoch(-1)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(1 << 20);
    let topic = wire::fetch_request::FetchTopic::default()
        .with_topic(StrBytes::from_string(names.topic.clone()).into())
        .with_partitions(vec![partition]);
    let request = wire::FetchRequest::default()
        .with_max_wait_ms(700)
        .with_min_bytes(min_bytes)
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic]);
    framed(ApiKey::Fetch, 11, &request)
}

fn end(seat: &Seat, names: &Names) -> i64 {
    let world = seat.world();
    let at = world
        .image(seat.broker)
        .topic(&names.topic)
        .unwrap()
        .place(names.partition);
    world.log(seat.broker, at.unwrap(), None).unwrap().high_watermark
}

#[test]
fn a_fetch_at_the_end_waits_for_records() {
    let (seat, names) = kraft();
    let mut waiting = later(ask(&seat, fetch(&names, end(&seat, &names), 1)));
    assert_eq!(waiting.limit.unwrap().as_millis(), 700);
    assert!((waiting.again)(false).is_none());
    // Writing is a change of the world, for which those who wait are woken.
    let pulse = seat.shared.pulse();
    let before = *pulse.borrow();
    assert!(matches!(
        ask(&seat, produce(&names, &names.topic, 1, request::batch())),
        Outcome::Now(_)
    ));
    assert_ne!(*pulse.borrow(), before);
    let text = read(ApiKey::Fetch, 11, (waiting.again)(false).unwrap().unwrap());
    assert!(
        text.contains("records: Some(b") && codes(&text).is_empty(),
        "{text}"
    );

    let mut waiting = later(ask(&seat, fetch(&names, end(&seat, &names), 1)));
    let text = read(ApiKey::Fetch, 11, (waiting.again)(true).unwrap().unwrap());
    assert!(text.contains("records: Some(b\"\")"), "{text}");
}

#[test]
fn a_fetch_that_can_only_fail_does_not_wait() {
    let (seat, names) = kraft();
    let end = end(&seat, &names);
    for (offset, code) in [(end + 1, "1"), (-1, "1")] {
        let Outcome::Now(bytes) = ask(&seat, fetch(&names, offset, 1)) else {
            panic!("it waits");
        };
        assert_eq!(
            codes(&read(ApiKey::Fetch, 11, bytes.unwrap())),
            [code],
            "offset {offset}"
        );
    }
}

#[test]
fn synthetic_records_have_the_times_that_list_offsets_tells() {
    let (seat, names) = kraft();
    let last = end(&seat, &names);
    let from = last - 40;
    let request = fetch(&names, from, 0);
    let Outcome::Now(Ok(mut bytes)) = ask(&seat, request) else {
        panic!("it waits");
    };
    // Length, correlation id, and the header of the answer before the decoded body.
    let mut body = bytes.split_off(8);
    let response: wire::FetchResponse = kafka_protocol::protocol::Decodable::decode(&mut body, 11).unwrap();
    let mut records = response.responses[0].partitions[0].records.clone().unwrap();
    let sets = RecordBatchDecoder::decode_all(&mut records).unwrap();
    let records: Vec<_> = sets.into_iter().flat_map(|set| set.records).collect();
    let offsets: Vec<_> = records.iter().map(|record| record.offset).collect();
    assert_eq!(offsets, (from..last).collect::<Vec<_>>());
    let world = seat.world();
    let at = world
        .image(seat.broker)
        .topic(&names.topic)
        .unwrap()
        .place(names.partition);
    for record in records {
        let time = world.time_of(seat.broker, at.unwrap(), record.offset).unwrap();
        assert!(record.timestamp.abs_diff(time) <= 1_000, "{record:?}: {time}");
    }
}

#[test]
fn acks_all_waits_for_the_isr_and_is_told_when_its_time_is_over() {
    let (seat, names) = kraft();
    seat.shared
        .change(|world| world.act(&Act::Pause(Node::Broker(2))))
        .unwrap();
    let mut waiting = later(ask(&seat, produce(&names, &names.topic, -1, request::batch())));
    assert_eq!(waiting.limit.unwrap().as_millis(), 1_500);
    assert!((waiting.again)(false).is_none());
    let text = read(ApiKey::Produce, 9, (waiting.again)(true).unwrap().unwrap());
    assert_eq!(codes(&text), ["7"], "REQUEST_TIMED_OUT: {text}");

    let mut waiting = later(ask(&seat, produce(&names, &names.topic, -1, request::batch())));
    seconds(&seat, 20);
    let text = read(ApiKey::Produce, 9, (waiting.again)(false).unwrap().unwrap());
    assert_eq!(codes(&text), [""; 0], "the paused one has left the ISR: {text}");
}

#[test]
fn acks_of_every_kind() {
    let (seat, names) = kraft();
    let topic = names.topic.as_str();
    let good = request::batch;
    assert!(matches!(
        ask(&seat, produce(&names, topic, 0, good())),
        Outcome::Nothing
    ));
    // A producer that waits for nothing loses its connection where it fails.
    assert!(matches!(
        ask(&seat, produce(&names, "nowhere", 0, good())),
        Outcome::Close
    ));
    for (topic, acks, records, code) in [
        (topic, 1, good(), ""),
        (topic, 2, good(), "21"),
        ("nowhere", 1, good(), "3"),
        ("__consumer_offsets", 1, good(), "17"),
        (topic, 1, Bytes::new(), "87"),
        (topic, 1, good().slice(..50), "2"),
    ] {
        let Outcome::Now(bytes) = ask(&seat, produce(&names, topic, acks, records)) else {
            panic!("{topic} {acks} waits");
        };
        let text = read(ApiKey::Produce, 9, bytes.unwrap());
        assert_eq!(codes(&text).concat(), code, "{topic} {acks}: {text}");
    }
}

#[test]
fn what_is_passed_on_is_silent_without_a_controller() {
    let (seat, names) = kraft();
    let controllers = [3001, 3002].map(Node::Controller);
    for node in controllers {
        seat.shared.change(|world| world.act(&Act::Kill(node))).unwrap();
    }
    seconds(&seat, 30);
    let mut silent = Vec::new();
    for api in [
        ApiKey::DescribeQuorum,
        ApiKey::ListPartitionReassignments,
        ApiKey::CreateTopics,
        ApiKey::ElectLeaders,
    ] {
        let version = if api == ApiKey::ListPartitionReassignments {
            0
        } else {
            2
        };
        let waiting = later(ask(&seat, frame(api, version, &names)));
        assert_eq!(waiting.limit, None, "{api:?}");
        silent.push((api, version, waiting));
    }
    // What the broker knows by itself it tells.
    assert!(matches!(
        ask(&seat, frame(ApiKey::Metadata, 12, &names)),
        Outcome::Now(_)
    ));
    for node in controllers {
        seat.shared.change(|world| world.act(&Act::Start(node))).unwrap();
    }
    seconds(&seat, 120);
    for (api, version, mut waiting) in silent {
        let bytes = (waiting.again)(false).unwrap_or_else(|| panic!("{api:?} is silent still"));
        read(api, version, bytes.unwrap());
    }
}

#[test]
fn without_an_ensemble_questions_for_topics_settings_cost_a_thread_each() {
    let (seat, names) = seat(world(Release::V3_9, Mode::ZooKeeper));
    for member in [1, 2] {
        let act = Act::Kill(Node::ZooKeeper(member));
        seat.shared.change(|world| world.act(&act)).unwrap();
    }
    seconds(&seat, 30);
    for _ in 0..8 {
        assert!(seat.has_thread());
        let waiting = later(ask(&seat, frame(ApiKey::DescribeConfigs, 4, &names)));
        // The thread stays lost when the asker has gone.
        drop(waiting);
    }
    assert!(!seat.has_thread());
    for member in [1, 2] {
        let act = Act::Start(Node::ZooKeeper(member));
        seat.shared.change(|world| world.act(&act)).unwrap();
    }
    seconds(&seat, 60);
    assert!(seat.has_thread());
    assert!(matches!(
        ask(&seat, frame(ApiKey::DescribeConfigs, 4, &names)),
        Outcome::Now(_)
    ));
}

#[test]
fn on_a_disk_that_hangs_log_directories_are_not_told_and_all_else_is() {
    let (seat, names) = kraft();
    let node = Node::Broker(seat.broker);
    seat.shared
        .change(|world| world.act(&Act::HangDisk(node)))
        .unwrap();
    let mut waiting = later(ask(&seat, frame(ApiKey::DescribeLogDirs, 4, &names)));
    assert_eq!(waiting.limit, None);
    seconds(&seat, 60);
    assert!((waiting.again)(false).is_none());
    for (api, version) in [
        (ApiKey::Metadata, 12),
        (ApiKey::ListOffsets, 7),
        (ApiKey::ListGroups, 4),
    ] {
        assert!(
            matches!(ask(&seat, frame(api, version, &names)), Outcome::Now(_)),
            "{api:?}"
        );
    }
    for _ in 0..7 {
        assert!(seat.has_thread());
        drop(later(ask(&seat, frame(ApiKey::DescribeLogDirs, 4, &names))));
    }
    assert!(!seat.has_thread(), "each question costs a thread");
    seat.shared
        .change(|world| world.act(&Act::FreeDisk(node)))
        .unwrap();
    assert!(seat.has_thread());
    let text = read(
        ApiKey::DescribeLogDirs,
        4,
        (waiting.again)(false).unwrap().unwrap(),
    );
    assert!(text.contains("orders") && codes(&text).is_empty(), "{text}");
}

//! A streams group, made with two heartbeats: no client library for Rust speaks its protocol (KIP-1071).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const STREAMS_GROUP_HEARTBEAT: i16 = 88;
const MEMBER: &str = "8a7c2c1e-5b1c-4d0e-9a4e-5a2f4c1d7e90";

/// Makes a streams group that reads a topic and whose one member has left again.
pub fn make_group(bootstrap: &[String], group: &str, topic: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    // Whoever is not the coordinator says so, and one that has just become it is loading.
    loop {
        let errors: Vec<i16> = bootstrap
            .iter()
            .map(|broker| heartbeat(broker, &join(group, topic)))
            .collect();
        if let Some(place) = errors.iter().position(|error| *error == 0) {
            assert_eq!(heartbeat(&bootstrap[place], &leave(group)), 0);
            return;
        }
        assert!(
            Instant::now() < deadline,
            "no broker takes a member of {group}: {errors:?}"
        );
    }
}

/// The error code that a broker answers to a heartbeat.
fn heartbeat(broker: &str, body: &[u8]) -> i16 {
    let mut stream = TcpStream::connect(broker).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut request = Vec::new();
    request.extend(STREAMS_GROUP_HEARTBEAT.to_be_bytes());
    request.extend(0_i16.to_be_bytes());
    request.extend(7_i32.to_be_bytes());
    // No client id, no tags.
    request.extend((-1_i16).to_be_bytes());
    request.push(0);
    request.extend(body);
    let length = i32::try_from(request.len()).unwrap();
    stream.write_all(&length.to_be_bytes()).unwrap();
    stream.write_all(&request).unwrap();
    // Length, correlation id, tags, throttle time, error code.
    let mut answer = [0; 4 + 4 + 1 + 4 + 2];
    stream.read_exact(&mut answer).unwrap();
    i16::from_be_bytes([answer[13], answer[14]])
}

fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len() + 1).unwrap();
    assert!(length < 0x80, "a length of one byte");
    [&[length], text.as_bytes()].concat()
}

const NULL: &[u8] = &[0];
const EMPTY: &[u8] = &[1];
const ONE: &[u8] = &[2];
const NO_TAGS: &[u8] = &[0];
const NULL_STRUCT: &[u8] = &[0xff];

/// The first heartbeat of a member, with a topology of one source topic.
fn join(group: &str, topic: &str) -> Vec<u8> {
    let zero = 0_i32.to_be_bytes();
    let subtopology = [
        text("0"),
        [ONE, &text(topic)].concat(),
        // No patterns, changelogs, repartition topics, copartition groups.
        EMPTY.repeat(5),
        NO_TAGS.to_vec(),
    ]
    .concat();
    let topology = [&[1], &zero[..], ONE, &subtopology, NO_TAGS].concat();
    [
        text(group),
        text(MEMBER),
        // Epoch of the member, which joins, and of the endpoints.
        zero.to_vec(),
        zero.to_vec(),
        // Instance and rack.
        NULL.repeat(2),
        10_000_i32.to_be_bytes().to_vec(),
        topology,
        // Tasks of three kinds.
        EMPTY.repeat(3),
        text("process"),
        NULL_STRUCT.to_vec(),
        EMPTY.to_vec(),
        // Offsets of tasks, twice; no shutdown; no tags.
        NULL.repeat(2),
        vec![0],
        NO_TAGS.to_vec(),
    ]
    .concat()
}

/// The last heartbeat of a member.
fn leave(group: &str) -> Vec<u8> {
    [
        text(group),
        text(MEMBER),
        (-1_i32).to_be_bytes().to_vec(),
        0_i32.to_be_bytes().to_vec(),
        NULL.repeat(2),
        (-1_i32).to_be_bytes().to_vec(),
        NULL_STRUCT.to_vec(),
        NULL.repeat(3),
        NULL.to_vec(),
        NULL_STRUCT.to_vec(),
        NULL.repeat(3),
        vec![0],
        NO_TAGS.to_vec(),
    ]
    .concat()
}

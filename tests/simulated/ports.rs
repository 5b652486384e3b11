//! Ports, garbage on them, and what a client feels when a broker is gone, paused or hidden.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{Act, ClusterSpec, Node, SpecError};
use kaftop::sim::{Listen, Pace, SimError, Simulation};

use crate::simulated::Simulated;

/// Longer than any answer takes; it tells silence from an answer.
const SILENCE: Duration = Duration::from_millis(300);
/// Long enough for any answer.
const ANSWER: Duration = Duration::from_secs(10);

/// ApiVersions in version 0.
const API_VERSIONS: &[u8] = b"\0\0\0\x0a\0\x12\0\0\0\0\0\x07\xff\xff";

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    Ok(stream)
}

/// What came back within the time: bytes, none at the end of the connection, or nothing.
#[derive(Debug, PartialEq, Eq)]
enum Back {
    Bytes,
    Closed,
    Nothing,
}

fn back(stream: &mut TcpStream, within: Duration) -> Back {
    stream.set_read_timeout(Some(within)).unwrap();
    match stream.read(&mut [0; 4096]) {
        Ok(0) => Back::Closed,
        Ok(_) => Back::Bytes,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Back::Nothing,
        Err(_) => Back::Closed,
    }
}

fn ask(address: SocketAddr, bytes: &[u8], within: Duration) -> Back {
    let mut stream = connect(address).unwrap();
    stream.write_all(bytes).unwrap();
    back(&mut stream, within)
}

fn first(cluster: &Simulated) -> SocketAddr {
    cluster.simulation().bootstrap()[0]
}

#[test]
fn garbage_ends_its_own_connection_alone() {
    let cluster = Simulated::guide(Mode::Kraft);
    let address = first(&cluster);
    let mut bystander = connect(address).unwrap();
    let cases: [(&str, &[u8], Back); 8] = [
        ("a request", API_VERSIONS, Back::Bytes),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: kafka\r\n\r\n", Back::Closed),
        ("TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", Back::Closed),
        ("a huge frame", b"\x7f\xff\xff\xff", Back::Closed),
        ("a frame below zero", b"\xff\xff\xff\xff", Back::Closed),
        (
            "an unknown API",
            b"\0\0\0\x0a\x7f\xff\0\0\0\0\0\x07\xff\xff",
            Back::Closed,
        ),
        (
            "an unknown version",
            b"\0\0\0\x0a\0\x03\x7f\xff\0\0\0\x07\xff\xff",
            Back::Closed,
        ),
        (
            "ApiVersions to come",
            b"\0\0\0\x0a\0\x12\x7f\xff\0\0\0\x07\xff\xff",
            Back::Bytes,
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(ask(address, bytes, ANSWER), expected, "{name}");
        bystander.write_all(API_VERSIONS).unwrap();
        assert_eq!(back(&mut bystander, ANSWER), Back::Bytes, "after {name}");
    }
    // A frame that is cut costs nobody anything.
    let mut cut = connect(address).unwrap();
    cut.write_all(&API_VERSIONS[..9]).unwrap();
    drop(cut);
    bystander.write_all(API_VERSIONS).unwrap();
    assert_eq!(back(&mut bystander, ANSWER), Back::Bytes);
}

#[test]
fn a_paused_or_hidden_broker_takes_connections_and_is_silent() {
    let cluster = Simulated::guide(Mode::Kraft);
    let (address, node) = (first(&cluster), Node::Broker(1));
    for (begin, end) in [
        (Act::Pause(node), Act::Resume(node)),
        (Act::Hide(node), Act::Show(node)),
    ] {
        let mut open = connect(address).unwrap();
        open.write_all(API_VERSIONS).unwrap();
        assert_eq!(back(&mut open, ANSWER), Back::Bytes);
        cluster.act(&begin);
        let mut new = connect(address).unwrap();
        for stream in [&mut open, &mut new] {
            stream.write_all(API_VERSIONS).unwrap();
            assert_eq!(back(stream, SILENCE), Back::Nothing);
        }
        cluster.act(&end);
        for stream in [&mut open, &mut new] {
            assert_eq!(back(stream, ANSWER), Back::Bytes);
        }
    }
}

#[test]
fn a_killed_broker_closes_its_port_and_keeps_it() {
    let cluster = Simulated::guide(Mode::Kraft);
    let (address, node) = (first(&cluster), Node::Broker(1));
    let mut open = connect(address).unwrap();
    open.write_all(API_VERSIONS).unwrap();
    assert_eq!(back(&mut open, ANSWER), Back::Bytes);
    cluster.act(&Act::Kill(node));
    assert_eq!(back(&mut open, ANSWER), Back::Closed);
    // The port is closed before its connections are.
    assert_eq!(connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    cluster.act(&Act::Start(node));
    cluster.seconds(30);
    cluster.until("the port is open again", || connect(address).is_ok());
    assert_eq!(ask(address, API_VERSIONS, ANSWER), Back::Bytes);
}

#[test]
fn what_cannot_be_started() {
    let cluster = Simulated::guide(Mode::Kraft);
    let start = |spec: &ClusterSpec, listen| {
        let started = Simulation::start(spec, 1, Pace::Manual, listen);
        cluster.runtime.block_on(started).unwrap_err()
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let guide = ClusterSpec::guide(Mode::Kraft);
    let at = |port| Listen {
        first_port: Some(port),
        ..Listen::default()
    };
    let error = start(&guide, at(port));
    assert!(
        matches!(&error, SimError::PortInUse { address, .. } if address.port() == port),
        "{error}"
    );
    let error = start(&guide, at(u16::MAX - 1));
    assert!(
        matches!(error, SimError::NoPorts { .. } | SimError::PortInUse { .. }),
        "{error}"
    );
    let error = start(
        &ClusterSpec::sized(Mode::Kraft, 3, 100_000_000, 1),
        Listen::default(),
    );
    assert!(
        matches!(error, SimError::Spec(SpecError::TooLarge { .. })),
        "{error}"
    );
}

#[test]
fn a_zookeeper_answers_its_words() {
    let cluster = Simulated::guide(Mode::ZooKeeper);
    let say = |word: &str| {
        let mut stream = connect(cluster.simulation().zookeepers()[0]).unwrap();
        stream.write_all(word.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert_eq!(say("ruok"), "imok");
    assert!(say("srvr").contains("\nMode: "), "{}", say("srvr"));
    assert!(say("stat").contains("\nClients:\n"));
    assert!(say("mntr").contains("zk_server_state\t"));
    assert_eq!(
        say("cons"),
        "cons is not executed because it is not in the whitelist.\n"
    );
    assert_eq!(say("zzzz"), "");
    for member in [2, 3] {
        cluster.act(&Act::Kill(Node::ZooKeeper(member)));
    }
    cluster.seconds(30);
    assert_eq!(
        say("srvr"),
        "This ZooKeeper instance is not currently serving requests\n"
    );
}

//! The server on real sockets: what is answered, and what a hostile client gets.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Page, pass};
use crate::model::cluster::Mode;
use crate::sink::exporter::{Exporter, ExporterOptions, Log, Port, serve};
use crate::store::testbed::{Link, World};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// An exporter of a whole cluster that is served.
struct Served {
    at: SocketAddr,
    exporter: Arc<Exporter>,
    world: World,
    _tasks: JoinSet<()>,
}

fn served() -> Served {
    let exporter = Arc::new(Exporter::new(ExporterOptions::default(), Log::silent()));
    let port = Port::open(LOOPBACK, 0).unwrap();
    let at = port.address().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(port, Arc::clone(&exporter)));
    Served {
        at,
        exporter,
        world: World::new(Mode::Kraft),
        _tasks: tasks,
    }
}

/// Sends bytes, and reads all that comes back.
async fn sent(at: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(at).await.unwrap();
    // The server may have answered and closed before everything was sent.
    let _ = stream.write_all(bytes).await;
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    all
}

async fn asked(at: SocketAddr, line: &str, headers: &str) -> (String, Vec<u8>) {
    let request = format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let all = sent(at, request.as_bytes()).await;
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let (head, body) = all.split_at(end);
    (String::from_utf8(head.to_vec()).unwrap(), body.to_vec())
}

fn length(head: &str) -> usize {
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn metrics_are_answered_plain_and_packed() {
    let mut served = served();
    pass(&mut served.world, &served.exporter, 2);
    let (head, plain) = asked(served.at, "GET /metrics", "").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(
        head.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"),
        "{head}"
    );
    assert!(head.contains("vary: accept-encoding\r\n"), "{head}");
    assert!(head.contains("connection: close\r\n"), "{head}");
    assert!(!head.contains("content-encoding"), "{head}");
    let plain = String::from_utf8(plain).unwrap();
    assert_eq!(Page::read(&plain).value("kafka_cluster_brokers"), Some("3.0"));
    let (head, packed) = asked(served.at, "GET /metrics?x=y", "accept-encoding: gzip\r\n").await;
    assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
    let mut unpacked = String::new();
    GzDecoder::new(&*packed).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert!(
        packed.len() * 3 < plain.len(),
        "{} of {}",
        packed.len(),
        plain.len()
    );
    // Only the head, with the length that the page has.
    let (head, body) = asked(served.at, "HEAD /metrics", "").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!((length(&head), body.len()), (plain.len(), 0));
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let served = served();
    for (line, status) in [
        ("GET /", "200"),
        ("GET /metrics/", "404"),
        ("GET /metric", "404"),
        ("POST /nothing", "404"),
        ("GET /../etc/passwd", "404"),
        ("GET http://other/metrics", "200"),
        ("POST /metrics", "405"),
        ("DELETE /healthz", "405"),
        ("OPTIONS /metrics", "405"),
        ("BREW /metrics", "405"),
    ] {
        let (head, _) = asked(served.at, line, "").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {head}");
        assert_eq!(
            head.contains("allow: GET, HEAD\r\n"),
            status == "405",
            "{line}: {head}"
        );
    }
}

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let mut served = served();
    let at = served.at;
    let told = async |path: &str| {
        let (head, body) = asked(at, &format!("GET {path}"), "").await;
        (head.contains(" 200 OK"), String::from_utf8(body).unwrap())
    };
    assert_eq!(told("/healthz").await, (true, "ok\n".to_owned()));
    assert_eq!(
        told("/readyz").await,
        (false, "nothing was read yet\n".to_owned())
    );
    pass(&mut served.world, &served.exporter, 2);
    assert_eq!(told("/readyz").await, (true, "ok\n".to_owned()));
    for id in 1..=3 {
        served.world.links.insert(id, Link::Hangs);
    }
    pass(&mut served.world, &served.exporter, 8);
    let (ready, why) = told("/readyz").await;
    assert!(!ready && why.len() > 10, "{why}");
    // That the cluster is away is no reason to start the exporter anew.
    assert_eq!(told("/healthz").await, (true, "ok\n".to_owned()));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(20)).await;
    tokio::time::resume();
    assert_eq!(
        told("/healthz").await,
        (
            false,
            "the reading of the cluster stands still for 20 s\n".to_owned()
        )
    );
}

#[tokio::test]
async fn rubbish_is_answered_or_closed_and_the_next_client_is_served() {
    let mut served = served();
    pass(&mut served.world, &served.exporter, 2);
    let long = format!("GET /metrics HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(5_000));
    let path = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\x00\x00\x00\x2a\x00\x12\x00\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"",
        long.as_bytes(),
        many.as_bytes(),
        path.as_bytes(),
    ] {
        let mut stream = TcpStream::connect(served.at).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(
            refused,
            "{}: {answer}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(40)])
        );
    }
    // A body that is announced is not waited for.
    let (head, _) = asked(served.at, "GET /metrics", "content-length: 1000000\r\n").await;
    assert!(head.contains(" 200 OK"), "{head}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_is_closed() {
    let served = served();
    let began = tokio::time::Instant::now();
    let answer = sent(served.at, b"GET /metrics HTTP/1.1\r\nhost: x\r\nx: ").await;
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"),
        "{answer:?}"
    );
    assert!(began.elapsed() <= Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_given_up() {
    let mut served = served();
    // More than any socket holds.
    for view in served.world.views.values_mut() {
        let partitions = (0..40_000)
            .map(|number| crate::store::testbed::partition(number, Some(1), 0, &[1, 2, 3], &[1, 2, 3]));
        view.topics = vec![crate::store::testbed::topic(
            &"long".repeat(60),
            9,
            partitions.collect(),
        )];
    }
    pass(&mut served.world, &served.exporter, 2);
    let mut stream = TcpStream::connect(served.at).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").await.unwrap();
    let mut first = [0; 16];
    stream.read_exact(&mut first).await.unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200"));
    tokio::time::sleep(Duration::from_secs(31)).await;
    // What the sockets held, and then the end, although the page is longer.
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let plain = served.exporter.served().plain().await.unwrap();
    assert!(rest.len() < plain.len(), "{} of {}", rest.len(), plain.len());
}

#[tokio::test]
async fn connections_are_bounded_and_one_too_many_is_closed_at_once() {
    let mut served = served();
    pass(&mut served.world, &served.exporter, 2);
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(TcpStream::connect(served.at).await.unwrap());
    }
    let mut more = TcpStream::connect(served.at).await.unwrap();
    let mut nothing = Vec::new();
    let _ = more.read_to_end(&mut nothing).await;
    assert_eq!(nothing, b"");
    // One of them leaves: there is room again.
    open.pop();
    let answered = async {
        loop {
            let answer = sent(served.at, b"GET /healthz HTTP/1.1\r\n\r\n").await;
            if answer.starts_with(b"HTTP/1.1 200") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), answered)
        .await
        .unwrap();
}

#[test]
fn a_port_that_is_taken_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let error = Port::open(LOOPBACK, at.port()).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot serve metrics on {at}: ")),
        "{error}"
    );
    assert!(error.contains("another program listens there"), "{error}");
    assert!(error.contains("--metrics-port"), "{error}");
    let error = Port::open("192.0.2.1".parse().unwrap(), 9090)
        .unwrap_err()
        .to_string();
    assert!(error.contains("this machine has no such address"), "{error}");
}

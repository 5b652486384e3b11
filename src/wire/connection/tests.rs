//! A connection against peers on loopback that are scripted down to the byte.

use super::{Connection, MOST_UNDER_WAY, Options};
use crate::wire::address::Address;
use crate::wire::deadline::Deadline;
use crate::wire::error::WireError;
use crate::wire::fingerprint::controller_in_metadata;
use crate::wire::fixture;
use crate::wire::request::{list_groups, metadata_all_topics};
use crate::wire::versions::Api;
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable};
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Long enough for anything that does answer.
const PATIENT: Duration = Duration::from_secs(20);
mod failures;

/// Short, for what never answers.
const SHORT: Duration = Duration::from_millis(50);

/// A peer that does what the script says with the first connection that it gets.
async fn peer<F, S>(script: S) -> Address
where
    S: FnOnce(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        script(stream).await;
    });
    Address::new("127.0.0.1", i32::from(port)).unwrap()
}

/// Reads one request: its header.
async fn request(stream: &mut TcpStream) -> RequestHeader {
    let length = stream.read_i32().await.unwrap();
    let mut bytes = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut bytes).await.unwrap();
    RequestHeader::decode(&mut Bytes::from(bytes), 2).unwrap()
}

/// A frame that answers the request with the given body.
fn answer(header: &RequestHeader, api: Api, body: &[u8]) -> Vec<u8> {
    let mut frame = BytesMut::new();
    ResponseHeader::default()
        .with_correlation_id(header.correlation_id)
        .encode(&mut frame, api.answer_header())
        .unwrap();
    frame.extend_from_slice(body);
    let length = u32::try_from(frame.len()).unwrap();
    [&length.to_be_bytes()[..], &frame[..]].concat()
}

/// Answers the handshake as a broker does that speaks everything.
async fn shake(stream: &mut TcpStream) {
    let header = request(stream).await;
    assert_eq!((header.request_api_key, header.request_api_version), (18, 3));
    assert_eq!(header.client_id.as_deref(), Some("kaftop"));
    let bytes = answer(&header, Api::ApiVersions, &fixture::body(Api::ApiVersions, 3));
    stream.write_all(&bytes).await.unwrap();
}

/// Stays connected and silent until the other side goes.
async fn listen_on(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

async fn open(address: &Address) -> Result<Connection, WireError> {
    Connection::open(address, Deadline::after(PATIENT), &Options::default()).await
}

#[tokio::test]
async fn a_broker_is_asked_and_answers() {
    let address = peer(|mut stream| async move {
        shake(&mut stream).await;
        let header = request(&mut stream).await;
        assert_eq!((header.request_api_key, header.request_api_version), (3, 13));
        // The answer comes in two parts.
        let bytes = answer(&header, Api::Metadata, &fixture::body(Api::Metadata, 13));
        let (first, second) = bytes.split_at(20);
        stream.write_all(first).await.unwrap();
        stream.flush().await.unwrap();
        stream.write_all(second).await.unwrap();
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&address).await.unwrap();
    assert_eq!(connection.versions().finalized.get("metadata.version"), Some(&27));
    let metadata = connection
        .call(&metadata_all_topics(), Deadline::after(PATIENT))
        .await
        .unwrap();
    assert_eq!(metadata.cluster_id.as_deref(), Some("cluster"));
    assert_eq!(metadata.topics[0].partitions[1].leader, None);
    let traffic = connection.traffic();
    assert_eq!(traffic.requests, 2);
    assert!(traffic.sent >= 60 && traffic.received > 200, "{traffic:?}");
    assert!(connection.round_trip().is_some() && connection.is_open());
}

#[tokio::test]
async fn an_answer_that_is_word_for_word_the_last_is_not_read_again() {
    let address = peer(|mut stream| async move {
        shake(&mut stream).await;
        let body = fixture::body(Api::Metadata, 13);
        let mut other = body.to_vec();
        // The throttle time, which comes first.
        other[3] ^= 1;
        let mut whim = body.to_vec();
        whim[controller_in_metadata(&body).unwrap()].copy_from_slice(&[0, 0, 0, 77]);
        for body in [&body[..], &whim[..], &other[..], &other[..]] {
            let header = request(&mut stream).await;
            stream
                .write_all(&answer(&header, Api::Metadata, body))
                .await
                .unwrap();
        }
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&address).await.unwrap();
    let deadline = Deadline::after(PATIENT);
    let (mut known, mut read) = (None, Vec::new());
    for _ in 0..4 {
        let ticket = connection.send(&metadata_all_topics(), deadline).await.unwrap();
        let (fingerprint, answer) = connection.receive_unless(ticket, deadline, known).await.unwrap();
        known = Some(fingerprint);
        read.push(answer.is_some());
    }
    assert_eq!(read, [true, false, true, false]);
}

#[tokio::test]
async fn requests_under_way_at_once_get_their_own_answers() {
    let address = peer(|mut stream| async move {
        shake(&mut stream).await;
        let first = request(&mut stream).await;
        let second = request(&mut stream).await;
        let groups = answer(&first, Api::ListGroups, &fixture::body(Api::ListGroups, 5));
        let metadata = answer(&second, Api::Metadata, &fixture::body(Api::Metadata, 13));
        stream.write_all(&[groups, metadata].concat()).await.unwrap();
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&address).await.unwrap();
    let deadline = Deadline::after(PATIENT);
    let groups = connection.send(&list_groups(), deadline).await.unwrap();
    let metadata = connection.send(&metadata_all_topics(), deadline).await.unwrap();
    // Taken in the other order: the earlier answer is kept for its ticket.
    let metadata = connection.receive(metadata, deadline).await.unwrap();
    let groups = connection.receive(groups, deadline).await.unwrap();
    assert_eq!(metadata.brokers.len(), 2);
    assert_eq!(groups.groups[0].id, "readers");
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_are_kept_track_of() {
    let address = peer(|mut stream| async move {
        shake(&mut stream).await;
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&address).await.unwrap();
    for _ in 0..MOST_UNDER_WAY {
        drop(
            connection
                .send(&list_groups(), Deadline::after(PATIENT))
                .await
                .unwrap(),
        );
    }
    let error = connection
        .send(&list_groups(), Deadline::after(PATIENT))
        .await
        .unwrap_err();
    assert!(matches!(error, WireError::Crowded { .. }), "{error:?}");
    assert!(connection.is_open());
}

#[tokio::test]
async fn the_end_of_a_resting_connection_is_noticed() {
    let address = peer(|mut stream| async move {
        shake(&mut stream).await;
        request(&mut stream).await;
    })
    .await;
    let mut connection = open(&address).await.unwrap();
    connection.rest(Instant::now() + SHORT).await.unwrap();
    let ticket = connection
        .send(&list_groups(), Deadline::after(PATIENT))
        .await
        .unwrap();
    let error = connection.rest(Instant::now() + PATIENT).await.unwrap_err();
    assert!(matches!(error, WireError::Closed { .. }), "{error:?}");
    assert_eq!(
        connection
            .receive(ticket, Deadline::after(PATIENT))
            .await
            .unwrap_err(),
        error
    );
}

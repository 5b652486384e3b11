//! What each way of failing looks like to the caller.

use super::{PATIENT, SHORT, answer, listen_on, open, peer, request, shake};
use crate::wire::address::Address;
use crate::wire::connection::{Connection, Options};
use crate::wire::deadline::Deadline;
use crate::wire::error::{LooksLike, Moment, Waiting, WireError};
use crate::wire::fixture;
use crate::wire::request::{describe_quorum, list_groups, metadata_all_topics};
use crate::wire::versions::{Api, VersionRange};
use bytes::BytesMut;
use kafka_protocol::protocol::Encodable;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_closed_port_is_a_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = i32::from(listener.local_addr().unwrap().port());
    drop(listener);
    let address = Address::new("127.0.0.1", port).unwrap();
    let error = open(&address).await.unwrap_err();
    assert_eq!(error, WireError::Refused { address });
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_unresolved() {
    let address: Address = "no-such-broker.invalid:9092".parse().unwrap();
    let error = open(&address).await.unwrap_err();
    assert!(
        matches!(error, WireError::Unresolved { .. } | WireError::Timeout { .. }),
        "{error:?}"
    );
}

/// What a peer says instead of a handshake, and how it then looks.
#[tokio::test]
async fn peers_that_are_no_brokers_are_told_by_their_bytes() {
    let cases: [(&'static [u8], LooksLike); 4] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", LooksLike::Http),
        (b"\x15\x03\x03\0\x02\x02\x46", LooksLike::Tls),
        (b"SSH-2.0-OpenSSH\r\n", LooksLike::Ssh),
        (b"\x7f\xff\xff\xff", LooksLike::Unknown("7f ff ff ff".to_owned())),
    ];
    for (bytes, looks_like) in cases {
        let address = peer(move |mut stream| async move {
            request(&mut stream).await;
            stream.write_all(bytes).await.unwrap();
            listen_on(stream).await;
        })
        .await;
        let error = open(&address).await.unwrap_err();
        assert_eq!(error, WireError::NotKafka { address, looks_like });
    }
}

#[tokio::test]
async fn the_end_of_a_connection_says_when_it_came() {
    let at_once = peer(|mut stream| async move {
        request(&mut stream).await;
    })
    .await;
    let error = open(&at_once).await.unwrap_err();
    assert!(
        matches!(
            error,
            WireError::Closed {
                moment: Moment::Handshake,
                ..
            }
        ),
        "{error:?}"
    );

    let cut = peer(|mut stream| async move {
        let header = request(&mut stream).await;
        let bytes = answer(&header, Api::ApiVersions, &fixture::body(Api::ApiVersions, 3));
        stream.write_all(&bytes[..20]).await.unwrap();
    })
    .await;
    let error = open(&cut).await.unwrap_err();
    assert!(
        matches!(
            error,
            WireError::Closed {
                moment: Moment::MidAnswer,
                ..
            }
        ),
        "{error:?}"
    );

    let unwilling = peer(|mut stream| async move {
        shake(&mut stream).await;
        request(&mut stream).await;
    })
    .await;
    let mut connection = open(&unwilling).await.unwrap();
    let error = connection
        .call(&metadata_all_topics(), Deadline::after(PATIENT))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            WireError::Closed {
                moment: Moment::FirstRequest,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!connection.is_open());
}

#[tokio::test]
async fn silence_ends_the_connection_at_the_deadline() {
    let mute = peer(listen_on).await;
    let error = Connection::open(&mute, Deadline::after(SHORT), &Options::default())
        .await
        .unwrap_err();
    let WireError::Timeout { waiting, waited, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(waiting, Waiting::Answer(Api::ApiVersions));
    assert!(waited >= SHORT && waited < PATIENT, "{waited:?}");

    let hung = peer(|mut stream| async move {
        shake(&mut stream).await;
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&hung).await.unwrap();
    let first = connection
        .call(&metadata_all_topics(), Deadline::after(SHORT))
        .await
        .unwrap_err();
    assert!(
        matches!(
            first,
            WireError::Timeout {
                waiting: Waiting::Answer(Api::Metadata),
                ..
            }
        ),
        "{first:?}"
    );
    // The late answer could be taken for the next one, so there is no next one.
    let second = connection
        .call(&list_groups(), Deadline::after(PATIENT))
        .await
        .unwrap_err();
    assert_eq!(second, first);
}

#[tokio::test]
async fn a_call_that_is_dropped_half_way_ends_the_connection() {
    let hung = peer(|mut stream| async move {
        shake(&mut stream).await;
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&hung).await.unwrap();
    let request = metadata_all_topics();
    let given_up = tokio::time::timeout(SHORT, connection.call(&request, Deadline::after(PATIENT))).await;
    assert!(given_up.is_err());
    let error = connection
        .call(&request, Deadline::after(PATIENT))
        .await
        .unwrap_err();
    assert!(matches!(error, WireError::Abandoned { .. }), "{error:?}");
}

#[tokio::test]
async fn answers_that_break_the_protocol_end_the_connection() {
    let stranger = peer(|mut stream| async move {
        shake(&mut stream).await;
        let mut header = request(&mut stream).await;
        header.correlation_id += 7;
        let bytes = answer(&header, Api::Metadata, &fixture::body(Api::Metadata, 13));
        stream.write_all(&bytes).await.unwrap();
        listen_on(stream).await;
    })
    .await;
    let chatty = peer(|mut stream| async move {
        shake(&mut stream).await;
        let header = request(&mut stream).await;
        let body = [&fixture::body(Api::Metadata, 13)[..], b"more"].concat();
        stream
            .write_all(&answer(&header, Api::Metadata, &body))
            .await
            .unwrap();
        listen_on(stream).await;
    })
    .await;
    let absurd = peer(|mut stream| async move {
        shake(&mut stream).await;
        request(&mut stream).await;
        stream.write_all(&[0x80, 0, 0, 0]).await.unwrap();
        listen_on(stream).await;
    })
    .await;
    for (address, part) in [
        (stranger, "correlation id"),
        (chatty, "left over"),
        (absurd, "80 00 00 00"),
    ] {
        let mut connection = open(&address).await.unwrap();
        let error = connection
            .call(&metadata_all_topics(), Deadline::after(PATIENT))
            .await
            .unwrap_err();
        assert!(
            matches!(
                &error,
                WireError::Rubbish {
                    api: Api::Metadata,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(error.to_string().contains(part), "{error}");
        assert!(!connection.is_open());
    }
}

#[tokio::test]
async fn error_codes_and_missing_apis_leave_the_connection_open() {
    let address = peer(|mut stream| async move {
        let header = request(&mut stream).await;
        // A broker in ZooKeeper mode, without DescribeQuorum.
        let mut versions = fixture::api_versions();
        versions
            .api_keys
            .retain(|api| api.api_key != Api::DescribeQuorum.key());
        let mut body = BytesMut::new();
        versions.encode(&mut body, 3).unwrap();
        stream
            .write_all(&answer(&header, Api::ApiVersions, &body))
            .await
            .unwrap();
        for code in [14_u8, 31] {
            let header = request(&mut stream).await;
            // ListGroups version 5: throttle time, error code, no groups, no tags.
            let body = [0, 0, 0, 0, 0, code, 1, 0];
            stream
                .write_all(&answer(&header, Api::ListGroups, &body))
                .await
                .unwrap();
        }
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&address).await.unwrap();
    let deadline = Deadline::after(PATIENT);
    let missing = connection.call(&describe_quorum(), deadline).await.unwrap_err();
    assert!(
        matches!(missing, WireError::Unsupported { theirs: None, .. }),
        "{missing:?}"
    );
    let loading = connection.call(&list_groups(), deadline).await.unwrap_err();
    assert!(matches!(loading, WireError::Broker { .. }), "{loading:?}");
    let denied = connection.call(&list_groups(), deadline).await.unwrap_err();
    assert!(matches!(denied, WireError::Denied { .. }), "{denied:?}");
    assert!(connection.is_open());
}

/// What a broker says that does not speak the version of `ApiVersions` it was asked in: always in version 0.
fn refusal(min: i16, max: i16) -> Vec<u8> {
    let mut body = vec![0, 35, 0, 0, 0, 2, 0, 3, 0, 0, 0, 5, 0, 18];
    body.extend_from_slice(&min.to_be_bytes());
    body.extend_from_slice(&max.to_be_bytes());
    body
}

#[tokio::test]
async fn a_broker_without_the_first_version_is_asked_in_another_or_is_too_old() {
    let newer = peer(|mut stream| async move {
        let header = request(&mut stream).await;
        stream
            .write_all(&answer(&header, Api::ApiVersions, &refusal(4, 9)))
            .await
            .unwrap();
        let header = request(&mut stream).await;
        assert_eq!(header.request_api_version, 4);
        let body = fixture::body(Api::ApiVersions, 4);
        stream
            .write_all(&answer(&header, Api::ApiVersions, &body))
            .await
            .unwrap();
        listen_on(stream).await;
    })
    .await;
    assert!(open(&newer).await.is_ok());

    for (body, theirs) in [
        (refusal(0, 2), Some(VersionRange::new(0, 2))),
        (vec![0, 35], None),
        (vec![0, 35, 0x7f, 0xff, 0xff, 0xff, 0, 0], None),
        // Lies: it would not speak what it refuses.
        (refusal(0, 3), Some(VersionRange::new(0, 3))),
    ] {
        let old = peer(move |mut stream| async move {
            let header = request(&mut stream).await;
            stream
                .write_all(&answer(&header, Api::ApiVersions, &body))
                .await
                .unwrap();
            listen_on(stream).await;
        })
        .await;
        let ours = Api::ApiVersions.ours();
        assert_eq!(
            open(&old).await.unwrap_err(),
            WireError::TooOld {
                address: old,
                theirs,
                ours
            }
        );
    }
}

#[tokio::test]
async fn an_answer_that_flows_has_longer_than_silence() {
    let slow = peer(|mut stream| async move {
        let mut header = request(&mut stream).await;
        let handshake = answer(&header, Api::ApiVersions, &fixture::body(Api::ApiVersions, 3));
        header.correlation_id += 1;
        let bytes = answer(&header, Api::Metadata, &fixture::body(Api::Metadata, 13));
        // The first bytes of the next answer are there before it is asked for.
        let (first, rest) = bytes.split_at(10);
        stream.write_all(&[&handshake, first].concat()).await.unwrap();
        request(&mut stream).await;
        stream.write_all(rest).await.unwrap();
        listen_on(stream).await;
    })
    .await;
    let mut connection = open(&slow).await.unwrap();
    let deadline = Deadline::after(Duration::ZERO).with_flow(PATIENT);
    assert!(connection.call(&metadata_all_topics(), deadline).await.is_ok());
}

//! Real sockets: servers that take a post, refuse it, never answer, break off, and answer without end.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::super::fixture::notice;
use super::*;
use crate::config::{Secret, Sourced, WebAddress};
use crate::model::notice::NoticeState;
use crate::model::severity::Severity;
use crate::model::time::At;

fn webhook(address: SocketAddr, format: WebhookFormat, deadline: Duration) -> Webhook {
    let settings = Settings {
        url: Sourced::default_value(WebAddress {
            tls: false,
            authority: address.to_string(),
            path: Secret::from("/hook/hunter2"),
        }),
        format: Sourced::default_value(format),
        authorization: Some(Sourced::default_value(Secret::from("Bearer hunter3"))),
        deadline: Sourced::default_value(deadline),
    };
    Webhook::new("test", &settings, Authorities::default())
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);

fn parcel() -> Parcel {
    Parcel::one(
        Arc::new(notice("a", Severity::Critical, NoticeState::Firing)),
        At(0),
    )
}

/// A server that answers one request with these bytes, and gives the request.
async fn server(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        request
    });
    (address, serving)
}

/// Reads a request with its body.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = vec![0; 65_536];
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return text;
        }
    }
}

#[tokio::test]
async fn a_post_is_what_its_format_says() {
    let table = [
        (
            WebhookFormat::Json,
            "/hook/hunter2",
            "\"schema\":\"kaftop.notice/1\"",
        ),
        (
            WebhookFormat::Slack,
            "/hook/hunter2",
            "{\"text\":\"*prod: a broke (critical)*",
        ),
        (
            WebhookFormat::Alertmanager,
            "/hook/hunter2/api/v2/alerts",
            "\"alertname\":\"a\"",
        ),
    ];
    for (format, path, body) in table {
        let (address, serving) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let receipt = webhook(address, format, LONG).deliver(&parcel()).await;
        assert_eq!(receipt, Ok(Receipt("HTTP 200: ok".into())));
        let request = serving.await.unwrap();
        assert!(
            request.starts_with(&format!("POST {path} HTTP/1.1\r\n")),
            "{request}"
        );
        for part in [
            body,
            "content-type: application/json\r\n",
            "authorization: Bearer hunter3\r\n",
            &format!("host: {address}\r\n"),
        ] {
            assert!(request.contains(part), "{part}: {request}");
        }
    }
}

#[tokio::test]
async fn what_a_server_refuses_is_tried_again_or_not() {
    let table = [
        (
            "HTTP/1.1 500 x\r\ncontent-length: 4\r\n\r\noh\x1bn",
            true,
            "HTTP 500: oh\\u{1b}n",
        ),
        ("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n", true, "HTTP 503"),
        ("HTTP/1.1 429 x\r\ncontent-length: 0\r\n\r\n", true, "HTTP 429"),
        (
            "HTTP/1.1 400 x\r\ncontent-length: 3\r\n\r\nbad",
            false,
            "HTTP 400: bad",
        ),
        ("HTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n", false, "HTTP 404"),
        (
            "HTTP/1.1 302 x\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
            false,
            "HTTP 302",
        ),
        ("SSH-2.0-x\r\n\r\n", true, "invalid HTTP"),
        ("", true, "connection"),
    ];
    for (answer, again, expected) in table {
        let (address, _serving) = server(answer).await;
        let refusal = webhook(address, WebhookFormat::Json, LONG)
            .deliver(&parcel())
            .await
            .unwrap_err();
        assert_eq!(
            matches!(refusal, Refusal::Passing(_)),
            again,
            "{answer:?}: {refusal}"
        );
        let why = refusal.to_string();
        assert!(why.contains(expected), "{answer:?}: {why}");
        assert!(
            why.starts_with(&format!("POST http://{address}/********: ")),
            "{why}"
        );
        assert!(!why.contains("hunter"), "a secret is shown: {why}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let refusal = webhook(address, WebhookFormat::Json, SHORT)
        .deliver(&parcel())
        .await
        .unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Passing(why) if why.as_str().ends_with("no answer within 0.2 s")),
        "{refusal}"
    );
}

#[tokio::test]
async fn nobody_there_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refusal = webhook(address, WebhookFormat::Json, LONG)
        .deliver(&parcel())
        .await
        .unwrap_err();
    assert!(refusal.to_string().contains("Connection refused"), "{refusal}");
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let flooding = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut sent = 0_u64;
        let part = vec![b'x'; 65_536];
        while stream.write_all(&part).await.is_ok() {
            sent += 65_536;
        }
        sent
    });
    let receipt = webhook(address, WebhookFormat::Json, LONG)
        .deliver(&parcel())
        .await;
    assert_eq!(receipt, Ok(Receipt("HTTP 200".into())));
    assert!(flooding.await.unwrap() < 100_000_000);
}

/// A server that speaks TLS with the certificate of the fixture, for one request.
async fn secure_server() -> (SocketAddr, JoinHandle<()>) {
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let certificate = CertificateDer::from_pem_slice(include_bytes!("fixture/certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("fixture/key.pem")).unwrap();
    let settings = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Refused where the certificate is not trusted.
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(settings)).accept(stream).await else {
            return;
        };
        let mut buffer = vec![0; 65_536];
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"POST /hook HTTP/1.1\r\n"));
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecure")
            .await
            .unwrap();
        stream.flush().await.unwrap();
    });
    (address, serving)
}

#[tokio::test]
async fn tls_is_spoken_with_whom_the_authorities_vouch_for_and_with_nobody_else() {
    let trusted = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/sink/notifier/webhook/fixture/certificate.pem"
    );
    let table = [
        ("localhost", trusted, Ok("HTTP 200: secure")),
        ("127.0.0.1", trusted, Err("not valid for name")),
        (
            "localhost",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            Err("holds no certificate of an authority"),
        ),
    ];
    for (host, file, expected) in table {
        let (address, serving) = secure_server().await;
        let settings = Settings {
            url: Sourced::default_value(WebAddress {
                tls: true,
                authority: format!("{host}:{}", address.port()),
                path: Secret::from("/hook"),
            }),
            format: Sourced::default_value(WebhookFormat::Json),
            authorization: None,
            deadline: Sourced::default_value(LONG),
        };
        let authorities = Authorities {
            file: Some(file.into()),
        };
        let outcome = Webhook::new("test", &settings, authorities)
            .deliver(&parcel())
            .await;
        match (outcome, expected) {
            (Ok(Receipt(said)), Ok(words)) => assert_eq!(said.as_str(), words),
            (Err(Refusal::Passing(why)), Err(words)) => assert!(why.as_str().contains(words), "{why}"),
            (outcome, expected) => panic!("{host} {file}: {outcome:?}, {expected:?}"),
        }
        serving.abort();
    }
}

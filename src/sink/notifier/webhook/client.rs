//! The HTTP client: one request on a connection of its own, since minutes lie between two messages.

use std::fmt::Display;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::tls::{self, Authorities};
use crate::config::WebAddress;

/// How much of an answer is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// What came back.
#[derive(Debug)]
pub struct Posted {
    /// The status.
    pub status: StatusCode,
    /// The answer; empty where it is too large or broke off.
    pub body: Bytes,
}

/// Posts JSON to one server.
pub struct Client {
    /// The host and perhaps the port, as the header `Host` has them.
    authority: String,
    host: String,
    port: u16,
    tls: Option<Authorities>,
}

impl Client {
    /// A client for the server of this address.
    pub fn new(address: &WebAddress, authorities: Authorities) -> Self {
        let usual = if address.tls { 443 } else { 80 };
        let (host, port) = split(&address.authority, usual);
        Self {
            authority: address.authority.clone(),
            host,
            port,
            tls: address.tls.then_some(authorities),
        }
    }

    /// Posts a body of JSON; the caller keeps the deadline.
    ///
    /// # Errors
    /// What was tried and what came back, in one sentence without the address.
    pub async fn post(
        &self,
        path: &str,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
        body: Bytes,
    ) -> Result<Posted, String> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("kaftop/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body))
            .map_err(|_| "the address is not one that can be posted to".to_owned())?;
        request.headers_mut().extend(headers);
        let failed = |doing: &str, error: &dyn Display| format!("{doing}: {error}");
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| failed("connecting", &error))?;
        match &self.tls {
            None => send(stream, request).await,
            Some(authorities) => {
                let (connector, name) = tls::settings(authorities, &self.host).await?;
                let stream = connector.connect(name, stream).await;
                send(stream.map_err(|error| failed("TLS", &error))?, request).await
            }
        }
    }
}

/// Sends a request and reads the answer, as far as it is wanted.
async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Posted, String> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| causes(&error))?;
    // Ends with this call. How it ends is told by the answer, or by there being none.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let answer = sender
        .send_request(request)
        .await
        .map_err(|error| causes(&error))?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), LARGEST).collect().await;
    Ok(Posted {
        status,
        body: body.map(Collected::to_bytes).unwrap_or_default(),
    })
}

/// The host without the brackets of an IPv6 address, and the port.
fn split(authority: &str, usual: u16) -> (String, u16) {
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((host, rest)) = bracketed {
        let port = rest.strip_prefix(':').and_then(|port| port.parse().ok());
        return (host.to_owned(), port.unwrap_or(usual));
    }
    let given = authority.rsplit_once(':');
    match given.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host.to_owned(), port),
        None => (authority.to_owned(), usual),
    }
}

/// An error with its causes: the outermost says only that something failed.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_host_and_a_port() {
        let table = [
            ("example.com", "example.com", 443),
            ("example.com:8443", "example.com", 8443),
            ("127.0.0.1:1", "127.0.0.1", 1),
            ("[::1]", "::1", 443),
            ("[::1]:9", "::1", 9),
            ("odd:port", "odd:port", 443),
        ];
        for (authority, host, port) in table {
            assert_eq!(split(authority, 443), (host.to_owned(), port), "{authority}");
        }
    }
}

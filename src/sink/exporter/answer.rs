//! What is answered to a request: pages, and words about kaftop itself.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::Full;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use super::Exporter;
use super::page::{self, Material};
use super::selection::Selection;

/// The text format's type.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const WORDS: &str = "text/plain; charset=utf-8";

/// A page, written when it is first asked for.
#[derive(Debug)]
pub(super) struct Served {
    pub material: Material,
    selection: Selection,
    plain: OnceCell<Bytes>,
    packed: OnceCell<Bytes>,
}

impl Served {
    pub fn new(material: Material, selection: Selection) -> Self {
        Self {
            material,
            selection,
            plain: OnceCell::new(),
            packed: OnceCell::new(),
        }
    }

    /// The page as text.
    pub async fn plain(self: Arc<Self>) -> Result<Bytes, String> {
        let make = {
            let served = Arc::clone(&self);
            move || Ok(Bytes::from(page::write(&served.material, &served.selection)))
        };
        self.plain.get_or_try_init(|| beside(make)).await.cloned()
    }

    /// The page, packed with gzip.
    pub async fn packed(self: Arc<Self>) -> Result<Bytes, String> {
        let text = Arc::clone(&self);
        self.packed
            .get_or_try_init(|| async move {
                let text = text.plain().await?;
                beside(move || pack(&text).map_err(|error| error.to_string())).await
            })
            .await
            .cloned()
    }
}

/// Runs work beside the thread that reads the cluster.
async fn beside(work: impl FnOnce() -> Result<Bytes, String> + Send + 'static) -> Result<Bytes, String> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(died) => Err(format!("writing the page ended by a fault of kaftop: {died}")),
    }
}

fn pack(text: &[u8]) -> Result<Bytes, std::io::Error> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 8), Compression::fast());
    encoder.write_all(text)?;
    encoder.finish().map(Bytes::from)
}

/// Answers a request; its body is never read.
pub(super) async fn answer<B>(exporter: &Exporter, request: &Request<B>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    if !["/", "/metrics", "/healthz", "/readyz"].contains(&path) {
        return words(
            StatusCode::NOT_FOUND,
            "there is nothing here; the metrics are at /metrics",
        );
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut refused = words(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered");
        let allowed = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return refused;
    }
    let state = |outcome: Result<(), String>| match outcome {
        Ok(()) => words(StatusCode::OK, "ok"),
        Err(why) => words(StatusCode::SERVICE_UNAVAILABLE, &why),
    };
    match path {
        "/metrics" => metrics(exporter, request.headers()).await,
        "/healthz" => state(exporter.lives()),
        "/readyz" => state(exporter.is_ready()),
        _ => words(
            StatusCode::OK,
            "kaftop: metrics at /metrics, liveness at /healthz, readiness at /readyz",
        ),
    }
}

async fn metrics(exporter: &Exporter, headers: &HeaderMap) -> Response<Full<Bytes>> {
    let packs = takes_gzip(headers);
    let served = exporter.served();
    let page = if packs {
        served.packed().await
    } else {
        served.plain().await
    };
    let page = match page {
        Ok(page) => page,
        Err(why) => return words(StatusCode::INTERNAL_SERVER_ERROR, &why),
    };
    let mut response = with(StatusCode::OK, METRICS, page);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packs {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn words(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    with(status, WORDS, Bytes::from(format!("{text}\n")))
}

fn with(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether the client takes gzip: it, or anything, is named with a weight that is not 0 (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let (mut named, mut any) = (None, None);
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    for coding in values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
    {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or(part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
        });
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            named = Some(!refused);
        } else if name == "*" {
            any = Some(!refused);
        }
    }
    named.or(any).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_asked_for() {
        for (text, takes) in [
            ("gzip", true),
            ("", false),
            ("deflate, gzip;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("identity", false),
            ("*", true),
            ("gzip;q=0, *", false),
            ("*;q=0", false),
            ("GZIP ; q=1", true),
            (",,;;q=,", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(text).unwrap());
            assert_eq!(takes_gzip(&headers), takes, "{text}");
        }
    }
}

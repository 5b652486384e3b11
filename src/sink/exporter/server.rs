//! The HTTP server: bounded in connections, in the size of a request, and in time.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Exporter;
use super::answer::answer;

/// Connections at once; one more is closed at once, so that none waits for another.
const CONNECTIONS: usize = 64;
/// How long a client may take to send its request.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// How long a connection may last, the answer taken included.
const ALL_WITHIN: Duration = Duration::from_secs(30);
/// The most bytes of a request's head.
const HEAD_MOST: usize = 16 * 1024;
/// After an error of accepting, such as no descriptor left, the next try waits.
const AFTER_ERROR: Duration = Duration::from_millis(200);

/// A port that is listened on.
#[derive(Debug)]
pub struct Port(std::net::TcpListener);

/// Why a port cannot be listened on.
#[derive(Debug)]
pub struct PortError {
    at: SocketAddr,
    why: io::Error,
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, port) = (self.at, self.at.port());
        write!(f, "cannot serve metrics on {at}: {}; ", self.why)?;
        match self.why.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "another program listens there (`ss -ltnp 'sport = :{port}'` names it): end it, or choose another port \
                 with --metrics-port or METRICS_PORT"
            ),
            io::ErrorKind::PermissionDenied => write!(
                f,
                "ports below 1024 need a right that this user lacks: choose another port with --metrics-port or METRICS_PORT"
            ),
            io::ErrorKind::AddrNotAvailable => write!(
                f,
                "this machine has no such address: choose another with --metrics-port IP:PORT"
            ),
            _ => write!(f, "choose another address with --metrics-port IP:PORT"),
        }
    }
}

impl std::error::Error for PortError {}

impl Port {
    /// Listens there; port 0 is any free one.
    ///
    /// # Errors
    /// The address is taken, not this machine's, or not allowed; the sentence says what to do.
    pub fn open(ip: IpAddr, port: u16) -> Result<Self, PortError> {
        let at = SocketAddr::new(ip, port);
        std::net::TcpListener::bind(at)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| Self(listener)))
            .map_err(|why| PortError { at, why })
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.local_addr().ok()
    }
}

/// Answers scrapes for as long as it is polled; it ends only where the runtime cannot take the port.
pub async fn serve(port: Port, exporter: Arc<Exporter>) {
    let Ok(listener) = TcpListener::from_std(port.0) else {
        return;
    };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < CONNECTIONS => {
                    connections.spawn(one(stream, Arc::clone(&exporter)));
                }
                Ok(_) => {}
                Err(_) => sleep(AFTER_ERROR).await,
            },
            Some(ended) = connections.join_next() => {
                // A connection that died by a fault took only its own answer along.
                if let Err(fault) = ended {
                    let line = format!("ERROR - answering a scrape stopped by a fault of kaftop: {fault}");
                    exporter.log().line(&line);
                }
            }
        }
    }
}

/// Answers one request on a connection, and closes it.
async fn one(stream: TcpStream, exporter: Arc<Exporter>) {
    let service = service_fn(|request| {
        let exporter = Arc::clone(&exporter);
        async move { Ok::<_, Infallible>(answer(&exporter, &request).await) }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_MOST)
        // One request for each connection: a scrape comes every some seconds, and no idle connection need be watched.
        .keep_alive(false);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // Of what goes wrong with a client only that client knows more.
    let _ = timeout(ALL_WITHIN, connection).await;
}

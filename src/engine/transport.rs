//! One connection for each request: over a socket of this machine, TCP, TLS, or the user's own ssh.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_rustls::TlsConnector;

use super::address::EngineAddress;
use super::error::Trouble;
use super::tls;

/// The most bytes of an answer that is no stream: inspecting thousands of containers stays far below.
const LARGEST_ANSWER: u64 = 32 << 20;
/// The most bytes that are kept of what ssh prints to its standard error.
const MOST_SSH_WORDS: u64 = 2048;

/// Whether an answer has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// It is read whole, and bounded.
    Whole,
    /// It goes on; its reader bounds what it keeps.
    Stream,
}

/// How requests reach one engine.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    address: Arc<EngineAddress>,
    connect: Duration,
}

impl Transport {
    /// Requests to `address`, each with `connect` for its connection.
    pub(super) fn new(address: EngineAddress, connect: Duration) -> Self {
        Self {
            address: Arc::new(address),
            connect,
        }
    }

    pub(super) fn address(&self) -> &EngineAddress {
        &self.address
    }

    /// Sends a request on a connection of its own, and waits for the head of the answer; the caller has the deadline.
    pub(super) async fn send<B>(
        &self,
        request: Request<B>,
        extent: Extent,
    ) -> Result<Response<Incoming>, bollard::errors::Error>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut line = self.dial().await?;
        let mut ssh_words = line.take_words();
        let left = match extent {
            Extent::Whole => Some(LARGEST_ANSWER),
            Extent::Stream => None,
        };
        let sent = exchange(Bounded { line, left }, request).await;
        if let (Err(_), Some(words), EngineAddress::Ssh { destination, .. }) =
            (&sent, &mut ssh_words, &*self.address)
        {
            // ssh has closed its side by now, or closes it soon: its own words say why.
            let mut said = Vec::new();
            let mut limited = words.take(MOST_SSH_WORDS);
            let reading = limited.read_to_end(&mut said);
            let heard = tokio::time::timeout(Duration::from_millis(500), reading).await;
            if heard.is_ok() && !said.is_empty() {
                let detail = String::from_utf8_lossy(&said).trim().replace('\n', "; ");
                return Err(io::Error::other(Trouble::Ssh {
                    host: destination.clone(),
                    detail,
                })
                .into());
            }
        }
        sent
    }

    async fn dial(&self) -> io::Result<Line> {
        match &*self.address {
            EngineAddress::Unix(path) => self.within(UnixStream::connect(path)).await.map(Line::Unix),
            EngineAddress::Tcp { host, port } => self.tcp(host, *port).await.map(Line::Tcp),
            EngineAddress::Tls {
                host,
                port,
                certificates,
            } => {
                let (settings, name) = tls::settings(certificates, host).map_err(io::Error::other)?;
                let stream = self.tcp(host, *port).await?;
                let secured = self
                    .within(TlsConnector::from(settings).connect(name, stream))
                    .await?;
                Ok(Line::Tls(Box::new(secured)))
            }
            EngineAddress::Ssh {
                destination,
                port,
                socket,
            } => ssh(destination, *port, socket.as_deref()).map_err(|error| {
                io::Error::other(Trouble::Ssh {
                    host: destination.clone(),
                    detail: format!("it could not be started: {error}"),
                })
            }),
        }
    }

    async fn tcp(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let stream = self.within(TcpStream::connect((host, port))).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn within<T>(&self, dialling: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        match tokio::time::timeout(self.connect, dialling).await {
            Ok(done) => done,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no connection within {:?}", self.connect),
            )),
        }
    }
}

/// The program that the user's own ssh runs there joins its standard streams to the engine's socket, as for Docker's
/// own tools. No question is ever asked on the terminal, which is the screen's.
fn ssh(destination: &str, port: Option<u16>, socket: Option<&str>) -> io::Result<Line> {
    let mut command = Command::new("ssh");
    command.args(["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T"]);
    if let Some(port) = port {
        command.args(["-p", &port.to_string()]);
    }
    command.args(["--", destination, "docker"]);
    if let Some(socket) = socket {
        command.args(["--host", &shell_quoted(&format!("unix://{socket}"))]);
    }
    command.args(["system", "dial-stdio"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("it has no standard streams"));
    };
    Ok(Line::Ssh {
        child: Box::new(child),
        input,
        output,
    })
}

/// `text` as one word of the shell that ssh hands it to.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

async fn exchange<B>(line: Bounded, request: Request<B>) -> Result<Response<Incoming>, bollard::errors::Error>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(line)).await?;
    // The connection ends with its one answer, or when the answer is dropped; its failure is the answer's failure.
    tokio::spawn(async move { drop(connection.await) });
    let (mut head, body) = request.into_parts();
    if let Some(path) = head.uri.path_and_query().cloned() {
        head.uri = path.into();
    }
    head.headers.insert(HOST, HeaderValue::from_static("docker"));
    Ok(sender.send_request(Request::from_parts(head, body)).await?)
}

/// A connection of any kind.
enum Line {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
    Ssh {
        /// Killed when the connection is dropped.
        child: Box<Child>,
        input: ChildStdin,
        output: ChildStdout,
    },
}

impl Line {
    /// What ssh prints to its standard error.
    fn take_words(&mut self) -> Option<tokio::process::ChildStderr> {
        match self {
            Self::Ssh { child, .. } => child.stderr.take(),
            _ => None,
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Ssh { output, .. } => Pin::new(output).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Ssh { input, .. } => Pin::new(input).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Ssh { input, .. } => Pin::new(input).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Ssh { input, .. } => Pin::new(input).poll_shutdown(cx),
        }
    }
}

/// A connection that gives up once more bytes came than any right answer has.
struct Bounded {
    line: Line,
    /// Bytes that may still come; unbounded where none.
    left: Option<u64>,
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let done = Pin::new(&mut self.line).poll_read(cx, into);
        if let Some(left) = &mut self.left {
            let came = u64::try_from(into.filled().len() - before).unwrap_or(u64::MAX);
            match left.checked_sub(came) {
                Some(rest) => *left = rest,
                None => {
                    return Poll::Ready(Err(io::Error::other(Trouble::Rubbish {
                        detail: format!("it is larger than {LARGEST_ANSWER} bytes"),
                    })));
                }
            }
        }
        done
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.line).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(cx)
    }
}

/// Who owns a socket, and what to do about it, for an engineer whom the system refuses it.
pub(super) fn no_permission(socket: &Path) -> Trouble {
    use std::os::unix::fs::MetadataExt;
    let shown = socket.display().to_string();
    let Ok(meta) = std::fs::metadata(socket) else {
        return Trouble::NoPermission {
            socket: shown,
            owner: "somebody else".to_owned(),
            advice: "its directory is closed to us; see ls -ld on it".to_owned(),
        };
    };
    if meta.mode() & 0o060 == 0o060 && meta.gid() != 0 {
        let group = group_name(meta.gid()).unwrap_or_else(|| format!("{} (no name)", meta.gid()));
        return Trouble::NoPermission {
            socket: shown,
            advice: format!("join it with sudo usermod -aG {group} $USER, then log in again"),
            owner: format!("group {group}"),
        };
    }
    Trouble::NoPermission {
        socket: shown,
        owner: format!("user {} alone", meta.uid()),
        advice: "run kaftop as that user, or name another engine with --docker".to_owned(),
    }
}

fn group_name(gid: u32) -> Option<String> {
    let text = std::fs::read_to_string("/etc/group").ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let id = fields.nth(1)?;
        (id.parse::<u32>() == Ok(gid)).then(|| name.to_owned())
    })
}

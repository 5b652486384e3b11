//! An engine on a socket of its own that answers like Docker, for the tests of what speaks to engines.

mod respond;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, broadcast};
use tokio::task::{AbortHandle, JoinSet};

use super::address::EngineAddress;
use crate::model::container::EngineId;

/// How an engine behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It answers everything.
    Well,
    /// It takes connections and never answers.
    Mute,
    /// It ends every connection at once.
    Gone,
    /// It dies in the middle of every answer.
    Dying,
    /// It speaks something else.
    Rubbish,
    /// It refuses everything, as a socket proxy does.
    Forbidding,
    /// It answers with an answer that does not end.
    Endless,
}

/// A container of the engine.
#[derive(Clone, Debug)]
pub(crate) struct FakeContainer {
    pub name: String,
    /// `running`, `exited`, `paused`, `created`.
    pub status: String,
    pub code: i64,
    pub finished: String,
    pub environment: Vec<String>,
    /// The port that it publishes on all addresses, as 9092 inside.
    pub port: Option<u16>,
    pub labels: BTreeMap<String, String>,
    /// By name: the id, and the aliases.
    pub networks: BTreeMap<String, (String, Vec<String>)>,
    /// Its output, in the engine's frames.
    pub output: Vec<u8>,
    /// Processor time and received bytes that its counters show.
    pub counters: (u64, u64),
}

impl FakeContainer {
    pub fn running(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            status: "running".to_owned(),
            code: 0,
            finished: "0001-01-01T00:00:00Z".to_owned(),
            environment: vec![],
            port: None,
            labels: BTreeMap::new(),
            networks: BTreeMap::new(),
            output: vec![],
            counters: (0, 0),
        }
    }

    fn runs(&self) -> bool {
        self.status == "running" || self.status == "paused"
    }

    fn inspection(&self, id: &str) -> Value {
        let bindings = self.port.map_or_else(
            || json!({}),
            |port| json!({"9092/tcp": [{"HostIp": "0.0.0.0", "HostPort": port.to_string()}]}),
        );
        let runs = self.runs();
        let networks: BTreeMap<&String, Value> = self
            .networks
            .iter()
            .map(|(name, (id, aliases))| {
                (
                    name,
                    json!({"NetworkID": id, "Aliases": aliases, "IPAddress": "10.1.2.3"}),
                )
            })
            .collect();
        json!({
            "Id": id,
            "Name": format!("/{}", self.name),
            "RestartCount": 0,
            "State": {
                "Status": self.status, "Running": runs, "Paused": self.status == "paused",
                "OOMKilled": false, "ExitCode": self.code, "Error": "",
                "StartedAt": "2026-01-02T03:04:05.5Z", "FinishedAt": self.finished,
            },
            "Config": {"Hostname": "host", "Image": "image", "Env": self.environment, "Labels": self.labels, "Tty": false},
            "HostConfig": {"NetworkMode": "default", "PortBindings": bindings},
            "NetworkSettings": {"Ports": if runs { bindings.clone() } else { json!({}) }, "Networks": networks},
        })
    }
}

struct State {
    mood: Mood,
    api: String,
    containers: BTreeMap<String, FakeContainer>,
    /// Names of networks, by id.
    networks: BTreeMap<String, String>,
    asked: Vec<String>,
    /// How many steps were taken: two for each request, before it is done and after.
    steps: usize,
    /// At which step it stands still for ever, and who is told.
    halt: Option<(usize, Arc<Notify>)>,
}

/// The engine; it ends when it is dropped.
pub(crate) struct FakeEngine {
    path: PathBuf,
    state: Arc<Mutex<State>>,
    events: broadcast::Sender<String>,
    task: AbortHandle,
}

impl FakeEngine {
    /// Starts an engine that speaks this version of the API.
    pub fn start(api: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("kaftop-engine-{}-{number}.sock", std::process::id()));
        let listener = UnixListener::bind(&path).expect("a socket in the directory for temporary files");
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Well,
            api: api.to_owned(),
            containers: BTreeMap::new(),
            networks: BTreeMap::new(),
            asked: vec![],
            steps: 0,
            halt: None,
        }));
        let (events, _) = broadcast::channel(64);
        let task = tokio::spawn(serve(listener, Arc::clone(&state), events.clone())).abort_handle();
        Self {
            path,
            state,
            events,
            task,
        }
    }

    pub fn address(&self) -> EngineAddress {
        EngineAddress::Unix(self.path.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked with it")
    }

    pub fn set(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Adds a container, or puts it in the place of the one with this number, without telling anybody.
    pub fn put(&self, number: u8, container: FakeContainer) -> EngineId {
        let id = format!("{number:064x}");
        let mut state = self.state();
        for (name, (id, _)) in &container.networks {
            state.networks.insert(id.clone(), name.clone());
        }
        state.containers.insert(id.clone(), container);
        drop(state);
        EngineId::parse(&id).expect("an id")
    }

    /// Changes a container, and tells what happened.
    pub fn happens(&self, id: &EngineId, action: &str, change: impl FnOnce(&mut FakeContainer)) {
        let code = {
            let mut state = self.state();
            let container = state.containers.get_mut(id.raw()).expect("it is there");
            change(container);
            container.code
        };
        self.tell(id, action, code);
    }

    /// Tells that something happened; nobody need listen.
    pub fn tell(&self, id: &EngineId, action: &str, code: i64) {
        let _ = self.events.send(event(id.raw(), action, code));
    }

    /// Removes a container, and tells it.
    pub fn remove(&self, id: &EngineId) {
        self.state().containers.remove(id.raw());
        self.tell(id, "destroy", 0);
    }

    /// Every request so far, method and path.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Stands still at that step from now on, before it is taken; and says when that is.
    pub fn halt_at(&self, step: usize) -> Arc<Notify> {
        let reached = Arc::new(Notify::new());
        let mut state = self.state();
        state.steps = 0;
        state.halt = Some((step, Arc::clone(&reached)));
        reached
    }

    /// Goes on, whoever was kept waiting.
    pub fn go_on(&self) {
        self.state().halt = None;
    }

    /// A container as it is now.
    pub fn container(&self, id: &EngineId) -> FakeContainer {
        self.state().containers[id.raw()].clone()
    }

    /// How many follow the events.
    pub fn listeners(&self) -> usize {
        self.events.receiver_count()
    }

    /// Ends every stream, as an engine does that is stopped.
    pub fn end_streams(&self) {
        let _ = self.events.send(String::new());
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.task.abort();
        drop(std::fs::remove_file(&self.path));
    }
}

fn event(id: &str, action: &str, code: i64) -> String {
    json!({
        "Type": "container", "Action": action, "timeNano": 1_767_323_045_500_000_000_i64,
        "Actor": {"ID": id, "Attributes": {"exitCode": code.to_string(), "name": "x"}},
    })
    .to_string()
}

async fn serve(listener: UnixListener, state: Arc<Mutex<State>>, events: broadcast::Sender<String>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        connections.spawn(connection(stream, Arc::clone(&state), events.clone()));
    }
}

/// Answers one request; every connection carries one.
async fn connection(
    mut stream: UnixStream,
    state: Arc<Mutex<State>>,
    events: broadcast::Sender<String>,
) -> Option<()> {
    let mood = state.lock().ok()?.mood;
    if mood == Mood::Gone {
        return None;
    }
    let (method, path, body) = request(&mut stream).await?;
    let path = match path.strip_prefix("/v1.") {
        Some(rest) => format!("/{}", rest.split_once('/')?.1),
        None => path,
    };
    state.lock().ok()?.asked.push(format!("{method} {path}"));
    step(&state).await;
    match mood {
        Mood::Mute => std::future::pending().await,
        Mood::Rubbish => return stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.ok(),
        Mood::Dying => {
            let half =
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"Id\":";
            return stream.write_all(half).await.ok();
        }
        Mood::Endless => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                .await
                .ok()?;
            loop {
                stream.write_all(&[b' '; 8192]).await.ok()?;
            }
        }
        Mood::Forbidding => {
            return answer(&mut stream, 403, &json!({"message": "forbidden by the proxy"})).await;
        }
        Mood::Well | Mood::Gone => {}
    }
    if path.starts_with("/events") {
        return follow(&mut stream, events.subscribe()).await;
    }
    if let Some(rest) = path.strip_prefix("/containers/")
        && let Some((id, "logs")) = rest.split('?').next()?.split_once('/')
    {
        let container = state.lock().ok()?.containers.get(id)?.clone();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: close\r\n\r\n")
            .await
            .ok()?;
        stream.write_all(&container.output).await.ok()?;
        if container.runs() && path.contains("follow=1") {
            // Until all streams end: an engine that dies, or the container.
            let mut events = events.subscribe();
            while events.recv().await.is_ok_and(|line| !line.is_empty()) {}
        }
        return Some(());
    }
    let (status, answered) = respond::respond(&state, &method, &path, &body, &events)?;
    step(&state).await;
    answer(&mut stream, status, &answered).await
}

/// One step further, or the end of all steps.
async fn step(state: &Mutex<State>) {
    let reached = {
        let mut state = state.lock().expect("no test panicked with it");
        let step = state.steps;
        state.steps += 1;
        state
            .halt
            .as_ref()
            .filter(|(at, _)| *at == step)
            .map(|(_, reached)| Arc::clone(reached))
    };
    if let Some(reached) = reached {
        reached.notify_one();
        std::future::pending::<()>().await;
    }
}

async fn request(stream: &mut UnixStream) -> Option<(String, String, Value)> {
    let mut bytes = Vec::new();
    let head = loop {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let length: usize = text
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length:")
                .map(|rest| rest.trim().to_owned())
        })
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = bytes[head + 4..].to_vec();
    while body.len() < length {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        body.extend_from_slice(&part[..read]);
    }
    let mut words = text.lines().next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some((method, path, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

async fn answer(stream: &mut UnixStream, status: u16, body: &Value) -> Option<()> {
    let text = if status == 204 || status == 304 {
        String::new()
    } else {
        body.to_string()
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(text.as_bytes()).await.ok()
}

/// Events in chunks, until one is empty.
async fn follow(stream: &mut UnixStream, mut events: broadcast::Receiver<String>) -> Option<()> {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head).await.ok()?;
    let mut rest = [0; 16];
    loop {
        let line = tokio::select! {
            line = events.recv() => line.ok().filter(|line| !line.is_empty())?,
            // Whoever listened has gone.
            _ = stream.read(&mut rest) => return None,
        };
        let chunk = format!("{:x}\r\n{line}\n\r\n", line.len() + 1);
        stream.write_all(chunk.as_bytes()).await.ok()?;
    }
}

/// Longer than anything here takes on a busy machine; only a test that fails waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

//! What lies between kaftop and the world: a proxy before every broker, and an engine whose containers are theirs.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// A proxy before each broker.
pub struct Brokers {
    pub addresses: Vec<String>,
    asked: Arc<Mutex<Vec<i16>>>,
}

impl Brokers {
    pub fn before(targets: &[String]) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let addresses = targets.iter().map(|target| proxy(target, &asked)).collect();
        Self { addresses, asked }
    }

    /// The API key of every request so far.
    pub fn asked(&self) -> Vec<i16> {
        self.asked.lock().unwrap().clone()
    }
}

/// Listens, and passes on what comes; of what goes to the broker every request is noted.
fn proxy(target: &str, asked: &Arc<Mutex<Vec<i16>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (target, asked) = (target.to_owned(), Arc::clone(asked));
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let Ok(broker) = TcpStream::connect(&target) else {
                continue;
            };
            let (back, forth) = (client.try_clone().unwrap(), broker.try_clone().unwrap());
            let asked = Arc::clone(&asked);
            thread::spawn(move || requests(client, forth, &asked));
            thread::spawn(move || answers(broker, back));
        }
    });
    address
}

/// Requests are passed on whole: four bytes of length, then the API key.
fn requests(mut from: TcpStream, mut to: TcpStream, asked: &Mutex<Vec<i16>>) {
    let mut length = [0; 4];
    while from.read_exact(&mut length).is_ok() {
        let mut request = vec![0; u32::from_be_bytes(length) as usize];
        if from.read_exact(&mut request).is_err() {
            break;
        }
        asked
            .lock()
            .unwrap()
            .push(i16::from_be_bytes([request[0], request[1]]));
        if to
            .write_all(&length)
            .and_then(|()| to.write_all(&request))
            .is_err()
        {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn answers(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// An engine with a container for each broker, which runs whatever is done to it.
pub struct Engine {
    folder: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Engine {
    /// The containers publish the brokers' own ports.
    pub fn start(brokers: &[String]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("kaftop-read-only-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let listener = UnixListener::bind(folder.join("engine.sock")).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ports: Vec<String> = brokers
            .iter()
            .map(|address| address.rsplit_once(':').unwrap().1.to_owned())
            .collect();
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (ports, noted) = (ports.clone(), Arc::clone(&noted));
                thread::spawn(move || serve(stream, &ports, &noted));
            }
        });
        Self { folder, asked }
    }

    /// A config file with the cluster `walk`: its brokers behind these addresses, and their containers by name, since where
    /// the tests run in a container themselves a published port is no evidence.
    pub fn config(&self, brokers: &[String]) -> String {
        let each = |write: &dyn Fn(usize, &String) -> String| {
            let parts: Vec<String> = (1..).zip(brokers).map(|(id, at)| write(id, at)).collect();
            parts.join(", ")
        };
        let socket = self.folder.join("engine.sock");
        let text = format!(
            "[clusters.walk]\nbootstrap = [{}]\naddresses = {{ {} }}\ndocker = \"unix://{}\"\ncontainers = {{ {} }}\n",
            each(&|_, at| format!("{at:?}")),
            each(&|id, at| format!("\"{id}\" = {at:?}")),
            socket.display(),
            each(&|id, _| format!("\"{id}\" = \"kafka-{id}\"")),
        );
        let path = self.folder.join("config.toml");
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// A directory for the records of acts.
    pub fn home(&self) -> String {
        self.folder.display().to_string()
    }

    /// How many requests there were, and those of them that could change something.
    pub fn asked(&self) -> (usize, Vec<String>) {
        let asked = self.asked.lock().unwrap();
        let reads = |asked: &&String| asked.starts_with("GET ") || asked.starts_with("HEAD ");
        let changing = asked.iter().filter(|asked| !reads(asked)).cloned().collect();
        (asked.len(), changing)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Answers one request.
fn serve(mut stream: UnixStream, ports: &[String], asked: &Mutex<Vec<String>>) {
    let Some((method, path)) = request(&mut stream) else {
        return;
    };
    asked.lock().unwrap().push(format!("{method} {path}"));
    let path = match path.strip_prefix("/v1.").and_then(|rest| rest.split_once('/')) {
        Some((_, rest)) => format!("/{rest}"),
        None => path,
    };
    let bare = path.split('?').next().unwrap();
    let mut parts = bare.trim_start_matches("/containers/").split('/');
    let (id, verb) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if bare == "/events" || (verb == "logs" && path.contains("follow=1")) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(head.as_bytes());
        if verb == "logs" {
            let text = format!(
                "2026-01-02T03:04:05Z [x] ERROR printed by {}\n",
                id.trim_start_matches('0')
            );
            let mut frame = vec![1, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).unwrap()];
            frame.extend(text.as_bytes());
            let _ = stream.write_all(&frame);
        }
        // Until whoever listens has gone.
        let _ = stream.read(&mut [0]);
        return;
    }
    let (status, body) = respond(&method, bare, (id, verb), ports);
    let body = if status == 204 {
        String::new()
    } else {
        body.to_string()
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes());
}

fn respond(method: &str, path: &str, (id, verb): (&str, &str), ports: &[String]) -> (u16, Value) {
    let ids = || {
        (1..)
            .zip(ports)
            .map(|(number, port)| (format!("{number:064x}"), number, port))
    };
    let found = || ids().find(|(one, ..)| one == id);
    match (method, path, verb) {
        ("GET", "/version", _) => (200, json!({"Version": "20.10.24", "ApiVersion": "1.41"})),
        ("GET", "/containers/json", _) => {
            let all = ids().map(|(id, number, _)| json!({"Id": id, "Names": [format!("/kafka-{number}")]}));
            (200, Value::Array(all.collect()))
        }
        ("GET", _, "json") => {
            let Some((id, number, port)) = found() else {
                return (404, json!({"message": "none"}));
            };
            let ports = json!({"9092/tcp": [{"HostIp": "0.0.0.0", "HostPort": port}]});
            (
                200,
                json!({
                    "Id": id, "Name": format!("/kafka-{number}"), "RestartCount": 0,
                    "State": {
                        "Status": "running", "Running": true, "Paused": false, "OOMKilled": false, "ExitCode": 0, "Error": "",
                        "StartedAt": "2026-01-02T03:04:05.5Z", "FinishedAt": "0001-01-01T00:00:00Z",
                    },
                    "Config": {"Hostname": "host", "Image": "image", "Env": [format!("KAFKA_NODE_ID={number}")], "Labels": {}, "Tty": false},
                    "HostConfig": {"NetworkMode": "default", "PortBindings": ports},
                    "NetworkSettings": {"Ports": ports, "Networks": {}},
                }),
            )
        }
        ("GET", _, "stats") => (
            200,
            json!({
                "read": "2026-01-02T03:04:05Z", "cpu_stats": {"cpu_usage": {"total_usage": 0}},
                "memory_stats": {"usage": 1000, "limit": 4000}, "networks": {},
            }),
        ),
        ("POST", ..) => (204, Value::Null),
        _ => (404, json!({"message": "none"})),
    }
}

/// Method and path of a request, its body passed over.
fn request(stream: &mut UnixStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut part = [0; 1024];
        let read = match stream.read(&mut part) {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return None,
        };
        bytes.extend_from_slice(&part[..read]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut missing = (end + 4 + length.unwrap_or(0)).saturating_sub(bytes.len());
    while missing > 0 {
        let mut part = vec![0; missing];
        missing -= stream.read(&mut part).ok().filter(|read| *read > 0)?;
    }
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut words = text.lines().next()?.split(' ');
    Some((words.next()?.to_owned(), words.next()?.to_owned()))
}

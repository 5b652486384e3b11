//! Which engine is meant: the one that was asked for, else the one that Docker's own tools would take, else the first
//! socket that is there.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::address::EngineAddress;
use super::error::{EngineError, Operation, Trouble};
use crate::model::fleet::Vantage;
use crate::model::text::Name;

/// The most bytes that are read of a file of Docker's configuration.
const LARGEST_FILE: u64 = 1 << 20;
/// The most contexts that are looked through.
const MOST_CONTEXTS: usize = 500;

/// Why this engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was asked for, on the command line or in the configuration.
    Asked,
    /// `DOCKER_HOST` names it.
    DockerHost,
    /// It is the current Docker context, or the one in `DOCKER_CONTEXT`.
    Context(String),
    /// Its socket is the first that is there.
    FoundSocket(&'static str),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.pad("asked for"),
            Self::DockerHost => f.pad("named by DOCKER_HOST"),
            Self::Context(name) => f.pad(&format!("the Docker context {name:?}")),
            Self::FoundSocket(what) => f.pad(what),
        }
    }
}

/// An engine's address, and why it is that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Where.
    pub address: EngineAddress,
    /// Why there.
    pub why: Why,
}

/// `unix:///var/run/docker.sock, the default socket`.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.address, self.why)
    }
}

/// What the choice is made from: the environment, and files under a root, which tests set.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The environment's variables.
    pub variables: BTreeMap<String, String>,
    /// Where absolute paths begin: `/`, but for tests.
    pub root: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        let wanted = [
            "DOCKER_HOST",
            "DOCKER_CONTEXT",
            "DOCKER_CONFIG",
            "DOCKER_CERT_PATH",
            "DOCKER_TLS_VERIFY",
            "XDG_RUNTIME_DIR",
            "HOME",
        ];
        let variables = wanted
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
            .collect();
        Self {
            variables,
            root: PathBuf::from("/"),
        }
    }

    /// Where the published ports of an engine at `address` are, seen from here.
    ///
    /// An engine that is known to be `near`, in our own network, publishes on our loopback. Else a socket is taken for one of
    /// this machine, unless we seem to be in a container ourselves, whose loopback is its own; the marks of one are also found
    /// on machines that were made from a container's image.
    pub fn vantage(&self, address: &EngineAddress, near: bool) -> Vantage {
        let in_container = ["/.dockerenv", "/run/.containerenv"]
            .iter()
            .any(|mark| self.real(Path::new(mark)).exists());
        if address.is_this_machine() && (near || !in_container) {
            return Vantage::Here {
                names: self.own_names(),
            };
        }
        Vantage::Elsewhere {
            host: address.host().map(Name::from),
        }
    }

    /// The name of this machine, the address that it has towards others, and the name that Docker Desktop gives it.
    fn own_names(&self) -> Vec<Name> {
        let mut names = vec![Name::from("host.docker.internal")];
        if let Ok(name) = small_file(&self.real(Path::new("/proc/sys/kernel/hostname"))) {
            names.push(Name::from(name.trim()));
        }
        // Nothing is sent: connecting such a socket only asks the system which of its addresses it would use.
        let towards_others = std::net::UdpSocket::bind(("0.0.0.0", 0)).and_then(|socket| {
            socket.connect(("192.0.2.1", 9))?;
            socket.local_addr()
        });
        if let Ok(address) = towards_others
            && !address.ip().is_unspecified()
            && !address.ip().is_loopback()
        {
            names.push(Name::from(address.ip().to_string()));
        }
        names
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn real(&self, path: &Path) -> PathBuf {
        path.strip_prefix("/")
            .map_or_else(|_| path.to_owned(), |below| self.root.join(below))
    }

    /// Docker's configuration directory.
    fn config(&self) -> Option<PathBuf> {
        match self.variable("DOCKER_CONFIG") {
            Some(directory) => Some(PathBuf::from(directory)),
            None => Some(Path::new(self.variable("HOME")?).join(".docker")),
        }
    }

    /// The directory of the TLS files, where the environment asks for TLS.
    fn certificates(&self) -> Option<PathBuf> {
        self.variable("DOCKER_TLS_VERIFY")?;
        match self.variable("DOCKER_CERT_PATH") {
            Some(directory) => Some(PathBuf::from(directory)),
            None => self.config(),
        }
    }
}

/// The engine that is meant. `asked` is what the command line or the configuration names.
///
/// Blocks on the file system: a few small files.
pub fn discover(asked: Option<&str>, surroundings: &Surroundings) -> Result<Choice, EngineError> {
    let settings = |target: &str, detail: String| {
        EngineError::new(Operation::Find, &target, Trouble::Settings { detail })
    };
    if let Some(text) = asked {
        return Ok(Choice {
            address: EngineAddress::parse(text, surroundings.certificates())
                .map_err(|detail| settings("the engine that was asked for", detail))?,
            why: Why::Asked,
        });
    }
    if let Some(text) = surroundings.variable("DOCKER_HOST") {
        return Ok(Choice {
            address: EngineAddress::parse(text, surroundings.certificates())
                .map_err(|detail| settings("the engine of DOCKER_HOST", detail))?,
            why: Why::DockerHost,
        });
    }
    if let Some(name) = current_context(surroundings)? {
        let address = context_address(surroundings, &name)
            .map_err(|detail| settings(&format!("the engine of the Docker context {name:?}"), detail))?;
        return Ok(Choice {
            address,
            why: Why::Context(name),
        });
    }
    let sockets = sockets(surroundings);
    for (path, what) in &sockets {
        if surroundings.real(path).exists() {
            return Ok(Choice {
                address: EngineAddress::Unix(surroundings.real(path)),
                why: Why::FoundSocket(what),
            });
        }
    }
    let looked = sockets
        .iter()
        .map(|(path, _)| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", nor at ");
    Err(EngineError::new(
        Operation::Find,
        &"a container engine",
        Trouble::NoSocket { looked },
    ))
}

fn sockets(surroundings: &Surroundings) -> Vec<(PathBuf, &'static str)> {
    let mut sockets = vec![(PathBuf::from("/var/run/docker.sock"), "the default socket")];
    let runtime = surroundings.variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    if let Some(runtime) = &runtime {
        sockets.push((runtime.join("docker.sock"), "the socket of a rootless Docker"));
    }
    if let Some(home) = surroundings.variable("HOME") {
        let path = Path::new(home).join(".docker/run/docker.sock");
        sockets.push((path, "the socket of Docker Desktop"));
    }
    if let Some(runtime) = &runtime {
        sockets.push((
            runtime.join("podman/podman.sock"),
            "the socket of a rootless Podman",
        ));
    }
    sockets.push((PathBuf::from("/run/podman/podman.sock"), "the socket of Podman"));
    sockets
}

#[derive(Deserialize)]
struct ConfigFile {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

/// The name of the context that is in use; none for the default one, which is the default socket.
fn current_context(surroundings: &Surroundings) -> Result<Option<String>, EngineError> {
    let named = match surroundings.variable("DOCKER_CONTEXT") {
        Some(name) => Some(name.to_owned()),
        None => match surroundings.config() {
            None => None,
            Some(directory) => {
                let path = directory.join("config.json");
                let real = surroundings.real(&path);
                if real.exists() {
                    let text = small_file(&real).and_then(|text| {
                        serde_json::from_str::<ConfigFile>(&text).map_err(|error| error.to_string())
                    });
                    text.map_err(|why| {
                        let detail = format!("{} cannot be read: {why}", path.display());
                        EngineError::new(
                            Operation::Find,
                            &"the current Docker context",
                            Trouble::Settings { detail },
                        )
                    })?
                    .current_context
                } else {
                    None
                }
            }
        },
    };
    Ok(named.filter(|name| !name.is_empty() && name != "default"))
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Endpoints", default)]
    endpoints: BTreeMap<String, MetaEndpoint>,
}

#[derive(Deserialize)]
struct MetaEndpoint {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_verify: bool,
}

/// The address in a context's files. They lie in a directory named by a hash; the name is inside, so it is searched for.
fn context_address(surroundings: &Surroundings, name: &str) -> Result<EngineAddress, String> {
    let config = surroundings
        .config()
        .ok_or("HOME is not set, so there is no ~/.docker")?;
    let folder = config.join("contexts/meta");
    let entries = std::fs::read_dir(surroundings.real(&folder))
        .map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    for entry in entries.take(MOST_CONTEXTS).flatten() {
        let Ok(text) = small_file(&entry.path().join("meta.json")) else {
            continue;
        };
        let Ok(meta) = serde_json::from_str::<Meta>(&text) else {
            continue;
        };
        if meta.name != name {
            continue;
        }
        let endpoint = meta
            .endpoints
            .get("docker")
            .ok_or_else(|| format!("{} has no docker endpoint", folder.display()))?;
        let tls = config.join("contexts/tls").join(entry.file_name()).join("docker");
        let secure = surroundings.real(&tls).join("ca.pem").exists();
        if endpoint.skip_verify && (secure || endpoint.host.starts_with("https://")) {
            return Err(
                "it skips the verification of the server's certificate, which kaftop does not do: give it a ca.pem".to_owned(),
            );
        }
        return EngineAddress::parse(&endpoint.host, secure.then(|| surroundings.real(&tls)));
    }
    Err(format!(
        "no context of that name in {}: see docker context ls",
        folder.display()
    ))
}

fn small_file(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > LARGEST_FILE {
        return Err(format!("{length} bytes are too many for it"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

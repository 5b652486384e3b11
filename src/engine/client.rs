//! An engine that has answered, and what can be read from it.

use std::fmt;
use std::time::Duration;

use bollard::models::SystemVersion;
use bollard::query_parameters::{InspectContainerOptions, InspectNetworkOptions, ListContainersOptions};
use bollard::{ClientVersion, Docker};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use serde::Deserialize;

use super::address::EngineAddress;
use super::convert;
use super::error::{EngineError, Operation, Trouble};
use super::transport::{Extent, Transport};
use crate::model::container::{Container, EngineId};
use crate::model::text::Name;

/// The oldest API that kaftop speaks: Docker 20.10, and Podman from 4.
pub const OLDEST_API: (usize, usize) = (1, 40);
/// The newest API that kaftop speaks.
const NEWEST_API: (usize, usize) = (1, 53);
/// The most containers that a list may have.
const MOST_CONTAINERS: usize = 10_000;

/// How long each kind of call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer to a question.
    pub read: Duration,
    /// For an act, beside the grace time that it grants.
    pub act: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            read: Duration::from_secs(5),
            act: Duration::from_secs(20),
        }
    }
}

/// What an engine says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineVersion {
    /// `Docker Engine - Community`, `Podman Engine`, and so on.
    pub product: Name,
    /// Its version.
    pub version: Name,
    /// The API version that is spoken with it.
    pub api: String,
}

/// `Docker Engine 20.10.24, API 1.41`.
impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, API {}", self.product, self.version, self.api)
    }
}

/// A container in the engine's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: EngineId,
    /// Its name.
    pub name: Name,
}

/// A network as the engine tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkReport {
    /// Its id.
    pub id: EngineId,
    /// Its name.
    pub name: Name,
    /// Whether nothing outside can be reached from it, and no published port leads to it.
    pub internal: bool,
    /// The containers that are attached and running.
    pub members: Vec<EngineId>,
}

/// An engine that has answered, with the API version agreed on. A clone is the same engine.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) docker: Docker,
    transport: Transport,
    deadlines: Deadlines,
    version: EngineVersion,
}

impl Engine {
    /// Asks the engine at `address` for its version, and agrees on one that both speak.
    pub async fn connect(address: EngineAddress, deadlines: Deadlines) -> Result<Self, EngineError> {
        let transport = Transport::new(address, deadlines.connect);
        let wired = transport.clone();
        let client = Docker::connect_with_custom_transport(
            move |request| {
                let transport = wired.clone();
                async move { transport.send(request, Extent::Whole).await }
            },
            Some("http://docker"),
            // The deadlines are our own, around every call: this one, of bollard's, only has to lie beyond them.
            24 * 3600,
            &ClientVersion {
                major_version: NEWEST_API.0,
                minor_version: NEWEST_API.1,
            },
        );
        let docker = client
            .map_err(|error| convert::error(Operation::Greet, transport.address(), &transport, error))?;
        let mut engine = Self {
            docker,
            transport,
            deadlines,
            version: EngineVersion {
                product: Name::from("engine"),
                version: Name::from("unknown"),
                api: String::new(),
            },
        };
        engine.version = engine.greet().await?;
        Ok(engine)
    }

    /// The first request, which goes without a version in its path: every engine answers it.
    async fn greet(&mut self) -> Result<EngineVersion, EngineError> {
        let report: SystemVersion = self
            .fetch(Operation::Greet, &self.address().clone(), "/version", false)
            .await?;
        let newest = report.api_version.as_deref().and_then(api);
        let Some(theirs) = newest else {
            return Err(EngineError::new(
                Operation::Greet,
                self.address(),
                Trouble::Rubbish {
                    detail: format!("its ApiVersion is {:?}", report.api_version.unwrap_or_default()),
                },
            ));
        };
        if theirs < OLDEST_API {
            return Err(EngineError::new(
                Operation::Greet,
                self.address(),
                Trouble::TooOld {
                    theirs: format!("{}.{}", theirs.0, theirs.1),
                    ours: format!("{}.{}", OLDEST_API.0, OLDEST_API.1),
                },
            ));
        }
        let spoken = theirs.min(NEWEST_API);
        // bollard settles on the same one from the same answer.
        let docker = self.docker.clone();
        self.docker = self
            .timed(
                Operation::Greet,
                &self.address().clone(),
                self.deadlines.read,
                docker.negotiate_version(),
            )
            .await?;
        let component = report.components.as_ref().and_then(|parts| parts.first());
        let platform = report.platform.map(|platform| platform.name);
        let product = component
            .filter(|part| part.name.contains("Podman"))
            .map(|part| part.name.clone())
            .or(platform.filter(|name| !name.is_empty()))
            .unwrap_or_else(|| "Docker Engine".to_owned());
        Ok(EngineVersion {
            product: Name::from(product),
            version: Name::from(report.version.unwrap_or_else(|| "unknown".to_owned())),
            api: format!("{}.{}", spoken.0, spoken.1),
        })
    }

    /// What the engine says it is.
    pub fn version(&self) -> &EngineVersion {
        &self.version
    }

    /// Where it is.
    pub fn address(&self) -> &EngineAddress {
        self.transport.address()
    }

    /// The same engine with other deadlines.
    #[must_use]
    pub fn with_deadlines(self, deadlines: Deadlines) -> Self {
        Self { deadlines, ..self }
    }

    /// The deadlines of its calls.
    pub fn deadlines(&self) -> Deadlines {
        self.deadlines
    }

    /// A sign of life.
    pub async fn ping(&self) -> Result<(), EngineError> {
        let ping = self.docker.ping();
        self.timed(Operation::Ping, self.address(), self.deadlines.read, ping)
            .await
            .map(drop)
    }

    /// All containers, those that do not run as well.
    pub async fn containers(&self) -> Result<Vec<Listed>, EngineError> {
        let options = ListContainersOptions {
            all: true,
            ..ListContainersOptions::default()
        };
        let listing = self.docker.list_containers(Some(options));
        let all = self
            .timed(Operation::List, self.address(), self.deadlines.read, listing)
            .await?;
        Ok(all
            .into_iter()
            .take(MOST_CONTAINERS)
            .filter_map(|summary| {
                let name = summary
                    .names
                    .unwrap_or_default()
                    .into_iter()
                    .next()
                    .unwrap_or_default();
                Some(Listed {
                    id: EngineId::parse(&summary.id?)?,
                    name: Name::from(name.trim_start_matches('/')),
                })
            })
            .collect())
    }

    /// A container's state, by its id.
    pub async fn inspect(&self, container: &EngineId) -> Result<Container, EngineError> {
        let asking = self
            .docker
            .inspect_container(container.raw(), None::<InspectContainerOptions>);
        let report = self
            .timed(Operation::Inspect, container, self.deadlines.read, asking)
            .await?;
        convert::container(report)
            .map_err(|detail| EngineError::new(Operation::Inspect, container, Trouble::Rubbish { detail }))
    }

    /// A network's state, by its id.
    pub async fn network(&self, network: &EngineId) -> Result<NetworkReport, EngineError> {
        let asking = self
            .docker
            .inspect_network(network.raw(), None::<InspectNetworkOptions>);
        let report = self
            .timed(Operation::InspectNetwork, network, self.deadlines.read, asking)
            .await?;
        convert::network(report).map_err(|detail| {
            EngineError::new(Operation::InspectNetwork, network, Trouble::Rubbish { detail })
        })
    }

    /// `call` within `limit`.
    pub(super) async fn timed<T>(
        &self,
        operation: Operation,
        target: &(dyn fmt::Display + Sync),
        limit: Duration,
        call: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, EngineError> {
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(convert::error(operation, target, &self.transport, error)),
            Err(_) => Err(EngineError::new(
                operation,
                target,
                Trouble::Hung { waited: limit },
            )),
        }
    }

    /// The whole answer to a question of our own, read as JSON.
    pub(super) async fn fetch<T: for<'a> Deserialize<'a>>(
        &self,
        operation: Operation,
        target: &(dyn fmt::Display + Sync),
        path: &str,
        versioned: bool,
    ) -> Result<T, EngineError> {
        let limit = self.deadlines.read;
        let asking = async {
            let path = if versioned {
                self.path(path)
            } else {
                path.to_owned()
            };
            let request = plain(Method::GET, &path, Bytes::new())?;
            let response = self.transport.send(request, Extent::Whole).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            Ok((status, body))
        };
        let (status, body) = self.timed(operation, target, limit, asking).await?;
        if !status.is_success() {
            return Err(convert::refusal(operation, target, status, &body));
        }
        serde_json::from_slice(&body).map_err(|error| {
            EngineError::new(
                operation,
                target,
                Trouble::Rubbish {
                    detail: error.to_string(),
                },
            )
        })
    }

    /// The head of an answer that goes on; `limit` is for the head.
    pub(super) async fn open(
        &self,
        operation: Operation,
        target: &(dyn fmt::Display + Sync),
        request: (Method, String, Bytes),
    ) -> Result<Response<Incoming>, EngineError> {
        let limit = self.deadlines.read;
        let (method, path, body) = request;
        let asking = async {
            let request = plain(method, &self.path(&path), body)?;
            let response = self.transport.send(request, Extent::Stream).await?;
            let status = response.status();
            if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
                return Ok(Ok(response));
            }
            // An error's body is short; one that is not is cut off.
            let mut body = http_body_util::Limited::new(response.into_body(), 64 << 10);
            let mut text = Vec::new();
            while let Some(Ok(frame)) = body.frame().await {
                text.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            }
            Ok(Err((status, text)))
        };
        match self.timed(operation, target, limit, asking).await? {
            Ok(response) => Ok(response),
            Err((status, body)) => Err(convert::refusal(operation, target, status, &body)),
        }
    }

    pub(super) fn broken(
        &self,
        operation: Operation,
        target: &(dyn fmt::Display + Sync),
        error: bollard::errors::Error,
    ) -> EngineError {
        convert::error(operation, target, &self.transport, error)
    }

    fn path(&self, path: &str) -> String {
        format!("/v{}{path}", self.version.api)
    }
}

/// A request without a body, or with one in JSON.
fn plain(method: Method, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>, bollard::errors::Error> {
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header("Content-Type", "application/json");
    }
    Ok(request.body(Full::new(body))?)
}

/// `1.41` in numbers.
fn api(text: &str) -> Option<(usize, usize)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

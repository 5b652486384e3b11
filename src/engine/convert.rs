//! From bollard's words to ours; what cannot be right is refused here.

use std::collections::HashMap;
use std::fmt;
use std::io;

use bollard::models::{
    ContainerConfig, ContainerInspectResponse, ContainerStateStatusEnum, EndpointSettings, HealthStatusEnum,
    HostConfig, NetworkInspect, PortMap,
};
use hyper::StatusCode;

use super::client::NetworkReport;
use super::error::{EngineError, Operation, Trouble};
use super::transport::{self, Transport};
use super::{address::EngineAddress, settings};
use crate::model::container::{
    Attachment, Compose, Container, ContainerHealth, ContainerState, EngineId, Life, Make, PublishedPort,
};
use crate::model::text::Name;
use crate::model::time::{At, Span};

/// The most ports, networks or aliases that are kept of one container.
const MOST_PARTS: usize = 256;

/// bollard's error on `target` in our words.
pub(super) fn error(
    operation: Operation,
    target: &(dyn fmt::Display + Sync),
    transport: &Transport,
    error: bollard::errors::Error,
) -> EngineError {
    use bollard::errors::Error;
    let trouble = match error {
        Error::DockerResponseServerError { status_code, message } => answered(status_code, &message),
        Error::IOError { err } => of_the_system(&err, transport),
        Error::HyperResponseError { err } => of_the_connection(&err),
        Error::JsonDataError { message, .. } => Trouble::Rubbish { detail: message },
        Error::JsonSerdeError { err } => Trouble::Rubbish {
            detail: err.to_string(),
        },
        other => Trouble::Rubbish {
            detail: other.to_string(),
        },
    };
    EngineError::new(operation, target, trouble)
}

/// An answer with a status that is an error.
pub(super) fn refusal(
    operation: Operation,
    target: &(dyn fmt::Display + Sync),
    status: StatusCode,
    body: &[u8],
) -> EngineError {
    let said = serde_json::from_slice::<HashMap<String, serde_json::Value>>(body)
        .ok()
        .and_then(|fields| fields.get("message")?.as_str().map(str::to_owned))
        .unwrap_or_else(|| String::from_utf8_lossy(body).chars().take(300).collect());
    EngineError::new(operation, target, answered(status.as_u16(), &said))
}

fn answered(status: u16, message: &str) -> Trouble {
    let detail = message.trim().replace('\n', "; ");
    // Engines answer some conflicts of state with 500, or with 403.
    let is_conflict = [
        "is not running",
        "is already",
        "is paused",
        "is not paused",
        "is not connected",
        "already exists",
    ]
    .iter()
    .any(|words| detail.contains(words));
    match status {
        404 => Trouble::NotFound { detail },
        409 => Trouble::Conflict { detail },
        403 | 500 if is_conflict => Trouble::Conflict { detail },
        401 | 403 => Trouble::Forbidden { detail },
        status => Trouble::Answered { status, detail },
    }
}

fn of_the_system(error: &io::Error, transport: &Transport) -> Trouble {
    if let Some(trouble) = error.get_ref().and_then(|inner| inner.downcast_ref::<Trouble>()) {
        return trouble.clone();
    }
    let address = transport.address();
    match (error.kind(), address) {
        (io::ErrorKind::NotFound, EngineAddress::Unix(path)) => Trouble::NoSocket {
            looked: path.display().to_string(),
        },
        (io::ErrorKind::PermissionDenied, EngineAddress::Unix(path)) => transport::no_permission(path),
        (io::ErrorKind::ConnectionRefused, _) => Trouble::Refused {
            address: address.to_string(),
        },
        (io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof, _) => {
            Trouble::Closed {
                detail: error.to_string(),
            }
        }
        _ => Trouble::Unreachable {
            address: address.to_string(),
            detail: error.to_string(),
        },
    }
}

fn of_the_connection(error: &hyper::Error) -> Trouble {
    // Ours, from below: an answer that is too large.
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let ours = inner
            .downcast_ref::<io::Error>()
            .and_then(|io| io.get_ref())
            .and_then(|inner| inner.downcast_ref::<Trouble>());
        if let Some(trouble) = ours {
            return trouble.clone();
        }
        cause = inner.source();
    }
    let detail = std::error::Error::source(error)
        .map_or_else(|| error.to_string(), |inner| format!("{error}: {inner}"));
    if error.is_parse() {
        Trouble::Rubbish {
            detail: format!("it does not speak HTTP ({detail})"),
        }
    } else {
        Trouble::Closed { detail }
    }
}

/// A container from its inspection; the error says what is missing.
pub(super) fn container(report: ContainerInspectResponse) -> Result<Container, String> {
    let id = report
        .id
        .as_deref()
        .and_then(EngineId::parse)
        .ok_or("its Id is not one")?;
    let state = report.state.ok_or("it has no State")?;
    let word = state.status.ok_or("its State has no Status")?;
    let life = Life {
        state: match word {
            ContainerStateStatusEnum::CREATED => ContainerState::Created,
            ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::STOPPING => ContainerState::Running,
            ContainerStateStatusEnum::PAUSED => ContainerState::Paused,
            ContainerStateStatusEnum::RESTARTING => ContainerState::Restarting,
            ContainerStateStatusEnum::REMOVING => ContainerState::Removing,
            ContainerStateStatusEnum::EXITED => ContainerState::Exited {
                code: state.exit_code,
            },
            ContainerStateStatusEnum::DEAD => ContainerState::Dead,
            ContainerStateStatusEnum::EMPTY => return Err("its Status is empty".to_owned()),
        },
        health: match state.health.and_then(|health| health.status) {
            Some(HealthStatusEnum::STARTING) => ContainerHealth::Starting,
            Some(HealthStatusEnum::HEALTHY) => ContainerHealth::Healthy,
            Some(HealthStatusEnum::UNHEALTHY) => ContainerHealth::Unhealthy,
            Some(HealthStatusEnum::NONE | HealthStatusEnum::EMPTY) | None => ContainerHealth::Unchecked,
        },
        started: state.started_at.as_deref().and_then(moment),
        finished: state.finished_at.as_deref().and_then(moment),
        restarts: report
            .restart_count
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or(0),
        oom_killed: state.oom_killed.unwrap_or(false),
        code: state.exit_code.filter(|_| {
            let none_runs = [
                ContainerStateStatusEnum::RESTARTING,
                ContainerStateStatusEnum::EXITED,
            ];
            none_runs.contains(&word)
        }),
        error: state.error.filter(|error| !error.is_empty()).map(Name::from),
    };
    let config = report.config.unwrap_or_default();
    let host = report.host_config.unwrap_or_default();
    let network = report.network_settings.unwrap_or_default();
    let ports = ports(network.ports.filter(|ports| !ports.is_empty()), &host);
    let mut networks: Vec<Attachment> = network
        .networks
        .unwrap_or_default()
        .into_iter()
        .take(MOST_PARTS)
        .map(|(name, endpoint)| attachment(&name, endpoint, &id))
        .collect();
    networks.sort_by(|one, other| one.network.cmp(&other.network));
    Ok(Container {
        name: Name::from(report.name.unwrap_or_default().trim_start_matches('/')),
        life,
        make: make(config, &host),
        ports,
        networks,
        id,
    })
}

fn make(config: ContainerConfig, host: &HostConfig) -> Make {
    let mut labels = config.labels.unwrap_or_default();
    let mut label = |key: &str| {
        labels
            .remove(key)
            .filter(|value| !value.is_empty())
            .map(Name::from)
    };
    let project = label("com.docker.compose.project");
    let service = label("com.docker.compose.service");
    Make {
        image: Name::from(config.image.unwrap_or_default()),
        hostname: config.hostname.filter(|name| !name.is_empty()).map(Name::from),
        host_network: host.network_mode.as_deref() == Some("host"),
        terminal: config.tty.unwrap_or(false),
        grace: config
            .stop_timeout
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Span::seconds),
        settings: settings::read(&config.env.unwrap_or_default()),
        compose: project
            .zip(service)
            .map(|(project, service)| Compose { project, service }),
    }
}

/// The published TCP ports: those in effect, else those that the container was made with.
fn ports(in_effect: Option<PortMap>, host: &HostConfig) -> Vec<PublishedPort> {
    let map = in_effect
        .or_else(|| host.port_bindings.clone())
        .unwrap_or_default();
    let mut found = Vec::new();
    for (inside, bindings) in map.into_iter().take(MOST_PARTS) {
        let Some(inside) = inside.strip_suffix("/tcp").and_then(|port| port.parse().ok()) else {
            continue;
        };
        for binding in bindings.unwrap_or_default().into_iter().take(MOST_PARTS) {
            let Some(port) = binding.host_port.and_then(|port| port.parse().ok()) else {
                continue;
            };
            let address = binding.host_ip.filter(|address| !address.is_empty());
            found.push(PublishedPort {
                inside,
                address: Name::from(address.unwrap_or_else(|| "0.0.0.0".to_owned())),
                port,
            });
        }
    }
    found.sort_by(|one, other| {
        (one.inside, &one.address, one.port).cmp(&(other.inside, &other.address, other.port))
    });
    found
}

fn attachment(name: &str, endpoint: EndpointSettings, id: &EngineId) -> Attachment {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Name::from);
    let fixed = endpoint.ipam_config.unwrap_or_default();
    // Engines before 25 list the short id among the aliases, newer ones list every name in DNSNames.
    let mut aliases: Vec<Name> = endpoint
        .aliases
        .into_iter()
        .flatten()
        .chain(endpoint.dns_names.into_iter().flatten())
        .take(MOST_PARTS)
        .filter(|alias| !alias.is_empty() && !id.raw().starts_with(alias.as_str()))
        .map(Name::from)
        .collect();
    aliases.sort();
    aliases.dedup();
    Attachment {
        network: Name::from(name),
        id: endpoint.network_id.as_deref().and_then(EngineId::parse),
        aliases,
        ipv4: given(endpoint.ip_address),
        ipv6: given(endpoint.global_ipv6_address),
        fixed_ipv4: given(fixed.ipv4_address),
        fixed_ipv6: given(fixed.ipv6_address),
    }
}

/// A network from its inspection; the error says what is missing.
pub(super) fn network(report: NetworkInspect) -> Result<NetworkReport, String> {
    Ok(NetworkReport {
        id: report
            .id
            .as_deref()
            .and_then(EngineId::parse)
            .ok_or("its Id is not one")?,
        name: Name::from(report.name.unwrap_or_default()),
        internal: report.internal.unwrap_or(false),
        members: report
            .containers
            .unwrap_or_default()
            .keys()
            .filter_map(|id| EngineId::parse(id))
            .collect(),
    })
}

/// A moment in the engine's words; its zero moment is none.
pub(super) fn moment(text: &str) -> Option<At> {
    let millis = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    (millis > 0).then_some(At(millis))
}

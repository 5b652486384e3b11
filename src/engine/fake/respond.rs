//! What the engine answers, and what that changes.

use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{State, event};

pub(super) fn respond(
    state: &Mutex<State>,
    method: &str,
    path: &str,
    body: &Value,
    events: &broadcast::Sender<String>,
) -> Option<(u16, Value)> {
    let mut state = state.lock().ok()?;
    let missing = (404, json!({"message": "No such container"}));
    let bare = path.split('?').next()?;
    Some(match (method, bare) {
        ("GET", "/version") => (
            200,
            json!({"Version": "20.10.24", "ApiVersion": state.api, "Platform": {"Name": "Fake Engine"}}),
        ),
        ("GET", "/_ping") => (200, json!("OK")),
        ("GET", "/containers/json") => {
            let all = state
                .containers
                .iter()
                .map(|(id, container)| json!({"Id": id, "Names": [format!("/{}", container.name)]}));
            (200, Value::Array(all.collect()))
        }
        _ if bare.starts_with("/networks/") => {
            let mut parts = bare.split('/').skip(2);
            let (network, verb) = (parts.next()?.to_owned(), parts.next());
            let wanted = body
                .get("Container")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let name = state.networks.get(&network).cloned();
            let name = name.unwrap_or_else(|| "network".to_owned());
            match (verb, state.containers.get_mut(&wanted)) {
                (None, _) => (
                    200,
                    json!({"Id": network, "Name": "network", "Internal": true, "Containers": {}}),
                ),
                (Some(_), None) => missing,
                (Some("disconnect"), Some(container)) => {
                    container.networks.retain(|_, (id, _)| *id != network);
                    (200, Value::Null)
                }
                (Some(_), Some(container)) => {
                    let aliases = body
                        .pointer("/EndpointConfig/Aliases")
                        .cloned()
                        .unwrap_or_default();
                    let aliases = serde_json::from_value(aliases).unwrap_or_default();
                    container.networks.insert(name, (network, aliases));
                    (200, Value::Null)
                }
            }
        }
        _ => {
            let mut parts = bare.strip_prefix("/containers/")?.split('/');
            let (id, verb) = (parts.next()?.to_owned(), parts.next()?);
            let Some(container) = state.containers.get_mut(&id) else {
                return Some(missing);
            };
            let runs = container.runs();
            let conflict = (
                409,
                json!({"message": format!("Container {id} is {}", container.status)}),
            );
            match (method, verb) {
                ("GET", "json") => (200, container.inspection(&id)),
                ("GET", "stats") => {
                    let read = if runs {
                        "2026-01-02T03:04:05Z"
                    } else {
                        "0001-01-01T00:00:00Z"
                    };
                    (
                        200,
                        json!({"read": read, "cpu_stats": {"cpu_usage": {"total_usage": container.counters.0}},
                        "memory_stats": {"usage": 1000, "limit": 4000},
                        "networks": {"eth0": {"rx_bytes": container.counters.1, "tx_bytes": 0}}}),
                    )
                }
                ("POST", "start") if runs => (304, Value::Null),
                ("POST", "stop") if !runs => (304, Value::Null),
                ("POST", "pause" | "kill") if !runs => conflict,
                ("POST", "unpause") if container.status != "paused" => conflict,
                ("POST", verb) => {
                    let (status, code, action) = match verb {
                        "start" | "restart" => ("running", 0, "start"),
                        "stop" => ("exited", 143, "die"),
                        "kill" => ("exited", 137, "die"),
                        "pause" => ("paused", 0, "pause"),
                        _ => ("running", 0, "unpause"),
                    };
                    container.status = status.to_owned();
                    container.code = code;
                    container.finished = "2026-01-02T03:05:06.7Z".to_owned();
                    let _ = events.send(event(&id, action, code));
                    (204, Value::Null)
                }
                _ => missing,
            }
        }
    })
}

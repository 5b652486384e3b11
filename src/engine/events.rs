//! What happens to containers, told by the engine as it happens.

use std::collections::HashMap;

use hyper::Method;
use hyper::body::Bytes;
use serde::Deserialize;

use super::client::Engine;
use super::error::{EngineError, Operation, Trouble};
use super::frames::{Flow, Lines};
use crate::model::container::EngineId;
use crate::model::time::At;

/// The most bytes of one event: its labels are in it.
const LONGEST_EVENT: usize = 1 << 20;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Its process ended.
    Died {
        /// With which code, where the engine tells.
        code: Option<i64>,
    },
    /// The kernel killed a process in it for want of memory.
    OutOfMemory,
    /// It is gone from the engine.
    Destroyed,
    /// Its process was started.
    Started,
    /// It was frozen.
    Paused,
    /// It goes on.
    Unpaused,
    /// Anything else that may change how it fares: its health, its name, its networks.
    Other,
}

/// Something that happened to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerEvent {
    /// To which.
    pub id: EngineId,
    /// What.
    pub happening: Happening,
    /// When, on the engine's clock.
    pub at: Option<At>,
}

/// The engine's events, as they come.
pub struct Events {
    flow: Flow,
    lines: Lines,
}

impl Events {
    /// The next event that concerns a container.
    ///
    /// Waits as long as nothing happens: who waits asks with [`Engine::ping`] whether the engine is still there. Can be
    /// given up and called again. The stream has no end, so that its end is an error.
    pub async fn next(&mut self, engine: &Engine) -> Result<ContainerEvent, EngineError> {
        loop {
            while !self.flow.waiting.is_empty() {
                if let Some(line) = self.lines.take(&mut self.flow.waiting)
                    && let Some(event) = read(&line)
                {
                    return Ok(event);
                }
            }
            match self.flow.more().await {
                Ok(true) => {}
                Ok(false) => {
                    let detail = "the stream of events ended".to_owned();
                    return Err(EngineError::new(
                        Operation::Events,
                        engine.address(),
                        Trouble::Closed { detail },
                    ));
                }
                Err(error) => return Err(engine.broken(Operation::Events, engine.address(), error.into())),
            }
        }
    }
}

#[derive(Deserialize)]
struct Told {
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(rename = "Action", default)]
    action: String,
    #[serde(rename = "Actor", default)]
    actor: Actor,
    #[serde(rename = "timeNano", default)]
    nanos: i64,
}

#[derive(Default, Deserialize)]
struct Actor {
    #[serde(rename = "ID", default)]
    id: String,
    #[serde(rename = "Attributes", default)]
    attributes: HashMap<String, String>,
}

/// One event; none where it concerns no container, or cannot be read: the next full look makes up for it.
fn read(line: &[u8]) -> Option<ContainerEvent> {
    let told: Told = serde_json::from_slice(line).ok()?;
    let attribute = |name: &str| told.actor.attributes.get(name);
    let at = (told.nanos > 0).then_some(At(told.nanos / 1_000_000));
    let (id, happening) = match told.kind.as_str() {
        "container" => {
            let happening = match told.action.as_str() {
                "die" | "died" => Happening::Died {
                    code: attribute("exitCode")
                        .or_else(|| attribute("containerExitCode"))
                        .and_then(|code| code.parse().ok()),
                },
                "oom" => Happening::OutOfMemory,
                "destroy" | "remove" => Happening::Destroyed,
                "start" => Happening::Started,
                "pause" => Happening::Paused,
                "unpause" => Happening::Unpaused,
                // Health checks and what looks into a container run commands all the time.
                action if action.starts_with("exec_") || action == "top" => return None,
                _ => Happening::Other,
            };
            (told.actor.id.as_str(), happening)
        }
        "network" => (attribute("container")?.as_str(), Happening::Other),
        _ => return None,
    };
    Some(ContainerEvent {
        id: EngineId::parse(id)?,
        happening,
        at,
    })
}

impl Engine {
    /// Opens the stream of events. Whoever looks at all containers after that has missed nothing.
    pub async fn events(&self) -> Result<Events, EngineError> {
        // {"type":["container","network"]}
        let path = "/events?filters=%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%7D".to_owned();
        let response = self
            .open(
                Operation::Events,
                self.address(),
                (Method::GET, path, Bytes::new()),
            )
            .await?;
        Ok(Events {
            flow: Flow::new(response.into_body()),
            lines: Lines::new(LONGEST_EVENT),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn events_are_read_and_noise_is_not() {
        let event = |kind: &str, action: &str, attributes: &str| {
            format!(
                r#"{{"status":"x","Type":"{kind}","Action":"{action}","Actor":{{"ID":"{ID}","Attributes":{attributes}}},"time":1,"timeNano":1700000000123456789}}"#
            )
        };
        let table = [
            (
                event("container", "die", r#"{"exitCode":"137"}"#),
                Some(Happening::Died { code: Some(137) }),
            ),
            (
                event("container", "die", "{}"),
                Some(Happening::Died { code: None }),
            ),
            (event("container", "oom", "{}"), Some(Happening::OutOfMemory)),
            (
                event("container", "health_status: healthy", "{}"),
                Some(Happening::Other),
            ),
            (event("container", "exec_start: sh", "{}"), None),
            (
                event("network", "disconnect", &format!(r#"{{"container":"{ID}"}}"#)),
                Some(Happening::Other),
            ),
            (event("network", "create", "{}"), None),
            (event("image", "pull", "{}"), None),
            ("{".to_owned(), None),
            (String::new(), None),
            (
                r#"{"Type":"container","Action":"die","Actor":{"ID":"../../x"}}"#.to_owned(),
                None,
            ),
        ];
        for (line, happening) in table {
            let event = read(line.as_bytes());
            assert_eq!(
                event.as_ref().map(|event| event.happening.clone()),
                happening,
                "{line}"
            );
            if let Some(event) = event {
                assert_eq!(event.at, Some(At(1_700_000_000_123)));
            }
        }
    }
}

//! The hand on containers: which container is a node's is the snapshot's to say; what is done to it is the engine's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::hand::{Fault, Hand, Severed, Step};
use super::networks;
use crate::engine::{Attach, DEFAULT_GRACE, Engine, EngineError, Reached, discover};
use crate::health::Bulletin;
use crate::model::act::Node;
use crate::model::container::{Container, ContainerState, EngineId, Life};
use crate::model::fleet::{Fleet, Match};
use crate::model::sighting::{Condition, Runs, Severing, Sighting, Tie};
use crate::model::text::Name;
use crate::model::time::{At, Span};
use crate::source::docker::EngineOptions;

/// How many of a container's last lines are read: between what ends a broker and its end it tells of every part that it
/// shuts down.
const LINES: u32 = 500;
/// How long a connection from inside a container may take to come about.
const REACH: Duration = Duration::from_secs(2);
/// The most paths to peers that are tried.
const MOST_PATHS: usize = 60;

/// The hand on the containers of one engine.
#[derive(Debug)]
pub struct Containers {
    /// None where no engine is to be used.
    wanted: Option<EngineOptions>,
    open: Mutex<Option<Engine>>,
}

impl Containers {
    /// A hand on the containers of the engine that is wanted; where none is, every call says so.
    pub fn new(wanted: Option<EngineOptions>) -> Self {
        Self {
            wanted,
            open: Mutex::new(None),
        }
    }

    /// The engine, connected anew where it was lost.
    async fn engine(&self) -> Result<Engine, Fault> {
        let mut open = self.open.lock().await;
        if let Some(engine) = &*open {
            return Ok(engine.clone());
        }
        let wanted = self.wanted.as_ref().ok_or_else(|| {
            Fault::new("no container engine is used here; name one with `docker` in the config file")
        })?;
        let choice =
            discover(wanted.asked.as_deref(), &wanted.surroundings).map_err(|error| fault(&error))?;
        let engine = Engine::connect(choice.address, wanted.deadlines)
            .await
            .map_err(|error| fault(&error))?;
        *open = Some(engine.clone());
        Ok(engine)
    }

    /// What an error means; an engine that is lost is connected anew the next time.
    async fn lost(&self, error: EngineError) -> Fault {
        if error.is_engine_lost() {
            *self.open.lock().await = None;
        }
        fault(&error)
    }

    async fn inspect(&self, id: &EngineId) -> Result<Container, Fault> {
        let engine = self.engine().await?;
        match engine.inspect(id).await {
            Ok(container) => Ok(container),
            Err(error) => Err(self.lost(error).await),
        }
    }

    async fn attach(&self, engine: &Engine, id: &EngineId, ties: &[Tie]) -> Result<(), Fault> {
        if ties.is_empty() {
            return Err(Fault::new("kaftop does not know which networks it was taken off"));
        }
        let now = self.inspect(id).await?;
        for tie in ties {
            if now.networks.iter().any(|network| network.network == tie.network) {
                continue;
            }
            let attach = Attach {
                aliases: tie.aliases.clone(),
                ipv4: tie.ipv4.clone(),
                ipv6: tie.ipv6.clone(),
            };
            let network = network_id(tie)?;
            if let Err(error) = engine.attach(&network, id, &attach).await {
                return Err(self.lost(error).await);
            }
        }
        Ok(())
    }
}

fn fault(error: &EngineError) -> Fault {
    if error.is_not_found() {
        Fault::missing(&error.to_string())
    } else {
        Fault::new(&error.to_string())
    }
}

fn id_of(handle: &Name) -> Result<EngineId, Fault> {
    EngineId::parse(handle.raw()).ok_or_else(|| Fault::new(&format!("`{handle}` is no id of a container")))
}

fn network_id(tie: &Tie) -> Result<EngineId, Fault> {
    EngineId::parse(tie.id.raw())
        .ok_or_else(|| Fault::new(&format!("the id of the network {} is not known", tie.network)))
}

/// How a process ended, with what its exit code does not tell.
fn end(life: &Life, how: &str) -> Name {
    let starved = if life.oom_killed {
        ", killed for want of memory"
    } else {
        ""
    };
    format!("{how}{starved}").into()
}

fn condition(life: &Life) -> Condition {
    let state = life.state;
    match state {
        ContainerState::Running => Condition::Running,
        ContainerState::Paused => Condition::Paused,
        ContainerState::Created | ContainerState::Exited { .. } | ContainerState::Dead => {
            Condition::Ended(end(life, &state.to_string()))
        }
        ContainerState::Restarting | ContainerState::Removing | ContainerState::Removed => {
            Condition::Between(state.to_string().into())
        }
    }
}

fn sighting(container: &Container, severing: Severing) -> Sighting {
    let life = &container.life;
    Sighting {
        handle: container.id.raw().into(),
        shown: format!("container {}", container.name).into(),
        condition: condition(life),
        runs: Runs {
            again: life.restarts,
            started: life.started,
            last_end: (life.state == ContainerState::Restarting)
                .then(|| life.code.map(|code| end(life, &format!("exited {code}"))))
                .flatten(),
        },
        grace: container.make.grace.unwrap_or_else(|| Span::from(DEFAULT_GRACE)),
        severing,
    }
}

/// The containers of the other nodes of the cluster.
pub(super) fn peers(fleet: &Fleet, own: &EngineId) -> Vec<Arc<Container>> {
    let ids: BTreeSet<&EngineId> = fleet
        .matches
        .values()
        .filter_map(|found| match found {
            Match::One(id, _) => Some(id),
            _ => None,
        })
        .collect();
    let others = ids.into_iter().filter(|id| *id != own);
    others
        .filter_map(|id| fleet.containers.get(id)?.container.value().cloned())
        .collect()
}

impl Hand for Containers {
    fn world(&self) -> Name {
        let Some(wanted) = &self.wanted else {
            return "no container engine".into();
        };
        match discover(wanted.asked.as_deref(), &wanted.surroundings) {
            Ok(choice) => format!("the container engine at {}", choice.address).into(),
            Err(_) => "a container engine that is not found".into(),
        }
    }

    async fn find(&self, node: &Node, bulletin: &Bulletin) -> Result<Sighting, Fault> {
        let fleet = &bulletin.snapshot.fleet;
        if let Some(why) = fleet.why_none(node) {
            let is_known = match node {
                Node::Broker(id) => bulletin.snapshot.broker(*id).is_some(),
                Node::Controller(_) | Node::ZooKeeper(_) => true,
            };
            let fits_none = fleet.answers() && !fleet.matches.contains_key(node);
            return Err(Fault::new(&if fits_none && !is_known {
                format!("the cluster has no {node}, and no container fits it")
            } else {
                why
            }));
        }
        let Some(Match::One(id, _)) = fleet.matches.get(node) else {
            return Err(Fault::new(&format!("no container is known of {node}")));
        };
        let known = fleet
            .of(node)
            .and_then(|hosted| hosted.container.value().cloned());
        let container = self.inspect(id).await.map_err(|fault| match known {
            Some(known) if fault.missing => Fault::missing(&format!(
                "container {} of {node} no longer exists; make it again, and kaftop finds it",
                known.name
            )),
            _ => fault,
        })?;
        let severing = networks::severing(&container, &peers(fleet, id));
        Ok(sighting(&container, severing))
    }

    async fn look(&self, handle: &Name) -> Result<Sighting, Fault> {
        let id = id_of(handle)?;
        let container = self.inspect(&id).await.map_err(|fault| {
            if fault.missing {
                Fault::missing(&format!(
                    "container {id} no longer exists; make it again, and kaftop finds it"
                ))
            } else {
                fault
            }
        })?;
        let ties = container.networks.iter().map(networks::tie).collect();
        let severing = Severing::Possible {
            ties,
            also: Vec::new(),
        };
        Ok(sighting(&container, severing))
    }

    async fn act(&self, handle: &Name, step: &Step) -> Result<(), Fault> {
        let id = id_of(handle)?;
        let engine = self.engine().await?;
        let done = match step {
            Step::Stop { grace } => engine.stop(&id, (*grace).into()).await,
            Step::Start => engine.start(&id).await,
            Step::Kill => engine.kill(&id).await,
            Step::Pause => engine.pause(&id).await,
            Step::Resume => engine.unpause(&id).await,
            Step::Cut(ties) => {
                let mut done = Ok(());
                for tie in ties {
                    done = engine.disconnect(&network_id(tie)?, &id).await;
                    if done.is_err() {
                        break;
                    }
                }
                done
            }
            Step::Reconnect(ties) => return self.attach(&engine, &id, ties).await,
        };
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(self.lost(error).await),
        }
    }

    async fn last_lines(&self, handle: &Name, since: Option<At>) -> Vec<String> {
        let Ok(id) = id_of(handle) else { return Vec::new() };
        let (Ok(engine), Ok(container)) = (self.engine().await, self.inspect(&id).await) else {
            return Vec::new();
        };
        let lines = engine.last_lines(&container, LINES).await.unwrap_or_default();
        // What an earlier run printed is not this one's.
        let began = since.or(container.life.started);
        let of_this_run = lines.iter().filter(|line| line.at.is_none() || line.at >= began);
        of_this_run.map(|line| line.text().to_owned()).collect()
    }

    async fn severed(&self, _node: &Node, handle: &Name, bulletin: &Bulletin) -> Result<Severed, Fault> {
        let id = id_of(handle)?;
        let engine = self.engine().await?;
        let own = self.inspect(&id).await?;
        let peers = peers(&bulletin.snapshot.fleet, &id);
        let mut paths = networks::paths(&own, &peers);
        if paths.is_empty() {
            return Ok(Severed {
                reached: Vec::new(),
                untold: Some("no peer runs that could be tried".to_owned()),
            });
        }
        paths.truncate(MOST_PATHS);
        // Each of them ends within the deadline of the engine, so the set does.
        let mut tries = JoinSet::new();
        for (host, port) in paths {
            let (engine, id) = (engine.clone(), id.clone());
            tries.spawn(async move {
                let reached = engine.reaches(&id, host.raw(), port, REACH).await;
                (format!("{host}:{port}"), reached)
            });
        }
        let mut severed = Severed::default();
        while let Some(tried) = tries.join_next().await {
            match tried {
                Ok((path, Ok(Reached::Yes))) => severed.reached.push(path),
                Ok((_, Ok(Reached::No(_)))) => {}
                Ok((_, Ok(Reached::Unknown(why)))) => severed.untold = Some(why),
                Ok((_, Err(error))) => severed.untold = Some(error.to_string()),
                Err(died) => severed.untold = Some(died.to_string()),
            }
        }
        severed.reached.sort();
        Ok(severed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testbed_engine::container;

    #[test]
    fn how_a_process_ended_is_told_with_the_want_of_memory() {
        let nothing = || Severing::Impossible(String::new());
        let table = [
            (
                ContainerState::Exited { code: Some(137) },
                true,
                "exited 137, killed for want of memory",
                None,
            ),
            (ContainerState::Exited { code: Some(1) }, false, "exited 1", None),
            (ContainerState::Restarting, false, "restarting", Some("exited 1")),
            (ContainerState::Running, false, "running", None),
        ];
        for (state, oom_killed, told, last_end) in table {
            let mut container = container(1, state, None);
            container.life.oom_killed = oom_killed;
            container.life.code = Some(1);
            container.life.restarts = 3;
            let seen = sighting(&container, nothing());
            assert_eq!(seen.condition.to_string(), told);
            assert_eq!(seen.runs.last_end.map(|end| end.to_string()).as_deref(), last_end);
            assert_eq!(seen.runs.again, 3);
        }
    }
}

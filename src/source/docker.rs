//! Follows the containers of an engine: a full look, then its events, and the counters of the containers that matter.
//!
//! The engine tells of a stopped container when it happens, before Kafka notices. What an event says is passed on at
//! once; the inspection that follows says the rest. Each part has its own deadline, and one that hangs holds up no other.

mod counters;
pub mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::clock::Clock;
use super::voice::{Closed, Voice};
use crate::engine::{
    Choice, ContainerEvent, Deadlines, Engine, EngineError, Happening, Operation, Surroundings, Trouble,
    discover, shares_our_network,
};
use crate::model::container::{ContainerState, EngineId};
use crate::model::failure::Failure;
use crate::model::fleet::{EngineFact, EngineReport, Part};
use crate::model::intake::Origin;
use crate::model::observation::{Fact, Observation};
use crate::model::text::Name;
use crate::wire::Backoff;

/// Between two lists of all containers, which make up for an event that was missed, and show that the engine lives.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long the files that name the engine may take to be read.
const FIND_WITHIN: Duration = Duration::from_secs(2);
/// The most containers that are inspected.
const MOST: usize = 1000;
/// How many are inspected at the same time.
const AT_ONCE: usize = 8;
/// An engine that nobody asked for is looked for again after this long.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Which engine is followed.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The address that was asked for; found by itself where none was.
    pub asked: Option<String>,
    /// What it is found by.
    pub surroundings: Surroundings,
    /// How long its answers may take.
    pub deadlines: Deadlines,
    /// The clock.
    pub clock: Clock,
}

/// Why a session with an engine ended.
enum End {
    Lost(EngineError),
    Closed,
}

impl From<EngineError> for End {
    fn from(error: EngineError) -> Self {
        Self::Lost(error)
    }
}

impl From<Closed> for End {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// Follows the engine until the queue is closed or the future is dropped. `wanted` holds the containers whose counters
/// are read.
pub async fn follow(
    options: EngineOptions,
    queue: mpsc::Sender<Observation>,
    wanted: watch::Receiver<BTreeSet<EngineId>>,
) {
    let voice = Voice::new(Origin::Engine, options.clock, queue.clone());
    let mut backoff = Backoff::new();
    // One that nobody asked for is missed only once it has answered.
    let mut is_expected = options.asked.is_some();
    loop {
        let tried = tokio::select! {
            () = queue.closed() => return,
            tried = session(&options, &voice, wanted.clone(), &mut is_expected, &mut backoff) => tried,
        };
        let End::Lost(error) = tried else { return };
        let why = Failure::from(&error);
        let (fact, wait) = if is_expected {
            let wait = backoff.failed(&mut fastrand::Rng::new());
            let retry_at = Some(options.clock.now().plus(wait.into()));
            (Fact::Lost { why, retry_at }, wait)
        } else {
            (Fact::Engine(EngineFact::Absent(why)), LOOK_AGAIN)
        };
        if voice.tell(fact).await.is_err() {
            return;
        }
        sleep(wait).await;
    }
}

/// Looks at all containers once. Where nothing was asked for and no engine answers, that is no news: nothing is told.
pub async fn collect(options: &EngineOptions, within: Duration) -> Vec<Observation> {
    let (queue, mut incoming) = mpsc::channel(MOST);
    let voice = Voice::new(Origin::Engine, options.clock, queue);
    let looking = async {
        let engine = open(options, &voice).await?;
        let seen = watch::Sender::new(BTreeSet::new());
        look(&engine, &voice, &seen, &BTreeSet::new()).await
    };
    let mut observations = Vec::new();
    let ended = {
        tokio::pin!(looking);
        let late = sleep(within);
        tokio::pin!(late);
        loop {
            tokio::select! {
                ended = &mut looking => break ended,
                () = &mut late => break Err(End::Lost(EngineError::new(
                    Operation::List,
                    &"the container engine",
                    Trouble::Hung { waited: within },
                ))),
                Some(observation) = incoming.recv() => observations.push(observation),
            }
        }
    };
    while let Ok(observation) = incoming.try_recv() {
        observations.push(observation);
    }
    if let Err(End::Lost(error)) = ended {
        let answered = !observations.is_empty();
        if options.asked.is_none() && !answered {
            return Vec::new();
        }
        let now = options.clock.now();
        let why = Failure::from(&error);
        observations.push(Observation {
            from: Origin::Engine,
            asked: now,
            at: now,
            fact: Fact::Lost { why, retry_at: None },
        });
    }
    observations
}

/// Finds the engine, and follows it for as long as it answers.
async fn session(
    options: &EngineOptions,
    voice: &Voice,
    wanted: watch::Receiver<BTreeSet<EngineId>>,
    is_expected: &mut bool,
    backoff: &mut Backoff,
) -> End {
    match open(options, voice).await {
        Ok(engine) => {
            *is_expected = true;
            backoff.succeeded();
            let (seen, inspected) = (watch::Sender::new(BTreeSet::new()), wanted.clone());
            tokio::select! {
                end = events(&engine, voice, &seen) => end,
                end = counters::read(&engine, voice, wanted) => end,
                end = looks(&engine, voice, &seen, inspected) => end,
            }
        }
        Err(end) => end,
    }
}

async fn open(options: &EngineOptions, voice: &Voice) -> Result<Engine, End> {
    let choice = find(options).await?;
    let address = Name::from(choice.address.to_string());
    let connecting = Fact::Connecting {
        address: address.clone(),
    };
    let asked = voice.clock.now();
    let engine = if options.asked.is_some() {
        voice.tell(connecting).await?;
        Engine::connect(choice.address.clone(), options.deadlines).await?
    } else {
        let engine = Engine::connect(choice.address.clone(), options.deadlines).await?;
        voice.tell(connecting).await?;
        engine
    };
    let near = shares_our_network(&choice.address).await;
    let report = EngineReport {
        address,
        why: Name::from(choice.why.to_string()),
        version: Name::from(engine.version().to_string()),
        vantage: options.surroundings.vantage(&choice.address, near),
    };
    voice.say(asked, Fact::Engine(EngineFact::Is(report))).await?;
    Ok(engine)
}

/// Reads the files that name the engine on a thread of their own: a home directory may hang.
async fn find(options: &EngineOptions) -> Result<Choice, EngineError> {
    let (asked, surroundings) = (options.asked.clone(), options.surroundings.clone());
    let reading = tokio::task::spawn_blocking(move || discover(asked.as_deref(), &surroundings));
    let hung = || {
        EngineError::new(
            Operation::Find,
            &"a container engine",
            Trouble::Hung { waited: FIND_WITHIN },
        )
    };
    match timeout(FIND_WITHIN, reading).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) | Err(_) => Err(hung()),
    }
}

/// Passes on what happens, and inspects what it happened to.
async fn events(engine: &Engine, voice: &Voice, seen: &watch::Sender<BTreeSet<EngineId>>) -> End {
    match follow_events(engine, voice, seen).await {
        Ok(never) => match never {},
        Err(end) => end,
    }
}

async fn follow_events(
    engine: &Engine,
    voice: &Voice,
    seen: &watch::Sender<BTreeSet<EngineId>>,
) -> Result<std::convert::Infallible, End> {
    let mut events = engine.events().await?;
    let mut inspections = JoinSet::new();
    // A container of which more happens while it is inspected is inspected once more.
    let mut under_way: BTreeMap<EngineId, bool> = BTreeMap::new();
    // The full look begins when nothing can be missed any more.
    seen.send_modify(BTreeSet::clear);
    look(engine, voice, seen, &BTreeSet::new()).await?;
    loop {
        let id = tokio::select! {
            event = events.next(engine) => {
                let event = event?;
                if let Some(fact) = told(&event) {
                    voice.tell(Fact::Engine(fact)).await?;
                }
                if event.happening == Happening::Destroyed {
                    seen.send_modify(|seen| {
                        seen.remove(&event.id);
                    });
                    continue;
                }
                if let Some(again) = under_way.get_mut(&event.id) {
                    *again = true;
                    continue;
                }
                event.id
            }
            Some(done) = inspections.join_next() => {
                let Ok((id, ended)) = done else { continue };
                ended?;
                seen.send_modify(|seen| {
                    seen.insert(EngineId::clone(&id));
                });
                match under_way.remove(&id) {
                    Some(true) => id,
                    _ => continue,
                }
            }
        };
        under_way.insert(id.clone(), false);
        let (engine, voice) = (engine.clone(), voice.clone());
        inspections.spawn(async move {
            let ended = inspect(&engine, &voice, &id).await;
            (id, ended)
        });
    }
}

/// What an event says by itself.
fn told(event: &ContainerEvent) -> Option<EngineFact> {
    let turned = |state| EngineFact::Turned {
        id: event.id.clone(),
        state,
        at: event.at,
    };
    match event.happening {
        Happening::Died { code } => Some(turned(ContainerState::Exited { code })),
        Happening::Destroyed => Some(turned(ContainerState::Removed)),
        Happening::Started | Happening::Unpaused => Some(turned(ContainerState::Running)),
        Happening::Paused => Some(turned(ContainerState::Paused)),
        Happening::OutOfMemory => Some(EngineFact::OutOfMemory(event.id.clone())),
        Happening::Other => None,
    }
}

/// Inspects a container and passes the outcome on. Only an engine that is lost is an error.
async fn inspect(engine: &Engine, voice: &Voice, id: &EngineId) -> Result<(), End> {
    let asked = voice.clock.now();
    let fact = match engine.inspect(id).await {
        Ok(container) => EngineFact::Inspected(Arc::new(container)),
        // Removed in between: the next list says so.
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) if error.is_engine_lost() && !matches!(error.trouble, Trouble::Hung { .. }) => {
            return Err(error.into());
        }
        // One container's lock may be held for long while all others answer.
        Err(error) => EngineFact::Unread(id.clone(), Part::State, Failure::from(&error)),
    };
    Ok(voice.say(asked, Fact::Engine(fact)).await?)
}

/// Lists all containers again and again, and inspects those that are new, and those that matter.
async fn looks(
    engine: &Engine,
    voice: &Voice,
    seen: &watch::Sender<BTreeSet<EngineId>>,
    wanted: watch::Receiver<BTreeSet<EngineId>>,
) -> End {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is made once the events are followed.
    tick.tick().await;
    loop {
        tick.tick().await;
        let again = wanted.borrow().clone();
        if let Err(end) = look(engine, voice, seen, &again).await {
            return end;
        }
    }
}

async fn look(
    engine: &Engine,
    voice: &Voice,
    seen: &watch::Sender<BTreeSet<EngineId>>,
    again: &BTreeSet<EngineId>,
) -> Result<(), End> {
    let asked = voice.clock.now();
    let listed: BTreeSet<EngineId> = engine
        .containers()
        .await?
        .into_iter()
        .take(MOST)
        .map(|listed| listed.id)
        .collect();
    let ids = listed.iter().cloned().collect();
    voice.say(asked, Fact::Engine(EngineFact::Listed(ids))).await?;
    let known = seen.borrow().clone();
    let mut waiting: Vec<EngineId> = listed
        .iter()
        .filter(|id| again.contains(*id) || !known.contains(*id))
        .cloned()
        .collect();
    let mut inspections = JoinSet::new();
    loop {
        while inspections.len() < AT_ONCE {
            let Some(id) = waiting.pop() else { break };
            let (engine, voice) = (engine.clone(), voice.clone());
            inspections.spawn(async move { inspect(&engine, &voice, &id).await });
        }
        match inspections.join_next().await {
            Some(Ok(ended)) => ended?,
            // A fault of kaftop in one inspection: the next look makes up for it.
            Some(Err(_)) => {}
            None => break,
        }
    }
    seen.send_replace(listed);
    Ok(())
}

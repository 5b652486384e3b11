//! What the containers that matter use, and the last words of those that have stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::End;
use crate::engine::{Counters, Engine, EngineError, Trouble};
use crate::model::container::EngineId;
use crate::model::failure::Failure;
use crate::model::fleet::{EngineFact, Part};
use crate::model::observation::Fact;
use crate::source::voice::Voice;

/// Between two looks at the counters of a container.
const EVERY: Duration = Duration::from_secs(3);
/// How many of the last lines of a container that has stopped are kept.
const LAST_WORDS: u32 = 40;

/// Reads the counters of the containers that matter, each by itself, until the engine is lost.
pub(super) async fn read(
    engine: &Engine,
    voice: &Voice,
    mut wanted: watch::Receiver<BTreeSet<EngineId>>,
) -> End {
    let mut earlier: BTreeMap<EngineId, Counters> = BTreeMap::new();
    // Stopped containers whose last words were read.
    let mut heard: BTreeSet<EngineId> = BTreeSet::new();
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            // Once more as soon as it is known which matter; without anybody who tells there is nothing to read.
            changed = wanted.changed() => if changed.is_err() {
                return std::future::pending().await;
            },
        }
        let ids: BTreeSet<EngineId> = wanted.borrow_and_update().clone();
        earlier.retain(|id, _| ids.contains(id));
        heard.retain(|id| ids.contains(id));
        let mut reads = JoinSet::new();
        for id in ids {
            let (engine, asked, is_heard) = (engine.clone(), voice.clock.now(), heard.contains(&id));
            reads.spawn(async move {
                let outcome = one(&engine, &id, is_heard).await;
                (id, asked, outcome)
            });
        }
        while let Some(done) = reads.join_next().await {
            let Ok((id, asked, outcome)) = done else { continue };
            let fact = match outcome {
                Outcome::Counters(now) => {
                    heard.remove(&id);
                    let usage = now.usage(earlier.insert(id.clone(), now).as_ref());
                    EngineFact::Used(id, usage)
                }
                Outcome::LastWords(lines) => {
                    heard.insert(id.clone());
                    earlier.remove(&id);
                    EngineFact::LastWords(id, lines)
                }
                Outcome::Nothing => continue,
                Outcome::Failed(error) => EngineFact::Unread(id, Part::Usage, Failure::from(&error)),
            };
            if voice.say(asked, Fact::Engine(fact)).await.is_err() {
                return End::Closed;
            }
        }
    }
}

enum Outcome {
    Counters(Counters),
    LastWords(Arc<Vec<crate::model::log::LogLine>>),
    Nothing,
    Failed(EngineError),
}

/// The counters of a container, or the last lines of one that does not run.
async fn one(engine: &Engine, id: &EngineId, is_heard: bool) -> Outcome {
    match engine.counters(id).await {
        Ok(counters) => Outcome::Counters(counters),
        Err(error) if error.is_not_found() => Outcome::Nothing,
        Err(error) if matches!(error.trouble, Trouble::Conflict { .. }) => {
            if is_heard {
                return Outcome::Nothing;
            }
            let Ok(container) = engine.inspect(id).await else {
                return Outcome::Nothing;
            };
            if !container.life.state.is_stopped() {
                return Outcome::Nothing;
            }
            match engine.last_lines(&container, LAST_WORDS).await {
                Ok(lines) => Outcome::LastWords(Arc::new(lines)),
                // Asked for again at the next look.
                Err(_) => Outcome::Nothing,
            }
        }
        Err(error) => Outcome::Failed(error),
    }
}

//! One collection, for `snapshot` and `check`.

use std::time::{Duration, Instant};

use color_eyre::eyre::Report;
use tokio::time::sleep;

use crate::health::Bulletin;
use crate::model::observation::Observation;
use crate::source::docker::EngineOptions;
use crate::source::{docker, kafka, zookeeper};

use super::flow::runtime;
use super::options::Target;
use super::pipeline::bulletin;

/// The longest that one reading may take: a large cluster on a busy machine needs it. A broker that hangs is waited for
/// 1.2 s at most.
const WITHIN: Duration = Duration::from_millis(1750);
/// After a reading that took longer there is no time left to ask again.
const AGAIN_UNTIL: Duration = Duration::from_millis(1350);
/// The longest that the look at the containers may take.
const CONTAINERS_WITHIN: Duration = Duration::from_millis(1500);
/// A disagreement counts when it is still there after this long.
const AGAIN_AFTER: Duration = Duration::from_millis(300);
/// The longest that asking again may take, so that the whole stays within 2 s.
const AGAIN_WITHIN: Duration = Duration::from_millis(300);

/// Reads everything once, within 2 s whatever is down.
///
/// # Errors
/// Only where no runtime can be had; a cluster that does not answer is a bulletin that says so.
pub fn collect(target: Target) -> Result<Bulletin, Report> {
    let runtime = runtime()?;
    let taken = runtime.block_on(once(target));
    // A name look-up that hangs must not hold up the answer.
    runtime.shutdown_background();
    Ok(taken)
}

async fn once(target: Target) -> Bulletin {
    let (clock, refresh) = (target.eye.clock, target.eye.refresh);
    let mut store = target.store(refresh);
    let began = Instant::now();
    let (eye, members, containers) = tokio::join!(
        kafka::OneShot::collect(&target.eye, WITHIN),
        zookeeper::collect(&target.zookeeper, clock, &target.ensemble),
        containers(target.engine.as_ref())
    );
    let (mut eye, facts) = eye;
    if !containers.is_empty() {
        store.watch_engine(target.containers);
    }
    apply(&mut store, facts.into_iter().chain(members).chain(containers));
    let first = bulletin(&mut store, clock, 1, None);
    if !store.disagrees() || began.elapsed() > AGAIN_UNTIL {
        return first;
    }
    sleep(AGAIN_AFTER).await;
    apply(&mut store, eye.again(AGAIN_WITHIN).await);
    bulletin(&mut store, clock, 2, None)
}

/// The containers, where an engine is to be looked at; nothing where nobody asked for one and there is none.
async fn containers(engine: Option<&EngineOptions>) -> Vec<Observation> {
    match engine {
        Some(options) => docker::collect(options, CONTAINERS_WITHIN).await,
        None => Vec::new(),
    }
}

fn apply(store: &mut crate::store::Store, facts: impl IntoIterator<Item = Observation>) {
    for fact in facts {
        store.apply(fact);
    }
}

//! One collection, for `snapshot` and `check`.

use std::time::Duration;

use color_eyre::eyre::Report;
use tokio::time::{sleep, timeout};

use crate::health::Bulletin;
use crate::model::observation::Observation;
use crate::source::{kafka, zookeeper};

use super::options::Target;
use super::pipeline::bulletin;
use super::watch::runtime;

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
    let mut eye = kafka::OneShot::new(target.eye);
    let (facts, members) = tokio::join!(eye.collect(), zookeeper::collect(target.zookeeper, clock));
    apply(&mut store, facts.into_iter().chain(members), );
    let first = bulletin(&mut store, clock, 1, None);
    if !store.disagrees() {
        return first;
    }
    sleep(AGAIN_AFTER).await;
    if let Ok(facts) = timeout(AGAIN_WITHIN, eye.again()).await {
        apply(&mut store, facts);
    }
    bulletin(&mut store, clock, 2, None)
}

fn apply(store: &mut crate::store::Store, facts: impl IntoIterator<Item = Observation>) {
    for fact in facts {
        store.apply(fact);
    }
}

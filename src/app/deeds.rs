//! The gate beside the screen: which hand it has, and what it is told.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::act::{Containers, Gate, Hand, Simulated, ThroughKafka, desk};
use crate::health::Bulletin;
use crate::model::progress::{Happening, Reply, Wish};
use crate::sim::Lever;

use super::options::Target;
use super::watch::License;

/// Wishes that may wait.
pub(super) const WISHES: usize = 16;

/// What acts need beside the cluster.
pub(super) struct Acts {
    pub(super) wishes: mpsc::Receiver<Wish>,
    /// The simulated cluster, in a demonstration.
    pub(super) lever: Option<Lever>,
    pub(super) license: License,
}

/// Who asks Kafka itself.
pub(super) fn elector(target: &Target) -> ThroughKafka {
    ThroughKafka {
        overrides: target.eye.overrides.clone(),
        options: crate::wire::Options {
            client_id: target.eye.client_id.clone(),
            ..crate::wire::Options::default()
        },
    }
}

/// Fulfils the screen's wishes until it is gone.
pub(super) fn run<T: Fn(Reply) + Send + Sync + 'static>(
    target: &Target,
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    acts: Acts,
    tell: T,
) -> impl Future<Output = ()> + Send + 'static + use<T> {
    let (elector, clock) = (elector(target), target.eye.clock);
    let engine = target.engine.clone();
    let works = target.alerting.works();
    let news_of_acts = target.alerting.acts();
    let tell = move |reply: Reply| {
        // What is only waited for is no news there; where the pipeline is that far behind, the screen has it all the same.
        if let Reply::Progress(news) = &reply
            && !matches!(news.what, Happening::Waiting { .. })
        {
            drop(news_of_acts.try_send(news.clone()));
        }
        tell(reply);
    };
    async move {
        let Acts {
            wishes,
            lever,
            license,
        } = acts;
        let License { mandate, records } = license;
        if let Some(lever) = lever {
            let gate = Gate::new(Simulated(lever), elector, mandate, bulletins, records, clock);
            at(gate.marking(works), wishes, tell).await;
        } else {
            let gate = Gate::new(
                Containers::new(engine),
                elector,
                mandate,
                bulletins,
                records,
                clock,
            );
            at(gate.marking(works), wishes, tell).await;
        }
    }
}

async fn at<H: Hand>(
    gate: Gate<H, ThroughKafka>,
    wishes: mpsc::Receiver<Wish>,
    tell: impl Fn(Reply) + Send + Sync + 'static,
) {
    desk(Arc::new(gate), wishes, tell).await;
}

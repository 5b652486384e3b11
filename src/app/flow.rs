//! The flow of facts: the sources fill one queue, the pipeline folds it, for as long as somebody listens.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use color_eyre::eyre::{Report, WrapErr};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};

use crate::health::Bulletin;
use crate::model::container::EngineId;
use crate::model::observation::Observation;
use crate::source::docker::EngineOptions;
use crate::source::{docker, kafka, zookeeper};

use super::options::Target;
use super::pipeline::{self, QUEUE};

/// A single-threaded runtime: one core is more than the eye needs.
pub(super) fn runtime() -> Result<Runtime, Report> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .wrap_err("cannot start the runtime that reads the cluster")
}

/// Reads a cluster and publishes bulletins; `news` is called with each, after it was published.
///
/// It ends only by a fault of kaftop, which it tells.
pub(super) async fn run(
    target: Target,
    bulletins: watch::Sender<Option<Arc<Bulletin>>>,
    mut news: impl FnMut(&Bulletin) + Send + 'static,
) -> String {
    let (sender, facts) = mpsc::channel(QUEUE);
    let (clock, refresh) = (target.eye.clock, target.eye.refresh);
    let mut store = target.store(refresh);
    if target.engine.is_some() {
        store.watch_engine(target.containers);
    }
    let ensemble = zookeeper::watch(target.zookeeper, clock, refresh, sender.clone(), target.ensemble);
    let (matter, wanted) = watch::channel(BTreeSet::new());
    let containers = engine(target.engine, sender.clone(), wanted);
    let eye = kafka::watch(target.eye, sender);
    let news = move |bulletin: &Bulletin| {
        let ids = matched(bulletin);
        matter.send_if_modified(|known| std::mem::replace(known, ids.clone()) != ids);
        news(bulletin);
    };
    let keeping = target.alerting.keeper();
    let folding = pipeline::run(store, clock, facts, bulletins, (target.alerting, news));
    tokio::select! {
        fault = guarded("reading Kafka", eye) => fault,
        fault = guarded("reading ZooKeeper", ensemble) => fault,
        fault = guarded("reading the container engine", containers) => fault,
        fault = guarded("folding what was read", folding) => fault,
        fault = guarded("keeping what was silenced", keeping) => fault,
    }
}

/// Follows the container engine, where one is to be followed.
async fn engine(
    options: Option<EngineOptions>,
    queue: mpsc::Sender<Observation>,
    wanted: watch::Receiver<BTreeSet<EngineId>>,
) {
    match options {
        Some(options) => docker::follow(options, queue, wanted).await,
        None => queue.closed().await,
    }
}

/// The containers whose use of the machine is worth reading: those that run a node of the cluster.
fn matched(bulletin: &Bulletin) -> BTreeSet<EngineId> {
    bulletin.snapshot.fleet.hosts().into_keys().cloned().collect()
}

/// Runs a part that never ends as a task of its own, so that a panic in it is noticed; how it ended all the same.
pub(super) async fn guarded(part: &str, work: impl Future<Output = ()> + Send + 'static) -> String {
    let task = AbortOnDrop(tokio::spawn(work));
    let how = task
        .join()
        .await
        .unwrap_or_else(|| "it came to its end".to_owned());
    format!("{part} stopped by a fault of kaftop: {how}")
}

/// A task that ends with its owner.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl AbortOnDrop {
    async fn join(mut self) -> Option<String> {
        (&mut self.0).await.err().map(|error| error.to_string())
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

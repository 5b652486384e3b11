//! The exporter without a screen: the eye reads, the pipeline judges, Prometheus asks.

use std::sync::Arc;

use color_eyre::eyre::{Report, WrapErr, eyre};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::health::Bulletin;
use crate::sink::exporter::{Exporter, Port, serve};

use super::flow::{self, runtime};
use super::options::Target;

/// The exporter with the port on which it is asked.
#[derive(Debug)]
pub struct Metrics {
    /// The port.
    pub port: Port,
    /// What is served there.
    pub exporter: Arc<Exporter>,
}

impl Metrics {
    /// Serves until a fault of kaftop ends it, which is told.
    pub(super) async fn serve(self) -> String {
        flow::guarded("serving metrics", serve(self.port, self.exporter)).await
    }
}

/// Reads the cluster and serves its metrics until SIGINT, SIGTERM or SIGHUP. The opening is logged once signals are obeyed.
///
/// # Errors
/// The signals cannot be watched, or a part ended by a fault of kaftop. A cluster that does not answer is no error:
/// the metrics say so.
pub fn export(target: Target, metrics: Metrics, opening: &str) -> Result<(), Report> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let watched = |kind| signal(kind).wrap_err("cannot watch the signals");
        let mut interrupt = watched(SignalKind::interrupt())?;
        let mut terminate = watched(SignalKind::terminate())?;
        let mut hangup = watched(SignalKind::hangup())?;
        metrics.exporter.log().line(opening);
        // Only the pipeline looks at the newest one, to judge since when something holds.
        let (bulletins, _newest) = watch::channel(None);
        let exporter = Arc::clone(&metrics.exporter);
        let news = move |bulletin: &Bulletin| exporter.see(bulletin);
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            _ = hangup.recv() => Ok(()),
            fault = flow::run(target, bulletins, news) => Err(eyre!(fault)),
            fault = metrics.serve() => Err(eyre!(fault)),
        }
    });
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    outcome
}

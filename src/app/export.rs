//! The exporter without a screen: the eye reads, the pipeline judges, Prometheus asks.

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Report, WrapErr, eyre};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::health::Bulletin;
use crate::sink::exporter::{Exporter, Port, serve};

use super::flow::{self, runtime};
use super::notify;
use super::options::Target;

/// How long the last lines of the log may take to be written.
const WRITTEN: Duration = Duration::from_secs(1);

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
pub fn export(mut target: Target, metrics: Metrics, opening: &str) -> Result<(), Report> {
    let runtime = runtime()?;
    let logger = Arc::clone(&metrics.exporter);
    let outcome = runtime.block_on(async {
        let watched = |kind| signal(kind).wrap_err("cannot watch the signals");
        let mut interrupt = watched(SignalKind::interrupt())?;
        let mut terminate = watched(SignalKind::terminate())?;
        let mut hangup = watched(SignalKind::hangup())?;
        metrics.exporter.log().line(opening);
        // Only the pipeline looks at the newest one, to judge since when something holds.
        let (bulletins, newest) = watch::channel(None);
        let exporter = Arc::clone(&metrics.exporter);
        let news = move |bulletin: &Bulletin| exporter.see(bulletin);
        let exporter = Arc::clone(&metrics.exporter);
        let log = move |line: &str| exporter.log().line(line);
        let logging = target.telling.as_ref().map(|telling| telling.logged(log));
        let mut tellers = notify::start(&mut target, newest);
        let ended = tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            _ = hangup.recv() => Ok(()),
            fault = flow::run(target, bulletins, news) => Err(eyre!(fault)),
            fault = metrics.serve() => Err(eyre!(fault)),
            fault = notify::beside(logging) => Err(eyre!(fault)),
            fault = notify::fault(&mut tellers) => Err(eyre!(fault)),
        };
        for line in notify::farewell(tellers).await {
            logger.log().line(&line);
        }
        ended
    });
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_background();
    logger.log().settle(WRITTEN);
    outcome
}

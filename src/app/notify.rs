//! Who tells notices to people, wired: the terminal through the screen or by itself, the clock, the environment.

use std::sync::Arc;

use color_eyre::eyre::Report;
use tokio::sync::{mpsc, watch};

use super::flow::{guarded, runtime};
use crate::config::NotifySettings;
use crate::model::notice::{Line, Notice};
use crate::model::ways::Ways;
use crate::sink::notifier::dispatcher::Dispatcher;
use crate::sink::notifier::setup::{Surroundings, quiet, routes};
use crate::sink::notifier::sieve::Sieve;
use crate::sink::notifier::terminal::{Glass, tty};
use crate::sink::notifier::trial::{Tried, trial, trial_notice};
use crate::source::clock::Clock;
use crate::ui::Handle;

/// Sends one notice through every way that the settings name, and says what came back.
///
/// # Errors
/// The runtime cannot be started.
pub fn try_ways(settings: &NotifySettings, cluster: &str) -> Result<Vec<Tried>, Report> {
    let runtime = runtime()?;
    let tried = runtime.block_on(async {
        let routes = routes(settings, &around(tty()));
        trial(routes, trial_notice(Line::new(cluster), Clock::start().now())).await
    });
    // A thread that waits for a bus or a terminal is left behind.
    runtime.shutdown_background();
    Ok(tried)
}

/// The notices of one cluster, and in which ways they are told.
#[derive(Debug)]
pub struct Telling {
    settings: NotifySettings,
    notices: mpsc::Receiver<Notice>,
    glass: Glass,
    ways: watch::Sender<Arc<Ways>>,
}

impl Telling {
    /// Tells what comes through the queue in every way that the settings name, the terminal being the one that kaftop was
    /// started from.
    pub fn new(settings: NotifySettings, notices: mpsc::Receiver<Notice>) -> Self {
        Self {
            settings,
            notices,
            glass: tty(),
            ways: watch::Sender::default(),
        }
    }

    /// Has the terminal written to by the screen, and the state of the ways shown there. The future passes that on, and
    /// never ends.
    pub(super) fn through(&mut self, screen: &Handle) -> impl Future<Output = ()> + Send + use<> {
        let writer = screen.clone();
        self.glass = Glass::Screen(Arc::new(move |bytes| writer.bytes(&bytes)));
        let (screen, mut ways) = (screen.clone(), self.ways.subscribe());
        async move {
            while ways.changed().await.is_ok() {
                screen.ways(Arc::clone(&ways.borrow_and_update()));
            }
            std::future::pending::<()>().await;
        }
    }

    /// Has every event of the ways given to `write`, in a line. The future does that, and never ends.
    pub(super) fn logged<W>(&self, write: W) -> impl Future<Output = ()> + Send + use<W>
    where
        W: Fn(&str) + Send + 'static,
    {
        let mut ways = self.ways.subscribe();
        async move {
            let mut newest = None;
            while ways.changed().await.is_ok() {
                let told = Arc::clone(&ways.borrow_and_update());
                for event in told.events.iter().filter(|event| Some(event.at) > newest) {
                    write(&format!("notifications: {} {}", event.way, event.what));
                }
                newest = told.events.back().map(|event| event.at).max(newest);
            }
            std::future::pending::<()>().await;
        }
    }

    /// Tells until the queue ends, or by a fault of kaftop, which is told.
    pub(super) async fn run(self, clock: Clock) -> String {
        let (quiet, warning) = quiet(&self.settings);
        let routes = routes(&self.settings, &around(self.glass));
        let sieve = Sieve::new(&self.settings.filter);
        let limited = (routes, self.settings.rate.value);
        let mut dispatcher = Dispatcher::new(sieve, quiet, limited, self.ways, move || clock.now());
        if let Some(warning) = warning {
            dispatcher.warn(&warning);
        }
        guarded("telling of alerts", dispatcher.run(self.notices)).await
    }
}

/// Tells, where anybody is told; why that ended, if it does.
pub(super) async fn told(telling: Option<Telling>, clock: Clock) -> String {
    match telling {
        Some(telling) => telling.run(clock).await,
        None => std::future::pending().await,
    }
}

/// Runs what goes on beside that, where there is something; why that ended, if it does.
pub(super) async fn beside(work: Option<impl Future<Output = ()> + Send + 'static>) -> String {
    match work {
        Some(work) => guarded("showing who is told", work).await,
        None => std::future::pending().await,
    }
}

/// The environment of this process.
fn around(glass: Glass) -> Surroundings {
    Surroundings {
        variable: |name| std::env::var(name).ok(),
        glass,
        pressed: None,
    }
}

//! Who tells notices to people, wired: the terminal through the screen or by itself, the clock, the environment.

use std::sync::Arc;

use color_eyre::eyre::Report;
use tokio::sync::{mpsc, watch};

use super::flow::runtime;
use crate::config::NotifySettings;
use crate::model::notice::{Line, Notice};
use crate::model::time::At;
use crate::model::ways::Ways;
use crate::sink::notifier::dispatcher::Dispatcher;
use crate::sink::notifier::setup::{Surroundings, quiet, routes};
use crate::sink::notifier::sieve::Sieve;
use crate::sink::notifier::terminal::{Glass, tty};
use crate::sink::notifier::trial::{Tried, trial, trial_notice};
use crate::source::clock::Clock;

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

/// Tells what comes through the queue, in every way that the settings name, until the queue ends. The state of the ways
/// goes to `ways`; a warning to `warn`.
pub(super) async fn tell(
    settings: NotifySettings,
    notices: mpsc::Receiver<Notice>,
    glass: Glass,
    clock: Clock,
    ways: watch::Sender<Arc<Ways>>,
) {
    let (quiet, warning) = quiet(&settings);
    let routes = routes(&settings, &around(glass));
    let now = move || -> At { clock.now() };
    let sieve = Sieve::new(&settings.filter);
    let mut dispatcher = Dispatcher::new(sieve, quiet, (routes, settings.rate.value), ways, now);
    if let Some(warning) = warning {
        dispatcher.warn(&warning);
    }
    dispatcher.run(notices).await;
}

/// The environment of this process.
fn around(glass: Glass) -> Surroundings {
    Surroundings {
        variable: |name| std::env::var(name).ok(),
        glass,
        pressed: None,
    }
}

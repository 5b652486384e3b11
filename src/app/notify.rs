//! A trial of the ways in which people are told of alerts.

use color_eyre::eyre::Report;

use super::flow::runtime;
use crate::config::NotifySettings;
use crate::model::notice::Line;
use crate::sink::notifier::setup::{Surroundings, routes};
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

/// The environment of this process.
fn around(glass: Glass) -> Surroundings {
    Surroundings {
        variable: |name| std::env::var(name).ok(),
        glass,
        pressed: None,
    }
}

//! Who tells notices to people, wired: the terminal through the screen or by itself, the clock, the environment.

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::Report;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;

use super::flow::{guarded, runtime};
use super::notice::key_of;
use super::options::Target;
use crate::config::NotifySettings;
use crate::health::Bulletin;
use crate::model::alert::Order;
use crate::model::notice::{Line, Notice};
use crate::model::text::Name;
use crate::model::ways::{WayEvent, Ways};
use crate::sink::notifier::dispatcher::Dispatcher;
use crate::sink::notifier::setup::{Surroundings, quiet, routes};
use crate::sink::notifier::sieve::Sieve;
use crate::sink::notifier::terminal::{Glass, Shown, screen as screen_glass, tty};
use crate::sink::notifier::trial::{Tried, trial, trial_notice};
use crate::source::clock::Clock;
use crate::ui::{Handed, Handle};

/// Sends one notice through every way that the settings name, and says what came back.
///
/// # Errors
/// The runtime cannot be started.
pub fn try_ways(settings: &NotifySettings, cluster: &str) -> Result<Vec<Tried>, Report> {
    let runtime = runtime()?;
    let tried = runtime.block_on(async {
        let routes = routes(settings, &around(tty(), None));
        trial(routes, trial_notice(Line::new(cluster), Clock::start().now())).await
    });
    // A thread that waits for a bus or a terminal is left behind.
    runtime.shutdown_background();
    Ok(tried)
}

/// Buttons that were pressed and may wait.
const PRESSED: usize = 16;
/// How long the engine may take to be told of one.
const WITHIN: Duration = Duration::from_secs(2);
/// How long what waits at the end may take to be told; the ways have a little less.
const FAREWELL: Duration = Duration::from_secs(3);

/// The notices of one cluster, and in which ways they are told.
#[derive(Debug)]
pub struct Telling {
    settings: NotifySettings,
    notices: mpsc::Receiver<Notice>,
    glass: Glass,
    ways: watch::Sender<Arc<Ways>>,
}

/// Those who tell, at work.
#[derive(Debug)]
pub(super) struct Tellers {
    dispatching: JoinHandle<()>,
    /// Takes note of alerts whose button was pressed; none once it has ended, as it does where no way has a button.
    noting: Option<JoinHandle<()>>,
    ways: watch::Receiver<Arc<Ways>>,
    clock: Clock,
}

impl Drop for Tellers {
    fn drop(&mut self) {
        self.dispatching.abort();
        if let Some(noting) = &self.noting {
            noting.abort();
        }
    }
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
        self.glass = screen_glass(move |bytes| match writer.bytes(&bytes) {
            Handed::Taken => Shown::Taken,
            Handed::NoRoom => Shown::NoRoom,
            Handed::Left => Shown::Left,
        });
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
                    write(&line(event));
                }
                newest = told.events.back().map(|event| event.at).max(newest);
            }
            std::future::pending::<()>().await;
        }
    }

    /// Begins to tell. What is pressed on a popup becomes an order to take note of its alert.
    fn start(
        self,
        clock: Clock,
        bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
        orders: mpsc::Sender<Order>,
    ) -> Tellers {
        let (quiet, warning) = quiet(&self.settings);
        let (press, pressed) = mpsc::channel(PRESSED);
        let routes = routes(&self.settings, &around(self.glass, Some(press)));
        let sieve = Sieve::new(&self.settings.filter);
        let limited = (routes, self.settings.rate.value);
        let ways = self.ways.subscribe();
        let mut dispatcher = Dispatcher::new(sieve, quiet, limited, self.ways, move || clock.now());
        if let Some(warning) = warning {
            dispatcher.warn(&warning);
        }
        Tellers {
            dispatching: tokio::spawn(dispatcher.run(self.notices)),
            noting: Some(tokio::spawn(take_note(pressed, bulletins, orders))),
            ways,
            clock,
        }
    }
}

/// Begins to tell of what the target's alert engine finds, where anybody is told.
pub(super) fn start(
    target: &mut Target,
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
) -> Option<Tellers> {
    let telling = target.telling.take()?;
    Some(telling.start(target.eye.clock, bulletins, target.alerting.orders()))
}

/// Why telling ended, if it does while there is still something to tell of.
pub(super) async fn fault(tellers: &mut Option<Tellers>) -> String {
    let Some(at_work) = tellers else {
        return std::future::pending().await;
    };
    let ended = tokio::select! {
        ended = &mut at_work.dispatching => ended.err(),
        error = died(&mut at_work.noting) => Some(error),
    };
    // There is nobody left to say farewell to.
    *tellers = None;
    let how = ended.map_or_else(|| "it came to its end".to_owned(), |error| error.to_string());
    format!("telling of alerts stopped by a fault of kaftop: {how}")
}

/// How a task died; never where it lives, or has come to its end.
async fn died(task: &mut Option<JoinHandle<()>>) -> JoinError {
    if let Some(running) = task {
        let ended = running.await;
        *task = None;
        if let Err(error) = ended {
            return error;
        }
    }
    std::future::pending().await
}

/// Waits until all that was to be told is told, once nothing more comes, or for 3 s; a line for each way that did not
/// take everything.
pub(super) async fn farewell(tellers: Option<Tellers>) -> Vec<String> {
    let Some(mut tellers) = tellers else {
        return Vec::new();
    };
    let began = tellers.clock.now();
    let in_time = timeout(FAREWELL, &mut tellers.dispatching).await.is_ok();
    let ways = Arc::clone(&tellers.ways.borrow());
    let events = ways.events.iter().filter(|event| event.at >= began);
    let mut lines: Vec<String> = events.map(line).collect();
    if !in_time {
        let waiting: u64 = ways.ways.iter().map(|way| way.tally.waiting).sum();
        lines.push(format!(
            "notifications: given up after {} s with {waiting} not told",
            FAREWELL.as_secs()
        ));
    }
    lines
}

/// An event of a way, as it is logged.
fn line(event: &WayEvent) -> String {
    format!("notifications: {} {}", event.way, event.what)
}

/// Takes note of each alert whose button was pressed, while it fires.
async fn take_note(
    mut pressed: mpsc::Receiver<Name>,
    bulletins: watch::Receiver<Option<Arc<Bulletin>>>,
    orders: mpsc::Sender<Order>,
) {
    while let Some(pressed) = pressed.recv().await {
        let newest = bulletins.borrow().clone();
        let firing = newest.iter().flat_map(|bulletin| &bulletin.alerts.firing);
        let mut keys = firing.map(|alert| &alert.key);
        let Some(key) = keys.find(|key| key_of(key) == pressed).cloned() else {
            continue;
        };
        let reason = "at the popup".to_owned();
        let order = orders.send(Order::Acknowledge { key, reason });
        // Where the engine does not take it within that time, the popup comes back with the next change.
        drop(timeout(WITHIN, order).await);
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
fn around(glass: Glass, pressed: Option<mpsc::Sender<Name>>) -> Surroundings {
    Surroundings {
        variable: |name| std::env::var(name).ok(),
        glass,
        pressed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_death_of_a_task_is_told_and_its_end_is_not() {
        let mut dead = Some(tokio::spawn(async { panic!("by the test") }));
        let told = timeout(Duration::from_secs(60), died(&mut dead)).await;
        assert!(told.unwrap().is_panic());
        let mut ended = Some(tokio::spawn(async {}));
        assert!(timeout(Duration::from_secs(60), died(&mut ended)).await.is_err());
        assert!(ended.is_none(), "it is not waited for twice");
        assert!(timeout(Duration::from_secs(60), died(&mut ended)).await.is_err());
    }
}

//! The watching screen: sources and pipeline beside it, signals, and an end that leaves the terminal as it was.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use color_eyre::eyre::{Report, WrapErr, eyre};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;

use crate::health::Bulletin;
use crate::model::question::Question;
use crate::ui::{self, Ended, Handle, StopReason, UiSettings};

use super::effects::{self, QUESTIONS};
use super::flow::{self, runtime};
use super::options::Target;

/// How long the screen may take to leave after a signal; it cannot where the terminal no longer reads.
const LEAVE: Duration = Duration::from_secs(2);

/// How the screen ended, for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The user left.
    Quit,
    /// SIGTERM.
    Terminated,
    /// SIGHUP.
    HungUp,
}

impl Exit {
    /// The exit code: 0, or 128 and the number of the signal, as shells have it.
    pub fn code(self) -> u8 {
        match self {
            Self::Quit => 0,
            Self::HungUp => 129,
            Self::Terminated => 143,
        }
    }
}

/// Shows the cluster until the user leaves. Without a target the screen says how to connect.
///
/// # Errors
/// The terminal could not be used, or a part failed without which nothing can be shown.
pub fn watch(target: Option<Target>, settings: UiSettings) -> Result<Exit, Report> {
    let (handle, inbox) = ui::channel();
    let (bulletins, newest) = watch::channel(None);
    let (asker, questions) = mpsc::channel(QUESTIONS);
    let (leave, left) = oneshot::channel::<()>();
    let runtime = runtime()?;
    let background = thread::Builder::new()
        .name("eye".to_owned())
        .spawn(move || {
            run_beside(&runtime, target, (bulletins, questions), &handle, left);
            runtime.shutdown_background();
        })
        .wrap_err("cannot start the thread that reads the cluster")?;
    let ended = ui::run(inbox, newest, asker, settings);
    drop(leave);
    // The thread ends at once now; where it died of a fault, the screen was told of it already.
    drop(background.join());
    match ended? {
        Ended::Quit => Ok(Exit::Quit),
        Ended::Stopped(StopReason::Terminated) => Ok(Exit::Terminated),
        Ended::Stopped(StopReason::HungUp) => Ok(Exit::HungUp),
        Ended::Stopped(StopReason::Failed(why)) => Err(eyre!(why)),
    }
}

/// Where bulletins go to the screen, and where its questions come from.
type Ends = (watch::Sender<Option<Arc<Bulletin>>>, mpsc::Receiver<Question>);

/// Runs everything but the screen until the screen has left.
fn run_beside(
    runtime: &Runtime,
    target: Option<Target>,
    ends: Ends,
    screen: &Handle,
    left: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        tokio::select! {
            // The sender is dropped, never used: that the screen left is all there is to know.
            _ = left => {}
            () = signals(screen) => {}
            () = parts(target, ends, screen) => {}
        }
    });
}

/// Ends the screen on SIGTERM and SIGHUP, and the process where the screen cannot leave.
async fn signals(screen: &Handle) {
    let (Ok(mut term), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        screen.stop(StopReason::Failed(
            "the signals SIGTERM and SIGHUP cannot be watched".to_owned(),
        ));
        return;
    };
    let (reason, exit) = tokio::select! {
        _ = term.recv() => (StopReason::Terminated, Exit::Terminated),
        _ = hangup.recv() => (StopReason::HungUp, Exit::HungUp),
    };
    screen.stop(reason);
    sleep(LEAVE).await;
    std::process::exit(i32::from(exit.code()));
}

/// Sources, pipeline, and what answers the screen. None of them ends while the screen is there; one that does ends the
/// screen, with the reason.
async fn parts(target: Option<Target>, (bulletins, questions): Ends, screen: &Handle) {
    let Some(target) = target else {
        return std::future::pending().await;
    };
    let answering = {
        let screen = screen.clone();
        effects::run(
            target.eye.clone(),
            bulletins.subscribe(),
            questions,
            move |answer| screen.answer(answer),
        )
    };
    let news = {
        let screen = screen.clone();
        move |_: &Bulletin| screen.news()
    };
    let fault = tokio::select! {
        fault = flow::run(target, bulletins, news) => fault,
        fault = flow::guarded("answering the screen", answering) => fault,
    };
    screen.stop(StopReason::Failed(fault));
}

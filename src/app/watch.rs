//! The watching screen: sources and pipeline beside it, signals, and an end that leaves the terminal as it was.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use color_eyre::eyre::{Report, WrapErr, eyre};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;

use crate::act::records::Records;
use crate::gate::Mandate;
use crate::health::Bulletin;
use crate::model::log::LogRequest;
use crate::model::question::Question;
use crate::model::story::Score;
use crate::ui::{self, Asks, Ended, Handle, StopReason, UiSettings};

use super::deeds::{self, WISHES};
use super::demo::{Demo, Feed};
use super::effects::{self, QUESTIONS};
use super::export::Metrics;
use super::flow::{self, runtime};
use super::logs::{self, LOGS};
use super::notify;
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

/// How the screen was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// How it ended.
    pub exit: Exit,
    /// How the quiz went, where there was one.
    pub score: Option<Score>,
    /// What is to be said once the terminal is as it was: alerts that nobody could be told of; a printable line each.
    pub said: Vec<String>,
}

/// Shows the cluster until the user leaves. Without a target the screen says how to connect; with a demonstration it
/// tells the story. Where there are metrics they are served beside it. Acts are done as far as `license` allows.
///
/// # Errors
/// The terminal could not be used, or a part failed without which nothing can be shown.
pub fn watch(
    target: Option<Target>,
    settings: UiSettings,
    demo: Option<&Demo>,
    metrics: Option<Metrics>,
    license: License,
) -> Result<Left, Report> {
    let (handle, inbox) = ui::channel();
    let (bulletins, newest) = watch::channel(None);
    let (asker, questions) = mpsc::channel(QUESTIONS);
    let (wisher, wishes) = mpsc::channel(WISHES);
    let (reader, logs) = mpsc::channel(LOGS);
    let (leave, left) = oneshot::channel::<()>();
    let runtime = runtime()?;
    let feed = demo.map(|demo| demo.feed.clone());
    let lever = demo.map(|demo| demo.lever.clone());
    let background = thread::Builder::new()
        .name("eye".to_owned())
        .spawn(move || {
            let ends = Ends {
                bulletins,
                questions,
                logs,
                feed,
                metrics,
                acts: deeds::Acts {
                    wishes,
                    lever,
                    license,
                },
            };
            let said = run_beside(&runtime, target, ends, &handle, left);
            runtime.shutdown_background();
            said
        })
        .wrap_err("cannot start the thread that reads the cluster")?;
    let asks = Asks {
        questions: asker,
        wishes: wisher,
        logs: reader,
    };
    let ended = ui::run(inbox, newest, asks, settings);
    drop(leave);
    // The thread ends as soon as all is told; where it died of a fault, the screen was told of it already.
    let said = background.join().unwrap_or_default();
    let (exit, score) = match ended? {
        Ended::Quit(score) => (Exit::Quit, score),
        Ended::Stopped(StopReason::Terminated) => (Exit::Terminated, None),
        Ended::Stopped(StopReason::HungUp) => (Exit::HungUp, None),
        Ended::Stopped(StopReason::Failed(why)) => return Err(eyre!(why)),
    };
    Ok(Left { exit, score, said })
}

/// What the screen's other side holds.
struct Ends {
    /// Where bulletins go to the screen.
    bulletins: watch::Sender<Option<Arc<Bulletin>>>,
    /// Where its questions come from.
    questions: mpsc::Receiver<Question>,
    /// Where it asks for outputs.
    logs: mpsc::Receiver<LogRequest>,
    /// The story, if one is told.
    feed: Option<Feed>,
    /// What Prometheus asks for, if it may.
    metrics: Option<Metrics>,
    /// What is done to the cluster.
    acts: deeds::Acts,
}

/// What may be done from the screen, and where it is written down.
#[derive(Debug)]
pub struct License {
    /// What may be done.
    pub mandate: Mandate,
    /// Where it is written down.
    pub records: Records,
}

/// Runs everything but the screen until the screen has left, and tells what is still to be told; what could not be.
fn run_beside(
    runtime: &Runtime,
    mut target: Option<Target>,
    ends: Ends,
    screen: &Handle,
    left: oneshot::Receiver<()>,
) -> Vec<String> {
    runtime.block_on(async {
        let newest = ends.bulletins.subscribe();
        let showing = target
            .as_mut()
            .and_then(|target| Some(target.telling.as_mut()?.through(screen)));
        let mut tellers = target.as_mut().and_then(|target| notify::start(target, newest));
        tokio::select! {
            // The sender is dropped, never used: that the screen left is all there is to know.
            _ = left => {}
            () = signals(screen) => {}
            () = parts(target, ends, screen) => {}
            fault = notify::beside(showing) => screen.stop(StopReason::Failed(fault)),
            fault = notify::fault(&mut tellers) => screen.stop(StopReason::Failed(fault)),
        }
        notify::farewell(tellers).await
    })
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
async fn parts(target: Option<Target>, ends: Ends, screen: &Handle) {
    let Ends {
        bulletins,
        questions,
        logs,
        feed,
        metrics,
        acts,
    } = ends;
    let Some(target) = target else {
        // Nothing is read; whoever asks for metrics is told that.
        return screen.stop(StopReason::Failed(served(metrics).await));
    };
    let answering = {
        let screen = screen.clone();
        effects::run(
            target.eye.clone(),
            bulletins.subscribe(),
            (questions, target.alerting.orders()),
            move |answer| screen.answer(answer),
        )
    };
    let news = {
        let screen = screen.clone();
        let exporter = metrics.as_ref().map(|metrics| Arc::clone(&metrics.exporter));
        move |bulletin: &Bulletin| {
            if let Some(exporter) = &exporter {
                exporter.see(bulletin);
            }
            screen.news();
        }
    };
    let told = tell(feed, screen.clone());
    let reading = {
        let (screen, engine, clock) = (screen.clone(), target.engine.clone(), target.eye.clock);
        let (lever, tell) = (acts.lever.clone(), move |feed| screen.log(feed));
        async move {
            match lever {
                Some(lever) => logs::simulated(lever, clock, logs, tell).await,
                None => logs::run(engine, logs, tell).await,
            }
        }
    };
    let doing = {
        let screen = screen.clone();
        deeds::run(&target, bulletins.subscribe(), acts, move |reply| {
            screen.reply(reply);
        })
    };
    let fault = tokio::select! {
        why = told => format!("the simulated cluster stopped by a fault of kaftop: {why}"),
        fault = flow::run(target, bulletins, news) => fault,
        fault = flow::guarded("answering the screen", answering) => fault,
        fault = served(metrics) => fault,
        fault = flow::guarded("acting on the cluster", doing) => fault,
        fault = flow::guarded("reading an output", reading) => fault,
    };
    screen.stop(StopReason::Failed(fault));
}

/// Serves metrics, where they are asked for; why that ended, if it does.
async fn served(metrics: Option<Metrics>) -> String {
    match metrics {
        Some(metrics) => metrics.serve().await,
        None => std::future::pending().await,
    }
}

/// Passes the story on to the screen; why the simulated cluster ended, if it does.
async fn tell(feed: Option<Feed>, screen: Handle) -> String {
    let Some(mut feed) = feed else {
        return std::future::pending().await;
    };
    loop {
        let newest = feed.borrow_and_update().clone();
        match newest {
            Ok(story) => screen.story(story),
            Err(why) => return why,
        }
        if feed.changed().await.is_err() {
            return "its thread came to its end".to_owned();
        }
    }
}

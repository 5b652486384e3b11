//! A demonstration: a simulated cluster on a thread of its own, and the director who goes through the scenario there.
//!
//! Nothing else in kaftop knows that the cluster is simulated: it is read through its addresses as any other. Only
//! the story goes past them, to be told on the screen.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use color_eyre::eyre::Report;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::director::{Director, Due};
use super::flow::runtime;
use crate::model::story::Story;
use crate::sim::scenario::Plan;
use crate::sim::{Lever, Listen, Pace, SimError, Simulation};

/// The most brokers that are named to begin with.
const BOOTSTRAP: usize = 5;

/// What is to be shown, and how.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The cluster and what happens to it.
    pub plan: Plan,
    /// Whether the cause is kept back until the questions are answered.
    pub quiz: bool,
    /// How much faster than the wall clock, in hundredths.
    pub speed_percent: u32,
    /// What the cluster's chances come from.
    pub seed: u64,
    /// Where it listens.
    pub ip: IpAddr,
    /// The first port; any free ones where unset.
    pub first_port: Option<u16>,
}

/// The newest state of the story, or why the simulated cluster has ended.
pub(super) type Feed = watch::Receiver<Result<Arc<Story>, String>>;

/// A running demonstration; dropped, it ends.
#[derive(Debug)]
pub struct Demo {
    /// Addresses of brokers to begin with.
    pub bootstrap: Vec<SocketAddr>,
    /// Addresses of the ZooKeepers.
    pub zookeepers: Vec<SocketAddr>,
    pub(super) feed: Feed,
    pub(super) lever: Lever,
    leave: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The cluster could not be started as it was asked for.
    #[error(transparent)]
    Simulation(#[from] SimError),
    /// The thread or its runtime could not be started.
    #[error("cannot start the thread of the simulated cluster: {0:#}")]
    Thread(Report),
}

impl DemoError {
    /// Whether what was asked for is at fault, and not kaftop.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Simulation(error) if !matches!(error, SimError::Died(_)))
    }
}

/// What the thread says once it runs.
struct Started {
    bootstrap: Vec<SocketAddr>,
    zookeepers: Vec<SocketAddr>,
    feed: Feed,
    lever: Lever,
}

impl Demo {
    /// Starts the cluster and the scenario; the time of both begins now.
    ///
    /// # Errors
    /// The cluster cannot be simulated, or cannot listen where it should.
    pub fn start(options: DemoOptions) -> Result<Self, DemoError> {
        let (leave, left) = oneshot::channel();
        let (tell, told) = mpsc::sync_channel(1);
        let runtime = runtime().map_err(DemoError::Thread)?;
        let thread = thread::Builder::new()
            .name("cluster".to_owned())
            .spawn(move || {
                runtime.block_on(run(options, &tell, left));
                runtime.shutdown_background();
            })
            .map_err(|error| DemoError::Thread(error.into()))?;
        let started = told.recv().unwrap_or_else(|_| {
            let why = "a fault of kaftop ended it";
            Err(DemoError::Thread(Report::msg(why)))
        })?;
        Ok(Self {
            bootstrap: started.bootstrap,
            zookeepers: started.zookeepers,
            feed: started.feed,
            lever: started.lever,
            leave: Some(leave),
            thread: Some(thread),
        })
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.leave.take());
        // A thread that died of a fault has said so through its feed.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// Runs the cluster and the scenario until there is nobody to see it.
async fn run(
    options: DemoOptions,
    tell: &mpsc::SyncSender<Result<Started, DemoError>>,
    mut left: oneshot::Receiver<()>,
) {
    let pace = Pace::Real {
        speed: f64::from(options.speed_percent) / 100.0,
    };
    let listen = Listen {
        ip: options.ip,
        first_port: options.first_port,
    };
    let started = Simulation::start(&options.plan.spec, options.seed, pace, listen).await;
    let mut simulation = match started {
        Ok(simulation) => simulation,
        Err(error) => {
            drop(tell.try_send(Err(error.into())));
            return;
        }
    };
    let mut director = Director::new(options.plan, options.quiz, options.speed_percent);
    let first = director.story(simulation.now());
    let (news, feed) = watch::channel(Ok(Arc::new(first)));
    let mut bootstrap = simulation.bootstrap();
    bootstrap.truncate(BOOTSTRAP);
    let started = Started {
        bootstrap,
        zookeepers: simulation.zookeepers(),
        feed,
        lever: simulation.lever(),
    };
    if tell.try_send(Ok(started)).is_err() {
        return;
    }
    loop {
        let now = simulation.now();
        while let Some(due) = director.due(now) {
            let outcome = match due {
                Due::Act(act) => simulation.act(&act),
                Due::Telling => Ok(()),
            };
            director.done(now, outcome.err().map(|error| error.to_string()));
        }
        drop(news.send_replace(Ok(Arc::new(director.story(now)))));
        let pause = director.pause(now).max(Duration::from_millis(5));
        tokio::select! {
            () = sleep(pause) => {}
            why = simulation.failed() => {
                drop(news.send_replace(Err(why.to_string())));
                return;
            }
            _ = &mut left => return,
        }
    }
}

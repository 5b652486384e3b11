//! The outputs that the screen asks for: of containers, of simulated processes, or where there are neither of nobody.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::model::fleet::Node;
use crate::model::log::{LogFeed, LogOf, LogRequest, LogState};
use crate::model::time::At;
use crate::sim::{Diary, Lever, world};
use crate::source::clock::Clock;
use crate::source::docker::{EngineOptions, log};

/// Requests that may wait; the newest counts, and the screen asks again where there is no room.
pub(super) const LOGS: usize = 4;
/// How often a simulated cluster is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Reads what is asked for until nobody asks any more.
pub(super) async fn run(
    engine: Option<EngineOptions>,
    mut requests: mpsc::Receiver<LogRequest>,
    tell: impl Fn(Option<LogFeed>),
) {
    match engine {
        Some(options) => log::follow(options, requests, tell).await,
        None => while requests.recv().await.is_some() {},
    }
}

/// The same of a simulated cluster, whose processes print into a diary.
pub(super) async fn simulated(
    lever: Lever,
    clock: Clock,
    mut requests: mpsc::Receiver<LogRequest>,
    tell: impl Fn(Option<LogFeed>),
) {
    let (began, mut diary) = (clock.now(), Diary::default());
    let mut followed: Option<LogOf> = None;
    let mut told: Option<LogFeed> = None;
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            request = requests.recv() => {
                let Some(request) = request else { return };
                followed = match request {
                    LogRequest::Follow(of) => Some(of),
                    LogRequest::Leave => None,
                };
                told = None;
            }
            _ = tick.tick() => lever.note(&mut diary, clock.now()),
        }
        let Some(of) = &followed else { continue };
        let newest = read(&lever, &diary, of, began);
        let is_new = match (&told, &newest) {
            (Some(told), Some(newest)) => {
                told.lines.end() != newest.lines.end() || told.state != newest.state
            }
            (told, newest) => told.is_some() || newest.is_some(),
        };
        if is_new {
            tell(newest.clone());
            told = newest;
        }
    }
}

/// What a process has printed; `began` is when it was looked at first.
fn read(lever: &Lever, diary: &Diary, of: &LogOf, began: At) -> Option<LogFeed> {
    let node = match &of.node {
        Node::Broker(id) => world::Node::Broker(id.0),
        Node::Controller(id) => world::Node::Controller(id.0),
        Node::ZooKeeper(address) => {
            let address: SocketAddr = address.raw().parse().ok()?;
            world::Node::ZooKeeper(lever.keeper(address)?)
        }
    };
    let (ended, lines) = diary.of(node)?;
    let (state, since) = match ended {
        None => (LogState::Following, began),
        Some(at) => (LogState::Ended, at),
    };
    Some(LogFeed {
        of: of.clone(),
        state,
        since,
        lines: lines.clone(),
    })
}

//! Follows the output of the one container that is looked at.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::{EngineOptions, find};
use crate::engine::{Engine, EngineError, LogQuery};
use crate::model::container::EngineId;
use crate::model::failure::Failure;
use crate::model::log::{LogFeed, LogRequest, LogRing, LogState};

/// How many lines are read of what was written before.
const TAIL: u32 = 2_000;
/// The most lines that are kept.
const MOST_LINES: usize = 10_000;
/// The most bytes that are kept.
const MOST_BYTES: usize = 8 << 20;
/// Between two publications, however fast lines come.
const PAUSE: Duration = Duration::from_millis(200);

/// Follows what is asked for, one output at a time, until nobody asks any more. Each reading begins anew: with the
/// newest lines that the engine has, also of a container that has stopped.
pub async fn follow(
    options: EngineOptions,
    mut requests: mpsc::Receiver<LogRequest>,
    feeds: watch::Sender<Option<LogFeed>>,
) {
    let mut next = requests.recv().await;
    while let Some(request) = next.take() {
        match request {
            LogRequest::Leave => {
                feeds.send_replace(None);
                next = requests.recv().await;
            }
            LogRequest::Follow(container) => {
                let mut page = Page::new(container, &feeds);
                next = tokio::select! {
                    request = requests.recv() => request,
                    () = page.fill(&options) => requests.recv().await,
                };
            }
        }
    }
}

/// The output that is read, and what was published of it.
struct Page<'a> {
    feed: LogFeed,
    feeds: &'a watch::Sender<Option<LogFeed>>,
}

impl<'a> Page<'a> {
    fn new(container: EngineId, feeds: &'a watch::Sender<Option<LogFeed>>) -> Self {
        let feed = LogFeed {
            container,
            state: LogState::Opening,
            lines: LogRing::new(MOST_LINES, MOST_BYTES),
        };
        let page = Self { feed, feeds };
        page.publish();
        page
    }

    fn publish(&self) {
        self.feeds.send_replace(Some(self.feed.clone()));
    }

    /// Reads until the output ends or cannot be read any more.
    async fn fill(&mut self, options: &EngineOptions) {
        self.feed.state = match self.read(options).await {
            Ok(()) => LogState::Ended,
            Err(error) => LogState::Failed(Failure::from(&error)),
        };
        self.publish();
    }

    async fn read(&mut self, options: &EngineOptions) -> Result<(), EngineError> {
        let choice = find(options).await?;
        let engine = Engine::connect(choice.address, options.deadlines).await?;
        let container = engine.inspect(&self.feed.container).await?;
        let query = LogQuery {
            tail: TAIL,
            follow: true,
        };
        let mut output = engine.logs(&container, query).await?;
        self.feed.state = LogState::Following;
        self.publish();
        // When the lines that came since the last publication are published; none where none came.
        let mut due: Option<Instant> = None;
        loop {
            let publishing = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                line = output.next(&engine) => match line? {
                    Some(line) => {
                        self.feed.lines.push(line);
                        due.get_or_insert_with(|| Instant::now() + PAUSE);
                    }
                    None => return Ok(()),
                },
                () = publishing => {
                    self.publish();
                    due = None;
                }
            }
        }
    }
}

//! Follows the output of the one container that is looked at.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::{EngineOptions, find};
use crate::engine::{Engine, EngineError, LogQuery};
use crate::model::container::EngineId;
use crate::model::failure::Failure;
use crate::model::log::{LogFeed, LogLine, LogOf, LogRequest, LogRing, LogState};
use crate::model::time::At;

/// How many lines are read of what was written before.
const TAIL: u32 = 2_000;
/// The most lines that are kept.
const MOST_LINES: usize = 10_000;
/// The most bytes that are kept.
const MOST_BYTES: usize = 8 << 20;
/// Between two publications, however fast lines come.
const PAUSE: Duration = Duration::from_millis(200);
/// After this an output that has ended or cannot be read is looked at again.
const AGAIN: Duration = Duration::from_secs(1);

/// Follows what is asked for, one output at a time, until nobody asks any more; `tell` must not block. A reading begins with
/// the newest lines that the engine has, also of a container that has stopped, and goes on where one is started again.
pub async fn follow(
    options: EngineOptions,
    mut requests: mpsc::Receiver<LogRequest>,
    tell: impl Fn(Option<LogFeed>),
) {
    let mut next = requests.recv().await;
    while let Some(request) = next.take() {
        next = match request {
            LogRequest::Follow(of) if of.container.is_some() => {
                let mut page = Page::new(of, &options, &tell);
                tokio::select! {
                    request = requests.recv() => request,
                    never = page.keep() => match never {},
                }
            }
            // A node without a container has no output that an engine could give.
            LogRequest::Follow(_) | LogRequest::Leave => {
                tell(None);
                requests.recv().await
            }
        };
    }
}

/// The output that is read, and what was published of it.
struct Page<'a, T> {
    feed: LogFeed,
    options: &'a EngineOptions,
    tell: &'a T,
    /// Whether its lines were read to an end once.
    is_read: bool,
}

impl<'a, T: Fn(Option<LogFeed>)> Page<'a, T> {
    fn new(of: LogOf, options: &'a EngineOptions, tell: &'a T) -> Self {
        let feed = LogFeed {
            of,
            state: LogState::Opening,
            since: options.clock.now(),
            lines: LogRing::new(MOST_LINES, MOST_BYTES),
        };
        let page = Self {
            feed,
            options,
            tell,
            is_read: false,
        };
        page.publish();
        page
    }

    fn publish(&self) {
        (self.tell)(Some(self.feed.clone()));
    }

    /// Publishes how the reading stands; a failure that is followed by another has lasted since the first one.
    fn turn(&mut self, state: LogState) {
        let lasts = std::mem::discriminant(&state) == std::mem::discriminant(&self.feed.state);
        if !lasts {
            self.feed.since = self.options.clock.now();
        }
        self.feed.state = state;
        self.publish();
    }

    /// Reads again and again: until the output ends, and from where that was.
    async fn keep(&mut self) -> Infallible {
        loop {
            let state = match self.read().await {
                Ok(()) => LogState::Ended,
                Err(error) => LogState::Failed(Failure::from(&error)),
            };
            self.turn(state);
            sleep(AGAIN).await;
        }
    }

    async fn read(&mut self) -> Result<(), EngineError> {
        let Some(id) = self.feed.of.container.clone() else {
            return Ok(());
        };
        let choice = find(self.options).await?;
        let engine = Engine::connect(choice.address, self.options.deadlines).await?;
        self.pour(&engine, &id).await
    }

    async fn pour(&mut self, engine: &Engine, id: &EngineId) -> Result<(), EngineError> {
        let container = engine.inspect(id).await?;
        if self.is_read && container.life.state.is_stopped() {
            return Ok(());
        }
        let mut known = Known::of(&mut self.feed.lines);
        let query = LogQuery {
            tail: TAIL,
            since: known.since,
            follow: true,
        };
        let mut output = engine.logs(&container, query).await?;
        self.is_read = false;
        self.turn(LogState::Following);
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
                line = output.next(engine) => match line? {
                    Some(line) if known.has(&line) => {}
                    Some(line) => {
                        self.feed.lines.push(line);
                        due.get_or_insert_with(|| Instant::now() + PAUSE);
                    }
                    None => {
                        self.is_read = true;
                        return Ok(());
                    }
                },
                () = publishing => {
                    self.publish();
                    due = None;
                }
            }
        }
    }
}

/// What is known already of an output that is read once more: the engine tells lines again from a moment on.
struct Known {
    /// The moment of the newest line that is known.
    since: Option<At>,
    /// How many lines of that moment are known.
    same: usize,
}

impl Known {
    fn of(lines: &mut LogRing) -> Self {
        let since = lines.last().and_then(|line| line.at);
        if since.is_none() {
            // Without a moment nothing tells what would come twice.
            lines.clear();
        }
        let newest = lines.from(0).rev();
        Self {
            since,
            same: newest.take_while(|(_, line)| line.at == since).count(),
        }
    }

    fn has(&mut self, line: &LogLine) -> bool {
        let (Some(since), Some(at)) = (self.since, line.at) else {
            return false;
        };
        if at == since && self.same > 0 {
            self.same -= 1;
            return true;
        }
        at < since
    }
}

//! A container's output.

use hyper::Method;
use hyper::body::Bytes;

use super::client::Engine;
use super::convert::moment;
use super::error::{EngineError, Operation, Trouble};
use super::frames::{Demultiplexer, Flow};
use crate::model::container::{Container, EngineId};
use crate::model::log::{LogLine, LogStream};
use crate::model::time::At;

/// Which lines are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The newest so many.
    pub tail: u32,
    /// None that are older than this.
    pub since: Option<At>,
    /// Whether later ones are wanted as they come.
    pub follow: bool,
}

/// Lines of one container's output, as they come.
pub struct Output {
    container: EngineId,
    flow: Flow,
    lines: Demultiplexer,
    ended: bool,
}

impl Output {
    /// The next line; `None` at the end, which for one that is followed means that the container stopped.
    ///
    /// Waits as long as the container is silent. Can be given up and called again: no line is lost.
    pub async fn next(&mut self, engine: &Engine) -> Result<Option<LogLine>, EngineError> {
        let rubbish =
            |detail| EngineError::new(Operation::Logs, &self.container, Trouble::Rubbish { detail });
        loop {
            if self.ended {
                return Ok(self.lines.rest().map(|(stream, raw)| line(stream, &raw)));
            }
            if let Some((stream, raw)) = self.lines.next(&mut self.flow.waiting).map_err(rubbish)? {
                return Ok(Some(line(stream, &raw)));
            }
            match self.flow.more().await {
                Ok(more) => self.ended = !more,
                Err(error) => return Err(engine.broken(Operation::Logs, &self.container, error.into())),
            }
        }
    }
}

/// A line of the engine's: the moment that it took it, a space, the text.
fn line(stream: LogStream, raw: &[u8]) -> LogLine {
    let space = raw.iter().take(40).position(|byte| *byte == b' ');
    let stamped = space.and_then(|end| {
        let at = moment(std::str::from_utf8(raw.get(..end)?).ok()?)?;
        Some((at, raw.get(end + 1..)?))
    });
    match stamped {
        Some((at, text)) => LogLine::new(Some(at), stream, text),
        None => LogLine::new(None, stream, raw),
    }
}

impl Engine {
    /// Opens a container's output. The container may be dead: its last lines are kept by the engine.
    pub async fn logs(&self, container: &Container, query: LogQuery) -> Result<Output, EngineError> {
        let since = query.since.map_or_else(String::new, |at| {
            format!("&since={}.{:03}", at.0.div_euclid(1000), at.0.rem_euclid(1000))
        });
        let path = format!(
            "/containers/{}/logs?stdout=1&stderr=1&timestamps=1&tail={}{since}&follow={}",
            container.id.raw(),
            query.tail,
            u8::from(query.follow)
        );
        let response = self
            .open(
                Operation::Logs,
                &container.name,
                (Method::GET, path, Bytes::new()),
            )
            .await?;
        Ok(Output {
            container: container.id.clone(),
            flow: Flow::new(response.into_body()),
            lines: Demultiplexer::new(!container.make.terminal),
            ended: false,
        })
    }

    /// The newest lines of a container's output, at most `tail` of them, the newest last.
    pub async fn last_lines(&self, container: &Container, tail: u32) -> Result<Vec<LogLine>, EngineError> {
        let query = LogQuery {
            tail,
            since: None,
            follow: false,
        };
        let reading = async {
            let mut output = self.logs(container, query).await?;
            let mut lines = Vec::new();
            while let Some(line) = output.next(self).await? {
                lines.push(line);
            }
            Ok(lines)
        };
        let limit = self.deadlines().read;
        tokio::time::timeout(limit, reading).await.unwrap_or_else(|_| {
            Err(EngineError::new(
                Operation::Logs,
                &container.name,
                Trouble::Hung { waited: limit },
            ))
        })
    }
}

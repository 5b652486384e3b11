//! Lines for the log, written by a thread of their own: a reader that stalls holds up nothing else.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

/// Lines that may wait for a slow reader; of those above it the number is kept.
const WAITING: usize = 256;

/// What waits for the thread that writes.
#[derive(Debug)]
enum Entry {
    Line(String),
    /// All before it is written: that is to be said there.
    Mark(SyncSender<()>),
}

/// Where lines go.
#[derive(Debug)]
pub struct Log {
    lines: Option<SyncSender<Entry>>,
    lost: AtomicU64,
}

impl Log {
    /// A log that nobody reads.
    pub fn silent() -> Self {
        Self {
            lines: None,
            lost: AtomicU64::new(0),
        }
    }

    /// A log that writes to this, from a thread of its own.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn to(mut out: impl Write + Send + 'static) -> Result<Self, std::io::Error> {
        let (lines, waiting) = sync_channel::<Entry>(WAITING);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            for entry in waiting {
                // A reader that went away is its own business.
                let _ = match entry {
                    Entry::Line(line) => out.write_all(line.as_bytes()).and_then(|()| out.flush()),
                    Entry::Mark(reached) => reached.try_send(()).map_err(std::io::Error::other),
                };
            }
        })?;
        Ok(Self {
            lines: Some(lines),
            lost: AtomicU64::new(0),
        })
    }

    /// Writes a line, without waiting.
    pub fn line(&self, text: &str) {
        let Some(lines) = &self.lines else { return };
        let full = lines.try_send(Entry::Line(format!("{text}\n")));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = full {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all lines so far are written, for so long at most: at the end of the process what waits is lost.
    pub fn settle(&self, within: Duration) {
        let Some(lines) = &self.lines else { return };
        let (reached, mark) = sync_channel(1);
        if lines.try_send(Entry::Mark(reached)).is_ok() {
            // A reader that stalls is not waited for any longer.
            let _ = mark.recv_timeout(within);
        }
    }

    /// Lines that were lost since nobody took them.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

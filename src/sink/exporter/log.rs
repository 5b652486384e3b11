//! Lines for the log, written by a thread of their own: a reader that stalls holds up nothing else.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

/// Lines that may wait for a slow reader; of those above it the number is kept.
const WAITING: usize = 256;

/// Where lines go.
#[derive(Debug)]
pub struct Log {
    lines: Option<SyncSender<String>>,
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
        let (lines, waiting) = sync_channel::<String>(WAITING);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            for line in waiting {
                // A reader that went away is its own business.
                let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
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
        let full = lines.try_send(format!("{text}\n"));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = full {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines that were lost since nobody took them.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

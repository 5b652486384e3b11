//! Where bytes for a terminal go: through the screen, which puts them between two frames, or to the terminal itself
//! where no screen is shown.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::super::carrier::Refusal;
use crate::model::notice::Line;

/// How long a terminal may take to be opened and to take the bytes.
const DEADLINE: Duration = Duration::from_secs(2);

/// What a person may do about a terminal that does not read.
const STOPPED: &str = "the terminal does not read: its output may be stopped (Ctrl-Q lets it go on)";

/// Takes bytes for the terminal.
pub type Screen = Arc<dyn Fn(Vec<u8>) -> Shown + Send + Sync>;

/// What a screen did with bytes for the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It writes them.
    Taken,
    /// It has no room for them.
    NoRoom,
    /// It has left the terminal, which is written to directly then.
    Left,
}

/// A terminal to write to.
#[derive(Clone)]
pub enum Glass {
    /// The screen's own: the screen writes the bytes between two frames. The turn is for when it has left.
    Screen(Screen, Arc<Semaphore>),
    /// The terminal that this process was started from, and the turn to write to it.
    Tty(Arc<Semaphore>),
}

impl fmt::Debug for Glass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Screen(..) => "Screen",
            Self::Tty(_) => "Tty",
        })
    }
}

/// The terminal on which a screen is shown.
pub fn screen(takes: impl Fn(Vec<u8>) -> Shown + Send + Sync + 'static) -> Glass {
    Glass::Screen(Arc::new(takes), Arc::new(Semaphore::new(1)))
}

/// The terminal that this process was started from.
pub fn tty() -> Glass {
    Glass::Tty(Arc::new(Semaphore::new(1)))
}

impl Glass {
    /// Writes the bytes.
    ///
    /// # Errors
    /// There is no terminal, or it does not read.
    pub async fn write(&self, bytes: Vec<u8>) -> Result<(), Refusal> {
        let stopped = || Err(Refusal::Passing(Line::new(STOPPED)));
        let turn = match self {
            Self::Screen(screen, turn) => match screen(bytes.clone()) {
                Shown::Taken => return Ok(()),
                Shown::NoRoom => return stopped(),
                Shown::Left => turn,
            },
            Self::Tty(turn) => turn,
        };
        let written = timeout(DEADLINE, write_tty(turn, bytes)).await;
        written.unwrap_or_else(|_| stopped())
    }
}

/// Writes on a thread, since opening a terminal may block; while one hangs there the turn is not given to another.
async fn write_tty(turn: &Arc<Semaphore>, bytes: Vec<u8>) -> Result<(), Refusal> {
    let turn = Arc::clone(turn).acquire_owned().await;
    let writing = spawn_blocking(move || {
        let written = write_now(&bytes);
        drop(turn);
        written
    });
    writing.await.unwrap_or_else(|error| {
        let why = format!("writing to the terminal stopped by a fault of kaftop: {error}");
        Err(Refusal::Lasting(Line::new(&why)))
    })
}

fn write_now(bytes: &[u8]) -> Result<(), Refusal> {
    const TTY: &str = "/dev/tty";
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    let opened = OpenOptions::new().write(true).custom_flags(nonblocking).open(TTY);
    let mut terminal = opened.map_err(|error| {
        let why = format!("kaftop was not started from a terminal ({TTY}: {error})");
        Refusal::Absent(Line::new(&why))
    })?;
    terminal.write_all(bytes).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::WouldBlock => STOPPED.to_owned(),
            _ => format!("the terminal refused: {error}"),
        };
        Refusal::Passing(Line::new(&why))
    })
}

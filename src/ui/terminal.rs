//! The terminal: taken over for the screen, and given back whatever happens.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rustix::process::{Signal, kill_current_process_group};

use super::{UiError, background};

/// Whether the terminal is ours now, so that giving it back is done once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Bytes of a frame that are gathered before they are written: one write for nearly every frame.
const FRAME: usize = 64 * 1024;

/// Gives the terminal back: synchronized output ended, cursor shown, alternate screen left, raw mode off.
///
/// Does nothing where the terminal is not taken, so a panic hook, a signal and the guard may all call it.
/// Errors are passed over: there is nobody left to tell.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::AcqRel) {
        return;
    }
    drop(execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        ResetColor,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        Show
    ));
    drop(disable_raw_mode());
}

/// Whether stdin and stdout are a terminal, without which there is no screen.
pub fn is_there() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// The terminal while it is ours; dropping it gives the terminal back.
pub struct Guard {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    /// The frame that the terminal shows, as far as is known.
    shown: Option<Buffer>,
}

impl Guard {
    /// Takes the terminal over, and asks it for its background where `ask` says so. Refused where stdin or stdout is
    /// not a terminal, and where the terminal cannot place its cursor.
    pub fn enter(ask: bool) -> Result<Self, UiError> {
        if !is_there() {
            return Err(UiError::NotATerminal);
        }
        if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            return Err(UiError::DumbTerminal);
        }
        let failed = |source| UiError::Terminal {
            doing: "taking the terminal over",
            source,
        };
        TAKEN.store(true, Ordering::Release);
        let taken = take(ask);
        taken
            .map(|terminal| Self {
                terminal,
                shown: None,
            })
            .map_err(|error| {
                restore();
                failed(error)
            })
    }

    /// Draws a frame as one step that the terminal shows at once. Only what changed is written, and nothing at
    /// all where nothing did.
    pub fn draw(&mut self, mut render: impl FnMut(&mut Buffer)) -> Result<(), UiError> {
        let failed = |source| UiError::Terminal {
            doing: "drawing",
            source,
        };
        let mut next = Buffer::empty(Rect::from(self.terminal.size().map_err(failed)?));
        render(&mut next);
        if self.shown.as_ref() == Some(&next) {
            return Ok(());
        }
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate).map_err(failed)?;
        let drawn = self
            .terminal
            .draw(|frame| {
                let buffer = frame.buffer_mut();
                if buffer.area == next.area {
                    buffer.clone_from(&next);
                } else {
                    // The terminal was given another size in this very moment.
                    render(buffer);
                }
            })
            .map(|_| ());
        let ended = execute!(self.terminal.backend_mut(), EndSynchronizedUpdate);
        drawn.and(ended).map_err(failed)?;
        self.shown = Some(next);
        Ok(())
    }

    /// Gives text to the clipboard of the terminal (OSC 52); whether it takes it, it does not say.
    pub fn copy(&mut self, text: &str) -> Result<(), UiError> {
        let copy = CopyToClipboard::to_clipboard_from(text);
        execute!(self.terminal.backend_mut(), copy).map_err(|source| UiError::Terminal {
            doing: "copying",
            source,
        })
    }

    /// Writes bytes that change no cell, such as a notification; to be called between two frames.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), UiError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let out = self.terminal.backend_mut();
        let written = out.write_all(bytes).and_then(|()| out.flush());
        written.map_err(|source| UiError::Terminal {
            doing: "notifying",
            source,
        })
    }

    /// Gives the terminal back to the shell and stops the process, as Ctrl-Z does elsewhere; when it is told to go on, the
    /// terminal is taken again.
    pub fn suspend(&mut self) -> Result<(), UiError> {
        let failed = |source| UiError::Terminal {
            doing: "taking the terminal over again",
            source,
        };
        restore();
        // Of the process group, so that a wrapper script stops with it.
        let stopped = kill_current_process_group(Signal::TSTP);
        TAKEN.store(true, Ordering::Release);
        self.terminal = take(false).map_err(failed)?;
        self.shown = None;
        stopped.map_err(|error| failed(error.into()))
    }

    /// Forgets what the terminal shows, so that the next frame writes everything.
    pub fn forget(&mut self) -> Result<(), UiError> {
        let failed = |source| UiError::Terminal {
            doing: "clearing",
            source,
        };
        self.shown = None;
        // Not `clear`, which asks the terminal where its cursor is and waits for an answer.
        let area = Rect::from(self.terminal.size().map_err(failed)?);
        self.terminal.resize(area).map_err(failed)
    }
}

fn take(ask: bool) -> io::Result<Terminal<CrosstermBackend<BufWriter<Stdout>>>> {
    enable_raw_mode()?;
    let mut out = BufWriter::with_capacity(FRAME, io::stdout());
    queue!(
        out,
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableMouseCapture,
        Hide
    )?;
    if ask {
        // Nothing waits for the answer; it comes among the keys.
        queue!(out, Print(background::QUESTION))?;
    }
    out.flush()?;
    Terminal::new(CrosstermBackend::new(out))
}

impl Drop for Guard {
    fn drop(&mut self) {
        // What is still gathered must not come after the alternate screen is left.
        drop(self.terminal.backend_mut().flush());
        restore();
    }
}

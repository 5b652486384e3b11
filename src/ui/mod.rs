//! Floor 2: the terminal screen. The only part of kaftop that knows of ratatui and crossterm.
//!
//! [`run()`] is a blocking loop on a thread of its own. It is woken through a [`Handle`], takes the newest
//! bulletin from a watch channel, and waits for nothing else, not even for the answers to what it asks through a
//! bounded channel. A key becomes a
//! [`Command`](crate::command::Command), which [`update`](update::update) applies to the
//! [`Screen`](screen::Screen); [`view::draw`] makes a frame from bulletin, screen, theme and size, and from
//! nothing else. Invariants held by the tests here: no size and no bulletin makes it panic, no row wraps, no
//! number is cut, and the verdict is in sight.

pub mod acts;
mod background;
pub mod canvas;
pub mod enquiry;
pub mod field;
pub mod glyph;
pub mod going;
mod handling;
mod inbox;
mod input;
pub mod lists;
pub mod log;
pub mod page;
pub mod prompt;
mod rehearsal;
pub mod rows;
mod run;
pub mod scene;
pub mod screen;
mod settings;
mod sorter;
pub mod tale;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod undo;
pub mod update;
pub mod view;
pub mod widget;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
pub(crate) use run::testbed::Live;
#[cfg(test)]
mod tests;

pub use background::Ground;
pub use glyph::Graphs;
pub use inbox::{Handed, Handle, Inbox, StopReason, channel};
pub use rehearsal::Rehearsal;
pub use run::{Asks, Ended, run};
pub use settings::{Looks, Standing, UiSettings};
pub use theme::{Depth, Themes};

/// Why the screen cannot be shown, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// Stdin or stdout is not a terminal.
    #[error(
        "kaftop needs a terminal on stdin and stdout; use `kaftop check` or `kaftop snapshot --json` in scripts and pipes"
    )]
    NotATerminal,
    /// The terminal says that it can do nothing but print.
    #[error(
        "this terminal cannot show a screen: TERM is \"dumb\"; set TERM to what it is, such as TERM=xterm-256color, or use `kaftop check` or `kaftop snapshot --json`"
    )]
    DumbTerminal,
    /// The terminal refused something.
    #[error("the terminal failed while {doing}: {source}")]
    Terminal {
        /// What was tried.
        doing: &'static str,
        /// What came back.
        source: std::io::Error,
    },
    /// The keyboard cannot be read any more.
    #[error("the keyboard cannot be read any more: {why}; the terminal may have gone away")]
    InputLost {
        /// What came back.
        why: String,
    },
    /// The thread that makes the rows of large clusters died.
    #[error("the thread that sorts the rows died of a fault of kaftop")]
    SorterLost,
}

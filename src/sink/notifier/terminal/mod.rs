//! Through the terminal, and so through SSH to wherever that is: escape sequences, and the bell.

mod bell;
mod glass;
mod kind;
mod multiplexer;
mod osc;

pub use bell::Bell;
pub use glass::{Glass, Shown, screen, tty};
pub use kind::{Protocol, TerminalKind, Wrap, detect};
pub use multiplexer::Tmux;
pub use osc::osc;

use std::time::Duration;

use tokio::sync::OnceCell;

use super::carrier::{Carrier, Delivery, Receipt, Refusal};
use super::parcel::Parcel;
use crate::model::notice::Line;

/// How long tmux may take to answer, and a terminal to take the bytes.
const DEADLINE: Duration = Duration::from_secs(3);

/// Notifications that the terminal shows.
pub struct Terminal {
    glass: Glass,
    kind: TerminalKind,
    tmux: Option<Tmux>,
    /// What tmux says of the terminal outside it, once it said that it passes sequences on.
    outside: OnceCell<TerminalKind>,
}

impl Terminal {
    /// A terminal of this kind, behind this glass. Inside tmux that is asked which terminal is outside.
    pub fn new(glass: Glass, kind: TerminalKind, tmux: Option<Tmux>) -> Self {
        Self {
            glass,
            kind,
            tmux,
            outside: OnceCell::new(),
        }
    }

    async fn kind(&self) -> Result<TerminalKind, Refusal> {
        let Some(tmux) = &self.tmux else {
            return Ok(self.kind);
        };
        let asked = self.outside.get_or_try_init(|| tmux.outside(self.kind)).await;
        asked.copied()
    }

    async fn show(&self, parcel: &Parcel) -> Result<Receipt, Refusal> {
        let kind = self.kind().await?;
        if kind.protocol == Protocol::Bell {
            let why = "the terminal is not known to show notifications; where it does, set notify.terminal.protocol";
            return Err(Refusal::Absent(Line::new(why)));
        }
        self.glass.write(osc(&parcel.headline(), &kind)).await?;
        let said = format!("written as {kind}; a terminal does not say whether it showed it");
        Ok(Receipt(Line::new(&said)))
    }
}

impl Carrier for Terminal {
    fn name(&self) -> Line {
        Line::new("terminal")
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> Delivery<'a> {
        Box::pin(self.show(parcel))
    }
}

#[cfg(test)]
mod tests;

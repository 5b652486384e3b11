//! The bell, which every terminal has: it rings for each new critical alert.

use std::time::Duration;

use super::super::carrier::{Carrier, Delivery, Receipt};
use super::super::parcel::Parcel;
use super::DEADLINE;
use super::glass::Glass;
use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::severity::Severity;

/// `BEL`; tmux and GNU screen pass it on by themselves.
const BEL: u8 = 7;

/// The terminal's bell.
pub struct Bell(
    /// The terminal.
    pub Glass,
);

impl Carrier for Bell {
    fn name(&self) -> Line {
        Line::new("bell")
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn wants(&self, notice: &Notice) -> bool {
        notice.severity == Severity::Critical && notice.state != NoticeState::Resolved
    }

    fn deliver<'a>(&'a self, _parcel: &'a Parcel) -> Delivery<'a> {
        Box::pin(async {
            self.0.write(vec![BEL]).await?;
            Ok(Receipt(Line::new("rung")))
        })
    }
}

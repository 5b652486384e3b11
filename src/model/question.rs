//! What is asked for on request only, and what the answers are.

use super::alert::Order;
use super::failure::Failure;
use super::ids::PartitionId;
use super::text::Name;
use super::time::At;

/// Something that is read once, because someone wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// When the oldest record was written that a group has not read.
    OldestUnread {
        /// The group.
        group: Name,
    },
    /// Something about an alert that a person decides; it has no answer, and the alert shows it.
    Order(Order),
}

/// What became of [`Question::OldestUnread`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The group that was asked about.
    pub group: Name,
    /// When the brokers were asked.
    pub asked: At,
    /// The oldest unread record; none where nothing is unread. A failure where no record could be read.
    pub outcome: Result<Option<Oldest>, Failure>,
}

/// The oldest unread record of those that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oldest {
    /// The partition that holds it.
    pub partition: PartitionId,
    /// The offset from which on the group has not read.
    pub offset: i64,
    /// When it was written, by its own timestamp.
    pub written: At,
    /// The partitions that did not tell.
    pub untold: Untold,
}

/// Partitions that may hold an older unread record than the one that was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untold {
    /// Those whose record could not be read, and those of which it is not known whether anything is unread.
    pub failed: usize,
    /// Those with a smaller lag than the ones that were asked.
    pub unasked: usize,
}

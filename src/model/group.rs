//! Consumer groups of every type, and how far they are behind.

use super::failure::Failure;
use super::ids::BrokerId;
use super::reading::Reading;
use super::text::Name;
use super::time::{At, Span};

/// The type of a group as ListGroups v5 tells it (KIP-848, KIP-932, KIP-1071).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// The classic protocol, with consumers as members.
    Classic,
    /// The consumer protocol of KIP-848.
    Consumer,
    /// A share group.
    Share,
    /// A streams group.
    Streams,
    /// Connect workers, on the classic protocol.
    Connect,
    /// Any other protocol type on the classic protocol, or a type that kaftop does not know.
    Other(Name),
}

impl GroupKind {
    /// One word.
    pub fn word(&self) -> String {
        match self {
            Self::Classic => "classic".to_owned(),
            Self::Consumer => "consumer".to_owned(),
            Self::Share => "share".to_owned(),
            Self::Streams => "streams".to_owned(),
            Self::Connect => "connect".to_owned(),
            Self::Other(name) => name.to_string(),
        }
    }
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id, as the coordinator gave it.
    pub id: Name,
    /// The client id that it chose.
    pub client: Name,
    /// The host that the coordinator saw.
    pub host: Name,
    /// Its partitions, where the protocol tells them.
    pub assignment: Option<Vec<(Name, Vec<i32>)>>,
}

/// What the coordinator tells of a group's members; from DescribeGroups or `ConsumerGroupDescribe`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The assignor or protocol in use.
    pub assignor: Option<Name>,
    /// The members.
    pub members: Vec<Member>,
}

/// How far a group is behind on one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// Records between the committed offset and the high watermark; of a share group those that its coordinator counts,
    /// since above the start offset there are records that the group is done with.
    Known(u64),
    /// Nothing was committed.
    NoCommit,
    /// The commit lies above the end: the topic was made anew or truncated. Not a negative lag.
    AboveEnd,
    /// The coordinator does not tell it: of share groups before 4.2.
    Untold,
    /// The end or the commit could not be read.
    Unread,
}

impl Lag {
    /// The number, where it is one.
    pub fn known(self) -> Option<u64> {
        match self {
            Self::Known(lag) => Some(lag),
            _ => None,
        }
    }
}

/// A group's place on one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPartition {
    /// The topic.
    pub topic: Name,
    /// The partition.
    pub partition: i32,
    /// The committed offset; of a share group its start offset, below which all is done with (KIP-932).
    pub committed: Option<i64>,
    /// The high watermark, read after the commit.
    pub end: Option<i64>,
    /// The difference, judged.
    pub lag: Lag,
    /// Records below the first kept offset that the group has not read: lost to retention.
    pub lost: u64,
}

/// How old the oldest unread record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LagAge {
    /// About this old, from the history of end offsets.
    About(Span),
    /// Older than our history reaches.
    AtLeast(Span),
}

/// How a lag moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trend {
    /// Records per second; positive means falling behind. Unknown without two complete reads.
    pub slope: Option<f64>,
    /// The age of the oldest unread record.
    pub age: Option<LagAge>,
    /// For how long none of its commits was seen to move, counted from the first complete read on.
    pub still: Option<Span>,
}

impl Trend {
    /// Seconds until a lag of `lag` is worked off at the present net rate; `None` where it is not sinking.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate for people"
    )]
    pub fn clears_in(self, lag: u64) -> Option<Span> {
        let slope = self.slope.filter(|slope| *slope < -0.05)?;
        Some(Span((lag as f64 / -slope * 1000.0) as u64))
    }
}

/// The sum over a group's partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LagSum {
    /// The sum of the known lags; unknown when none is known.
    pub records: Option<u64>,
    /// False only when a read failed: of an end, or of the commits.
    pub complete: bool,
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub kind: GroupKind,
    /// Its state in the protocol's own word.
    pub state: Option<Name>,
    /// The broker that listed it last.
    pub coordinator: BrokerId,
    /// When it was last listed.
    pub listed_at: At,
    /// Why the newest listing by its coordinator failed.
    pub unlisted: Option<Failure>,
    /// Members and assignor.
    pub description: Reading<Description>,
    /// Whether its commits could be read, and when last.
    pub commits: Reading<()>,
    /// Its place on each partition, by topic and number.
    pub partitions: Vec<GroupPartition>,
    /// The sum.
    pub lag: LagSum,
    /// How the sum moves.
    pub trend: Trend,
}

//! What the columns hold of a node that keeps the cluster's metadata: a voter or observer of the KRaft quorum, or a
//! member of the ZooKeeper ensemble.

use super::filter::Row;
use super::value::Value;
use super::{Listed, Marks, Narrowed, View, narrow};
use crate::health::Bulletin;
use crate::model::cluster::Mode;
use crate::model::ensemble::{Member, MemberMode};
use crate::model::ids::BrokerId;
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::ui::field::{Field, Subject};
use crate::ui::screen::RowKey;

/// What a replica of the metadata log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// The active controller.
    Leader,
    /// A controller that votes.
    Voter,
    /// A broker, or a controller without a vote.
    Observer,
}

impl Seat {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Voter => "voter",
            Self::Observer => "observer",
        }
    }
}

/// Everything that stands in a quorum, the voters first.
pub fn seats(quorum: &Quorum) -> impl Iterator<Item = (&QuorumReplica, Seat)> {
    let voters = quorum.voters.iter().map(|voter| {
        let seat = if Some(voter.id) == quorum.leader {
            Seat::Leader
        } else {
            Seat::Voter
        };
        (voter, seat)
    });
    let observers = quorum.observers.iter().chain(&quorum.missed);
    voters.chain(observers.map(|observer| (observer, Seat::Observer)))
}

/// A node.
enum Of<'a> {
    Replica {
        quorum: &'a Quorum,
        replica: &'a QuorumReplica,
        seat: Seat,
        lost: bool,
    },
    Member(&'a Member),
}

/// Shows a node to `look`, where it is known.
pub fn with(bulletin: &Bulletin, key: &RowKey, look: &mut dyn FnMut(&dyn Row)) {
    if let Some(found) = all(bulletin).iter().find(|row| row.key() == *key) {
        look(found);
    }
}

/// The lost ones first, then as the leader lists them, or as their addresses were given.
pub fn rows(bulletin: &Bulletin, view: &View, marks: &Marks) -> Narrowed {
    let mut rows = all(bulletin);
    rows.sort_by_key(|row| !row.is_bad());
    narrow(rows, Subject::Keeper, view, marks, 0)
}

fn all(bulletin: &Bulletin) -> Vec<Of<'_>> {
    let snapshot = &bulletin.snapshot;
    match (snapshot.cluster.mode, snapshot.quorum.value()) {
        (Some(Mode::ZooKeeper), _) | (_, None) => snapshot.ensemble.members.iter().map(Of::Member).collect(),
        (_, Some(quorum)) => {
            let lost: Vec<BrokerId> = quorum.lost_voters();
            let of = |(replica, seat): (_, Seat)| {
                let replica: &QuorumReplica = replica;
                Of::Replica {
                    quorum,
                    replica,
                    seat,
                    lost: seat != Seat::Observer && lost.contains(&replica.id),
                }
            };
            seats(quorum).map(of).collect()
        }
    }
}

impl Row for Of<'_> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds as seconds")]
    fn value(&self, field: Field) -> Value<'_> {
        match (self, field) {
            (Self::Replica { replica, .. }, Field::Id) => Value::Number(f64::from(replica.id.0)),
            (Self::Replica { seat, .. }, Field::Role) => Value::text(seat.word()),
            (Self::Replica { quorum, replica, .. }, Field::Lag) => Value::counted(quorum.lag(replica)),
            (Self::Replica { quorum, replica, .. }, Field::Age) => {
                let age = quorum.fetch_age(replica);
                Value::known(age.map(|age| age.0 as f64 / 1_000.0))
            }
            (Self::Replica { lost, .. }, Field::State) => Value::text(if *lost { "lost" } else { "follows" }),
            (Self::Member(member), Field::Id) => Value::text(member.address.raw()),
            (Self::Member(member), Field::Role) => {
                let mode = member.report.value().map(|report| report.mode);
                mode.map_or(Value::Unknown, |mode| Value::text(mode_word(mode)))
            }
            (Self::Member(member), Field::Answers) => {
                let report = member.report.value();
                Value::known(report.map(|report| report.round_trip.as_secs_f64()))
            }
            (Self::Member(member), Field::State) => match member.serves() {
                Some(true) => Value::text("serves"),
                Some(false) => Value::text("lost"),
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn any_name(&self, passes: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Replica { replica, .. } => passes(&replica.id.to_string()),
            Self::Member(member) => passes(member.address.raw()),
        }
    }
}

/// The mode in words.
pub fn mode_word(mode: MemberMode) -> &'static str {
    match mode {
        MemberMode::NotServing => "not serving",
        other => other.word(),
    }
}

impl Listed for Of<'_> {
    fn key(&self) -> RowKey {
        match self {
            Self::Replica { replica, .. } => RowKey::Replica(replica.id),
            Self::Member(member) => RowKey::Member(member.address.clone()),
        }
    }

    fn is_bad(&self) -> bool {
        match self {
            Self::Replica { lost, .. } => *lost,
            Self::Member(member) => {
                let tried = member.report.value().is_some() || member.report.failing().is_some();
                tried && member.is_lost()
            }
        }
    }
}

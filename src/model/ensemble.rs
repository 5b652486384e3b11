//! The ZooKeeper ensemble, as each member's four-letter words tell it.

use std::time::Duration;

use super::reading::Reading;
use super::text::Name;

/// What a member says it is (`srvr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberMode {
    /// It leads the ensemble.
    Leader,
    /// It follows a leader.
    Follower,
    /// It follows without a vote.
    Observer,
    /// It is alone by configuration.
    Standalone,
    /// It runs, and serves nobody since it sees no majority.
    NotServing,
}

impl MemberMode {
    /// The word of JSON output and of the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Follower => "follower",
            Self::Observer => "observer",
            Self::Standalone => "standalone",
            Self::NotServing => "not_serving",
        }
    }
}

/// What `srvr` told of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberReport {
    /// Its mode.
    pub mode: MemberMode,
    /// Its version, as it prints it.
    pub version: Option<Name>,
    /// Average latency of requests in milliseconds.
    pub latency_ms: Option<u64>,
    /// Open client connections.
    pub connections: Option<u64>,
    /// Our round trip to it.
    pub round_trip: Duration,
}

/// One member, by the address it was given as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The address given, HOST:PORT.
    pub address: Name,
    /// What it told last.
    pub report: Reading<MemberReport>,
}

impl Member {
    /// Whether its newest read succeeded and it serves.
    pub fn serves(&self) -> bool {
        self.report.failing().is_none()
            && self
                .report
                .value()
                .is_some_and(|report| report.mode != MemberMode::NotServing)
    }
}

/// The state of the ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnsembleState {
    /// Every member that we watch serves.
    Ok,
    /// A majority serves, and someone does not.
    MinorityLost,
    /// No majority serves: nobody can be elected.
    MajorityLost,
    /// No address was given, so nobody looked.
    NotWatched,
}

impl EnsembleState {
    /// The word of JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::MinorityLost => "minority_lost",
            Self::MajorityLost => "majority_lost",
            Self::NotWatched => "not_watched",
        }
    }
}

/// The ensemble: the members whose addresses were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ensemble {
    /// The members; empty where no address was given.
    pub members: Vec<Member>,
}

impl Ensemble {
    /// The state; `None` while some member was never tried and the others do not settle it.
    pub fn state(&self) -> Option<EnsembleState> {
        if self.members.is_empty() {
            return Some(EnsembleState::NotWatched);
        }
        let serving = self.members.iter().filter(|member| member.serves()).count();
        let untried = self
            .members
            .iter()
            .filter(|member| member.report.value().is_none() && member.report.failing().is_none())
            .count();
        let majority = self.members.len() / 2 + 1;
        if serving == self.members.len() {
            Some(EnsembleState::Ok)
        } else if untried > 0 {
            None
        } else if serving >= majority {
            Some(EnsembleState::MinorityLost)
        } else {
            Some(EnsembleState::MajorityLost)
        }
    }
}

//! The ZooKeeper ensemble, as each member's four-letter words tell it.

use std::time::Duration;

use super::failure::FailureKind;
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
    /// Whether it serves; unknown before the first read, and where it answers but will not tell.
    pub fn serves(&self) -> Option<bool> {
        if let Some(failing) = self.report.failing() {
            let tells_nothing = match failing.why.kind {
                FailureKind::Denied | FailureKind::Rubbish => true,
                // A name that never had an address may be wrong; one that had lost it with its container.
                FailureKind::Unresolved => self.report.value().is_none(),
                _ => false,
            };
            return if tells_nothing { None } else { Some(false) };
        }
        self.report
            .value()
            .map(|report| report.mode != MemberMode::NotServing)
    }

    /// Whether it is known not to serve.
    pub fn is_lost(&self) -> bool {
        self.serves() == Some(false)
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
    /// The state; `None` while members of which nothing is known could settle it either way.
    pub fn state(&self) -> Option<EnsembleState> {
        if self.members.is_empty() {
            return Some(EnsembleState::NotWatched);
        }
        let majority = self.members.len() / 2 + 1;
        let serving = self
            .members
            .iter()
            .filter(|member| member.serves() == Some(true))
            .count();
        let lost = self.members.iter().filter(|member| member.is_lost()).count();
        if serving == self.members.len() {
            Some(EnsembleState::Ok)
        } else if self.members.len() - lost < majority {
            Some(EnsembleState::MajorityLost)
        } else if lost > 0 && serving >= majority {
            Some(EnsembleState::MinorityLost)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::failure::Failure;
    use super::super::time::At;
    use super::*;

    fn member(fate: &str) -> Member {
        let report = |mode| MemberReport {
            mode,
            version: None,
            latency_ms: None,
            connections: None,
            round_trip: Duration::ZERO,
        };
        let mut reading = Reading::default();
        match fate {
            "serves" => reading.succeed(report(MemberMode::Follower), At(1)),
            "alone" => reading.succeed(report(MemberMode::NotServing), At(1)),
            "dead" => reading.fail(Failure::new(FailureKind::Refused, "x"), At(1)),
            "wrong name" => reading.fail(Failure::new(FailureKind::Unresolved, "x"), At(1)),
            "name gone" => {
                reading.succeed(report(MemberMode::Follower), At(1));
                reading.fail(Failure::new(FailureKind::Unresolved, "x"), At(2));
            }
            "denies" => reading.fail(Failure::new(FailureKind::Denied, "x"), At(1)),
            _ => {}
        }
        Member {
            address: "zk:2181".into(),
            report: reading,
        }
    }

    #[test]
    fn the_state_is_said_only_when_it_is_settled() {
        let table: [(&[&str], Option<EnsembleState>); 11] = [
            (&[], Some(EnsembleState::NotWatched)),
            (&["serves", "serves", "serves"], Some(EnsembleState::Ok)),
            (&["serves", "dead", "serves"], Some(EnsembleState::MinorityLost)),
            (&["alone", "dead", "dead"], Some(EnsembleState::MajorityLost)),
            (&["serves", "dead", "dead"], Some(EnsembleState::MajorityLost)),
            (&["serves", "never", "serves"], None),
            (&["serves", "wrong name", "serves"], None),
            (
                &["serves", "name gone", "serves"],
                Some(EnsembleState::MinorityLost),
            ),
            (&["denies", "denies", "denies"], None),
            (&["denies", "serves", "dead"], None),
            (&["denies", "dead", "dead"], Some(EnsembleState::MajorityLost)),
        ];
        for (fates, state) in table {
            let members = fates.iter().map(|fate| member(fate)).collect();
            assert_eq!(Ensemble { members }.state(), state, "{fates:?}");
        }
    }
}

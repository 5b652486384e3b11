//! The KRaft quorum, as its leader reports it (DescribeQuorum, KIP-595 and KIP-836).

use super::ids::BrokerId;
use super::time::{At, Span};

/// A replica of the metadata log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumReplica {
    /// Its id.
    pub id: BrokerId,
    /// The end of its log as the leader knows it.
    pub log_end: Option<i64>,
    /// When it last fetched, on the leader's clock.
    pub last_fetch: Option<At>,
    /// When it was last caught up, on the leader's clock.
    pub last_caught_up: Option<At>,
}

/// The quorum at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// The leader, that is the active controller.
    pub leader: Option<BrokerId>,
    /// The leader's epoch.
    pub epoch: i32,
    /// Records known to be committed.
    pub high_watermark: i64,
    /// Controllers that vote.
    pub voters: Vec<QuorumReplica>,
    /// Brokers, and controllers that do not vote.
    pub observers: Vec<QuorumReplica>,
    /// Observers that the leader no longer tells of, as it, or the leader before it, told of them last.
    pub missed: Vec<QuorumReplica>,
}

/// A voter that has not fetched for this long, against the leader's own clock, is lost. The default
/// `controller.quorum.fetch.timeout.ms` is 2 s: a follower past it has given the leader up, or is gone.
const LOST_AFTER: Span = Span::seconds(4);

impl Quorum {
    /// How many records `replica` is behind the leader's log end.
    pub fn lag(&self, replica: &QuorumReplica) -> Option<u64> {
        let leader = self.leader_replica()?.log_end?;
        u64::try_from(leader.saturating_sub(replica.log_end?))
            .ok()
            .or(Some(0))
    }

    /// How long ago `replica` last fetched, on the leader's clock; zero for the leader itself.
    pub fn fetch_age(&self, replica: &QuorumReplica) -> Option<Span> {
        if Some(replica.id) == self.leader {
            return Some(Span(0));
        }
        Some(replica.last_fetch?.age(self.leader_clock()?))
    }

    /// Whether the leader was asked by this replica in the last so long, by its own clock; none where it does not tell when
    /// it was asked by anybody, as releases before 3.3 do not.
    pub fn has_heard_of(&self, id: BrokerId, within: Span) -> Option<bool> {
        let clock = self.leader_clock()?;
        let mut replicas = self.voters.iter().chain(&self.observers);
        let replica = replicas.find(|replica| replica.id == id);
        let fetched = replica.and_then(|replica| replica.last_fetch);
        Some(Some(id) == self.leader || fetched.is_some_and(|fetch| fetch.age(clock) < within))
    }

    /// The voters that no longer follow the leader.
    pub fn lost_voters(&self) -> Vec<BrokerId> {
        let lost = |voter: &&QuorumReplica| {
            if Some(voter.id) == self.leader {
                return false;
            }
            match (voter.last_fetch, self.leader_clock()) {
                (Some(fetch), Some(clock)) => fetch.age(clock) > LOST_AFTER,
                // The leader has never seen a fetch of it, and it has nothing of the log.
                (None, Some(_)) => voter.log_end.is_none_or(|end| end < 0),
                _ => false,
            }
        };
        self.voters.iter().filter(lost).map(|voter| voter.id).collect()
    }

    /// The replicas of the metadata log, voters or not, that the leader has not heard of for so long that they are lost.
    pub fn silent(&self) -> Vec<BrokerId> {
        let clock = self.leader_clock();
        let lost = |observer: &&QuorumReplica| {
            let fetched = observer.last_fetch.zip(clock);
            fetched.is_some_and(|(fetch, clock)| fetch.age(clock) > LOST_AFTER)
        };
        let observers = self.observers.iter().filter(lost).map(|observer| observer.id);
        self.lost_voters().into_iter().chain(observers).collect()
    }

    /// How many voters make a majority.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    fn leader_replica(&self) -> Option<&QuorumReplica> {
        self.voters.iter().find(|voter| Some(voter.id) == self.leader)
    }

    /// The leader reports its own last fetch as its current time (`LeaderState.describeReplicaState`).
    fn leader_clock(&self) -> Option<At> {
        self.leader_replica()?.last_fetch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica(id: i32, log_end: i64, fetch: Option<i64>) -> QuorumReplica {
        QuorumReplica {
            id: BrokerId(id),
            log_end: Some(log_end),
            last_fetch: fetch.map(At),
            last_caught_up: fetch.map(At),
        }
    }

    #[test]
    fn voters_are_judged_by_the_leaders_clock() {
        let quorum = Quorum {
            missed: vec![],
            leader: Some(BrokerId(2)),
            epoch: 5,
            high_watermark: 90,
            voters: vec![
                replica(1, 40, Some(50_000)),
                replica(2, 100, Some(60_000)),
                replica(3, 98, Some(59_600)),
                replica(4, -1, None),
            ],
            observers: vec![],
        };
        assert_eq!(quorum.lost_voters(), vec![BrokerId(1), BrokerId(4)]);
        assert_eq!(
            quorum.voters.iter().map(|v| quorum.lag(v)).collect::<Vec<_>>(),
            [Some(60), Some(0), Some(2), Some(101)]
        );
        assert_eq!(quorum.majority(), 3);
        let heard = |id: i32, millis| quorum.has_heard_of(BrokerId(id), Span(millis));
        assert_eq!((heard(3, 401), heard(3, 400)), (Some(true), Some(false)));
        // The leader itself; one that never asked; one that nobody knows.
        assert_eq!(
            [2, 4, 9].map(|id| heard(id, 1_000)),
            [Some(true), Some(false), Some(false)]
        );
        let mut untold = quorum.clone();
        for voter in &mut untold.voters {
            voter.last_fetch = None;
        }
        assert_eq!(untold.has_heard_of(BrokerId(3), Span(1_000)), None);
    }
}

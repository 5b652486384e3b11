//! The words of what speaks against stopping a node; each goes on from "it is not safe:".

use std::fmt;

use super::stop::{Blocker, Note};
use super::words::partitions;

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::WouldRefuse(count) => {
                format!("{} would refuse acks=all writes", partitions(*count))
            }
            Self::WouldGoOffline(count) => format!("{} would go offline", partitions(*count)),
            Self::QuorumMajority => {
                "the controller quorum would lose its majority: no leader could be elected".to_owned()
            }
            Self::EnsembleMajority => {
                "the ZooKeeper ensemble would lose its majority: a broker that fails then is not replaced"
                    .to_owned()
            }
            Self::EnsembleLost => {
                "the ZooKeeper ensemble has no majority now: a broker that fails meanwhile is not replaced"
                    .to_owned()
            }
            Self::NoElection => "nobody can elect new leaders for the partitions that it leads".to_owned(),
            Self::QuorumNotRead => "whether new leaders could be elected is not known".to_owned(),
            Self::OutOfSyncElsewhere(count) => format!(
                "{} {} a replica elsewhere that is not in sync",
                partitions(*count),
                if *count == 1 { "has" } else { "have" }
            ),
        };
        f.pad(&text)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Thin(1) => {
                "1 partition has no more replicas than min ISR: it refuses writes or is offline meanwhile"
                    .to_owned()
            }
            Self::Thin(count) => format!(
                "{} have no more replicas than min ISR: they refuse writes or are offline meanwhile",
                partitions(*count)
            ),
            Self::ActiveController => "it is the active controller: another one must be elected".to_owned(),
            Self::EnsembleLeader => {
                "it leads the ensemble: the others serve nobody until they have elected another leader"
                    .to_owned()
            }
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_told_apart() {
        let table = [
            (
                Blocker::WouldRefuse(54),
                "54 partitions would refuse acks=all writes",
            ),
            (Blocker::WouldGoOffline(1), "1 partition would go offline"),
            (
                Blocker::OutOfSyncElsewhere(1),
                "1 partition has a replica elsewhere that is not in sync",
            ),
            (
                Blocker::OutOfSyncElsewhere(2),
                "2 partitions have a replica elsewhere that is not in sync",
            ),
        ];
        for (blocker, words) in table {
            assert_eq!(blocker.to_string(), words);
        }
        assert!(Note::Thin(2).to_string().starts_with("2 partitions have"));
        assert!(Note::Thin(1).to_string().starts_with("1 partition has"));
    }
}

//! Who decides: the questions that go to the KRaft quorum or to the ZooKeeper ensemble.

use super::{EnsembleView, Forward, QuorumView, World};

impl World {
    /// Whether what this broker forwards to a controller is answered now.
    pub fn forward(&self, _broker: i32) -> Forward {
        Forward::Answers
    }

    /// The quorum as DescribeQuorum through this broker tells it; none: no answer comes. Always none in ZooKeeper
    /// mode.
    pub fn quorum(&self, _broker: i32) -> Option<QuorumView> {
        None
    }

    /// What a ZooKeeper's four-letter words tell; none: no answer comes.
    pub fn ensemble(&self, _zookeeper: i32) -> Option<EnsembleView> {
        None
    }

    /// Whether a broker that reads from ZooKeeper on a request's thread gets an answer now (topics' settings in
    /// ZooKeeper mode); always true in KRaft.
    pub fn settings_answered(&self, _broker: i32) -> bool {
        true
    }
}

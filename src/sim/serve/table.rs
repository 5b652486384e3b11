//! The APIs that a simulated broker serves, with the versions that it advertises.
//!
//! The ranges were read off Kafka 3.9.2 (in either mode) and 4.1.2, each cut to what the `kafka-protocol` codec can read
//! and write. That cuts nothing from 4.1. Of 3.9 it cuts the versions that 4.0 removed (KIP-896): Fetch 0-3, ListOffsets 0,
//! OffsetCommit 0-1, OffsetFetch 0, CreateTopics 0-1, DeleteTopics 0, OffsetForLeaderEpoch 0-1, DescribeConfigs 0 and
//! DescribeLogDirs 0 are not advertised.
//!
//! Produce is advertised from version 0 on by both, as 4.1 does for the sake of old librdkafka (KAFKA-18659), and
//! versions 0-2 are refused: on 3.9 a real broker would take them.
//!
//! APIs that are not served are not advertised: those of group members (JoinGroup and the like), of transactions, ACLs,
//! quotas, tokens and shares, GetTelemetrySubscriptions, and those between brokers.

use crate::model::cluster::Mode;
use crate::sim::world::Release;
use kafka_protocol::messages::ApiKey;

/// A closed range of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// Lowest version.
    pub(super) min: i16,
    /// Highest version.
    pub(super) max: i16,
}

/// Lowest version of Produce that is answered; below it a connection is closed.
pub(super) const FIRST_PRODUCE: i16 = 3;

/// Which listeners of 3.9 have an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On39 {
    /// In both modes, up to this version.
    Both(i16),
    /// In KRaft mode alone, up to this version.
    Kraft(i16),
}

use On39::{Both, Kraft};

/// API, lowest version, highest version on 3.9, highest version on 4.1.
const TABLE: &[(ApiKey, i16, On39, i16)] = &[
    (ApiKey::Produce, 0, Both(11), 13),
    (ApiKey::Fetch, 4, Both(17), 18),
    (ApiKey::ListOffsets, 1, Both(9), 10),
    (ApiKey::Metadata, 0, Both(12), 13),
    (ApiKey::OffsetCommit, 2, Both(9), 9),
    (ApiKey::OffsetFetch, 1, Both(9), 9),
    (ApiKey::FindCoordinator, 0, Both(6), 6),
    (ApiKey::DescribeGroups, 0, Both(5), 6),
    (ApiKey::ListGroups, 0, Both(5), 5),
    (ApiKey::ApiVersions, 0, Both(4), 4),
    (ApiKey::CreateTopics, 2, Both(7), 7),
    (ApiKey::DeleteTopics, 1, Both(6), 6),
    (ApiKey::InitProducerId, 0, Both(5), 5),
    (ApiKey::OffsetForLeaderEpoch, 2, Both(4), 4),
    (ApiKey::DescribeConfigs, 1, Both(4), 4),
    (ApiKey::DescribeLogDirs, 1, Both(4), 4),
    (ApiKey::ElectLeaders, 0, Both(2), 2),
    (ApiKey::ListPartitionReassignments, 0, Both(0), 0),
    (ApiKey::DescribeQuorum, 0, Kraft(2), 2),
    (ApiKey::DescribeCluster, 0, Both(1), 2),
    (ApiKey::ConsumerGroupDescribe, 0, Both(0), 1),
    (ApiKey::DescribeTopicPartitions, 0, Kraft(0), 0),
];

/// Every API that a broker of this release and mode advertises, in the order of their keys.
pub(super) fn advertised(release: Release, mode: Mode) -> impl Iterator<Item = (ApiKey, Range)> {
    TABLE.iter().filter_map(move |(api, min, on_39, on_41)| {
        let max = match (release, on_39) {
            (Release::V4_1, _) => *on_41,
            (Release::V3_9, Kraft(_)) if mode == Mode::ZooKeeper => return None,
            (Release::V3_9, Both(max) | Kraft(max)) => *max,
        };
        Some((*api, Range { min: *min, max }))
    })
}

/// The versions of one API that a broker of this release and mode advertises; none where it does not have it.
pub(super) fn range(release: Release, mode: Mode, api: ApiKey) -> Option<Range> {
    let mut all = advertised(release, mode);
    all.find_map(|(known, range)| (known == api).then_some(range))
}

/// A feature with the levels that a broker could take part in, and the finalized one (KIP-584).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Feature {
    /// Name, e.g. `metadata.version`.
    pub(super) name: &'static str,
    /// Lowest level that the broker supports.
    pub(super) lowest: i16,
    /// Highest level that the broker supports.
    pub(super) highest: i16,
    /// The level in use; none where the feature is not finalized.
    pub(super) level: Option<i16>,
}

const fn feature(name: &'static str, lowest: i16, highest: i16, level: Option<i16>) -> Feature {
    Feature {
        name,
        lowest,
        highest,
        level,
    }
}

const FEATURES_3_9: &[Feature] = &[
    feature("kraft.version", 0, 1, None),
    feature("metadata.version", 1, 21, Some(21)),
];

const FEATURES_4_1: &[Feature] = &[
    feature("group.version", 0, 1, Some(1)),
    feature("kraft.version", 0, 1, None),
    feature("metadata.version", 7, 27, Some(27)),
    feature("share.version", 0, 1, None),
    feature("transaction.version", 0, 2, Some(2)),
    feature("eligible.leader.replicas.version", 0, 1, Some(1)),
];

/// The features of a broker, as a freshly formatted cluster of its release has them; none in ZooKeeper mode.
pub(super) fn features(release: Release, mode: Mode) -> &'static [Feature] {
    match (mode, release) {
        (Mode::ZooKeeper, _) => &[],
        (Mode::Kraft, Release::V3_9) => FEATURES_3_9,
        (Mode::Kraft, Release::V4_1) => FEATURES_4_1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_advertised_version_is_one_that_the_codec_knows() {
        for (release, mode) in [
            (Release::V3_9, Mode::Kraft),
            (Release::V3_9, Mode::ZooKeeper),
            (Release::V4_1, Mode::Kraft),
        ] {
            for (api, range) in advertised(release, mode) {
                let known = api.valid_versions();
                let min = if api == ApiKey::Produce {
                    FIRST_PRODUCE
                } else {
                    range.min
                };
                assert!(known.min <= min && range.max <= known.max, "{api:?} {range:?}");
            }
        }
    }

    #[test]
    fn what_the_modes_and_releases_do_not_have_in_common() {
        let has = |release, mode, api| range(release, mode, api).map(|range| range.max);
        let cases = [
            (ApiKey::DescribeQuorum, Some(2), None, Some(2)),
            (ApiKey::DescribeTopicPartitions, Some(0), None, Some(0)),
            (ApiKey::DescribeCluster, Some(1), Some(1), Some(2)),
            (ApiKey::Metadata, Some(12), Some(12), Some(13)),
            (ApiKey::JoinGroup, None, None, None),
            (ApiKey::GetTelemetrySubscriptions, None, None, None),
        ];
        for (api, kraft_39, zookeeper_39, kraft_41) in cases {
            assert_eq!(has(Release::V3_9, Mode::Kraft, api), kraft_39, "{api:?}");
            assert_eq!(has(Release::V3_9, Mode::ZooKeeper, api), zookeeper_39, "{api:?}");
            assert_eq!(has(Release::V4_1, Mode::Kraft, api), kraft_41, "{api:?}");
        }
    }
}

//! The APIs that kaftop sends, the versions of each that it accepts, and the choice among a broker's versions.

use std::collections::BTreeMap;
use std::fmt;

/// A closed range of versions of one API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// Lowest version.
    pub min: i16,
    /// Highest version.
    pub max: i16,
}

impl VersionRange {
    /// A range from `min` to `max`, both included.
    pub const fn new(min: i16, max: i16) -> Self {
        Self { min, max }
    }

    /// Highest version in both ranges.
    pub fn highest_common(self, other: Self) -> Option<i16> {
        let highest = self.max.min(other.max);
        (highest >= self.min && highest >= other.min).then_some(highest)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            write!(out, "version {}", self.min)
        } else {
            write!(out, "versions {} to {}", self.min, self.max)
        }
    }
}

macro_rules! apis {
    ($($(#[$doc:meta])* $name:ident = $key:literal, $min:literal to $max:literal;)*) => {
        /// An API of the Kafka protocol that kaftop sends. All of them only read, but for `ElectLeaders`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Api {
            $($(#[$doc])* $name,)*
        }

        impl Api {
            /// Every API that kaftop sends.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The API key on the wire.
            pub const fn key(self) -> i16 {
                match self { $(Self::$name => $key,)* }
            }

            /// Kafka's own name of the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The versions that kaftop accepts; all of them are flexible (KIP-482).
            pub const fn ours(self) -> VersionRange {
                match self { $(Self::$name => VersionRange::new($min, $max),)* }
            }
        }
    };
}

apis! {
    /// One record of a partition. From version 13 on topics go by id alone (KIP-516).
    Fetch = 1, 12 to 17;
    /// First and last offsets (KIP-79), asked of partition leaders.
    ListOffsets = 2, 6 to 10;
    /// Brokers, topics, leaders, ISR. Version 10 adds topic ids.
    Metadata = 3, 9 to 13;
    /// Committed offsets, from version 8 on of many groups at once (KIP-709). Version 10 drops topic names (KIP-848)
    /// and the codec cannot yet build its request, so version 9 is the last.
    OffsetFetch = 9, 8 to 9;
    /// Members and assignments of classic groups.
    DescribeGroups = 15, 5 to 6;
    /// The groups that the asked broker coordinates.
    ListGroups = 16, 3 to 5;
    /// The versions that a broker speaks. Its answer never has a flexible header (KIP-511).
    ApiVersions = 18, 3 to 4;
    /// Configuration values of topics and brokers.
    DescribeConfigs = 32, 4 to 4;
    /// Log directories of the asked broker; version 4 adds disk size and room (KIP-827).
    DescribeLogDirs = 35, 2 to 4;
    /// The election of preferred leaders (KIP-183), which is sent for a confirmed act alone.
    ElectLeaders = 43, 2 to 2;
    /// Reassignments under way (KIP-455).
    ListPartitionReassignments = 46, 0 to 0;
    /// State of the controller quorum (KIP-595, KIP-836).
    DescribeQuorum = 55, 0 to 2;
    /// Brokers as the controller sees them; version 2 adds fenced ones (KIP-1073).
    DescribeCluster = 60, 0 to 2;
    /// Members and assignments of groups of the new protocol (KIP-848).
    ConsumerGroupDescribe = 69, 0 to 1;
    /// Partitions of topics page by page, with eligible leader replicas (KIP-966).
    DescribeTopicPartitions = 75, 0 to 0;
    /// Members and assignments of share groups (KIP-932). Version 0 was early access and is not in the codec.
    ShareGroupDescribe = 77, 1 to 1;
    /// Start offsets of share groups (KIP-932). Version 1 adds lags (KIP-1226); the codec lacks it, so that the answer is
    /// read by hand.
    DescribeShareGroupOffsets = 90, 0 to 1;
}

impl Api {
    /// Version of the answer's header: 1 carries tags, and `ApiVersions` stays at 0 (KIP-511).
    pub const fn answer_header(self) -> i16 {
        match self {
            Self::ApiVersions => 0,
            _ => 1,
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// What one broker said about itself in `ApiVersions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// Range of versions per API key, also of APIs that kaftop never sends.
    pub ranges: BTreeMap<i16, VersionRange>,
    /// Finalized feature levels by name, e.g. `metadata.version` (KIP-584); empty in `ZooKeeper` mode.
    pub finalized: BTreeMap<String, i16>,
    /// Ranges of feature levels that the broker could take part in.
    pub supported: BTreeMap<String, VersionRange>,
}

impl Versions {
    /// The versions of `api` that the broker speaks.
    pub fn theirs(&self, api: Api) -> Option<VersionRange> {
        self.ranges.get(&api.key()).copied()
    }

    /// Highest version of `api` that both sides speak.
    pub fn highest_common(&self, api: Api) -> Option<i16> {
        self.theirs(api)?.highest_common(api.ours())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::ApiKey;

    #[test]
    fn highest_common_version() {
        let cases = [
            ((3, 4), (0, 4), Some(4)),
            ((3, 4), (0, 3), Some(3)),
            ((3, 4), (0, 2), None),
            ((3, 4), (5, 9), None),
            ((8, 9), (8, 10), Some(9)),
            ((0, 0), (0, 0), Some(0)),
            // A range upside down holds no version.
            ((0, 5), (4, 3), None),
        ];
        for ((min, max), (low, high), expected) in cases {
            let ours = VersionRange::new(min, max);
            let theirs = VersionRange::new(low, high);
            assert_eq!(ours.highest_common(theirs), expected, "{ours} and {theirs}");
        }
    }

    #[test]
    fn the_table_names_only_flexible_versions_of_what_the_codec_knows() {
        for &api in Api::ALL {
            let key = ApiKey::try_from(api.key()).unwrap();
            assert_eq!(format!("{key:?}"), api.name());
            let mut known = key.valid_versions();
            if api == Api::DescribeShareGroupOffsets {
                // Written as version 0 and read by hand.
                assert_eq!(known.max, 0);
                known.max = 1;
            }
            assert!(api.ours().min <= api.ours().max);
            assert!(
                known.min <= api.ours().min && api.ours().max <= known.max,
                "{api}: codec knows {known}"
            );
            for version in api.ours().min..=api.ours().max {
                assert_eq!(
                    key.request_header_version(version),
                    2,
                    "{api} {version} is not flexible"
                );
                assert_eq!(
                    key.response_header_version(version),
                    api.answer_header(),
                    "{api} {version}"
                );
            }
        }
    }
}

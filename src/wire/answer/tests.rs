//! What the answers of a broker become as plain values.

use crate::wire::fixture::{body, read};
use crate::wire::versions::Api;

/// API, version, parts that its answer has, parts that it has not.
type Case = (Api, i16, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    (
        Api::Metadata,
        13,
        &[
            "rack: Some(\"a\")",
            "rack: None",
            "leader: None, leader_epoch: Some(9)",
            "offline: [3]",
            "KafkaCode(5)",
            "id: Some(1234",
        ],
        &[],
    ),
    (
        Api::Metadata,
        9,
        &["id: None", "leader: Some(1)"],
        &["id: Some(1234"],
    ),
    (Api::DescribeCluster, 2, &["fenced: true", "fenced: false"], &[]),
    (Api::DescribeCluster, 1, &["fenced: false"], &["fenced: true"]),
    (
        Api::DescribeQuorum,
        0,
        &["last_fetch_ms: None", "nodes: []", "high_watermark: Some(699)"],
        &[],
    ),
    (
        Api::DescribeQuorum,
        2,
        &[
            "last_fetch_ms: Some(1700000000000), last_caught_up_ms: None",
            "(\"CONTROLLER\", \"kafka\", 9093)",
        ],
        &[],
    ),
    (
        Api::DescribeLogDirs,
        3,
        &["total_bytes: None", "KafkaCode(56)", "future: true"],
        &["total_bytes: Some"],
    ),
    (
        Api::DescribeLogDirs,
        4,
        &[
            "total_bytes: Some(1099511627776)",
            "usable_bytes: Some(549755813888)",
        ],
        &[],
    ),
    (
        Api::ElectLeaders,
        2,
        &[
            "partition: 0, error: None, words: None",
            "partition: 1, error: Some(KafkaCode(80)), words: Some(",
        ],
        &[],
    ),
    (Api::ListGroups, 3, &["state: None, kind: None"], &[]),
    (
        Api::ListGroups,
        5,
        &["state: Some(\"Stable\"), kind: Some(\"classic\")"],
        &[],
    ),
    (
        Api::DescribeGroups,
        6,
        &[
            "assignment: Some([AssignedTopic { id: None, topic: \"t\", partitions: [5] }])",
            "KafkaCode(69)",
            "Group gone",
        ],
        &[],
    ),
    (
        Api::ConsumerGroupDescribe,
        1,
        &[
            "topic: \"orders\", partitions: [0, 1]",
            "assignor: Some(\"uniform\")",
        ],
        &[],
    ),
    (
        Api::ShareGroupDescribe,
        1,
        &[
            "topic: \"orders\", partitions: [0, 1]",
            "assignor: Some(\"simple\")",
            "KafkaCode(69)",
        ],
        &[],
    ),
    (
        Api::DescribeShareGroupOffsets,
        0,
        &[
            "partition: 0, start: Some(42), lag: None",
            "partition: 1, start: None",
        ],
        &["lag: Some"],
    ),
    (
        Api::DescribeShareGroupOffsets,
        1,
        &[
            "partition: 0, start: Some(42), lag: Some(7)",
            "partition: 1, start: None, lag: None",
            "KafkaCode(3)",
        ],
        &[],
    ),
    (
        Api::OffsetFetch,
        8,
        &[
            "offset: Some(42), leader_epoch: None, metadata: None",
            "offset: None",
            "KafkaCode(16)",
        ],
        &[],
    ),
    (
        Api::ListOffsets,
        10,
        &[
            "offset: Some(50), leader_epoch: Some(4)",
            "offset: None",
            "KafkaCode(6)",
        ],
        &[],
    ),
    (
        Api::DescribeConfigs,
        4,
        &[
            "value: Some(\"2\"), source: Default",
            "Topic(\"secret\")",
            "KafkaCode(29)",
        ],
        &[],
    ),
    (
        Api::ListPartitionReassignments,
        0,
        &["adding: [3], removing: [1]"],
        &[],
    ),
    (
        Api::DescribeTopicPartitions,
        0,
        &[
            "current: Some([2]), last_known: None",
            "next: Some((\"orders\", 1))",
        ],
        &[],
    ),
    (
        Api::ApiVersions,
        3,
        &[
            "finalized: {\"metadata.version\": 27}",
            "VersionRange { min: 7, max: 27 }",
        ],
        &[],
    ),
];

#[test]
fn answers_keep_what_is_known_and_drop_what_is_not() {
    for (api, version, present, absent) in CASES {
        let answer = read(*api, *version, body(*api, *version)).unwrap();
        for part in *present {
            assert!(answer.contains(part), "{api} {version} has no {part}: {answer}");
        }
        for part in *absent {
            assert!(!answer.contains(part), "{api} {version} has {part}: {answer}");
        }
    }
}

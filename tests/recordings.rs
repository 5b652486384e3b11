//! The recordings of the repository, and how recordings are compared.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends with a panic"
)]

use recording::form::{PartitionState, Recording, What};
use recording::sequence::{Match, differences};

#[path = "kit/recording/mod.rs"]
mod recording;

const KRAFT: [&str; 2] = [
    include_str!("recordings/kraft.jsonl"),
    include_str!("recordings/kraft-2.jsonl"),
];
const ZOOKEEPER: [&str; 2] = [
    include_str!("recordings/zookeeper.jsonl"),
    include_str!("recordings/zookeeper-2.jsonl"),
];

fn read(text: &str) -> Recording {
    let recording = Recording::from_lines(text).unwrap();
    assert_eq!(recording.to_lines(), text, "written as it is read");
    recording
}

/// The verbs of the acts with the number of their nodes.
fn acts(recording: &Recording) -> Vec<(&str, usize)> {
    let acts = recording.events.iter().filter_map(|event| match &event.what {
        What::Act { verb, nodes } => Some((verb.as_str(), nodes.len())),
        _ => None,
    });
    acts.collect()
}

#[test]
fn the_tours_are_recorded_whole() {
    let brokers = [
        ("stop", 1),
        ("start", 1),
        ("kill", 1),
        ("start", 1),
        ("pause", 1),
        ("unpause", 1),
        ("cut", 1),
        ("heal", 1),
        ("kill", 2),
        ("start", 2),
    ];
    let ensemble = [("stop", 1), ("kill", 1), ("start", 2)];
    let whole = [&brokers[..], &ensemble].concat();
    let kraft = KRAFT.map(|text| ("kraft", text, brokers.to_vec()));
    let zookeeper = ZOOKEEPER.map(|text| ("zookeeper", text, whole.clone()));
    for (mode, text, expected) in kraft.into_iter().chain(zookeeper) {
        let recording = read(text);
        assert_eq!(recording.head.mode, mode);
        assert_eq!(acts(&recording), expected);
        let partitions: usize = recording
            .head
            .topics
            .values()
            .map(|topic| topic.replicas.len())
            .sum();
        assert_eq!(partitions, 259);
        let levels = recording.events.iter().filter_map(|event| match &event.what {
            What::Change(change) => change.level.as_deref(),
            _ => None,
        });
        let levels: Vec<&str> = levels.collect();
        assert_eq!((levels[0], levels[levels.len() - 1]), ("ok", "ok"));
    }
}

/// A recording equals itself, and one that differs in any change of a partition that lasted does not equal it.
#[test]
fn a_changed_copy_is_told_from_the_recording() {
    for text in KRAFT.into_iter().chain(ZOOKEEPER) {
        let truth = read(text);
        for how in [Match::ByName, Match::ByReplicas] {
            assert_eq!(differences(&truth, &truth, how), [""; 0]);
        }
        let mut told = 0;
        for place in (0..truth.events.len()).step_by(5) {
            let Some(copy) = with_another_epoch(&truth, place) else {
                continue;
            };
            told += usize::from(!differences(&truth, &copy, Match::ByName).is_empty());
        }
        assert!(told >= 3, "{told} changed copies are told");
    }
}

/// The recording with another epoch in one of its changes of partitions.
fn with_another_epoch(recording: &Recording, place: usize) -> Option<Recording> {
    let mut copy = recording.clone();
    let What::Change(change) = &mut copy.events[place].what else {
        return None;
    };
    let PartitionState { bump, .. } = &mut change.partitions.first_mut()?.state;
    *bump += 7;
    Some(copy)
}

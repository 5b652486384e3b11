//! What the versions that a broker advertises tell of its release.

use crate::model::cluster::Mode;
use crate::model::observation::Release;
use crate::wire::{Api, VersionRange, Versions};

/// Fetch 15 came with 3.5 (KIP-903).
const FETCH_OF_3_5: i16 = 15;
/// Fetch 16 came with 3.7 (KIP-951), as did the cap of min ISR at the replica count.
const FETCH_OF_3_7: i16 = 16;
/// The highest level of the feature `metadata.version` that a broker of the newest tested release, 4.3, takes part in.
const METADATA_OF_4_3: i16 = 30;

/// What the versions tell.
pub(super) fn release(versions: &Versions) -> Release {
    let fetch = versions.theirs(Api::Fetch).map(|range| range.max);
    // Brokers in ZooKeeper mode do not offer DescribeQuorum; controllers and brokers of KRaft do.
    let mode = match versions.theirs(Api::DescribeQuorum) {
        Some(_) => Mode::Kraft,
        None => Mode::ZooKeeper,
    };
    Release {
        mode: Some(mode),
        caps_min_isr: fetch.map(|max| max >= FETCH_OF_3_7),
        note: note(fetch, versions.supported.get("metadata.version").copied()),
    }
}

fn note(fetch: Option<i16>, metadata: Option<VersionRange>) -> Option<String> {
    if fetch.is_none_or(|max| max < FETCH_OF_3_5) {
        return Some("older than Kafka 3.5: kaftop was not tested with it".to_owned());
    }
    let newer = metadata.is_some_and(|range| range.max > METADATA_OF_4_3);
    newer.then(|| "newer than Kafka 4.3: kaftop was not tested with it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(fetch: i16, quorum: bool, metadata: Option<i16>) -> Versions {
        let mut versions = Versions::default();
        versions
            .ranges
            .insert(Api::Fetch.key(), VersionRange::new(0, fetch));
        if quorum {
            versions
                .ranges
                .insert(Api::DescribeQuorum.key(), VersionRange::new(0, 1));
        }
        if let Some(max) = metadata {
            versions
                .supported
                .insert("metadata.version".to_owned(), VersionRange::new(1, max));
        }
        versions
    }

    #[test]
    fn mode_cap_and_note_follow_from_the_versions() {
        let (kraft, zookeeper) = (Mode::Kraft, Mode::ZooKeeper);
        let cases = [
            // Fetch, DescribeQuorum, highest metadata.version; mode, caps min ISR, note.
            ((15, false, Some(11)), (zookeeper, false, None)),
            ((17, false, Some(21)), (zookeeper, true, None)),
            ((16, true, Some(19)), (kraft, true, None)),
            ((17, true, Some(27)), (kraft, true, None)),
            ((13, true, Some(7)), (kraft, false, Some("older than Kafka 3.5"))),
            ((18, true, Some(METADATA_OF_4_3)), (kraft, true, None)),
            (
                (19, true, Some(METADATA_OF_4_3 + 1)),
                (kraft, true, Some("newer than Kafka 4.3")),
            ),
        ];
        for ((fetch, quorum, metadata), (mode, caps, note)) in cases {
            let release = release(&versions(fetch, quorum, metadata));
            assert_eq!(release.mode, Some(mode), "{fetch}");
            assert_eq!(release.caps_min_isr, Some(caps), "{fetch}");
            match note {
                Some(part) => assert!(release.note.unwrap().contains(part), "{fetch}"),
                None => assert_eq!(release.note, None, "{fetch}"),
            }
        }
    }
}

//! What tells one answer from another, and where an answer holds what the broker chooses anew each time.
//!
//! In KRaft a broker names any live broker as the controller in Metadata, another one in each answer
//! (`KRaftMetadataCache.getRandomAliveBrokerId`), so two answers that say the same differ in that field.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

/// What tells one answer from another on the same connection: a hash whose key nobody else knows, so that no broker can
/// make two answers that look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of an answer without the bytes that say nothing.
    pub(super) fn of(hasher: &RandomState, body: &[u8], whim: &Range<usize>) -> Self {
        Self(hasher.hash_one((body.get(..whim.start), body.get(whim.end..))))
    }
}

/// The place of the controller's id in a Metadata answer of a flexible version; nothing where the bytes before it are not
/// what they should be.
pub(super) fn controller_in_metadata(body: &[u8]) -> Option<Range<usize>> {
    let mut walk = Walk { body, at: 0 };
    // The throttle time.
    walk.skip(4)?;
    for _ in 0..walk.length()? {
        walk.skip(4)?;
        walk.string()?;
        walk.skip(4)?;
        walk.string()?;
        walk.tags()?;
    }
    walk.string()?;
    let from = walk.at;
    walk.skip(4)?;
    Some(from..walk.at)
}

/// A walk through compact fields (KIP-482).
struct Walk<'a> {
    body: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn skip(&mut self, bytes: usize) -> Option<()> {
        let to = self.at.checked_add(bytes)?;
        self.body.get(self.at..to)?;
        self.at = to;
        Some(())
    }

    fn varint(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for shift in [0, 7, 14, 21, 28] {
            let byte = *self.body.get(self.at)?;
            self.at += 1;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A length, of which null is none.
    fn length(&mut self) -> Option<usize> {
        Some(self.varint()?.saturating_sub(1))
    }

    fn string(&mut self) -> Option<()> {
        let length = self.length()?;
        self.skip(length)
    }

    /// Tagged fields, of which brokers put none here.
    fn tags(&mut self) -> Option<()> {
        (self.varint()? == 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::fixture;
    use crate::wire::versions::Api;
    use proptest::prelude::*;

    #[test]
    fn the_controller_is_found_in_every_version() {
        for version in 9..=13 {
            let body = fixture::body(Api::Metadata, version);
            let place = controller_in_metadata(&body).unwrap();
            let id = fixture::metadata(version).controller_id.0;
            assert_eq!(body.get(place), Some(&id.to_be_bytes()[..]), "version {version}");
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_are_walked_to_their_end_at_most(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(place) = controller_in_metadata(&bytes) {
                prop_assert!(place.end <= bytes.len() && place.len() == 4);
            }
        }
    }
}

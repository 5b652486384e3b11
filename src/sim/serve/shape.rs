//! The shapes of the requests that are served, walked before the codec sees a request.
//!
//! The array decoders of `kafka-protocol` reserve room for as many items as the client names. So each request is first
//! walked by its shape, which allocates nothing: every length and count must be covered by bytes that are there.

use bytes::Buf;
use kafka_protocol::messages::ApiKey;

/// Most array items of one request, nested ones included: twice the partitions of the largest cluster that is simulated.
const MOST_ITEMS: usize = 400_000;

/// The fields of a request's body in one version, a letter each: `b`, `h`, `i` and `q` for integers of 1, 2, 4 and 8 bytes,
/// `u` for a UUID, `s` for a string, `B` for bytes, `[..]` for an array of one such field, `{..}` for an array of
/// structs, `<..>` for a struct that may be null. Source: the message schemas of Apache Kafka.
fn shape(api: ApiKey, version: i16) -> Option<&'static str> {
    Some(match (api, version) {
        (ApiKey::Produce, 3..=12) => "shi{s{iB}}",
        (ApiKey::Produce, 13) => "shi{u{iB}}",
        (ApiKey::Fetch, 4) => "iiiib{s{iqi}}",
        (ApiKey::Fetch, 5..=6) => "iiiib{s{iqqi}}",
        (ApiKey::Fetch, 7..=8) => "iiiibii{s{iqqi}}{s[i]}",
        (ApiKey::Fetch, 9..=10) => "iiiibii{s{iiqqi}}{s[i]}",
        (ApiKey::Fetch, 11) => "iiiibii{s{iiqqi}}{s[i]}s",
        (ApiKey::Fetch, 12) => "iiiibii{s{iiqiqi}}{s[i]}s",
        (ApiKey::Fetch, 13..=14) => "iiiibii{u{iiqiqi}}{u[i]}s",
        (ApiKey::Fetch, 15..=18) => "iiibii{u{iiqiqi}}{u[i]}s",
        (ApiKey::ListOffsets, 1) => "i{s{iq}}",
        (ApiKey::ListOffsets, 2..=3) => "ib{s{iq}}",
        (ApiKey::ListOffsets, 4..=9) => "ib{s{iiq}}",
        (ApiKey::ListOffsets, 10) => "ib{s{iiq}}i",
        (ApiKey::Metadata, 0..=3) => "{s}",
        (ApiKey::Metadata, 4..=7) => "{s}b",
        (ApiKey::Metadata, 8..=9) => "{s}bbb",
        (ApiKey::Metadata, 10) => "{us}bbb",
        (ApiKey::Metadata, 11..=13) => "{us}bb",
        (ApiKey::OffsetCommit, 2..=4) => "sisq{s{iqs}}",
        (ApiKey::OffsetCommit, 5) => "sis{s{iqs}}",
        (ApiKey::OffsetCommit, 6) => "sis{s{iqis}}",
        (ApiKey::OffsetCommit, 7..=9) => "siss{s{iqis}}",
        (ApiKey::OffsetFetch, 1..=6) => "s{s[i]}",
        (ApiKey::OffsetFetch, 7) => "s{s[i]}b",
        (ApiKey::OffsetFetch, 8) => "{s{s[i]}}b",
        (ApiKey::OffsetFetch, 9) => "{ssi{s[i]}}b",
        (ApiKey::FindCoordinator, 0) => "s",
        (ApiKey::FindCoordinator, 1..=3) => "sb",
        (ApiKey::FindCoordinator, 4..=6) => "b[s]",
        (ApiKey::DescribeGroups, 0..=2) | (ApiKey::ListGroups, 4) => "[s]",
        (ApiKey::DescribeGroups, 3..=6) | (ApiKey::ConsumerGroupDescribe, 0..=1) => "[s]b",
        (ApiKey::ListGroups, 0..=3) | (ApiKey::ApiVersions, 0..=2) => "",
        (ApiKey::ListGroups, 5) => "[s][s]",
        (ApiKey::ApiVersions, 3..=4) => "ss",
        (ApiKey::CreateTopics, 2..=7) => "{sih{i[i]}{ss}}ib",
        (ApiKey::DeleteTopics, 1..=5) => "[s]i",
        (ApiKey::DeleteTopics, 6) => "{su}i",
        (ApiKey::InitProducerId, 0..=2) => "si",
        (ApiKey::InitProducerId, 3..=5) => "siqh",
        (ApiKey::OffsetForLeaderEpoch, 2) => "{s{iii}}",
        (ApiKey::OffsetForLeaderEpoch, 3..=4) => "i{s{iii}}",
        (ApiKey::DescribeConfigs, 1..=2) => "{bs[s]}b",
        (ApiKey::DescribeConfigs, 3..=4) => "{bs[s]}bb",
        (ApiKey::DescribeLogDirs, 1..=4) => "{s[i]}",
        (ApiKey::ElectLeaders, 0) => "{s[i]}i",
        (ApiKey::ElectLeaders, 1..=2) => "b{s[i]}i",
        (ApiKey::ListPartitionReassignments, 0) => "i{s[i]}",
        (ApiKey::DescribeQuorum, 0..=2) => "{s{i}}",
        (ApiKey::DescribeCluster, 0) => "b",
        (ApiKey::DescribeCluster, 1) => "bb",
        (ApiKey::DescribeCluster, 2) => "bbb",
        (ApiKey::DescribeTopicPartitions, 0) => "{s}i<si>",
        _ => return None,
    })
}

/// Whether the body of a request holds every item and every byte that it names.
///
/// What follows the body is not looked at, as Kafka does not look at it. False also where the API or version is not served.
pub(super) fn holds(api: ApiKey, version: i16, body: &[u8]) -> bool {
    behind(api, version, body).is_some()
}

/// What follows the body of a request; none where the bytes do not hold one.
pub(super) fn behind(api: ApiKey, version: i16, body: &[u8]) -> Option<&[u8]> {
    let mut walk = Walk {
        bytes: body,
        flexible: is_flexible(api, version),
        items: 0,
    };
    walk.fields(shape(api, version)?.as_bytes())?;
    walk.tags()?;
    Some(walk.rest())
}

/// Whether a request is of a flexible version (KIP-482): compact lengths, and tags at the end of each struct.
pub(super) fn is_flexible(api: ApiKey, version: i16) -> bool {
    api.request_header_version(version) >= 2
}

/// A walk over bytes of which nothing is known yet; each step is none where they do not fit.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    flexible: bool,
    items: usize,
}

impl<'a> Walk<'a> {
    /// A walk over the tags of a request's header, for `tags`.
    pub(super) fn flexible(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            flexible: true,
            items: 0,
        }
    }

    /// What was not walked yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    fn fields(&mut self, mut shape: &[u8]) -> Option<()> {
        while let Some((field, rest)) = shape.split_first() {
            shape = rest;
            let open = matches!(field, b'[' | b'{' | b'<');
            let inner = if open {
                let end = closing(rest)?;
                shape = rest.get(end + 1..)?;
                rest.get(..end)?
            } else {
                &[]
            };
            match field {
                b'b' => self.skip(1)?,
                b'h' => self.skip(2)?,
                b'i' => self.skip(4)?,
                b'q' => self.skip(8)?,
                b'u' => self.skip(16)?,
                b's' => {
                    let length = self.length(2)?;
                    self.skip(length)?;
                }
                b'B' => {
                    let length = self.length(4)?;
                    self.skip(length)?;
                }
                b'[' => {
                    for _ in 0..self.count()? {
                        self.fields(inner)?;
                    }
                }
                b'{' => {
                    for _ in 0..self.count()? {
                        self.fields(inner)?;
                        self.tags()?;
                    }
                }
                b'<' => {
                    if self.bytes.try_get_i8().ok()? >= 0 {
                        self.fields(inner)?;
                        self.tags()?;
                    }
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// Walks the tags at the end of a struct, where there are such.
    pub(super) fn tags(&mut self) -> Option<()> {
        if !self.flexible {
            return Some(());
        }
        for _ in 0..self.varint()? {
            self.varint()?;
            let size = usize::try_from(self.varint()?).ok()?;
            self.skip(size)?;
        }
        Some(())
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.bytes = self.bytes.get(bytes..)?;
        Some(())
    }

    /// A length of `width` bytes, or a compact one; null counts as 0.
    fn length(&mut self, width: usize) -> Option<usize> {
        let length = if self.flexible {
            i64::from(self.varint()?) - 1
        } else {
            self.bytes.try_get_int(width).ok()?
        };
        usize::try_from(length.max(0)).ok()
    }

    /// A count of items, of which each takes at least one byte.
    fn count(&mut self) -> Option<usize> {
        let count = self.length(4)?;
        self.items = self.items.checked_add(count)?;
        (count <= self.bytes.len() && self.items <= MOST_ITEMS).then_some(count)
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0_u64;
        for place in 0..5_u32 {
            let byte = self.bytes.try_get_u8().ok()?;
            value |= u64::from(byte & 0x7f) << (place * 7);
            if byte < 0x80 {
                return u32::try_from(value).ok();
            }
        }
        None
    }
}

/// Where the bracket that was just opened closes.
fn closing(shape: &[u8]) -> Option<usize> {
    let mut depth = 1_usize;
    shape.iter().position(|letter| {
        match letter {
            b'[' | b'{' | b'<' => depth += 1,
            b']' | b'}' | b'>' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

//! The assignment bytes of a member of a classic consumer group.
//!
//! They are written by the client that leads the group, not by the broker, and in the old, non-flexible form
//! (`ConsumerProtocolAssignment`, versions 0 to 3): version as i16, then an array of topic and partitions with
//! 32-bit counts, then user data. [`crate::wire::guard`] cannot bound such counts, so they are read here by hand.

use bytes::{Buf, Bytes};

/// Topics and partitions in assignment bytes; `None` where the bytes are not of that form.
///
/// Empty bytes are an empty assignment: that is what a member has while its group rebalances.
pub(crate) fn parse(mut bytes: Bytes) -> Option<Vec<(String, Vec<i32>)>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    // Later versions only append fields (ConsumerProtocol.java reads them with the newest known schema).
    let version = bytes.try_get_i16().ok()?;
    if version < 0 {
        return None;
    }
    // A topic takes at least 6 bytes: length of its name and count of its partitions.
    let count = counted(&mut bytes, 6)?;
    let mut topics = Vec::with_capacity(count);
    for _ in 0..count {
        let length = usize::try_from(bytes.try_get_i16().ok()?).ok()?;
        if length > bytes.remaining() {
            return None;
        }
        let name = String::from_utf8(bytes.split_to(length).into()).ok()?;
        let count = counted(&mut bytes, 4)?;
        let mut partitions = Vec::with_capacity(count);
        for _ in 0..count {
            partitions.push(bytes.try_get_i32().ok()?);
        }
        topics.push((name, partitions));
    }
    Some(topics)
}

/// A count of items of at least `least` bytes each, refused where so many cannot be there.
fn counted(bytes: &mut Bytes, least: usize) -> Option<usize> {
    let count = usize::try_from(bytes.try_get_i32().ok()?).ok()?;
    (count.checked_mul(least)? <= bytes.remaining()).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;
    use kafka_protocol::messages::ConsumerProtocolAssignment;
    use kafka_protocol::messages::consumer_protocol_assignment::TopicPartition;
    use kafka_protocol::protocol::Encodable;
    use proptest::prelude::*;

    fn written(version: i16) -> Bytes {
        let topic = |name: &'static str, partitions| {
            TopicPartition::default()
                .with_topic(name.into_name())
                .with_partitions(partitions)
        };
        let message = ConsumerProtocolAssignment::default()
            .with_assigned_partitions(vec![topic("orders", vec![0, 2]), topic("empty", vec![])])
            .with_user_data(Some(Bytes::from_static(b"sticky")));
        let mut bytes = BytesMut::new();
        bytes.extend_from_slice(&version.to_be_bytes());
        message.encode(&mut bytes, version).unwrap();
        bytes.freeze()
    }

    trait IntoName {
        fn into_name(self) -> kafka_protocol::messages::TopicName;
    }
    impl IntoName for &'static str {
        fn into_name(self) -> kafka_protocol::messages::TopicName {
            kafka_protocol::protocol::StrBytes::from_static_str(self).into()
        }
    }

    #[test]
    fn what_clients_write_is_read() {
        let expected = vec![("orders".to_owned(), vec![0, 2]), ("empty".to_owned(), vec![])];
        for version in 0..=3 {
            assert_eq!(
                parse(written(version)),
                Some(expected.clone()),
                "version {version}"
            );
        }
        assert_eq!(parse(Bytes::new()), Some(vec![]));
    }

    #[test]
    fn other_bytes_are_no_assignment() {
        let cases: &[(&str, &[u8])] = &[
            ("one byte", &[0]),
            ("negative version", &[0xff, 0xff, 0, 0, 0, 0]),
            ("a count of 2 billion", &[0, 0, 0x7f, 0xff, 0xff, 0xff]),
            ("a negative count", &[0, 0, 0xff, 0xff, 0xff, 0xff]),
            (
                "a name longer than the bytes",
                &[0, 0, 0, 0, 0, 1, 0, 9, b'a', 0, 0, 0],
            ),
            (
                "a name that is not UTF-8",
                &[0, 0, 0, 0, 0, 1, 0, 1, 0xff, 0, 0, 0, 0],
            ),
            (
                "partitions that are not there",
                &[0, 0, 0, 0, 0, 1, 0, 1, b'a', 0, 0, 0, 9],
            ),
        ];
        for (name, bytes) in cases {
            assert_eq!(parse(Bytes::from_static(bytes)), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let size = bytes.len();
            if let Some(topics) = parse(Bytes::from(bytes)) {
                prop_assert!(topics.len() <= size);
            }
        }

        #[test]
        fn mutated_assignments_are_read_without_harm(place in 0_usize..60, byte: u8, cut in 0_usize..60) {
            let mut bytes = written(1).to_vec();
            let length = bytes.len();
            bytes[place % length] = byte;
            bytes.truncate(cut.max(1));
            let _ = parse(Bytes::from(bytes));
        }
    }
}

//! Identities of the protocol.

use std::fmt;

use super::text::Name;

/// The id of a broker (`broker.id`, `node.id`). Controllers and voters of a KRaft quorum share the number space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BrokerId(pub i32);

impl fmt::Display for BrokerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

/// A topic's id (KIP-516): it changes when a topic is deleted and made again under the same name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(pub [u8; 16]);

/// The URL-safe base64 without padding that Kafka's own tools print (`org.apache.kafka.common.Uuid`).
impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bits = u128::from_be_bytes(self.0);
        let mut text = String::with_capacity(22);
        for place in 0..22u32 {
            // 22 digits of 6 bits are 132 bits: the last digit holds the 2 lowest bits and 4 zeros.
            let six = if place < 21 {
                (bits >> (122 - 6 * place)) & 63
            } else {
                (bits << 4) & 63
            };
            if let Some(letter) = usize::try_from(six).ok().and_then(|index| ALPHABET.get(index)) {
                text.push(char::from(*letter));
            }
        }
        f.pad(&text)
    }
}

impl fmt::Debug for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// One partition of one topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionId {
    /// The topic's name.
    pub topic: Name,
    /// The partition's number.
    pub partition: i32,
}

impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.topic, self.partition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_ids_print_as_kafka_prints_them() {
        // org.apache.kafka.common.Uuid.METADATA_TOPIC_ID and a value of its unit test.
        assert_eq!(
            TopicId([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]).to_string(),
            "AAAAAAAAAAAAAAAAAAAAAQ"
        );
        let bytes = 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10_u128.to_be_bytes();
        assert_eq!(TopicId(bytes).to_string(), "AQIDBAUGBwgJCgsMDQ4PEA");
    }
}

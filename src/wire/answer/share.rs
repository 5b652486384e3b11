//! Share groups (KIP-932), as their coordinator knows them.

use super::group::{AssignedTopic, Client};
use super::{filled, number, owned};
use crate::wire::code::KafkaCode;
use crate::wire::guard::Guarded;
use bytes::Buf;
use kafka_protocol::messages as wire;
use kafka_protocol::messages::share_group_describe_response as described;
use kafka_protocol::protocol::buf::ByteBuf;

/// Described share groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareGroups {
    /// One for each group that was asked for.
    pub groups: Vec<ShareGroup>,
}

/// A share group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareGroup {
    /// Why the group is not described.
    pub error: Option<KafkaCode>,
    /// Group id.
    pub id: String,
    /// State in Kafka's words.
    pub state: String,
    /// Server-side assignor.
    pub assignor: Option<String>,
    /// Members.
    pub members: Vec<ShareMember>,
}

/// A member of a share group. Several members can be assigned the same partition: its records are shared out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareMember {
    /// Member id.
    pub id: String,
    /// Its client.
    pub client: Client,
    /// What it reads.
    pub assignment: Vec<AssignedTopic>,
}

pub(in crate::wire) fn share_groups(response: &wire::ShareGroupDescribeResponse) -> ShareGroups {
    ShareGroups {
        groups: response.groups.iter().map(share_group).collect(),
    }
}

fn share_group(group: &described::DescribedGroup) -> ShareGroup {
    ShareGroup {
        error: KafkaCode::from_wire(group.error_code),
        id: owned(&group.group_id),
        state: owned(&group.group_state),
        assignor: filled(&group.assignor_name),
        members: group.members.iter().map(share_member).collect(),
    }
}

fn share_member(member: &described::Member) -> ShareMember {
    let topic = |topic: &described::TopicPartitions| AssignedTopic {
        id: (!topic.topic_id.is_nil()).then_some(topic.topic_id),
        topic: owned(&topic.topic_name),
        partitions: topic.partitions.clone(),
    };
    ShareMember {
        id: owned(&member.member_id),
        client: Client {
            id: owned(&member.client_id),
            host: owned(&member.client_host),
        },
        assignment: member.assignment.topic_partitions.iter().map(topic).collect(),
    }
}

/// Where share groups are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareOffsets {
    /// One for each group that was asked for.
    pub groups: Vec<ShareGroupOffsets>,
}

/// Where one share group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareGroupOffsets {
    /// Why that is not known.
    pub error: Option<KafkaCode>,
    /// Group id.
    pub group: String,
    /// The partitions that it reads.
    pub places: Vec<ShareOffset>,
}

/// Where a share group is on one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareOffset {
    /// Why that is not known.
    pub error: Option<KafkaCode>,
    /// Name of the topic.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// All records below it are done with; none where the group has not begun to read.
    pub start: Option<i64>,
    /// Records that are not done with, from version 1 on.
    pub lag: Option<i64>,
}

/// Reads `DescribeShareGroupOffsetsResponse` of version 0 or 1; the error says what is wrong with the bytes.
pub(in crate::wire) fn share_offsets(version: i16, body: &mut Guarded) -> Result<ShareOffsets, String> {
    let mut read = ByHand(body);
    let _throttled = read.int32()?;
    let groups = read.array(|read| {
        let group = read.string()?;
        let topics = read.array(|read| topic(version, read))?;
        let error = KafkaCode::from_wire(read.int16()?);
        let _message = read.nullable_string()?;
        read.tags()?;
        Ok(ShareGroupOffsets {
            error,
            group,
            places: topics.into_iter().flatten().collect(),
        })
    })?;
    read.tags()?;
    Ok(ShareOffsets { groups })
}

fn topic(version: i16, read: &mut ByHand<'_>) -> Result<Vec<ShareOffset>, String> {
    let topic = read.string()?;
    read.skip(16)?;
    let places = read.array(|read| {
        let partition = read.int32()?;
        let start = number(read.int64()?);
        let _leader_epoch = read.int32()?;
        let lag = if version >= 1 { number(read.int64()?) } else { None };
        let error = KafkaCode::from_wire(read.int16()?);
        let _message = read.nullable_string()?;
        read.tags()?;
        Ok(ShareOffset {
            error,
            topic: topic.clone(),
            partition,
            start,
            lag,
        })
    })?;
    read.tags()?;
    Ok(places)
}

/// Bytes of a flexible version (KIP-482), read without the codec. Counts and lengths are under guard.
struct ByHand<'a>(&'a mut Guarded);

fn short<E>(_: E) -> String {
    "not enough bytes".to_owned()
}

impl ByHand<'_> {
    fn int16(&mut self) -> Result<i16, String> {
        self.0.try_get_i16().map_err(short)
    }

    fn int32(&mut self) -> Result<i32, String> {
        self.0.try_get_i32().map_err(short)
    }

    fn int64(&mut self) -> Result<i64, String> {
        self.0.try_get_i64().map_err(short)
    }

    fn varint(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.0.try_get_u8().map_err(short)?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number of more than 5 bytes".to_owned())
    }

    fn skip(&mut self, count: usize) -> Result<(), String> {
        self.0.try_get_bytes(count).map_err(short).map(drop)
    }

    fn nullable_string(&mut self) -> Result<Option<String>, String> {
        let Some(length) = self.varint()?.checked_sub(1) else {
            return Ok(None);
        };
        let length = usize::try_from(length).map_err(short)?;
        let bytes = self.0.try_get_bytes(length).map_err(short)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| "a name that is no UTF-8")?;
        Ok(Some(text.to_owned()))
    }

    fn string(&mut self) -> Result<String, String> {
        self.nullable_string()?
            .ok_or_else(|| "a name that is null".to_owned())
    }

    /// No room is made in advance for what a count promises.
    fn array<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let count = self.varint()?.checked_sub(1).ok_or("an array that is null")?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn tags(&mut self) -> Result<(), String> {
        for _ in 0..self.varint()? {
            let _tag = self.varint()?;
            let size = self.varint()?;
            self.skip(usize::try_from(size).map_err(short)?)?;
        }
        Ok(())
    }
}

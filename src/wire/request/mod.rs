//! Requests, each built from plain arguments so that it is right in every version that kaftop accepts.
//!
//! A field that is newer than the version in use makes encoding fail, so each builder looks at the version.
//! Every request only reads, but for the election of preferred leaders.

mod cluster;
mod elect;
mod fetch;
mod form;
mod group;
mod share;
mod topic;

use super::answer::Fault;
use super::guard::Guarded;
use super::versions::Api;
use bytes::{Buf, Bytes, BytesMut};
use form::Form;
use kafka_protocol::protocol::{Decodable, StrBytes};
use std::ops::Range;

pub use cluster::{
    ApiVersionsRequest, DescribeClusterRequest, DescribeLogDirsRequest, DescribeQuorumRequest,
    ListPartitionReassignmentsRequest, MetadataRequest, api_versions, describe_cluster, describe_log_dirs,
    describe_quorum, list_reassignments, metadata_all_topics, metadata_brokers, metadata_topics,
};
pub use elect::{ElectLeadersRequest, elect_preferred};
pub use fetch::{FetchRecordRequest, fetch_record};
pub use group::{
    ConsumerGroupDescribeRequest, DescribeGroupsRequest, GroupOffsets, ListGroupsRequest, OffsetFetchRequest,
    consumer_group_describe, describe_groups, list_groups, offset_fetch,
};
pub use share::{
    DescribeShareGroupOffsetsRequest, ShareGroupDescribeRequest, describe_share_group_offsets,
    share_group_describe,
};
pub use topic::{
    ConfigKeys, DescribeConfigsRequest, DescribeTopicPartitionsRequest, ListOffsetsRequest, TopicPartitions,
    Which, describe_configs, describe_topic_partitions, list_offsets,
};

/// A request that [`crate::wire::Connection`] can send, and the answer that it gets.
pub trait Ask: Send + Sync {
    /// The API of the request.
    const API: Api;
    /// What the broker answers, as plain values.
    type Answer: Send;

    /// The highest version in which this very request can be put.
    #[doc(hidden)]
    fn highest(&self) -> i16 {
        Self::API.ours().max
    }

    /// Appends the body of the request; the error is the codec's word.
    #[doc(hidden)]
    fn write(&self, version: i16, into: &mut BytesMut) -> Result<(), String>;

    /// Where the answer of a KRaft broker holds what it chooses anew each time.
    #[doc(hidden)]
    fn whim(_body: &[u8]) -> Option<Range<usize>> {
        None
    }

    /// Reads the body of the answer, where no byte may be left over.
    #[doc(hidden)]
    fn read(version: i16, body: Guarded) -> Result<Self::Answer, Fault>;
}

/// Decodes a whole body; bytes that are left over are a fault.
pub(in crate::wire) fn decode<M: Decodable>(version: i16, body: Guarded) -> Result<M, Fault> {
    whole(body, |body| {
        M::decode(body, version).map_err(|error| error.to_string())
    })
}

/// What `read` makes of a whole body; bytes that are left over are a fault.
fn whole<T>(mut body: Guarded, read: impl FnOnce(&mut Guarded) -> Result<T, String>) -> Result<T, Fault> {
    let message = read(&mut body).map_err(|error| match body.refused() {
        Some(length) => Fault::Rubbish(format!(
            "a length of {length} where {} bytes are left",
            body.remaining()
        )),
        None => Fault::Rubbish(error.trim_end().to_owned()),
    })?;
    match body.remaining() {
        0 => Ok(message),
        left => Err(Fault::Rubbish(format!("{left} bytes left over at the end"))),
    }
}

/// Text as the codec takes it.
fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Body bytes under guard.
pub(in crate::wire) fn guarded(body: Bytes) -> Guarded {
    Guarded::new(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::protocol::{Message, Request};
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    /// Encodes at every accepted version and checks that the bytes decode back into the same message.
    fn round_trip<F: Form>(request: &F, seen: &mut BTreeSet<Api>)
    where
        F::Message: Debug + PartialEq,
    {
        seen.insert(F::API);
        assert_eq!(<F::Message as Request>::KEY, F::API.key());
        for version in F::API.ours().min..=Ask::highest(request) {
            let known = <F::Message as Message>::VERSIONS;
            assert!(
                known.min <= version && version <= known.max,
                "{} {version}",
                F::API
            );
            let mut bytes = BytesMut::new();
            request
                .write(version, &mut bytes)
                .unwrap_or_else(|error| panic!("{} {version}: {error}", F::API));
            let back: F::Message = decode(version, guarded(bytes.freeze())).unwrap();
            assert_eq!(back, request.message(version), "{} {version}", F::API);
        }
    }

    /// The one request that is no message of the codec at every version: its bytes are the same at all of them.
    fn by_hand(request: &DescribeShareGroupOffsetsRequest) -> Api {
        let api = DescribeShareGroupOffsetsRequest::API;
        let written = |version| {
            let mut bytes = BytesMut::new();
            request.write(version, &mut bytes).unwrap();
            bytes.freeze()
        };
        assert_eq!((api.ours().min, api.ours().max), (0, 1));
        assert_eq!(written(0), written(1));
        let back: kafka_protocol::messages::DescribeShareGroupOffsetsRequest =
            decode(0, guarded(written(1))).unwrap();
        let groups: Vec<&str> = back.groups.iter().map(|group| &**group.group_id).collect();
        assert_eq!(groups, ["orders", "payments"]);
        assert!(back.groups.iter().all(|group| group.topics.is_none()));
        api
    }

    #[test]
    fn every_request_encodes_at_every_version_and_decodes_back() {
        let mut seen = BTreeSet::new();
        let names = ["orders".to_owned(), "payments".to_owned()];
        let partitions = vec![
            TopicPartitions::new("orders", vec![0, 1]),
            TopicPartitions::new("payments", vec![]),
        ];
        round_trip(&api_versions(), &mut seen);
        round_trip(&metadata_all_topics(), &mut seen);
        round_trip(&metadata_topics(&names), &mut seen);
        round_trip(&metadata_brokers(), &mut seen);
        round_trip(&describe_cluster(), &mut seen);
        round_trip(&describe_topic_partitions(&names, None, 2000), &mut seen);
        round_trip(
            &describe_topic_partitions(&names, Some(("orders".to_owned(), 7)), 100),
            &mut seen,
        );
        round_trip(
            &describe_configs(ConfigKeys::of_topics(&names, &["min.insync.replicas"])),
            &mut seen,
        );
        round_trip(&describe_configs(ConfigKeys::of_broker(1, &[])), &mut seen);
        round_trip(&list_groups(), &mut seen);
        round_trip(&describe_groups(&names), &mut seen);
        round_trip(&consumer_group_describe(&names), &mut seen);
        round_trip(&share_group_describe(&names), &mut seen);
        seen.insert(by_hand(&describe_share_group_offsets(&names)));
        let all = GroupOffsets::all("readers");
        let some = GroupOffsets::of("writers", partitions.clone());
        round_trip(&offset_fetch(vec![all, some]), &mut seen);
        round_trip(&list_offsets(partitions.clone(), Which::Latest), &mut seen);
        round_trip(&list_offsets(partitions, Which::Earliest), &mut seen);
        round_trip(&describe_quorum(), &mut seen);
        round_trip(&describe_log_dirs(), &mut seen);
        round_trip(&list_reassignments(), &mut seen);
        round_trip(&elect_preferred(None), &mut seen);
        let some = vec![TopicPartitions::new("orders", vec![0, 1])];
        round_trip(&elect_preferred(Some(some)), &mut seen);
        let unsent: Vec<_> = Api::ALL.iter().filter(|api| !seen.contains(api)).collect();
        assert_eq!(
            unsent,
            [&Api::Fetch],
            "an API of the table without a request here"
        );
    }

    #[test]
    fn an_election_is_never_unclean() {
        for version in Api::ElectLeaders.ours().min..=Api::ElectLeaders.ours().max {
            assert_eq!(elect_preferred(None).message(version).election_type, 0);
        }
    }

    #[test]
    fn metadata_never_creates_a_topic() {
        for version in Api::Metadata.ours().min..=Api::Metadata.ours().max {
            for request in [
                metadata_all_topics(),
                metadata_topics(&["gone".to_owned()]),
                metadata_brokers(),
            ] {
                assert!(!request.message(version).allow_auto_topic_creation);
            }
        }
    }
}

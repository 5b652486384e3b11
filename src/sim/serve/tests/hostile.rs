//! Requests that are none: nothing panics, nothing is allocated for what is not there.

use super::request::{Names, frame};
use crate::model::cluster::Mode;
use crate::sim::serve::answer;
use crate::sim::serve::call::{self, Asked, Garbage};
use crate::sim::serve::seat::{Seat, Shared};
use crate::sim::serve::shape;
use crate::sim::world::{ClusterSpec, World};
use bytes::Bytes;
use kafka_protocol::messages::ApiKey;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

fn seat(mode: Mode) -> Seat {
    let world = World::new(&ClusterSpec::guide(mode), 1, 1_700_000_000_000).unwrap();
    let ports = BTreeMap::from([(1, 9_092), (2, 9_093), (3, 9_094)]);
    Seat::new(1, Arc::new(Shared::new(world, ports)), "127.0.0.1".to_owned())
}

static SEAT: LazyLock<Seat> = LazyLock::new(|| seat(Mode::Kraft));

/// Reads and answers a frame; whether it was a request.
fn ask(seat: &Seat, frame: Bytes) -> bool {
    match call::read(frame, seat) {
        Ok(Asked::Call(call)) => answer::answer(seat, &call).is_ok(),
        Ok(Asked::NewerApiVersions(_)) => true,
        Err(_) => false,
    }
}

#[test]
fn what_ends_a_connection() {
    let names = Names::any();
    let changed = |api, version, at: usize, byte: u8| {
        let mut bytes = frame(api, version, &names).to_vec();
        bytes[at] = byte;
        Bytes::from(bytes)
    };
    let cases = [
        ("nothing", Bytes::new(), Garbage::Header),
        (
            "half a header",
            Bytes::from_static(b"\0\x03\0\x01\0\0"),
            Garbage::Header,
        ),
        (
            "no client id",
            Bytes::from_static(b"\0\x03\0\x01\0\0\0\x07\0"),
            Garbage::Header,
        ),
        (
            "client id cut",
            Bytes::from_static(b"\0\x03\0\x01\0\0\0\x07\0\x05ab"),
            Garbage::Header,
        ),
        (
            "an API that nobody has",
            changed(ApiKey::Metadata, 1, 0, 0x7f),
            Garbage::Api(0x7f03),
        ),
        (
            "an API that is not served",
            changed(ApiKey::Metadata, 1, 1, 11),
            Garbage::Api(11),
        ),
        (
            "a version to come",
            changed(ApiKey::Metadata, 1, 3, 14),
            Garbage::Version(ApiKey::Metadata, 14),
        ),
        (
            "a version below 0",
            changed(ApiKey::Metadata, 1, 2, 0xff),
            Garbage::Version(ApiKey::Metadata, -255),
        ),
        (
            "a version gone by",
            changed(ApiKey::Fetch, 4, 3, 3),
            Garbage::Version(ApiKey::Fetch, 3),
        ),
        (
            "advertised and refused",
            changed(ApiKey::Produce, 3, 3, 2),
            Garbage::Version(ApiKey::Produce, 2),
        ),
        (
            "two billion topics",
            Bytes::from_static(b"\0\x03\0\x01\0\0\0\x07\xff\xff\x7f\xff\xff\xff"),
            Garbage::Body(ApiKey::Metadata, 1),
        ),
        (
            "four billion tags",
            Bytes::from_static(b"\0\x03\0\x09\0\0\0\x07\xff\xff\xff\xff\xff\xff\x0f"),
            Garbage::Header,
        ),
    ];
    for (name, frame, garbage) in cases {
        assert_eq!(call::read(frame, &SEAT).unwrap_err(), garbage, "{name}");
    }
}

#[test]
fn more_items_than_any_cluster_has_are_refused() {
    let list = |count: u32| {
        let mut body = count.to_be_bytes().to_vec();
        body.extend(std::iter::repeat_n(0, usize::try_from(count).unwrap() * 2));
        shape::holds(ApiKey::DescribeGroups, 0, &body)
    };
    assert!(list(400_000));
    assert!(!list(400_001));
}

#[test]
fn an_unknown_version_of_api_versions_is_told_the_known_ones() {
    let mut bytes = frame(ApiKey::ApiVersions, 3, &Names::any()).to_vec();
    bytes[3] = 99;
    let asked = call::read(Bytes::from(bytes), &SEAT).unwrap();
    assert!(matches!(asked, Asked::NewerApiVersions(77)), "{asked:?}");
    let response = answer::unknown_api_versions(&SEAT);
    let frame = call::newer_api_versions(77, &response).unwrap();
    // Length, correlation id, error 35, one API: key 18, versions 0 to 4.
    assert_eq!(
        &frame[..],
        b"\0\0\0\x10\0\0\0\x4d\0\x23\0\0\0\x01\0\x12\0\0\0\x04"
    );
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        ask(&SEAT, Bytes::from(bytes));
    }

    #[test]
    fn changed_requests_do_no_harm(pick: prop::sample::Index, place: prop::sample::Index, byte: u8, cut: prop::sample::Index, whole: bool) {
        let all: Vec<_> = super::served(SEAT.release(), SEAT.mode()).collect();
        let (api, version) = all[pick.index(all.len())];
        let mut bytes = frame(api, version, &Names::any()).to_vec();
        let length = bytes.len();
        // The key stays, so that most of them reach the body.
        bytes[2 + place.index(length - 2)] = byte;
        if !whole {
            bytes.truncate(cut.index(length));
        }
        ask(&SEAT, Bytes::from(bytes));
    }
}

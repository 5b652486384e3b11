//! No bytes from a peer do harm: every answer type, at every accepted version, against random, mutated and
//! remembered bytes.
//!
//! A length that was not held back would end the test process: room for 2^31 items is not to be had.

use super::fixture::{body, read};
use super::versions::Api;
use bytes::Bytes;
use proptest::prelude::*;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

fn any_api() -> impl Strategy<Value = (Api, i16)> {
    prop::sample::select(Api::ALL.to_vec()).prop_flat_map(|api| (Just(api), api.ours().min..=api.ours().max))
}

fn versions() -> impl Iterator<Item = (Api, i16)> {
    Api::ALL
        .iter()
        .flat_map(|&api| (api.ours().min..=api.ours().max).map(move |version| (api, version)))
}

/// One change to the bytes of an answer.
#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Overwrite(usize, Vec<u8>),
    Remove(usize, usize),
    Cut(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if length == 0 {
            return;
        }
        match self {
            Self::Set(place, byte) => bytes[place % length] = *byte,
            Self::Flip(place, bit) => bytes[place % length] ^= 1 << (bit % 8),
            Self::Insert(place, new) => {
                let place = place % length;
                bytes.splice(place..place, new.iter().copied());
            }
            Self::Overwrite(place, new) => {
                let place = place % length;
                let end = (place + new.len()).min(length);
                bytes.splice(place..end, new.iter().copied());
            }
            Self::Remove(place, count) => {
                let place = place % length;
                bytes.drain(place..(place + count).min(length));
            }
            Self::Cut(place) => bytes.truncate(place % length),
        }
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    let place = 0_usize..600;
    let hostile = prop::sample::select(vec![
        vec![0xff, 0xff, 0xff, 0xff, 0x0f],
        vec![0xff, 0xff, 0x7f],
        vec![0xff, 0x7f],
        vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        vec![0x7f, 0xff, 0xff, 0xff],
        vec![0xff, 0xff],
    ]);
    prop_oneof![
        (place.clone(), any::<u8>()).prop_map(|(place, byte)| Change::Set(place, byte)),
        (place.clone(), 0_u8..8).prop_map(|(place, bit)| Change::Flip(place, bit)),
        (place.clone(), hostile.clone()).prop_map(|(place, new)| Change::Insert(place, new)),
        (place.clone(), hostile).prop_map(|(place, new)| Change::Overwrite(place, new)),
        (place.clone(), 1_usize..20).prop_map(|(place, count)| Change::Remove(place, count)),
        place.prop_map(Change::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_an_answer_or_an_error((api, version) in any_api(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(api, version, Bytes::from(bytes));
    }

    #[test]
    fn changed_answers_are_an_answer_or_an_error((api, version) in any_api(), changes in prop::collection::vec(any_change(), 1..4)) {
        let mut bytes = body(api, version).to_vec();
        for change in &changes {
            change.apply(&mut bytes);
        }
        let _ = read(api, version, Bytes::from(bytes));
    }
}

#[test]
fn whole_answers_are_read_and_nothing_more_or_less() {
    for (api, version) in versions() {
        let whole = body(api, version);
        read(api, version, whole.clone()).unwrap_or_else(|fault| panic!("{api} {version}: {fault:?}"));
        let longer = [&whole[..], &[0]].concat();
        let fault = read(api, version, Bytes::from(longer)).unwrap_err();
        assert!(
            format!("{fault:?}").contains("left over"),
            "{api} {version}: {fault:?}"
        );
        for cut in 0..whole.len() {
            assert!(
                read(api, version, whole.slice(..cut)).is_err(),
                "{api} {version} cut at {cut}"
            );
        }
    }
}

#[test]
fn remembered_bytes_are_errors() {
    let place: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "corpus", "wire"]
        .iter()
        .collect();
    let mut seen = 0;
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bytes = Bytes::from(fs::read(&path).unwrap());
        // "metadata-..." is meant for that API; everything is tried on every API all the same.
        let (meant, _) = name.split_once('-').unwrap();
        let mut wrong = String::new();
        for (api, version) in versions() {
            let taken = read(api, version, bytes.clone()).is_ok();
            if taken && api.name().eq_ignore_ascii_case(meant) {
                let _ = write!(wrong, " {api} {version}");
            }
        }
        assert!(wrong.is_empty(), "{name} was taken for an answer:{wrong}");
        seen += 1;
    }
    assert!(seen >= 12, "only {seen} files of hostile bytes were found");
}

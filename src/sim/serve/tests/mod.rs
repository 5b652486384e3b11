//! Every request in every version, answered by the brokers of small worlds.

mod answers;
mod groups;
mod hostile;
mod request;
mod waits;

use super::table::{self, FIRST_PRODUCE};
use crate::model::cluster::Mode;
use crate::sim::world::Release;
use kafka_protocol::messages::ApiKey;

/// Every release and mode that there is together.
const KINDS: [(Release, Mode); 3] = [
    (Release::V4_1, Mode::Kraft),
    (Release::V3_9, Mode::Kraft),
    (Release::V3_9, Mode::ZooKeeper),
];

/// Every API and version that a broker advertises and answers.
fn served(release: Release, mode: Mode) -> impl Iterator<Item = (ApiKey, i16)> {
    table::advertised(release, mode).flat_map(|(api, range)| {
        let first = if api == ApiKey::Produce {
            FIRST_PRODUCE
        } else {
            range.min
        };
        (first..=range.max).map(move |version| (api, version))
    })
}

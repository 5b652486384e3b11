//! Answers of the wire as values of the model. What no cluster can mean (negative ids, ports beyond 65535) is left out.

mod cluster;
mod group;
mod settings;
mod topic;

pub(super) use cluster::{fencing, log_dirs, quorum, reassignments};
pub(super) use group::{commits, kind, share_places, state, with_classic, with_consumer, with_share};
pub(super) use settings::{configuration, default_min_isr, min_isr, settings};
pub(super) use topic::{eligible, metadata, offsets};

use crate::model::broker::Endpoint;
use crate::model::ids::BrokerId;
use crate::model::observation::ListedBroker;
use crate::model::text::Name;

/// An id that a broker can have.
fn id(id: i32) -> Option<BrokerId> {
    (id >= 0).then_some(BrokerId(id))
}

/// The ids of the list that a broker can have.
fn ids(list: &[i32]) -> Vec<BrokerId> {
    list.iter().copied().filter_map(id).collect()
}

/// A broker with an address that one can try; none where it cannot be one.
fn listed(number: i32, host: &str, port: i32, rack: Option<&str>) -> Option<ListedBroker> {
    let port = u16::try_from(port).ok().filter(|port| *port > 0)?;
    if host.is_empty() {
        return None;
    }
    Some(ListedBroker {
        id: id(number)?,
        endpoint: Endpoint {
            host: Name::from(host),
            port,
        },
        rack: rack.map(Name::from),
    })
}

/// A size or offset that cannot be negative.
fn size(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

//! Nodes that were taken away, of which the cluster may not know yet.

use crate::health::{Bulletin, is_missed};
use crate::model::act::Node;

/// A node that is out of the cluster, as whoever took it away or its container's engine knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Which.
    pub node: Node,
    /// What is known, in words: `broker 2 was cut off by kaftop`.
    pub how: String,
}

/// What speaks against taking away more, while the cluster itself shows nothing of it.
pub(super) fn unnoticed(bulletin: &Bulletin, absent: &[Absent]) -> Vec<String> {
    let unseen = absent.iter().filter(|absent| !is_missed(bulletin, &absent.node));
    unseen
        .map(|absent| format!("{}, and the cluster has not noticed yet", absent.how))
        .collect()
}

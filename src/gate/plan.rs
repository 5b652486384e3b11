//! The preflight of every act.

use std::collections::BTreeMap;

use super::absent::{Absent, unnoticed};
use super::mandate::Mandate;
use super::{elect, node, roll};
use crate::health::{Bulletin, without};
use crate::model::act::{Act, Deed, Node};
use crate::model::plan::{Confirm, Plan, Refusal};
use crate::model::sighting::Sighting;
use crate::model::snapshot::Snapshot;

/// The processes that an act is about, as they were just seen.
pub type Sightings = BTreeMap<Node, Sighting>;

/// The nodes whose processes are to be looked at before an act is planned.
pub fn nodes(act: &Act, snapshot: &Snapshot) -> Vec<Node> {
    match &act.deed {
        Deed::Node(_, node) => vec![node.clone()],
        Deed::Elect(_) => Vec::new(),
        Deed::Roll => snapshot.brokers.keys().copied().map(Node::Broker).collect(),
    }
}

/// What is found out of an act before it is confirmed.
pub(super) struct Draft {
    pub(super) on: Option<crate::model::text::Name>,
    pub(super) does: Vec<String>,
    pub(super) blockers: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// What an act would come to, from the newest that is known of the cluster and of the processes at hand. Those who are
/// `absent` count as gone for what takes something away, whether or not the cluster has noticed; where that could not be read, the
/// reason speaks against it.
///
/// # Errors
/// It is not allowed here, or it cannot be done as things are.
pub fn plan(
    act: &Act,
    mandate: &Mandate,
    bulletin: &Bulletin,
    sightings: &Sightings,
    absent: Result<&[Absent], &str>,
) -> Result<Plan, Refusal> {
    let refused = |why: String| Refusal {
        act: act.clone(),
        why,
    };
    if let Some(why) = mandate.refusal() {
        return Err(refused(why));
    }
    let (absent, unnoticed) = match absent {
        Ok(absent) => (absent, unnoticed(bulletin, absent)),
        Err(why) => (&[][..], vec![why.to_owned()]),
    };
    let gone: Vec<Node> = absent.iter().map(|absent| absent.node.clone()).collect();
    let left = without(bulletin, &gone);
    let draft = match &act.deed {
        Deed::Node(verb, node) => node::draft(*verb, node, &left, sightings),
        Deed::Elect(scope) => elect::draft(scope, &bulletin.snapshot),
        Deed::Roll => match unnoticed.first() {
            Some(why) => Err(format!(
                "the brokers are not to be restarted as things are: {why}."
            )),
            None => roll::draft(&left, sightings),
        },
    };
    let Draft {
        on,
        does,
        blockers,
        notes,
    } = draft.map_err(refused)?;
    let blockers = match &act.deed {
        Deed::Node(verb, _) if verb.is_harmful() => [unnoticed, blockers].concat(),
        _ => blockers,
    };
    let confirm = match &act.deed {
        _ if mandate.production => Confirm::Cluster(mandate.cluster.clone()),
        Deed::Node(verb, node) if verb.is_harmful() && !blockers.is_empty() => Confirm::Id(node.id()),
        _ => Confirm::Key,
    };
    Ok(Plan {
        act: act.clone(),
        on,
        does,
        blockers,
        notes,
        confirm,
    })
}

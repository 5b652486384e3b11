//! Metrics of those that can elect leaders: the KRaft quorum, the ZooKeeper ensemble.

use std::collections::BTreeSet;

use crate::health::{Bulletin, Council};
use crate::model::quorum::{Quorum, QuorumReplica};
use crate::model::snapshot::Snapshot;
use crate::model::time::Span;

use super::text::{Text, count, label, length, offset, truth};

const STATES: [&str; 5] = ["whole", "minority_lost", "majority_lost", "no_answer", "not_read"];
const MODES: [&str; 5] = ["leader", "follower", "observer", "standalone", "not_serving"];

/// Writes them.
pub(super) fn write(text: &mut Text, bulletin: &Bulletin) {
    let council = &bulletin.health.council;
    let (word, voters) = match council {
        Council::Whole { voters } => ("whole", Some(*voters)),
        Council::MinorityLost { voters, .. } => ("minority_lost", Some(*voters)),
        Council::MajorityLost { voters, .. } => ("majority_lost", Some(*voters)),
        Council::NoAnswer { .. } => ("no_answer", None),
        Council::NotRead => ("not_read", None),
    };
    text.gauge(
        "kaftop_council_state",
        "1 for the state of the quorum (KRaft) or of the ensemble (ZooKeeper).",
    )
    .states(&[], &STATES, word);
    text.gauge(
        "kaftop_council_voters",
        "Voters of the quorum, or members of the ensemble.",
    )
    .known(&[], voters.map(length));
    text.gauge("kaftop_council_voters_lost", "Those of them that are lost.")
        .known(&[], voters.map(|_| length(council.lost().len())));
    let snapshot = &bulletin.snapshot;
    if let Some(quorum) = snapshot
        .quorum
        .value()
        .filter(|_| snapshot.quorum.failing().is_none())
    {
        write_quorum(text, quorum);
    }
    members(text, snapshot);
}

fn write_quorum(text: &mut Text, quorum: &Quorum) {
    text.gauge("kaftop_quorum_epoch", "Epoch of the quorum's leader.")
        .sample(&[], f64::from(quorum.epoch));
    text.gauge(
        "kaftop_quorum_high_watermark",
        "Committed records of the metadata log.",
    )
    .sample(&[], offset(quorum.high_watermark));
    // A node that is voter and observer at once, between two states, is told once.
    let mut seen = BTreeSet::new();
    let voters = quorum.voters.iter().map(|replica| (replica, "voter"));
    let observers = quorum
        .observers
        .iter()
        .chain(&quorum.missed)
        .map(|replica| (replica, "observer"));
    let all: Vec<(&QuorumReplica, String, &str)> = voters
        .chain(observers)
        .filter(|(replica, _)| seen.insert(replica.id))
        .map(|(replica, role)| (replica, replica.id.to_string(), role))
        .collect();
    let mut lag = text.gauge(
        "kaftop_quorum_replica_lag_records",
        "Records by which the node is behind the leader's metadata log.",
    );
    for (replica, id, role) in &all {
        lag.known(&[("node_id", id), ("role", role)], quorum.lag(replica).map(count));
    }
    let mut age = text.gauge(
        "kaftop_quorum_replica_fetch_age_seconds",
        "How long ago the node last fetched, on the leader's clock.",
    );
    for (replica, id, role) in &all {
        let value = quorum.fetch_age(replica).map(Span::as_seconds);
        age.known(&[("node_id", id), ("role", role)], value);
    }
}

fn members(text: &mut Text, snapshot: &Snapshot) {
    // An address may be given twice.
    let mut seen = BTreeSet::new();
    let members: Vec<_> = snapshot
        .ensemble
        .members
        .iter()
        .map(|member| (member, label(&member.address)))
        .filter(|(_, address)| seen.insert(address.clone()))
        .collect();
    let mut serving = text.gauge(
        "kaftop_zookeeper_serving",
        "Whether the ZooKeeper serves (1); absent where it does not tell.",
    );
    for (member, address) in &members {
        serving.known(&[("address", address)], member.serves().map(truth));
    }
    let told = || {
        members.iter().filter_map(|(member, address)| {
            let report = member.report.value()?;
            member.report.failing().is_none().then_some((report, address))
        })
    };
    let mut mode = text.gauge("kaftop_zookeeper_mode", "1 for what the ZooKeeper says it is.");
    for (report, address) in told() {
        mode.states(&[("address", address)], &MODES, report.mode.word());
    }
    let mut trip = text.gauge(
        "kaftop_zookeeper_round_trip_seconds",
        "Round trip of the newest srvr to the ZooKeeper.",
    );
    for (report, address) in told() {
        trip.sample(&[("address", address)], report.round_trip.as_secs_f64());
    }
}

//! Groups that are no groups of consumers: share groups and streams groups, on a cluster of 4.3.1.

use std::thread;

use crate::kit::kaftop::Kaftop;
use crate::kit::rig::{Cluster, kafka};
use crate::kit::scripts::Scripts;
use crate::kit::snapshot::{Group, Partition, Snapshot};
use crate::kit::{Checked, ensure, streams, writer};
use crate::tour::AT_REST;

fn dlq() -> Vec<Partition> {
    (0..3).map(|number| ("dlq".to_owned(), number)).collect()
}

fn group<'a>(snapshot: &'a Snapshot, name: &str, kind: &str) -> Result<&'a Group, String> {
    let group = snapshot.group(name).ok_or(format!("no group {name}"))?;
    ensure!(group.kind == kind, "{name} is {}", group.kind);
    Ok(group)
}

fn write_one_each(cluster: &Cluster) {
    let meetings = writer::write(&cluster.bootstrap(), &dlq(), writer::ANSWERED);
    assert_eq!(writer::as_writes(&meetings), "ok", "{meetings:?}");
}

/// A share group with a member that takes records; then without, with a lag.
pub fn prove_a_share_group(cluster: &Cluster, kaftop: &Kaftop) {
    thread::scope(|scope| {
        // It begins at the end of the topic, and leaves after three records.
        let member = scope.spawn(|| {
            let class = "org.apache.kafka.tools.consumer.ConsoleShareConsumer";
            let command = [
                "kafka-run-class",
                class,
                "--bootstrap-server",
                "localhost:29092",
                "--topic",
                "dlq",
                "--group",
                "sharers",
                "--max-messages",
                "3",
            ];
            cluster.exec(&kafka(1), &command)
        });
        let at_work = |snapshot: &Snapshot| {
            let sharers = group(snapshot, "sharers", "share")?;
            let state = (sharers.state.as_deref(), sharers.members);
            ensure!(state == (Some("Stable"), Some(1)), "{state:?}");
            ensure!(sharers.lag == Some(0) && sharers.complete, "{sharers:?}");
            let places = sharers.partitions.iter().flatten();
            ensure!(
                places.filter(|place| place.committed.is_some()).count() == 3,
                "{sharers:?}"
            );
            Ok(())
        };
        let seen = kaftop.await_snapshot("a share group at work", AT_REST, at_work);
        // The member must be let go before anything is said of it.
        write_one_each(cluster);
        member.join().unwrap();
        seen.unwrap_or_else(|why| panic!("{why}"));
    });
    let left = |records: u64| {
        move |snapshot: &Snapshot| -> Checked {
            let sharers = group(snapshot, "sharers", "share")?;
            let state = (
                sharers.state.as_deref(),
                sharers.members,
                sharers.lag,
                sharers.complete,
            );
            ensure!(
                state == (Some("Empty"), Some(0), Some(records), true),
                "{state:?}"
            );
            Ok(())
        }
    };
    let done = kaftop.await_snapshot("a share group without members", AT_REST, left(0));
    done.unwrap_or_else(|why| panic!("{why}"));
    write_one_each(cluster);
    write_one_each(cluster);
    let behind = kaftop
        .await_snapshot("a share group that is behind", AT_REST, left(6))
        .unwrap_or_else(|why| panic!("{why}"));
    let theirs = Scripts::through(cluster, 1).share_group("sharers");
    assert_eq!(theirs.len(), 3, "{theirs:?}");
    let sharers = group(&behind, "sharers", "share").unwrap();
    for place in sharers.partitions.iter().flatten() {
        let row = theirs[&(place.topic.clone(), place.partition)];
        assert_eq!(
            (place.committed, place.lag),
            (row.committed, row.lag),
            "{place:?}"
        );
    }
}

/// A streams group: its commits are read as those of any other, its members cannot be.
pub fn prove_a_streams_group(cluster: &Cluster, kaftop: &Kaftop) {
    let bootstrap = cluster.bootstrap();
    streams::make_group(&bootstrap, "streamers", "dlq");
    let offsets: Vec<(Partition, i64)> = dlq().into_iter().map(|partition| (partition, 1)).collect();
    writer::commit(&bootstrap, "streamers", &offsets);
    let behind = |snapshot: &Snapshot| {
        let streamers = group(snapshot, "streamers", "streams")?;
        let state = (streamers.state.as_deref(), streamers.members);
        ensure!(state == (Some("Empty"), None), "{state:?}");
        let mut expected = 0;
        for partition in dlq() {
            let end = snapshot.table().get(&partition).and_then(|row| row.end_offset);
            expected += u64::try_from(end.unwrap_or(0) - 1).unwrap_or(0);
        }
        ensure!(
            streamers.lag == Some(expected) && expected > 0 && streamers.complete,
            "{streamers:?} for {expected}"
        );
        Ok(())
    };
    let seen = kaftop.await_snapshot("a streams group that is behind", AT_REST, behind);
    seen.unwrap_or_else(|why| panic!("{why}"));
}

//! Groups that are no groups of consumers: share groups and streams groups, on a cluster of 4.3.1.

use std::thread;

use crate::kit::kaftop::Kaftop;
use crate::kit::rig::{Cluster, kafka};
use crate::kit::scripts::Scripts;
use crate::kit::snapshot::{Group, Partition, Snapshot};
use crate::kit::{ensure, streams, writer};
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
            let bootstrap = ["--bootstrap-server", "localhost:29092"];
            let what = ["--topic", "dlq", "--group", "sharers", "--max-messages", "3"];
            cluster.exec(
                &kafka(1),
                &[&["kafka-run-class", class], &bootstrap[..], &what].concat(),
            )
        });
        let at_work = |snapshot: &Snapshot| {
            let sharers = group(snapshot, "sharers", "share")?;
            let state = (sharers.state.as_deref(), sharers.members);
            ensure!(state == (Some("Stable"), Some(1)), "{state:?}");
            // Until it is done with a first record there is no start offset.
            let places = sharers.partitions.iter().flatten();
            let begun: Vec<bool> = places.map(|place| place.committed.is_some()).collect();
            ensure!(
                begun == [false; 3] && sharers.lag.is_none() && sharers.complete,
                "{sharers:?}"
            );
            Ok(())
        };
        let seen = kaftop.await_snapshot("a share group at work", AT_REST, at_work);
        // What was written before its first fetch it never takes: the end that it begins at is that of the fetch.
        while !member.is_finished() {
            write_one_each(cluster);
        }
        member.join().unwrap();
        seen.unwrap_or_else(|why| panic!("{why}"));
    });
    write_one_each(cluster);
    let theirs = Scripts::through(cluster, 1).share_group("sharers");
    let lags: Vec<i64> = theirs.values().filter_map(|row| row.lag).collect();
    let lag = u64::try_from(lags.iter().sum::<i64>()).unwrap();
    assert!(lags.len() == 3 && lag >= 3, "{theirs:?}");
    let behind = |snapshot: &Snapshot| {
        let sharers = group(snapshot, "sharers", "share")?;
        let state = (
            sharers.state.as_deref(),
            sharers.members,
            sharers.lag,
            sharers.complete,
        );
        ensure!(state == (Some("Empty"), Some(0), Some(lag), true), "{state:?}");
        for place in sharers.partitions.iter().flatten() {
            let row = theirs.get(&(place.topic.clone(), place.partition));
            let row = row.map(|row| (row.committed, row.lag));
            ensure!(row == Some((place.committed, place.lag)), "{place:?} for {row:?}");
        }
        Ok(())
    };
    let seen = kaftop.await_snapshot("a share group that is behind", AT_REST, behind);
    seen.unwrap_or_else(|why| panic!("{why}"));
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

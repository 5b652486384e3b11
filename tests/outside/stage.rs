//! What a tour looks at: data, a topic with one replica, one that is deleted and made again, and groups of every kind.

use crate::compare;
use crate::kit::ensure;
use crate::kit::kaftop::Kaftop;
use crate::kit::rig::Cluster;
use crate::kit::scripts::Scripts;
use crate::kit::snapshot::Partition;
use crate::kit::writer::{self, Reader};
use crate::tour::{AT_REST, written_by_users};

/// Sets the stage, with the topic of one replica on the broker `solo`; a member of a group that stays until it is
/// dropped.
pub fn set(cluster: &Cluster, kaftop: &Kaftop, solo: i32) -> Reader {
    let solo = solo.to_string();
    let scripts = Scripts::through(cluster, 1);
    let create = ["--create", "--topic", "solo", "--replica-assignment"];
    scripts.topics_command(&[&create[..], &[&format!("{solo},{solo}")]].concat());
    let reborn = [
        "--create",
        "--topic",
        "reborn",
        "--partitions",
        "4",
        "--replication-factor",
        "3",
    ];
    scripts.topics_command(&reborn);
    let bootstrap = cluster.bootstrap();
    let first = scripts.topics();
    kaftop
        .await_snapshot("the new topics", AT_REST, |snapshot| {
            compare::placement(snapshot, &first, true)
        })
        .unwrap_or_else(|why| panic!("{why}"));
    let all = written_by_users(&first);
    for _ in 0..3 {
        let meetings = writer::write(&bootstrap, &all, writer::ANSWERED);
        assert_eq!(writer::as_writes(&meetings), "ok", "{meetings:?}");
    }
    scripts.topics_command(&["--delete", "--topic", "reborn"]);
    kaftop
        .await_snapshot("a topic deleted", AT_REST, |snapshot| {
            let left = snapshot
                .table()
                .keys()
                .filter(|(topic, _)| topic == "reborn")
                .count();
            ensure!(left == 0, "{left} partitions of it are left");
            Ok(())
        })
        .unwrap_or_else(|why| panic!("{why}"));
    scripts.topics_command(&reborn);
    let second = scripts.topics();
    assert_ne!(first.ids["reborn"], second.ids["reborn"]);
    kaftop
        .await_snapshot("a topic made again", AT_REST, |snapshot| {
            compare::placement(snapshot, &second, true)?;
            let table = snapshot.table();
            let row = table[&("reborn".to_owned(), 0)];
            ensure!(
                row.end_offset == Some(0),
                "it has the end of the one before: {row:?}"
            );
            Ok(())
        })
        .unwrap_or_else(|why| panic!("{why}"));
    let at = |topic: &str, partitions: i32, offset: i64| -> Vec<(Partition, i64)> {
        (0..partitions)
            .map(|partition| ((topic.to_owned(), partition), offset))
            .collect()
    };
    writer::commit(&bootstrap, "stopped-group", &at("messages", 100, 1));
    // As a group stands whose topic was cut back or made again.
    let beyond = [at("reborn", 2, 500), at("dlq", 3, 2)].concat();
    writer::commit(&bootstrap, "beyond-group", &beyond);
    Reader::join(&bootstrap, "waiting-group", "dlq")
}

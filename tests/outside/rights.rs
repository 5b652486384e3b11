//! A client that an authorizer allows only some things: what is missing is named with its reason, and the rest stays.

use crate::expected::{Council, Expected};
use crate::kit::kaftop::Kaftop;
use crate::kit::rig::{Cluster, Layout, kafka};
use crate::kit::snapshot::Snapshot;
use crate::kit::{Checked, ensure, writer};
use crate::tour::AT_REST;

const AUTHORIZER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kit/authorizer.yml");

/// What is missing, with the reason of the first that would not tell.
fn missing(snapshot: &Snapshot) -> Vec<(&str, &str)> {
    let told = snapshot.missing.iter();
    told.map(|fact| (fact.what.as_str(), fact.by[0].why.as_str()))
        .collect()
}

fn lacks(snapshot: &Snapshot, expected: &[(&str, &str)]) -> Checked {
    let found = missing(snapshot);
    let same = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|((what, why), (expected, word))| what == expected && why.contains(word));
    ensure!(same, "missing is {found:#?} for {expected:?}");
    Ok(())
}

/// Makes ACLs, through the listener of clients.
fn acl(cluster: &Cluster, arguments: &[&str]) {
    let class = "org.apache.kafka.tools.AclCommand";
    let command = [
        "kafka-run-class",
        class,
        "--bootstrap-server",
        "kafka-1:9092",
        "--add",
        "--force",
    ];
    cluster.exec(&kafka(1), &[&command[..], arguments].concat());
}

/// What no ACL of this test touches.
fn the_rest_stays(snapshot: &Snapshot) -> Checked {
    let table = snapshot.table();
    ensure!(table.len() == 6 + 50, "{} partitions", table.len());
    for row in table.values() {
        ensure!(
            row.leader.is_some() && row.isr.len() == 3 && row.end_offset.is_some(),
            "{row:?}"
        );
    }
    for broker in snapshot.brokers.iter().flatten() {
        let said = (broker.state.as_deref(), broker.fenced);
        ensure!(said == (Some("up"), Some(false)), "{broker:?}");
    }
    ensure!(
        snapshot.brokers.iter().flatten().count() == 3,
        "brokers are missing"
    );
    Ok(())
}

#[test]
fn what_an_acl_denies_is_named_and_the_rest_stays() {
    let cluster = Cluster::start_with(Layout::Kraft, "4.1.2", Some("messages:3 dlq:3"), Some(AUTHORIZER));
    let kaftop = Kaftop::new(&cluster.bootstrap(), &[]);
    let dlq = |number: i32| (("dlq".to_owned(), number), 0);
    writer::commit(&cluster.bootstrap(), "stopped-group", &[dlq(0), dlq(1)]);
    let healthy = Expected::healthy(Council::Quorum);
    let allowed = kaftop.await_snapshot("without ACLs", AT_REST, |snapshot| {
        healthy.holds(snapshot)?;
        ensure!(snapshot.group("stopped-group").is_some(), "no group");
        lacks(snapshot, &[])
    });
    allowed.unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(kaftop.strict_snapshot().code, 0);

    let everybody = ["--allow-principal", "User:ANONYMOUS", "--operation", "All"];
    let everything = [
        "--cluster",
        "--topic",
        "*",
        "--group",
        "*",
        "--transactional-id",
        "*",
    ];
    acl(&cluster, &[&everybody[..], &everything].concat());
    // The tools inside the nodes are nobody in particular too: it is by the host that this client is told from them.
    let host = cluster.client_host();
    let deny = |operation: &str, on: &[&str]| {
        let whom = ["--deny-principal", "User:ANONYMOUS", "--deny-host", &host];
        acl(&cluster, &[&whom[..], &["--operation", operation], on].concat());
    };

    deny("Describe", &["--group", "*"]);
    deny("DescribeConfigs", &["--topic", "*"]);
    let settings = ("min.insync.replicas", "TOPIC_AUTHORIZATION_FAILED");
    let members = ("members of groups", "GROUP_AUTHORIZATION_FAILED");
    let commits = ("commits of groups", "GROUP_AUTHORIZATION_FAILED");
    let some = kaftop.await_snapshot("groups and settings denied", AT_REST, |snapshot| {
        lacks(snapshot, &[settings, members, commits])?;
        the_rest_stays(snapshot)?;
        let verdict = &snapshot.verdict;
        ensure!(verdict.level == "ok" && verdict.writes == "ok", "{verdict:?}");
        // Without min ISR it is not known what one more loss would refuse.
        ensure!(
            verdict.safe_to_stop.is_none() && verdict.next_loss.starts_with("not known"),
            "{verdict:?}"
        );
        ensure!(
            snapshot.table().values().all(|row| row.min_isr.is_none()),
            "min ISR is told"
        );
        let group = snapshot.group("stopped-group").ok_or("no group")?;
        ensure!(
            group.members.is_none() && group.partitions.is_none() && !group.complete,
            "{group:?}"
        );
        ensure!(group.state.as_deref() == Some("Empty"), "{group:?}");
        Ok(())
    });
    some.unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(kaftop.strict_snapshot().code, 2);

    deny("Describe", &["--cluster"]);
    let cluster_denied = "CLUSTER_AUTHORIZATION_FAILED";
    let most = kaftop.await_snapshot("the cluster denied", AT_REST, |snapshot| {
        lacks(
            snapshot,
            &[
                ("the controller quorum", cluster_denied),
                settings,
                ("groups that we may not describe", "Describe on the cluster"),
                ("log sizes and disks", cluster_denied),
                ("reassignments", cluster_denied),
            ],
        )?;
        the_rest_stays(snapshot)?;
        // Without its quorum a cluster is not called healthy.
        let verdict = &snapshot.verdict;
        ensure!(verdict.level == "unknown", "{verdict:?}");
        ensure!(
            verdict
                .sentence
                .starts_with("This client may not ask for the controller quorum"),
            "{verdict:?}"
        );
        ensure!(snapshot.quorum.is_none(), "a quorum is told");
        // Kafka lists no group, and does not say that there is one: that is no word of there being none.
        ensure!(
            snapshot.groups.is_none(),
            "groups are told: {:?}",
            snapshot.groups
        );
        ensure!(
            snapshot
                .brokers
                .iter()
                .flatten()
                .all(|broker| broker.log_bytes.is_none()),
            "log sizes are told"
        );
        Ok(())
    });
    most.unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(kaftop.strict_snapshot().code, 2);
    assert_eq!(kaftop.check().0, 3);
}

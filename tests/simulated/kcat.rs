//! kcat on the simulated cluster: lists, writes, reads.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use kaftop::model::cluster::Mode;
use kaftop::sim::world::{ClusterSpec, TopicSpec};

use crate::simulated::Simulated;

/// Runs kcat to its end; what it is fed with is all that it reads.
fn kcat(cluster: &Simulated, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new("timeout")
        .args(["-s", "KILL", "20", "kcat", "-b", &cluster.bootstrap().join(",")])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("timeout (of coreutils) cannot be started: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let code = output.status.code();
    assert!(
        code != Some(127),
        "there is no kcat: install Debian's package kcat, as tests/all does"
    );
    assert!(output.status.success(), "kcat {arguments:?}: {output:?}");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn kcat_lists_writes_and_reads() {
    for mode in [Mode::Kraft, Mode::ZooKeeper] {
        let cluster = Simulated::start(&ClusterSpec {
            topics: vec![TopicSpec::named("canary", 2).assigned(&[&[1, 2, 3], &[2, 3, 1]])],
            ..ClusterSpec::bare(mode, 3)
        });
        let listed = text(&kcat(&cluster, &["-L"], "").stdout);
        for line in [
            " 3 brokers:",
            "topic \"canary\" with 2 partitions:",
            "partition 0, leader 1, replicas: 1,2,3, isrs: 1,2,3",
            "partition 1, leader 2, replicas: 2,3,1, isrs: 2,3,1",
        ] {
            assert!(listed.contains(line), "{line}: {listed}");
        }
        let lines: Vec<String> = (0..50).map(|number| format!("line {number}\n")).collect();
        let lines = lines.concat();
        kcat(
            &cluster,
            &["-P", "-t", "canary", "-p", "1", "-X", "acks=all"],
            &lines,
        );
        let read = kcat(
            &cluster,
            &["-C", "-t", "canary", "-p", "1", "-o", "-50", "-e", "-q"],
            "",
        );
        assert_eq!(text(&read.stdout), lines);
    }
}
